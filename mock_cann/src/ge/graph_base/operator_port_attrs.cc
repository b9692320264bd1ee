/* ge::Operator: attributes of its inputs and outputs, by index or by name. */
#include "ge/convert/attr.h"
#include "ge/not_emulated.h"
#include "ge/operator_impl.h"
#include "graph/operator.h"

namespace ge {
namespace {
template <typename Port>
Port *Find(std::vector<Port> *ports, int32_t index) {
  const bool inside = (ports != nullptr) && (index >= 0) && (static_cast<size_t>(index) < ports->size());
  return inside ? &(*ports)[static_cast<size_t>(index)] : nullptr;
}

template <typename Port>
Port *Find(std::vector<Port> *ports, const char_t *name) {
  return ((ports == nullptr) || (name == nullptr)) ? nullptr : Find(ports, OperatorImpl::Find(*ports, name));
}

template <typename Port, typename T>
void Set(Port *port, const char_t *name, const T &value) {
  if ((port == nullptr) || (name == nullptr) || !mc::SetAttr(&port->attrs, name, value)) {
    mc_report_inner("E19999", "attribute '%.60s' of an input or output was not set",
                    (name == nullptr) ? "" : name);
  }
}

template <typename Port, typename T>
graphStatus Get(const Port *port, const char_t *name, T &value) {
  return ((port != nullptr) && mc::GetAttr(&port->attrs, name, value)) ? GRAPH_SUCCESS : GRAPH_FAILED;
}

std::vector<OperatorInput> *Inputs(const OperatorImplPtr &impl) {
  return (impl == nullptr) ? nullptr : &impl->in;
}
std::vector<OperatorOutput> *Outputs(const OperatorImplPtr &impl) {
  return (impl == nullptr) ? nullptr : &impl->out;
}
}  // namespace

#define MC_SET(Function, Ports, Which, Parameter, Stored)                               \
  Operator &Operator::Function(Which which, const char_t *name, Parameter attr_value) { \
    const Stored stored(attr_value);                                                    \
    Set(Find(Ports(operator_impl_), which), name, stored);                              \
    return *this;                                                                       \
  }
#define MC_GET(Function, Ports, Which, T)                                                \
  graphStatus Operator::Function(Which which, const char_t *name, T &attr_value) const { \
    return Get(Find(Ports(operator_impl_), which), name, attr_value);                    \
  }
#define MC_PORT(Which, Parameter, T)                  \
  MC_SET(SetInputAttr, Inputs, Which, Parameter, T)   \
  MC_GET(GetInputAttr, Inputs, Which, T)              \
  MC_SET(SetOutputAttr, Outputs, Which, Parameter, T) \
  MC_GET(GetOutputAttr, Outputs, Which, T)
#define MC_VALUE(T) MC_PORT(int32_t, T, T) MC_PORT(const char_t *, T, T)
#define MC_OBJECT(T) MC_PORT(int32_t, const T &, T) MC_PORT(const char_t *, const T &, T)

MC_VALUE(int64_t)
MC_VALUE(int32_t)
MC_VALUE(uint32_t)
MC_VALUE(bool)
MC_VALUE(float)
MC_OBJECT(AscendString)
MC_OBJECT(std::vector<AscendString>)
MC_OBJECT(std::vector<int64_t>)
MC_OBJECT(std::vector<int32_t>)
MC_OBJECT(std::vector<uint32_t>)
MC_OBJECT(std::vector<bool>)
MC_OBJECT(std::vector<float>)
MC_SET(SetInputAttr, Inputs, int32_t, const char_t *, AscendString)
MC_SET(SetInputAttr, Inputs, const char_t *, const char_t *, AscendString)
MC_SET(SetOutputAttr, Outputs, int32_t, const char_t *, AscendString)
MC_SET(SetOutputAttr, Outputs, const char_t *, const char_t *, AscendString)
}  // namespace ge
