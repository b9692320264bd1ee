/* Matrices one by one, in double whatever the type: determinants, inverses, Cholesky factors, triangular systems. */
#include <math.h>
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { DETERMINANT, LOG_DETERMINANT, INVERSE, CHOLESKY, TRIANGULAR };

static int check_square(const mc_op_call *call, int64_t *n) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  if (x->rank < 2 || x->dims[x->rank - 1] != x->dims[x->rank - 2]) {
    return mc_op_error(call, "input 0 has shape %.120s; its last two dims must be equal", mc_shape_text(x, text));
  }
  *n = x->dims[x->rank - 1];
  return MC_OK;
}

static int infer_linalg(mc_op_call *call) {
  int64_t n = 0;
  char text_a[MC_SHAPE_TEXT];
  char text_b[MC_SHAPE_TEXT];
  const int status = check_square(call, &n);
  call->out[0].desc = call->in[0].desc;
  if (status != MC_OK || call->def->variant == INVERSE || call->def->variant == CHOLESKY) {
    return status;
  }
  if (call->def->variant != TRIANGULAR) {
    call->out[0].desc.shape.rank -= 2;
    call->out[call->n_out - 1].desc = call->out[0].desc;
    return MC_OK;
  }
  const mc_shape *a = &call->in[0].desc.shape;
  const mc_shape *b = &call->in[1].desc.shape;
  bool fits = b->rank == a->rank;
  for (int i = 0; fits && i < a->rank - 1; ++i) {
    fits = a->dims[i] == b->dims[i];
  }
  if (!fits) {
    return mc_op_error(call, "matrix %.80s and rhs %.80s must agree in all dims but the last",
                       mc_shape_text(a, text_a), mc_shape_text(b, text_b));
  }
  call->out[0].desc = call->in[1].desc;
  return mc_check_same_dtype(call, 0, 1);
}

/* Gaussian elimination with the largest pivot of each column, the same steps done to the `m` columns of b. Returns the
 * sign of the row exchanges, 0 when a column has no pivot. */
static double eliminate(double *a, int64_t n, double *b, int64_t m) {
  double sign = 1;
  for (int64_t k = 0; k < n; ++k) {
    int64_t pivot = k;
    for (int64_t i = k + 1; i < n; ++i) {
      pivot = fabs(a[i * n + k]) > fabs(a[pivot * n + k]) ? i : pivot;
    }
    if (a[pivot * n + k] == 0) {
      return 0;
    }
    for (int64_t j = 0; pivot != k && j < n; ++j) {
      const double swapped = a[k * n + j];
      a[k * n + j] = a[pivot * n + j];
      a[pivot * n + j] = swapped;
    }
    for (int64_t j = 0; pivot != k && j < m; ++j) {
      const double swapped = b[k * m + j];
      b[k * m + j] = b[pivot * m + j];
      b[pivot * m + j] = swapped;
    }
    sign = pivot != k ? -sign : sign;
    for (int64_t i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / a[k * n + k];
      for (int64_t j = k; factor != 0 && j < n; ++j) {
        a[i * n + j] -= factor * a[k * n + j];
      }
      for (int64_t j = 0; factor != 0 && j < m; ++j) {
        b[i * m + j] -= factor * b[k * m + j];
      }
    }
  }
  return sign;
}

/* x of a x = b for a triangle: upwards when it is upper. */
static void substitute(const double *a, int64_t n, double *b, int64_t m, bool lower, bool transposed) {
  for (int64_t step = 0; step < n; ++step) {
    const bool forward = lower != transposed;
    const int64_t i = forward ? step : n - 1 - step;
    for (int64_t k = forward ? 0 : i + 1; k < (forward ? i : n); ++k) {
      const double factor = transposed ? a[k * n + i] : a[i * n + k];
      for (int64_t j = 0; factor != 0 && j < m; ++j) {
        b[i * m + j] -= factor * b[k * m + j];
      }
    }
    for (int64_t j = 0; j < m; ++j) {
      b[i * m + j] /= a[i * n + i];
    }
  }
}

static int factor(const mc_op_call *call, double *a, int64_t n) {
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = j; i < n; ++i) {
      double sum = a[i * n + j];
      for (int64_t k = 0; k < j; ++k) {
        sum -= a[i * n + k] * a[j * n + k];
      }
      if (i == j && !(sum > 0)) {
        return mc_op_error(call, "a matrix is not positive definite: its minor of order %lld is not positive",
                           (long long)(j + 1));
      }
      a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
    }
    for (int64_t i = 0; i < j; ++i) {
      a[i * n + j] = 0;
    }
  }
  return MC_OK;
}

