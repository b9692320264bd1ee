/* Sets of axes as operators take them: from an attribute or from an input known while compiling. */
#ifndef MC_OPS_AXES_H
#define MC_OPS_AXES_H

#include "ops/op.h"

/* Bit d of *set: axis d of a tensor of `rank` is meant. Negative axes count from the end; an axis outside or
 * given twice is an error that names the argument. *count (may be NULL) receives the number of axes. */
int mc_axes_from_attr(const mc_op_call *call, const char *name, int rank, uint32_t *set, int *count);
int mc_axes_from_input(const mc_op_call *call, int slot, int rank, uint32_t *set, int *count);

/* A shape as an alternation of kept and reduced stretches: neighbours of one kind merged, dims of 1 dropped.
 */
typedef struct mc_axes_plan {
  int kept, reduced;                                             /* how many stretches */
  int64_t kept_dims[MC_MAX_RANK], kept_strides[MC_MAX_RANK];     /* outermost first, strides in elements */
  int64_t reduced_dims[MC_MAX_RANK], reduced_strides[MC_MAX_RANK];
  bool inner_reduced;                                            /* the innermost stretch is a reduced one */
  int64_t kept_count, reduced_count;                             /* products */
} mc_axes_plan;

void mc_axes_plan_make(mc_axes_plan *plan, const mc_shape *shape, uint32_t set);

#endif
