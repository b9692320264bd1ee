/* Mathematical functions of one operand. */
#include "ops/unary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops/family.h"
#include "ops/isa.h"

MC_ISA_DECLARE(mc_unary_table, mc_unary_kernels);

static uint32_t cost_of(mc_unary function) {
  switch (function) {
  case MC_UNARY_ABS:
  case MC_UNARY_NEG:
  case MC_UNARY_SIGN:
  case MC_UNARY_SQUARE:
  case MC_UNARY_RELU:
  case MC_UNARY_RELU6:
  case MC_UNARY_LEAKY_RELU:
  case MC_UNARY_FLOOR:
  case MC_UNARY_CEIL:
  case MC_UNARY_ROUND:
  case MC_UNARY_TRUNC:
  case MC_UNARY_AFFINE: return 150;
  case MC_UNARY_TAN:
  case MC_UNARY_SINH:
  case MC_UNARY_COSH:
  case MC_UNARY_ASIN:
  case MC_UNARY_ACOS:
  case MC_UNARY_ATAN:
  case MC_UNARY_ASINH:
  case MC_UNARY_ACOSH:
  case MC_UNARY_ATANH:
  case MC_UNARY_ERFC:
  case MC_UNARY_LGAMMA:
  case MC_UNARY_POWER: return 10000;
  case MC_UNARY_ERFINV:
  case MC_UNARY_NDTRI:
  case MC_UNARY_DIGAMMA: return 100000;
  default: return 700;
  }
}

int mc_unary_prepare(mc_op_call *call, mc_unary function, const float *p) {
  const int stored = call->in[0].desc.dtype;
  const mc_lane lane = mc_lane_of(stored);
  mc_map_spec spec = {.in_dtype = {MC_FLOAT}, .out_dtype = MC_FLOAT, .ps = cost_of(function)};
  if (p != NULL) {
    memcpy(spec.p, p, sizeof(spec.p));
  }
  if (lane == MC_LANE_F64) {
    spec.kernel = mc_unary_f64[function];
    spec.in_dtype[0] = spec.out_dtype = MC_DOUBLE;
    spec.ps = spec.ps * 5;
  } else if (lane < MC_LANE_NATIVE && mc_unary_int[function][lane] != NULL) {
    spec.kernel = mc_unary_int[function][lane];
    spec.in_dtype[0] = spec.out_dtype = stored;
  } else {
    spec.kernel = MC_ISA_PICK(mc_unary_kernels)->f32[function];
  }
  return mc_map_prepare(call, &spec);
}

static int prepare_plain(mc_op_call *call) { return mc_unary_prepare(call, call->def->variant, NULL); }

/* y = base ^ (scale * x + shift); base -1 stands for e. */
static int prepare_exp(mc_op_call *call) {
  const float base = mc_attrs_float(call->attrs, "base", -1.0f);
  const float scale = mc_attrs_float(call->attrs, "scale", 1.0f);
  const float shift = mc_attrs_float(call->attrs, "shift", 0.0f);
  if (base != -1.0f && !(base > 0.0f)) {
    return mc_op_error(call, "attribute base is %g; it must be positive, or -1 for e", (double)base);
  }
  const bool plain = base == -1.0f && scale == 1.0f && shift == 0.0f;
  const float p[4] = {scale, shift, base == -1.0f ? 1.0f : (float)log((double)base), 0};
  return mc_unary_prepare(call, plain ? MC_UNARY_EXP : MC_UNARY_EXP_SCALED, p);
}

/* y = log_base(scale * x + shift). */
static int prepare_log(mc_op_call *call) {
  const float base = mc_attrs_float(call->attrs, "base", -1.0f);
  const float scale = mc_attrs_float(call->attrs, "scale", 1.0f);
  const float shift = mc_attrs_float(call->attrs, "shift", 0.0f);
  if (base != -1.0f && (!(base > 0.0f) || base == 1.0f)) {
    return mc_op_error(call, "attribute base is %g; it must be positive and not 1, or -1 for e",
                       (double)base);
  }
  const bool plain = base == -1.0f && scale == 1.0f && shift == 0.0f;
  const float p[4] = {scale, shift, base == -1.0f ? 1.0f : (float)(1.0 / log((double)base)), 0};
  return mc_unary_prepare(call, plain ? MC_UNARY_LOG : MC_UNARY_LOG_SCALED, p);
}

/* Integers have float logarithms. */
static int infer_log(mc_op_call *call) {
  call->out[0].desc = call->in[0].desc;
  if (!mc_dtype_is_float(call->in[0].desc.dtype)) {
    call->out[0].desc.dtype = MC_FLOAT;
  }
  return 0;
}

/* Half to even, at `decimals` places behind (or, when negative, before) the point. */
static int prepare_round(mc_op_call *call) {
  const int64_t decimals = mc_attrs_int(call->attrs, "decimals", 0);
  if (decimals == 0) {
    return mc_unary_prepare(call, MC_UNARY_ROUND, NULL);
  }
  if (decimals < -38 || decimals > 38) {
    return mc_op_error(call, "attribute decimals is %lld; it must be in [-38, 38]", (long long)decimals);
  }
  if (!mc_dtype_is_float(call->in[0].desc.dtype)) {
    return mc_op_error(call, "attribute decimals is %lld; it must be 0 for %s", (long long)decimals,
                       mc_dtype_name(call->in[0].desc.dtype));
  }
  const float p[4] = {(float)pow(10.0, (double)llabs(decimals)), decimals < 0 ? 1.0f : 0.0f, 0, 0};
  return mc_unary_prepare(call, MC_UNARY_ROUND_SCALED, p);
}