/* One matrix; results go to a (Cholesky), b (inverse, solution) or value. */
static int solve(const mc_op_call *call, double *a, int64_t n, double *b, int64_t m, double value[2]) {
  switch (call->def->variant) {
  case CHOLESKY:
    return factor(call, a, n);
  case TRIANGULAR:
    for (int64_t i = 0; i < n; ++i) {
      if (a[i * n + i] == 0) {
        return mc_op_error(call, "a matrix has a zero at [%lld, %lld] of its diagonal", (long long)i, (long long)i);
      }
    }
    substitute(a, n, b, m, mc_attrs_bool(call->attrs, "lower", true), mc_attrs_bool(call->attrs, "adjoint", false));
    return MC_OK;
  case INVERSE:
    memset(b, 0, sizeof(double) * (size_t)(n * n));
    for (int64_t i = 0; i < n; ++i) {
      b[i * n + i] = 1;
    }
    if (eliminate(a, n, b, n) == 0) {
      return mc_op_error(call, "a matrix is singular");
    }
    substitute(a, n, b, n, false, false);
    return MC_OK;
  default:
    value[0] = eliminate(a, n, NULL, 0);
    value[1] = 0;
    for (int64_t i = 0; i < n && value[0] != 0; ++i) {
      value[0] *= call->def->variant == DETERMINANT ? a[i * n + i] : a[i * n + i] < 0 ? -1 : 1;
      value[1] += log(fabs(a[i * n + i]));
    }
    value[1] = value[0] == 0 ? -INFINITY : value[1];
    return MC_OK;
  }
}

static void store_inverse(const mc_op_call *call, double *b, double *a, int64_t n) {
  const bool transposed = mc_attrs_bool(call->attrs, "adjoint", false);
  for (int64_t i = 0; i < n * n; ++i) {
    a[i] = transposed ? b[i % n * n + i / n] : b[i];
  }
}

static int run_linalg(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_shape *x = &call->in[0].desc.shape;
  const int dtype = call->in[0].desc.dtype;
  const size_t size = mc_dtype_size(dtype);
  const int variant = call->def->variant;
  const int64_t n = x->dims[x->rank - 1];
  const int64_t m = variant == TRIANGULAR ? call->in[1].desc.shape.dims[x->rank - 1] : n;
  mc_convert *load = mc_convert_for(dtype, MC_DOUBLE);
  mc_convert *store = mc_convert_for(MC_DOUBLE, dtype);
  const int64_t count = mc_dims_product(x, 0, x->rank - 2);
  for (int64_t i = 0; i < count; ++i) {
    double *a = scratch;
    double *b = a + n * n;
    double value[2];
    load((const char *)in[0] + (size_t)(i * n * n) * size, a, n * n);
    if (variant == TRIANGULAR) {
      load((const char *)in[1] + (size_t)(i * n * m) * size, b, n * m);
    }
    const int status = solve(call, a, n, b, m, value);
    if (status != MC_OK) {
      return status;
    }
    if (variant == DETERMINANT || variant == LOG_DETERMINANT) {
      for (int k = 0; k < call->n_out; ++k) {
        store(&value[k], (char *)out[k] + (size_t)i * size, 1);
      }
      continue;
    }
    if (variant == INVERSE) {
      store_inverse(call, b, a, n);
    }
    store(variant == TRIANGULAR ? b : a, (char *)out[0] + (size_t)(i * n * m) * size, n * m);
  }
  return MC_OK;
}

static int prepare_linalg(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  const double n = (double)x->dims[x->rank - 1];
  const int64_t m = call->def->variant == TRIANGULAR ? call->in[1].desc.shape.dims[x->rank - 1] : (int64_t)n;
  mc_op_cost(call, 100 + (double)mc_dims_product(x, 0, x->rank - 2) * n * n * (n + (double)m));
  call->scratch = sizeof(double) * (size_t)((int64_t)n * ((int64_t)n + m));
  call->run = run_linalg;
  return MC_OK;
}

#define OP(name, in, result, types, number)                                                                  \
  {.type = (name), .inputs = (in), .outputs = (result), .dtypes = (types), .infer = infer_linalg,            \
   .prepare = prepare_linalg, .variant = (number)}
#define REAL (MC_T_F32 | MC_DTYPE_BIT(MC_DOUBLE))

static const mc_op_def kOps[] = {
    OP("MatrixDeterminant", "x", "y", REAL, DETERMINANT),
    OP("LogMatrixDeterminant", "x", "sign y", REAL, LOG_DETERMINANT),
    OP("MatrixInverse", "x", "y", REAL, INVERSE),
    OP("Cholesky", "x", "y", REAL | MC_DTYPE_BIT(MC_FLOAT16), CHOLESKY),
    OP("MatrixTriangularSolve", "matrix rhs", "y", REAL, TRIANGULAR),
};
MC_OP_FAMILY(linalg, kOps);
