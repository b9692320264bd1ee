/* One kind of feature memory that a compiled graph needs. */
#ifndef GE_GE_FEATURE_MEMORY_H_
#define GE_GE_FEATURE_MEMORY_H_

#include <cstddef>
#include <memory>

#include "external/ge_common/ge_common_api_types.h"

namespace ge {
class FeatureMemory {
 public:
  class Builder;
  class FeatureMemoryData;

  ~FeatureMemory();
  FeatureMemory &operator=(const FeatureMemory &) & = delete;
  FeatureMemory(const FeatureMemory &) = delete;
  MemoryType GetType() const;
  size_t GetSize() const;
  /* Fixed memory keeps its address for the life of the graph; the rest may be moved between runs. */
  bool IsFixed() const;

 private:
  FeatureMemory() = default;

  std::shared_ptr<FeatureMemoryData> data_;
};

using FeatureMemoryPtr = std::shared_ptr<FeatureMemory>;
}  // namespace ge

#endif  // GE_GE_FEATURE_MEMORY_H_
