/* ge::Graph: its nodes, edges and subgraphs. */
#include <cstring>

#include "ge/graph/graph_impl.h"
#include "ge/not_emulated.h"

namespace ge {
namespace {
void Append(const std::shared_ptr<GraphStore> &store, const mc_graph *graph, std::vector<GNode> &nodes) {
  for (mc_node *const node : mc::SortedNodes(graph)) {
    nodes.push_back(NodeAdapter::Handle(store, node));
  }
}

/* The node when it is in this very graph. */
mc_node *Own(const mc_graph *graph, const GNode &handle) {
  mc_node *const node = NodeAdapter::Ir(handle);
  return ((graph != nullptr) && (node != nullptr) && (node->graph == graph)) ? node : nullptr;
}

graphStatus Refused(const char *what, const mc_node *from, int from_port, const mc_node *to, int to_port) {
  mc_report_inner("E19999", "%s: no edge between '%.60s' output %d and '%.60s' input %d is possible", what,
                  (from == nullptr) ? "(not a node of this graph)" : from->name, from_port,
                  (to == nullptr) ? "(not a node of this graph)" : to->name, to_port);
  return GRAPH_FAILED;
}

bool Uses(const mc_node *node, const char *subgraph) {
  for (int i = 0; i < node->n_subgraphs; ++i) {
    if (strcmp(node->subgraphs[i], subgraph) == 0) {
      return true;
    }
  }
  return false;
}

mc_node *ParentNode(const mc_graph *graph) {
  const mc_graph *const root = graph->parent;
  for (int g = -1; (root != nullptr) && (g < root->n_subgraphs); ++g) {
    const mc_graph *const candidate = (g < 0) ? root : root->subgraphs[g];
    for (int i = 0; i < candidate->n_nodes; ++i) {
      if (Uses(candidate->nodes[i], graph->name)) {
        return candidate->nodes[i];
      }
    }
  }
  return nullptr;
}

/* Destroys a subgraph; handles to it and to its nodes become empty. */
void Drop(GraphStore *store, mc_graph *subgraph) {
  mc_graph *const root = store->root;
  for (int i = 0; i < root->n_subgraphs; ++i) {
    if (root->subgraphs[i] == subgraph) {
      (void)memmove(&root->subgraphs[i], &root->subgraphs[i + 1],
                    static_cast<size_t>(root->n_subgraphs - i - 1) * sizeof(*root->subgraphs));
      root->n_subgraphs -= 1;
      break;
    }
  }
  for (int i = 0; i < subgraph->n_nodes; ++i) {
    NodeAdapter::Forget(store, subgraph->nodes[i]);
  }
  if (const std::shared_ptr<GraphImpl> impl = store->graphs[subgraph].lock()) {
    impl->graph = nullptr;
    impl->store.reset();
  }
  (void)store->graphs.erase(subgraph);
  mc_graph_destroy(subgraph);
}
}  // namespace

std::vector<GNode> Graph::GetDirectNode() const {
  std::vector<GNode> nodes;
  if (IsValid()) {
    Append(impl_->store, impl_->graph, nodes);
  }
  return nodes;
}

std::vector<GNode> Graph::GetAllNodes() const {
  std::vector<GNode> nodes = GetDirectNode();
  for (int i = 0; IsValid() && (i < impl_->graph->n_subgraphs); ++i) {
    Append(impl_->store, impl_->graph->subgraphs[i], nodes);
  }
  return nodes;
}

GNodePtr Graph::FindNodeByName(const AscendString &node_name) const {
  return IsValid() ? NodeAdapter::Pointer(impl_->store, mc_graph_find(impl_->graph, node_name.GetString()))
                   : nullptr;
}

graphStatus Graph::AddDataEdge(GNode &src_node, int32_t src_port_index, GNode &dst_node,
                               int32_t dst_port_index) {
  mc_graph *const graph = GraphUtilsEx::Ir(*this);
  mc_node *const from = Own(graph, src_node);
  mc_node *const to = Own(graph, dst_node);
  if ((from == nullptr) || (to == nullptr) ||
      !mc_graph_connect(graph, from, src_port_index, to, dst_port_index)) {
    return Refused("AddDataEdge", from, src_port_index, to, dst_port_index);
  }
  return GRAPH_SUCCESS;
}

graphStatus Graph::AddControlEdge(GNode &src_node, GNode &dst_node) {
  mc_graph *const graph = GraphUtilsEx::Ir(*this);
  mc_node *const from = Own(graph, src_node);
  mc_node *const to = Own(graph, dst_node);
  if ((from == nullptr) || (to == nullptr) || !mc_graph_connect_control(graph, from, to)) {
    return Refused("AddControlEdge", from, -1, to, -1);
  }
  return GRAPH_SUCCESS;
}

/* Ports -1 and -1 name a control edge. */
graphStatus Graph::RemoveEdge(GNode &src_node, int32_t src_port_index, GNode &dst_node,
                              int32_t dst_port_index) {
  mc_graph *const graph = GraphUtilsEx::Ir(*this);
  mc_node *const from = Own(graph, src_node);
  mc_node *const to = Own(graph, dst_node);
  bool removed = false;
  if ((from != nullptr) && (to != nullptr)) {
    if ((src_port_index == -1) && (dst_port_index == -1)) {
      removed = mc_graph_disconnect_control(graph, from, to);
    } else if ((dst_port_index >= 0) && (dst_port_index < to->n_in) &&
               (to->in[dst_port_index].from == from) && (to->in[dst_port_index].port == src_port_index)) {
      removed = mc_graph_disconnect(graph, to, dst_port_index);
    }
  }
  return removed ? GRAPH_SUCCESS : Refused("RemoveEdge", from, src_port_index, to, dst_port_index);
}

graphStatus Graph::RemoveNode(GNode &node) { return RemoveNode(node, false); }

graphStatus Graph::RemoveNode(GNode &node, bool contain_subgraph) {
  mc_graph *const graph = GraphUtilsEx::Ir(*this);
  mc_node *const removed = Own(graph, node);
  if (removed == nullptr) {
    mc_report_inner("E19999", "RemoveNode: the node is not in graph '%.60s'", GetName().c_str());
    return GRAPH_FAILED;
  }
  std::vector<std::string> subgraphs(removed->subgraphs, removed->subgraphs + removed->n_subgraphs);
  NodeAdapter::Forget(impl_->store.get(), removed);
  if (!mc_graph_remove(graph, removed)) {
    return GRAPH_FAILED;
  }
  for (const std::string &name : subgraphs) {
    mc_graph *const subgraph = mc_graph_subgraph(graph, name.c_str());
    if (contain_subgraph && (subgraph != nullptr) && (subgraph != graph)) {
      Drop(impl_->store.get(), subgraph);
    }
  }
  return GRAPH_SUCCESS;
}

std::vector<GraphPtr> Graph::GetAllSubgraphs() const {
  std::vector<GraphPtr> graphs;
  for (int i = 0; IsValid() && (i < impl_->graph->n_subgraphs); ++i) {
    graphs.push_back(GraphUtilsEx::Wrap(impl_->store, impl_->graph->subgraphs[i]));
  }
  return graphs;
}

GraphPtr Graph::GetSubGraph(const char_t *name) const {
  mc_graph *const subgraph =
      (IsValid() && (name != nullptr)) ? mc_graph_subgraph(impl_->graph, name) : nullptr;
  return (subgraph == nullptr) ? nullptr : GraphUtilsEx::Wrap(impl_->store, subgraph);
}

/* The subgraph's content moves below this graph; its ge::Graph and the handles of its nodes go on naming it.
 */
graphStatus Graph::AddSubGraph(const Graph &subgraph) {
  if ((impl_ == nullptr) || !GraphUtilsEx::Ensure(impl_) || !GraphUtilsEx::Adopt(impl_->store, subgraph)) {
    mc_report_inner("E19999",
                    "graph '%.60s' cannot take '%.60s' as a subgraph: empty, already a subgraph, or the name "
                    "is taken",
                    GetName().c_str(), subgraph.GetName().c_str());
    return GRAPH_FAILED;
  }
  return GRAPH_SUCCESS;
}

graphStatus Graph::RemoveSubgraph(const char_t *name) {
  mc_graph *const subgraph =
      (IsValid() && (name != nullptr)) ? mc_graph_subgraph(impl_->graph, name) : nullptr;
  if ((subgraph == nullptr) || (subgraph == impl_->graph)) {
    return GRAPH_FAILED;
  }
  Drop(impl_->store.get(), subgraph);
  return GRAPH_SUCCESS;
}

ConstGraphPtr Graph::GetParentGraph() const {
  const mc_node *const node = IsValid() ? ParentNode(impl_->graph) : nullptr;
  return (node == nullptr) ? nullptr : GraphUtilsEx::Wrap(impl_->store, node->graph);
}

GNodePtr Graph::GetParentNode() const {
  return IsValid() ? NodeAdapter::Pointer(impl_->store, ParentNode(impl_->graph)) : nullptr;
}
}  // namespace ge
