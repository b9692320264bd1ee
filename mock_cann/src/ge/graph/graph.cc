/* ge::Graph: names, validity, copies, attributes. */
#include "graph/graph.h"

#include <cstring>

#include "ge/convert/attr.h"
#include "ge/graph/graph_impl.h"
#include "ge/not_emulated.h"

namespace ge {
Graph::Graph(const std::string &name) : Graph(name.c_str()) {}

/* Without a name the object is unusable, as in CANN. */
Graph::Graph(const char_t *name) {
  if (name != nullptr) {
    impl_ = std::make_shared<GraphImpl>();
    impl_->name = name;
  }
}

bool Graph::IsValid() const { return (impl_ != nullptr) && (impl_->graph != nullptr); }

graphStatus Graph::SetValid() {
  return ((impl_ != nullptr) && GraphUtilsEx::Ensure(impl_)) ? GRAPH_SUCCESS : GRAPH_FAILED;
}

const std::string &Graph::GetName() const {
  static const std::string *const kNoName = new std::string();
  return (impl_ == nullptr) ? *kNoName : impl_->name;
}

graphStatus Graph::GetName(AscendString &name) const {
  name = AscendString(GetName().c_str());
  return (impl_ == nullptr) ? GRAPH_FAILED : GRAPH_SUCCESS;
}

void Graph::SetNeedIteration(bool) { (void)mc::NotEmulated("Graph::SetNeedIteration"); }

/* A deep copy. A graph that has a name keeps it. */
graphStatus Graph::CopyFrom(const Graph &src_graph) {
  const mc_graph *const from = GraphUtilsEx::Ir(src_graph);
  if ((impl_ == nullptr) || (from == nullptr)) {
    return GRAPH_FAILED;
  }
  /* A subgraph's own subgraphs belong to its root; the serialized form brings those it needs. */
  mc_graph *copy = nullptr;
  if (from->parent == nullptr) {
    copy = mc_graph_clone(from);
  } else {
    size_t size = 0U;
    char why[256] = "";
    void *const bytes = mc_graph_serialize(from, &size);
    copy = (bytes == nullptr) ? nullptr : mc_graph_parse(bytes, size, nullptr, why);
    free(bytes);
  }
  if (copy == nullptr) {
    mc_report_inner("E19999", "graph '%.60s' could not be copied", from->name);
    return GRAPH_FAILED;
  }
  if (impl_->name.empty()) {
    impl_->name = copy->name;
  } else if (char *const name = strdup(impl_->name.c_str())) {
    free(copy->name);
    copy->name = name;
  }
  GraphUtilsEx::SetContent(impl_, copy);
  return GRAPH_SUCCESS;
}

graphStatus Graph::SetAttr(const AscendString &name, const AttrValue &attr_value) {
  mc_graph *const graph = GraphUtilsEx::Ir(*this);
  return ((graph != nullptr) && mc::SetAttr(&graph->attrs, name.GetString(), attr_value)) ? GRAPH_SUCCESS
                                                                                          : GRAPH_FAILED;
}

graphStatus Graph::GetAttr(const AscendString &name, AttrValue &attr_value) const {
  const mc_graph *const graph = GraphUtilsEx::Ir(*this);
  return ((graph != nullptr) && mc::GetAttr(&graph->attrs, name.GetString(), attr_value)) ? GRAPH_SUCCESS
                                                                                          : GRAPH_FAILED;
}

graphStatus Graph::Dump(DumpFormat, std::ostream &) const { return mc::NotEmulatedByGraph("Graph::Dump"); }

graphStatus Graph::DumpToFile(DumpFormat, const AscendString &) const {
  return mc::NotEmulatedByGraph("Graph::DumpToFile");
}

/* The operator cache is only a table of names; it takes no part in the graph. */
graphStatus Graph::AddOp(const Operator &op) {
  const std::string name = op.GetName();
  if ((impl_ == nullptr) || op.IsEmpty() || name.empty()) {
    return GRAPH_FAILED;
  }
  return impl_->cache.emplace(name, op).second ? GRAPH_SUCCESS : GRAPH_FAILED;
}

graphStatus Graph::FindOpByName(const std::string &name, Operator &op) const {
  if ((impl_ == nullptr) || (impl_->cache.count(name) == 0U)) {
    return GRAPH_FAILED;
  }
  op = impl_->cache.at(name);
  return GRAPH_SUCCESS;
}

graphStatus Graph::FindOpByName(const char_t *name, Operator &op) const {
  return (name == nullptr) ? GRAPH_FAILED : FindOpByName(std::string(name), op);
}

graphStatus Graph::FindOpByType(const std::string &type, std::vector<Operator> &ops) const {
  if (impl_ == nullptr) {
    return GRAPH_FAILED;
  }
  for (const auto &entry : impl_->cache) {
    if (entry.second.GetOpType() == type) {
      ops.push_back(entry.second);
    }
  }
  return GRAPH_SUCCESS;
}

graphStatus Graph::FindOpByType(const char_t *type, std::vector<Operator> &ops) const {
  return (type == nullptr) ? GRAPH_FAILED : FindOpByType(std::string(type), ops);
}

graphStatus Graph::GetAllOpName(std::vector<std::string> &op_name) const {
  if (impl_ == nullptr) {
    return GRAPH_FAILED;
  }
  for (const auto &entry : impl_->cache) {
    op_name.push_back(entry.first);
  }
  return GRAPH_SUCCESS;
}

graphStatus Graph::GetAllOpName(std::vector<AscendString> &names) const {
  std::vector<std::string> found;
  const graphStatus status = GetAllOpName(found);
  for (const std::string &name : found) {
    names.emplace_back(name.c_str());
  }
  return status;
}
}  // namespace ge
