/* Attributes and layouts that all convolutions share. */
#ifndef MC_OPS_CONV_ATTRS_H
#define MC_OPS_CONV_ATTRS_H

#include "ops/op.h"

/* Where a filter has its output channels, input channels, rows and columns. */
typedef struct mc_filter_axes {
  int out, in, row, column;
} mc_filter_axes;

/* From the format of in[input]; ND is what belongs to the image's layout. */
int mc_conv_filter_axes(const mc_op_call *call, int input, bool channels_last, mc_filter_axes *axes);

/* A list of four values in the image's layout, those of the batch and channel axes being 1; 1 and 1 when it
 * may be left out and is. */
int mc_conv_pair(const mc_op_call *call, const char *name, bool required, bool channels_last, int64_t *rows,
                 int64_t *columns);

#endif
