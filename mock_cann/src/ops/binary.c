/* Arithmetic of two broadcast operands. */
#include "ops/binary_slow.h"
#include "ops/family.h"
#include "ops/isa.h"
#include "ops/map.h"

MC_ISA_DECLARE(mc_binary_table, mc_binary_kernels);

static int prepare_with(mc_op_call *call, mc_op_tile *kernel, int dtype, uint32_t ps, float p0) {
  const mc_map_spec spec = {
      .kernel = kernel, .in_dtype = {dtype, dtype}, .out_dtype = dtype, .ps = ps, .p = {p0}};
  return mc_map_prepare(call, &spec);
}

/* The operation computed in the type of the result; what has a vector kernel uses it. */
static int prepare_fast(mc_op_call *call) {
  const int dtype = mc_compute_dtype(call->out[0].desc.dtype);
  mc_op_tile *kernel = MC_ISA_PICK(mc_binary_kernels)->at[call->def->variant][mc_lane_of(dtype)];
  return prepare_with(call, kernel, dtype, 200, 0);
}

static int prepare_slow(mc_op_call *call) {
  const int dtype = mc_compute_dtype(call->out[0].desc.dtype);
  return prepare_with(call, mc_binary_slow[call->def->variant][mc_lane_of(dtype)], dtype, 6000, 0);
}

/* Division: floats have a vector kernel, integers truncate. */
static int prepare_div(mc_op_call *call) {
  const int dtype = mc_compute_dtype(call->out[0].desc.dtype);
  const mc_lane lane = mc_lane_of(dtype);
  mc_op_tile *fast = MC_ISA_PICK(mc_binary_kernels)->at[call->def->variant][lane];
  return fast != NULL ? prepare_with(call, fast, dtype, 300, 0)
                      : prepare_with(call, mc_binary_slow[MC_SLOW_TRUNCATE_DIV][lane], dtype, 2000, 0);
}

static int prepare_axpy(mc_op_call *call) {
  const int dtype = mc_compute_dtype(call->out[0].desc.dtype);
  mc_op_tile *kernel = MC_ISA_PICK(mc_binary_kernels)->at[MC_BINARY_AXPY][mc_lane_of(dtype)];
  return prepare_with(call, kernel, dtype, 250, mc_attrs_float(call->attrs, "alpha", 1.0f));
}

/* x1 ^ x2; the exponent 2, known while compiling, is a multiplication. */
static int prepare_pow(mc_op_call *call) {
  const mc_op_value *exponent = &call->in[1];
  const bool two = exponent->value != NULL && mc_shape_count(&exponent->desc.shape) == 1 &&
                   exponent->desc.dtype == MC_FLOAT && *(const float *)exponent->value == 2.0f;
  if (!two || call->out[0].desc.dtype != MC_FLOAT) {
    return prepare_slow(call);
  }
  return prepare_with(call, mc_pow_two, MC_FLOAT, 200, 0);
}

static int width_of(int dtype) { return (int)mc_dtype_size(dtype); }

/* The type both operands convert to without losing range: floats win over integers, the wider over the
 * narrower. */
static int promoted(int a, int b) {
  if (a == b) {
    return a;
  }
  const bool fa = mc_dtype_is_float(a);
  const bool fb = mc_dtype_is_float(b);
  if (fa && fb) {
    return width_of(a) == width_of(b) ? MC_FLOAT : width_of(a) > width_of(b) ? a : b;
  }
  if (fa != fb) {
    return fa ? a : b;
  }
  if (a == MC_BOOL || b == MC_BOOL) {
    return a == MC_BOOL ? b : a;
  }
  if (width_of(a) != width_of(b)) {
    const int wide = width_of(a) > width_of(b) ? a : b;
    const int narrow = wide == a ? b : a;
    /* An unsigned type cannot hold a narrower signed one; the prototypes have no wider unsigned than uint16.
     */
    return MC_T_UNSIGNED >> wide & 1 && MC_T_SIGNED >> narrow & 1 ? MC_INT32 : wide;
  }
  return width_of(a) == 1 ? MC_INT16 : width_of(a) == 2 ? MC_INT32 : MC_INT64;
}

