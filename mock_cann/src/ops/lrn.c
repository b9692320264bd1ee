/* LRN: y = x / (bias + alpha * s) ^ beta, where s sums the squares of the channels within depth_radius. */
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/activate.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

enum { CHUNK = 1024 };

/* x is [n, c, inner]; channels last has inner 1. */
typedef struct lrn {
  int64_t n, c, inner, radius;
  mc_activation log, exp; /* exp(-beta * log(alpha * s + bias)) */
} lrn;

typedef struct job {
  const lrn *s;
  const float *x;
  float *y;
} job;

static void scale(const lrn *s, const float *x, float *sums, float *y, int64_t n) {
  mc_activate(&s->log, sums, sums, n);
  mc_activate(&s->exp, sums, sums, n);
  for (int64_t i = 0; i < n; ++i) {
    y[i] = x[i] * sums[i];
  }
}

static int64_t clamp(int64_t value, int64_t low, int64_t high) {
  return value < low ? low : value > high ? high : value;
}

/* Rows [begin, end) of n * c, `inner` elements each. */
static void take_rows(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const lrn *s = j->s;
  float sums[CHUNK];
  for (int64_t row = begin; row < end; ++row) {
    const int64_t c = row % s->c;
    const int64_t from = row - c + clamp(c - s->radius, 0, s->c);
    const int64_t to = row - c + clamp(c + s->radius + 1, 0, s->c);
    for (int64_t at = 0; at < s->inner; at += CHUNK) {
      const int64_t n = s->inner - at < CHUNK ? s->inner - at : CHUNK;
      memset(sums, 0, sizeof(sums));
      for (int64_t k = from; k < to; ++k) {
        const float *x = j->x + k * s->inner + at;
        for (int64_t i = 0; i < n; ++i) {
          sums[i] += x[i] * x[i];
        }
      }
      scale(s, j->x + row * s->inner + at, sums, j->y + row * s->inner + at, n);
    }
  }
}

/* Pixels [begin, end) of n, c elements each. */
static void take_pixels(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const lrn *s = j->s;
  float sums[CHUNK];
  for (int64_t pixel = begin; pixel < end; ++pixel) {
    const float *x = j->x + pixel * s->c;
    for (int64_t at = 0; at < s->c; at += CHUNK) {
      const int64_t n = s->c - at < CHUNK ? s->c - at : CHUNK;
      for (int64_t i = 0; i < n; ++i) {
        const int64_t to = clamp(at + i + s->radius + 1, 0, s->c);
        sums[i] = 0;
        for (int64_t k = clamp(at + i - s->radius, 0, s->c); k < to; ++k) {
          sums[i] += x[k] * x[k];
        }
      }
      scale(s, x + at, sums, j->y + pixel * s->c + at, n);
    }
  }
}

static int run_lrn(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const lrn *s = call->state;
  job j = {s, in[0], out[0]};
  if (s->inner == 1) {
    mc_parallel_for(s->n, CHUNK / (s->c + 1) + 1, take_pixels, &j);
  } else {
    mc_parallel_for(s->n * s->c, 4 * CHUNK / (s->inner + 1) + 1, take_rows, &j);
  }
  return MC_OK;
}

static int lrn_infer(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const char *region = mc_attrs_string(call->attrs, "norm_region", "ACROSS_CHANNELS");
  if (x->rank < 2) {
    return mc_op_error(call, "x is %.160s; it must have a batch and a channel axis", mc_shape_text(x, text));
  }
  if (strcmp(region, "ACROSS_CHANNELS") != 0) {
    return mc_op_error(call, "norm_region is \"%.40s\"; only ACROSS_CHANNELS is emulated", region);
  }
  if (mc_attrs_int(call->attrs, "depth_radius", 5) < 0) {
    return mc_op_error(call, "depth_radius is %lld; it must be at least 0",
                       (long long)mc_attrs_int(call->attrs, "depth_radius", 5));
  }
  return mc_infer_same(call);
}

static int lrn_prepare(mc_op_call *call) {
  lrn *s = mc_op_alloc(call, sizeof(*s));
  const mc_desc *x = &call->in[0].desc;
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int axis = x->format == MC_FORMAT_NHWC || x->format == MC_FORMAT_NDHWC ? x->shape.rank - 1 : 1;
  s->n = mc_dims_product(&x->shape, 0, axis);
  s->c = x->shape.dims[axis];
  s->inner = mc_dims_product(&x->shape, axis + 1, x->shape.rank);
  s->radius = mc_attrs_int(call->attrs, "depth_radius", 5);
  s->radius = s->radius > s->c ? s->c : s->radius;
  s->log = (mc_activation){.function = MC_UNARY_LOG_SCALED,
                           .parameters = {.p = {mc_attrs_float(call->attrs, "alpha", 1.0f),
                                                mc_attrs_float(call->attrs, "bias", 1.0f),
                                                -mc_attrs_float(call->attrs, "beta", 0.5f)}}};
  s->exp = (mc_activation){.function = MC_UNARY_EXP};
  const int64_t count = mc_shape_count(&x->shape);
  mc_op_cost(call, 100 + (double)count * (2 + 0.2 * (double)s->radius));
  call->state = s;
  return mc_widen_prepare(call, run_lrn, 1u, 1u);
}

static const mc_op_def kOps[] = {
    {.type = "LRN",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = lrn_infer,
     .prepare = lrn_prepare},
};
MC_OP_FAMILY(lrn, kOps);
