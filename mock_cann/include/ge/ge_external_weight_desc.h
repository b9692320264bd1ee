/* Where a compiled graph keeps one weight that was stored outside the model. */
#ifndef GE_GE_EXTERNAL_WEIGHT_DESC_H_
#define GE_GE_EXTERNAL_WEIGHT_DESC_H_

#include <cstddef>
#include <memory>

#include "external/ge_common/ge_common_api_types.h"
#include "graph/ascend_string.h"

namespace ge {
class ExternalWeightDesc {
 public:
  class Builder;
  class ExternalWeightDescData;

  ~ExternalWeightDesc();
  ExternalWeightDesc &operator=(const ExternalWeightDesc &) & = delete;
  ExternalWeightDesc(const ExternalWeightDesc &) = delete;
  AscendString GetLocation() const;
  size_t GetSize() const;
  size_t GetOffset() const;
  AscendString GetId() const;

 private:
  ExternalWeightDesc() = default;

  std::shared_ptr<ExternalWeightDescData> data_;
};

using ExternalWeightDescPtr = std::shared_ptr<ExternalWeightDesc>;
}  // namespace ge

#endif  // GE_GE_EXTERNAL_WEIGHT_DESC_H_
