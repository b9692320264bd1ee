/* BatchNorm (training and inference), BNInfer, BNInference and BNInferenceD. */
#include <math.h>
#include <string.h>

#include "ops/channel_norm.h"
#include "ops/checks.h"
#include "ops/family.h"

enum { BATCH_NORM, BN_INFER, BN_INFERENCE, BN_INFERENCE_D };

typedef struct norm_state {
  mc_channels channels;
  float epsilon, factor; /* factor: how much of a new batch goes into the running statistics */
  bool training;
  mc_row_io parameter_io[8]; /* per input */
} norm_state;

/* BatchNorm says where channels are by attribute, the others by x's format. */
static int channels_last(const mc_op_call *call, bool *last) {
  const mc_desc *x = &call->in[0].desc;
  *last = x->format == MC_FORMAT_NHWC || x->format == MC_FORMAT_NDHWC;
  if (call->def->variant == BATCH_NORM) {
    const char *format = mc_attrs_string(call->attrs, "data_format", "NHWC");
    *last = strcmp(format, "NHWC") == 0 || strcmp(format, "NDHWC") == 0;
    if (!*last && strcmp(format, "NCHW") != 0 && strcmp(format, "NCDHW") != 0) {
      return mc_op_error(call, "attribute data_format is \"%.40s\"; it must be NHWC, NCHW, NDHWC or NCDHW",
                         format);
    }
  }
  return 0;
}

/* Every parameter has one element per channel; BNInference's momentum has one, or one per channel. */
static int infer_parameters(mc_op_call *call) {
  const mc_desc *x = &call->in[0].desc;
  bool last = false;
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  const int status = channels_last(call, &last);
  if (status != 0) {
    return status;
  }
  if (x->shape.rank < 2) {
    return mc_op_error(call, "input x has shape %.100s; it must have a batch and a channel axis",
                       mc_shape_text(&x->shape, text));
  }
  const int64_t channels = x->shape.dims[last ? x->shape.rank - 1 : 1];
  for (int i = 1; i < call->n_in; ++i) {
    const mc_desc *p = &call->in[i].desc;
    const int64_t count = mc_shape_count(&p->shape);
    const bool momentum = call->def->variant == BN_INFERENCE && i == 3;
    if (!call->in[i].present) {
      continue;
    }
    if (!(MC_T_FLOATS >> p->dtype & 1) || (call->def->variant < BN_INFERENCE && p->dtype != MC_FLOAT)) {
      return mc_op_error(call, "input %s has dtype %s, which is not supported",
                         mc_op_input_name(call, i, name), mc_dtype_name(p->dtype));
    }
    if (count != channels && !(momentum && count == 1)) {
      return mc_op_error(call, "input %s has shape %.100s; x has %lld channels",
                         mc_op_input_name(call, i, name), mc_shape_text(&p->shape, text),
                         (long long)channels);
    }
  }
  call->out[0].desc = *x;
  return 0;
}

static int infer_batch_norm(mc_op_call *call) {
  const int status = infer_parameters(call);
  const bool statistics = mc_op_input(call, 3) != NULL && mc_op_input(call, 4) != NULL;
  if (status != 0) {
    return status;
  }
  if (!statistics && (!mc_attrs_bool(call->attrs, "is_training", true) ||
                      mc_attrs_float(call->attrs, "exponential_avg_factor", 1.0f) != 1.0f)) {
    return mc_op_error(call, "inputs mean and variance are needed when is_training is false or "
                             "exponential_avg_factor is not 1");
  }
  for (int i = 1; i < 6; ++i) {
    call->out[i].desc = call->in[1].desc;
  }
  /* No consumer reads reserve_space_3; it is one zero. */
  call->out[5].desc.shape = (mc_shape){.rank = 1, .dims = {1}};
  return 0;
}

static int prepare_common(mc_op_call *call, mc_op_run *run, int arrays) {
  norm_state *s = mc_op_alloc(call, sizeof(*s));
  bool last = false;
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  const int status = channels_last(call, &last);
  if (status != 0) {
    return status;
  }
  static const float kEpsilon[] = {[BATCH_NORM] = 1e-4f, [BN_INFER] = 1e-5f, [BN_INFERENCE] = 1e-5f,
                                    [BN_INFERENCE_D] = 1e-5f};
  mc_channels_make(&s->channels, &call->in[0].desc, last);
  s->epsilon = mc_attrs_float(call->attrs, "epsilon", kEpsilon[call->def->variant]);
  s->training = mc_attrs_bool(call->attrs, "is_training", true);
  s->factor = mc_attrs_float(call->attrs, "exponential_avg_factor", 1.0f);
  for (int i = 1; i < call->n_in; ++i) {
    s->parameter_io[i] = mc_row_io_make(call->in[i].desc.dtype, MC_FLOAT);
  }
  call->scratch = (size_t)(s->channels.channels + 16) * 8 * (size_t)arrays;
  call->cost_ns = mc_channels_cost(&s->channels, call->def->variant == BATCH_NORM ? 3 : 1);
  call->state = s;
  call->run = run;
  return 0;
}