/* Mul and Pow accept different types and promote. */
static int infer_promoted(mc_op_call *call) {
  const int second = call->in[1].desc.dtype;
  if (!(call->def->dtypes >> second & 1)) {
    return mc_op_error(call, "input x2 has dtype %s, which is not supported", mc_dtype_name(second));
  }
  mc_shape shape;
  if (mc_broadcast(&call->in[0].desc.shape, &call->in[1].desc.shape, &shape) != 0) {
    return mc_infer_broadcast(call); /* the same rule, with its message */
  }
  call->out[0].desc = call->in[0].desc;
  call->out[0].desc.shape = shape;
  call->out[0].desc.dtype = promoted(call->in[0].desc.dtype, second);
  return 0;
}

/* PRelu's weight is one number, one per channel (axis 1), or broadcasts as it is. */
static mc_shape prelu_weight_shape(const mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  mc_shape weight = call->in[1].desc.shape;
  if (weight.rank == 1 && x->rank > 2 && weight.dims[0] == x->dims[1]) {
    weight.rank = x->rank - 1;
    for (int i = 1; i < weight.rank; ++i) {
      weight.dims[i] = 1;
    }
  }
  return weight;
}

static int infer_prelu(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape weight = prelu_weight_shape(call);
  mc_shape shape;
  char text_x[MC_SHAPE_TEXT];
  char text_weight[MC_SHAPE_TEXT];
  if (call->in[0].desc.dtype != call->in[1].desc.dtype) {
    return mc_infer_broadcast(call);
  }
  if (mc_broadcast(x, &weight, &shape) != 0 || !mc_shape_equal(&shape, x)) {
    return mc_op_error(
        call, "input weight has shape %.80s; for x of shape %.80s it must be one number or one per channel",
        mc_shape_text(&call->in[1].desc.shape, text_weight), mc_shape_text(x, text_x));
  }
  call->out[0].desc = call->in[0].desc;
  return 0;
}

static int prepare_prelu(mc_op_call *call) {
  const int dtype = mc_compute_dtype(call->out[0].desc.dtype);
  const mc_shape weight = prelu_weight_shape(call);
  const mc_map_spec spec = {.kernel = MC_ISA_PICK(mc_binary_kernels)->at[MC_BINARY_PRELU][mc_lane_of(dtype)],
                            .in_dtype = {dtype, dtype},
                            .out_dtype = dtype,
                            .ps = 200,
                            .shapes = {NULL, &weight}};
  return mc_map_prepare(call, &spec);
}

/* The value broadcasts to what it updates. */
static int infer_update(mc_op_call *call) {
  char text_ref[MC_SHAPE_TEXT];
  char text_value[MC_SHAPE_TEXT];
  const int status = mc_infer_broadcast(call);
  if (status == 0 && !mc_shape_equal(&call->out[0].desc.shape, &call->in[0].desc.shape)) {
    return mc_op_error(call, "value of shape %.80s does not fit into what it updates, of shape %.80s",
                       mc_shape_text(&call->in[1].desc.shape, text_value),
                       mc_shape_text(&call->in[0].desc.shape, text_ref));
  }
  return status;
}

#define I8 MC_DTYPE_BIT(MC_INT8)
#define I16 MC_DTYPE_BIT(MC_INT16)
#define I32 MC_DTYPE_BIT(MC_INT32)
#define I64 MC_DTYPE_BIT(MC_INT64)
#define U8 MC_DTYPE_BIT(MC_UINT8)
#define U16 MC_DTYPE_BIT(MC_UINT16)
#define TO_U16 (MC_T_SIGNED | U8 | U16)

#define BINARY(name, kind, types, infer_function, prepare_function)                                          \
  {.type = (name), .inputs = "x1 x2", .outputs = "y", .dtypes = (types), .flags = MC_OP_ELEMENTWISE,         \
   .inplace = 3, .infer = (infer_function), .prepare = (prepare_function), .tile = mc_map_tile,              \
   .variant = (kind)}
#define FAST(name, kind, types) BINARY(name, MC_BINARY_##kind, types, mc_infer_broadcast, prepare_fast)
#define SLOW(name, kind, types) BINARY(name, MC_SLOW_##kind, types, mc_infer_broadcast, prepare_slow)
#define DIV(name, kind, types) BINARY(name, MC_BINARY_##kind, types, mc_infer_broadcast, prepare_div)

