/* Three-dimensional convolutions, plain and transposed, as one geometry. */
#ifndef MC_OPS_CONV3D_H
#define MC_OPS_CONV3D_H

#include "ops/op.h"

/* Directions are depth, height and width, in this order. */
typedef struct mc_conv3d {
  bool channels_last;
  int64_t n, c, oc;
  int64_t groups, gc, goc;               /* channels of x and y per group */
  int64_t length[3], out[3], window[3];  /* x, y, filter */
  int64_t stride[3], dilation[3];
  int64_t before[3];                     /* zeros before x */
  int64_t apart[3];                      /* how far apart x's elements come to lie: transposed convolutions */
  int64_t padded[3];                     /* the length of x with zeros */
  /* Element strides of the filter, and where the element of its first tap is: a transposed convolution
   * mirrors it. */
  int64_t f_group, f_out, f_in, f_tap[3], f_first;
  int x, filter, bias; /* inputs; bias -1: none */
} mc_conv3d;

/* Reads a plain convolution, and a transposed one. */
int mc_conv3d_read(const mc_op_call *call, mc_conv3d *g);
int mc_conv3d_read_transposed(const mc_op_call *call, mc_conv3d *g);

/* What both readings share. */
int mc_conv3d_read_image(const mc_op_call *call, mc_conv3d *g);
/* Five values in the image's layout; ones when the attribute may be left out and is. */
int mc_conv3d_triple(const mc_op_call *call, const char *name, bool required, bool channels_last,
                     int64_t values[3]);
/* Strides of the filter, and its dims: out and in as the filter has them. */
int mc_conv3d_filter(const mc_op_call *call, mc_conv3d *g, int64_t *outs, int64_t *ins, int64_t strides[5]);
int mc_conv3d_check_rest(const mc_op_call *call, const mc_conv3d *g, int offset_slot);

int mc_conv3d_prepare(mc_op_call *call, const mc_conv3d *g);
/* int8 with int32 sums; call->state is the mc_conv3d. */
mc_op_run mc_conv3d_run_ints;

#endif
