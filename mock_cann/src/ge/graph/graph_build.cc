/* ge::Graph: construction from operators. The calls return the graph itself, so that they chain; what went
 * wrong is reported and leaves a graph that is not valid. */
#include "ge/graph/assemble.h"
#include "ge/not_emulated.h"

namespace ge {
namespace {
/* One output of an operator that the caller names. */
struct Wanted {
  Operator op;
  std::vector<int64_t> ports; /* empty: all */
};

void SetWanted(const std::shared_ptr<GraphImpl> &impl, const std::vector<Wanted> &wanted) {
  std::vector<Operator> ops;
  for (const Wanted &output : wanted) {
    ops.push_back(output.op);
  }
  if ((impl == nullptr) || wanted.empty() || !mc::Assemble(impl, ops)) {
    mc_report_inner(
        "E19999", "the outputs of graph '%.60s' were not set: %s",
        (impl == nullptr) ? "" : impl->name.c_str(),
        (impl == nullptr) ? "the graph has no name" : "there are none, or an operator was refused");
    return;
  }
  std::vector<mc_graph_end> ends;
  for (const Wanted &output : wanted) {
    mc_node *const node = mc::NodeOf(*impl, output.op);
    const int count = (node == nullptr) ? 0 : node->n_out;
    std::vector<int64_t> ports = output.ports;
    for (int port = 0; output.ports.empty() && (port < count); ++port) {
      ports.push_back(port);
    }
    for (const int64_t port : ports) {
      if ((port < 0) || (port >= count)) {
        mc_report_inner("E19999", "operator '%.60s' has no output %lld: it has %d",
                        output.op.GetName().c_str(), static_cast<long long>(port), count);
        return;
      }
      ends.push_back({node, static_cast<int>(port)});
    }
  }
  (void)mc::SetOutputs(impl, ends);
}

Wanted Named(const Operator &op, const std::string &output) {
  Wanted wanted;
  wanted.op = op;
  if (!output.empty() && !op.IsEmpty()) {
    wanted.ports.push_back(OperatorImpl::Find(OpDescUtils::Body(op)->out, output));
  }
  return wanted;
}
}  // namespace

Graph &Graph::SetInputs(const std::vector<Operator> &inputs) {
  if ((impl_ == nullptr) || inputs.empty()) {
    mc_report_inner("E18888", "SetInputs of graph '%.60s' was ignored: no inputs", GetName().c_str());
  } else {
    (void)mc::Assemble(impl_, inputs);
  }
  return *this;
}

Graph &Graph::SetOutputs(const std::vector<Operator> &outputs) {
  std::vector<Wanted> wanted;
  for (const Operator &op : outputs) {
    wanted.push_back(Named(op, std::string()));
  }
  SetWanted(impl_, wanted);
  return *this;
}

Graph &Graph::SetOutputs(const std::vector<std::pair<Operator, std::vector<size_t>>> &output_indexs) {
  std::vector<Wanted> wanted;
  for (const auto &output : output_indexs) {
    wanted.push_back({output.first, std::vector<int64_t>(output.second.begin(), output.second.end())});
  }
  SetWanted(impl_, wanted);
  return *this;
}

Graph &Graph::SetOutputs(const std::vector<std::pair<Operator, std::string>> &outputs) {
  std::vector<Wanted> wanted;
  for (const auto &output : outputs) {
    wanted.push_back(Named(output.first, output.second));
  }
  SetWanted(impl_, wanted);
  return *this;
}

Graph &Graph::SetOutputs(const std::vector<std::pair<Operator, AscendString>> &outputs) {
  std::vector<Wanted> wanted;
  for (const auto &output : outputs) {
    wanted.push_back(Named(output.first, output.second.GetString()));
  }
  SetWanted(impl_, wanted);
  return *this;
}

graphStatus Graph::SetOutputs(const std::vector<std::pair<GNode, int32_t>> &outputs) {
  std::vector<mc_graph_end> ends;
  for (const auto &output : outputs) {
    mc_node *const node = NodeAdapter::Ir(output.first);
    if (!IsValid() || (node == nullptr) || (node->graph != impl_->graph) || (output.second < 0) ||
        (output.second >= node->n_out)) {
      mc_report_inner("E19999", "an output of graph '%.60s' is not a port of one of its nodes",
                      GetName().c_str());
      return GRAPH_FAILED;
    }
    ends.push_back({node, output.second});
  }
  return (IsValid() && mc::SetOutputs(impl_, ends)) ? GRAPH_SUCCESS : GRAPH_FAILED;
}

Graph &Graph::SetTargets(const std::vector<Operator> &) {
  (void)mc::NotEmulated("Graph::SetTargets");
  return *this;
}

/* The node has no edges yet; later links of the operator do not reach it. */
GNode Graph::AddNodeByOp(const Operator &op) {
  if ((impl_ == nullptr) || op.IsEmpty() || !GraphUtilsEx::Ensure(impl_)) {
    mc_report_inner("E19999", "AddNodeByOp: the graph has no name or the operator is empty");
    return GNode();
  }
  mc_node *const node = mc::AddNode(impl_->graph, *OpDescUtils::Body(op));
  return (node == nullptr) ? GNode() : NodeAdapter::Handle(impl_->store, node);
}

GraphPtr Graph::ConstructFromInputs(const std::vector<Operator> &inputs, const AscendString &name) {
  const GraphPtr graph = std::make_shared<Graph>(name.GetString());
  if (inputs.empty() || !graph->SetInputs(inputs).IsValid()) {
    return nullptr;
  }
  return graph;
}
}  // namespace ge
