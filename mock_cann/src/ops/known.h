/* Outputs whose contents inference computes: shapes of tensors, and results whose own shape depends on what the
 * inputs hold. */
#ifndef MC_OPS_KNOWN_H
#define MC_OPS_KNOWN_H

#include "ops/op.h"

/* Describes output `index` and gives it memory for its contents, zeroed, from the plan's arena. NULL after
 * mc_op_error when its size overflows or memory is exhausted. */
void *mc_known_output(mc_op_call *call, int index, int dtype, const mc_shape *shape);

/* Copies the outputs' contents: the `kernel` of such operators. */
mc_op_run mc_run_known;

/* An attribute that holds a type, as GE writes it: a type, or its number. */
int mc_attr_type(const mc_op_call *call, const char *name, int fallback);

/* attribute `name` as a type of indices, DT_INT32 or DT_INT64. */
int mc_index_type(const mc_op_call *call, const char *name, int fallback, int *dtype);

#endif
