/* What every model uses: constants, identities, the plain elementwise operators, products, concatenation, shapes. */
#include <string.h>

#include "onnx/map.h"

void mc_on_map_plain(mc_on *on) {
  const mc_on_rule *rule = mc_on_rule_of(on);
  mc_val *values[3] = {mc_on_in(on, 0), mc_on_in(on, 1), mc_on_in(on, 2)};
  if (mc_on_inputs(on) > 3) {
    mc_on_fail(on, "it has %d inputs", mc_on_inputs(on));
  }
  mc_on_set(on, 0, mc_ge_3(on, rule->ge, values[0], values[1], values[2]));
}

static void map_constant(mc_on *on) {
  int count;
  mc_val *value = NULL;
  if (mc_on_has(on, "value") || mc_on_has(on, "sparse_value")) {
    value = mc_ge_const_tensor(on, mc_on_tensor(on, mc_on_has(on, "value") ? "value" : "sparse_value"));
  } else if (mc_on_has(on, "value_int")) {
    value = mc_ge_const_int(on, MC_INT64, mc_on_int(on, "value_int", 0));
  } else if (mc_on_has(on, "value_float")) {
    value = mc_ge_const_float(on, MC_FLOAT, mc_on_float(on, "value_float", 0));
  } else if (mc_on_has(on, "value_ints")) {
    const int64_t *values = mc_on_ints(on, "value_ints", &count);
    value = mc_ge_const_ints(on, MC_INT64, values, count);
  } else if (mc_on_has(on, "value_floats")) {
    const float *values = mc_on_floats(on, "value_floats", &count);
    value = mc_ge_const(on, MC_FLOAT, &(mc_shape){.rank = 1, .dims = {count}}, values);
  } else {
    mc_on_fail(on, "it has no value that GE has a type for");
  }
  mc_on_set(on, 0, value);
}

static void map_dropout(mc_on *on) {
  mc_val *training = mc_on_in(on, 2);
  int64_t count;
  const int64_t *mode = training == NULL ? NULL : mc_val_ints(on, training, &count);
  if (training != NULL && (mode == NULL || count != 1 || mode[0] != 0)) {
    mc_on_fail(on, "its training mode is not supported");
  }
  mc_val *x = mc_on_need(on, 0);
  mc_on_set(on, 0, mc_ge_1(on, "Identity", x));
  if (mc_on_wants(on, 1)) { /* everything is kept; bool since opset 10 */
    mc_ge *ones = mc_ge_begin(on, "OnesLike");
    mc_ge_in(ones, "x", x);
    mc_val *mask = mc_ge_end(ones);
    mc_on_set(on, 1, mc_on_version(on) >= 10 ? mc_ge_cast(on, mask, MC_BOOL) : mask);
  }
}

static void map_softmax(mc_on *on) {
  const bool logarithm = mc_on_rule_of(on)->variant == 1;
  const bool flattens = mc_on_version(on) < 13;
  mc_val *x = mc_on_need(on, 0);
  int64_t axis = mc_on_int(on, "axis", flattens ? 1 : -1);
  const char *type = logarithm ? "LogSoftmaxV2" : "SoftmaxV2";
  const int rank = flattens ? mc_val_need_rank(on, x, "input") : 0;
  axis = axis < 0 && flattens ? axis + rank : axis;
  mc_val *shape = NULL, *flat = x;
  if (flattens && axis != rank - 1) { /* one softmax over all axes from this one on */
    shape = mc_ge_shape(on, x);
    mc_ge *ge = mc_ge_begin(on, "Flatten");
    mc_ge_in(ge, "x", x);
    mc_ge_int(ge, "axis", axis);
    flat = mc_ge_end(ge);
    axis = -1;
  }
  mc_ge *ge = mc_ge_begin(on, type);
  mc_ge_in(ge, logarithm ? "logits" : "x", flat);
  mc_ge_ints(ge, "axes", &axis, 1);
  mc_val *y = mc_ge_end(ge);
  mc_on_set(on, 0, shape == NULL ? y : mc_ge_2(on, "Reshape", y, shape));
}

static void map_concat(mc_on *on) {
  const int count = mc_on_inputs(on);
  mc_val **values = mc_on_alloc(on, (size_t)(count + 1) * sizeof *values);
  for (int i = 0; values != NULL && i < count; ++i) {
    values[i] = mc_on_need(on, i);
  }
  if (!mc_on_failed(on)) {
    mc_val *y = mc_ge_concat(on, values, count, mc_on_int(on, "axis", 1));
    mc_on_set(on, 0, count == 1 ? mc_ge_1(on, "Identity", y) : y);
  }
}

