/* Operator prototypes in one line an input:
 *
 *   namespace ge {
 *   REG_OP(MyAdd)
 *       .INPUT(x1, TensorType({DT_FLOAT, DT_FLOAT16}))
 *       .OPTIONAL_INPUT(x2, TensorType({DT_FLOAT, DT_FLOAT16}))
 *       .OUTPUT(y, TensorType({DT_FLOAT, DT_FLOAT16}))
 *       .ATTR(alpha, Float, 1.0)
 *       .OP_END_FACTORY_REG(MyAdd)
 *   }
 *
 * makes the class ge::op::MyAdd with set_input_x1, set_attr_alpha and so on, and registers the type with
 * OperatorFactory.
 *
 * How: the words of a prototype are macros that follow dots. Each one ends the body of the function that the
 * word before began, adds members to the class, and begins a function that registers its own part and calls the
 * next word's. All of it is inline and passes only types that look the same to both kinds of std::string. */
#ifndef GRAPH_OPERATOR_REG_H_
#define GRAPH_OPERATOR_REG_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "graph/ascend_string.h"
#include "graph/attr_value.h"
#include "graph/graph.h"
#include "graph/operator.h"
#include "graph/operator_factory.h"
#include "graph/tensor.h"
#include "graph/types.h"

namespace ge {
/* What stands before a dot. */
class OpReg {
 public:
  OpReg &N() { return *this; }
  OpReg &ATTR() { return *this; }
  OpReg &REQUIRED_ATTR() { return *this; }
  OpReg &INPUT() { return *this; }
  OpReg &OPTIONAL_INPUT() { return *this; }
  OpReg &OUTPUT() { return *this; }
  OpReg &GRAPH() { return *this; }
  OpReg &DYNAMIC_GRAPH() { return *this; }
  OpReg &INFER_SHAPE_AND_TYPE() { return *this; }
};

/* The shape that two broadcast to, for inference functions: GRAPH_FAILED when they do not fit. */
graphStatus BroadCastInfer(const std::function<std::vector<int64_t>()> &get_in1_shape,
                           const std::function<std::vector<int64_t>()> &get_in2_shape,
                           const std::function<void(const std::vector<int64_t> &out_shape)> &set_out_shape);

namespace op_reg {
/* The attribute types of prototypes, by their word: what is kept, and what a setter takes. */
using Int = Operator::OpInt;
using Float = Operator::OpFloat;
using Bool = Operator::OpBool;
using Type = Operator::OpType;
using Tensor = Operator::OpTensor;
using NamedAttrs = Operator::OpNamedAttrs;
using Bytes = Operator::OpBytes;
using ListInt = Operator::OpListInt;
using ListFloat = Operator::OpListFloat;
using ListBool = Operator::OpListBool;
using ListType = Operator::OpListType;
using ListTensor = Operator::OpListTensor;
using ListListInt = Operator::OpListListInt;
using ListNamedAttrs = Operator::OpListNamedAttrs;

/* Texts, from either kind of string. */
class String : public ge::AscendString {
 public:
  String() = default;
  String(const char *text) : AscendString(text) {}
  String(const ge::AscendString &text) : AscendString(text) {}
  String(const std::string &text) : AscendString(text.c_str()) {}
};
using AscendString = String;

class ListString : public std::vector<ge::AscendString> {
 public:
  ListString() = default;
  ListString(const std::vector<ge::AscendString> &texts) : std::vector<ge::AscendString>(texts) {}
  ListString(const std::vector<std::string> &texts) {
    for (const std::string &text : texts) {
      emplace_back(text.c_str());
    }
  }
  ListString(std::initializer_list<const char *> texts) {
    for (const char *const text : texts) {
      emplace_back(text);
    }
  }
};
using ListAscendString = ListString;

/* What Operator's overloads take. */
template <typename T>
const T &Plain(const T &value) {
  return value;
}
inline const ge::AscendString &Plain(const String &value) { return value; }
inline const std::vector<ge::AscendString> &Plain(const ListString &value) { return value; }
template <typename T>
T &Place(T &value) {
  return value;
}
inline ge::AscendString &Place(String &value) { return value; }
inline std::vector<ge::AscendString> &Place(ListString &value) { return value; }
}  // namespace op_reg
}  // namespace ge

/* The end of one word and the beginning of the next: `members` are added in between. */
#define GE_REG_WORD(word, members)   \
  N();                               \
  register_##word();                 \
  }                                  \
                                     \
 public:                             \
  members                            \
                                     \
 private:                            \
  void register_##word() {

#define GE_REG_END (void)0; ::ge::OpReg()

