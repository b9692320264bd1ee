/* gert::Tensor, the tensor of GE's run-time interfaces, and TensorV2, which adds strides. Both live entirely
 * in the caller's code; a vector of them is grown on one side of the library border and destroyed on the
 * other. */
#ifndef EXE_GRAPH_RUNTIME_RUNTIME_TENSOR_H_
#define EXE_GRAPH_RUNTIME_RUNTIME_TENSOR_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <utility>

#include "exe_graph/runtime/expand_dims_type.h"
#include "exe_graph/runtime/shape.h"
#include "exe_graph/runtime/storage_format.h"
#include "exe_graph/runtime/storage_shape.h"
#include "exe_graph/runtime/stride.h"
#include "exe_graph/runtime/tensor_data.h"
#include "graph/error_codes.h"
#include "graph/types.h"

namespace gert {
using ConstTensorAddress = void *const;

/* Which class an object is: both begin with the same 752 bytes. */
enum TensorVersion : uint8_t { kTensorV1 = 0, kTensorV2 = 1 };

class TensorV2;

class Tensor {
 public:
  Tensor()
      : storage_shape_(),
        storage_format_(),
        version_(kTensorV1),
        reserved_(),
        data_type_(ge::DT_UNDEFINED),
        tensor_data_(),
        reserved_field_() {}

  /* The tensor does not own `addr`. */
  Tensor(const StorageShape &storage_shape, const StorageFormat &storage_format,
         const TensorPlacement placement, const ge::DataType data_type, ConstTensorAddress addr)
      : Tensor(storage_shape, storage_format, placement, data_type, addr, nullptr) {}

  Tensor(const StorageShape &storage_shape, const StorageFormat &storage_format, const ge::DataType data_type)
      : Tensor(storage_shape, storage_format, kTensorPlacementEnd, data_type, nullptr, nullptr) {}

  /* The tensor takes over the reference to `addr` that `manager` frees. */
  Tensor(const StorageShape &storage_shape, const StorageFormat &storage_format,
         const TensorPlacement placement, const ge::DataType data_type, ConstTensorAddress addr,
         const TensorAddrManager manager)
      : storage_shape_(storage_shape),
        storage_format_(storage_format),
        version_(kTensorV1),
        reserved_(),
        data_type_(data_type),
        tensor_data_(addr, manager, 0, placement),
        reserved_field_() {}

  /* Elements of the storage shape. */
  int64_t GetShapeSize() const { return storage_shape_.GetStorageShape().GetShapeSize(); }

  template <typename T>
  const T *GetData() const {
    return reinterpret_cast<const T *>(GetAddr());
  }
  template <typename T>
  T *GetData() {
    return reinterpret_cast<T *>(GetAddr());
  }

  void SetData(TensorData &&data) { tensor_data_ = std::move(data); }

  const void *GetAddr() const {
    return TensorPlacementUtils::IsOnHostFollowing(GetPlacement()) ? static_cast<const void *>(this + 1)
                                                                   : tensor_data_.GetAddr();
  }
  void *GetAddr() {
    return TensorPlacementUtils::IsOnHostFollowing(GetPlacement()) ? static_cast<void *>(this + 1)
                                                                   : tensor_data_.GetAddr();
  }

  size_t GetSize() const { return tensor_data_.GetSize(); }
  void SetSize(const size_t size) { tensor_data_.SetSize(size); }
  ge::DataType GetDataType() const { return data_type_; }
  void SetDataType(const ge::DataType data_type) { data_type_ = data_type; }

  /* A tensor with room for `shape_size` elements behind it; `total_size` gets the bytes of the whole. */
  static std::unique_ptr<uint8_t[]> CreateFollowing(const int64_t shape_size, const ge::DataType dt,
                                                    size_t &total_size) {
    const int64_t tensor_size = ge::GetSizeInBytes(shape_size, dt);
    return (tensor_size < 0) ? nullptr : CreateFollowing(dt, static_cast<size_t>(tensor_size), total_size);
  }
  static std::unique_ptr<uint8_t[]> CreateFollowing(const ge::DataType dt, const size_t tensor_size,
                                                    size_t &total_size) {
    if (tensor_size > (std::numeric_limits<size_t>::max() - sizeof(Tensor))) {
      return nullptr;
    }
    total_size = tensor_size + sizeof(Tensor);
    return NewFollowingTensor(dt, total_size);
  }

