/* Convolution of int8 in int32: plain loops, wrapping sums. */
#include "engine/engine.h"
#include "engine/status.h"
#include "ops/conv.h"

enum { WORK = 64 << 10 };

typedef struct job {
  const mc_conv *g;
  const int8_t *x, *filter;
  const int32_t *bias;
  int32_t *y;
} job;

static int32_t sum_at(const job *j, int64_t n, int64_t channel, int64_t oy, int64_t ox) {
  const mc_conv *g = j->g;
  const int64_t group = channel / g->goc;
  const int64_t sx = g->channels_last ? g->c : 1;
  const int64_t sc = g->channels_last ? 1 : g->h * g->w;
  const int8_t *image = j->x + n * g->c * g->h * g->w + group * g->gc * sc;
  const int8_t *filter = j->filter + g->f_first + group * g->f_group + channel % g->goc * g->f_out;
  uint32_t sum = j->bias == NULL ? 0 : (uint32_t)j->bias[channel];
  for (int64_t r = 0; r < g->kh; ++r) {
    const int64_t y = oy * g->sh - g->top + r * g->dh;
    for (int64_t c = 0; c < g->kw; ++c) {
      const int64_t x = ox * g->sw - g->left + c * g->dw;
      if (y < 0 || y >= g->h || x < 0 || x >= g->w) {
        continue;
      }
      for (int64_t i = 0; i < g->gc; ++i) {
        const int32_t a = image[(y * g->w + x) * sx + i * sc];
        const int32_t b = filter[r * g->f_row + c * g->f_column + i * g->f_in];
        sum += (uint32_t)(a * b);
      }
    }
  }
  return (int32_t)sum;
}

static void take(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_conv *g = j->g;
  const int64_t pixels = g->oh * g->ow;
  for (int64_t at = begin; at < end; ++at) {
    const int64_t pixel = g->channels_last ? at / g->oc % pixels : at % pixels;
    const int64_t channel = g->channels_last ? at % g->oc : at / pixels % g->oc;
    j->y[at] = sum_at(j, at / (pixels * g->oc), channel, pixel / g->ow, pixel % g->ow);
  }
}

int mc_conv_run_ints(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_conv *g = call->state;
  const int64_t count = mc_shape_count(&call->out[0].desc.shape);
  job j = {.g = g, .x = in[0], .filter = in[1], .bias = g->bias < 0 ? NULL : in[g->bias], .y = out[0]};
  mc_parallel_for(count, WORK / (mc_conv_depth(g) + 1) + 1, take, &j);
  return MC_OK;
}
