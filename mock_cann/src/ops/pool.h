/* Pooling: windows of an image become their maximum or average. */
#ifndef MC_OPS_POOL_H
#define MC_OPS_POOL_H

#include "ops/op.h"

/* One direction: the image's length, how windows lie along it, and the padding around it. */
typedef struct mc_pool_axis {
  int64_t length, out;
  int64_t window, stride, dilation;
  int64_t before, after;
} mc_pool_axis;

/* Images with two axes have a depth of 1. */
typedef struct mc_pool {
  bool channels_last, average;
  bool exclusive;  /* padding does not count in averages */
  int64_t divisor; /* of every window; 0: what it counts */
  int64_t n, c;
  mc_pool_axis depth, rows, columns;
} mc_pool;

/* The part of a window that lies in the image: elements first, first + dilation, ... */
typedef struct mc_pool_taps {
  int64_t first, count;
  int64_t counted; /* for an average */
} mc_pool_taps;

static inline int64_t mc_pool_steps(int64_t distance, int64_t step) {
  return distance <= 0 ? 0 : step == 1 ? distance : (distance - 1) / step + 1;
}

static inline mc_pool_taps mc_pool_at(const mc_pool *g, const mc_pool_axis *a, int64_t at) {
  const int64_t start = at * a->stride - a->before;
  const int64_t skipped = mc_pool_steps(-start, a->dilation);
  const int64_t inside = mc_pool_steps(a->length - start, a->dilation);
  const int64_t padded = mc_pool_steps(a->length + a->after - start, a->dilation);
  const int64_t end = inside < a->window ? inside : a->window;
  mc_pool_taps taps = {.first = start + skipped * a->dilation, .count = end > skipped ? end - skipped : 0};
  taps.counted = g->exclusive ? taps.count : padded < a->window ? padded : a->window;
  return taps;
}

static inline mc_pool_axis mc_pool_whole(int64_t length) {
  return (mc_pool_axis){.length = length, .out = 1, .window = length, .stride = 1, .dilation = 1};
}

static inline int64_t mc_pool_pixels(const mc_pool *g) {
  return g->depth.length * g->rows.length * g->columns.length;
}
static inline int64_t mc_pool_taps_of(const mc_pool *g) {
  return g->depth.window * g->rows.window * g->columns.window;
}

/* How the spelling of an operator pads. */
typedef enum mc_pool_padding { MC_POOL_SAME, MC_POOL_VALID, MC_POOL_CALCULATED } mc_pool_padding;

/* Computes a->out and, unless CALCULATED, the padding. `direction` is for messages. */
int mc_pool_place(const mc_op_call *call, const char *direction, mc_pool_padding mode, bool ceil,
                  mc_pool_axis *a);

/* Sets state, run, scratch and cost of a pooling whose shapes are known. */
int mc_pool_prepare(mc_op_call *call, const mc_pool *g);

/* The run for float and 16-bit floats, with the scratch it needs, and for every other type. call->state is
 * the mc_pool. */
mc_op_run mc_pool_run_floats, mc_pool_run_others;
size_t mc_pool_scratch(const mc_pool *g, int dtype);

#endif
