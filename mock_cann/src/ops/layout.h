/* Where images keep their channels: NCHW or NHWC, from the tensor's format or the operator's data_format. */
#ifndef MC_OPS_LAYOUT_H
#define MC_OPS_LAYOUT_H

#include "ops/op.h"

/*
 * The tensor's own format decides when it says NCHW or NHWC, else attribute data_format, else `fallback` (the
 * prototype's default). A data_format that was written and contradicts the tensor is an error; the default
 * cannot be told from a written one and gives way.
 */
int mc_layout(const mc_op_call *call, int input, const char *fallback, bool *channels_last);

/* The same for volumes: NCDHW or NDHWC. */
int mc_layout_volume(const mc_op_call *call, int input, const char *fallback, bool *channels_last);

/* Axes of an image of rank 4. */
static inline int mc_axis_c(bool channels_last) {
  return channels_last ? 3 : 1;
}
static inline int mc_axis_h(bool channels_last) {
  return channels_last ? 1 : 2;
}
static inline int mc_axis_w(bool channels_last) {
  return channels_last ? 2 : 3;
}

#endif
