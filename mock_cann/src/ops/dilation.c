/* Dilation: x with gaps of dilations[i] - 1 places between its elements along axis i, filled with padding_value. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/strided.h"

typedef struct dilation_state {
  mc_strided copy;
  int64_t count; /* elements of y */
  size_t size;
  unsigned char filling[8];
} dilation_state;

static void fill(const dilation_state *s, char *y) {
  for (int64_t i = 0; i < s->count; ++i) {
    memcpy(y + (size_t)i * s->size, s->filling, s->size);
  }
}

static int run_dilation(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const dilation_state *s = call->state;
  fill(s, out[0]);
  mc_strided_run(&s->copy, out[0], in[0]);
  return MC_OK;
}

static int dilation_infer(mc_op_call *call) {
  const int64_t *dilations = NULL;
  size_t n = 0;
  const mc_shape *x = &call->in[0].desc.shape;
  mc_shape *y = &call->out[0].desc.shape;
  const int status = mc_need_ints(call, "dilations", x->rank, &dilations, NULL);
  if (status != MC_OK) {
    return status;
  }
  const int64_t *pads = mc_attrs_ints(call->attrs, "pads", &n);
  for (size_t i = 0; i < n; ++i) {
    if (pads[i] != 0) {
      return mc_op_error(call, "attribute pads holds %lld; only zeros are emulated", (long long)pads[i]);
    }
  }
  call->out[0].desc = call->in[0].desc;
  for (int i = 0; i < x->rank; ++i) {
    if (dilations[i] < 1) {
      return mc_op_error(call, "attribute dilations holds %lld; they must be at least 1", (long long)dilations[i]);
    }
    int64_t places = 0;
    if (x->dims[i] > 0 && (__builtin_mul_overflow(x->dims[i] - 1, dilations[i], &places) || places == INT64_MAX)) {
      return mc_op_error(call, "attribute dilations holds %lld; axis %d of y overflows", (long long)dilations[i], i);
    }
    y->dims[i] = x->dims[i] > 0 ? places + 1 : 0;
  }
  return mc_check_sizes(call);
}

static int dilation_prepare(mc_op_call *call) {
  const int64_t *dilations = NULL;
  int64_t to[MC_MAX_RANK];
  int64_t from[MC_MAX_RANK];
  const mc_desc *x = &call->in[0].desc;
  const mc_shape *y = &call->out[0].desc.shape;
  dilation_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = mc_need_ints(call, "dilations", x->shape.rank, &dilations, NULL);
  if (status != MC_OK) {
    return status;
  }
  const float value = mc_attrs_float(call->attrs, "padding_value", 0);
  s->size = mc_dtype_size(x->dtype);
  s->count = mc_shape_count(y);
  mc_convert_for(MC_FLOAT, x->dtype)(&value, s->filling, 1);
  mc_dense_strides(y, to);
  mc_dense_strides(&x->shape, from);
  for (int i = 0; i < y->rank; ++i) {
    to[i] = x->shape.dims[i] > 1 ? to[i] * dilations[i] : 0;
  }
  mc_strided_plan(&s->copy, y->rank, x->shape.dims, to, from, s->size);
  mc_op_cost(call, 100 + (double)s->count + (double)mc_strided_cost(&s->copy));
  call->state = s;
  call->run = run_dilation;
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "Dilation",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_INT8),
     .infer = dilation_infer,
     .prepare = dilation_prepare},
};
MC_OP_FAMILY(dilation, kOps);
