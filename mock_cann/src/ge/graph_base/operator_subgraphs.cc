/* ge::Operator: subgraphs. A prototype registers them, a program gives a builder for each, a graph calls the
 * builders. */
#include "ge/not_emulated.h"
#include "ge/operator_impl.h"
#include "graph/graph.h"
#include "graph/operator.h"

namespace ge {
namespace {
std::string Text(const char_t *text) { return (text == nullptr) ? std::string() : std::string(text); }
std::string Member(const std::string &name, uint32_t index) { return name + std::to_string(index); }

OperatorSubgraph *Find(const OperatorImplPtr &impl, const std::string &name) {
  const int at = (impl == nullptr) ? -1 : OperatorImpl::Find(impl->subgraphs, name);
  return (at < 0) ? nullptr : &impl->subgraphs[static_cast<size_t>(at)];
}

void Add(const OperatorImplPtr &impl, const std::string &name) {
  if ((impl != nullptr) && (Find(impl, name) == nullptr)) {
    impl->subgraphs.push_back({name, nullptr, std::string()});
  }
}
}  // namespace

/* A dynamic one exists from when its count is known. */
void Operator::SubgraphRegister(const std::string &ir_name, bool dynamic) {
  if (!dynamic) {
    Add(operator_impl_, ir_name);
  }
}

void Operator::SubgraphRegister(const char_t *ir_name, bool dynamic) {
  SubgraphRegister(Text(ir_name), dynamic);
}

/* A prototype counts those that are not dynamic too: one, which is registered already. */
void Operator::SubgraphCountRegister(const std::string &ir_name, uint32_t count) {
  if (Find(operator_impl_, ir_name) != nullptr) {
    return;
  }
  for (uint32_t i = 0U; i < count; ++i) {
    Add(operator_impl_, Member(ir_name, i));
  }
}

void Operator::SubgraphCountRegister(const char_t *ir_name, uint32_t count) {
  SubgraphCountRegister(Text(ir_name), count);
}

void Operator::SetSubgraphBuilder(const std::string &ir_name, uint32_t index,
                                  const SubgraphBuilder &builder) {
  OperatorSubgraph *subgraph = Find(operator_impl_, ir_name);
  if (subgraph == nullptr) {
    subgraph = Find(operator_impl_, Member(ir_name, index));
  }
  if (subgraph == nullptr) {
    mc_report_inner("E19999", "operator '%.60s' has no subgraph '%.60s' %u", GetName().c_str(),
                    ir_name.c_str(), index);
    return;
  }
  subgraph->builder = builder;
}

void Operator::SetSubgraphBuilder(const char_t *ir_name, uint32_t index, const SubgraphBuilder &builder) {
  SetSubgraphBuilder(Text(ir_name), index, builder);
}

SubgraphBuilder Operator::GetSubgraphBuilder(const std::string &name) const {
  const OperatorSubgraph *const subgraph = Find(operator_impl_, name);
  return (subgraph == nullptr) ? nullptr : subgraph->builder;
}

SubgraphBuilder Operator::GetSubgraphBuilder(const char_t *name) const {
  return GetSubgraphBuilder(Text(name));
}

SubgraphBuilder Operator::GetDynamicSubgraphBuilder(const std::string &name, uint32_t index) const {
  return GetSubgraphBuilder(Member(name, index));
}

SubgraphBuilder Operator::GetDynamicSubgraphBuilder(const char_t *name, uint32_t index) const {
  return GetDynamicSubgraphBuilder(Text(name), index);
}

size_t Operator::GetSubgraphNamesCount() const { return IsEmpty() ? 0U : operator_impl_->subgraphs.size(); }

std::vector<std::string> Operator::GetSubgraphNames() const {
  std::vector<std::string> names;
  for (size_t i = 0U; i < GetSubgraphNamesCount(); ++i) {
    names.push_back(operator_impl_->subgraphs[i].name);
  }
  return names;
}

graphStatus Operator::GetSubgraphNames(std::vector<AscendString> &names) const {
  names.clear();
  for (const std::string &name : GetSubgraphNames()) {
    names.emplace_back(name.c_str());
  }
  return IsEmpty() ? GRAPH_FAILED : GRAPH_SUCCESS;
}

graphStatus Operator::SetSubgraphInstanceName(uint32_t index, const char_t *name) {
  if (IsEmpty() || (index >= operator_impl_->subgraphs.size()) || (name == nullptr)) {
    return GRAPH_FAILED;
  }
  operator_impl_->subgraphs[index].instance = name;
  return GRAPH_SUCCESS;
}

/* An operator here is no node, and only a node has a subgraph. */
Graph Operator::GetSubgraph(const std::string &) const {
  (void)mc::NotEmulated("Operator::GetSubgraph");
  return Graph();
}

Graph Operator::GetSubgraph(const char_t *name) const { return GetSubgraph(Text(name)); }

Graph Operator::GetDynamicSubgraph(const std::string &name, uint32_t) const { return GetSubgraph(name); }

Graph Operator::GetDynamicSubgraph(const char_t *name, uint32_t) const { return GetSubgraph(Text(name)); }

Graph Operator::GetSubgraphImpl(const std::string &name) const { return GetSubgraph(name); }

Graph Operator::GetSubgraphImpl(const char_t *name) const { return GetSubgraph(Text(name)); }
}  // namespace ge
