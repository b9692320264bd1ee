/*
 * SPP, Caffe's spatial pyramid pooling: level i cuts each plane into 2^i by 2^i bins, which are as large as each other
 * and stick out of the plane by half of what they are too large; y has every level's bins, channel by channel. As in
 * Caffe, a mean counts the places of a bin that stick out by no more than the padding, a lone level stays [n, c, 1, 1],
 * and a level whose padding would be as large as a bin is refused.
 */
#include <math.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

enum { LEVELS = 15 };

typedef struct spp_state {
  int64_t n, c, h, w, levels;
  bool mean;
} spp_state;

typedef struct job {
  const spp_state *s;
  const float *x;
  float *y;
} job;

typedef struct cut {
  int64_t size, pad;
} cut;

static cut cut_of(int64_t length, int64_t bins) {
  const int64_t size = (length + bins - 1) / bins;
  return (cut){size, (size * bins - length + 1) / 2};
}

/* The places of a bin along one axis, and how many of them a mean counts. */
typedef struct span {
  int64_t begin, end, counted;
} span;

static span bin_of(cut c, int64_t i, int64_t length) {
  span s = {i * c.size - c.pad, 0, 0};
  s.end = s.begin + c.size < length + c.pad ? s.begin + c.size : length + c.pad;
  s.counted = s.end - s.begin;
  s.begin = s.begin > 0 ? s.begin : 0;
  s.end = s.end < length ? s.end : length;
  return s;
}

static float pool_bin(const spp_state *s, const float *x, span rows, span columns) {
  float largest = x[rows.begin * s->w + columns.begin];
  double sum = 0;
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    for (int64_t column = columns.begin; column < columns.end; ++column) {
      const float value = x[row * s->w + column];
      largest = value > largest ? value : largest;
      sum += (double)value;
    }
  }
  return s->mean ? (float)(sum / (double)(rows.counted * columns.counted)) : largest;
}

/* Bins per channel of all levels before `level`. */
static int64_t bins_before(int64_t level) {
  return (((int64_t)1 << 2 * level) - 1) / 3;
}

static void pool_planes(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const spp_state *s = j->s;
  for (int64_t plane = begin; plane < end; ++plane) {
    const float *x = j->x + plane * s->h * s->w;
    float *sample = j->y + plane / s->c * s->c * bins_before(s->levels);
    for (int64_t level = 0; level < s->levels; ++level) {
      const int64_t bins = (int64_t)1 << level;
      const cut down = cut_of(s->h, bins);
      const cut across = cut_of(s->w, bins);
      float *y = sample + s->c * bins_before(level) + plane % s->c * bins * bins;
      for (int64_t i = 0; i < bins * bins; ++i) {
        y[i] = pool_bin(s, x, bin_of(down, i / bins, s->h), bin_of(across, i % bins, s->w));
      }
    }
  }
}

static int run_spp(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const spp_state *s = call->state;
  job j = {s, in[0], out[0]};
  if (s->n == 0 || s->c == 0) {
    return MC_OK; /* the planes may have any size */
  }
  mc_parallel_for(s->n * s->c, 4096 / (s->h * s->w * s->levels) + 1, pool_planes, &j);
  return MC_OK;
}

static int read_spp(const mc_op_call *call, spp_state *s) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t method = mc_attrs_int(call->attrs, "pool_method", 0);
  if (x->rank != 4 || call->in[0].desc.format == MC_FORMAT_NHWC || x->dims[2] < 1 || x->dims[3] < 1) {
    return mc_op_error(call, "x is %.160s; it must be [n,c,h,w] with pixels", mc_shape_text(x, text));
  }
  *s = (spp_state){x->dims[0], x->dims[1], x->dims[2], x->dims[3], .mean = method == 1};
  const int status = mc_need_int(call, "pyramid_height", &s->levels);
  if (status != MC_OK) {
    return status;
  }
  if (s->levels < 1 || s->levels > LEVELS || method < 0 || method > 1) {
    return mc_op_error(call, "pyramid_height %lld must be in [1, %d], pool_method %lld 0 (largest) or 1 (mean)",
                       (long long)s->levels, LEVELS, (long long)method);
  }
  for (int64_t level = 0; level < s->levels; ++level) {
    const cut down = cut_of(s->h, (int64_t)1 << level);
    const cut across = cut_of(s->w, (int64_t)1 << level);
    if (down.pad >= down.size || across.pad >= across.size) {
      return mc_op_error(call, "pyramid_height is %lld; x's planes of %lld by %lld are too small for %lld bins a side",
                         (long long)s->levels, (long long)s->h, (long long)s->w, 1LL << level);
    }
  }
  return MC_OK;
}

static int spp_infer(mc_op_call *call) {
  spp_state s;
  int64_t width = 0;
  const int status = read_spp(call, &s);
  if (status != MC_OK) {
    return status;
  }
  if (__builtin_mul_overflow(s.c, bins_before(s.levels), &width)) {
    return mc_op_error(call, "x has %lld channels; y's size overflows", (long long)s.c);
  }
  call->out[0].desc = call->in[0].desc;
  call->out[0].desc.shape = s.levels == 1 ? (mc_shape){4, {s.n, s.c, 1, 1}} : (mc_shape){2, {s.n, width}};
  return mc_check_sizes(call);
}

static int spp_prepare(mc_op_call *call) {
  spp_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_spp(call, s);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->in[0].desc.shape) * (double)s->levels * 2);
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_spp, 1u, 1u);
}

static const mc_op_def kOps[] = {
    {.type = "SPP",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16),
     .infer = spp_infer,
     .prepare = spp_prepare},
};
MC_OP_FAMILY(pyramid_pool, kOps);
