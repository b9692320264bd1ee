/* ge::GNode: identity, neighbours, descriptions, subgraphs. An empty handle answers failures and empty
 * values. */
#include "graph/gnode.h"

#include <cstdlib>
#include <cstring>

#include "ge/convert/attr.h"
#include "ge/convert/desc.h"
#include "ge/graph/graph_impl.h"
#include "ge/not_emulated.h"

namespace ge {
namespace {
/* The indexes of "x0", "x1" ... in order. */
template <typename Port>
graphStatus Members(const Port *ports, int count, const AscendString &name, std::vector<int32_t> &indexes) {
  indexes.clear();
  for (int member = 0;; ++member) {
    const std::string wanted = name.GetString() + std::to_string(member);
    int at = 0;
    while ((at < count) && ((ports[at].name == nullptr) || (wanted != ports[at].name))) {
      ++at;
    }
    if (at == count) {
      return indexes.empty() ? GRAPH_FAILED : GRAPH_SUCCESS;
    }
    indexes.push_back(at);
  }
}

template <typename Port>
graphStatus Index(const Port *ports, int count, const AscendString &name, int32_t &index) {
  for (int at = 0; at < count; ++at) {
    if ((ports[at].name != nullptr) && (name == ports[at].name)) {
      index = at;
      return GRAPH_SUCCESS;
    }
  }
  return GRAPH_FAILED;
}

template <typename Port>
mc_tensor_desc *DescAt(Port *ports, int count, int64_t index) {
  return ((index < 0) || (index >= count)) ? nullptr : &ports[index].desc;
}

mc_tensor_desc *Input(const GNode &handle, int64_t index) {
  mc_node *const node = NodeAdapter::Ir(handle);
  return (node == nullptr) ? nullptr : DescAt(node->in, node->n_in, index);
}

mc_tensor_desc *Output(const GNode &handle, int64_t index) {
  mc_node *const node = NodeAdapter::Ir(handle);
  return (node == nullptr) ? nullptr : DescAt(node->out, node->n_out, index);
}

graphStatus Read(const mc_tensor_desc *desc, TensorDesc &result) {
  if (desc == nullptr) {
    return GRAPH_FAILED;
  }
  result = mc::TensorDescOf(*desc);
  return GRAPH_SUCCESS;
}

graphStatus Write(mc_tensor_desc *desc, const TensorDesc &from) {
  return ((desc != nullptr) && mc::UpdateDesc(desc, from)) ? GRAPH_SUCCESS : GRAPH_FAILED;
}

bool AddSubgraphName(mc_node *node, const std::string &name) {
  char *const copy = strdup(name.c_str());
  char **const names =
      (copy == nullptr) ? nullptr
                        : static_cast<char **>(realloc(
                              node->subgraphs, static_cast<size_t>(node->n_subgraphs + 1) * sizeof(char *)));
  if (names == nullptr) {
    free(copy);
    return false;
  }
  node->subgraphs = names;
  node->subgraphs[node->n_subgraphs++] = copy;
  return true;
}
}  // namespace

GNode::GNode() = default;

graphStatus GNode::GetType(AscendString &type) const {
  const mc_node *const node = NodeAdapter::Ir(*this);
  type = AscendString((node == nullptr) ? "" : node->type);
  return (node == nullptr) ? GRAPH_FAILED : GRAPH_SUCCESS;
}

graphStatus GNode::GetName(AscendString &name) const {
  const mc_node *const node = NodeAdapter::Ir(*this);
  name = AscendString((node == nullptr) ? "" : node->name);
  return (node == nullptr) ? GRAPH_FAILED : GRAPH_SUCCESS;
}

std::pair<GNodePtr, int32_t> GNode::GetInDataNodesAndPortIndexs(int32_t index) const {
  const mc_node *const node = NodeAdapter::Ir(*this);
  if ((node == nullptr) || (index < 0) || (index >= node->n_in) || (node->in[index].from == nullptr)) {
    return {nullptr, -1};
  }
  return {NodeAdapter::Pointer(impl_->store, node->in[index].from), node->in[index].port};
}

std::vector<GNodePtr> GNode::GetInControlNodes() const {
  std::vector<GNodePtr> nodes;
  const mc_node *const node = NodeAdapter::Ir(*this);
  for (int i = 0; (node != nullptr) && (i < node->n_control); ++i) {
    nodes.push_back(NodeAdapter::Pointer(impl_->store, node->control[i]));
  }
  return nodes;
}

std::vector<std::pair<GNodePtr, int32_t>> GNode::GetOutDataNodesAndPortIndexs(int32_t index) const {
  std::vector<std::pair<GNodePtr, int32_t>> consumers;
  mc_node *const node = NodeAdapter::Ir(*this);
  for (int i = 0; (node != nullptr) && (i < node->graph->n_nodes); ++i) {
    mc_node *const other = node->graph->nodes[i];
    for (int input = 0; input < other->n_in; ++input) {
      if ((other->in[input].from == node) && (other->in[input].port == index)) {
        consumers.emplace_back(NodeAdapter::Pointer(impl_->store, other), input);
      }
    }
  }
  return consumers;
}

std::vector<GNodePtr> GNode::GetOutControlNodes() const {
  std::vector<GNodePtr> nodes;
  const mc_node *const node = NodeAdapter::Ir(*this);
  for (int i = 0; (node != nullptr) && (i < node->graph->n_nodes); ++i) {
    mc_node *const other = node->graph->nodes[i];
    for (int c = 0; c < other->n_control; ++c) {
      if (other->control[c] == node) {
        nodes.push_back(NodeAdapter::Pointer(impl_->store, other));
      }
    }
  }
  return nodes;
}

graphStatus GNode::GetInputConstData(int32_t index, Tensor &data) const {
  const std::pair<GNodePtr, int32_t> input = GetInDataNodesAndPortIndexs(index);
  AscendString type;
  if ((input.first == nullptr) || (input.first->GetType(type) != GRAPH_SUCCESS)) {
    return GRAPH_FAILED;
  }
  const bool constant = (type == "Const") || (type == "Constant");
  return (constant && (input.first->GetAttr("value", data) == GRAPH_SUCCESS))
             ? GRAPH_SUCCESS
             : GRAPH_NODE_WITHOUT_CONST_INPUT;
}

graphStatus GNode::GetInputIndexByName(const AscendString &name, int32_t &index) {
  const mc_node *const node = NodeAdapter::Ir(*this);
  return (node == nullptr) ? GRAPH_FAILED : Index(node->in, node->n_in, name, index);
}

graphStatus GNode::GetOutputIndexByName(const AscendString &name, int32_t &index) {
  const mc_node *const node = NodeAdapter::Ir(*this);
  return (node == nullptr) ? GRAPH_FAILED : Index(node->out, node->n_out, name, index);
}

graphStatus GNode::GetDynamicInputIndexesByName(const AscendString &name, std::vector<int32_t> &indexes) {
  const mc_node *const node = NodeAdapter::Ir(*this);
  return (node == nullptr) ? GRAPH_FAILED : Members(node->in, node->n_in, name, indexes);
}

graphStatus GNode::GetDynamicOutputIndexesByName(const AscendString &name, std::vector<int32_t> &indexes) {
  const mc_node *const node = NodeAdapter::Ir(*this);
  return (node == nullptr) ? GRAPH_FAILED : Members(node->out, node->n_out, name, indexes);
}

size_t GNode::GetInputsSize() const {
  const mc_node *const node = NodeAdapter::Ir(*this);
  return (node == nullptr) ? 0U : static_cast<size_t>(node->n_in);
}

size_t GNode::GetOutputsSize() const {
  const mc_node *const node = NodeAdapter::Ir(*this);
  return (node == nullptr) ? 0U : static_cast<size_t>(node->n_out);
}

graphStatus GNode::GetInputDesc(int32_t index, TensorDesc &tensor_desc) const {
  return Read(Input(*this, index), tensor_desc);
}

graphStatus GNode::UpdateInputDesc(int32_t index, const TensorDesc &tensor_desc) {
  return Write(Input(*this, index), tensor_desc);
}

graphStatus GNode::GetOutputDesc(int32_t index, TensorDesc &tensor_desc) const {
  return Read(Output(*this, index), tensor_desc);
}

graphStatus GNode::UpdateOutputDesc(int32_t index, const TensorDesc &tensor_desc) {
  return Write(Output(*this, index), tensor_desc);
}

graphStatus GNode::GetInputAttr(const AscendString &name, uint32_t input_index, AttrValue &attr_value) const {
  const mc_tensor_desc *const desc = Input(*this, input_index);
  return ((desc != nullptr) && mc::GetAttr(&desc->attrs, name.GetString(), attr_value)) ? GRAPH_SUCCESS
                                                                                        : GRAPH_FAILED;
}

graphStatus GNode::SetInputAttr(const AscendString &name, uint32_t input_index, const AttrValue &attr_value) {
  mc_tensor_desc *const desc = Input(*this, input_index);
  return ((desc != nullptr) && mc::SetAttr(&desc->attrs, name.GetString(), attr_value)) ? GRAPH_SUCCESS
                                                                                        : GRAPH_FAILED;
}

graphStatus GNode::GetOutputAttr(const AscendString &name, uint32_t output_index,
                                 AttrValue &attr_value) const {
  const mc_tensor_desc *const desc = Output(*this, output_index);
  return ((desc != nullptr) && mc::GetAttr(&desc->attrs, name.GetString(), attr_value)) ? GRAPH_SUCCESS
                                                                                        : GRAPH_FAILED;
}

graphStatus GNode::SetOutputAttr(const AscendString &name, uint32_t output_index,
                                 const AttrValue &attr_value) {
  mc_tensor_desc *const desc = Output(*this, output_index);
  return ((desc != nullptr) && mc::SetAttr(&desc->attrs, name.GetString(), attr_value)) ? GRAPH_SUCCESS
                                                                                        : GRAPH_FAILED;
}

graphStatus GNode::GetSubgraph(uint32_t index, GraphPtr &graph) const {
  const mc_node *const node = NodeAdapter::Ir(*this);
  if ((node == nullptr) || (index >= static_cast<uint32_t>(node->n_subgraphs))) {
    return GRAPH_FAILED;
  }
  mc_graph *const subgraph = mc_graph_subgraph(node->graph, node->subgraphs[index]);
  graph = (subgraph == nullptr) ? nullptr : GraphUtilsEx::Wrap(impl_->store, subgraph);
  return (subgraph == nullptr) ? GRAPH_FAILED : GRAPH_SUCCESS;
}

graphStatus GNode::GetALLSubgraphs(std::vector<GraphPtr> &graph_list) const {
  const mc_node *const node = NodeAdapter::Ir(*this);
  if (node == nullptr) {
    return GRAPH_FAILED;
  }
  for (uint32_t i = 0U; i < static_cast<uint32_t>(node->n_subgraphs); ++i) {
    GraphPtr graph;
    if (GetSubgraph(i, graph) == GRAPH_SUCCESS) {
      graph_list.push_back(graph);
    }
  }
  return GRAPH_SUCCESS;
}

/* The IR keeps a node's subgraphs in order, without the names the prototype has for them. */
graphStatus GNode::SetSubgraph(const AscendString &, const Graph &subgraph) {
  mc_node *const node = NodeAdapter::Ir(*this);
  if ((node == nullptr) || !GraphUtilsEx::Adopt(impl_->store, subgraph)) {
    mc_report_inner("E19999",
                    "graph '%.60s' cannot become a subgraph: empty, already one, or the name is taken",
                    subgraph.GetName().c_str());
    return GRAPH_FAILED;
  }
  return AddSubgraphName(node, subgraph.GetName()) ? GRAPH_SUCCESS : GRAPH_FAILED;
}

graphStatus GNode::SetSubgraphs(const AscendString &subgraph_ir_name, const std::vector<Graph> &subgraphs) {
  for (const Graph &subgraph : subgraphs) {
    if (SetSubgraph(subgraph_ir_name, subgraph) != GRAPH_SUCCESS) {
      return GRAPH_FAILED;
    }
  }
  return GRAPH_SUCCESS;
}
}  // namespace ge