static void map_transpose(mc_on *on) {
  int count;
  mc_val *x = mc_on_need(on, 0);
  const int64_t *perm = mc_on_ints(on, "perm", &count);
  int64_t reversed[MC_MAX_RANK];
  if (perm == NULL) {
    count = mc_val_need_rank(on, x, "data");
    for (int i = 0; i < count; ++i) {
      reversed[i] = count - 1 - i;
    }
    perm = reversed;
  }
  mc_ge *ge = mc_ge_begin(on, "Transpose");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "perm", mc_ge_const_ints(on, MC_INT64, perm, count));
  mc_on_set(on, 0, mc_ge_end(ge));
}

static void map_reshape(mc_on *on) {
  int count;
  const int64_t *dims = mc_on_ints(on, "shape", &count); /* opset 1 */
  mc_val *shape = dims != NULL ? mc_ge_const_ints(on, MC_INT64, dims, count) : mc_on_need(on, 1);
  mc_ge *ge = mc_ge_begin(on, "Reshape");
  mc_ge_in(ge, "x", mc_on_need(on, 0));
  mc_ge_in(ge, "shape", shape);
  if (mc_on_int(on, "allowzero", 0) != 0) {
    mc_ge_int(ge, "allowzero", 1);
  }
  mc_on_set(on, 0, mc_ge_end(ge));
}

static void map_matmul(mc_on *on) {
  mc_val *a = mc_on_need(on, 0), *b = mc_on_need(on, 1);
  const int rank_a = mc_val_need_rank(on, a, "A"), rank_b = mc_val_need_rank(on, b, "B");
  const int64_t first = 0, last = -1;
  if (rank_a == 1) {
    a = mc_ge_unsqueeze(on, a, &first, 1);
  }
  if (rank_b == 1) {
    b = mc_ge_unsqueeze(on, b, &(int64_t){1}, 1);
  }
  mc_val *y = mc_ge_2(on, rank_a <= 2 && rank_b <= 2 ? "MatMulV2" : "BatchMatMulV2", a, b);
  if (rank_b == 1) {
    y = mc_ge_squeeze(on, y, &last, 1);
  }
  if (rank_a == 1) {
    y = mc_ge_squeeze(on, y, rank_b == 1 ? &last : &(int64_t){-2}, 1);
  }
  mc_on_set(on, 0, y);
}

static mc_val *scaled(mc_on *on, mc_val *value, float factor) {
  return factor == 1 || value == NULL ? value : mc_ge_2(on, "Mul", value, mc_ge_const_float(on, value->dtype, factor));
}

static void map_gemm(mc_on *on) {
  mc_val *c = mc_on_in(on, 2);
  const float beta = mc_on_float(on, "beta", 1);
  const float alpha = mc_on_float(on, "alpha", 1);
  const bool bias = c != NULL && alpha == 1 && beta == 1 && c->shape.rank == 1 && c->shape.dims[0] != 1;
  mc_ge *ge = mc_ge_begin(on, "MatMulV2");
  mc_ge_in(ge, "x1", mc_on_need(on, 0));
  mc_ge_in(ge, "x2", mc_on_need(on, 1));
  mc_ge_in(ge, "bias", bias ? c : NULL);
  mc_ge_bool(ge, "transpose_x1", mc_on_int(on, "transA", 0) != 0);
  mc_ge_bool(ge, "transpose_x2", mc_on_int(on, "transB", 0) != 0);
  mc_val *y = scaled(on, mc_ge_end(ge), alpha);
  mc_on_set(on, 0, c == NULL || bias || beta == 0 ? y : mc_ge_2(on, "Add", y, scaled(on, c, beta)));
}

static void map_flatten(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  int64_t axis = mc_on_int(on, "axis", 1);
  if (axis < 0) {
    axis += mc_val_need_rank(on, x, "input");
  }
  mc_ge *ge = mc_ge_begin(on, "Flatten");
  mc_ge_in(ge, "x", x);
  mc_ge_int(ge, "axis", axis);
  mc_on_set(on, 0, mc_ge_end(ge));
}

static const mc_on_rule kRules[] = {
    {"Constant", 0, 0, map_constant, NULL, 0},
    {"Identity", 0, 0, mc_on_map_plain, "Identity", 0},
    {"Dropout", 7, 0, map_dropout, NULL, 0},
    {"Softmax", 0, 0, map_softmax, NULL, 0},
    {"LogSoftmax", 0, 0, map_softmax, NULL, 1},
    {"Concat", 0, 0, map_concat, NULL, 0},
    {"Transpose", 0, 0, map_transpose, NULL, 0},
    {"Reshape", 0, 0, map_reshape, NULL, 0},
    {"Flatten", 0, 0, map_flatten, NULL, 0},
    {"MatMul", 0, 0, map_matmul, NULL, 0},
    {"Gemm", 7, 0, map_gemm, NULL, 0},
};

MC_ON_FAMILY(core, kRules);
