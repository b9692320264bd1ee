/* Handles of graphs and nodes: finding, sharing and emptying them. */
#include "ge/graph/graph_impl.h"

#include "ge/graph_access.h"

namespace ge {
GraphPtr GraphUtilsEx::Wrap(const std::shared_ptr<GraphStore> &store, mc_graph *graph) {
  std::shared_ptr<GraphImpl> impl = store->graphs[graph].lock();
  if (impl == nullptr) {
    impl = std::make_shared<GraphImpl>();
    impl->name = graph->name;
    impl->store = store;
    impl->graph = graph;
    store->graphs[graph] = impl;
  }
  const GraphPtr result = std::make_shared<Graph>();
  SetBody(*result, impl);
  return result;
}

void GraphUtilsEx::SetContent(const std::shared_ptr<GraphImpl> &impl, mc_graph *content) {
  impl->store = std::make_shared<GraphStore>(content);
  impl->store->graphs[content] = impl;
  impl->graph = content;
  impl->placed.clear();
}

bool GraphUtilsEx::Ensure(const std::shared_ptr<GraphImpl> &impl) {
  if (impl->graph == nullptr) {
    mc_graph *const content = mc_graph_create(impl->name.c_str());
    if (content == nullptr) {
      return false;
    }
    SetContent(impl, content);
  }
  return true;
}

bool GraphUtilsEx::Adopt(const std::shared_ptr<GraphStore> &store, const Graph &subgraph) {
  mc_graph *const moved = Ir(subgraph);
  if ((moved == nullptr) || (moved->parent != nullptr) || (moved == store->root)) {
    return false;
  }
  for (int i = -1; i < moved->n_subgraphs; ++i) {
    const char *const name = (i < 0) ? moved->name : moved->subgraphs[i]->name;
    if (mc_graph_subgraph(store->root, name) != nullptr) {
      return false;
    }
  }
  const std::shared_ptr<GraphStore> old = Body(subgraph)->store;
  if (!mc_graph_add_subgraph(store->root, moved)) {
    return false;
  }
  /* Subgraphs belong to the root: those of the moved graph go along. */
  while (moved->n_subgraphs > 0) {
    mc_graph *const inner = moved->subgraphs[moved->n_subgraphs - 1];
    if (!mc_graph_add_subgraph(store->root, inner)) {
      break; /* no memory: it stays with the graph it came with */
    }
    moved->n_subgraphs -= 1;
  }
  for (auto &entry : old->graphs) {
    if (const std::shared_ptr<GraphImpl> impl = entry.second.lock()) {
      impl->store = store;
      store->graphs[entry.first] = impl;
    }
  }
  for (auto &entry : old->nodes) {
    if (const std::shared_ptr<NodeImpl> node = entry.second.lock()) {
      node->store = store;
      store->nodes[entry.first] = node;
    }
  }
  old->root = nullptr;
  return true;
}

GNode NodeAdapter::Handle(const std::shared_ptr<GraphStore> &store, mc_node *node) {
  std::shared_ptr<NodeImpl> impl = store->nodes[node].lock();
  if (impl == nullptr) {
    impl = std::make_shared<NodeImpl>();
    impl->store = store;
    impl->node = node;
    store->nodes[node] = impl;
  }
  GNode handle;
  handle.impl_ = impl;
  return handle;
}

GNodePtr NodeAdapter::Pointer(const std::shared_ptr<GraphStore> &store, mc_node *node) {
  return (node == nullptr) ? nullptr : std::make_shared<GNode>(Handle(store, node));
}

void NodeAdapter::Forget(GraphStore *store, mc_node *node) {
  const auto found = store->nodes.find(node);
  if (found != store->nodes.end()) {
    if (const std::shared_ptr<NodeImpl> impl = found->second.lock()) {
      impl->node = nullptr;
    }
    (void)store->nodes.erase(found);
  }
}
}  // namespace ge

namespace mc {
std::vector<mc_node *> SortedNodes(const mc_graph *graph) {
  std::vector<mc_node *> order(static_cast<size_t>(graph->n_nodes));
  if (!order.empty() && !mc_graph_sort(graph, order.data())) {
    order.assign(graph->nodes, graph->nodes + graph->n_nodes);
  }
  return order;
}
}  // namespace mc

mc_graph *mc_graph_of(const ge::Graph &graph) { return ge::GraphUtilsEx::Ir(graph); }

void mc_graph_wrap(ge::Graph &graph, mc_graph *content) {
  const std::shared_ptr<ge::GraphImpl> impl = std::make_shared<ge::GraphImpl>();
  impl->name = content->name;
  ge::GraphUtilsEx::SetContent(impl, content);
  ge::GraphUtilsEx::SetBody(graph, impl);
}
