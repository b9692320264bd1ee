/*
 * SparseTensorDenseMatMul, TensorFlow's: y = A · B, or with A or B turned. A of the shape x1_shape holds x1_values where the
 * rows of x1_indices say, values of one place being added, and zeros elsewhere.
 */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

enum { INDICES, VALUES, SHAPE, DENSE };

#define TYPES                                                                                                \
  (MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_DOUBLE) | MC_DTYPE_BIT(MC_INT32) | MC_DTYPE_BIT(MC_INT64))

typedef struct sparse_state {
  bool turn_a, turn_b;
  int64_t a[2];    /* A's dims as stored */
  int64_t m, n, k; /* y [m, n]; n columns of B, which has k rows */
  int64_t row, column; /* B's strides */
  int64_t count;
  int dtype; /* of the arithmetic */
} sparse_state;

/* A row of y takes a row of B times one value; integers wrap. */
#define ADD_ROW(name, type, wide)                                                                            \
  static void name(const sparse_state *s, const void *values, int64_t at, const void *b, int64_t k, void *y, \
                   int64_t i) {                                                                              \
    const wide value = (wide)((const type *)values)[at];                                                     \
    const type *from = (const type *)b + k * s->row;                                                         \
    type *to = (type *)y + i * s->n;                                                                         \
    for (int64_t j = 0; j < s->n; ++j) {                                                                     \
      to[j] = (type)((wide)to[j] + value * (wide)from[j * s->column]);                                       \
    }                                                                                                        \
  }
ADD_ROW(add_float, float, float)
ADD_ROW(add_double, double, double)
ADD_ROW(add_int32, int32_t, uint32_t)
ADD_ROW(add_int64, int64_t, uint64_t)
#undef ADD_ROW

static int run_sparse(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const sparse_state *s = call->state;
  const size_t size = mc_dtype_size(s->dtype);
  if (s->m * s->n == 0) {
    return MC_OK;
  }
  memset(out[0], 0, (size_t)(s->m * s->n) * size);
  for (int64_t at = 0; at < s->count; ++at) {
    int64_t place[2];
    for (int axis = 0; axis < 2; ++axis) {
      place[axis] = call->in[INDICES].desc.dtype == MC_INT64 ? ((const int64_t *)in[INDICES])[2 * at + axis]
                                                             : ((const int32_t *)in[INDICES])[2 * at + axis];
      if (place[axis] < 0 || place[axis] >= s->a[axis]) {
        return mc_op_error(call, "x1_indices[%lld,%d] is %lld; it must be in [0, %lld)", (long long)at, axis,
                           (long long)place[axis], (long long)s->a[axis]);
      }
    }
    const int64_t i = place[s->turn_a ? 1 : 0], k = place[s->turn_a ? 0 : 1];
    switch (s->dtype) {
    case MC_DOUBLE:
      add_double(s, in[VALUES], at, in[DENSE], k, out[0], i);
      break;
    case MC_INT32:
      add_int32(s, in[VALUES], at, in[DENSE], k, out[0], i);
      break;
    case MC_INT64:
      add_int64(s, in[VALUES], at, in[DENSE], k, out[0], i);
      break;
    default:
      add_float(s, in[VALUES], at, in[DENSE], k, out[0], i);
    }
  }
  return MC_OK;
}

static int read_sparse(const mc_op_call *call, sparse_state *s) {
  char ti[MC_SHAPE_TEXT], tv[MC_SHAPE_TEXT], td[MC_SHAPE_TEXT];
  const mc_desc *indices = &call->in[INDICES].desc, *values = &call->in[VALUES].desc, *dense = &call->in[DENSE].desc;
  int64_t dims = 0;
  const int64_t *shape = mc_op_ints(call, SHAPE, &dims);
  if (shape == NULL) {
    return MC_RT_PARAM;
  }
  if (dims != 2 || shape[0] < 0 || shape[1] < 0) {
    return mc_op_error(call, "input x1_shape must hold two lengths; it has %lld values, the first %lld", (long long)dims,
                       (long long)(dims == 0 ? 0 : shape[0]));
  }
  if ((TYPES >> values->dtype & 1) == 0 || dense->dtype != values->dtype) {
    return mc_op_error(call, "x1_values is %s and x2 %s; they must be equal, of float32, float16, float64, int32 or int64",
                       mc_dtype_name(values->dtype), mc_dtype_name(dense->dtype));
  }
  *s = (sparse_state){.turn_a = mc_attrs_bool(call->attrs, "adjoint_a", false),
                      .turn_b = mc_attrs_bool(call->attrs, "adjoint_b", false),
                      .a = {shape[0], shape[1]},
                      .count = mc_shape_count(&values->shape),
                      .dtype = values->dtype == MC_FLOAT16 ? MC_FLOAT : values->dtype};
  const bool ranks = indices->shape.rank == 2 && values->shape.rank == 1 && dense->shape.rank == 2;
  s->m = s->a[s->turn_a ? 1 : 0];
  s->k = s->a[s->turn_a ? 0 : 1];
  if (!ranks || indices->shape.dims[0] != s->count || indices->shape.dims[1] != 2 ||
      dense->shape.dims[s->turn_b ? 1 : 0] != s->k) {
    return mc_op_error(call,
                       "x1_indices %.50s, x1_values %.50s and x2 %.50s must be [count,2], [count] and a matrix that [%lld,%lld] "
                       "multiplies", mc_shape_text(&indices->shape, ti), mc_shape_text(&values->shape, tv),
                       mc_shape_text(&dense->shape, td), (long long)s->m, (long long)s->k);
  }
  s->n = dense->shape.dims[s->turn_b ? 0 : 1];
  s->row = s->turn_b ? 1 : s->n;
  s->column = s->turn_b ? s->k : 1;
  return MC_OK;
}

static int infer_sparse(mc_op_call *call) {
  sparse_state s = {0};
  const int status = read_sparse(call, &s);
  if (status != MC_OK) {
    return status;
  }
  call->out[0].desc = (mc_desc){call->in[VALUES].desc.dtype, MC_FORMAT_ND, {2, {s.m, s.n}}};
  return mc_check_sizes(call);
}

static int prepare_sparse(mc_op_call *call) {
  sparse_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL || read_sparse(call, s) != MC_OK) {
    return mc_op_error(call, "out of memory while preparing");
  }
  mc_op_cost(call, 60 + (double)s->m * (double)s->n / 8 + (double)s->count * (10 + (double)s->n));
  call->state = s;
  const bool half = call->in[VALUES].desc.dtype == MC_FLOAT16;
  return mc_widen_prepare(call, run_sparse, half ? 1u << VALUES | 1u << DENSE : 0, half ? 1 : 0);
}

static const mc_op_def kOps[] = {
    {.type = "SparseTensorDenseMatMul",
     .inputs = "x1_indices x1_values x1_shape x2",
     .outputs = "y",
     .dtypes = MC_T_INDEX,
     .value_inputs = 1u << SHAPE,
     .infer = infer_sparse,
     .prepare = prepare_sparse},
};
MC_OP_FAMILY(sparse_matmul, kOps);