  const Shape &GetStorageShape() const { return storage_shape_.GetStorageShape(); }
  Shape &MutableStorageShape() { return storage_shape_.MutableStorageShape(); }
  const Shape &GetOriginShape() const { return storage_shape_.GetOriginShape(); }
  Shape &MutableOriginShape() { return storage_shape_.MutableOriginShape(); }
  const StorageShape &GetShape() const { return storage_shape_; }
  StorageShape &GetShape() { return storage_shape_; }

  ge::Format GetStorageFormat() const { return storage_format_.GetStorageFormat(); }
  void SetStorageFormat(const ge::Format storage_format) { storage_format_.SetStorageFormat(storage_format); }
  ge::Format GetOriginFormat() const { return storage_format_.GetOriginFormat(); }
  void SetOriginFormat(const ge::Format origin_format) { storage_format_.SetOriginFormat(origin_format); }
  const StorageFormat &GetFormat() const { return storage_format_; }
  StorageFormat &MutableFormat() { return storage_format_; }
  ExpandDimsType GetExpandDimsType() const { return storage_format_.GetExpandDimsType(); }
  void SetExpandDimsType(const ExpandDimsType &expand_dims_type) {
    storage_format_.SetExpandDimsType(expand_dims_type);
  }

  TensorPlacement GetPlacement() const { return tensor_data_.GetPlacement(); }
  void SetPlacement(const TensorPlacement placement) { tensor_data_.SetPlacement(placement); }
  const TensorData &GetTensorData() const { return tensor_data_; }
  TensorData &MutableTensorData() { return tensor_data_; }
  TensorVersion GetVersion() const { return version_; }

 private:
  friend class TensorV2;

  static std::unique_ptr<uint8_t[]> NewFollowingTensor(const ge::DataType dt, size_t &total_size) {
    std::unique_ptr<uint8_t[]> holder(new (std::nothrow) uint8_t[total_size]);
    if (holder != nullptr) {
      Tensor *const tensor = new (holder.get()) Tensor();
      tensor->SetDataType(dt);
      tensor->SetPlacement(kFollowing);
      tensor->SetSize(total_size - sizeof(Tensor));
    }
    return holder;
  }

  void SetVersion(const TensorVersion version) { version_ = version; }

  StorageShape storage_shape_;
  StorageFormat storage_format_;
  TensorVersion version_;
  uint8_t reserved_[3];
  ge::DataType data_type_;
  TensorData tensor_data_;
  uint8_t reserved_field_[40];
};

class TensorV2 {
 public:
  TensorV2() : tensor_(), stride_(), offset_(0), reserved_field_() { tensor_.SetVersion(kTensorV2); }
  TensorV2(const StorageShape &storage_shape, const StorageFormat &storage_format,
           const TensorPlacement placement, const ge::DataType data_type, ConstTensorAddress addr)
      : TensorV2(storage_shape, storage_format, placement, data_type, addr, nullptr) {}
  TensorV2(const StorageShape &storage_shape, const StorageFormat &storage_format,
           const ge::DataType data_type)
      : TensorV2(storage_shape, storage_format, kTensorPlacementEnd, data_type, nullptr, nullptr) {}
  TensorV2(const StorageShape &storage_shape, const StorageFormat &storage_format,
           const TensorPlacement placement, const ge::DataType data_type, ConstTensorAddress addr,
           const TensorAddrManager manager)
      : TensorV2(storage_shape, storage_format, placement, data_type, addr, manager, Stride(), 0) {}
  TensorV2(const StorageShape &storage_shape, const StorageFormat &storage_format,
           const TensorPlacement placement, const ge::DataType data_type, ConstTensorAddress addr,
           const TensorAddrManager manager, const Stride &stride, const int64_t offset)
      : tensor_(storage_shape, storage_format, placement, data_type, addr, manager),
        stride_(stride),
        offset_(offset),
        reserved_field_() {
    tensor_.SetVersion(kTensorV2);
  }

  int64_t GetShapeSize() const { return tensor_.GetShapeSize(); }

  template <typename T>
  const T *GetData() const {
    return reinterpret_cast<const T *>(GetAddr());
  }
  template <typename T>
  auto GetData() -> T * {
    return reinterpret_cast<T *>(GetAddr());
  }

