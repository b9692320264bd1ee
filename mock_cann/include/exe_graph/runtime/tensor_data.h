/* gert::TensorData: an address, where it is, and who owns it. Ownership is a manager function beside the
 * address: it is asked for the real address, to take another reference and to give one back. Without a
 * manager the address belongs to somebody else. */
#ifndef EXE_GRAPH_RUNTIME_TENSOR_DATA_H_
#define EXE_GRAPH_RUNTIME_TENSOR_DATA_H_

#include <cstddef>
#include <cstdint>

#include "graph/error_codes.h"

namespace gert {
using TensorAddress = void *;
using ConstTensorAddressPtr = const void *;

enum TensorPlacement : int32_t {
  kOnDeviceHbm = 0,
  kOnHost = 1,
  kFollowing = 2,  // in host memory, directly behind the Tensor object
  kOnDeviceP2p = 3,
  kTensorPlacementEnd = 4
};

enum TensorOperateType : int32_t {
  kGetTensorAddress = 0,
  kFreeTensor = 1,
  kPlusShareCount = 2,
  kTensorOperateType = 3
};

using TensorAddrManager = ge::graphStatus (*)(TensorAddress addr, TensorOperateType operate_type, void **out);

class TensorPlacementUtils {
 public:
  static bool IsOnDevice(const TensorPlacement placement) {
    return IsOnDeviceHbm(placement) || IsOnDeviceP2p(placement);
  }
  static bool IsOnHost(const TensorPlacement placement) {
    return IsOnHostFollowing(placement) || IsOnHostNotFollowing(placement);
  }
  static bool IsOnHostFollowing(const TensorPlacement placement) { return placement == kFollowing; }
  static bool IsOnHostNotFollowing(const TensorPlacement placement) { return placement == kOnHost; }
  static bool IsOnDeviceHbm(const TensorPlacement placement) { return placement == kOnDeviceHbm; }
  static bool IsOnDeviceP2p(const TensorPlacement placement) { return placement == kOnDeviceP2p; }
};

class TensorData {
 public:
  explicit TensorData(const TensorAddress addr = nullptr, const TensorAddrManager manager = nullptr)
      : TensorData(addr, manager, 0, kTensorPlacementEnd) {}
  TensorData(const TensorAddress addr, const TensorAddrManager manager, const size_t size,
             const TensorPlacement placement)
      : addr_(addr), manager_(manager), size_(size), placement_(placement), reserved_0_(0), reserved_1_() {}

  TensorData(const TensorData &) = delete;
  TensorData &operator=(const TensorData &other) = delete;

  TensorData(TensorData &&other) noexcept
      : TensorData(other.addr_, other.manager_, other.size_, other.placement_) {
    other.Forget();
  }

  TensorData &operator=(TensorData &&other) noexcept {
    if (this != &other) {
      (void)Free();
      addr_ = other.addr_;
      manager_ = other.manager_;
      size_ = other.size_;
      placement_ = other.placement_;
      other.Forget();
    }
    return *this;
  }

  ~TensorData() noexcept { (void)Free(); }

  TensorAddress GetAddr() const {
    if ((manager_ == nullptr) || (addr_ == nullptr)) {
      return addr_;
    }
    TensorAddress real = nullptr;
    return (manager_(addr_, kGetTensorAddress, &real) == ge::GRAPH_SUCCESS) ? real : nullptr;
  }

  size_t GetSize() const { return size_; }
  void SetSize(const size_t size) { size_ = size; }
  TensorPlacement GetPlacement() const { return placement_; }
  void SetPlacement(const TensorPlacement placement) { placement_ = placement; }

  /* Gives the reference back; on failure the data stays as it was. */
  ge::graphStatus Free() {
    if (manager_ != nullptr) {
      const ge::graphStatus status = manager_(addr_, kFreeTensor, nullptr);
      if (status != ge::GRAPH_SUCCESS) {
        return status;
      }
    }
    addr_ = nullptr;
    manager_ = nullptr;
    return ge::GRAPH_SUCCESS;
  }

  /* Frees what was held, then takes over `addr` together with the one reference its caller has. */
  ge::graphStatus SetAddr(const ConstTensorAddressPtr addr, const TensorAddrManager manager) {
    const ge::graphStatus status = Free();
    if (status != ge::GRAPH_SUCCESS) {
      return status;
    }
    addr_ = const_cast<TensorAddress>(addr);
    manager_ = manager;
    return ge::GRAPH_SUCCESS;
  }

  bool IsSharedWith(const TensorData &other) const {
    return (addr_ == other.addr_) && (manager_ == other.manager_) && (size_ == other.size_) &&
           (placement_ == other.placement_);
  }

  /* Frees what was held, then takes another reference to what `other` holds. */
  ge::graphStatus ShareFrom(const TensorData &other) {
    if (IsSharedWith(other)) {
      return ge::GRAPH_SUCCESS;
    }
    ge::graphStatus status = Free();
    if ((status == ge::GRAPH_SUCCESS) && (other.manager_ != nullptr)) {
      status = other.manager_(other.addr_, kPlusShareCount, nullptr);
    }
    if (status != ge::GRAPH_SUCCESS) {
      return status;
    }
    addr_ = other.addr_;
    manager_ = other.manager_;
    size_ = other.size_;
    placement_ = other.placement_;
    return ge::GRAPH_SUCCESS;
  }

  /* Hands the address and its manager to the caller, who now has to free it. */
  TensorAddress Release(TensorAddrManager &manager) {
    const TensorAddress addr = addr_;
    manager = manager_;
    Forget();
    return addr;
  }

 private:
  void Forget() {
    addr_ = nullptr;
    manager_ = nullptr;
    size_ = 0;
    placement_ = kTensorPlacementEnd;
  }

  TensorAddress addr_;
  TensorAddrManager manager_;
  size_t size_;
  TensorPlacement placement_;
  uint32_t reserved_0_;
  uint8_t reserved_1_[40];
};
}  // namespace gert

#endif  // EXE_GRAPH_RUNTIME_TENSOR_DATA_H_
