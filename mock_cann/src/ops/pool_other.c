/* Pooling of double and integers: one window at a time, in the element's own type (averages in double). */
#include "engine/engine.h"
#include "engine/status.h"
#include "ops/pool.h"

enum { WORK = 16 << 10 };

typedef struct job {
  const mc_pool *g;
  const void *x;
  void *y;
} job;

/* Where element `at` of the output takes its window from. */
typedef struct window {
  int64_t base, pixel; /* element of the image's first pixel in this channel, elements from pixel to pixel */
  int64_t y0, y1, x0, x1, counted;
} window;

static window window_of(const mc_pool *g, int64_t at) {
  window w;
  const int64_t pixels = g->oh * g->ow;
  const int64_t pixel = g->channels_last ? at / g->c % pixels : at % pixels;
  const int64_t channel = g->channels_last ? at % g->c : at / pixels % g->c;
  w.base = at / (pixels * g->c) * g->c * g->h * g->w + channel * (g->channels_last ? 1 : g->h * g->w);
  w.pixel = g->channels_last ? g->c : 1;
  const int64_t rows = mc_pool_window(g, true, pixel / g->ow, &w.y0, &w.y1);
  const int64_t columns = mc_pool_window(g, false, pixel % g->ow, &w.x0, &w.x1);
  w.counted = g->divisor != 0 ? g->divisor : rows * columns;
  return w;
}

#define MAXIMUM(name, type)                                                                                  \
  static void name(void *arg, int64_t begin, int64_t end) {                                                  \
    const job *j = arg;                                                                                      \
    for (int64_t at = begin; at < end; ++at) {                                                               \
      const window w = window_of(j->g, at);                                                                  \
      const type *x = (const type *)j->x + w.base;                                                           \
      type best = 0;                                                                                         \
      for (int64_t r = w.y0; r < w.y1; ++r) {                                                                \
        for (int64_t c = w.x0; c < w.x1; ++c) {                                                              \
          const type value = x[(r * j->g->w + c) * w.pixel];                                                 \
          best = (r == w.y0 && c == w.x0) || value > best || value != value ? value : best;                  \
        }                                                                                                    \
      }                                                                                                      \
      ((type *)j->y)[at] = best;                                                                             \
    }                                                                                                        \
  }

MAXIMUM(max_f64, double)
MAXIMUM(max_i8, int8_t)
MAXIMUM(max_u8, uint8_t)
MAXIMUM(max_i16, int16_t)
MAXIMUM(max_u16, uint16_t)
MAXIMUM(max_i32, int32_t)
MAXIMUM(max_i64, int64_t)

static void average_f64(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  for (int64_t at = begin; at < end; ++at) {
    const window w = window_of(j->g, at);
    const double *x = (const double *)j->x + w.base;
    double sum = 0;
    for (int64_t r = w.y0; r < w.y1; ++r) {
      for (int64_t c = w.x0; c < w.x1; ++c) {
        sum += x[(r * j->g->w + c) * w.pixel];
      }
    }
    ((double *)j->y)[at] = w.y0 == w.y1 || w.x0 == w.x1 ? 0 : sum / (double)w.counted;
  }
}

int mc_pool_run_others(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_pool *g = call->state;
  job j = {g, in[0], out[0]};
  void (*body)(void *, int64_t, int64_t) = NULL;
  switch (call->in[0].desc.dtype) {
  case MC_DOUBLE:
    body = g->average ? average_f64 : max_f64;
    break;
  case MC_INT8:
    body = max_i8;
    break;
  case MC_UINT8:
    body = max_u8;
    break;
  case MC_INT16:
    body = max_i16;
    break;
  case MC_UINT16:
    body = max_u16;
    break;
  case MC_INT32:
    body = max_i32;
    break;
  default:
    body = max_i64;
  }
  mc_parallel_for(mc_shape_count(&call->out[0].desc.shape), WORK / (g->kh * g->kw + 1) + 1, body, &j);
  return MC_OK;
}
