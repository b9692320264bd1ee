/* The second generation of the GE session API: ge::GeSession over gert::Tensor. */
#ifndef GE_GE_API_V2_H_
#define GE_GE_API_V2_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "exe_graph/runtime/tensor.h"
#include "ge/ge_allocator.h"
#include "ge/ge_api_error_codes.h"
#include "ge/ge_api_types.h"
#include "ge/ge_graph_compile_summary.h"
#include "ge/ge_ir_build.h"
#include "graph/graph.h"
#include "graph/tensor.h"

namespace ge {
using RunCallback = std::function<Status(uint32_t, const std::map<AscendString, gert::Tensor> &)>;

Status GEInitializeV2(const std::map<AscendString, AscendString> &options);
Status GEFinalizeV2();
AscendString GEGetErrorMsgV3();
AscendString GEGetWarningMsgV3();

class GeSession {
  class Impl;

 public:
  explicit GeSession(const std::map<AscendString, AscendString> &options);
  ~GeSession();
  Status AddGraph(uint32_t graph_id, const Graph &graph);
  Status AddGraph(uint32_t graph_id, const Graph &graph, const std::map<AscendString, AscendString> &options);
  Status AddGraphClone(uint32_t graph_id, const Graph &graph);
  Status AddGraphClone(uint32_t graph_id, const Graph &graph,
                       const std::map<AscendString, AscendString> &options);
  Status RemoveGraph(uint32_t graph_id);
  bool IsGraphNeedRebuild(uint32_t graph_id);
  uint64_t GetSessionId() const;
  Status CompileGraph(uint32_t graph_id);
  Status CompileGraph(uint32_t graph_id, const std::vector<Tensor> &inputs);
  Status LoadGraph(uint32_t graph_id, const std::map<AscendString, AscendString> &options,
                   void *stream) const;
  Status GraphDebugJSONPrint(uint32_t graph_id, uint32_t flags, AscendString &json_result) const;
  Status RunGraph(uint32_t graph_id, const std::vector<gert::Tensor> &inputs,
                  std::vector<gert::Tensor> &outputs);
  Status RunGraphWithStreamAsync(uint32_t graph_id, void *stream, const std::vector<gert::Tensor> &inputs,
                                 std::vector<gert::Tensor> &outputs);
  Status RunGraphAsync(uint32_t graph_id, const std::vector<gert::Tensor> &inputs,
                       RunAsyncCallbackV2 callback);
  Status RegisterCallBackFunc(const char_t *key, const RunCallback &callback);
  CompiledGraphSummaryPtr GetCompiledGraphSummary(uint32_t graph_id);
  Status SetGraphConstMemoryBase(uint32_t graph_id, const void *memory, size_t size);
  Status UpdateGraphFeatureMemoryBase(uint32_t graph_id, const void *memory, size_t size);
  Status SetGraphFixedFeatureMemoryBaseWithType(uint32_t graph_id, MemoryType type, const void *memory,
                                                size_t size);
  Status UpdateGraphRefreshableFeatureMemoryBase(uint32_t graph_id, const void *memory, size_t size);
  Status RegisterExternalAllocator(const void *stream, AllocatorPtr allocator) const;
  Status UnregisterExternalAllocator(const void *stream) const;
  Status GetCompiledModel(uint32_t graph_id, ModelBufferData &model_buffer);

 private:
  std::shared_ptr<Impl> impl_;
};
}  // namespace ge

extern "C" {
bool IsIrRepSupport(const char *rep);
ge::Status GetRegisteredIrDef(const char *op_type,
                              std::vector<std::pair<ge::AscendString, ge::AscendString>> &inputs,
                              std::vector<std::pair<ge::AscendString, ge::AscendString>> &outputs,
                              std::vector<std::pair<ge::AscendString, ge::AscendString>> &attrs);
}

#endif  // GE_GE_API_V2_H_
