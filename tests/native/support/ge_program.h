/* What programs that run graphs share: checks that stop, tensors, a latch. */
#ifndef TESTS_NATIVE_SUPPORT_GE_PROGRAM_H
#define TESTS_NATIVE_SUPPORT_GE_PROGRAM_H

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "acl/acl.h"
#include "exe_graph/runtime/tensor.h"
#include "graph/graph.h"
#include "graph/tensor.h"
#include "air.h"

#define CHECK(condition)                                                                                     \
  do {                                                                                                       \
    if (!(condition)) {                                                                                      \
      std::fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                           \
      std::exit(1);                                                                                          \
    }                                                                                                        \
  } while (0)

#define CHECK_STATUS(expected, call)                                                                         \
  do {                                                                                                       \
    const uint32_t answered = static_cast<uint32_t>(call);                                                   \
    if (answered != static_cast<uint32_t>(expected)) {                                                       \
      std::fprintf(stderr, "%s:%d: %s answered %u, expected %u\n", __FILE__, __LINE__, #call, answered,      \
                   static_cast<uint32_t>(expected));                                                         \
      std::exit(1);                                                                                          \
    }                                                                                                        \
  } while (0)

namespace test {
/* Opens when it was counted down often enough; waiting for ever is a failed test. */
class Latch {
public:
  explicit Latch(int count) : count_(count) {}
  void CountDown() {
    std::lock_guard<std::mutex> guard(lock_);
    if (--count_ == 0) {
      open_.notify_all();
    }
  }
  void Wait() {
    std::unique_lock<std::mutex> guard(lock_);
    CHECK(open_.wait_for(guard, std::chrono::seconds(60), [this] { return count_ <= 0; }));
  }

private:
  std::mutex lock_;
  std::condition_variable open_;
  int count_;
};

inline ge::Graph Parse(const char *name, const air::Bytes &bytes) {
  ge::Graph graph(name);
  CHECK_STATUS(0, graph.LoadFromSerializedModelArray(bytes.data(), bytes.size()));
  return graph;
}

inline std::vector<float> Ramp(size_t count, float first) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) {
    values[i] = first + 0.5F * static_cast<float>(i);
  }
  return values;
}

inline std::vector<float> Sum(const std::vector<float> &a, const std::vector<float> &b) {
  std::vector<float> sum(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    sum[i] = a[i] + b[i % b.size()];
  }
  return sum;
}

inline gert::StorageShape ShapeOf(const air::Dims &dims) {
  gert::StorageShape shape;
  for (int64_t dim : dims) {
    shape.MutableOriginShape().AppendDim(dim);
    shape.MutableStorageShape().AppendDim(dim);
  }
  return shape;
}

/* A tensor over the caller's memory. */
inline gert::Tensor View(const air::Dims &dims, void *address, size_t size, gert::TensorPlacement placement) {
  const gert::StorageFormat format(ge::FORMAT_ND, ge::FORMAT_ND, gert::ExpandDimsType());
  gert::Tensor tensor(ShapeOf(dims), format, placement, ge::DT_FLOAT, address);
  tensor.SetSize(size);
  return tensor;
}

inline gert::Tensor Host(const air::Dims &dims, std::vector<float> &values) {
  return View(dims, values.data(), values.size() * sizeof(float), gert::kOnHost);
}

inline bool Equal(const void *data, const std::vector<float> &expected) {
  return std::memcmp(data, expected.data(), expected.size() * sizeof(float)) == 0;
}

/* Device memory with RAII and synchronous copies. */
class Device {
public:
  explicit Device(size_t size) : address_(nullptr), size_(size) {
    CHECK_STATUS(0, aclrtMalloc(&address_, size, ACL_MEM_MALLOC_HUGE_FIRST));
  }
  explicit Device(const std::vector<float> &values) : Device(values.size() * sizeof(float)) { Write(values); }
  ~Device() { aclrtFree(address_); }
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;
  void *get() const { return address_; }
  size_t size() const { return size_; }
  void Write(const std::vector<float> &values) {
    CHECK_STATUS(0, aclrtMemcpy(address_, size_, values.data(), values.size() * sizeof(float),
                                ACL_MEMCPY_HOST_TO_DEVICE));
  }

private:
  void *address_;
  size_t size_;
};

inline std::vector<float> Download(const void *address, size_t count) {
  std::vector<float> values(count);
  CHECK_STATUS(0, aclrtMemcpy(values.data(), count * sizeof(float), address, count * sizeof(float),
                              ACL_MEMCPY_DEVICE_TO_HOST));
  return values;
}
} // namespace test

#endif
