/* An einsum equation over given operands: labels, their sizes, and how far a step along each goes in every
 * operand. */
#ifndef MC_OPS_EINSUM_H
#define MC_OPS_EINSUM_H

#include "ops/op.h"

enum { MC_EINSUM_OPERANDS = 8, MC_EINSUM_LABELS = 52 + MC_MAX_RANK };

typedef struct mc_einsum {
  int operands;
  int out_rank, sums;              /* labels of the result, and those summed over, behind them */
  int64_t sizes[MC_EINSUM_LABELS]; /* in the order of the result, then the summed ones */
  int64_t steps[MC_EINSUM_OPERANDS]
               [MC_EINSUM_LABELS]; /* strides in elements; 0 where an operand lacks a label */
} mc_einsum;

/* Reads the attribute equation for the call's inputs; says why it does not fit with mc_op_error. */
int mc_einsum_parse(const mc_op_call *call, mc_einsum *e);

#endif
