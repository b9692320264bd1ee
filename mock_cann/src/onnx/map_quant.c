/* Quantised operators: QuantizeLinear and its inverse, and products of integers with scales and zero points. */
#include "onnx/quant.h"

static int wanted_type(mc_on *on, const mc_val *zero) {
  if (zero != NULL) {
    return zero->dtype;
  }
  const int64_t none = mc_on_int(on, "output_dtype", 0);
  return none == 0 ? MC_UINT8 : mc_on_dtype(on, "output_dtype", MC_UINT8);
}

/* GE's own operator, where it does the same: float32 to bytes. */
static mc_val *native(mc_on *on, mc_val *x, mc_val *scale, mc_val *zero, int dtype, int64_t axis) {
  mc_ge *ge = mc_ge_begin(on, "Quantize");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "scales", scale);
  mc_ge_in(ge, "zero_points", zero);
  mc_ge_string(ge, "dtype", dtype == MC_INT8 ? "torch.qint8" : "torch.quint8");
  if (x->shape.rank > 0) {
    mc_ge_int(ge, "axis", scale->shape.rank == 0 ? 0 : axis);
  }
  return mc_ge_end(ge);
}

static void map_quantize(mc_on *on) {
  mc_val *x = mc_on_need(on, 0), *scale = mc_on_need(on, 1), *zero = mc_on_in(on, 2);
  const int dtype = wanted_type(on, zero);
  const int64_t axis = mc_on_int(on, "axis", 1), block = mc_on_int(on, "block_size", 0);
  if (mc_on_failed(on)) {
    return;
  }
  if (dtype == MC_UNDEFINED) {
    mc_on_fail(on, "GE has no type for its result");
    return;
  }
  int precision = mc_on_int(on, "precision", 0) == 0 ? scale->dtype : mc_on_dtype(on, "precision", MC_FLOAT);
  precision = precision == MC_FLOAT8_E8M0 ? MC_FLOAT : precision;
  if (x->dtype == MC_FLOAT && scale->dtype == MC_FLOAT && precision == MC_FLOAT && block == 0 &&
      (dtype == MC_INT8 || dtype == MC_UINT8) && scale->shape.rank != MC_RANK_UNKNOWN) {
    mc_on_set(on, 0, native(on, x, scale, zero, dtype, axis));
    return;
  }
  mc_val *y = mc_ge_2(on, "RealDiv", mc_ge_cast(on, x, precision),
                      mc_ge_cast(on, mc_quant_spread(on, scale, x, axis, block), precision));
  mc_on_set(on, 0, mc_quant_store(on, y, mc_quant_spread(on, zero, x, axis, block), dtype));
}

static void map_dequantize(mc_on *on) {
  mc_val *x = mc_on_need(on, 0), *scale = mc_on_need(on, 1), *zero = mc_on_in(on, 2);
  const int64_t axis = mc_on_int(on, "axis", 1), block = mc_on_int(on, "block_size", 0);
  if (mc_on_failed(on)) {
    return;
  }
  const int dtype = mc_on_int(on, "output_dtype", 0) == 0 ? scale->dtype : mc_on_dtype(on, "output_dtype", MC_FLOAT);
  mc_val *y = mc_quant_centred(on, x, mc_quant_spread(on, zero, x, axis, block));
  mc_val *factor = mc_ge_cast(on, mc_quant_spread(on, scale, x, axis, block), MC_FLOAT);
  mc_on_set(on, 0, mc_ge_cast(on, mc_ge_2(on, "Mul", mc_ge_cast(on, y, MC_FLOAT), factor), dtype));
}

/* The least (or largest) of all elements and zero. */
static mc_val *extreme(mc_on *on, mc_val *x, bool least) {
  mc_val *flat = mc_ge_reshape(on, x, &(int64_t){-1}, 1);
  mc_val *axes = mc_ge_const_ints(on, MC_INT64, &(int64_t){0}, 1);
  mc_val *found = mc_ge_2(on, least ? "ReduceMin" : "ReduceMax", flat, axes);
  return mc_ge_2(on, least ? "Minimum" : "Maximum", found, mc_ge_const_float(on, MC_FLOAT, 0));
}

static void map_dynamic(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *low = extreme(on, x, true), *high = extreme(on, x, false);
  mc_val *scale = mc_ge_2(on, "RealDiv", mc_ge_2(on, "Sub", high, low), mc_ge_const_float(on, MC_FLOAT, 255));
  mc_val *zero = mc_quant_store(on, mc_ge_1(on, "Neg", mc_ge_2(on, "RealDiv", low, scale)), NULL, MC_UINT8);
  mc_on_set(on, 0, mc_quant_store(on, mc_ge_2(on, "RealDiv", x, scale), zero, MC_UINT8));
  mc_on_set(on, 1, scale);
  mc_on_set(on, 2, zero);
}

