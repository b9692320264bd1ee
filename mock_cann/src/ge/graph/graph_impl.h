/* The bodies behind ge::Graph and ge::GNode.
 *
 * A GraphStore owns one IR graph with its subgraphs. Every ge::Graph of it (the root, each subgraph) has one
 * GraphImpl, every node that somebody holds has one NodeImpl; both are found again here, so that removing a
 * node or a graph empties the handles to it instead of leaving them dangling. */
#ifndef MC_GE_GRAPH_IMPL_H
#define MC_GE_GRAPH_IMPL_H

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "ge/hidden.h"
#include "ge/operator_impl.h"
#include "graph/graph.h"
#include "graph/ir.h"

namespace ge {
class MC_HIDDEN GraphStore {
 public:
  explicit GraphStore(mc_graph *content) : root(content) {}
  ~GraphStore() { mc_graph_destroy(root); }
  GraphStore(const GraphStore &) = delete;
  GraphStore &operator=(const GraphStore &) = delete;

  mc_graph *root;
  std::unordered_map<mc_graph *, std::weak_ptr<GraphImpl>> graphs;
  std::unordered_map<mc_node *, std::weak_ptr<NodeImpl>> nodes;
};

class MC_HIDDEN NodeImpl {
 public:
  std::shared_ptr<GraphStore> store;
  mc_node *node = nullptr; /* NULL once removed */
};

class MC_HIDDEN GraphImpl {
 public:
  std::string name;
  std::shared_ptr<GraphStore> store; /* NULL until the graph has content */
  mc_graph *graph = nullptr;
  std::map<std::string, Operator> cache;          /* AddOp / FindOpByName */
  std::set<std::shared_ptr<OperatorImpl>> placed; /* operators that became nodes, of their own names */
};

/* Between public handles and bodies. */
class MC_HIDDEN GraphUtilsEx {
 public:
  static const std::shared_ptr<GraphImpl> &Body(const Graph &graph) { return graph.impl_; }
  static void SetBody(Graph &graph, const std::shared_ptr<GraphImpl> &impl) { graph.impl_ = impl; }
  /* NULL when the graph is unusable or has no content. */
  static mc_graph *Ir(const Graph &graph) { return (graph.impl_ == nullptr) ? nullptr : graph.impl_->graph; }
  /* The ge::Graph of one IR graph of a store. */
  static GraphPtr Wrap(const std::shared_ptr<GraphStore> &store, mc_graph *graph);
  /* Gives *impl fresh content, which it takes over. */
  static void SetContent(const std::shared_ptr<GraphImpl> &impl, mc_graph *content);
  /* Content of its own for a graph that has none; false without memory. */
  static bool Ensure(const std::shared_ptr<GraphImpl> &impl);
  /* Moves the content of `subgraph` below `store`; false (nothing changed) when a name is taken. */
  static bool Adopt(const std::shared_ptr<GraphStore> &store, const Graph &subgraph);
};

class MC_HIDDEN NodeAdapter {
 public:
  /* NULL for an empty handle and for a node that is gone. */
  static mc_node *Ir(const GNode &node) { return (node.impl_ == nullptr) ? nullptr : node.impl_->node; }
  static const std::shared_ptr<GraphStore> &Store(const GNode &node) { return node.impl_->store; }
  static GNode Handle(const std::shared_ptr<GraphStore> &store, mc_node *node);
  static GNodePtr Pointer(const std::shared_ptr<GraphStore> &store, mc_node *node);
  /* Empties the handle of a node that is about to be removed. */
  static void Forget(GraphStore *store, mc_node *node);
};
}  // namespace ge

namespace mc {
/* Producers first; in insertion order when there is a cycle. */
MC_HIDDEN std::vector<mc_node *> SortedNodes(const mc_graph *graph);
}  // namespace mc

#endif
