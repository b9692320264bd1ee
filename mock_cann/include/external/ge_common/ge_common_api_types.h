/* Types shared by both generations of the GE session API. */
#ifndef EXTERNAL_GE_COMMON_GE_COMMON_API_TYPES_H_
#define EXTERNAL_GE_COMMON_GE_COMMON_API_TYPES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "graph/tensor.h"

namespace gert {
class Tensor;
}  // namespace gert

namespace ge {
using Status = uint32_t;
using RunAsyncCallback = std::function<void(Status, std::vector<ge::Tensor> &)>;
using RunAsyncCallbackV2 = std::function<void(Status, std::vector<gert::Tensor> &)>;

enum GraphRunMode : int32_t { PREDICTION = 0, TRAIN = 1 };

enum class MemoryType : int64_t { MEMORY_TYPE_DEFAULT = 0, MEMORY_TYPE_P2P = 1 };

struct InputTensorInfo {
  uint32_t data_type;
  std::vector<int64_t> dims;
  void *data;
  int64_t length;
};

struct OutputTensorInfo {
  uint32_t data_type;
  std::vector<int64_t> dims;
  std::unique_ptr<uint8_t[]> data;
  int64_t length;

  OutputTensorInfo() : data_type(0U), length(0) {}
  OutputTensorInfo(OutputTensorInfo &&out) noexcept = default;
  OutputTensorInfo &operator=(OutputTensorInfo &&out) & noexcept {
    if (this != &out) {
      data_type = out.data_type;
      dims = std::move(out.dims);
      data = std::move(out.data);
      length = out.length;
    }
    return *this;
  }
  OutputTensorInfo(const OutputTensorInfo &) = delete;
  OutputTensorInfo &operator=(const OutputTensorInfo &) & = delete;
};

struct ModelDistibuteDesc {
  uint32_t logic_device_number;
};
}  // namespace ge

#endif  // EXTERNAL_GE_COMMON_GE_COMMON_API_TYPES_H_
