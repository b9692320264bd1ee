/* ge::Shape. A copy shares its dimensions with the original, as in CANN; TensorDesc hands out shapes of their
 * own. */
#include "ge/hidden.h"
#include "graph/tensor.h"

namespace ge {
class MC_HIDDEN ShapeImpl {
 public:
  std::vector<int64_t> dims;
};

Shape::Shape() : impl_(std::make_shared<ShapeImpl>()) {}

Shape::Shape(const std::vector<int64_t> &dims) : impl_(std::make_shared<ShapeImpl>()) { impl_->dims = dims; }

size_t Shape::GetDimNum() const {
  if (impl_ == nullptr) {
    return 0U;
  }
  for (const int64_t dim : impl_->dims) {
    if (dim == UNKNOWN_DIM_NUM) {
      return 0U;
    }
  }
  return impl_->dims.size();
}

int64_t Shape::GetDim(size_t idx) const {
  return ((impl_ != nullptr) && (idx < impl_->dims.size())) ? impl_->dims[idx] : 0;
}

graphStatus Shape::SetDim(size_t idx, int64_t value) {
  if ((impl_ == nullptr) || (idx >= impl_->dims.size())) {
    return GRAPH_FAILED;
  }
  impl_->dims[idx] = value;
  return GRAPH_SUCCESS;
}

std::vector<int64_t> Shape::GetDims() const {
  return (impl_ == nullptr) ? std::vector<int64_t>() : impl_->dims;
}

/* No dimensions: 0. Anything unknown: -1. A product that does not fit: 0. */
int64_t Shape::GetShapeSize() const {
  if ((impl_ == nullptr) || impl_->dims.empty()) {
    return 0;
  }
  int64_t size = 1;
  for (const int64_t dim : impl_->dims) {
    if (dim < 0) {
      return UNKNOWN_DIM;
    }
    if (__builtin_mul_overflow(size, dim, &size)) {
      return 0;
    }
  }
  return size;
}
}  // namespace ge
