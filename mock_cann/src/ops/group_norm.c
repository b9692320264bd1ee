/*
 * Normalisation of one sample at a time, by channel (InstanceNorm ...) or by groups of channels (GroupNorm
 * ...). The moments of a group follow from those of its channels: its variance is the mean of the channels'
 * variances and of their means' squared distances from the group's.
 */
#include "ops/group_norm.h"

#include <math.h>

#include "engine/status.h"
#include "ops/activate.h"
#include "ops/channel_norm.h"
#include "ops/checks.h"
#include "ops/widen.h"

typedef struct sample_room {
  double *sums;
  float *mean, *variance, *scale, *shift;
} sample_room;

static sample_room room_of(void *scratch, int64_t c) {
  sample_room r = {.sums = scratch};
  r.mean = (float *)(r.sums + c);
  r.variance = r.mean + c;
  r.scale = r.variance + c;
  r.shift = r.scale + c;
  return r;
}

/* Gives every channel the moments of its group, and writes those down. */
static void merge_groups(const mc_group_norm *s, const sample_room *r, float *means, float *spreads) {
  const int64_t size = s->groups == 0 ? 0 : s->c / s->groups;
  for (int64_t g = 0; g < s->groups; ++g) {
    const float *mean = r->mean + g * size;
    const float *variance = r->variance + g * size;
    double sum = 0;
    double spread = 0;
    for (int64_t i = 0; i < size; ++i) {
      sum += (double)mean[i];
    }
    const double center = sum / (double)size;
    for (int64_t i = 0; i < size; ++i) {
      const double away = (double)mean[i] - center;
      spread += (double)variance[i] + away * away;
    }
    spread /= (double)size;
    if (means != NULL) {
      means[g] = (float)center;
      spreads[g] = (float)(s->rstd ? 1.0 / sqrt(spread + (double)s->epsilon) : spread);
    }
    for (int64_t i = 0; i < size; ++i) {
      r->mean[g * size + i] = (float)center;
      r->variance[g * size + i] = (float)spread;
    }
  }
}

static void silu(float *y, int64_t n) {
  static const mc_activation kSilu = {.function = MC_UNARY_SWISH, .parameters = {.p = {1}}};
  mc_activate(&kSilu, y, y, n);
}

/* Running statistics: what is averaged is the unbiased variance. */
static void average(const mc_group_norm *s, const void *const *in, void *const *out) {
  const double count = (double)s->pixels;
  const double unbiased = count > 1 ? count / (count - 1) : 1;
  for (int64_t i = 0; i < s->n * s->c; ++i) {
    const double mean = (double)((float *)out[1])[i];
    const double variance = (double)((float *)out[2])[i] * unbiased;
    const double m = (double)s->momentum;
    ((float *)out[1])[i] = (float)(mean * m + (double)((const float *)in[3])[i] * (1 - m));
    ((float *)out[2])[i] = (float)(variance * m + (double)((const float *)in[4])[i] * (1 - m));
  }
}

static int run_samples(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_group_norm *s = call->state;
  const sample_room r = room_of(scratch, s->c);
  const float *gamma = in[1];
  const float *beta = in[2];
  const int64_t sample = s->c * s->pixels;
  mc_channels channels;
  const mc_desc desc = {.dtype = MC_FLOAT,
                        .shape = s->channels_last ? (mc_shape){2, {s->pixels, s->c}}
                                                  : (mc_shape){3, {1, s->c, s->pixels}}};
  mc_channels_make(&channels, &desc, s->channels_last);
  for (int64_t n = 0; n < s->n; ++n) {
    const float *x = (const float *)in[0] + n * sample;
    float *y = (float *)out[0] + n * sample;
    if (s->given) {
      for (int64_t i = 0; i < s->c; ++i) {
        r.mean[i] = ((const float *)in[3])[n * s->c + i];
        r.variance[i] = ((const float *)in[4])[n * s->c + i];
      }
    } else {
      mc_channels_moments(&channels, x, r.sums, r.mean, r.variance);
    }
    merge_groups(s, &r, (float *)out[1] + n * s->groups, (float *)out[2] + n * s->groups);
    const int64_t at = s->per_sample ? n * s->c : 0;
    for (int64_t i = 0; i < s->c; ++i) {
      const double factor = 1.0 / sqrt((double)r.variance[i] + (double)s->epsilon);
      r.scale[i] = (float)(gamma == NULL ? factor : (double)gamma[at + i] * factor);
      r.shift[i] = beta == NULL ? 0 : beta[at + i];
    }
    mc_channels_apply(&channels, x, r.mean, r.scale, r.shift, y);
    if (s->silu) {
      silu(y, sample);
    }
  }
  if (s->momentum >= 0) {
    average(s, in, out);
  }
  return MC_OK;
}

int mc_group_norm_prepare(mc_op_call *call, const mc_group_norm *geometry) {
  mc_group_norm *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  *s = *geometry;
  call->state = s;
  call->scratch = (size_t)(s->c + 8) * (sizeof(double) + 4 * sizeof(float));
  mc_op_cost(call, 200 + (double)s->n * (double)s->c * (double)s->pixels * (s->silu ? 1.2 : 0.6));
  return mc_widen_prepare(call, run_samples, 0x1fu, 7u);
}
