/* Col2im: the sum of windows put back where they lay, PyTorch's fold. x is [n, channels * window, windows] (n may be left
 * out), y [n, channels, height, width]. */
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

typedef struct fold {
  int64_t n, c;
  int64_t size[2], window[2], stride[2], dilation[2], pad[2], out[2];
} fold;

typedef struct job {
  const fold *s;
  const float *x;
  float *y;
} job;

/* Channels [begin, end) of all samples. */
static void take_channels(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const fold *s = j->s;
  const int64_t taps = s->window[0] * s->window[1];
  const int64_t windows = s->out[0] * s->out[1];
  for (int64_t at = begin; at < end; ++at) {
    float *y = j->y + at * s->size[0] * s->size[1];
    memset(y, 0, sizeof(float) * (size_t)(s->size[0] * s->size[1]));
    for (int64_t tap = 0; tap < taps; ++tap) {
      const float *x = j->x + (at * taps + tap) * windows;
      for (int64_t w = 0; w < windows; ++w) {
        const int64_t row = w / s->out[1] * s->stride[0] - s->pad[0] + tap / s->window[1] * s->dilation[0];
        const int64_t column = w % s->out[1] * s->stride[1] - s->pad[1] + tap % s->window[1] * s->dilation[1];
        if (row >= 0 && row < s->size[0] && column >= 0 && column < s->size[1]) {
          y[row * s->size[1] + column] += x[w];
        }
      }
    }
  }
}

static int run_fold(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const fold *s = call->state;
  job j = {s, in[0], out[0]};
  mc_parallel_for(s->n * s->c, 1, take_channels, &j);
  return MC_OK;
}

static int read_two(const mc_op_call *call, const char *name, int64_t least, int64_t values[2]) {
  const int64_t *list = NULL;
  const int status = mc_need_ints(call, name, 2, &list, NULL);
  for (int i = 0; status == MC_OK && i < 2; ++i) {
    values[i] = list[i];
    if (list[i] < least || list[i] > INT32_MAX) {
      return mc_op_error(call, "%s holds %lld; it must be in [%lld, 2147483647]", name, (long long)list[i],
                         (long long)least);
    }
  }
  return status;
}

static int read_fold(const mc_op_call *call, fold *s) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  int64_t count = 0;
  const int64_t *size = mc_op_ints(call, 1, &count);
  memset(s, 0, sizeof(*s));
  if (size == NULL) {
    return MC_RT_PARAM;
  }
  if (count != 2 || size[0] < 0 || size[1] < 0) {
    return mc_op_error(call, "output_size must have two values of at least 0");
  }
  memcpy(s->size, size, sizeof(s->size));
  int status = read_two(call, "kernel_size", 1, s->window);
  status = status != MC_OK ? status : read_two(call, "stride", 1, s->stride);
  status = status != MC_OK ? status : read_two(call, "dilation", 1, s->dilation);
  status = status != MC_OK ? status : read_two(call, "padding", 0, s->pad);
  if (status != MC_OK) {
    return status;
  }
  for (int i = 0; i < 2; ++i) {
    const int64_t free = s->size[i] + 2 * s->pad[i] - (s->window[i] - 1) * s->dilation[i] - 1;
    s->out[i] = free < 0 ? 0 : free / s->stride[i] + 1;
  }
  const int64_t taps = s->window[0] * s->window[1];
  if (x->rank < 2 || x->rank > 3 || x->dims[x->rank - 2] % taps != 0 || x->dims[x->rank - 1] != s->out[0] * s->out[1]) {
    return mc_op_error(call, "x is %.100s; it must be [(n,) channels * %lld, %lld], windows of an image of "
                             "%lld x %lld",
                       mc_shape_text(x, text), (long long)taps, (long long)(s->out[0] * s->out[1]),
                       (long long)s->size[0], (long long)s->size[1]);
  }
  s->n = x->rank == 3 ? x->dims[0] : 1;
  s->c = x->dims[x->rank - 2] / taps;
  return MC_OK;
}

static int fold_infer(mc_op_call *call) {
  fold s;
  const int status = read_fold(call, &s);
  if (status != MC_OK) {
    return status;
  }
  call->out[0].desc = call->in[0].desc;
  call->out[0].desc.shape = call->in[0].desc.shape.rank == 3 ? (mc_shape){4, {s.n, s.c, s.size[0], s.size[1]}}
                                                              : (mc_shape){3, {s.c, s.size[0], s.size[1]}};
  return mc_check_sizes(call);
}

static int fold_prepare(mc_op_call *call) {
  fold *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_fold(call, s);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->in[0].desc.shape) * 3);
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_fold, 1u, 1u);
}

static const mc_op_def kOps[] = {
    {.type = "Col2im",
     .inputs = "x output_size",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .value_inputs = 2u,
     .infer = fold_infer,
     .prepare = fold_prepare},
};
MC_OP_FAMILY(col2im, kOps);
