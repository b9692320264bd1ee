/*
 * Caffe's layers with a learned blob: Scale multiplies x with one and adds another, Bias adds one; the blob's dims are
 * num_axes of x's from axis on (-1: all that follow, 0: it is one number), or, unless it is a blob, all of its own.
 * Normalize is SSD's: x1 divided by the root of its sum of squares over channels, or over the sample when
 * across_spatial, times a factor per channel or one for all.
 */
#include <math.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

enum { SCALE, BIAS, WORK = 16 << 10 };

typedef struct scale_state {
  int64_t outer, middle, inner;
  bool multiplies, adds;
} scale_state;

typedef struct job {
  const void *s;
  const float *x, *factor, *shift;
  float *y;
} job;

static void scale_rows(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const scale_state *s = j->s;
  for (int64_t row = begin; row < end; ++row) {
    const float factor = s->multiplies ? j->factor[row % s->middle] : 1;
    const float shift = s->adds ? j->shift[row % s->middle] : 0;
    const float *x = j->x + row * s->inner;
    float *y = j->y + row * s->inner;
    for (int64_t i = 0; i < s->inner; ++i) {
      y[i] = s->adds ? x[i] * factor + shift : x[i] * factor;
    }
  }
}

static int run_scale(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const scale_state *s = call->state;
  if (mc_shape_count(&call->in[0].desc.shape) == 0) {
    return MC_OK; /* the products of the other dims may be anything */
  }
  job j = {s, in[0], in[1], s->multiplies ? call->n_in > 2 ? in[2] : NULL : in[1], out[0]};
  mc_parallel_for(s->outer * s->middle, WORK / (s->inner + 1) + 1, scale_rows, &j);
  return MC_OK;
}

/* Which axes of x the blob has: [*first, *last). */
static int blob_axes(const mc_op_call *call, int *first, int *last) {
  char tx[MC_SHAPE_TEXT];
  char tb[MC_SHAPE_TEXT];
  char name[MC_OP_NAME];
  const bool scale = call->def->variant == SCALE;
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *blob = &call->in[1].desc.shape;
  const int64_t axes = mc_attrs_int(call->attrs, "num_axes", 1);
  const int status = mc_check_axis(call, "attribute axis", mc_attrs_int(call->attrs, "axis", 1), x->rank, first);
  if (status != MC_OK) {
    return status;
  }
  const bool one = mc_shape_count(blob) == 1 && blob->rank <= 1;
  *last = *first;
  if (!mc_attrs_bool(call->attrs, scale ? "scale_from_blob" : "bias_from_blob", true)) {
    *last += one ? 0 : blob->rank;
  } else if (axes < -1 || axes > x->rank - *first) {
    return mc_op_error(call, "attribute num_axes is %lld; it must be -1 or in [0, %d], the axes of x from axis %d on",
                       (long long)axes, x->rank - *first, *first);
  } else {
    *last += axes < 0 ? x->rank - *first : (int)axes;
  }
  bool fits = *last == *first ? one : blob->rank == *last - *first && *last <= x->rank;
  for (int i = *first; fits && i < *last; ++i) {
    fits = blob->dims[i - *first] == x->dims[i];
  }
  if (!fits) {
    return mc_op_error(call, "input %s has shape %.80s; it must have %d dims of x %.80s from axis %d on",
                       mc_op_input_name(call, 1, name), mc_shape_text(blob, tb), *last - *first, mc_shape_text(x, tx),
                       *first);
  }
  return MC_OK;
}

static int scale_infer(mc_op_call *call) {
  int first = 0;
  int last = 0;
  char tb[MC_SHAPE_TEXT];
  char ts[MC_SHAPE_TEXT];
  call->out[0].desc = call->in[0].desc;
  int status = blob_axes(call, &first, &last);
  status = status != MC_OK ? status : mc_check_same_dtype(call, 0, 1);
  if (status == MC_OK && call->n_in > 2 && call->in[2].present) {
    const mc_shape *scale = &call->in[1].desc.shape;
    const mc_shape *bias = &call->in[2].desc.shape;
    if (!mc_shape_equal(scale, bias)) {
      return mc_op_error(call, "input bias has shape %.80s; it must have scale's, %.80s", mc_shape_text(bias, tb),
                         mc_shape_text(scale, ts));
    }
    status = mc_check_same_dtype(call, 0, 2);
  }
  return status;
}

