/* Pooling: windows of an image become their maximum or average. */
#ifndef MC_OPS_POOL_H
#define MC_OPS_POOL_H

#include "ops/op.h"

typedef struct mc_pool {
  bool channels_last, average;
  bool exclusive;  /* padding does not count in averages */
  int64_t divisor; /* of every window; 0: what it counts */
  int64_t n, c, h, w, oh, ow;
  int64_t kh, kw, sh, sw; /* window and stride */
  int64_t top, bottom, left, right;
} mc_pool;

/* A window's elements in one direction: [*from, *to) of the image. Returns how many it counts for an average.
 */
static inline int64_t mc_pool_window(const mc_pool *g, bool rows, int64_t at, int64_t *from, int64_t *to) {
  const int64_t length = rows ? g->h : g->w;
  const int64_t start = at * (rows ? g->sh : g->sw) - (rows ? g->top : g->left);
  const int64_t limit = length + (rows ? g->bottom : g->right);
  const int64_t end = start + (rows ? g->kh : g->kw);
  *from = start < 0 ? 0 : start;
  *to = end < length ? end : length;
  *to = *to < *from ? *from : *to;
  return g->exclusive ? *to - *from : (end < limit ? end : limit) - start;
}

/* The run for float and 16-bit floats, with the scratch it needs, and for every other type. call->state is
 * the mc_pool. */
mc_op_run mc_pool_run_floats, mc_pool_run_others;
size_t mc_pool_scratch(const mc_pool *g, int dtype);

#endif
