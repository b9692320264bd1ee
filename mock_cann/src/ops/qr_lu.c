/*
 * Factors of matrices, one by one and in double whatever the type: Qr by Householder's reflections, Lu by elimination
 * with the largest pivot of each column. Lu packs both triangles into one matrix, without the ones of the lower one's
 * diagonal; p tells which row of the input each of their product's rows is.
 */
#include <math.h>
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/known.h"

static int check_matrices(const mc_op_call *call, bool square) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  if (x->rank < 2 || (square && x->dims[x->rank - 1] != x->dims[x->rank - 2])) {
    return mc_op_error(call, "input 0 has shape %.120s; it must have %s", mc_shape_text(x, text),
                       square ? "two last dims that are equal" : "at least two dims");
  }
  return MC_OK;
}

/* Rows of x, columns of x, columns of q. */
typedef struct sizes {
  int64_t count, m, n, k;
} sizes;

static sizes sizes_of(const mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  sizes s = {mc_dims_product(x, 0, x->rank - 2), x->dims[x->rank - 2], x->dims[x->rank - 1], 0};
  s.k = mc_attrs_bool(call->attrs, "full_matrices", false) || s.m < s.n ? s.m : s.n;
  return s;
}

/* b, of `columns` columns, reflected: b -= tau v (v^T b), where v is 1 at row j and below it column j of a. */
static void reflect(const double *a, const sizes *s, int64_t j, double tau, double *b, int64_t first, int64_t columns) {
  for (int64_t c = first; c < columns; ++c) {
    double sum = b[j * columns + c];
    for (int64_t i = j + 1; i < s->m; ++i) {
      sum += a[i * s->n + j] * b[i * columns + c];
    }
    sum *= tau;
    b[j * columns + c] -= sum;
    for (int64_t i = j + 1; i < s->m; ++i) {
      b[i * columns + c] -= sum * a[i * s->n + j];
    }
  }
}

/* a becomes r with the reflections' vectors below its diagonal; q [m, k] is made of them. */
static void factor_qr(double *a, const sizes *s, double *taus, double *q) {
  const int64_t steps = s->m < s->n ? s->m : s->n;
  for (int64_t j = 0; j < steps; ++j) {
    double squares = 0;
    for (int64_t i = j + 1; i < s->m; ++i) {
      squares += a[i * s->n + j] * a[i * s->n + j];
    }
    const double head = a[j * s->n + j];
    taus[j] = 0;
    if (squares == 0) {
      continue; /* already zero below the diagonal */
    }
    const double length = sqrt(head * head + squares);
    const double turned = head > 0 ? -length : length;
    taus[j] = (turned - head) / turned;
    for (int64_t i = j + 1; i < s->m; ++i) {
      a[i * s->n + j] /= head - turned;
    }
    reflect(a, s, j, taus[j], a, j + 1, s->n);
    a[j * s->n + j] = turned;
  }
  for (int64_t i = 0; i < s->m * s->k; ++i) {
    q[i] = i / s->k == i % s->k ? 1 : 0;
  }
  for (int64_t j = steps - 1; j >= 0; --j) {
    reflect(a, s, j, taus[j], q, 0, s->k);
  }
}

static int run_qr(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const sizes s = sizes_of(call);
  const int dtype = call->in[0].desc.dtype;
  const size_t size = mc_dtype_size(dtype);
  mc_convert *load = mc_convert_for(dtype, MC_DOUBLE);
  mc_convert *store = mc_convert_for(MC_DOUBLE, dtype);
  for (int64_t at = 0; at < s.count; ++at) {
    double *a = scratch;
    double *q = a + s.m * s.n;
    double *taus = q + s.m * s.k;
    load((const char *)in[0] + (size_t)(at * s.m * s.n) * size, a, s.m * s.n);
    factor_qr(a, &s, taus, q);
    for (int64_t i = 0; i < s.m * s.n; ++i) {
      a[i] = i / s.n > i % s.n ? 0 : a[i];
    }
    store(q, (char *)out[0] + (size_t)(at * s.m * s.k) * size, s.m * s.k);
    store(a, (char *)out[1] + (size_t)(at * s.k * s.n) * size, s.k * s.n);
  }
  return MC_OK;
}