  void SetData(TensorData &&data) { tensor_.SetData(std::move(data)); }

  const void *GetAddr() const {
    return TensorPlacementUtils::IsOnHostFollowing(GetPlacement()) ? static_cast<const void *>(this + 1)
                                                                   : tensor_.tensor_data_.GetAddr();
  }
  void *GetAddr() {
    return TensorPlacementUtils::IsOnHostFollowing(GetPlacement()) ? static_cast<void *>(this + 1)
                                                                   : tensor_.tensor_data_.GetAddr();
  }

  size_t GetSize() const { return tensor_.GetSize(); }
  void SetSize(const size_t size) { tensor_.SetSize(size); }
  ge::DataType GetDataType() const { return tensor_.GetDataType(); }
  void SetDataType(const ge::DataType data_type) { tensor_.SetDataType(data_type); }

  static std::unique_ptr<uint8_t[]> CreateFollowing(const int64_t shape_size, const ge::DataType dt,
                                                    size_t &total_size) {
    const int64_t tensor_size = ge::GetSizeInBytes(shape_size, dt);
    return (tensor_size < 0) ? nullptr : CreateFollowing(dt, static_cast<size_t>(tensor_size), total_size);
  }
  static std::unique_ptr<uint8_t[]> CreateFollowing(const ge::DataType dt, const size_t tensor_size,
                                                    size_t &total_size) {
    if (tensor_size > (std::numeric_limits<size_t>::max() - sizeof(TensorV2))) {
      return nullptr;
    }
    total_size = tensor_size + sizeof(TensorV2);
    return NewFollowingTensor(dt, total_size);
  }

  const Shape &GetStorageShape() const { return tensor_.GetStorageShape(); }
  Shape &MutableStorageShape() { return tensor_.MutableStorageShape(); }
  const Shape &GetOriginShape() const { return tensor_.GetOriginShape(); }
  Shape &MutableOriginShape() { return tensor_.MutableOriginShape(); }
  const StorageShape &GetShape() const { return tensor_.GetShape(); }
  StorageShape &GetShape() { return tensor_.GetShape(); }

  ge::Format GetStorageFormat() const { return tensor_.GetStorageFormat(); }
  void SetStorageFormat(const ge::Format storage_format) { tensor_.SetStorageFormat(storage_format); }
  ge::Format GetOriginFormat() const { return tensor_.GetOriginFormat(); }
  void SetOriginFormat(const ge::Format origin_format) { tensor_.SetOriginFormat(origin_format); }
  const StorageFormat &GetFormat() const { return tensor_.GetFormat(); }
  StorageFormat &MutableFormat() { return tensor_.MutableFormat(); }
  ExpandDimsType GetExpandDimsType() const { return tensor_.GetExpandDimsType(); }
  void SetExpandDimsType(const ExpandDimsType &expand_dims_type) {
    tensor_.SetExpandDimsType(expand_dims_type);
  }

  TensorPlacement GetPlacement() const { return tensor_.GetPlacement(); }
  void SetPlacement(const TensorPlacement placement) { tensor_.SetPlacement(placement); }
  const TensorData &GetTensorData() const { return tensor_.GetTensorData(); }
  TensorData &MutableTensorData() { return tensor_.MutableTensorData(); }
  TensorVersion GetVersion() const { return tensor_.GetVersion(); }

  const Stride &GetStride() const { return stride_; }
  int64_t GetOffset() const { return offset_; }
  Stride &MutableStride() { return stride_; }
  void SetOffset(const int64_t offset) { offset_ = offset; }

 private:
  static std::unique_ptr<uint8_t[]> NewFollowingTensor(const ge::DataType dt, size_t &total_size) {
    std::unique_ptr<uint8_t[]> holder(new (std::nothrow) uint8_t[total_size]);
    if (holder != nullptr) {
      TensorV2 *const tensor = new (holder.get()) TensorV2();
      tensor->SetDataType(dt);
      tensor->SetPlacement(kFollowing);
      tensor->SetSize(total_size - sizeof(TensorV2));
    }
    return holder;
  }

  Tensor tensor_;
  Stride stride_;
  int64_t offset_;
  uint8_t reserved_field_[40];
};
}  // namespace gert

#endif  // EXE_GRAPH_RUNTIME_RUNTIME_TENSOR_H_