static int scale_prepare(mc_op_call *call) {
  int first = 0;
  int last = 0;
  const mc_shape *x = &call->in[0].desc.shape;
  scale_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = blob_axes(call, &first, &last);
  *s = (scale_state){mc_dims_product(x, 0, first), mc_dims_product(x, first, last), mc_dims_product(x, last, x->rank),
                     call->def->variant == SCALE,
                     call->def->variant == BIAS || (call->n_in > 2 && call->in[2].present)};
  mc_op_cost(call, 100 + (double)mc_shape_count(x) * 0.3);
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_scale, 7u, 1u);
}

typedef struct normalize_state {
  int64_t n, c, pixels, c_stride, pixel_stride;
  double epsilon;
  bool across, shared;
} normalize_state;

static void normalize_samples(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const normalize_state *s = j->s;
  for (int64_t sample = begin; sample < end; ++sample) {
    const float *x = j->x + sample * s->c * s->pixels;
    float *y = j->y + sample * s->c * s->pixels;
    double sum = 0;
    for (int64_t i = 0; s->across && i < s->c * s->pixels; ++i) {
      sum += (double)x[i] * (double)x[i];
    }
    for (int64_t pixel = 0; pixel < s->pixels; ++pixel) {
      const int64_t at = pixel * s->pixel_stride;
      sum = s->across ? sum : 0;
      for (int64_t c = 0; !s->across && c < s->c; ++c) {
        const double value = (double)x[at + c * s->c_stride];
        sum += value * value;
      }
      const double divisor = sqrt(sum + s->epsilon);
      for (int64_t c = 0; c < s->c; ++c) {
        const int64_t i = at + c * s->c_stride;
        y[i] = (float)((double)x[i] / divisor * (double)j->factor[s->shared ? 0 : c]);
      }
    }
  }
}

static int run_normalize(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const normalize_state *s = call->state;
  if (mc_shape_count(&call->in[0].desc.shape) == 0) {
    return MC_OK;
  }
  job j = {s, in[0], in[1], NULL, out[0]};
  mc_parallel_for(s->n, WORK / (s->c * s->pixels + 1) + 1, normalize_samples, &j);
  return MC_OK;
}

static int read_normalize(const mc_op_call *call, normalize_state *s) {
  char tx[MC_SHAPE_TEXT];
  char tf[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const bool last = call->in[0].desc.format == MC_FORMAT_NHWC;
  if (x->rank != 4) {
    return mc_op_error(call, "x1 is %.160s; it must have a batch, channels, height and width", mc_shape_text(x, tx));
  }
  s->n = x->dims[0];
  s->c = x->dims[last ? 3 : 1];
  s->pixels = last ? mc_dims_product(x, 1, 3) : mc_dims_product(x, 2, 4);
  s->c_stride = last ? 1 : s->pixels;
  s->pixel_stride = last ? s->c : 1;
  s->across = mc_attrs_bool(call->attrs, "across_spatial", true);
  s->shared = mc_attrs_bool(call->attrs, "channel_shared", true);
  s->epsilon = (double)mc_attrs_float(call->attrs, "eps", 1e-10f);
  const int64_t factors = s->shared ? 1 : s->c;
  if (mc_shape_count(&call->in[1].desc.shape) != factors) {
    return mc_op_error(call, "x2 has shape %.120s; it must have %lld elements, %s",
                       mc_shape_text(&call->in[1].desc.shape, tf), (long long)factors,
                       s->shared ? "as channel_shared is true" : "one per channel");
  }
  return mc_check_same_dtype(call, 0, 1);
}

static int normalize_infer(mc_op_call *call) {
  normalize_state s;
  call->out[0].desc = call->in[0].desc;
  return read_normalize(call, &s);
}

static int normalize_prepare(mc_op_call *call) {
  normalize_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_normalize(call, s);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->in[0].desc.shape) * 4);
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_normalize, 3u, 1u);
}

static const mc_op_def kOps[] = {
    {.type = "Scale", .inputs = "x scale bias?", .outputs = "y", .dtypes = MC_T_FLOATS, .infer = scale_infer,
     .prepare = scale_prepare, .variant = SCALE},
    {.type = "Bias", .inputs = "x bias", .outputs = "y", .dtypes = MC_T_FLOATS, .infer = scale_infer,
     .prepare = scale_prepare, .variant = BIAS},
    {.type = "Normalize", .inputs = "x1 x2", .outputs = "y", .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16),
     .infer = normalize_infer, .prepare = normalize_prepare},
};
MC_OP_FAMILY(caffe_scale, kOps);
