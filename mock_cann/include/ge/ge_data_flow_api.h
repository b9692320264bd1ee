/* Types of the data flow calls of ge::Session. */
#ifndef GE_GE_DATA_FLOW_API_H_
#define GE_GE_DATA_FLOW_API_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "external/ge_common/ge_common_api_types.h"
#include "graph/tensor.h"

namespace ge {
class DataFlowInfoImpl;

enum class DataFlowFlag : uint32_t { DATA_FLOW_FLAG_EOS = 1, DATA_FLOW_FLAG_SEG = 2 };

enum class MsgType : uint16_t {
  MSG_TYPE_TENSOR_DATA = 0,
  MSG_TYPE_RAW_MSG = 1,
  MSG_TYPE_USER_DEFINE_START = 1024
};

struct RawData {
  const void *addr;
  size_t len;
};

class DataFlowInfo {
 public:
  DataFlowInfo();
  ~DataFlowInfo();
  DataFlowInfo(const DataFlowInfo &) = delete;
  DataFlowInfo(const DataFlowInfo &&) = delete;
  DataFlowInfo &operator=(const DataFlowInfo &) & = delete;
  DataFlowInfo &operator=(const DataFlowInfo &&) & = delete;
  void SetStartTime(uint64_t start_time);
  uint64_t GetStartTime() const;
  void SetEndTime(uint64_t end_time);
  uint64_t GetEndTime() const;
  void SetFlowFlags(uint32_t flow_flags);
  uint32_t GetFlowFlags() const;
  Status SetUserData(const void *data, size_t size, size_t offset = 0U);
  Status GetUserData(void *data, size_t size, size_t offset = 0U) const;
  uint64_t GetTransactionId() const;
  void SetTransactionId(uint64_t transaction_id);

 private:
  std::shared_ptr<DataFlowInfoImpl> impl_;
};

class FlowMsg {
 public:
  FlowMsg() = default;
  virtual ~FlowMsg() = default;
  virtual MsgType GetMsgType() const = 0;
  virtual void SetMsgType(MsgType msg_type) = 0;
  virtual Tensor *GetTensor() const = 0;
  virtual Status GetRawData(void *&data_ptr, size_t &data_size) const = 0;
  virtual int32_t GetRetCode() const = 0;
  virtual void SetRetCode(int32_t ret_code) = 0;
  virtual void SetStartTime(uint64_t start_time) = 0;
  virtual uint64_t GetStartTime() const = 0;
  virtual void SetEndTime(uint64_t end_time) = 0;
  virtual uint64_t GetEndTime() const = 0;
  virtual void SetFlowFlags(uint32_t flags) = 0;
  virtual uint32_t GetFlowFlags() const = 0;
  virtual uint64_t GetTransactionId() const = 0;
  virtual void SetTransactionId(uint64_t transaction_id) = 0;
  virtual Status SetUserData(const void *data, size_t size, size_t offset = 0U) = 0;
  virtual Status GetUserData(void *data, size_t size, size_t offset = 0U) const = 0;
};

using FlowMsgPtr = std::shared_ptr<FlowMsg>;

class FlowBufferFactory {
 public:
  static std::shared_ptr<Tensor> AllocTensor(const std::vector<int64_t> &shape, DataType data_type,
                                             uint32_t align = 512U);
  static FlowMsgPtr AllocTensorMsg(const std::vector<int64_t> &shape, DataType data_type,
                                   uint32_t align = 512U);
  static FlowMsgPtr AllocRawDataMsg(size_t size, uint32_t align = 512U);
  static FlowMsgPtr AllocEmptyDataMsg(MsgType type);
  static FlowMsgPtr ToFlowMsg(const Tensor &tensor);
  static FlowMsgPtr ToFlowMsg(const RawData &raw_data);
};
}  // namespace ge

#endif  // GE_GE_DATA_FLOW_API_H_
