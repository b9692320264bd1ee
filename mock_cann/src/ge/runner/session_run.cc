/* ge::Session: the ways to run a graph. */
#include "ge/ge_api.h"

#include "ge/runner/session_lookup.h"
#include "ge/session_async.h"

namespace ge {
Status Session::RunGraph(uint32_t graph_id, const std::vector<Tensor> &inputs, std::vector<Tensor> &outputs) {
  return mc::Run(mc_session_by_id(sessionId_), graph_id, inputs, outputs);
}

Status Session::RunGraphWithStreamAsync(uint32_t graph_id, void *stream, const std::vector<Tensor> &inputs,
                                        std::vector<Tensor> &outputs) {
  return mc::RunWithStream(mc_session_run_with_stream, mc_session_by_id(sessionId_), graph_id, stream, inputs,
                           outputs);
}

Status Session::ExecuteGraphWithStreamAsync(uint32_t graph_id, void *stream,
                                            const std::vector<gert::Tensor> &inputs,
                                            std::vector<gert::Tensor> &outputs) {
  return mc::RunWithStream(mc_session_execute_with_stream, mc_session_by_id(sessionId_), graph_id, stream,
                           inputs, outputs);
}

Status Session::RunGraphAsync(uint32_t graph_id, const std::vector<Tensor> &inputs,
                              RunAsyncCallback callback) {
  return mc::AsyncRun<Tensor>::Start(mc_session_by_id(sessionId_), graph_id, inputs, std::move(callback));
}
} // namespace ge

/* The same by plain names, for clients that look them up at run time. */
extern "C" {
ge::Status GeSessionLoadGraph(ge::Session &session, uint32_t graph_id,
                              const std::map<ge::AscendString, ge::AscendString> &options, void *stream) {
  return session.LoadGraph(graph_id, options, stream);
}

ge::Status GeSessionExecuteGraphWithStreamAsync(ge::Session &session, uint32_t graph_id, void *stream,
                                                const std::vector<gert::Tensor> &inputs,
                                                std::vector<gert::Tensor> &outputs) {
  return session.ExecuteGraphWithStreamAsync(graph_id, stream, inputs, outputs);
}

ge::Status GeSessionGraphDebugJSONPrint(ge::Session &session, uint32_t graph_id, uint32_t flags,
                                        ge::AscendString &json_result) {
  return session.GraphDebugJSONPrint(graph_id, flags, json_result);
}
}
