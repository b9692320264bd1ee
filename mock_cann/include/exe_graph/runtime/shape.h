/* gert::Shape: up to 25 dimensions in place, no allocation. Inline in both the caller and the library. */
#ifndef EXE_GRAPH_RUNTIME_SHAPE_H_
#define EXE_GRAPH_RUNTIME_SHAPE_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace gert {
struct Shape {
 public:
  static constexpr size_t kMaxDimNum = 25;
  static constexpr int64_t kInvalidDimValue = std::numeric_limits<int64_t>::min();

  Shape() : dim_num_(0), dims_(), reserved_() {}

  /* More than kMaxDimNum dimensions do not fit: the result is then a scalar. */
  Shape(const std::initializer_list<int64_t> &args) : Shape() {
    if (args.size() <= kMaxDimNum) {
      for (const int64_t dim : args) {
        dims_[dim_num_++] = dim;
      }
    }
  }

  Shape(const Shape &other) : Shape() { *this = other; }

  Shape &operator=(const Shape &other) {
    if (this != &other) {
      dim_num_ = other.dim_num_;
      for (size_t i = 0; i < kMaxDimNum; ++i) {
        dims_[i] = other.dims_[i];
      }
    }
    return *this;
  }

  bool operator==(const Shape &rht) const {
    if (dim_num_ != rht.dim_num_) {
      return false;
    }
    for (size_t i = 0; (i < dim_num_) && (i < kMaxDimNum); ++i) {
      if (dims_[i] != rht.dims_[i]) {
        return false;
      }
    }
    return true;
  }

  bool operator!=(const Shape &rht) const { return !(*this == rht); }

  /* Elements of the shape, 1 for a scalar, -1 when the product does not fit. */
  int64_t GetShapeSize() const {
    int64_t size = 1;
    for (size_t i = 0; (i < dim_num_) && (i < kMaxDimNum); ++i) {
      if (__builtin_mul_overflow(size, dims_[i], &size)) {
        return -1;
      }
    }
    return size;
  }

  bool IsScalar() const { return dim_num_ == 0; }
  void SetScalar() { dim_num_ = 0; }
  size_t GetDimNum() const { return dim_num_; }

  void SetDimNum(const size_t dim_num) { dim_num_ = dim_num; }

  int64_t GetDim(const size_t idx) const { return (idx < kMaxDimNum) ? dims_[idx] : Invalid(); }

  /* An index outside yields a place of its own that holds kInvalidDimValue. */
  const int64_t &operator[](const size_t idx) const { return (idx < kMaxDimNum) ? dims_[idx] : Invalid(); }
  int64_t &operator[](const size_t idx) { return (idx < kMaxDimNum) ? dims_[idx] : Invalid(); }

  void SetDim(const size_t idx, const int64_t dim_value) {
    if (idx < kMaxDimNum) {
      dims_[idx] = dim_value;
    }
  }

  Shape &AppendDim(const int64_t value) {
    if (dim_num_ < kMaxDimNum) {
      dims_[dim_num_++] = value;
    }
    return *this;
  }

 private:
  static int64_t &Invalid() {
    static thread_local int64_t invalid;
    invalid = std::numeric_limits<int64_t>::min();
    return invalid;
  }

  size_t dim_num_;
  int64_t dims_[kMaxDimNum];
  uint8_t reserved_[40];
};
}  // namespace gert

#endif  // EXE_GRAPH_RUNTIME_SHAPE_H_
