/* ge::Session over ge::Tensor. */
#include "ge/ge_api.h"

#include "ge_tensor.h"
#include "gert_tensor.h"
#include "guard.h"

#define PGE(name) pge_v1_##name

namespace {
using Session = ge::Session;
using Tensor = ge::Tensor;

ge::Status session_initialize(const pge::Options &options) {
  return ge::GEInitialize(options);
}
ge::Status session_finalize() {
  return ge::GEFinalize();
}
ge::AscendString session_messages() {
  return ge::GEGetErrorMsgV2();
}
ge::AscendString session_warnings() {
  return ge::GEGetWarningMsgV2();
}

ge::Status add_clone(Session &session, uint32_t graph_id, const ge::Graph &graph,
                     const pge::Options &options) {
  return session.AddGraphWithCopy(graph_id, graph, options);
}
} // namespace

#include "twins.inc"

extern "C" {
int64_t pge_v1_build(pge_handle session, uint32_t graph_id, const pge_tensor *inputs, int32_t input_count) {
  return status_of(
      [=] { return session_of(session).BuildGraph(graph_id, pge::tensors<Tensor>(inputs, input_count)); });
}

int64_t pge_v1_execute_with_stream(pge_handle session, uint32_t graph_id, uintptr_t stream,
                                   const pge_tensor *inputs, int32_t input_count, const pge_tensor *outputs,
                                   int32_t output_count, pge_tensor **results) {
  return pge::guarded([=] {
    std::vector<gert::Tensor> into = pge::tensors<gert::Tensor>(outputs, output_count);
    const uint32_t status = session_of(session).ExecuteGraphWithStreamAsync(
        graph_id, pge::pointer(stream), pge::tensors<gert::Tensor>(inputs, input_count), into);
    return (status == ge::SUCCESS) ? pge::hand_over(into, results) : pge::answer(status);
  });
}
}
