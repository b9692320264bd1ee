/* Elementwise kernels: which there are and how they find their parameters. */
#ifndef MC_OPS_ISA_MAP_H
#define MC_OPS_ISA_MAP_H

#include "ops/convert.h"
#include "ops/op.h"

/* call->state of every elementwise operator begins with this. */
typedef struct mc_map_params {
  float p[4];
  mc_convert *convert; /* of Cast */
} mc_map_params;

/* Functions of one floating-point number and up to three parameters p0, p1, p2. */
#define MC_UNARY_FLOAT(X)                                                                                    \
  X(ABS) X(NEG) X(SIGN) X(EXP) X(EXP_SCALED) X(EXPM1) X(LOG) X(LOG_SCALED) X(LOG1P) X(SQRT) X(RSQRT)         \
  X(SQUARE) X(RECIPROCAL) X(FLOOR) X(CEIL) X(ROUND) X(TRUNC) X(TAN) X(SINH) X(COSH) X(ASIN)    \
  X(ACOS) X(ATAN) X(ASINH) X(ACOSH) X(ATANH) X(ERF) X(ERFC) X(SIGMOID) X(LOG_SIGMOID) X(TANH) X(RELU)        \
  X(RELU6) X(LEAKY_RELU) X(ELU) X(CELU) X(SELU) X(SOFTPLUS) X(SOFTSIGN) X(GELU) X(FAST_GELU) X(SWISH)        \
  X(HARD_SWISH) X(HARD_SIGMOID) X(MISH) X(HARD_SHRINK) X(SOFT_SHRINK) X(THRESHOLDED_RELU) X(POWER)           \
  X(POWER_SQUARE) X(AFFINE) X(ROUND_SCALED) X(ERFINV) X(NDTRI) X(DIGAMMA) X(LGAMMA) X(NAN_TO_NUM) X(SHRINK)   \
  X(RELU_TO)

typedef enum mc_unary {
#define X(name) MC_UNARY_##name,
  MC_UNARY_FLOAT(X)
#undef X
      MC_UNARY_SIN,
  MC_UNARY_COS, /* these two are written by hand in float */
      MC_UNARY_COUNT
} mc_unary;

/* Exact on integers too; the only ones that integer lanes have. */
#define MC_UNARY_INTEGER(X) X(ABS) X(NEG) X(SIGN) X(SQUARE) X(RELU) X(RELU6) X(ROUND)

typedef struct mc_unary_table {
  mc_op_tile *f32[MC_UNARY_COUNT];
} mc_unary_table;

typedef enum mc_binary {
  MC_BINARY_ADD,
  MC_BINARY_SUB,
  MC_BINARY_MUL,
  MC_BINARY_DIV,
  MC_BINARY_MAX,
  MC_BINARY_MIN,
  MC_BINARY_SQUARED_DIFFERENCE,
  MC_BINARY_AND,
  MC_BINARY_OR,
  MC_BINARY_XOR,
  MC_BINARY_AXPY, /* x1 + p0 * x2 */
  MC_BINARY_DIV_NO_NAN,
  MC_BINARY_PRELU,
  MC_BINARY_EQUAL, /* from here the result is uint8 0 or 1 */
  MC_BINARY_NOT_EQUAL,
  MC_BINARY_LESS,
  MC_BINARY_LESS_EQUAL,
  MC_BINARY_GREATER,
  MC_BINARY_GREATER_EQUAL,
  MC_BINARY_NEAR, /* |x1 - x2| < p0 */
  MC_BINARY_COUNT
} mc_binary;

/* NULL where an operation has no kernel for the type. */
typedef struct mc_binary_table {
  mc_op_tile *at[MC_BINARY_COUNT][MC_LANE_NATIVE];
} mc_binary_table;

/* min(max(x, low), high) in the lane's type, and condition ? a : b by element size 1, 2, 4, 8 (index 0..3).
 */
typedef struct mc_choose_table {
  mc_op_tile *clip[MC_LANE_NATIVE];
  mc_op_tile *select[4];
} mc_choose_table;

#endif
