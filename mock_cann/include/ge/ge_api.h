/* The first generation of the GE session API: ge::Session over ge::Tensor. */
#ifndef GE_GE_API_H_
#define GE_GE_API_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exe_graph/runtime/tensor.h"
#include "ge/ge_allocator.h"
#include "ge/ge_api_error_codes.h"
#include "ge/ge_api_types.h"
#include "ge/ge_data_flow_api.h"
#include "ge/ge_graph_compile_summary.h"
#include "graph/graph.h"
#include "graph/tensor.h"

namespace ge {
using pCallBackFunc = uint32_t (*)(uint32_t graph_id, const std::map<std::string, ge::Tensor> &params_list);

namespace session {
using pCallBackFunc = uint32_t (*)(uint32_t graph_id, const std::map<AscendString, ge::Tensor> &params_list);
}  // namespace session

Status GEInitialize(const std::map<std::string, std::string> &options);
Status GEInitialize(const std::map<AscendString, AscendString> &options);
Status GEFinalize();
std::string GEGetErrorMsg();
AscendString GEGetErrorMsgV2();
std::string GEGetWarningMsg();
AscendString GEGetWarningMsgV2();

class Session {
 public:
  explicit Session(const std::map<std::string, std::string> &options);
  explicit Session(const std::map<AscendString, AscendString> &options);
  ~Session();
  Status AddGraph(uint32_t graph_id, const Graph &graph);
  Status AddGraph(uint32_t graph_id, const Graph &graph, const std::map<std::string, std::string> &options);
  Status AddGraph(uint32_t graph_id, const Graph &graph, const std::map<AscendString, AscendString> &options);
  Status AddGraphWithCopy(uint32_t graph_id, const Graph &graph);
  Status AddGraphWithCopy(uint32_t graph_id, const Graph &graph,
                          const std::map<AscendString, AscendString> &options);
  Status RemoveGraph(uint32_t graph_id);
  Status RunGraph(uint32_t graph_id, const std::vector<Tensor> &inputs, std::vector<Tensor> &outputs);
  Status LoadGraph(uint32_t graph_id, const std::map<AscendString, AscendString> &options,
                   void *stream) const;
  Status GraphDebugJSONPrint(uint32_t graph_id, uint32_t flags, AscendString &json_result) const;
  Status RunGraphWithStreamAsync(uint32_t graph_id, void *stream, const std::vector<Tensor> &inputs,
                                 std::vector<Tensor> &outputs);
  Status ExecuteGraphWithStreamAsync(uint32_t graph_id, void *stream, const std::vector<gert::Tensor> &inputs,
                                     std::vector<gert::Tensor> &outputs);
  Status BuildGraph(uint32_t graph_id, const std::vector<InputTensorInfo> &inputs);
  Status BuildGraph(uint32_t graph_id, const std::vector<Tensor> &inputs);
  Status RunGraphAsync(uint32_t graph_id, const std::vector<Tensor> &inputs, RunAsyncCallback callback);
  Status GetVariables(const std::vector<std::string> &var_names, std::vector<Tensor> &var_values);
  Status GetVariables(const std::vector<AscendString> &var_names, std::vector<Tensor> &var_values);
  Status RegisterCallBackFunc(const std::string &key, const pCallBackFunc &callback);
  Status RegisterCallBackFunc(const char_t *key, const session::pCallBackFunc &callback);
  bool IsGraphNeedRebuild(uint32_t graph_id);
  uint64_t GetSessionId() const;
  Status FeedDataFlowGraph(uint32_t graph_id, const std::vector<Tensor> &inputs, const DataFlowInfo &info,
                           int32_t timeout);
  Status FeedDataFlowGraph(uint32_t graph_id, const std::vector<uint32_t> &indexes,
                           const std::vector<Tensor> &inputs, const DataFlowInfo &info, int32_t timeout);
  Status FeedRawData(uint32_t graph_id, const std::vector<RawData> &raw_data_list, uint32_t index,
                     const DataFlowInfo &info, int32_t timeout);
  Status FetchDataFlowGraph(uint32_t graph_id, std::vector<Tensor> &outputs, DataFlowInfo &info,
                            int32_t timeout);
  Status FetchDataFlowGraph(uint32_t graph_id, const std::vector<uint32_t> &indexes,
                            std::vector<Tensor> &outputs, DataFlowInfo &info, int32_t timeout);
  Status FeedDataFlowGraph(uint32_t graph_id, const std::vector<FlowMsgPtr> &inputs, int32_t timeout);
  Status FeedDataFlowGraph(uint32_t graph_id, const std::vector<uint32_t> &indexes,
                           const std::vector<FlowMsgPtr> &inputs, int32_t timeout);
  Status FetchDataFlowGraph(uint32_t graph_id, std::vector<FlowMsgPtr> &outputs, int32_t timeout);
  Status FetchDataFlowGraph(uint32_t graph_id, const std::vector<uint32_t> &indexes,
                            std::vector<FlowMsgPtr> &outputs, int32_t timeout);
  Status CompileGraph(uint32_t graph_id);
  CompiledGraphSummaryPtr GetCompiledGraphSummary(uint32_t graph_id);
  Status SetGraphConstMemoryBase(uint32_t graph_id, const void *memory, size_t size);
  Status UpdateGraphFeatureMemoryBase(uint32_t graph_id, const void *memory, size_t size);
  Status SetGraphFixedFeatureMemoryBase(uint32_t graph_id, const void *memory, size_t size);
  Status SetGraphFixedFeatureMemoryBaseWithType(uint32_t graph_id, MemoryType type, const void *memory,
                                                size_t size);
  Status UpdateGraphRefreshableFeatureMemoryBase(uint32_t graph_id, const void *memory, size_t size);
  Status RegisterExternalAllocator(const void *stream, AllocatorPtr allocator) const;
  Status UnregisterExternalAllocator(const void *stream) const;
  Status ShardGraphsToFile(const char_t *file_path = "./") const;
  Status ShardGraphs() const;
  Status SaveGraphsToPb(const char_t *file_path) const;
  Status PaRemapped(uint64_t va, uint64_t new_pa, uint64_t len) const;

 private:
  uint64_t sessionId_;
};
}  // namespace ge

extern "C" {
ge::Status GeSessionLoadGraph(ge::Session &session, uint32_t graph_id,
                              const std::map<ge::AscendString, ge::AscendString> &options, void *stream);
ge::Status GeSessionExecuteGraphWithStreamAsync(ge::Session &session, uint32_t graph_id, void *stream,
                                                const std::vector<gert::Tensor> &inputs,
                                                std::vector<gert::Tensor> &outputs);
ge::Status GeSessionGraphDebugJSONPrint(ge::Session &session, uint32_t graph_id, uint32_t flags,
                                        ge::AscendString &json_result);
}

#endif  // GE_GE_API_H_
