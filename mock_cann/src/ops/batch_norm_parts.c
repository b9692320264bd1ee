/*
 * Batch normalisation in parts: BNTrainingReduce sums, BNTrainingUpdate and its versions normalise with the
 * sums; BatchNormV3 does both, with PyTorch's momentum and the unbiased running variance. Channels are axis 1,
 * or the last one when x's format says so.
 */
#include <math.h>
#include <string.h>

#include "engine/status.h"
#include "ops/channel_norm.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

enum { REDUCE, UPDATE, UPDATE_V2, UPDATE_V3, WHOLE };

typedef struct part_state {
  mc_channels channels;
  double count; /* elements of a channel */
  float epsilon, factor;
  bool training;
} part_state;

static bool channels_last(const mc_op_call *call) {
  const int format = call->in[0].desc.format;
  return format == MC_FORMAT_NHWC || format == MC_FORMAT_NDHWC;
}

static int run_reduce(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const part_state *s = call->state;
  float *sum = out[0];
  float *square_sum = out[1];
  mc_channels_moments(&s->channels, in[0], scratch, sum, square_sum);
  for (int64_t i = 0; i < s->channels.channels; ++i) {
    const double mean = (double)sum[i];
    square_sum[i] = (float)(((double)square_sum[i] + mean * mean) * s->count);
    sum[i] = (float)(mean * s->count);
  }
  return MC_OK;
}

/* y from means and variances; `scale` is room for a number per channel. */
static void normalise(const part_state *s, const void *x, const float *gamma, const float *beta,
                      const float *mean, const float *variance, float *scale, void *y) {
  for (int64_t i = 0; i < s->channels.channels; ++i) {
    scale[i] = (float)((double)gamma[i] / sqrt((double)variance[i] + (double)s->epsilon));
  }
  mc_channels_apply(&s->channels, x, mean, scale, beta, y);
}

/* A running statistic moved towards a batch's by `factor`. */
static float moved(const part_state *s, float running, double batch) {
  return (float)((double)running * (1 - (double)s->factor) + batch * (double)s->factor);
}

static int run_update(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const part_state *s = call->state;
  const int64_t c = s->channels.channels;
  const bool running = call->def->variant == UPDATE;
  const float *sum = in[1];
  const float *square_sum = in[2];
  float *mean = scratch;
  float *variance = mean + c;
  const double count = s->count > 0 ? s->count : 1;
  const double unbiased = count > 1 ? count / (count - 1) : 1;
  for (int64_t i = 0; i < c; ++i) {
    const double m = (double)sum[i] / count;
    const double v = (double)square_sum[i] / count - m * m;
    mean[i] = (float)m;
    variance[i] = v > 0 ? (float)v : 0;
  }
  normalise(s, in[0], in[3], in[4], mean, variance, variance + c, out[0]);
  const int first = running ? 3 : 1;
  memcpy(out[first], mean, (size_t)c * sizeof(float));
  memcpy(out[first + 1], variance, (size_t)c * sizeof(float));
  for (int64_t i = 0; running && i < c; ++i) {
    ((float *)out[1])[i] = moved(s, ((const float *)in[5])[i], (double)mean[i]);
    ((float *)out[2])[i] = moved(s, ((const float *)in[6])[i], (double)variance[i] * unbiased);
  }
  if (call->def->variant == UPDATE_V3) {
    memcpy(out[3], mean, (size_t)c * sizeof(float));
    memcpy(out[4], variance, (size_t)c * sizeof(float));
  }
  return MC_OK;
}

static int run_whole(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const part_state *s = call->state;
  const int64_t c = s->channels.channels;
  double *sums = scratch;
  float *mean = (float *)(sums + c);
  float *variance = mean + c;
  const double unbiased = s->count > 1 ? s->count / (s->count - 1) : 1;
  memcpy(mean, in[3], (size_t)c * sizeof(float));
  memcpy(variance, in[4], (size_t)c * sizeof(float));
  if (s->training) {
    mc_channels_moments(&s->channels, in[0], sums, mean, variance);
  }
  normalise(s, in[0], in[1], in[2], mean, variance, variance + c, out[0]);
  for (int64_t i = 0; i < c; ++i) {
    const float m = ((const float *)in[3])[i];
    const float v = ((const float *)in[4])[i];
    ((float *)out[1])[i] = s->training ? moved(s, m, (double)mean[i]) : m;
    ((float *)out[2])[i] = s->training ? moved(s, v, (double)variance[i] * unbiased) : v;
    ((float *)out[3])[i] = mean[i];
    ((float *)out[4])[i] = (float)(1.0 / sqrt((double)variance[i] + (double)s->epsilon));
  }
  return MC_OK;
}