#define UPDATE(name, ref, kind, types)                                                                       \
  {.type = (name), .inputs = ref " value", .outputs = ref, .dtypes = (types), .flags = MC_OP_REF,            \
   .inplace = 1, .infer = infer_update, .prepare = prepare_fast, .variant = MC_BINARY_##kind}

static const mc_op_def kOps[] = {
    UPDATE("AssignAdd", "ref", ADD, MC_T_NUMBERS),
    UPDATE("AssignSub", "var", SUB, MC_T_NUMBERS),
    FAST("Add", ADD, MC_T_FLOATS64 | MC_T_SIGNED | U8 | MC_T_BOOL),
    FAST("AddV2", ADD, MC_T_FLOATS64 | MC_T_SIGNED | U8),
    FAST("Sub", SUB, MC_T_FLOATS64 | TO_U16),
    BINARY("Mul", MC_BINARY_MUL, MC_T_FLOATS64 | TO_U16 | MC_T_BOOL, infer_promoted, prepare_fast),
    DIV("Div", DIV, MC_T_FLOATS64 | TO_U16),
    DIV("RealDiv", DIV, MC_T_FLOATS64 | TO_U16),
    DIV("DivNoNan", DIV_NO_NAN, MC_T_FLOATS64 | I8 | I32 | U8),
    SLOW("TruncateDiv", TRUNCATE_DIV, MC_T_FLOATS64 | TO_U16),
    SLOW("FloorDiv", FLOOR_DIV, MC_T_FLOATS64 | TO_U16),
    SLOW("FloorMod", FLOOR_MOD, MC_T_FLOATS64 | I32 | I64),
    SLOW("Mod", TRUNCATE_MOD, MC_T_FLOATS64 | I8 | I32 | I64 | U8),
    SLOW("TruncateMod", TRUNCATE_MOD, MC_T_FLOATS64 | I8 | I32 | I64 | U8),
    FAST("Maximum", MAX, MC_T_FLOATS64 | I8 | I32 | I64),
    FAST("Minimum", MIN, MC_T_FLOATS64 | I8 | I32 | I64),
    BINARY("Pow", MC_SLOW_POW, MC_T_FLOATS64 | MC_T_SIGNED | U8, infer_promoted, prepare_pow),
    FAST("SquaredDifference", SQUARED_DIFFERENCE, MC_T_FLOATS64 | I32 | I64),
    FAST("BitwiseAnd", AND, MC_T_INTS),
    FAST("BitwiseOr", OR, MC_T_INTS),
    FAST("BitwiseXor", XOR, MC_T_INTS),
    SLOW("Atan2", ATAN2, MC_T_FLOATS64),
    SLOW("Xlogy", XLOGY, MC_T_FLOATS64),
    SLOW("Xdivy", XDIVY, MC_T_FLOATS64),
    BINARY("Axpy", MC_BINARY_AXPY, MC_T_FLOATS | I32, mc_infer_broadcast, prepare_axpy),
    {.type = "LeftShift", .inputs = "x y", .outputs = "z", .dtypes = MC_T_INTS, .flags = MC_OP_ELEMENTWISE,
     .inplace = 3, .infer = mc_infer_broadcast, .prepare = prepare_slow, .tile = mc_map_tile,
     .variant = MC_SLOW_LEFT_SHIFT},
    {.type = "RightShift", .inputs = "x y", .outputs = "z", .dtypes = MC_T_INTS, .flags = MC_OP_ELEMENTWISE,
     .inplace = 3, .infer = mc_infer_broadcast, .prepare = prepare_slow, .tile = mc_map_tile,
     .variant = MC_SLOW_RIGHT_SHIFT},
    {.type = "PRelu", .inputs = "x weight", .outputs = "y", .dtypes = MC_T_FLOATS, .flags = MC_OP_ELEMENTWISE,
     .inplace = 1, .infer = infer_prelu, .prepare = prepare_prelu, .tile = mc_map_tile},
};

MC_OP_FAMILY(binary, kOps);
