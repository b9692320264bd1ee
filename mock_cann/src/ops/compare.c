/* Comparisons, logic and predicates: results are bool. */
#include <math.h>

#include "ops/family.h"
#include "ops/isa.h"
#include "ops/isa/name.h"
#include "ops/map.h"

MC_ISA_DECLARE(mc_binary_table, mc_binary_kernels);

static int infer_bool(mc_op_call *call) {
  const int status = mc_infer_broadcast(call);
  call->out[0].desc.dtype = MC_BOOL;
  return status;
}

/* The kernels write 0 and 1, which are bool already. */
static int prepare_comparison(mc_op_call *call) {
  const int dtype = mc_compute_dtype(call->in[0].desc.dtype);
  const mc_map_spec spec = {.kernel =
                                MC_ISA_PICK(mc_binary_kernels)->at[call->def->variant][mc_lane_of(dtype)],
                            .in_dtype = {dtype, dtype},
                            .out_dtype = MC_BOOL,
                            .ps = 200,
                            .p = {mc_attrs_float(call->attrs, "tolerance", 1e-5f)}};
  return mc_map_prepare(call, &spec);
}

/* Operands are normalised to 0 and 1 first: a stored bool may be any byte. */
static int prepare_logic(mc_op_call *call) {
  const mc_map_spec spec = {.kernel = MC_ISA_PICK(mc_binary_kernels)->at[call->def->variant][MC_LANE_U8],
                            .in_dtype = {MC_UINT8, MC_UINT8},
                            .out_dtype = MC_BOOL,
                            .ps = 100};
  return mc_map_prepare(call, &spec);
}

#define PREDICATE(name, type, result, expression)                                                            \
  static void name(const mc_op_call *call, const void *const *in, void *out, int64_t n, uint32_t scalars) {  \
    (void)call;                                                                                              \
    const type *p = in[0];                                                                                   \
    result *q = out;                                                                                         \
    const type first = p[0];                                                                                 \
    MC_EACH(i, n) {                                                                                          \
      const type x = scalars & 1 ? first : p[i];                                                             \
      q[i] = (result)(expression);                                                                           \
    }                                                                                                        \
  }

PREDICATE(nan_f32, float, uint8_t, x != x)
PREDICATE(nan_f64, double, uint8_t, x != x)
PREDICATE(inf_f32, float, uint8_t, fabsf(x) == INFINITY)
PREDICATE(inf_f64, double, uint8_t, fabs(x) == (double)INFINITY)
PREDICATE(finite_f32, float, uint8_t, fabsf(x) < INFINITY)
PREDICATE(finite_f64, double, uint8_t, fabs(x) < (double)INFINITY)
PREDICATE(not_u8, uint8_t, uint8_t, x == 0)
PREDICATE(invert_8, uint8_t, uint8_t, ~x)
PREDICATE(invert_16, uint16_t, uint16_t, ~x)
PREDICATE(invert_32, uint32_t, uint32_t, ~x)
PREDICATE(invert_64, uint64_t, uint64_t, ~x)

enum { IS_NAN, IS_INF, IS_FINITE };

static mc_op_tile *const kPredicates[3][2] = {
    {nan_f32, nan_f64}, {inf_f32, inf_f64}, {finite_f32, finite_f64}};

/* Integers are finite; they are asked as floats, which keep that. */
static int prepare_predicate(mc_op_call *call) {
  const bool wide = call->in[0].desc.dtype == MC_DOUBLE;
  const mc_map_spec spec = {.kernel = kPredicates[call->def->variant][wide],
                            .in_dtype = {wide ? MC_DOUBLE : MC_FLOAT},
                            .out_dtype = MC_BOOL,
                            .ps = 200};
  return mc_map_prepare(call, &spec);
}

static int prepare_not(mc_op_call *call) {
  const mc_map_spec spec = {.kernel = not_u8, .in_dtype = {MC_BOOL}, .out_dtype = MC_BOOL, .ps = 50};
  return mc_map_prepare(call, &spec);
}

static int prepare_invert(mc_op_call *call) {
  const int dtype = call->in[0].desc.dtype;
  const size_t size = mc_dtype_size(dtype);
  const mc_map_spec spec = {.kernel = size == 1   ? invert_8
                                      : size == 2 ? invert_16
                                      : size == 4 ? invert_32
                                                  : invert_64,
                            .in_dtype = {dtype},
                            .out_dtype = dtype,
                            .ps = 100};
  return mc_map_prepare(call, &spec);
}

#define COMPARISON(name, kind, types)                                                                        \
  {.type = (name), .inputs = "x1 x2", .outputs = "y", .dtypes = (types), .flags = MC_OP_ELEMENTWISE,         \
   .inplace = 3, .infer = infer_bool, .prepare = prepare_comparison, .tile = mc_map_tile,                    \
   .variant = MC_BINARY_##kind}
#define LOGIC(name, kind)                                                                                    \
  {.type = (name), .inputs = "x1 x2", .outputs = "y", .dtypes = MC_T_BOOL, .flags = MC_OP_ELEMENTWISE,       \
   .inplace = 3, .infer = mc_infer_broadcast, .prepare = prepare_logic, .tile = mc_map_tile,                 \
   .variant = MC_BINARY_##kind}
#define PREDICATE_OP(name, kind, types)                                                                      \
  {.type = (name), .inputs = "x", .outputs = "y", .dtypes = (types), .flags = MC_OP_ELEMENTWISE,             \
   .inplace = 1, .infer = infer_bool, .prepare = prepare_predicate, .tile = mc_map_tile, .variant = (kind)}

static const mc_op_def kOps[] = {
    COMPARISON("Equal", EQUAL, MC_T_FLOATS64 | MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8) | MC_T_BOOL),
    COMPARISON("NotEqual", NOT_EQUAL, MC_T_NUMBERS),
    COMPARISON("Less", LESS, MC_T_NUMBERS),
    COMPARISON("LessEqual", LESS_EQUAL, MC_T_NUMBERS),
    COMPARISON("Greater", GREATER, MC_T_NUMBERS),
    COMPARISON("GreaterEqual", GREATER_EQUAL, MC_T_NUMBERS),
    COMPARISON("ApproximateEqual", NEAR, MC_T_FLOATS64),
    LOGIC("LogicalAnd", AND),
    LOGIC("LogicalOr", OR),
    {.type = "LogicalNot", .inputs = "x", .outputs = "y", .dtypes = MC_T_BOOL, .flags = MC_OP_ELEMENTWISE,
     .inplace = 1, .infer = mc_infer_same, .prepare = prepare_not, .tile = mc_map_tile},
    {.type = "Invert", .inputs = "x", .outputs = "y", .dtypes = MC_T_INTS, .flags = MC_OP_ELEMENTWISE,
     .inplace = 1, .infer = mc_infer_same, .prepare = prepare_invert, .tile = mc_map_tile},
    PREDICATE_OP("IsNan", IS_NAN, MC_T_FLOATS64),
    PREDICATE_OP("IsInf", IS_INF, MC_T_FLOATS64),
    PREDICATE_OP("IsFinite", IS_FINITE, MC_T_ALL),
};

MC_OP_FAMILY(compare, kOps);
