/* ge::GeSession: lifetime and graphs. Every rule lives in graph/session.h; this converts. */
#include "ge/runner_v2/session_impl.h"

#include "ge/session_options.h"

namespace ge {
GeSession::GeSession(const std::map<AscendString, AscendString> &options)
    : impl_(std::make_shared<Impl>(mc_session_create(2, mc::Options(options).get()))) {}

GeSession::~GeSession() = default;

uint64_t GeSession::GetSessionId() const {
  return mc_session_id(impl_->session);
}

Status GeSession::AddGraph(uint32_t graph_id, const Graph &graph) {
  return mc::AddGraph(impl_->session, graph_id, graph, nullptr);
}

Status GeSession::AddGraph(uint32_t graph_id, const Graph &graph,
                           const std::map<AscendString, AscendString> &options) {
  return mc::AddGraph(impl_->session, graph_id, graph, mc::Options(options).get());
}

Status GeSession::AddGraphClone(uint32_t graph_id, const Graph &graph) {
  return mc::AddGraphClone(impl_->session, graph_id, graph, nullptr);
}

Status GeSession::AddGraphClone(uint32_t graph_id, const Graph &graph,
                                const std::map<AscendString, AscendString> &options) {
  return mc::AddGraphClone(impl_->session, graph_id, graph, mc::Options(options).get());
}

Status GeSession::RemoveGraph(uint32_t graph_id) {
  return mc_session_remove_graph(impl_->session, graph_id);
}

bool GeSession::IsGraphNeedRebuild(uint32_t graph_id) {
  return mc_session_needs_rebuild(impl_->session, graph_id);
}

Status GeSession::CompileGraph(uint32_t graph_id) {
  return mc_session_compile(impl_->session, graph_id, nullptr, 0);
}

Status GeSession::CompileGraph(uint32_t graph_id, const std::vector<Tensor> &inputs) {
  const std::vector<mc_desc> descs = mc::Describe(inputs);
  return mc_session_compile(impl_->session, graph_id, descs.data(), static_cast<int>(descs.size()));
}

Status GeSession::LoadGraph(uint32_t graph_id, const std::map<AscendString, AscendString> &options,
                            void *stream) const {
  return mc_session_load(impl_->session, graph_id, mc::Options(options).get(), stream);
}

CompiledGraphSummaryPtr GeSession::GetCompiledGraphSummary(uint32_t graph_id) {
  return mc::Summarize(impl_->session, graph_id);
}

Status GeSession::GetCompiledModel(uint32_t graph_id, ModelBufferData &model_buffer) {
  void *bytes = nullptr;
  size_t size = 0U;
  const Status status = mc_session_compiled_model(impl_->session, graph_id, &bytes, &size);
  if (status == 0U) {
    mc::WriteModel(bytes, size, model_buffer);
  }
  return status;
}

Status GeSession::GraphDebugJSONPrint(uint32_t graph_id, uint32_t flags, AscendString &json_result) const {
  (void)flags;
  (void)json_result;
  /* CANN asks for a mark that only the first generation's CompileGraph leaves. */
  return mc_session_refuse_debug_json(impl_->session, graph_id);
}

Status GeSession::RegisterCallBackFunc(const char_t *key, const RunCallback &callback) {
  const Status status = mc_session_check(impl_->session, "RegisterCallBackFunc");
  if (status == 0U) {
    /* Kept as CANN keeps it; only training graphs with Summary or Save nodes ever call it. */
    const std::lock_guard<std::mutex> guard(impl_->lock);
    impl_->callbacks[AscendString((key == nullptr) ? "" : key)] = callback;
  }
  return status;
}
} // namespace ge
