/* Images with channels first, laid out so that every filter tap is a plain shift: padded with zeros, and cut
 * into one plane per phase of the stride, so that neighbouring outputs read neighbouring elements whatever
 * the stride is. */
#ifndef MC_OPS_IMAGE_H
#define MC_OPS_IMAGE_H

#include "ops/conv.h"

typedef struct mc_planes {
  int64_t rows, columns; /* of one plane; output (y, x) reads tap (r, c) at plane element (y + r', x + c') */
  int64_t row_phases, column_phases; /* phases that some tap uses */
  int64_t channel;                   /* elements of all planes of one channel */
} mc_planes;

/* Elements read behind the last plane by whole vectors. */
enum { MC_PLANES_SLACK = 64 };

/* False when sizes overflow. */
bool mc_planes_of(const mc_conv *g, mc_planes *planes);

/* Element of tap (row, column) for output (0, 0), from the start of its channel. */
int64_t mc_planes_tap(const mc_conv *g, const mc_planes *planes, int64_t row, int64_t column);

/* Fills the planes of the channel at x; `widened` has room for a row of x. */
void mc_planes_fill_channel(const mc_conv *g, const mc_planes *planes, const void *x, int dtype, float *widened,
                            float *to);

/* Fills the planes of all n * c channels; false when memory is exhausted. */
bool mc_planes_fill(const mc_conv *g, const void *x, int dtype, float *image);

#endif
