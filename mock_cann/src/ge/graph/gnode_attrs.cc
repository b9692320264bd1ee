/* ge::GNode: its attributes. */
#include "ge/convert/attr.h"
#include "ge/graph/graph_impl.h"
#include "graph/gnode.h"

namespace ge {
namespace {
template <typename T>
graphStatus Get(const GNode &handle, const AscendString &name, T &value) {
  const mc_node *const node = NodeAdapter::Ir(handle);
  return ((node != nullptr) && mc::GetAttr(&node->attrs, name.GetString(), value)) ? GRAPH_SUCCESS
                                                                                   : GRAPH_FAILED;
}

template <typename T>
graphStatus Set(const GNode &handle, const AscendString &name, const T &value) {
  mc_node *const node = NodeAdapter::Ir(handle);
  return ((node != nullptr) && mc::SetAttr(&node->attrs, name.GetString(), value)) ? GRAPH_SUCCESS
                                                                                   : GRAPH_FAILED;
}
}  // namespace

#define MC_NODE_ATTR(T)                                                       \
  graphStatus GNode::GetAttr(const AscendString &name, T &attr_value) const { \
    return Get(*this, name, attr_value);                                      \
  }                                                                           \
  graphStatus GNode::SetAttr(const AscendString &name, T &attr_value) const { \
    return Set(*this, name, attr_value);                                      \
  }
MC_NODE_ATTR(int64_t)
MC_NODE_ATTR(int32_t)
MC_NODE_ATTR(uint32_t)
MC_NODE_ATTR(float)
MC_NODE_ATTR(bool)
MC_NODE_ATTR(AscendString)
MC_NODE_ATTR(Tensor)
MC_NODE_ATTR(DataType)
MC_NODE_ATTR(AttrValue)
MC_NODE_ATTR(std::vector<int64_t>)
MC_NODE_ATTR(std::vector<int32_t>)
MC_NODE_ATTR(std::vector<uint32_t>)
MC_NODE_ATTR(std::vector<float>)
MC_NODE_ATTR(std::vector<bool>)
MC_NODE_ATTR(std::vector<uint8_t>)
MC_NODE_ATTR(std::vector<AscendString>)
MC_NODE_ATTR(std::vector<Tensor>)
MC_NODE_ATTR(std::vector<DataType>)
MC_NODE_ATTR(std::vector<std::vector<int64_t>>)
#undef MC_NODE_ATTR

bool GNode::HasAttr(const AscendString &name) {
  const mc_node *const node = NodeAdapter::Ir(*this);
  return (node != nullptr) && (mc_attrs_find(&node->attrs, name.GetString()) != nullptr);
}
}  // namespace ge
