/* A program's own operator classes, written the way operator libraries' headers are. */
#ifndef TESTS_NATIVE_PROTOTYPES_H
#define TESTS_NATIVE_PROTOTYPES_H

#include "graph/operator_reg.h"

namespace ge {
REG_OP(Data)
    .INPUT(x, TensorType({DT_FLOAT, DT_INT32, DT_BOOL}))
    .OUTPUT(y, TensorType({DT_FLOAT, DT_INT32, DT_BOOL}))
    .ATTR(index, Int, 0)
    .OP_END_FACTORY_REG(Data)

REG_OP(Const)
    .OUTPUT(y, TensorType({DT_FLOAT, DT_INT32}))
    .ATTR(value, Tensor, Tensor())
    .OP_END_FACTORY_REG(Const)

REG_OP(Add)
    .DATATYPE(T, TensorType({DT_FLOAT, DT_INT32}))
    .INPUT(x1, "T")
    .INPUT(x2, "T")
    .OUTPUT(y, "T")
    .OP_END_FACTORY_REG(Add)

REG_OP(Less)
    .INPUT(x1, TensorType({DT_FLOAT, DT_INT32}))
    .INPUT(x2, TensorType({DT_FLOAT, DT_INT32}))
    .OUTPUT(y, TensorType({DT_BOOL}))
    .OP_END_FACTORY_REG(Less)

REG_OP(LeakyRelu)
    .INPUT(x, TensorType({DT_FLOAT}))
    .OUTPUT(y, TensorType({DT_FLOAT}))
    .ATTR(negative_slope, Float, 0.0)
    .OP_END_FACTORY_REG(LeakyRelu)

REG_OP(ConcatD)
    .DYNAMIC_INPUT(x, TensorType({DT_FLOAT}))
    .OUTPUT(y, TensorType({DT_FLOAT}))
    .REQUIRED_ATTR(concat_dim, Int)
    .ATTR(N, Int, 1)
    .OP_END_FACTORY_REG(ConcatD)

REG_OP(SplitD)
    .INPUT(x, TensorType({DT_FLOAT}))
    .DYNAMIC_OUTPUT(y, TensorType({DT_FLOAT}))
    .REQUIRED_ATTR(split_dim, Int)
    .REQUIRED_ATTR(num_split, Int)
    .OP_END_FACTORY_REG(SplitD)

REG_OP(If)
    .INPUT(cond, TensorType({DT_BOOL}))
    .DYNAMIC_INPUT(input, TensorType({DT_FLOAT}))
    .DYNAMIC_OUTPUT(output, TensorType({DT_FLOAT}))
    .GRAPH(then_branch)
    .GRAPH(else_branch)
    .OP_END_FACTORY_REG(If)

REG_OP(Case)
    .INPUT(branch_index, TensorType({DT_INT32}))
    .DYNAMIC_INPUT(input, TensorType({DT_FLOAT}))
    .DYNAMIC_OUTPUT(output, TensorType({DT_FLOAT}))
    .DYNAMIC_GRAPH(branches)
    .OP_END_FACTORY_REG(Case)

REG_OP(While)
    .DYNAMIC_INPUT(input, TensorType({DT_FLOAT, DT_INT32}))
    .DYNAMIC_OUTPUT(output, TensorType({DT_FLOAT, DT_INT32}))
    .GRAPH(cond)
    .GRAPH(body)
    .ATTR(parallel_iterations, Int, 10)
    .OP_END_FACTORY_REG(While)

/* Nobody else knows this one; it has an attribute of every kind. */
REG_OP(Attributed)
    .INPUT(x, TensorType({DT_FLOAT}))
    .OPTIONAL_INPUT(bias, TensorType({DT_FLOAT}))
    .OUTPUT(y, TensorType({DT_FLOAT}))
    .ATTR(a_text, String, "nearest")
    .ATTR(a_type, Type, DT_INT8)
    .ATTR(a_flag, Bool, true)
    .ATTR(ints, ListInt, {1, 2, 3})
    .ATTR(no_ints, ListInt, {})
    .ATTR(floats, ListFloat, {0.5f, 2.0f})
    .ATTR(flags, ListBool, {true, false})
    .ATTR(texts, ListString, {"a", "bc"})
    .ATTR(types, ListType, {DT_FLOAT, DT_BOOL})
    .ATTR(rows, ListListInt, {{1}, {2, 3}})
    .REQUIRED_ATTR(needed, Int)
    .OP_END_FACTORY_REG(Attributed)
}  // namespace ge

/* An input of the graph or subgraph. */
inline ge::op::Data Input(const char *name, int64_t index, const std::vector<int64_t> &dims,
                          ge::DataType dtype = ge::DT_FLOAT) {
  ge::op::Data data(name);
  const ge::TensorDesc desc(ge::Shape(dims), ge::FORMAT_ND, dtype);
  data.set_attr_index(index);
  (void)data.update_input_desc_x(desc);
  (void)data.update_output_desc_y(desc);
  return data;
}

template <typename T>
ge::op::Const Constant(const char *name, const std::vector<T> &values, const std::vector<int64_t> &dims,
                       ge::DataType dtype) {
  ge::op::Const constant(name);
  const ge::TensorDesc desc(ge::Shape(dims), ge::FORMAT_ND, dtype);
  constant.set_attr_value(
      ge::Tensor(desc, reinterpret_cast<const uint8_t *>(values.data()), values.size() * sizeof(T)));
  (void)constant.update_output_desc_y(desc);
  return constant;
}

#endif
