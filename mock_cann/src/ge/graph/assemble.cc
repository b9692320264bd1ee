/* Operators become nodes: collect what hangs together, add the nodes, then the edges. */
#include "ge/graph/assemble.h"

#include <cstdlib>
#include <cstring>
#include <unordered_set>

#include "ge/convert/attr.h"
#include "ge/convert/desc.h"
#include "ge/not_emulated.h"

namespace mc {
namespace {
using Body = std::shared_ptr<ge::OperatorImpl>;

/* Breadth first over producers, control producers and consumers that are still alive. */
std::vector<Body> Connected(const std::vector<ge::Operator> &ops, const std::set<Body> &placed) {
  std::vector<Body> found;
  std::unordered_set<const ge::OperatorImpl *> seen;
  const auto visit = [&](const Body &body) {
    if ((body != nullptr) && (placed.count(body) == 0U) && seen.insert(body.get()).second) {
      found.push_back(body);
    }
  };
  for (const ge::Operator &op : ops) {
    visit(ge::OpDescUtils::Body(op));
  }
  for (size_t i = 0U; i < found.size(); ++i) {
    const Body body = found[i];
    for (const ge::OperatorInput &input : body->in) {
      visit(input.from);
    }
    for (const Body &control : body->control) {
      visit(control);
    }
    for (const std::weak_ptr<ge::OperatorImpl> &user : body->users) {
      visit(user.lock());
    }
  }
  return found;
}

bool NamesAreFree(const mc_graph *graph, const std::vector<Body> &bodies) {
  std::set<std::string> names;
  for (const Body &body : bodies) {
    if (body->name.empty() || body->type.empty()) {
      mc_report_inner("E19999", "an operator of type '%.60s' has no name or no type", body->type.c_str());
      return false;
    }
    if (!names.insert(body->name).second || (mc_graph_find(graph, body->name.c_str()) != nullptr)) {
      mc_report("E13009", body->name.c_str(), static_cast<char *>(nullptr));
      return false;
    }
  }
  return true;
}

template <typename Port, typename Anchor>
bool FillPort(const Port &port, Anchor *anchor) {
  anchor->name = strdup(port.name.c_str());
  if ((anchor->name == nullptr) || !UpdateDesc(&anchor->desc, port.desc)) {
    return false;
  }
  mc_attrs copy = {};
  bool ok = mc_attrs_copy(&copy, &port.attrs);
  for (size_t i = 0U; ok && (i < copy.count); ++i) {
    ok = mc_attrs_set(&anchor->desc.attrs, &copy.items[i]);
  }
  mc_attrs_free(&copy);
  return ok;
}

/* The prototype's own description, in the attributes that saved graphs carry it in. */
bool FillPrototype(const ge::OperatorImpl &op, mc_attrs *attrs) {
  std::vector<std::string> optional;
  bool ok = op.ir_attrs.empty() || SetAttr(attrs, "_ir_attr_names", op.ir_attrs);
  const std::vector<ge::IrPort> *const sides[] = {&op.ir_in, &op.ir_out};
  for (int side = 0; side < 2; ++side) {
    std::vector<std::string> names;
    std::vector<int64_t> kinds;
    for (const ge::IrPort &port : *sides[side]) {
      names.push_back(port.name);
      /* Outputs know no optional kind: 1 is dynamic there. */
      kinds.push_back((port.kind == ge::PortKind::kDynamic) ? (2 - side) : static_cast<int64_t>(port.kind));
      if ((side == 0) && (port.kind == ge::PortKind::kOptional)) {
        optional.push_back(port.name);
      }
    }
    if (!names.empty()) {
      ok = ok && SetAttr(attrs, (side == 0) ? "_ir_inputs_key" : "_ir_outputs_key", names) &&
           SetAttr(attrs, (side == 0) ? "_ir_inputs_value" : "_ir_outputs_value", kinds);
    }
  }
  return ok && (optional.empty() || SetAttr(attrs, "_opt_input", optional));
}

/* Builds the operator's subgraphs and hangs them below the graph. */
bool AddSubgraphs(const std::shared_ptr<ge::GraphStore> &store, mc_node *node, const ge::OperatorImpl &op) {
  for (const ge::OperatorSubgraph &wanted : op.subgraphs) {
    if (wanted.builder == nullptr) {
      continue;
    }
    const ge::Graph subgraph = wanted.builder();
    mc_graph *const content = ge::GraphUtilsEx::Ir(subgraph);
    char **const names = static_cast<char **>(
        realloc(node->subgraphs, static_cast<size_t>(node->n_subgraphs + 1) * sizeof(*node->subgraphs)));
    if (names != nullptr) {
      node->subgraphs = names;
    }
    char *const name = (content == nullptr) ? nullptr : strdup(content->name);
    if ((names == nullptr) || (name == nullptr) || !ge::GraphUtilsEx::Adopt(store, subgraph)) {
      mc_report_inner("E19999", "the subgraph '%.60s' of operator '%.60s' is empty or its name is taken",
                      wanted.name.c_str(), op.name.c_str());
      free(name);
      return false;
    }
    node->subgraphs[node->n_subgraphs++] = name;
  }
  return true;
}

bool Connect(mc_graph *graph, const ge::OperatorImpl &op) {
  mc_node *const to = mc_graph_find(graph, op.name.c_str());
  bool ok = true;
  for (size_t i = 0U; i < op.in.size(); ++i) {
    if (op.in[i].from != nullptr) {
      mc_node *const from = mc_graph_find(graph, op.in[i].from->name.c_str());
      ok = ok && (from != nullptr) &&
           mc_graph_connect(graph, from, static_cast<int>(op.in[i].port), to, static_cast<int>(i));
    }
  }
  for (const Body &control : op.control) {
    mc_node *const from = mc_graph_find(graph, control->name.c_str());
    if (from != nullptr) {
      (void)mc_graph_connect_control(graph, from, to); /* a repeated edge adds nothing */
    }
  }
  if (!ok) {
    mc_report_inner("E19999", "an input of operator '%.60s' cannot be connected", op.name.c_str());
  }
  return ok;
}

void NumberNodes(mc_graph *graph) {
  int64_t id = 0;
  for (mc_node *const node : SortedNodes(graph)) {
    node->id = id++;
  }
}
}  // namespace

mc_node *AddNode(mc_graph *graph, const ge::OperatorImpl &op) {
  mc_node *const node = mc_graph_add_node(graph, op.name.c_str(), op.type.c_str(),
                                          static_cast<int>(op.in.size()), static_cast<int>(op.out.size()));
  bool ok = (node != nullptr) && mc_attrs_copy(&node->attrs, &op.attrs) && FillPrototype(op, &node->ir_attrs);
  for (size_t i = 0U; ok && (i < op.in.size()); ++i) {
    ok = FillPort(op.in[i], &node->in[i]);
  }
  for (size_t i = 0U; ok && (i < op.out.size()); ++i) {
    ok = FillPort(op.out[i], &node->out[i]);
  }
  if (!ok) {
    mc_report_inner("E19999",
                    "operator '%.60s' cannot become a node: the name is taken, a tensor has too many "
                    "dimensions, or memory is exhausted",
                    op.name.c_str());
    if (node != nullptr) {
      (void)mc_graph_remove(graph, node);
    }
    return nullptr;
  }
  return node;
}

bool Assemble(const std::shared_ptr<ge::GraphImpl> &impl, const std::vector<ge::Operator> &ops) {
  for (const ge::Operator &op : ops) {
    if (op.IsEmpty()) {
      mc_report_inner("E19999", "graph '%.60s' was given an empty operator", impl->name.c_str());
      return false;
    }
  }
  const bool fresh = impl->graph == nullptr;
  const std::vector<Body> bodies = Connected(ops, impl->placed);
  bool ok = ge::GraphUtilsEx::Ensure(impl) && NamesAreFree(impl->graph, bodies);
  for (size_t i = 0U; ok && (i < bodies.size()); ++i) {
    mc_node *const node = AddNode(impl->graph, *bodies[i]);
    ok = (node != nullptr) && AddSubgraphs(impl->store, node, *bodies[i]);
    if (ok) {
      (void)impl->placed.insert(bodies[i]);
    }
  }
  for (size_t i = 0U; ok && (i < bodies.size()); ++i) {
    ok = Connect(impl->graph, *bodies[i]);
  }
  if (ok) {
    NumberNodes(impl->graph);
  } else if (fresh) {
    impl->graph = nullptr;
    impl->store.reset();
    impl->placed.clear();
  }
  return ok;
}

mc_node *NodeOf(const ge::GraphImpl &impl, const ge::Operator &op) {
  const Body &body = ge::OpDescUtils::Body(op);
  return (impl.placed.count(body) == 0U) ? nullptr : mc_graph_find(impl.graph, body->name.c_str());
}

bool SetOutputs(const std::shared_ptr<ge::GraphImpl> &impl, const std::vector<mc_graph_end> &ends) {
  static const char kName[] = "Node_Output";
  static const char kType[] = "NetOutput";
  mc_graph *const graph = impl->graph;
  mc_node *const earlier = mc_graph_find(graph, kName);
  if (earlier != nullptr) {
    ge::NodeAdapter::Forget(impl->store.get(), earlier);
    (void)mc_graph_remove(graph, earlier);
  }
  graph->n_outputs = 0;
  mc_node *const node = mc_graph_add_node(graph, kName, kType, static_cast<int>(ends.size()), 0);
  bool ok = (node != nullptr) && SetAttr(&node->attrs, "_inner_net_output", true);
  for (size_t i = 0U; ok && (i < ends.size()); ++i) {
    mc_input *const input = &node->in[i];
    input->name = strdup(("__input" + std::to_string(i)).c_str());
    ok = (input->name != nullptr) &&
         mc_graph_connect(graph, ends[i].node, ends[i].port, node, static_cast<int>(i)) &&
         UpdateDesc(&input->desc, TensorDescOf(ends[i].node->out[ends[i].port].desc)) &&
         mc_graph_add_output(graph, ends[i].node, ends[i].port);
  }
  if (ok) {
    NumberNodes(graph);
  } else {
    mc_report_inner("E19999", "the outputs of graph '%.60s' could not be set", impl->name.c_str());
  }
  return ok;
}
}  // namespace mc
