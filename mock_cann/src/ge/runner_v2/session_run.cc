/* ge::GeSession: the three ways to run a graph. */
#include "ge/runner_v2/session_impl.h"

#include "ge/session_async.h"

namespace ge {
Status GeSession::RunGraph(uint32_t graph_id, const std::vector<gert::Tensor> &inputs,
                           std::vector<gert::Tensor> &outputs) {
  return mc::Run(impl_->session, graph_id, inputs, outputs);
}

Status GeSession::RunGraphWithStreamAsync(uint32_t graph_id, void *stream,
                                          const std::vector<gert::Tensor> &inputs,
                                          std::vector<gert::Tensor> &outputs) {
  return mc::RunWithStream(mc_session_run_with_stream, impl_->session, graph_id, stream, inputs, outputs);
}

Status GeSession::RunGraphAsync(uint32_t graph_id, const std::vector<gert::Tensor> &inputs,
                                RunAsyncCallbackV2 callback) {
  return mc::AsyncRun<gert::Tensor>::Start(impl_->session, graph_id, inputs, std::move(callback));
}
} // namespace ge
