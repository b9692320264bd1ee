/* Adaptive pooling: the number of windows is given, and window i of n covers [i * length / n, (i + 1) *
 * length / n), rounded outwards. x is [.., height, width]. */
#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

enum { AVERAGE, MAXIMUM, WORK = 16 << 10 };

typedef struct adaptive {
  int64_t planes, h, w, oh, ow;
} adaptive;

typedef struct job {
  const adaptive *s;
  const float *x;
  float *y;
  int32_t *index;
} job;

static void window_of(int64_t at, int64_t length, int64_t count, int64_t *from, int64_t *to) {
  *from = at * length / count;
  *to = ((at + 1) * length + count - 1) / count;
}

static void average_plane(const adaptive *s, const float *x, float *y) {
  for (int64_t i = 0; i < s->oh; ++i) {
    int64_t y0 = 0;
    int64_t y1 = 0;
    window_of(i, s->h, s->oh, &y0, &y1);
    for (int64_t k = 0; k < s->ow; ++k) {
      int64_t x0 = 0;
      int64_t x1 = 0;
      double sum = 0;
      window_of(k, s->w, s->ow, &x0, &x1);
      for (int64_t r = y0; r < y1; ++r) {
        for (int64_t c = x0; c < x1; ++c) {
          sum += (double)x[r * s->w + c];
        }
      }
      *y++ = (float)(sum / (double)((y1 - y0) * (x1 - x0)));
    }
  }
}

static void maximum_plane(const adaptive *s, const float *x, float *y, int32_t *index) {
  for (int64_t i = 0; i < s->oh; ++i) {
    int64_t y0 = 0;
    int64_t y1 = 0;
    window_of(i, s->h, s->oh, &y0, &y1);
    for (int64_t k = 0; k < s->ow; ++k) {
      int64_t x0 = 0;
      int64_t x1 = 0;
      window_of(k, s->w, s->ow, &x0, &x1);
      int64_t best = y0 * s->w + x0;
      for (int64_t r = y0; r < y1; ++r) {
        for (int64_t c = x0; c < x1; ++c) {
          const float value = x[r * s->w + c];
          if (value > x[best] || (value != value && x[best] == x[best])) {
            best = r * s->w + c;
          }
        }
      }
      *y++ = x[best];
      *index++ = (int32_t)best;
    }
  }
}

static void take_planes(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const adaptive *s = j->s;
  for (int64_t plane = begin; plane < end; ++plane) {
    const float *x = j->x + plane * s->h * s->w;
    float *y = j->y + plane * s->oh * s->ow;
    if (j->index == NULL) {
      average_plane(s, x, y);
    } else {
      maximum_plane(s, x, y, j->index + plane * s->oh * s->ow);
    }
  }
}

static int run_adaptive(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const adaptive *s = call->state;
  job j = {s, in[0], out[0], call->def->variant == MAXIMUM ? out[1] : NULL};
  if (s->oh > 0 && s->ow > 0) {
    mc_parallel_for(s->planes, WORK / (s->h * s->w + 1) + 1, take_planes, &j);
  }
  return MC_OK;
}

static int read_adaptive(const mc_op_call *call, adaptive *s) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t *size = NULL;
  const int status = mc_need_ints(call, "output_size", 2, &size, NULL);
  if (status != MC_OK) {
    return status;
  }
  if (x->rank < 3 || x->rank > 4 || x->dims[x->rank - 2] < 1 || x->dims[x->rank - 1] < 1 ||
      x->dims[x->rank - 2] > INT32_MAX / x->dims[x->rank - 1]) {
    return mc_op_error(call, "x is %.160s; it must be [.., channels, height, width] with 1 to %d pixels",
                       mc_shape_text(x, text), INT32_MAX);
  }
  if (size[0] < 0 || size[1] < 0 || size[0] > INT32_MAX || size[1] > INT32_MAX) {
    return mc_op_error(call, "output_size is [%lld,%lld]; both must be in [0, %d]", (long long)size[0],
                       (long long)size[1], INT32_MAX);
  }
  *s = (adaptive){mc_dims_product(x, 0, x->rank - 2), x->dims[x->rank - 2], x->dims[x->rank - 1], size[0],
                  size[1]};
  return MC_OK;
}

static int adaptive_infer(mc_op_call *call) {
  adaptive s;
  const int status = read_adaptive(call, &s);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  y->shape.dims[y->shape.rank - 2] = s.oh;
  y->shape.dims[y->shape.rank - 1] = s.ow;
  if (call->def->variant == MAXIMUM) {
    call->out[1].desc = *y;
    call->out[1].desc.dtype = MC_INT32;
  }
  return mc_check_sizes(call);
}

static int adaptive_prepare(mc_op_call *call) {
  adaptive *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_adaptive(call, s);
  mc_op_cost(call, 50 + (double)s->planes * (double)(s->h * s->w) * 1.5);
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_adaptive, 1u, 1u);
}

static const mc_op_def kOps[] = {
    {.type = "AdaptiveAvgPool2d",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = adaptive_infer,
     .prepare = adaptive_prepare,
     .variant = AVERAGE},
    {.type = "AdaptiveMaxPool2d",
     .inputs = "x",
     .outputs = "y argmax",
     .dtypes = MC_T_FLOATS,
     .infer = adaptive_infer,
     .prepare = adaptive_prepare,
     .variant = MAXIMUM},
};
MC_OP_FAMILY(pool_adaptive, kOps);
