/* One window of a pooling as the elements it takes, for kernels that go tap by tap. */
#ifndef MC_OPS_POOL_WINDOW_H
#define MC_OPS_POOL_WINDOW_H

#include "ops/pool.h"

/* Where element `at` of the output takes its window from. */
typedef struct mc_pool_window {
  int64_t base;                       /* element of the first tap */
  int64_t pixel;                      /* the same within the image, without channels */
  int64_t plane_step, row_step, step; /* elements from tap to tap */
  int64_t planes, rows, columns;      /* taps */
  int64_t counted;
} mc_pool_window;

static inline mc_pool_window mc_pool_window_of(const mc_pool *g, int64_t at) {
  mc_pool_window w;
  const int64_t pixels = g->depth.out * g->rows.out * g->columns.out;
  const int64_t pixel = g->channels_last ? at / g->c % pixels : at % pixels;
  const int64_t channel = g->channels_last ? at % g->c : at / pixels % g->c;
  const int64_t unit = g->channels_last ? g->c : 1;
  const mc_pool_taps z = mc_pool_at(g, &g->depth, pixel / g->columns.out / g->rows.out);
  const mc_pool_taps y = mc_pool_at(g, &g->rows, pixel / g->columns.out % g->rows.out);
  const mc_pool_taps x = mc_pool_at(g, &g->columns, pixel % g->columns.out);
  w.pixel = (z.first * g->rows.length + y.first) * g->columns.length + x.first;
  w.base = at / (pixels * g->c) * g->c * mc_pool_pixels(g) +
           channel * (g->channels_last ? 1 : mc_pool_pixels(g)) + w.pixel * unit;
  w.plane_step = g->depth.dilation * g->rows.length * g->columns.length * unit;
  w.row_step = g->rows.dilation * g->columns.length * unit;
  w.step = g->columns.dilation * unit;
  w.planes = z.count;
  w.rows = y.count;
  w.columns = x.count;
  w.counted = g->divisor != 0 ? g->divisor : z.counted * y.counted * x.counted;
  return w;
}

/* Visits the taps d, r, c of a window; the element of x under one. */
#define MC_EACH_TAP(w)                                                                                          \
  for (int64_t d = 0; d < (w).planes; ++d)                                                                   \
    for (int64_t r = 0; r < (w).rows; ++r)                                                                   \
      for (int64_t c = 0; c < (w).columns; ++c)
#define MC_TAP(x, w) (x)[(w).base + d * (w).plane_step + r * (w).row_step + c * (w).step]

#endif
