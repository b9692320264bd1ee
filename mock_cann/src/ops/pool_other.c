/* Pooling of double and integers: one window at a time, in the element's own type (averages in double). */
#include "engine/engine.h"
#include "engine/status.h"
#include "ops/pool_window.h"

enum { WORK = 16 << 10 };

typedef struct job {
  const mc_pool *g;
  const void *x;
  void *y;
} job;

#define MAXIMUM(name, type)                                                                                  \
  static void name(void *arg, int64_t begin, int64_t end) {                                                  \
    const job *j = arg;                                                                                      \
    for (int64_t at = begin; at < end; ++at) {                                                               \
      const mc_pool_window w = mc_pool_window_of(j->g, at);                                                                  \
      type best = 0;                                                                                         \
      MC_EACH_TAP(w) {                                                                                          \
        const type value = MC_TAP((const type *)j->x, w);                                                       \
        best = (d | r | c) == 0 || value > best || value != value ? value : best;                            \
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
    const mc_pool_window w = mc_pool_window_of(j->g, at);
    double sum = 0;
    MC_EACH_TAP(w) { sum += MC_TAP((const double *)j->x, w); }
    ((double *)j->y)[at] = w.planes * w.rows * w.columns == 0 ? 0 : sum / (double)w.counted;
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
  mc_parallel_for(mc_shape_count(&call->out[0].desc.shape), WORK / (mc_pool_taps_of(g) + 1) + 1, body, &j);
  return MC_OK;
}
