/* SoftmaxV2WithDropOutDoMaskV3D: y1 = softmax(x) along one axis, and y2 = y1 / keep_prob where the mask's byte is not 0,
 * zeros elsewhere. */
#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/softmax_row.h"

enum { GRAIN = 1024 };

typedef struct dropout_state {
  int64_t outer, n, inner; /* x: [outer, n, inner], softmax along n */
  float keep;
} dropout_state;

typedef struct job {
  const mc_op_call *call;
  const char *x;
  const uint8_t *mask;
  char *y1, *y2;
  float *rows;
} job;

static void take_rows(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const dropout_state *s = j->call->state;
  const int dtype = j->call->in[0].desc.dtype;
  const size_t size = mc_dtype_size(dtype);
  mc_convert *load = mc_convert_for(dtype, MC_FLOAT), *store = mc_convert_for(MC_FLOAT, dtype);
  for (int64_t row = begin; row < end; ++row) {
    const int64_t first = row / s->inner * s->n * s->inner + row % s->inner;
    float *p = j->rows + row * s->n;
    for (int64_t i = 0; i < s->n; ++i) {
      load(j->x + (size_t)(first + i * s->inner) * size, &p[i], 1);
    }
    mc_softmax_row(p, s->n);
    for (int64_t i = 0; i < s->n; ++i) {
      const int64_t at = first + i * s->inner;
      const float kept = j->mask[at] != 0 ? p[i] / s->keep : 0.0f;
      store(&p[i], j->y1 + (size_t)at * size, 1);
      store(&kept, j->y2 + (size_t)at * size, 1);
    }
  }
}

static int run_dropout(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const dropout_state *s = call->state;
  job j = {call, in[0], in[1], out[0], out[1], scratch};
  if (mc_shape_count(&call->in[0].desc.shape) > 0) {
    mc_parallel_for(s->outer * s->inner, GRAIN / (s->n + 1) + 1, take_rows, &j);
  }
  return 0;
}

static int read_dropout(const mc_op_call *call, dropout_state *s) {
  char text[MC_SHAPE_TEXT];
  int axis = 0;
  size_t count = 0;
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_desc *mask = &call->in[1].desc;
  const int64_t *axes = mc_attrs_ints(call->attrs, "axes", &count);
  if (count > 1) {
    return mc_op_error(call, "attribute axes has %zu axes; only one is emulated", count);
  }
  const int status = mc_check_axis(call, "attribute axes", count == 0 ? -1 : axes[0], x->rank, &axis);
  if (status != 0) {
    return status;
  }
  s->keep = mc_attrs_float(call->attrs, "keep_prob", 0);
  if (!(s->keep > 0 && s->keep <= 1)) {
    return mc_op_error(call, "attribute keep_prob is %g; it must be given, in (0, 1]", (double)s->keep);
  }
  if (mask->dtype != MC_UINT8 || mc_shape_count(&mask->shape) != mc_shape_count(x)) {
    return mc_op_error(call, "input mask is %s %.80s; it must be DT_UINT8 with %lld elements", mc_dtype_name(mask->dtype),
                       mc_shape_text(&mask->shape, text), (long long)mc_shape_count(x));
  }
  s->outer = mc_dims_product(x, 0, axis);
  s->n = x->dims[axis];
  s->inner = mc_dims_product(x, axis + 1, x->rank);
  return 0;
}

static int infer_dropout(mc_op_call *call) {
  dropout_state s;
  call->out[0].desc = call->out[1].desc = call->in[0].desc;
  return read_dropout(call, &s);
}

static int prepare_dropout(mc_op_call *call) {
  dropout_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL || read_dropout(call, s) != 0) {
    return mc_op_error(call, "out of memory while preparing");
  }
  call->scratch = sizeof(float) * (size_t)mc_shape_count(&call->in[0].desc.shape);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->in[0].desc.shape) * 12);
  call->state = s;
  call->run = run_dropout;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "SoftmaxV2WithDropOutDoMaskV3D",
     .inputs = "x mask",
     .outputs = "y1 y2",
     .dtypes = MC_DTYPE_BIT(MC_FLOAT16),
     .infer = infer_dropout,
     .prepare = prepare_dropout},
};

MC_OP_FAMILY(softmax_dropout, kOps);
