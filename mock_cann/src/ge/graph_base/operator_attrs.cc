/* ge::Operator: its attributes. Setting one that does not fit is reported and leaves the old value. */
#include "ge/convert/attr.h"
#include "ge/not_emulated.h"
#include "ge/operator_impl.h"
#include "graph/operator.h"

namespace ge {
namespace {
const char *Text(const std::string &name) { return name.c_str(); }
const char *Text(const char_t *name) { return name; }

template <typename T>
void Set(OperatorImpl *impl, const char *name, const T &value) {
  if ((impl == nullptr) || (name == nullptr) || !mc::SetAttr(&impl->attrs, name, value)) {
    mc_report_inner("E19999", "attribute '%.60s' of operator '%.60s' was not set",
                    (name == nullptr) ? "" : name, (impl == nullptr) ? "" : impl->name.c_str());
  }
}

template <typename T>
graphStatus Get(const OperatorImpl *impl, const char *name, T &value) {
  return ((impl != nullptr) && mc::GetAttr(&impl->attrs, name, value)) ? GRAPH_SUCCESS : GRAPH_FAILED;
}

void RegisterName(OperatorImpl *impl, const char *name) {
  if ((impl != nullptr) && (name != nullptr)) {
    impl->ir_attrs.emplace_back(name);
  }
}

template <typename T>
void Register(OperatorImpl *impl, const char *name, const T &value) {
  RegisterName(impl, name);
  Set(impl, name, value);
}
}  // namespace

#define MC_SET(Name, Parameter, Stored)                          \
  Operator &Operator::SetAttr(Name name, Parameter attr_value) { \
    const Stored stored(attr_value);                             \
    Set(operator_impl_.get(), Text(name), stored);               \
    return *this;                                                \
  }
#define MC_GET(Name, T)                                           \
  graphStatus Operator::GetAttr(Name name, T &attr_value) const { \
    return Get(operator_impl_.get(), Text(name), attr_value);     \
  }
#define MC_REGISTER(Name, Parameter, Stored)                     \
  void Operator::AttrRegister(Name name, Parameter attr_value) { \
    const Stored stored(attr_value);                             \
    Register(operator_impl_.get(), Text(name), stored);          \
  }
/* The types that are passed by value, and those that are passed by reference. */
#define MC_VALUE(Name, T) MC_SET(Name, T, T) MC_GET(Name, T)
#define MC_OBJECT(Name, T) MC_SET(Name, const T &, T) MC_GET(Name, T)
#define MC_BOTH(Kind, T) Kind(const std::string &, T) Kind(const char_t *, T)

MC_BOTH(MC_VALUE, int64_t)
MC_BOTH(MC_VALUE, int32_t)
MC_BOTH(MC_VALUE, uint32_t)
MC_BOTH(MC_VALUE, float)
MC_BOTH(MC_VALUE, bool)
MC_BOTH(MC_OBJECT, std::vector<int64_t>)
MC_BOTH(MC_OBJECT, std::vector<int32_t>)
MC_BOTH(MC_OBJECT, std::vector<uint32_t>)
MC_BOTH(MC_OBJECT, std::vector<float>)
MC_BOTH(MC_OBJECT, std::vector<bool>)
MC_BOTH(MC_OBJECT, std::vector<uint8_t>)
MC_BOTH(MC_OBJECT, std::vector<std::vector<int64_t>>)
MC_BOTH(MC_OBJECT, std::vector<DataType>)
MC_BOTH(MC_OBJECT, DataType)
MC_BOTH(MC_OBJECT, Tensor)
MC_BOTH(MC_OBJECT, std::vector<Tensor>)
MC_OBJECT(const std::string &, std::string)
MC_OBJECT(const std::string &, std::vector<std::string>)
MC_OBJECT(const char_t *, AscendString)
MC_SET(const char_t *, const char_t *, AscendString)

/* These have a parameter name or type of their own. */
Operator &Operator::SetAttr(const char_t *name, const std::vector<AscendString> &attr_values) {
  Set(operator_impl_.get(), name, attr_values);
  return *this;
}

graphStatus Operator::GetAttr(const char_t *name, std::vector<AscendString> &attr_values) const {
  return Get(operator_impl_.get(), name, attr_values);
}

Operator &Operator::SetAttr(const std::string &name, std::initializer_list<int64_t> &&attr_value) {
  return SetAttr(name, std::vector<int64_t>(attr_value));
}

Operator &Operator::SetAttr(const char_t *name, std::initializer_list<int64_t> &&attr_value) {
  return SetAttr(name, std::vector<int64_t>(attr_value));
}

Operator &Operator::SetAttr(const std::string &name, AttrValue &&attr_value) {
  Set(operator_impl_.get(), name.c_str(), attr_value);
  return *this;
}

Operator &Operator::SetAttr(const char_t *name, AttrValue &&attr_value) {
  Set(operator_impl_.get(), name, attr_value);
  return *this;
}

Operator &Operator::SetAttr(const char_t *name, const AttrValue &attr_value) {
  Set(operator_impl_.get(), name, attr_value);
  return *this;
}

MC_BOTH(MC_GET, AttrValue)

#define MC_REGISTER_VALUE(Name, T) MC_REGISTER(Name, T, T)
#define MC_REGISTER_OBJECT(Name, T) MC_REGISTER(Name, const T &, T)
MC_BOTH(MC_REGISTER_VALUE, int64_t)
MC_BOTH(MC_REGISTER_VALUE, float)
MC_BOTH(MC_REGISTER_VALUE, bool)
MC_BOTH(MC_REGISTER_OBJECT, std::vector<int64_t>)
MC_BOTH(MC_REGISTER_OBJECT, std::vector<float>)
MC_BOTH(MC_REGISTER_OBJECT, std::vector<bool>)
MC_BOTH(MC_REGISTER_OBJECT, std::vector<uint8_t>)
MC_BOTH(MC_REGISTER_OBJECT, std::vector<std::vector<int64_t>>)
MC_BOTH(MC_REGISTER_OBJECT, std::vector<DataType>)
MC_BOTH(MC_REGISTER_OBJECT, DataType)
MC_BOTH(MC_REGISTER_OBJECT, Tensor)
MC_BOTH(MC_REGISTER_OBJECT, std::vector<Tensor>)
MC_BOTH(MC_REGISTER_OBJECT, AscendString)
MC_BOTH(MC_REGISTER_OBJECT, std::vector<AscendString>)
MC_REGISTER_OBJECT(const std::string &, std::string)
MC_REGISTER_OBJECT(const std::string &, std::vector<std::string>)
MC_REGISTER(const char_t *, const char_t *, AscendString)

void Operator::AttrRegister(const char_t *name, const AttrValue &attr_value) {
  Register(operator_impl_.get(), name, attr_value);
}

void Operator::RequiredAttrRegister(const std::string &name) {
  RegisterName(operator_impl_.get(), name.c_str());
}

void Operator::RequiredAttrRegister(const char_t *name) { RegisterName(operator_impl_.get(), name); }

void Operator::RequiredAttrWithTypeRegister(const char_t *name, const char_t *) {
  RegisterName(operator_impl_.get(), name);
}

#define MC_NAMED_ATTRS(Name)                                             \
  Operator &Operator::SetAttr(Name, const NamedAttrs &) {                \
    (void)mc::NotEmulated("Operator::SetAttr of NamedAttrs");            \
    return *this;                                                        \
  }                                                                      \
  Operator &Operator::SetAttr(Name, const std::vector<NamedAttrs> &) {   \
    (void)mc::NotEmulated("Operator::SetAttr of NamedAttrs");            \
    return *this;                                                        \
  }                                                                      \
  graphStatus Operator::GetAttr(Name, NamedAttrs &) const {              \
    return mc::NotEmulatedByGraph("Operator::GetAttr of NamedAttrs");    \
  }                                                                      \
  graphStatus Operator::GetAttr(Name, std::vector<NamedAttrs> &) const { \
    return mc::NotEmulatedByGraph("Operator::GetAttr of NamedAttrs");    \
  }                                                                      \
  void Operator::AttrRegister(Name, const NamedAttrs &) {                \
    (void)mc::NotEmulated("Operator::AttrRegister of NamedAttrs");       \
  }                                                                      \
  void Operator::AttrRegister(Name, const std::vector<NamedAttrs> &) {   \
    (void)mc::NotEmulated("Operator::AttrRegister of NamedAttrs");       \
  }
MC_NAMED_ATTRS(const std::string &)
MC_NAMED_ATTRS(const char_t *)

const std::map<std::string, std::string> Operator::GetAllAttrNamesAndTypes() const {
  std::map<std::string, std::string> types;
  for (size_t i = 0U; !IsEmpty() && (i < operator_impl_->attrs.count); ++i) {
    const mc_attr *const attr = &operator_impl_->attrs.items[i];
    types[attr->name] = mc::AttrTypeName(attr);
  }
  return types;
}

graphStatus Operator::GetAllAttrNamesAndTypes(std::map<AscendString, AscendString> &attr_name_types) const {
  attr_name_types.clear();
  for (const auto &attr : GetAllAttrNamesAndTypes()) {
    attr_name_types[AscendString(attr.first.c_str())] = AscendString(attr.second.c_str());
  }
  return IsEmpty() ? GRAPH_FAILED : GRAPH_SUCCESS;
}

/* The attributes of the prototype; one that is required and has no value yet has no type either. */
graphStatus Operator::GetAllIrAttrNamesAndTypes(std::map<AscendString, AscendString> &attr_name_types) const {
  attr_name_types.clear();
  if (IsEmpty()) {
    return GRAPH_FAILED;
  }
  for (const std::string &name : operator_impl_->ir_attrs) {
    const mc_attr *const attr = mc_attrs_find(&operator_impl_->attrs, name.c_str());
    attr_name_types[AscendString(name.c_str())] =
        AscendString((attr == nullptr) ? "" : mc::AttrTypeName(attr));
  }
  return GRAPH_SUCCESS;
}
}  // namespace ge