/* (scale * x + shift) ^ power. */
static int prepare_power(mc_op_call *call) {
  const float power = mc_attrs_float(call->attrs, "power", 1.0f);
  const float p[4] = {power, mc_attrs_float(call->attrs, "scale", 1.0f),
                      mc_attrs_float(call->attrs, "shift", 0.0f), 0};
  const mc_unary function = power == 1.0f   ? MC_UNARY_AFFINE
                            : power == 2.0f ? MC_UNARY_POWER_SQUARE
                                            : MC_UNARY_POWER;
  return mc_unary_prepare(call, function, p);
}

#define INT32_64 (MC_DTYPE_BIT(MC_INT32) | MC_DTYPE_BIT(MC_INT64))
#define INT8 MC_DTYPE_BIT(MC_INT8)
#define PLAIN(name, function, types) MC_UNARY_OP(name, MC_UNARY_##function, types, prepare_plain)

static const mc_op_def kOps[] = {
    PLAIN("Abs", ABS, MC_T_FLOATS64 | MC_T_SIGNED),
    PLAIN("Neg", NEG, MC_T_FLOATS64 | INT8 | INT32_64),
    PLAIN("Sign", SIGN, MC_T_FLOATS64 | INT32_64),
    MC_UNARY_OP("Exp", MC_UNARY_EXP, MC_T_FLOATS64, prepare_exp),
    PLAIN("Expm1", EXPM1, MC_T_FLOATS64),
    {.type = "Log", .inputs = "x", .outputs = "y", .flags = MC_OP_ELEMENTWISE, .inplace = 1,
     .dtypes = MC_T_FLOATS64 | MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8) | MC_T_BOOL, .infer = infer_log,
     .prepare = prepare_log, .tile = mc_map_tile},
    PLAIN("Log1p", LOG1P, MC_T_FLOATS64),
    PLAIN("Sqrt", SQRT, MC_T_FLOATS64),
    PLAIN("Rsqrt", RSQRT, MC_T_FLOATS64),
    PLAIN("Square", SQUARE, MC_T_FLOATS64 | INT32_64),
    PLAIN("Reciprocal", RECIPROCAL, MC_T_FLOATS64),
    PLAIN("Inv", RECIPROCAL, MC_T_FLOATS),
    PLAIN("Floor", FLOOR, MC_T_FLOATS64),
    PLAIN("Ceil", CEIL, MC_T_FLOATS64),
    PLAIN("Rint", ROUND, MC_T_FLOATS64),
    MC_UNARY_OP("Round", MC_UNARY_ROUND, MC_T_FLOATS64 | INT32_64, prepare_round),
    {.type = "Trunc", .inputs = "input_x", .outputs = "output_y", .flags = MC_OP_ELEMENTWISE, .inplace = 1,
     .dtypes = MC_T_FLOATS, .infer = mc_infer_same, .prepare = prepare_plain, .tile = mc_map_tile,
     .variant = MC_UNARY_TRUNC},
    PLAIN("Sin", SIN, MC_T_FLOATS64),
    PLAIN("Cos", COS, MC_T_FLOATS64),
    PLAIN("Tan", TAN, MC_T_FLOATS64),
    PLAIN("Sinh", SINH, MC_T_FLOATS64),
    PLAIN("Cosh", COSH, MC_T_FLOATS64),
    PLAIN("Asin", ASIN, MC_T_FLOATS64),
    PLAIN("Acos", ACOS, MC_T_FLOATS64),
    PLAIN("Atan", ATAN, MC_T_FLOATS64),
    PLAIN("Asinh", ASINH, MC_T_FLOATS64),
    PLAIN("Acosh", ACOSH, MC_T_FLOATS64),
    PLAIN("Atanh", ATANH, MC_T_FLOATS64),
    PLAIN("Erf", ERF, MC_T_FLOATS64),
    PLAIN("Erfc", ERFC, MC_T_FLOATS64),
    {.type = "Erfinv", .inputs = "input_x", .outputs = "output_y", .flags = MC_OP_ELEMENTWISE, .inplace = 1,
     .dtypes = MC_T_FLOATS, .infer = mc_infer_same, .prepare = prepare_plain, .tile = mc_map_tile,
     .variant = MC_UNARY_ERFINV},
    PLAIN("Ndtri", NDTRI, MC_T_FLOATS64),
    PLAIN("Digamma", DIGAMMA, MC_T_FLOATS64 & ~MC_DTYPE_BIT(MC_BF16)),
    PLAIN("Lgamma", LGAMMA, MC_T_FLOATS64 & ~MC_DTYPE_BIT(MC_BF16)),
    MC_UNARY_OP("Power", MC_UNARY_POWER, MC_T_FLOATS, prepare_power),
};

MC_OP_FAMILY(unary, kOps);
