/* Axes as ONNX gives them: an attribute in old opsets, an input that may be known at run time only in new ones. */
#ifndef MC_ONNX_AXES_H
#define MC_ONNX_AXES_H

#include "onnx/map.h"

/* The axes, as an int64 vector: attribute `axes` or input `input`; NULL when the node has neither. */
mc_val *mc_on_axes(mc_on *on, int input);

/* Their numbers in [0, rank), when they are known while importing; NULL otherwise. */
const int64_t *mc_known_axes(mc_on *on, mc_val *axes, int rank, int *count);

/* Vectors of int64, computed in the graph when they have to be. */
mc_val *mc_all_axes(mc_on *on, mc_val *x);                           /* 0 .. rank - 1 */
mc_val *mc_wrapped(mc_on *on, mc_val *numbers, mc_val *length);      /* negative ones count from the end */
mc_val *mc_is_axis(mc_on *on, mc_val *axes, int rank);               /* bool [rank]: named by the axes */
mc_val *mc_dim(mc_on *on, mc_val *x, int64_t axis);                  /* a vector of one number */
mc_val *mc_as_vector(mc_on *on, mc_val *x);                          /* [-1] */
mc_val *mc_as_scalar(mc_on *on, mc_val *x);                          /* [] */
mc_val *mc_count_to(mc_on *on, mc_val *limit);                       /* 0 .. limit - 1; limit a scalar int64 */

#endif
