/* Which dimensions are inserted when a shape is expanded to the rank of its storage format. */
#ifndef EXE_GRAPH_RUNTIME_EXPAND_DIMS_TYPE_H_
#define EXE_GRAPH_RUNTIME_EXPAND_DIMS_TYPE_H_

#include <cstddef>
#include <cstdint>

#include "exe_graph/runtime/shape.h"
#include "graph/error_codes.h"

namespace gert {
class ExpandDimsType {
 public:
  using AxisIndex = uint64_t;
  static constexpr size_t kMaxExpandSize = 56;

  ExpandDimsType() : size_(0), mask_(0), reserved_() {}

  /* A text of '0' (a dimension of the shape) and '1' (an inserted one); longer than kMaxExpandSize: empty. */
  explicit ExpandDimsType(const char *const expand_dims_type) : ExpandDimsType() {
    if (expand_dims_type == nullptr) {
      return;
    }
    size_t size = 0;
    while ((size <= kMaxExpandSize) && (expand_dims_type[size] != '\0')) {
      ++size;
    }
    if (size > kMaxExpandSize) {
      return;
    }
    for (size_t i = 0; i < size; ++i) {
      if (expand_dims_type[i] == '1') {
        SetExpandIndex(i);
      }
    }
    size_ = size & 0xFFU;
  }

  /* The packed form: the size in the top 8 bits, the mask below. */
  explicit ExpandDimsType(const int64_t reshape_type_mask) : ExpandDimsType() {
    const uint64_t packed = static_cast<uint64_t>(reshape_type_mask);
    const uint64_t size = packed >> kMaxExpandSize;
    if ((size == 0) || (size > kMaxExpandSize)) {
      return;
    }
    size_ = size & 0xFFU;
    mask_ = packed & ((static_cast<uint64_t>(1) << kMaxExpandSize) - 1);
  }

  bool operator==(const ExpandDimsType &other) const {
    return (size_ == other.size_) && (mask_ == other.mask_);
  }

  AxisIndex GetFullSize() const { return size_; }

  void SetExpandIndex(const AxisIndex index) {
    if (index < kMaxExpandSize) {
      mask_ |= (static_cast<uint64_t>(1) << index) & ((static_cast<uint64_t>(1) << kMaxExpandSize) - 1);
    }
  }

  bool IsExpandIndex(const AxisIndex index) const {
    return (index < kMaxExpandSize) && (((mask_ >> index) & 1U) != 0);
  }

  ge::graphStatus Expand(const Shape &shape, Shape &out_shape) const {
    Shape expanded;
    size_t next = 0;
    for (size_t i = 0; i < size_; ++i) {
      if (IsExpandIndex(i)) {
        (void)expanded.AppendDim(1);
      } else if (next < shape.GetDimNum()) {
        (void)expanded.AppendDim(shape.GetDim(next++));
      } else {
        return ge::GRAPH_FAILED;
      }
    }
    while (next < shape.GetDimNum()) {
      (void)expanded.AppendDim(shape.GetDim(next++));
    }
    out_shape = expanded;
    return ge::GRAPH_SUCCESS;
  }

  ge::graphStatus Expand(Shape &shape) const { return Expand(shape, shape); }

 private:
  uint64_t size_ : 8;
  uint64_t mask_ : 56;
  uint8_t reserved_[40];
};
}  // namespace gert

#endif  // EXE_GRAPH_RUNTIME_EXPAND_DIMS_TYPE_H_
