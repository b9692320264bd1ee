/* Diagonals: tensors made of one (Diag, MatrixDiag), taken from one (DiagPart, Trace), and triangles beside one
 * (Tril, Triu). */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { DIAG, DIAG_PART, MATRIX_DIAG, LOWER, UPPER };

static int finish(mc_op_call *call) {
  mc_op_cost(call, 30 + (double)mc_desc_bytes(&call->out[0].desc) / 4);
  call->run = call->def->kernel;
  return MC_OK;
}

/* Diag doubles all dims, MatrixDiag the last; DiagPart halves them. */
static int infer_diag(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  mc_shape y = *x;
  call->out[0].desc = call->in[0].desc;
  if (call->def->variant == DIAG_PART) {
    y.rank = x->rank / 2;
    bool square = x->rank % 2 == 0 && x->rank > 0;
    for (int i = 0; square && i < y.rank; ++i) {
      square = x->dims[i] == x->dims[i + y.rank];
    }
    if (!square) {
      return mc_op_error(call, "x has shape %.100s; its second half of dims must repeat the first",
                         mc_shape_text(x, text));
    }
  } else {
    const int first = call->def->variant == DIAG ? 0 : x->rank - 1;
    if (x->rank < 1 || x->rank + x->rank - first > MC_MAX_RANK) {
      return mc_op_error(call, "x has rank %d; it must be in [1, %d]", x->rank,
                         first == 0 ? MC_MAX_RANK / 2 : MC_MAX_RANK - 1);
    }
    for (int i = first; i < x->rank; ++i) {
      y.dims[y.rank++] = x->dims[i];
    }
  }
  call->out[0].desc.shape = y;
  return mc_check_sizes(call);
}

/* [outer, n] and [outer, n, n]: the smaller's elements lie n + 1 apart in the larger. */
static int run_diag(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const bool part = call->def->variant == DIAG_PART;
  const mc_shape *thin = part ? &call->out[0].desc.shape : &call->in[0].desc.shape;
  const size_t size = mc_dtype_size(call->in[0].desc.dtype);
  const int64_t count = mc_shape_count(thin);
  const int64_t n = call->def->variant == MATRIX_DIAG ? thin->dims[thin->rank - 1] : count;
  if (count == 0) {
    return MC_OK;
  }
  if (!part) {
    memset(out[0], 0, (size_t)mc_desc_bytes(&call->out[0].desc));
  }
  for (int64_t i = 0; i < count; ++i) {
    const size_t wide = (size_t)(i / n * n * n + i % n * (n + 1)) * size;
    memcpy((char *)out[0] + (part ? (size_t)i * size : wide), (const char *)in[0] + (part ? wide : (size_t)i * size),
           size);
  }
  return MC_OK;
}

static int infer_triangle(mc_op_call *call) {
  if (call->in[0].desc.shape.rank < 2) {
    return mc_op_error(call, "x has rank %d; it must be at least 2", call->in[0].desc.shape.rank);
  }
  return mc_infer_same(call);
}

/* Keeps column - row <= diagonal below, >= diagonal above. */
static int run_triangle(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t size = (int64_t)mc_dtype_size(call->in[0].desc.dtype);
  const int64_t columns = x->dims[x->rank - 1];
  const int64_t rows = mc_shape_count(x) == 0 ? 0 : mc_dims_product(x, 0, x->rank - 1);
  const int64_t height = x->dims[x->rank - 2];
  const int64_t diagonal = mc_attrs_int(call->attrs, "diagonal", 0);
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t row = r % height;
    /* The first column right of what Tril keeps, the first that Triu keeps. */
    const int64_t shift = call->def->variant == LOWER ? 1 : 0;
    int64_t at = 0;
    if (__builtin_add_overflow(row + shift, diagonal, &at)) {
      at = diagonal > 0 ? columns : 0;
    }
    at = at < 0 ? 0 : at > columns ? columns : at;
    const char *from = (const char *)in[0] + r * columns * size;
    char *to = (char *)out[0] + r * columns * size;
    const int64_t keep = call->def->variant == LOWER ? 0 : at;
    const int64_t end = call->def->variant == LOWER ? at : columns;
    memmove(to + keep * size, from + keep * size, (size_t)((end - keep) * size));
    memset(to, 0, (size_t)(keep * size));
    memset(to + end * size, 0, (size_t)((columns - end) * size));
  }
  return MC_OK;
}

/* Floats stay what they are; integers and booleans add up in 64 bits. */
static int infer_trace(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  if (x->shape.rank != 2) {
    return mc_op_error(call, "x has shape %.100s; it must be a matrix", mc_shape_text(&x->shape, text));
  }
  const bool positive = (MC_T_UNSIGNED >> x->dtype & 1) != 0;
  const int dtype = mc_dtype_is_float(x->dtype) ? x->dtype : positive ? MC_UINT64 : MC_INT64;
  call->out[0].desc = (mc_desc){dtype, MC_FORMAT_ND, {0, {0}}};
  return MC_OK;
}

static int run_trace(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_desc *x = &call->in[0].desc;
  const bool real = mc_dtype_is_float(x->dtype);
  const int64_t n = x->shape.dims[0] < x->shape.dims[1] ? x->shape.dims[0] : x->shape.dims[1];
  mc_convert *load = mc_convert_for(x->dtype, real ? MC_DOUBLE : MC_INT64);
  double sum = 0;
  uint64_t total = 0;
  for (int64_t i = 0; i < n; ++i) {
    const char *at = (const char *)in[0] + (size_t)(i * (x->shape.dims[1] + 1)) * mc_dtype_size(x->dtype);
    union {
      double real;
      int64_t integer;
    } value;
    load(at, &value, 1);
    sum += real ? value.real : 0;
    total += real ? 0 : (uint64_t)value.integer;
  }
  if (real) {
    mc_convert_for(MC_DOUBLE, x->dtype)(&sum, out[0], 1);
  } else {
    memcpy(out[0], &total, sizeof(total));
  }
  return MC_OK;
}

#define WIDE                                                                                                 \
  (MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_DOUBLE) | MC_T_INDEX | MC_DTYPE_BIT(MC_COMPLEX64) | \
   MC_DTYPE_BIT(MC_COMPLEX128))
#define OP(name, types, infer_function, run_function, number)                                                \
  {.type = (name), .inputs = "x", .outputs = "y", .dtypes = (types), .infer = (infer_function),              \
   .prepare = finish, .kernel = (run_function), .variant = (number)}

static const mc_op_def kOps[] = {
    OP("Diag", WIDE, infer_diag, run_diag, DIAG),
    OP("DiagPart", WIDE, infer_diag, run_diag, DIAG_PART),
    OP("MatrixDiag", MC_T_MOVABLE & ~MC_T_BOOL, infer_diag, run_diag, MATRIX_DIAG),
    OP("Tril", MC_T_MOVABLE, infer_triangle, run_triangle, LOWER),
    OP("Triu", MC_T_MOVABLE, infer_triangle, run_triangle, UPPER),
    OP("Trace", MC_T_ALL, infer_trace, run_trace, 0),
};
MC_OP_FAMILY(diagonal, kOps);