#define REG_OP(type)                                                                        \
  namespace op {                                                                            \
  class type : public ::ge::Operator {                                                      \
    using ThisType = type;                                                                  \
                                                                                            \
   public:                                                                                  \
    type() : Operator(#type) { register_all(); }                                            \
    explicit type(const char *name) : Operator(name, #type) { register_all(); }             \
    explicit type(const ::ge::AscendString &name) : type(name.GetString()) {}               \
    explicit type(const std::string &name) : type(name.c_str()) {}                          \
                                                                                            \
   private:                                                                                 \
    void register_inputs(const char *name, const ::ge::TensorType &) { InputRegister(name); } \
    void register_inputs(const char *name, const char *symbol) { InputRegister(name, symbol); } \
    void register_optional(const char *name, const ::ge::TensorType &) { OptionalInputRegister(name); } \
    void register_optional(const char *name, const char *symbol) { OptionalInputRegister(name, symbol); } \
    void register_outputs(const char *name, const ::ge::TensorType &) { OutputRegister(name); } \
    void register_outputs(const char *name, const char *symbol) { OutputRegister(name, symbol); } \
    void register_all() {                                                                   \
      GE_REG_END

#define OP_END()  \
  N();            \
  }               \
  };              \
  }

#define OP_END_FACTORY_REG(type)                                                            \
  OP_END()                                                                                  \
  static const ::ge::OperatorCreatorRegister g_creator_of_##type(                           \
      #type, [](const ::ge::AscendString &name) -> ::ge::Operator { return op::type(name.GetString()); });

/* ---- inputs ---- */

#define GE_REG_INPUT_MEMBERS(x)                                                             \
  static const char *name_in_##x() { return #x; }                                           \
  ThisType &set_input_##x(const ::ge::Operator &from) {                                     \
    Operator::SetInput(#x, from);                                                           \
    return *this;                                                                           \
  }                                                                                         \
  ThisType &set_input_##x(const ::ge::Operator &from, const char *output) {                 \
    Operator::SetInput(#x, from, output);                                                   \
    return *this;                                                                           \
  }                                                                                         \
  ThisType &set_input_##x(const ::ge::Operator &from, uint32_t output) {                    \
    Operator::SetInput(#x, from, output);                                                   \
    return *this;                                                                           \
  }                                                                                         \
  ThisType &set_input_##x##_by_name(const ::ge::Operator &from, const char *output) {       \
    return set_input_##x(from, output);                                                     \
  }                                                                                         \
  ::ge::TensorDesc get_input_desc_##x() const { return Operator::GetInputDescByName(#x); }  \
  ::ge::graphStatus update_input_desc_##x(const ::ge::TensorDesc &desc) {                   \
    return Operator::UpdateInputDesc(#x, desc);                                             \
  }

#define INPUT(x, t)                                 \
  GE_REG_WORD(input_##x, GE_REG_INPUT_MEMBERS(x))   \
  register_inputs(#x, t);                           \
  GE_REG_END

#define OPTIONAL_INPUT(x, t)                        \
  GE_REG_WORD(input_##x, GE_REG_INPUT_MEMBERS(x))   \
  register_optional(#x, t);                         \
  GE_REG_END

#define GE_REG_DYNAMIC_INPUT_MEMBERS(x)                                                     \
  ThisType &create_dynamic_input_##x(uint32_t count, bool at_end = true) {                  \
    Operator::DynamicInputRegister(#x, count, at_end);                                      \
    return *this;                                                                           \
  }                                                                                         \
  ThisType &create_dynamic_input_byindex_##x(uint32_t count, size_t index) {                \
    Operator::DynamicInputRegisterByIndex(#x, count, index);                                \
    return *this;                                                                           \
  }                                                                                         \
  ThisType &set_dynamic_input_##x(uint32_t member, const ::ge::Operator &from) {            \
    Operator::SetInput(#x, member, from);                                                   \
    return *this;                                                                           \
  }                                                                                         \
  ThisType &set_dynamic_input_##x(uint32_t member, const ::ge::Operator &from, const char *output) { \
    Operator::SetInput(#x, member, from, output);                                           \
    return *this;                                                                           \
  }                                                                                         \
  ::ge::TensorDesc get_dynamic_input_desc_##x(uint32_t member) const {                      \
    return Operator::GetDynamicInputDesc(#x, member);                                       \
  }                                                                                         \
  ::ge::graphStatus update_dynamic_input_desc_##x(uint32_t member, const ::ge::TensorDesc &desc) { \
    return Operator::UpdateDynamicInputDesc(#x, member, desc);                              \
  }

#define DYNAMIC_INPUT(x, t)                                 \
  GE_REG_WORD(input_##x, GE_REG_DYNAMIC_INPUT_MEMBERS(x))   \
  Operator::DynamicInputRegister(#x, 0U, true);             \
  (void)(t);                                                \
  GE_REG_END

/* ---- outputs ---- */

#define OUTPUT(y, t)                                                                                            \
  GE_REG_WORD(output_##y,                                                                                       \
              static const char *name_out_##y() { return #y; }                                                  \
              ::ge::TensorDesc get_output_desc_##y() const { return Operator::GetOutputDescByName(#y); }        \
              ::ge::graphStatus update_output_desc_##y(const ::ge::TensorDesc &desc) {                          \
                return Operator::UpdateOutputDesc(#y, desc);                                                    \
              })                                                                                                \
  register_outputs(#y, t);                                                                                      \
  GE_REG_END

#define DYNAMIC_OUTPUT(y, t)                                                                                    \
  GE_REG_WORD(output_##y,                                                                                       \
              ThisType &create_dynamic_output_##y(uint32_t count, bool at_end = true) {                         \
                Operator::DynamicOutputRegister(#y, count, at_end);                                             \
                return *this;                                                                                   \
              }                                                                                                 \
              ::ge::TensorDesc get_dynamic_output_desc_##y(uint32_t member) const {                             \
                return Operator::GetDynamicOutputDesc(#y, member);                                              \
              }                                                                                                 \
              ::ge::graphStatus update_dynamic_output_desc_##y(uint32_t member, const ::ge::TensorDesc &desc) { \
                return Operator::UpdateDynamicOutputDesc(#y, member, desc);                                     \
              })                                                                                                \
  Operator::DynamicOutputRegister(#y, 0U, true);                                                                \
  (void)(t);                                                                                                    \
  GE_REG_END

/* ---- attributes ---- */

#define GE_REG_ATTR_MEMBERS(x, T)                                                           \
  static const char *name_attr_##x() { return #x; }                                         \
  ThisType &set_attr_##x(const ::ge::op_reg::T &value) {                                    \
    Operator::SetAttr(#x, ::ge::op_reg::Plain(value));                                      \
    return *this;                                                                           \
  }                                                                                         \
  ::ge::op_reg::T get_attr_##x() const {                                                    \
    ::ge::op_reg::T value = ::ge::op_reg::T();                                              \
    (void)Operator::GetAttr(#x, ::ge::op_reg::Place(value));                                \
    return value;                                                                           \
  }

/* The default comes last: lists have commas. */
#define ATTR(x, T, ...)                                              \
  GE_REG_WORD(attr_##x, GE_REG_ATTR_MEMBERS(x, T))                   \
  const ::ge::op_reg::T value = __VA_ARGS__;                         \
  Operator::AttrRegister(#x, ::ge::op_reg::Plain(value));            \
  GE_REG_END

#define REQUIRED_ATTR(x, T)                                          \
  GE_REG_WORD(attr_##x, GE_REG_ATTR_MEMBERS(x, T))                   \
  Operator::RequiredAttrRegister(#x);                                \
  GE_REG_END

/* ---- types by name ---- */

#define DATATYPE(symbol, t)                \
  GE_REG_WORD(datatype_##symbol, )         \
  Operator::DataTypeRegister(#symbol, t);  \
  GE_REG_END

/* ---- subgraphs ---- */

#define GRAPH(x)                                                                            \
  GE_REG_WORD(graph_##x,                                                                    \
              static const char *name_graph_##x() { return #x; }                            \
              ThisType &set_subgraph_builder_##x(const ::ge::SubgraphBuilder &builder) {    \
                Operator::SetSubgraphBuilder(#x, 0U, builder);                              \
                return *this;                                                               \
              }                                                                             \
              ::ge::SubgraphBuilder get_subgraph_builder_##x() const {                      \
                return Operator::GetSubgraphBuilder(#x);                                    \
              }                                                                             \
              ::ge::Graph get_subgraph_##x() const { return Operator::GetSubgraph(#x); })   \
  Operator::SubgraphRegister(#x, false);                                                    \
  GE_REG_END

#define DYNAMIC_GRAPH(x)                                                                                   \
  GE_REG_WORD(graph_##x,                                                                                   \
              ThisType &create_dynamic_subgraph_##x(uint32_t count) {                                      \
                Operator::SubgraphCountRegister(#x, count);                                                \
                return *this;                                                                              \
              }                                                                                            \
              ThisType &set_subgraph_builder_##x(uint32_t member, const ::ge::SubgraphBuilder &builder) {  \
                Operator::SetSubgraphBuilder(#x, member, builder);                                         \
                return *this;                                                                              \
              }                                                                                            \
              ::ge::SubgraphBuilder get_subgraph_builder_##x(uint32_t member) const {                      \
                return Operator::GetDynamicSubgraphBuilder(#x, member);                                    \
              }                                                                                            \
              ::ge::Graph get_subgraph_##x(uint32_t member) const {                                        \
                return Operator::GetDynamicSubgraph(#x, member);                                           \
              })                                                                                           \
  Operator::SubgraphRegister(#x, true);                                                                    \
  GE_REG_END

#endif  // GRAPH_OPERATOR_REG_H_
