/* What sessions keep of their callers' objects, and the objects they make: graphs, allocators, summaries,
 * models. */
#ifndef MC_GE_SESSION_OBJECTS_H
#define MC_GE_SESSION_OBJECTS_H

#include <cstdlib>
#include <memory>
#include <utility>

#include "engine/report.h"
#include "ge/ge_allocator.h"
#include "ge/ge_ir_build.h"
#include "ge/graph_access.h"
#include "ge/hidden.h"
#include "ge/memory_builders.h"
#include "ge/summary_builder.h"
#include "graph/session.h"

namespace mc {
template <typename Object> mc_owner Keep(const Object &object) {
  return {new Object(object), [](void *self) { delete static_cast<Object *>(self); }};
}

/* ---- allocators ---- */

inline void *Allocated(ge::MemBlock *block, void **address) {
  *address = (block == nullptr) ? nullptr : block->GetAddr();
  return block;
}

/* The user's allocator; alive as long as the owner that is registered with it. */
inline mc_allocator Adapt(ge::Allocator *allocator) {
  mc_allocator adapted;
  adapted.self = allocator;
  adapted.allocate = [](void *self, size_t size, void **address) {
    return Allocated(static_cast<ge::Allocator *>(self)->Malloc(size), address);
  };
  adapted.free = [](void *, void *block) { static_cast<ge::MemBlock *>(block)->Free(); };
  adapted.advise = [](void *self, size_t size, void *wished, void **address) {
    return Allocated(static_cast<ge::Allocator *>(self)->MallocAdvise(size, wished), address);
  };
  return adapted;
}

inline mc_ge_status RegisterAllocator(mc_session *session, const void *stream,
                                      const ge::AllocatorPtr &allocator) {
  if (allocator == nullptr) {
    return mc_session_register_allocator(session, stream, nullptr, {nullptr, nullptr});
  }
  const mc_allocator adapted = Adapt(allocator.get());
  return mc_session_register_allocator(session, stream, &adapted, Keep(allocator));
}

/* ---- graphs ---- */

inline mc_ge_status AddGraph(mc_session *session, uint32_t graph_id, const ge::Graph &graph,
                             mc_options options) {
  return mc_session_add_graph(session, graph_id, mc_graph_of(graph), Keep(graph), options);
}

inline mc_ge_status AddGraphClone(mc_session *session, uint32_t graph_id, const ge::Graph &graph,
                                  mc_options options) {
  return mc_session_add_graph_clone(session, graph_id, mc_graph_of(graph), options);
}

/* ---- results of compiling ---- */

inline ge::CompiledGraphSummaryPtr Summarize(mc_session *session, uint32_t graph_id) {
  mc_summary *const summary = mc_session_summary(session, graph_id);
  if (summary == nullptr) {
    return nullptr;
  }
  const mc_model *const model = mc_summary_model(summary);
  ge::CompiledGraphSummary::SummaryData data;
  data.is_static = mc_model_is_static(model);
  data.refreshable = mc_summary_refreshable(summary);
  data.const_size = mc_model_const_size(model);
  data.feature_size = data.is_static ? mc_model_feature_size(model) : 0U;
  data.refreshable_size = data.feature_size;
  for (int i = 0; i < mc_model_output_count(model); ++i) {
    const mc_io *const output = mc_model_output(model, i);
    const int rank = (output->upper.rank < 0) ? 0 : output->upper.rank;
    data.output_shapes.emplace_back(std::vector<int64_t>(output->upper.dims, output->upper.dims + rank));
    data.output_types.push_back(static_cast<ge::DataType>(output->desc.dtype));
  }
  mc_summary_release(summary);
  return ge::CompiledGraphSummary::Builder::Build(data);
}

/* Takes over malloc'ed bytes. */
inline void WriteModel(void *bytes, size_t size, ge::ModelBufferData &model) {
  model.data = std::shared_ptr<uint8_t>(static_cast<uint8_t *>(bytes), [](uint8_t *data) { free(data); });
  model.length = size;
}

/* A text of the report, moved into a string of GE's. */
template <typename String> String TakeText(char *text) {
  String taken((text == nullptr) ? "" : text);
  free(text);
  return taken;
}
} // namespace mc

#endif