static int infer_qr(mc_op_call *call) {
  const int status = check_matrices(call, false);
  if (status != MC_OK) {
    return status;
  }
  const sizes s = sizes_of(call);
  const int rank = call->in[0].desc.shape.rank;
  call->out[0].desc = call->out[1].desc = call->in[0].desc;
  call->out[0].desc.shape.dims[rank - 1] = s.k;
  call->out[1].desc.shape.dims[rank - 2] = s.k;
  return mc_check_sizes(call);
}

static int prepare_factors(mc_op_call *call) {
  const sizes s = sizes_of(call);
  if (s.count > 0) { /* else the other dims may be anything */
    call->scratch = sizeof(double) * (size_t)(s.m * s.n + s.m * s.k + s.m);
  }
  mc_op_cost(call, 200 + (double)s.count * (double)s.m * (double)s.n * (double)s.k * 4);
  call->run = call->def->kernel;
  return MC_OK;
}

/* False when a column has no pivot. */
static bool factor_lu(double *a, int64_t n, int64_t *rows) {
  for (int64_t i = 0; i < n; ++i) {
    rows[i] = i;
  }
  for (int64_t k = 0; k < n; ++k) {
    int64_t pivot = k;
    for (int64_t i = k + 1; i < n; ++i) {
      pivot = fabs(a[i * n + k]) > fabs(a[pivot * n + k]) ? i : pivot;
    }
    if (a[pivot * n + k] == 0) {
      return false;
    }
    for (int64_t j = 0; pivot != k && j < n; ++j) {
      const double swapped = a[k * n + j];
      a[k * n + j] = a[pivot * n + j];
      a[pivot * n + j] = swapped;
    }
    const int64_t row = rows[k];
    rows[k] = rows[pivot];
    rows[pivot] = row;
    for (int64_t i = k + 1; i < n; ++i) {
      a[i * n + k] /= a[k * n + k];
      for (int64_t j = k + 1; j < n; ++j) {
        a[i * n + j] -= a[i * n + k] * a[k * n + j];
      }
    }
  }
  return true;
}

static int run_lu(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const sizes s = sizes_of(call);
  const int dtype = call->in[0].desc.dtype;
  const int index = call->out[1].desc.dtype;
  const size_t size = mc_dtype_size(dtype);
  mc_convert *load = mc_convert_for(dtype, MC_DOUBLE);
  mc_convert *store = mc_convert_for(MC_DOUBLE, dtype);
  for (int64_t at = 0; at < s.count; ++at) {
    double *a = scratch;
    int64_t *rows = (int64_t *)(a + s.n * s.n);
    load((const char *)in[0] + (size_t)(at * s.n * s.n) * size, a, s.n * s.n);
    if (!factor_lu(a, s.n, rows)) {
      return mc_op_error(call, "matrix %lld of the input is singular", (long long)at);
    }
    store(a, (char *)out[0] + (size_t)(at * s.n * s.n) * size, s.n * s.n);
    mc_convert_for(MC_INT64, index)(rows, (char *)out[1] + (size_t)(at * s.n) * mc_dtype_size(index), s.n);
  }
  return MC_OK;
}

static int infer_lu(mc_op_call *call) {
  int index = MC_INT32;
  int status = check_matrices(call, true);
  status = status != MC_OK ? status : mc_index_type(call, "output_idx_type", MC_INT32, &index);
  if (status != MC_OK) {
    return status;
  }
  call->out[0].desc = call->out[1].desc = call->in[0].desc;
  call->out[1].desc.shape.rank -= 1;
  call->out[1].desc.dtype = index;
  return mc_check_sizes(call);
}

#define REAL (MC_T_F32 | MC_DTYPE_BIT(MC_DOUBLE))

static const mc_op_def kOps[] = {
    {.type = "Qr", .inputs = "x", .outputs = "q r", .dtypes = REAL | MC_DTYPE_BIT(MC_FLOAT16), .infer = infer_qr,
     .prepare = prepare_factors, .kernel = run_qr},
    {.type = "Lu", .inputs = "input", .outputs = "lu p", .dtypes = REAL, .infer = infer_lu,
     .prepare = prepare_factors, .kernel = run_lu},
};
MC_OP_FAMILY(qr_lu, kOps);
