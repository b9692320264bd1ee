/* The part of in[0] that the operators of strided slices name. */
#ifndef MC_OPS_SLICE_VIEW_H
#define MC_OPS_SLICE_VIEW_H

#include "ops/op.h"

typedef struct mc_slice_view {
  mc_shape shape;
  int64_t src[MC_MAX_RANK]; /* strides in elements, of either sign; 0 for new axes */
  int64_t first;            /* the element at which it begins */
} mc_slice_view;

/* Reads begin, end, strides, axes and masks, from inputs or attributes as call->def->type has them. */
int mc_slice_find(const mc_op_call *call, mc_slice_view *view);

#endif
