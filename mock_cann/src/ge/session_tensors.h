/* gert::Tensor and ge::Tensor as the session layer's run tensors, and back. Inputs are views; outputs that
 * the session allocated carry a reference to their block, which the C++ tensor takes over. */
#ifndef MC_GE_SESSION_TENSORS_H
#define MC_GE_SESSION_TENSORS_H

#include <cstdlib>
#include <vector>

#include "exe_graph/runtime/tensor.h"
#include "ge/hidden.h"
#include "graph/session.h"
#include "graph/tensor.h"

namespace mc {
/* Room for the tensors of one run without an allocation in the usual case. */
class MC_HIDDEN RunTensors {
public:
  explicit RunTensors(size_t count) : count_(count), data_(inline_) {
    if (count > kInline) {
      heap_.resize(count);
      data_ = heap_.data();
    }
  }
  RunTensors(const RunTensors &) = delete;
  RunTensors &operator=(const RunTensors &) = delete;

  mc_run_tensor *data() { return data_; }
  mc_run_tensor &operator[](size_t index) { return data_[index]; }
  int count() const { return static_cast<int>(count_); }

private:
  static constexpr size_t kInline = 8U;
  size_t count_;
  mc_run_tensor *data_;
  mc_run_tensor inline_[kInline];
  std::vector<mc_run_tensor> heap_;
};

/* ---- gert ---- */

inline void ReadShape(const gert::Shape &from, mc_shape &to) {
  to.rank = static_cast<int>(from.GetDimNum());
  for (int i = 0; i < to.rank; ++i) {
    to.dims[i] = from.GetDim(static_cast<size_t>(i));
  }
}

inline void WriteShape(const mc_shape &from, gert::Shape &to) {
  to.SetDimNum(0U);
  for (int i = 0; i < from.rank; ++i) {
    (void)to.AppendDim(from.dims[i]);
  }
}

inline void Read(const gert::Tensor &from, mc_run_tensor &to) {
  to.address = const_cast<void *>(from.GetAddr());
  to.size = from.GetSize();
  to.on_host = gert::TensorPlacementUtils::IsOnHost(from.GetPlacement());
  to.dtype = static_cast<int>(from.GetDataType());
  to.format = static_cast<int>(from.GetStorageFormat());
  ReadShape(from.GetStorageShape(), to.shape);
  to.block = nullptr;
}

/* The manager of tensors whose memory is a session's block. */
inline ge::graphStatus ManageBlock(gert::TensorAddress addr, gert::TensorOperateType operate_type,
                                   void **out) {
  mc_tensor_block *const block = static_cast<mc_tensor_block *>(addr);
  switch (operate_type) {
  case gert::kGetTensorAddress:
    *out = mc_tensor_block_address(block);
    return ge::GRAPH_SUCCESS;
  case gert::kFreeTensor:
    mc_tensor_block_release(block);
    return ge::GRAPH_SUCCESS;
  case gert::kPlusShareCount:
    mc_tensor_block_retain(block);
    return ge::GRAPH_SUCCESS;
  default:
    return ge::GRAPH_FAILED;
  }
}

inline void Write(const mc_run_tensor &from, gert::Tensor &to) {
  WriteShape(from.shape, to.MutableStorageShape());
  WriteShape(from.shape, to.MutableOriginShape());
  to.SetDataType(static_cast<ge::DataType>(from.dtype));
  to.SetStorageFormat(static_cast<ge::Format>(from.format));
  to.SetOriginFormat(static_cast<ge::Format>(from.format));
  if (from.block != nullptr) {
    to.SetData(gert::TensorData(from.block, ManageBlock, from.size,
                                from.on_host ? gert::kOnHost : gert::kOnDeviceHbm));
  } else {
    to.SetSize(from.size);
  }
}

/* ---- ge ---- */

inline void Read(const ge::TensorDesc &from, mc_desc &to) {
  const std::vector<int64_t> dims = from.GetShape().GetDims();
  to.dtype = static_cast<int>(from.GetDataType());
  to.format = static_cast<int>(from.GetFormat());
  const bool unknown = (dims.size() > MC_MAX_RANK) || ((dims.size() == 1U) && (dims[0] == -2));
  to.shape.rank = unknown ? MC_RANK_UNKNOWN : static_cast<int>(dims.size());
  for (int i = 0; i < to.shape.rank; ++i) {
    to.shape.dims[i] = dims[static_cast<size_t>(i)];
  }
}

/* Field by field: asking for the whole description copies it. */
inline void Read(const ge::Tensor &from, mc_run_tensor &to) {
  const size_t rank = from.GetShapeDimNum();
  to.address = const_cast<uint8_t *>(from.GetData());
  to.size = from.GetSize();
  to.on_host = from.GetPlacement() == ge::kPlacementHost;
  to.dtype = static_cast<int>(from.GetDataType());
  to.format = static_cast<int>(from.GetFormat());
  to.shape.rank = (rank > MC_MAX_RANK) ? MC_RANK_UNKNOWN : static_cast<int>(rank);
  for (int i = 0; i < to.shape.rank; ++i) {
    to.shape.dims[i] = from.GetShapeDim(static_cast<size_t>(i));
  }
  to.block = nullptr;
}

inline void Write(const mc_run_tensor &from, ge::Tensor &to) {
  const std::vector<int64_t> dims(from.shape.dims,
                                  from.shape.dims + (from.shape.rank < 0 ? 0 : from.shape.rank));
  ge::TensorDesc desc = to.GetTensorDesc();
  desc.Update(ge::Shape(dims), static_cast<ge::Format>(from.format), static_cast<ge::DataType>(from.dtype));
  desc.SetOriginShape(ge::Shape(dims));
  desc.SetOriginFormat(static_cast<ge::Format>(from.format));
  if (from.block != nullptr) {
    desc.SetPlacement(from.on_host ? ge::kPlacementHost : ge::kPlacementDevice);
  }
  (void)to.SetTensorDesc(desc);
  if (from.block != nullptr) {
    mc_tensor_block *const block = from.block;
    (void)to.SetData(static_cast<uint8_t *>(from.address), from.size,
                     [block](uint8_t *) { mc_tensor_block_release(block); });
  }
}

inline std::vector<mc_desc> Describe(const std::vector<ge::Tensor> &tensors) {
  std::vector<mc_desc> descs(tensors.size());
  for (size_t i = 0U; i < tensors.size(); ++i) {
    Read(tensors[i].GetTensorDesc(), descs[i]);
  }
  return descs;
}

template <typename Tensor> void ReadAll(const std::vector<Tensor> &from, RunTensors &to) {
  for (size_t i = 0U; i < from.size(); ++i) {
    Read(from[i], to[i]);
  }
}

/* New tensors for a session's array of outputs, which it frees. */
template <typename Tensor> void WriteNew(mc_run_tensor *from, int count, std::vector<Tensor> &to) {
  to.clear();
  to.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    to.emplace_back();
    Write(from[i], to.back());
  }
}

