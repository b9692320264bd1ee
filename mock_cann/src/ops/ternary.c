/* Elementwise operators of two to four broadcast operands that mix a product and a sum: Lerp, Addcmul, Addcdiv,
 * AxpyV2, Adds, Muls, ThresholdV2. 16-bit floats are computed in float, integers modulo 2^64. */
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/map.h"

enum { LERP, ADDCMUL, ADDCDIV, AXPY, ADDS, MULS, THRESHOLD, KINDS };
enum { REAL32, REAL64, WHOLE, LANES };

#define KERNEL(name, type, expression)                                                                       \
  static void tile_##name(const mc_op_call *call, const void *const *in, void *out, int64_t n,               \
                          uint32_t scalars) {                                                                \
    const float p0 = ((const mc_map_params *)call->state)->p[0];                                             \
    const type *x[4];                                                                                        \
    for (int k = 0; k < 4; ++k) {                                                                            \
      x[k] = in[k < call->n_in ? k : 0];                                                                     \
    }                                                                                                        \
    for (int64_t i = 0; i < n; ++i) {                                                                        \
      const type a = x[0][scalars & 1 ? 0 : i];                                                              \
      const type b = x[1][scalars & 2 || call->n_in < 2 ? 0 : i];                                            \
      const type c = call->n_in > 2 && !call->in[2].present ? 0 : x[2][scalars & 4 || call->n_in < 3 ? 0 : i]; \
      const type d = x[3][scalars & 8 || call->n_in < 4 ? 0 : i];                                            \
      (void)p0, (void)a, (void)b, (void)c, (void)d;                                                          \
      ((type *)out)[i] = (type)(expression);                                                                 \
    }                                                                                                        \
  }

