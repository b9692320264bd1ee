/* ge::AttrValue. SetAttrValue is const in CANN: copies of a value share one body, which the call rewrites. */
#include "graph/attr_value.h"

#include "ge/convert/attr.h"

namespace ge {
namespace {
const char kName[] = "value";

template <typename T>
graphStatus Write(AttrValueImpl *impl, const T &value) {
  return ((impl != nullptr) && mc::SetAttr(&impl->value, kName, value)) ? GRAPH_SUCCESS : GRAPH_FAILED;
}

template <typename T>
graphStatus Read(const AttrValueImpl *impl, T &value) {
  return ((impl != nullptr) && mc::GetAttr(&impl->value, kName, value)) ? GRAPH_SUCCESS : GRAPH_FAILED;
}
}  // namespace

AttrValue::AttrValue() : impl(std::make_shared<AttrValueImpl>()) {}

#define MC_VALUE(T)                                                                                        \
  graphStatus AttrValue::SetAttrValue(const T &attr_value) const { return Write(impl.get(), attr_value); } \
  graphStatus AttrValue::GetAttrValue(T &attr_value) const { return Read(impl.get(), attr_value); }
MC_VALUE(int64_t)
MC_VALUE(float)
MC_VALUE(AscendString)
MC_VALUE(bool)
MC_VALUE(Tensor)
MC_VALUE(DataType)
MC_VALUE(std::vector<int64_t>)
MC_VALUE(std::vector<float>)
MC_VALUE(std::vector<AscendString>)
MC_VALUE(std::vector<bool>)
MC_VALUE(std::vector<Tensor>)
MC_VALUE(std::vector<std::vector<int64_t>>)
MC_VALUE(std::vector<DataType>)
#undef MC_VALUE

graphStatus AttrValue::GetValue(AscendString &val) { return Read(impl.get(), val); }
graphStatus AttrValue::GetValue(std::string &val) const { return Read(impl.get(), val); }
graphStatus AttrValue::GetValue(int64_t &val) const { return Read(impl.get(), val); }
graphStatus AttrValue::GetValue(float &val) const { return Read(impl.get(), val); }
}  // namespace ge
