/* Attribute values between C++ and the IR. Compiled into each library that needs it, visible in none. */
#ifndef MC_GE_CONVERT_ATTR_H
#define MC_GE_CONVERT_ATTR_H

#include <string>
#include <vector>

#include "base/attr.h"
#include "ge/hidden.h"
#include "graph/attr_value.h"

namespace ge {
/* What is behind an AttrValue: nothing, or one attribute whose name does not matter. */
class MC_HIDDEN AttrValueImpl {
 public:
  AttrValueImpl() = default;
  ~AttrValueImpl() { mc_attrs_free(&value); }
  AttrValueImpl(const AttrValueImpl &) = delete;
  AttrValueImpl &operator=(const AttrValueImpl &) = delete;

  mc_attrs value = {};
};
}  // namespace ge

namespace mc {
/* Sets or replaces an attribute; false (nothing changed) when the value does not fit or memory is exhausted.
 */
#define MC_ATTR_VALUE(T)                                                     \
  MC_HIDDEN bool SetAttr(mc_attrs *attrs, const char *name, const T &value); \
  MC_HIDDEN bool GetAttr(const mc_attrs *attrs, const char *name, T &value);
MC_ATTR_VALUE(int64_t)
MC_ATTR_VALUE(int32_t)
MC_ATTR_VALUE(uint32_t)
MC_ATTR_VALUE(float)
MC_ATTR_VALUE(bool)
MC_ATTR_VALUE(std::string)
MC_ATTR_VALUE(ge::AscendString)
MC_ATTR_VALUE(ge::DataType)
MC_ATTR_VALUE(ge::Tensor)
MC_ATTR_VALUE(ge::AttrValue)
MC_ATTR_VALUE(std::vector<int64_t>)
MC_ATTR_VALUE(std::vector<int32_t>)
MC_ATTR_VALUE(std::vector<uint32_t>)
MC_ATTR_VALUE(std::vector<float>)
MC_ATTR_VALUE(std::vector<bool>)
MC_ATTR_VALUE(std::vector<uint8_t>)
MC_ATTR_VALUE(std::vector<std::string>)
MC_ATTR_VALUE(std::vector<ge::AscendString>)
MC_ATTR_VALUE(std::vector<ge::DataType>)
MC_ATTR_VALUE(std::vector<ge::Tensor>)
MC_ATTR_VALUE(std::vector<std::vector<int64_t>>)
#undef MC_ATTR_VALUE

/* The name of an attribute's type as GE writes it ("VT_LIST_INT"). */
MC_HIDDEN const char *AttrTypeName(const mc_attr *attr);
}  // namespace mc

#endif