/* A run on a stream, for either kind of tensor and either call. */
template <typename Tensor, typename Function>
mc_ge_status RunWithStream(Function run, mc_session *session, uint32_t graph_id, void *stream,
                           const std::vector<Tensor> &inputs, std::vector<Tensor> &outputs) {
  RunTensors in(inputs.size());
  ReadAll(inputs, in);
  RunTensors given(outputs.size());
  ReadAll(outputs, given);
  mc_run_tensor *out = outputs.empty() ? nullptr : given.data();
  int count = given.count();
  const mc_ge_status status = run(session, graph_id, stream, in.data(), in.count(), &out, &count);
  if (status != 0U) {
    return status;
  }
  if (outputs.empty()) {
    WriteNew(out, count, outputs);
    free(out);
    return status;
  }
  for (size_t i = 0U; i < outputs.size(); ++i) {
    Write(given[i], outputs[i]);
  }
  return status;
}

/* RunGraph for either kind of tensor. */
template <typename Tensor>
mc_ge_status Run(mc_session *session, uint32_t graph_id, const std::vector<Tensor> &inputs,
                 std::vector<Tensor> &outputs) {
  outputs.clear();
  RunTensors in(inputs.size());
  ReadAll(inputs, in);
  mc_run_tensor *out = nullptr;
  int count = 0;
  const mc_ge_status status = mc_session_run(session, graph_id, in.data(), in.count(), &out, &count);
  if (status == 0U) {
    WriteNew(out, count, outputs);
    free(out);
  }
  return status;
}
} // namespace mc

#endif