/* A parameter of the left operand's rows, as a column. */
static mc_val *of_rows(mc_on *on, mc_val *parameter) {
  const bool rows = parameter != NULL && parameter->shape.rank == 1 && parameter->shape.dims[0] != 1;
  return rows ? mc_ge_unsqueeze(on, parameter, &(int64_t){1}, 1) : parameter;
}

static void map_matmul_integer(mc_on *on) {
  mc_val *a = mc_quant_centred(on, mc_on_need(on, 0), of_rows(on, mc_on_in(on, 2)));
  mc_val *b = mc_quant_centred(on, mc_on_need(on, 1), mc_on_in(on, 3));
  mc_on_set(on, 0, mc_quant_matmul(on, a, b));
}

/* sums * (a * b / y), rounded into the type of the zero point. */
static mc_val *rescaled(mc_on *on, mc_val *sums, mc_val *a, mc_val *b, mc_val *y, mc_val *zero) {
  mc_val *factor = mc_ge_2(on, "Mul", mc_ge_cast(on, a, MC_FLOAT), mc_ge_cast(on, b, MC_FLOAT));
  factor = mc_ge_2(on, "RealDiv", factor, mc_ge_cast(on, y, MC_FLOAT));
  mc_val *value = mc_ge_2(on, "Mul", mc_ge_cast(on, sums, MC_FLOAT), factor);
  return zero == NULL ? NULL : mc_quant_store(on, value, zero, zero->dtype);
}

static void map_qlinear_matmul(mc_on *on) {
  mc_val *a = mc_quant_centred(on, mc_on_need(on, 0), of_rows(on, mc_on_need(on, 2)));
  mc_val *b = mc_quant_centred(on, mc_on_need(on, 3), mc_on_need(on, 5));
  mc_on_set(on, 0, rescaled(on, mc_quant_matmul(on, a, b), of_rows(on, mc_on_need(on, 1)), mc_on_need(on, 4),
                            of_rows(on, mc_on_need(on, 6)), of_rows(on, mc_on_need(on, 7))));
}

/* A parameter of the filters: one number for each. */
static mc_val *of_filters(mc_on *on, mc_val *parameter) {
  const int64_t behind[] = {1, 2, 3};
  return parameter != NULL && parameter->shape.rank == 1 ? mc_ge_unsqueeze(on, parameter, behind, 3) : parameter;
}

static void map_conv_integer(mc_on *on) {
  mc_val *x = mc_quant_centred(on, mc_on_need(on, 0), mc_on_in(on, 2));
  mc_val *w = mc_quant_centred(on, mc_on_need(on, 1), of_filters(on, mc_on_in(on, 3)));
  mc_on_set(on, 0, mc_quant_conv(on, x, w));
}

/* One number for each channel of the result. */
static mc_val *of_channels(mc_on *on, mc_val *parameter) {
  const int64_t behind[] = {1, 2};
  return parameter != NULL && parameter->shape.rank == 1 ? mc_ge_unsqueeze(on, parameter, behind, 2) : parameter;
}

static void map_qlinear_conv(mc_on *on) {
  mc_val *x = mc_quant_centred(on, mc_on_need(on, 0), mc_on_need(on, 2));
  mc_val *w = mc_quant_centred(on, mc_on_need(on, 3), of_filters(on, mc_on_need(on, 5)));
  mc_val *y = mc_quant_conv(on, x, w);
  mc_val *bias = of_channels(on, mc_on_in(on, 8));
  y = bias == NULL ? y : mc_ge_2(on, "Add", y, bias);
  mc_on_set(on, 0, rescaled(on, y, mc_on_need(on, 1), of_channels(on, mc_on_need(on, 4)), mc_on_need(on, 6),
                            mc_on_need(on, 7)));
}

static const mc_on_rule kRules[] = {
    {"QuantizeLinear", 10, 0, map_quantize, NULL, 0},
    {"DequantizeLinear", 10, 0, map_dequantize, NULL, 0},
    {"DynamicQuantizeLinear", 11, 0, map_dynamic, NULL, 0},
    {"MatMulInteger", 10, 0, map_matmul_integer, NULL, 0},
    {"QLinearMatMul", 10, 0, map_qlinear_matmul, NULL, 0},
    {"ConvInteger", 10, 0, map_conv_integer, NULL, 0},
    {"QLinearConv", 10, 0, map_qlinear_conv, NULL, 0},
};

MC_ON_FAMILY(quant, kRules);
