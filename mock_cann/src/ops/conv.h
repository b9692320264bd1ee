/* A two-dimensional convolution: its geometry, and the ways to compute it. */
#ifndef MC_OPS_CONV_H
#define MC_OPS_CONV_H

#include "ops/op.h"

struct mc_conv_job;

typedef struct mc_conv {
  bool channels_last;
  int64_t n, c, h, w;      /* x */
  int64_t oc, oh, ow;      /* y */
  int64_t kh, kw;          /* the filter's window */
  int64_t sh, sw, dh, dw;  /* strides and dilations */
  int64_t top, left;       /* padding before; what is behind shows in oh and ow */
  int64_t groups, gc, goc; /* channels of x and y per group */
  /* Element strides of the filter: group, output channel within it, input channel within it, row, column. */
  int64_t f_group, f_out, f_in, f_row, f_column;
  int64_t f_first; /* where its tap (0, 0) is; strides of a mirrored filter are negative */
  int bias;        /* index of the input, or -1 */
} mc_conv;

static inline int64_t mc_conv_taps(const mc_conv *g) {
  return g->kh * g->kw;
}
static inline int64_t mc_conv_depth(const mc_conv *g) {
  return g->gc * g->kh * g->kw;
}

/*
 * A way to convolve floats. Buffers are float: `image` as the way prepared it, `filter` as it packed it,
 * `offsets` as it planned them, `bias` with oc numbers or NULL.
 */
typedef struct mc_conv_way {
  bool taps_first; /* depth of the filter matrix is (row, column, channel), else (channel, row, column) */
  /* Floats that the packed filter and the prepared image of x's dtype take; image 0: x itself serves. False
   * when that overflows. */
  bool (*sizes)(const mc_conv *g, int dtype, int64_t *filter, int64_t *image);
  /* Fills one entry per filter tap and input channel of a group; NULL when the way needs none. */
  void (*offsets)(const mc_conv *g, int64_t *offsets);
  /* `matrix` is the filter as dense [groups][goc][depth]. */
  void (*pack)(const mc_conv *g, const float *matrix, float *filter);
  /* NULL: x as float. False when memory is exhausted. */
  bool (*image)(const mc_conv *g, const void *x, int dtype, float *image);
  /* y of `dtype`; false when memory is exhausted. */
  bool (*run)(const struct mc_conv_job *job);
} mc_conv_way;

typedef struct mc_conv_job {
  const mc_conv *g;
  const void *x; /* as given, of x_dtype; channels last if g says so */
  int x_dtype;
  const float *image, *filter, *bias;
  const int64_t *offsets;
  float low, high; /* y is kept between them */
  void *y;
  int dtype;
} mc_conv_job;

extern const mc_conv_way mc_conv_nchw, mc_conv_nhwc, mc_conv_depth_nchw, mc_conv_depth_nhwc, mc_conv_depth_strips,
    mc_conv_winograd;

/* Whether Winograd's way, which is for channels last, is right and faster for this geometry. */
bool mc_winograd_suits(const mc_conv *g);

/* Whether the way of strips can compute this depthwise convolution. */
bool mc_depth_strips_suit(const mc_conv *g);

/* Sets run, state and scratch of a convolution whose shapes have been checked. */
int mc_conv_prepare(mc_op_call *call, const mc_conv *g);

/* int8 images and filters, int32 sums; call->state is the mc_conv. */
mc_op_run mc_conv_run_ints;

#endif
