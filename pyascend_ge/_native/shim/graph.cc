/* ge::Graph: from serialized IR or a file, and back. */
#include "graph/graph.h"

#include <memory>

#include "guard.h"

namespace {
class BufferOwner : public pge::Owner {
public:
  ge::GraphBuffer buffer;
};

int64_t load(const char *name, ge::graphStatus (*how)(ge::Graph &, const void *, uint64_t), const void *data,
             uint64_t size) {
  return pge::guarded([=] {
    auto graph = std::make_unique<ge::Graph>(name);
    const ge::graphStatus status = how(*graph, data, size);
    return (status == ge::GRAPH_SUCCESS) ? pge::handle(graph.release()) : pge::answer(status);
  });
}
} // namespace

extern "C" {
int64_t pge_graph_from_serialized(const char *name, const void *bytes, uint64_t size) {
  const auto how = [](ge::Graph &graph, const void *data, uint64_t length) {
    return graph.LoadFromSerializedModelArray(data, length);
  };
  return load(name, how, bytes, size);
}

int64_t pge_graph_from_file(const char *name, const char *path) {
  const auto how = [](ge::Graph &graph, const void *data, uint64_t) {
    return graph.LoadFromFile(static_cast<const char *>(data));
  };
  return load(name, how, path, 0);
}

int64_t pge_graph_to_file(pge_handle graph, const char *path) {
  return pge::guarded([=] { return pge::answer(pge::object<ge::Graph>(graph)->SaveToFile(path)); });
}

int64_t pge_graph_to_memory(pge_handle graph, pge_bytes *bytes) {
  return pge::guarded([=] {
    auto owner = std::make_unique<BufferOwner>();
    const ge::graphStatus status = pge::object<ge::Graph>(graph)->SaveToMem(owner->buffer);
    if (status != ge::GRAPH_SUCCESS) {
      return pge::answer(status);
    }
    bytes->address = pge::address(owner->buffer.GetData());
    bytes->size = owner->buffer.GetSize();
    bytes->owner = pge::address(static_cast<pge::Owner *>(owner.release()));
    return int64_t{0};
  });
}

int64_t pge_graph_node_count(pge_handle graph) {
  return pge::guarded(
      [=] { return static_cast<int64_t>(pge::object<ge::Graph>(graph)->GetAllNodes().size()); });
}

char *pge_graph_name(pge_handle graph) {
  char *name = nullptr;
  (void)pge::guarded([=, &name] {
    ge::AscendString found;
    const ge::graphStatus status = pge::object<ge::Graph>(graph)->GetName(found);
    name = pge::text(found);
    return pge::answer(status);
  });
  return name;
}

void pge_graph_destroy(pge_handle graph) {
  delete pge::object<ge::Graph>(graph);
}
}
