/* Depthwise convolution with square filters per instruction set: rows of one channel, spread out so that every tap is
 * a plain shift and whole vectors may be read, and the rows of the output from them. */
#ifndef MC_OPS_ISA_DEPTH_H
#define MC_OPS_ISA_DEPTH_H

#include "base/dtype.h"

enum { MC_DEPTH_SIZE_MAX = 5 };

/*
 * Rows after mc_depth_table's spread: every row is `stride` phases of `pitch` floats, a multiple of the vector; phase p
 * holds elements p, p + stride ... of the row, zeros behind them. As many zeros as a vector lie before the first row,
 * and two vectors of anything behind the last one: a shift may reach that far.
 */
typedef struct mc_depth_rows {
  int64_t pitch;
  int64_t shift[MC_DEPTH_SIZE_MAX]; /* of the filter's columns, from the start of the row */
  const float *filter;              /* size * size factors */
  float bias, low, high;            /* y is kept between them; what is no number stays none */
} mc_depth_rows;

/* `rows` rows of `n` outputs each, dense at y; x is the first row under the first output. */
typedef void mc_depth_filter(const mc_depth_rows *d, const float *x, int64_t rows, int64_t n, void *y);
/* `rows` dense rows of `width` elements; stride is 1 or 2. */
typedef void mc_depth_spread(const void *x, int64_t rows, int64_t width, int64_t stride, int64_t pitch, float *to);

typedef struct mc_depth_table {
  int lanes;
  /* First for float, then for half precision: NULL where the instruction set does not convert it. */
  mc_depth_spread *spread[2];
  mc_depth_filter *three[2][2], *five[2][2]; /* filters of that size with stride 1, 2 */
} mc_depth_table;

#endif
