/* Gated activations of two halves of one tensor: SwiGlu and GeGluV2. */
#include <math.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { SWIGLU, GEGLU, CHUNK = 256, PIECE = 1 << 14 };

typedef struct gated_state {
  int64_t outer, half; /* x: [outer, 2, half] */
  mc_convert *load, *store;
  size_t size;
  bool swish, left, tanh;
} gated_state;

typedef struct job {
  const gated_state *s;
  const char *in;
  char *out, *activated;
} job;

static float activation(const gated_state *s, float x) {
  if (s->swish) {
    return x / (1.0f + expf(-x));
  }
  return s->tanh ? 0.5f * x * (1.0f + tanhf(0.797884561f * (x + 0.044715f * x * x * x)))
                 : 0.5f * x * (1.0f + erff(x * 0.707106781f));
}

static void gate(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const gated_state *s = j->s;
  float a[CHUNK], b[CHUNK], y[CHUNK];
  while (begin < end) {
    const int64_t column = begin % s->half;
    int64_t m = s->half - column < end - begin ? s->half - column : end - begin;
    m = m < CHUNK ? m : CHUNK;
    const char *first = j->in + (size_t)(begin / s->half * 2 * s->half + column) * s->size;
    const char *second = first + (size_t)s->half * s->size;
    s->load(s->left ? first : second, a, m);
    s->load(s->left ? second : first, b, m);
    for (int64_t i = 0; i < m; ++i) {
      a[i] = activation(s, a[i]);
      y[i] = a[i] * b[i];
    }
    s->store(y, j->out + (size_t)begin * s->size, m);
    if (j->activated != NULL) {
      s->store(a, j->activated + (size_t)begin * s->size, m);
    }
    begin += m;
  }
}

static int run_gated(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const gated_state *s = call->state;
  job j = {s, in[0], out[0], call->n_out > 1 ? out[1] : NULL};
  if (s->outer > 0 && s->half > 0) {
    mc_parallel_for(s->outer * s->half, PIECE, gate, &j);
  }
  return MC_OK;
}

static int infer_gated(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  int axis = 0;
  const int status =
      mc_check_axis(call, "attribute dim", mc_attrs_int(call->attrs, "dim", -1), x->rank, &axis);
  if (status != MC_OK) {
    return status;
  }
  if (x->dims[axis] % 2 != 0) {
    return mc_op_error(call, "axis %d has length %lld; it must be even", axis, (long long)x->dims[axis]);
  }
  for (int i = 0; i < call->n_out; ++i) {
    call->out[i].desc = call->in[0].desc;
    call->out[i].desc.shape.dims[axis] /= 2;
  }
  return MC_OK;
}

static int prepare_gated(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  const int dtype = call->in[0].desc.dtype;
  gated_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  const int axis = mc_axis(mc_attrs_int(call->attrs, "dim", -1), x->rank);
  const bool empty = mc_shape_count(x) == 0;
  s->outer = empty ? 0 : mc_dims_product(x, 0, axis);
  s->half = empty ? 0 : mc_dims_product(x, axis, x->rank) / 2;
  s->load = mc_convert_for(dtype, MC_FLOAT);
  s->store = mc_convert_for(MC_FLOAT, dtype);
  s->size = mc_dtype_size(dtype);
  s->swish = call->def->variant == SWIGLU;
  /* The left half of SwiGlu is activated, the right one of GeGluV2 unless it says otherwise. */
  s->left = s->swish || mc_attrs_bool(call->attrs, "activate_left", false);
  s->tanh = mc_attrs_int(call->attrs, "approximate", 1) == 1;
  mc_op_cost(call, 50 + (double)mc_shape_count(x) * 5);
  call->state = s;
  call->run = run_gated;
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "SwiGlu", .inputs = "x", .outputs = "y", .dtypes = MC_T_FLOATS, .infer = infer_gated,
     .prepare = prepare_gated, .variant = SWIGLU},
    {.type = "GeGluV2", .inputs = "x", .outputs = "y gelu", .dtypes = MC_T_FLOATS, .infer = infer_gated,
     .prepare = prepare_gated, .variant = GEGLU},
};
MC_OP_FAMILY(gated, kOps);
