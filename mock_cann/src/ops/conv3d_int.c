/* Convolution of int8 volumes, one output at a time. */
#include "engine/engine.h"
#include "engine/status.h"
#include "ops/conv3d.h"

typedef struct job {
  const mc_conv3d *g;
  const int8_t *x, *filter;
  const int32_t *bias;
  int32_t *y;
} job;

static void take_outputs(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_conv3d *g = j->g;
  const int64_t pixels = g->out[0] * g->out[1] * g->out[2];
  const int64_t volume = g->length[0] * g->length[1] * g->length[2];
  for (int64_t at = begin; at < end; ++at) {
    const int64_t pixel = g->channels_last ? at / g->oc % pixels : at % pixels;
    const int64_t channel = g->channels_last ? at % g->oc : at / pixels % g->oc;
    const int64_t group = channel / g->goc;
    const int64_t place[3] = {pixel / g->out[2] / g->out[1], pixel / g->out[2] % g->out[1], pixel % g->out[2]};
    const int8_t *filter = j->filter + g->f_first + group * g->f_group + channel % g->goc * g->f_out;
    const int8_t *sample = j->x + at / pixels / g->oc * g->c * volume;
    uint32_t sum = j->bias == NULL ? 0 : (uint32_t)j->bias[channel];
    for (int64_t t = 0; t < g->window[0] * g->window[1] * g->window[2]; ++t) {
      const int64_t tap[3] = {t / g->window[2] / g->window[1], t / g->window[2] % g->window[1],
                              t % g->window[2]};
      int64_t from = 0;
      int64_t weight = 0;
      bool inside = true;
      for (int i = 0; i < 3; ++i) {
        const int64_t p = place[i] * g->stride[i] + tap[i] * g->dilation[i] - g->before[i];
        inside = inside && p >= 0 && p < g->length[i];
        from = from * g->length[i] + p;
        weight += tap[i] * g->f_tap[i];
      }
      for (int64_t c = 0; inside && c < g->gc; ++c) {
        const int64_t in = group * g->gc + c;
        const int8_t x = sample[g->channels_last ? from * g->c + in : in * volume + from];
        sum += (uint32_t)(x * filter[weight + c * g->f_in]);
      }
    }
    j->y[at] = (int32_t)sum;
  }
}

int mc_conv3d_run_ints(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_conv3d *g = call->state;
  job j = {g, in[g->x], in[g->filter], g->bias < 0 ? NULL : in[g->bias], out[0]};
  mc_parallel_for(mc_shape_count(&call->out[0].desc.shape), 64, take_outputs, &j);
  return MC_OK;
}
