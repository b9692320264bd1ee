/*
 * Instance normalisation in two steps: INTrainingReduceV2 gives each sample's channels their sums and sums of squares,
 * INTrainingUpdateV2 normalises with them. Where running statistics are given, what comes out for the batch's is those
 * moved towards it by momentum, with the unbiased variance, as InstanceNormV2's.
 */
#include <math.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

enum { REDUCE, UPDATE, GAMMA = 3, BETA, MEAN, VARIANCE };

typedef struct instance_state {
  int64_t n, c, pixels;
  int64_t c_stride, pixel_stride;
  int64_t gamma_stride, beta_stride; /* from a sample's parameters to the next one's */
  double epsilon, momentum;
  bool last; /* channels are x's last axis */
} instance_state;

typedef struct job {
  const instance_state *s;
  const void *const *in;
  void *const *out;
} job;

static const float *channel_of(const instance_state *s, const float *x, int64_t at) {
  return x + at / s->c * s->c * s->pixels + at % s->c * s->c_stride;
}

static void sum_channels(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const instance_state *s = j->s;
  for (int64_t at = begin; at < end; ++at) {
    const float *x = channel_of(s, j->in[0], at);
    double sum = 0;
    double square_sum = 0;
    for (int64_t i = 0; i < s->pixels; ++i) {
      const double value = (double)x[i * s->pixel_stride];
      sum += value;
      square_sum += value * value;
    }
    ((float *)j->out[0])[at] = (float)sum;
    ((float *)j->out[1])[at] = (float)square_sum;
  }
}

static void update_channels(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const instance_state *s = j->s;
  const float *const *in = (const float *const *)j->in;
  const double count = s->pixels > 0 ? (double)s->pixels : 1;
  for (int64_t at = begin; at < end; ++at) {
    const double mean = (double)in[1][at] / count;
    const double spread = (double)in[2][at] / count - mean * mean;
    const double variance = spread > 0 || spread != spread ? spread : 0;
    const double unbiased = s->pixels > 1 ? variance * count / (count - 1) : variance;
    const int64_t sample = at / s->c;
    const int64_t channel = at % s->c;
    const double gamma = in[GAMMA] == NULL ? 1 : (double)in[GAMMA][sample * s->gamma_stride + channel];
    const double beta = in[BETA] == NULL ? 0 : (double)in[BETA][sample * s->beta_stride + channel];
    const double scale = gamma / sqrt(variance + s->epsilon);
    const float *x = channel_of(s, in[0], at);
    float *y = (float *)j->out[0] + (x - in[0]);
    for (int64_t i = 0; i < s->pixels; ++i) {
      y[i * s->pixel_stride] = (float)(((double)x[i * s->pixel_stride] - mean) * scale + beta);
    }
    const double m = s->momentum;
    ((float *)j->out[1])[at] = (float)(in[MEAN] == NULL ? mean : mean * m + (double)in[MEAN][at] * (1 - m));
    ((float *)j->out[2])[at] =
        (float)(in[VARIANCE] == NULL ? variance : unbiased * m + (double)in[VARIANCE][at] * (1 - m));
  }
}

static int run_instances(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const instance_state *s = call->state;
  job j = {s, in, out};
  if (mc_shape_count(&call->out[1].desc.shape) > 0) {
    mc_parallel_for(s->n * s->c, (8 << 10) / (s->pixels + 1) + 1,
                    call->def->variant == REDUCE ? sum_channels : update_channels, &j);
  }
  return MC_OK;
}

/* Parameters may have a set for every sample; statistics do. */
static int check_inputs(const mc_op_call *call, instance_state *s) {
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  for (int i = 1; i < call->n_in; ++i) {
    const mc_desc *p = &call->in[i].desc;
    const int64_t count = mc_shape_count(&p->shape);
    const bool parameter = i == GAMMA || i == BETA;
    if (!call->in[i].present) {
      continue;
    }
    if (p->dtype != MC_FLOAT || (count != s->n * s->c && !(parameter && count == s->c))) {
      return mc_op_error(call, "input %s is %s %.100s; it must be DT_FLOAT for x's %lld samples of %lld channels",
                         mc_op_input_name(call, i, name), mc_dtype_name(p->dtype), mc_shape_text(&p->shape, text),
                         (long long)s->n, (long long)s->c);
    }
    s->gamma_stride = i == GAMMA && count != s->c ? s->c : s->gamma_stride;
    s->beta_stride = i == BETA && count != s->c ? s->c : s->beta_stride;
  }
  if (call->n_in > MEAN && call->in[MEAN].present != call->in[VARIANCE].present) {
    return mc_op_error(call, "inputs mean and variance must be given together");
  }
  return MC_OK;
}

static int read_instances(const mc_op_call *call, instance_state *s) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  const bool last = x->format == MC_FORMAT_NHWC || x->format == MC_FORMAT_NDHWC;
  const int rank = x->shape.rank;
  if (rank < 2) {
    return mc_op_error(call, "x is %.160s; it must have a batch and a channel axis", mc_shape_text(&x->shape, text));
  }
  *s = (instance_state){x->shape.dims[0], x->shape.dims[last ? rank - 1 : 1], .last = last};
  if (__builtin_mul_overflow(s->n, s->c, &s->pixels)) {
    return mc_op_error(call, "x is %.160s; its samples have too many channels", mc_shape_text(&x->shape, text));
  }
  /* Of an empty tensor the product of the other dims may be anything. */
  const int64_t pixels = mc_dims_product(&x->shape, last ? 1 : 2, last ? rank - 1 : rank);
  s->pixels = mc_shape_count(&x->shape) == 0 ? 0 : pixels;
  s->c_stride = last ? 1 : s->pixels;
  s->pixel_stride = last ? s->c : 1;
  s->epsilon = (double)mc_attrs_float(call->attrs, "epsilon", 1e-5f);
  s->momentum = (double)mc_attrs_float(call->attrs, "momentum", 0.1f);
  return check_inputs(call, s);
}

static int instance_infer(mc_op_call *call) {
  instance_state s;
  const int status = read_instances(call, &s);
  if (status != MC_OK) {
    return status;
  }
  const mc_desc *x = &call->in[0].desc;
  const int channel = s.last ? x->shape.rank - 1 : 1;
  call->out[0].desc = *x;
  for (int k = call->def->variant == REDUCE ? 0 : 1; k < call->n_out; ++k) {
    call->out[k].desc = *x;
    call->out[k].desc.dtype = MC_FLOAT;
    for (int i = 1; i < x->shape.rank; ++i) {
      call->out[k].desc.shape.dims[i] = i == channel ? s.c : 1;
    }
  }
  return mc_check_sizes(call);
}

static int instance_prepare(mc_op_call *call) {
  instance_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_instances(call, s);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->in[0].desc.shape) * 1.5);
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_instances, 1u, call->def->variant == UPDATE ? 1u : 0u);
}

#define PART(name, ins, outs, kind)                                                                          \
  {.type = (name), .inputs = (ins), .outputs = (outs), .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16),        \
   .infer = instance_infer, .prepare = instance_prepare, .variant = (kind)}

static const mc_op_def kOps[] = {
    PART("INTrainingReduceV2", "x", "sum square_sum", REDUCE),
    PART("INTrainingUpdateV2", "x sum square_sum gamma? beta? mean? variance?", "y batch_mean batch_variance", UPDATE),
};
MC_OP_FAMILY(instance_norm_parts, kOps);
