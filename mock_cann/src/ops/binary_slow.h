/* Operations of two operands that do not vectorise: integer division and what libm computes. */
#ifndef MC_OPS_BINARY_SLOW_H
#define MC_OPS_BINARY_SLOW_H

#include "ops/isa/map.h"

typedef enum mc_binary_slow_kind {
  MC_SLOW_TRUNCATE_DIV,
  MC_SLOW_FLOOR_DIV,
  MC_SLOW_TRUNCATE_MOD,
  MC_SLOW_FLOOR_MOD,
  MC_SLOW_POW,
  MC_SLOW_ATAN2,
  MC_SLOW_XLOGY,
  MC_SLOW_XDIVY,
  MC_SLOW_LEFT_SHIFT,
  MC_SLOW_RIGHT_SHIFT,
  MC_SLOW_COUNT
} mc_binary_slow_kind;

/*
 * NULL where an operation has no meaning for a type. Integers divided by zero give 0, quotient and remainder;
 * the lowest number divided by -1 wraps to itself. An integer power with a negative exponent is the truncated
 * quotient (0 unless the base is 1 or -1). Shifts by the width or more give 0, or -1 for negative numbers to
 * the right.
 */
extern mc_op_tile *const mc_binary_slow[MC_SLOW_COUNT][MC_LANE_NATIVE];

/* x1 * x1 in float; x2 is not read. */
mc_op_tile mc_pow_two;

#endif
