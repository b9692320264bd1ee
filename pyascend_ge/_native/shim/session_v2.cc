/* ge::GeSession over gert::Tensor. */
#include "ge/ge_api_v2.h"

#include "gert_tensor.h"
#include "guard.h"

#define PGE(name) pge_v2_##name

namespace {
using Session = ge::GeSession;
using Tensor = gert::Tensor;

ge::Status session_initialize(const pge::Options &options) {
  return ge::GEInitializeV2(options);
}
ge::Status session_finalize() {
  return ge::GEFinalizeV2();
}
ge::AscendString session_messages() {
  return ge::GEGetErrorMsgV3();
}
ge::AscendString session_warnings() {
  return ge::GEGetWarningMsgV3();
}

ge::Status add_clone(Session &session, uint32_t graph_id, const ge::Graph &graph,
                     const pge::Options &options) {
  return session.AddGraphClone(graph_id, graph, options);
}

class ModelOwner : public pge::Owner {
public:
  ge::ModelBufferData model{nullptr, 0};
};
} // namespace

#include "twins.inc"

extern "C" {
int64_t pge_v2_compiled_model(pge_handle session, uint32_t graph_id, pge_bytes *model) {
  return pge::guarded([=] {
    auto owner = std::make_unique<ModelOwner>();
    const uint32_t status = session_of(session).GetCompiledModel(graph_id, owner->model);
    if (status != ge::SUCCESS) {
      return pge::answer(status);
    }
    model->address = pge::address(owner->model.data.get());
    model->size = owner->model.length;
    model->owner = pge::address(static_cast<pge::Owner *>(owner.release()));
    return int64_t{0};
  });
}

int64_t pge_v2_debug_json(pge_handle session, uint32_t graph_id, uint32_t flags, char **text) {
  return status_of([=] {
    ge::AscendString json;
    const uint32_t status = session_of(session).GraphDebugJSONPrint(graph_id, flags, json);
    *text = pge::text(json);
    return status;
  });
}
}