static int run_batch_norm(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const norm_state *s = call->state;
  const int64_t n = s->channels.channels;
  const float *gamma = in[1];
  double *sums = scratch;
  float *mean = (float *)(sums + n), *variance = mean + n, *scale = variance + n;
  float *out_mean = out[1], *out_variance = out[2];
  const double count = (double)s->channels.batches * (double)s->channels.inner;
  if (s->training) {
    mc_channels_moments(&s->channels, in[0], sums, mean, variance);
  } else {
    memcpy(mean, in[3], (size_t)n * sizeof(float));
    memcpy(variance, in[4], (size_t)n * sizeof(float));
  }
  for (int64_t i = 0; i < n; ++i) {
    scale[i] = (float)((double)gamma[i] / sqrt((double)variance[i] + (double)s->epsilon));
  }
  mc_channels_apply(&s->channels, in[0], mean, scale, in[2], out[0]);
  memcpy(out[3], mean, (size_t)n * sizeof(float));
  memcpy(out[4], variance, (size_t)n * sizeof(float));
  memset(out[5], 0, sizeof(float));
  for (int64_t i = 0; i < n; ++i) {
    float m = mean[i], v = variance[i];
    if (s->training) {
      /* What is averaged over batches is the unbiased variance. */
      v = (float)((double)v * (count > 1 ? count / (count - 1) : 1.0));
      if (s->factor != 1.0f) {
        m = ((const float *)in[3])[i] * (1.0f - s->factor) + m * s->factor;
        v = ((const float *)in[4])[i] * (1.0f - s->factor) + v * s->factor;
      }
    }
    out_mean[i] = m;
    out_variance[i] = v;
  }
  return 0;
}

/* An input as n floats in `room`; `fallback` when it is absent. */
static const float *floats(const norm_state *s, const mc_op_call *call, const void *const *in, int index,
                           int64_t n, float fallback, float *room) {
  if (index >= call->n_in || !call->in[index].present) {
    for (int64_t i = 0; i < n; ++i) {
      room[i] = fallback;
    }
    return room;
  }
  return mc_row_load(&s->parameter_io[index], in[index], 0, n, room);
}

static int run_bn_infer(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const norm_state *s = call->state;
  const int64_t n = s->channels.channels;
  float *scale = scratch;
  for (int64_t i = 0; i < n; ++i) {
    scale[i] = (float)((double)((const float *)in[1])[i] /
                       sqrt((double)((const float *)in[4])[i] + (double)s->epsilon));
  }
  mc_channels_apply(&s->channels, in[0], in[3], scale, in[2], out[0]);
  return 0;
}

/* BNInference's statistics are sums of `momentum` batches, as Caffe stores them: they are divided by it, or 0 when it
 * is 0. BNInferenceD's attribute momentum is the weight of training's running averages, and says nothing here. */
static int run_bn_inference(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const norm_state *s = call->state;
  const int64_t n = s->channels.channels;
  const bool summed = call->def->variant == BN_INFERENCE;
  const int rest = summed ? 4 : 3; /* gamma and beta come last */
  float *rooms = scratch, *scale = rooms + 5 * n, *center = rooms + 6 * n;
  const bool one = summed && mc_shape_count(&call->in[3].desc.shape) == 1;
  const float *mean = floats(s, call, in, 1, n, 0, rooms);
  const float *variance = floats(s, call, in, 2, n, 0, rooms + n);
  const float *momentum = summed ? floats(s, call, in, 3, one ? 1 : n, 1, rooms + 2 * n) : NULL;
  const float *gamma = floats(s, call, in, rest, n, 1, rooms + 3 * n);
  const float *beta = floats(s, call, in, rest + 1, n, 0, rooms + 4 * n);
  for (int64_t i = 0; i < n; ++i) {
    const double weight = summed ? (double)momentum[one ? 0 : i] : 1;
    const double factor = weight == 0 ? 0 : 1 / weight;
    center[i] = (float)((double)mean[i] * factor);
    scale[i] = (float)((double)gamma[i] / sqrt((double)variance[i] * factor + (double)s->epsilon));
  }
  mc_channels_apply(&s->channels, in[0], center, scale, beta, out[0]);
  return 0;
}

static int prepare_batch_norm(mc_op_call *call) { return prepare_common(call, run_batch_norm, 3); }
static int prepare_bn_infer(mc_op_call *call) { return prepare_common(call, run_bn_infer, 1); }
static int prepare_bn_inference(mc_op_call *call) { return prepare_common(call, run_bn_inference, 4); }

static const mc_op_def kOps[] = {
    {.type = "BatchNorm",
     .inputs = "x scale offset mean? variance?",
     .outputs = "y batch_mean batch_variance reserve_space_1 reserve_space_2 reserve_space_3",
     .dtypes = MC_T_FLOATS,
     .infer = infer_batch_norm,
     .prepare = prepare_batch_norm,
     .variant = BATCH_NORM},
    {.type = "BNInfer",
     .inputs = "x scale offset mean variance",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .inplace = 1,
     .infer = infer_parameters,
     .prepare = prepare_bn_infer,
     .variant = BN_INFER},
    {.type = "BNInference",
     .inputs = "x mean variance momentum scale? offset?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .inplace = 1,
     .infer = infer_parameters,
     .prepare = prepare_bn_inference,
     .variant = BN_INFERENCE},
    {.type = "BNInferenceD",
     .inputs = "x mean variance scale? b?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .inplace = 1,
     .infer = infer_parameters,
     .prepare = prepare_bn_inference,
     .variant = BN_INFERENCE_D},
};

MC_OP_FAMILY(batch_norm, kOps);
