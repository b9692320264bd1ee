/* gert::Stride: the strides of up to 25 dimensions in place, no allocation. */
#ifndef EXE_GRAPH_RUNTIME_STRIDE_H_
#define EXE_GRAPH_RUNTIME_STRIDE_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace gert {
class Stride {
 public:
  static constexpr size_t kMaxDimNum = 25;
  static constexpr int64_t kInvalidStrideValue = std::numeric_limits<int64_t>::min();

  Stride() : dim_num_(0), strides_(), reserved_() {}

  /* More than kMaxDimNum strides do not fit: the result is then empty. */
  Stride(const std::initializer_list<int64_t> &args) : Stride() {
    if (args.size() <= kMaxDimNum) {
      for (const int64_t stride : args) {
        strides_[dim_num_++] = stride;
      }
    }
  }

  Stride(const Stride &other) : Stride() { *this = other; }

  Stride &operator=(const Stride &other) {
    if (this != &other) {
      dim_num_ = other.dim_num_;
      for (size_t i = 0; i < kMaxDimNum; ++i) {
        strides_[i] = other.strides_[i];
      }
    }
    return *this;
  }

  bool operator==(const Stride &rht) const {
    if (dim_num_ != rht.dim_num_) {
      return false;
    }
    for (size_t i = 0; (i < dim_num_) && (i < kMaxDimNum); ++i) {
      if (strides_[i] != rht.strides_[i]) {
        return false;
      }
    }
    return true;
  }

  bool operator!=(const Stride &rht) const { return !(*this == rht); }

  size_t GetDimNum() const { return dim_num_; }

  void SetDimNum(const size_t dim_num) { dim_num_ = dim_num; }

  int64_t GetStride(const size_t idx) const { return (idx < kMaxDimNum) ? strides_[idx] : Invalid(); }

  /* An index outside yields a place of its own that holds kInvalidStrideValue. */
  const int64_t &operator[](const size_t idx) const { return (idx < kMaxDimNum) ? strides_[idx] : Invalid(); }
  int64_t &operator[](const size_t idx) { return (idx < kMaxDimNum) ? strides_[idx] : Invalid(); }

  void SetStride(const size_t idx, const int64_t stride) {
    if (idx < kMaxDimNum) {
      strides_[idx] = stride;
    }
  }

  Stride &AppendStride(const int64_t value) {
    if (dim_num_ < kMaxDimNum) {
      strides_[dim_num_++] = value;
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
  int64_t strides_[kMaxDimNum];
  uint8_t reserved_[40];
};
}  // namespace gert

#endif  // EXE_GRAPH_RUNTIME_STRIDE_H_
