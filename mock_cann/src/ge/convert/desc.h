/* Tensor descriptions between C++ and the IR. */
#ifndef MC_GE_CONVERT_DESC_H
#define MC_GE_CONVERT_DESC_H

#include <vector>

#include "ge/hidden.h"
#include "graph/ir.h"
#include "graph/tensor.h"

namespace mc {
/* False when there are more dimensions than a tensor can have. */
MC_HIDDEN bool ShapeOf(const std::vector<int64_t> &dims, mc_shape *shape);
MC_HIDDEN std::vector<int64_t> DimsOf(const mc_shape &shape);

MC_HIDDEN ge::TensorDesc TensorDescOf(const mc_tensor_desc &desc);
/* Writes what a TensorDesc can say over *to; attributes it knows nothing of stay. False: too many dimensions
 * or no memory. */
MC_HIDDEN bool UpdateDesc(mc_tensor_desc *to, const ge::TensorDesc &from);
}  // namespace mc

#endif
