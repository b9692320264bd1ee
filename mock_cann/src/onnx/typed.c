/* Choosing types. */
#include "onnx/typed.h"

#include "ops/op.h"

/* Wider types, best first. */
static const struct {
  int from;
  int to[5];
} kWider[] = {
    {MC_FLOAT16, {MC_FLOAT, MC_DOUBLE, -1}},
    {MC_BF16, {MC_FLOAT, MC_DOUBLE, -1}},
    {MC_FLOAT, {MC_DOUBLE, -1}},
    {MC_INT8, {MC_INT16, MC_INT32, MC_INT64, MC_FLOAT, -1}},
    {MC_INT16, {MC_INT32, MC_INT64, MC_FLOAT, -1}},
    {MC_INT32, {MC_INT64, MC_DOUBLE, -1}},
    {MC_UINT8, {MC_INT16, MC_INT32, MC_INT64, MC_FLOAT, -1}},
    {MC_UINT16, {MC_INT32, MC_INT64, MC_FLOAT, -1}},
    {MC_UINT32, {MC_INT64, MC_DOUBLE, -1}},
    {MC_BOOL, {MC_UINT8, MC_INT8, MC_INT32, MC_FLOAT, -1}},
};

static const int kModular[][2] = {{MC_UINT64, MC_INT64}, {MC_UINT32, MC_INT32}};

static bool has(const mc_op_def *def, int dtype) { return (def->dtypes & MC_DTYPE_BIT(dtype)) != 0; }

int mc_typed_for(const char *type, int dtype, mc_typed_rule rule) {
  const mc_op_def *def = mc_op_find(type);
  if (def == NULL || dtype == MC_UNDEFINED || has(def, dtype)) {
    return dtype;
  }
  for (size_t i = 0; rule == MC_TYPED_MODULAR && i < sizeof kModular / sizeof kModular[0]; ++i) {
    if (kModular[i][0] == dtype && has(def, kModular[i][1])) {
      return kModular[i][1];
    }
  }
  for (size_t i = 0; i < sizeof kWider / sizeof kWider[0]; ++i) {
    for (int k = 0; kWider[i].from == dtype && kWider[i].to[k] >= 0; ++k) {
      if (has(def, kWider[i].to[k])) {
        return kWider[i].to[k];
      }
    }
  }
  return MC_UNDEFINED;
}

mc_val *mc_typed_in(mc_on *on, const char *type, mc_typed_rule rule, mc_val *value) {
  if (value == NULL || value->dtype == MC_UNDEFINED) {
    return value;
  }
  const int dtype = mc_typed_for(type, value->dtype, rule);
  if (dtype == MC_UNDEFINED) {
    mc_on_fail(on, "GE's operator %s has no type that computes %s", type, mc_dtype_name(value->dtype));
    return NULL;
  }
  return mc_ge_cast(on, value, dtype);
}

static mc_val *back(mc_on *on, mc_val *result, const mc_val *like) {
  return result == NULL || like->dtype == MC_UNDEFINED ? result : mc_ge_cast(on, result, like->dtype);
}

mc_val *mc_typed_1(mc_on *on, const char *type, mc_typed_rule rule, mc_val *a) {
  return back(on, mc_ge_1(on, type, mc_typed_in(on, type, rule, a)), a);
}

mc_val *mc_typed_2(mc_on *on, const char *type, mc_typed_rule rule, mc_val *a, mc_val *b) {
  return back(on, mc_typed_test(on, type, rule, a, b), a);
}

mc_val *mc_typed_test(mc_on *on, const char *type, mc_typed_rule rule, mc_val *a, mc_val *b) {
  return mc_ge_2(on, type, mc_typed_in(on, type, rule, a), mc_typed_in(on, type, rule, b));
}

mc_val *mc_like(mc_on *on, const mc_val *value, double number) {
  return value == NULL ? NULL : mc_ge_const_float(on, value->dtype == MC_UNDEFINED ? MC_FLOAT : value->dtype, number);
}

mc_val *mc_select(mc_on *on, mc_val *condition, mc_val *a, mc_val *b) {
  return mc_ge_3(on, "SelectV2", condition, a, b);
}
