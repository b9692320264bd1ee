/*
 * Svd: x = u diag(sigma) v^T of each matrix, by one-sided Jacobi rotations in double. The longer side's vectors are
 * rotated until they are orthogonal; their lengths are the singular values, the rotations the other side's vectors.
 * Directions that x does not determine are completed to a basis.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { SWEEPS = 64 };

typedef struct svd_state {
  int64_t count, m, n;
  int64_t large, small; /* of m and n */
  int64_t basis;        /* vectors of the longer side */
  bool wide;            /* m < n: x is taken transposed */
  bool vectors;
} svd_state;

static double dot(const double *a, const double *b, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

static void rotate(double *a, double *b, int64_t n, double c, double s) {
  for (int64_t i = 0; i < n; ++i) {
    const double was = a[i];
    a[i] = c * was - s * b[i];
    b[i] = s * was + c * b[i];
  }
}

/* w: `small` rows of length `large`, made orthogonal; turns: the rotations, row by row. */
static void orthogonalise(const svd_state *s, double *w, double *turns) {
  bool again = true;
  for (int sweep = 0; sweep < SWEEPS && again; ++sweep) {
    again = false;
    for (int64_t p = 0; p < s->small; ++p) {
      for (int64_t q = p + 1; q < s->small; ++q) {
        double *a = w + p * s->large;
        double *b = w + q * s->large;
        const double aa = dot(a, a, s->large);
        const double bb = dot(b, b, s->large);
        const double ab = dot(a, b, s->large);
        if (!(fabs(ab) > DBL_EPSILON * sqrt(aa) * sqrt(bb))) {
          continue;
        }
        again = true;
        const double zeta = (bb - aa) / (2 * ab);
        const double t = (zeta < 0 ? -1 : 1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
        const double c = 1 / sqrt(1 + t * t);
        rotate(a, b, s->large, c, c * t);
        rotate(turns + p * s->small, turns + q * s->small, s->small, c, c * t);
      }
    }
  }
}

static void swap_rows(double *rows, int64_t length, int64_t a, int64_t b) {
  for (int64_t i = 0; i < length; ++i) {
    const double was = rows[a * length + i];
    rows[a * length + i] = rows[b * length + i];
    rows[b * length + i] = was;
  }
}

/* Lengths of w's rows, falling; the rows and turns in their order. */
static void sort_values(const svd_state *s, double *w, double *turns, double *sigma) {
  for (int64_t i = 0; i < s->small; ++i) {
    sigma[i] = sqrt(dot(w + i * s->large, w + i * s->large, s->large));
  }
  for (int64_t i = 0; i < s->small; ++i) {
    int64_t largest = i;
    for (int64_t k = i + 1; k < s->small; ++k) {
      largest = sigma[k] > sigma[largest] ? k : largest;
    }
    const double was = sigma[i];
    sigma[i] = sigma[largest];
    sigma[largest] = was;
    if (largest != i) {
      swap_rows(w, s->large, i, largest);
      swap_rows(turns, s->small, i, largest);
    }
  }
}

/* Row `at` becomes a unit vector that is orthogonal to those before it: what they leave of an axis. The squares of what
 * they leave of all axes sum to large - at, so that some axis keeps at least their mean. */
static void complete(const svd_state *s, double *w, int64_t at) {
  double *row = w + at * s->large;
  const double enough = sqrt(0.5 * (double)(s->large - at) / (double)s->large);
  for (int64_t axis = 0; axis < s->large; ++axis) {
    memset(row, 0, sizeof(double) * (size_t)s->large);
    row[axis] = 1;
    for (int pass = 0; pass < 2; ++pass) { /* the second removes what rounding left */
      for (int64_t k = 0; k < at; ++k) {
        const double *other = w + k * s->large;
        const double share = dot(row, other, s->large);
        for (int64_t i = 0; i < s->large; ++i) {
          row[i] -= share * other[i];
        }
      }
    }
    const double length = sqrt(dot(row, row, s->large));
    if (length >= enough) {
      for (int64_t i = 0; i < s->large; ++i) {
        row[i] /= length;
      }
      return;
    }
  }
}

static void make_basis(const svd_state *s, double *w, const double *sigma) {
  const double least = s->small > 0 ? sigma[0] * DBL_EPSILON * (double)s->large : 0;
  for (int64_t k = 0; k < s->basis; ++k) {
    if (k < s->small && !(sigma[k] <= least)) {
      for (int64_t i = 0; i < s->large; ++i) {
        w[k * s->large + i] /= sigma[k];
      }
    } else {
      complete(s, w, k);
    }
  }
}

/* Columns of the result from rows. */
static void store_columns(mc_convert *store, const double *rows, int64_t count, int64_t length, char *to, size_t size) {
  for (int64_t i = 0; i < length; ++i) {
    for (int64_t k = 0; k < count; ++k) {
      store(rows + k * length + i, to + (size_t)(i * count + k) * size, 1);
    }
  }
}

static int run_svd(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const svd_state *s = call->state;
  const int dtype = call->in[0].desc.dtype;
  const size_t size = mc_dtype_size(dtype);
  mc_convert *load = mc_convert_for(dtype, MC_DOUBLE);
  mc_convert *store = mc_convert_for(MC_DOUBLE, dtype);
  for (int64_t at = 0; at < s->count; ++at) {
    double *w = scratch;
    double *turns = w + s->basis * s->large;
    double *sigma = turns + s->small * s->small;
    const char *x = (const char *)in[0] + (size_t)(at * s->m * s->n) * size;
    for (int64_t i = 0; i < s->m * s->n; ++i) {
      load(x + (size_t)i * size, w + (s->wide ? i : i % s->n * s->m + i / s->n), 1);
    }
    for (int64_t i = 0; i < s->small * s->small; ++i) {
      turns[i] = i / s->small == i % s->small ? 1 : 0;
    }
    orthogonalise(s, w, turns);
    sort_values(s, w, turns, sigma);
    store(sigma, (char *)out[0] + (size_t)(at * s->small) * size, s->small);
    if (s->vectors) {
      char *longer = (char *)out[s->wide ? 2 : 1] + (size_t)(at * s->basis * s->large) * size;
      char *shorter = (char *)out[s->wide ? 1 : 2] + (size_t)(at * s->small * s->small) * size;
      make_basis(s, w, sigma);
      store_columns(store, w, s->basis, s->large, longer, size);
      store_columns(store, turns, s->small, s->small, shorter, size);
    }
  }
  return MC_OK;
}

static int read_svd(const mc_op_call *call, svd_state *s) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  if (x->rank < 2) {
    return mc_op_error(call, "x has shape %.120s; it must have at least two dims", mc_shape_text(x, text));
  }
  *s = (svd_state){mc_dims_product(x, 0, x->rank - 2), x->dims[x->rank - 2], x->dims[x->rank - 1],
                   .vectors = mc_attrs_bool(call->attrs, "compute_uv", true)};
  s->wide = s->m < s->n;
  s->large = s->wide ? s->n : s->m;
  s->small = s->wide ? s->m : s->n;
  s->basis = s->vectors && mc_attrs_bool(call->attrs, "full_matrices", false) ? s->large : s->small;
  return MC_OK;
}

static int svd_infer(mc_op_call *call) {
  svd_state s;
  const mc_desc *x = &call->in[0].desc;
  const int status = read_svd(call, &s);
  if (status != MC_OK) {
    return status;
  }
  for (int k = 0; k < 3; ++k) {
    call->out[k].desc = *x;
  }
  call->out[0].desc.shape.rank -= 1;
  call->out[0].desc.shape.dims[x->shape.rank - 2] = s.small;
  call->out[1].desc.shape.dims[x->shape.rank - 1] = s.wide ? s.small : s.basis;
  call->out[2].desc.shape.dims[x->shape.rank - 2] = s.n;
  call->out[2].desc.shape.dims[x->shape.rank - 1] = s.wide ? s.basis : s.small;
  if (!s.vectors) { /* TensorFlow's shape of what is not computed */
    call->out[1].desc.shape = call->out[2].desc.shape = (mc_shape){1, {0}};
  }
  return mc_check_sizes(call);
}

static int svd_prepare(mc_op_call *call) {
  svd_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_svd(call, s);
  if (s->count > 0) { /* else the other dims may be anything */
    call->scratch = sizeof(double) * (size_t)(s->basis * s->large + s->small * s->small + s->small);
  }
  mc_op_cost(call, 500 + (double)s->count * (double)s->small * (double)s->small * (double)s->large * 30);
  call->state = s;
  call->run = run_svd;
  return status;
}

static const mc_op_def kOps[] = {
    {.type = "Svd",
     .inputs = "x",
     .outputs = "sigma u v",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_DOUBLE),
     .infer = svd_infer,
     .prepare = svd_prepare},
};
MC_OP_FAMILY(svd, kOps);