#define REALS(name, expression)                                                                              \
  KERNEL(name##_f32, float, expression)                                                                      \
  KERNEL(name##_f64, double, expression)

REALS(lerp, a + c * (b - a))
REALS(addcmul, a + d * (b * c))
REALS(addcdiv, a + d * (b / c))
REALS(axpy, a + c * b)
REALS(adds, a + p0)
REALS(muls, a *p0)
REALS(threshold, a > b ? a : c)
KERNEL(addcmul_i64, int64_t, (uint64_t)a + (uint64_t)d * ((uint64_t)b * (uint64_t)c))
KERNEL(addcdiv_i64, int64_t,
       (uint64_t)a + (c == 0 ? 0 : c == -1 ? 0 - (uint64_t)d * (uint64_t)b : (uint64_t)((int64_t)((uint64_t)d * (uint64_t)b) / c)))
KERNEL(axpy_i64, int64_t, (uint64_t)a + (uint64_t)c * (uint64_t)b)
KERNEL(adds_i64, int64_t, (uint64_t)a + (uint64_t)(int64_t)p0)
KERNEL(muls_i64, int64_t, (uint64_t)a * (uint64_t)(int64_t)p0)
KERNEL(threshold_i64, int64_t, a > b ? a : c)

static mc_op_tile *const kKernels[KINDS][LANES] = {
    [LERP] = {tile_lerp_f32, tile_lerp_f64, NULL},
    [ADDCMUL] = {tile_addcmul_f32, tile_addcmul_f64, tile_addcmul_i64},
    [ADDCDIV] = {tile_addcdiv_f32, tile_addcdiv_f64, tile_addcdiv_i64},
    [AXPY] = {tile_axpy_f32, tile_axpy_f64, tile_axpy_i64},
    [ADDS] = {tile_adds_f32, tile_adds_f64, tile_adds_i64},
    [MULS] = {tile_muls_f32, tile_muls_f64, tile_muls_i64},
    [THRESHOLD] = {tile_threshold_f32, tile_threshold_f64, tile_threshold_i64},
};

/* The result has input 0's type and the shape all broadcast to; AxpyV2's is float where its operands differ. */
static int infer_ternary(mc_op_call *call) {
  char text_a[MC_SHAPE_TEXT];
  char text_b[MC_SHAPE_TEXT];
  const bool promotes = call->def->variant == AXPY;
  call->out[0].desc = call->in[0].desc;
  mc_shape *shape = &call->out[0].desc.shape;
  for (int i = 1; i < call->n_in; ++i) {
    const mc_desc *other = &call->in[i].desc;
    if (!call->in[i].present) {
      continue;
    }
    if (mc_broadcast(shape, &other->shape, shape) != 0) {
      return mc_op_error(call, "inputs with shapes %.100s and %.100s do not broadcast",
                         mc_shape_text(&call->in[0].desc.shape, text_a), mc_shape_text(&other->shape, text_b));
    }
    int *dtype = &call->out[0].desc.dtype;
    if (other->dtype == *dtype) {
      continue;
    }
    const bool scalar = i == 3 && mc_shape_count(&other->shape) == 1; /* Addcmul's value may have a type of its own */
    if (!promotes && !scalar) {
      return mc_op_error(call, "inputs 0 and %d have dtypes %s and %s; they must be equal", i,
                         mc_dtype_name(call->in[0].desc.dtype), mc_dtype_name(other->dtype));
    }
    if (promotes) {
      *dtype = *dtype == MC_INT32 ? other->dtype : other->dtype == MC_INT32 ? *dtype : MC_FLOAT;
    }
  }
  return mc_check_sizes(call);
}

static int prepare_ternary(mc_op_call *call) {
  const int stored = call->out[0].desc.dtype;
  const int lane = stored == MC_DOUBLE ? REAL64 : mc_dtype_is_float(stored) ? REAL32 : WHOLE;
  static const int kComputed[] = {MC_FLOAT, MC_DOUBLE, MC_INT64};
  const int dtype = kComputed[lane];
  const bool left_out = call->n_in == 3 && !call->in[2].present;
  const bool by_value = call->def->variant == ADDS || call->def->variant == MULS;
  const mc_attr *value = mc_attrs_find(call->attrs, "value");
  if (by_value && (value == NULL || value->kind != MC_ATTR_FLOAT)) {
    return mc_op_error(call, "attribute value is required and must be a number");
  }
  if (by_value && lane == WHOLE && !(value->f > -0x1p63f && value->f < 0x1p63f)) {
    return mc_op_error(call, "attribute value is %g, which no integer is", (double)value->f);
  }
  const mc_map_spec spec = {.kernel = kKernels[call->def->variant][lane],
                            .in_dtype = {dtype, dtype, left_out ? call->in[2].desc.dtype : dtype, dtype},
                            .out_dtype = dtype,
                            .ps = 600,
                            .p = {by_value ? value->f : 0}};
  return mc_map_prepare(call, &spec);
}

#define SMALL                                                                                                \
  (MC_T_FLOATS | MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_INT32) | MC_DTYPE_BIT(MC_UINT8) |                   \
   MC_DTYPE_BIT(MC_INT64))
#define OP(name, in, types, kind, prepare_function)                                                          \
  {.type = (name), .inputs = (in), .outputs = "y", .dtypes = (types), .flags = MC_OP_ELEMENTWISE,            \
   .inplace = 1, .infer = infer_ternary, .prepare = (prepare_function), .tile = mc_map_tile, .variant = (kind)}

static const mc_op_def kOps[] = {
    OP("Lerp", "start end weight", MC_T_FLOATS, LERP, prepare_ternary),
    OP("Addcmul", "input_data x1 x2 value", SMALL | MC_DTYPE_BIT(MC_DOUBLE), ADDCMUL, prepare_ternary),
    OP("Addcdiv", "input_data x1 x2 value", MC_T_FLOATS64 | MC_DTYPE_BIT(MC_INT64), ADDCDIV, prepare_ternary),
    OP("AxpyV2", "x1 x2 alpha", MC_T_FLOATS | MC_DTYPE_BIT(MC_INT32), AXPY, prepare_ternary),
    OP("Adds", "x", MC_T_FLOATS | MC_DTYPE_BIT(MC_INT16) | MC_DTYPE_BIT(MC_INT32), ADDS, prepare_ternary),
    OP("Muls", "x", MC_T_FLOATS | MC_DTYPE_BIT(MC_INT16) | MC_T_INDEX, MULS, prepare_ternary),
    /* Not for fusion, which knows no operand that is left out. */
    {.type = "ThresholdV2", .inputs = "x threshold value?", .outputs = "y", .dtypes = SMALL, .inplace = 1,
     .infer = infer_ternary, .prepare = prepare_ternary, .variant = THRESHOLD},
};
MC_OP_FAMILY(ternary, kOps);
