/* The body of a ge::Tensor: a description and the bytes it owns. Copies of a Tensor share one body. */
#ifndef MC_GE_TENSOR_IMPL_H
#define MC_GE_TENSOR_IMPL_H

#include "ge/hidden.h"
#include "graph/tensor.h"

namespace ge {
class MC_HIDDEN TensorImpl {
 public:
  using Bytes = std::unique_ptr<uint8_t[], Tensor::DeleteFunc>;

  TensorImpl() : data(nullptr, Tensor::DeleteFunc()) {}
  TensorImpl(const TensorImpl &) = delete;
  TensorImpl &operator=(const TensorImpl &) = delete;

  /* Takes `size` fresh bytes, 64-byte aligned, filled from `source` when there is one; false without memory,
   * and then nothing has changed. */
  bool Allocate(const void *source, size_t size);

  TensorDesc desc;
  Bytes data;
  size_t size = 0U;
};
}  // namespace ge

#endif
