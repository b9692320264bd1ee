/* Operators of one operand, shared by the mathematical functions and the activations. */
#ifndef MC_OPS_UNARY_H
#define MC_OPS_UNARY_H

#include "ops/map.h"

extern mc_op_tile *const mc_unary_f64[MC_UNARY_COUNT];
extern mc_op_tile *const mc_unary_int[MC_UNARY_COUNT][MC_LANE_NATIVE];

/* Prepares y = function(x) with parameters p (4 numbers, or NULL). Types without a kernel of their own are
 * computed in float and converted. */
int mc_unary_prepare(mc_op_call *call, mc_unary function, const float *p);

/* A row of a family's table: y has x's type and shape. */
#define MC_UNARY_OP(name, function, types, prepare_function)                                                 \
  {.type = (name), .inputs = "x", .outputs = "y", .dtypes = (types), .flags = MC_OP_ELEMENTWISE,             \
   .inplace = 1, .infer = mc_infer_same, .prepare = (prepare_function), .tile = mc_map_tile,                 \
   .variant = (function)}

#endif
