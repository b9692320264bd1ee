/* pge_tensor to gert::Tensor and back. */
#ifndef PGE_GERT_TENSOR_H
#define PGE_GERT_TENSOR_H

#include <utility>

#include "exe_graph/runtime/tensor.h"
#include "guard.h"

namespace pge {
class GertOwner : public Owner {
public:
  explicit GertOwner(gert::Tensor &&from) : tensor(std::move(from)) {}
  gert::Tensor tensor;
};

/* Bytes copied out of a tensor that holds them behind itself and so cannot be moved. */
class BytesOwner : public Owner {
public:
  explicit BytesOwner(size_t size) : bytes(new uint8_t[size]) {}
  std::unique_ptr<uint8_t[]> bytes;
};

inline void fill(gert::Tensor &tensor, const pge_tensor &from) {
  gert::Shape shape;
  for (int32_t i = 0; i < from.rank; ++i) {
    shape.AppendDim(from.dims[i]);
  }
  tensor.MutableStorageShape() = shape;
  tensor.MutableOriginShape() = shape;
  tensor.SetStorageFormat(static_cast<ge::Format>(from.format));
  tensor.SetOriginFormat(static_cast<ge::Format>(from.format));
  tensor.SetDataType(static_cast<ge::DataType>(from.dtype));
  tensor.SetData(gert::TensorData(pointer(from.address), nullptr, from.size,
                                  from.placement == PGE_ON_HOST ? gert::kOnHost : gert::kOnDeviceHbm));
}

inline void rebind(gert::Tensor &tensor, uintptr_t to) {
  gert::TensorData &data = tensor.MutableTensorData();
  tensor.SetData(gert::TensorData(pointer(to), nullptr, data.GetSize(), data.GetPlacement()));
}

inline void describe(gert::Tensor &tensor, pge_tensor *out) {
  *out = pge_tensor{};
  const gert::Shape &shape = tensor.GetOriginShape();
  out->address = address(tensor.GetAddr());
  out->size = tensor.GetSize();
  out->placement = gert::TensorPlacementUtils::IsOnHost(tensor.GetPlacement()) ? PGE_ON_HOST : PGE_ON_DEVICE;
  out->dtype = static_cast<int32_t>(tensor.GetDataType());
  out->format = static_cast<int32_t>(tensor.GetOriginFormat());
  out->rank = static_cast<int32_t>(shape.GetDimNum());
  for (int32_t i = 0; i < out->rank; ++i) {
    out->dims[i] = shape.GetDim(static_cast<size_t>(i));
  }
}

/* Describes a tensor that GE allocated, and hands it over. */
inline void take(gert::Tensor &tensor, pge_tensor *out) {
  describe(tensor, out);
  if (gert::TensorPlacementUtils::IsOnHostFollowing(tensor.GetPlacement())) {
    auto owner = std::make_unique<BytesOwner>(out->size);
    std::memcpy(owner->bytes.get(), pointer(out->address), out->size);
    out->address = address(owner->bytes.get());
    out->owner = address(static_cast<Owner *>(owner.release()));
    return;
  }
  out->owner = address(static_cast<Owner *>(new GertOwner(std::move(tensor))));
}
} // namespace pge

#endif
