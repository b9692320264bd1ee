/* Transposed convolutions in their spellings. */
#ifndef MC_OPS_CONV_TRANSPOSE_H
#define MC_OPS_CONV_TRANSPOSE_H

#include "ops/conv.h"

/* Which inputs are what; -1: there is none. */
typedef struct mc_transpose_roles {
  int x, filter, size, bias;
} mc_transpose_roles;

/* Deconvolution: Caffe's spelling, without a size, with two strides. */
bool mc_transpose_is_caffe(const mc_op_call *call);

mc_transpose_roles mc_transpose_roles_of(const mc_op_call *call);

/* The convolution with stride 1 that computes the result, for x with zeros between its pixels; `g` has x's
 * own height and width, sh and sw say how far apart its pixels come to lie. */
int mc_transpose_read(const mc_op_call *call, const mc_transpose_roles *roles, mc_conv *g, int64_t *sh,
                      int64_t *sw);

#endif