static int part_infer(mc_op_call *call) {
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  if (x->shape.rank < 2) {
    return mc_op_error(call, "x is %.160s; it must have a batch and a channel axis",
                       mc_shape_text(&x->shape, text));
  }
  const int axis = channels_last(call) ? x->shape.rank - 1 : 1;
  const int64_t c = x->shape.dims[axis];
  for (int i = 1; i < call->n_in; ++i) {
    const mc_desc *p = &call->in[i].desc;
    const bool any = call->def->variant == WHOLE && i <= 2;
    if ((any ? (MC_T_FLOATS & MC_DTYPE_BIT(p->dtype)) == 0 : p->dtype != MC_FLOAT) ||
        mc_shape_count(&p->shape) != c) {
      return mc_op_error(call, "input %s is %s %.100s; it must be %s with %lld elements, one per channel",
                         mc_op_input_name(call, i, name), mc_dtype_name(p->dtype),
                         mc_shape_text(&p->shape, text), any ? "a 16- or 32-bit float" : "DT_FLOAT",
                         (long long)c);
    }
  }
  const int first = call->def->variant == REDUCE ? 0 : 1;
  call->out[0].desc = *x;
  for (int i = first; i < call->n_out; ++i) {
    mc_desc *out = &call->out[i].desc;
    *out = call->n_in > 1 ? call->in[call->n_in - 1].desc : *x;
    out->dtype = MC_FLOAT;
    if (call->n_in == 1) { /* x's rank, ones but for the channels */
      for (int d = 0; d < x->shape.rank; ++d) {
        out->shape.dims[d] = d == axis ? c : 1;
      }
    }
  }
  return mc_check_sizes(call);
}

static int part_prepare(mc_op_call *call) {
  part_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  mc_channels_make(&s->channels, &call->in[0].desc, channels_last(call));
  const bool whole = call->def->variant == WHOLE;
  s->count = (double)s->channels.batches * (double)s->channels.inner;
  s->epsilon = mc_attrs_float(call->attrs, "epsilon", 1e-5f);
  s->factor = mc_attrs_float(call->attrs, whole ? "momentum" : "factor", 0.1f);
  s->training = mc_attrs_bool(call->attrs, "is_training", true);
  call->state = s;
  call->scratch = (size_t)(s->channels.channels + 8) * (sizeof(double) + 3 * sizeof(float));
  call->cost_ns = mc_channels_cost(&s->channels, 3);
  return mc_widen_prepare(call, whole ? run_whole : call->def->variant == REDUCE ? run_reduce : run_update,
                          whole ? 6u : 0u, 0);
}

#define PART(name, ins, outs, kind)                                                                          \
  {.type = (name), .inputs = (ins), .outputs = (outs), .dtypes = MC_T_FLOATS, .infer = part_infer,           \
   .prepare = part_prepare, .variant = (kind)}

static const mc_op_def kOps[] = {
    PART("BNTrainingReduce", "x", "sum square_sum", REDUCE),
    PART("BNTrainingUpdate", "x sum square_sum scale offset mean variance",
         "y mean variance batch_mean batch_variance", UPDATE),
    PART("BNTrainingUpdateV2", "x sum square_sum scale offset", "y batch_mean batch_variance", UPDATE_V2),
    PART("BNTrainingUpdateV3", "x sum square_sum scale offset",
         "y batch_mean batch_variance reserve_1 reserve_2", UPDATE_V3),
    PART("BatchNormV3", "x weight bias running_mean running_var",
         "y running_mean running_var save_mean save_rstd", WHOLE),
};
MC_OP_FAMILY(batch_norm_parts, kOps);
