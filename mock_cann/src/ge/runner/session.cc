/* ge::Session: lifetime and graphs. Every rule lives in graph/session.h; this converts. */
#include "ge/ge_api.h"

#include "ge/runner/session_lookup.h"
#include "ge/session_objects.h"
#include "ge/session_options.h"
#include "ge/session_tensors.h"

namespace ge {
Session::Session(const std::map<std::string, std::string> &options)
    : sessionId_(mc::OpenSession(mc::Options(options).get())) {}

Session::Session(const std::map<AscendString, AscendString> &options)
    : sessionId_(mc::OpenSession(mc::Options(options).get())) {}

Session::~Session() {
  mc_session_destroy(mc_session_by_id(sessionId_));
}

uint64_t Session::GetSessionId() const {
  return sessionId_;
}

Status Session::AddGraph(uint32_t graph_id, const Graph &graph) {
  return mc::AddGraph(mc_session_by_id(sessionId_), graph_id, graph, nullptr);
}

Status Session::AddGraph(uint32_t graph_id, const Graph &graph,
                         const std::map<std::string, std::string> &options) {
  return mc::AddGraph(mc_session_by_id(sessionId_), graph_id, graph, mc::Options(options).get());
}

Status Session::AddGraph(uint32_t graph_id, const Graph &graph,
                         const std::map<AscendString, AscendString> &options) {
  return mc::AddGraph(mc_session_by_id(sessionId_), graph_id, graph, mc::Options(options).get());
}

Status Session::AddGraphWithCopy(uint32_t graph_id, const Graph &graph) {
  return mc::AddGraphClone(mc_session_by_id(sessionId_), graph_id, graph, nullptr);
}

Status Session::AddGraphWithCopy(uint32_t graph_id, const Graph &graph,
                                 const std::map<AscendString, AscendString> &options) {
  return mc::AddGraphClone(mc_session_by_id(sessionId_), graph_id, graph, mc::Options(options).get());
}

Status Session::RemoveGraph(uint32_t graph_id) {
  return mc_session_remove_graph(mc_session_by_id(sessionId_), graph_id);
}

bool Session::IsGraphNeedRebuild(uint32_t graph_id) {
  return mc_session_needs_rebuild(mc_session_by_id(sessionId_), graph_id);
}

Status Session::CompileGraph(uint32_t graph_id) {
  return mc_session_compile(mc_session_by_id(sessionId_), graph_id, nullptr, 0);
}

Status Session::BuildGraph(uint32_t graph_id, const std::vector<InputTensorInfo> &inputs) {
  std::vector<mc_desc> descs(inputs.size());
  for (size_t i = 0U; i < inputs.size(); ++i) {
    mc::Read(TensorDesc(Shape(inputs[i].dims), FORMAT_ND, static_cast<DataType>(inputs[i].data_type)),
             descs[i]);
  }
  return mc_session_build(mc_session_by_id(sessionId_), graph_id, descs.data(),
                          static_cast<int>(descs.size()));
}

Status Session::BuildGraph(uint32_t graph_id, const std::vector<Tensor> &inputs) {
  const std::vector<mc_desc> descs = mc::Describe(inputs);
  return mc_session_build(mc_session_by_id(sessionId_), graph_id, descs.data(),
                          static_cast<int>(descs.size()));
}

Status Session::LoadGraph(uint32_t graph_id, const std::map<AscendString, AscendString> &options,
                          void *stream) const {
  return mc_session_load(mc_session_by_id(sessionId_), graph_id, mc::Options(options).get(), stream);
}

CompiledGraphSummaryPtr Session::GetCompiledGraphSummary(uint32_t graph_id) {
  return mc::Summarize(mc_session_by_id(sessionId_), graph_id);
}

Status Session::GraphDebugJSONPrint(uint32_t graph_id, uint32_t flags, AscendString &json_result) const {
  (void)flags;
  (void)json_result;
  return mc_session_refuse_debug_json(mc_session_by_id(sessionId_), graph_id);
}

/* CANN keeps these callbacks and calls them for training graphs with Summary or Save nodes only, which the
 * compiler refuses; a v1 session, being a bare id, has nowhere to keep them and no use for them. */
Status Session::RegisterCallBackFunc(const std::string &, const pCallBackFunc &) {
  return mc_session_check(mc_session_by_id(sessionId_), "RegisterCallBackFunc");
}

Status Session::RegisterCallBackFunc(const char_t *, const session::pCallBackFunc &) {
  return mc_session_check(mc_session_by_id(sessionId_), "RegisterCallBackFunc");
}
} // namespace ge
