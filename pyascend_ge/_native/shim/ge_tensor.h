/* pge_tensor to ge::Tensor and back. */
#ifndef PGE_GE_TENSOR_H
#define PGE_GE_TENSOR_H

#include <vector>

#include "graph/tensor.h"
#include "guard.h"

namespace pge {
class GeOwner : public Owner {
public:
  explicit GeOwner(const ge::Tensor &from) : tensor(from) {}
  ge::Tensor tensor; /* shares the body */
};

inline void lend(ge::Tensor &tensor, uintptr_t at, uint64_t size) {
  if (at != 0) {
    (void)tensor.ResetData(static_cast<uint8_t *>(pointer(at)), size, [](uint8_t *) {});
  }
}

inline void fill(ge::Tensor &tensor, const pge_tensor &from) {
  const std::vector<int64_t> dims(from.dims, from.dims + from.rank);
  const auto format = static_cast<ge::Format>(from.format);
  ge::TensorDesc desc(ge::Shape(dims), format, static_cast<ge::DataType>(from.dtype));
  desc.SetOriginShape(ge::Shape(dims));
  desc.SetOriginFormat(format);
  desc.SetPlacement(from.placement == PGE_ON_HOST ? ge::kPlacementHost : ge::kPlacementDevice);
  tensor = ge::Tensor(desc);
  lend(tensor, from.address, from.size);
}

inline void rebind(ge::Tensor &tensor, uintptr_t to) {
  lend(tensor, to, tensor.GetSize());
}

inline void describe(ge::Tensor &tensor, pge_tensor *out) {
  *out = pge_tensor{};
  const ge::TensorDesc desc = tensor.GetTensorDesc();
  const std::vector<int64_t> dims = desc.GetShape().GetDims();
  out->address = address(tensor.GetData());
  out->size = tensor.GetSize();
  out->placement = (desc.GetPlacement() == ge::kPlacementDevice) ? PGE_ON_DEVICE : PGE_ON_HOST;
  out->dtype = static_cast<int32_t>(desc.GetDataType());
  out->format = static_cast<int32_t>(desc.GetFormat());
  out->rank = static_cast<int32_t>(dims.size() > 25 ? 25 : dims.size());
  for (int32_t i = 0; i < out->rank; ++i) {
    out->dims[i] = dims[static_cast<size_t>(i)];
  }
}

inline void take(ge::Tensor &tensor, pge_tensor *out) {
  describe(tensor, out);
  out->owner = address(static_cast<Owner *>(new GeOwner(tensor)));
}
} // namespace pge

#endif
