/*
 * TransposeBatchMatMul: y = perm_y(perm_x1(x1) · perm_x2(x2) + bias), of three dims each. The operands are read through
 * their permuted strides; the result is written through its own when its columns stay neighbours, and moved otherwise.
 */
#include <string.h>

#include "ops/checks.h"
#include "ops/family.h"
#include "ops/gemm.h"
#include "ops/strided.h"

enum { X1, X2, BIAS, SCALE, RANK = 3 };

typedef struct transposed {
  int64_t batches, m, n, k;
  int64_t a[RANK], b[RANK], y[RANK]; /* strides of batch, row and column, in elements */
  mc_shape shape;                    /* of y */
} transposed;

typedef struct arguments {
  const transposed *t;
  const void *const *in;
  void *out;
  int dtype, bias;
  int64_t batch, row; /* strides of what is written */
} arguments;

static const char *at(const void *data, int64_t element, int dtype) {
  return (const char *)data + (size_t)element * mc_dtype_size(dtype);
}

static void select_batch(const void *context, int64_t batch, mc_gemm *gemm, mc_matrix storage[2]) {
  const arguments *g = context;
  const transposed *t = g->t;
  storage[0] = (mc_matrix){at(g->in[X1], batch * t->a[0], g->dtype), t->a[1], t->a[2], g->dtype};
  storage[1] = (mc_matrix){at(g->in[X2], batch * t->b[0], g->dtype), t->b[1], t->b[2], g->dtype};
  gemm->a = (mc_operand){mc_pack_rows, &storage[0], NULL};
  gemm->b = (mc_operand){mc_pack_columns, &storage[1], NULL};
  gemm->c = (mc_result){.data = (char *)g->out + (size_t)(batch * g->batch) * mc_dtype_size(g->dtype),
                        .row = g->row,
                        .dtype = g->dtype,
                        .alpha = 1,
                        .beta = 1,
                        .addend = {g->in[BIAS], 0, 1, g->bias}};
}

static int run_transposed(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const transposed *t = call->state;
  const int dtype = call->in[X1].desc.dtype;
  const mc_op_value *bias = mc_op_input(call, BIAS);
  const bool moved = call->scratch != 0;
  arguments g = {t, in, out[0], dtype, bias == NULL ? MC_FLOAT : bias->desc.dtype, t->y[0], t->y[1]};
  if (moved) {
    g.out = scratch;
    g.batch = t->m * t->n;
    g.row = t->n;
  }
  if (mc_shape_count(&t->shape) == 0) {
    return 0;
  }
  if (!mc_gemm_run(t->batches, t->m, t->n, t->k, select_batch, &g)) {
    return mc_op_error(call, "out of host memory for packing matrices");
  }
  if (moved) {
    mc_strided plan;
    const int64_t dims[RANK] = {t->batches, t->m, t->n};
    const int64_t dense[RANK] = {t->m * t->n, t->n, 1};
    mc_strided_plan(&plan, RANK, dims, t->y, dense, mc_dtype_size(dtype));
    mc_strided_run(&plan, out[0], scratch);
  }
  return 0;
}

/* A permutation of three dims; the identity when the attribute is empty. */
static int read_perm(const mc_op_call *call, const char *name, int perm[RANK]) {
  size_t count = 0;
  const int64_t *given = mc_attrs_ints(call->attrs, name, &count);
  int seen = 0;
  for (int i = 0; i < RANK; ++i) {
    const int64_t axis = count == 0 ? i : i < (int)count ? given[i] : -1;
    perm[i] = axis >= 0 && axis < RANK ? (int)axis : 0;
    seen |= axis >= 0 && axis < RANK ? 1 << axis : 0;
  }
  return seen == 7 && (count == 0 || count == RANK)
             ? 0
             : mc_op_error(call, "attribute %s must hold 0, 1 and 2 in some order, or nothing", name);
}

static int read_operand(const mc_op_call *call, int input, const char *name, int64_t dims[RANK],
                        int64_t strides[RANK]) {
  char text[MC_SHAPE_TEXT];
  int perm[RANK];
  int64_t dense[MC_MAX_RANK];
  const mc_shape *shape = &call->in[input].desc.shape;
  if (shape->rank != RANK) {
    return mc_op_error(call, "input x%d has shape %.100s; it must have three dims", input + 1,
                       mc_shape_text(shape, text));
  }
  const int status = read_perm(call, name, perm);
  mc_dense_strides(shape, dense);
  for (int i = 0; i < RANK; ++i) {
    dims[i] = shape->dims[perm[i]];
    strides[i] = dense[perm[i]];
  }
  return status;
}

static int check_rest(const mc_op_call *call, int64_t n) {
  char text[MC_SHAPE_TEXT];
  const mc_op_value *bias = mc_op_input(call, BIAS);
  if (mc_op_input(call, SCALE) != NULL) {
    return mc_op_error(call, "input scale is connected; quantised results are not emulated");
  }
  if (mc_attrs_int(call->attrs, "batch_split_factor", 1) != 1) {
    return mc_op_error(call, "attribute batch_split_factor is %lld; only 1 is emulated",
                       (long long)mc_attrs_int(call->attrs, "batch_split_factor", 1));
  }
  if (bias != NULL && ((MC_T_FLOATS >> bias->desc.dtype & 1) == 0 || bias->desc.shape.rank < 1 ||
                       bias->desc.shape.dims[bias->desc.shape.rank - 1] != n ||
                       mc_shape_count(&bias->desc.shape) != n)) {
    return mc_op_error(call, "input bias is %s %.80s; it must hold a float for each of the %lld columns",
                       mc_dtype_name(bias->desc.dtype), mc_shape_text(&bias->desc.shape, text), (long long)n);
  }
  return 0;
}

static int read_transposed(const mc_op_call *call, transposed *t) {
  char text_a[MC_SHAPE_TEXT], text_b[MC_SHAPE_TEXT];
  int64_t a[RANK], b[RANK], strides[MC_MAX_RANK];
  int perm[RANK];
  int status = mc_check_same_dtype(call, X1, X2);
  status = status != 0 ? status : read_operand(call, X1, "perm_x1", a, t->a);
  status = status != 0 ? status : read_operand(call, X2, "perm_x2", b, t->b);
  status = status != 0 ? status : read_perm(call, "perm_y", perm);
  if (status != 0) {
    return status;
  }
  if (a[0] != b[0] || a[2] != b[1]) {
    return mc_op_error(call, "x1 %.60s and x2 %.60s are permuted to [%lld,%lld,%lld] and [%lld,%lld,%lld], which do not multiply",
                       mc_shape_text(&call->in[X1].desc.shape, text_a),
                       mc_shape_text(&call->in[X2].desc.shape, text_b), (long long)a[0], (long long)a[1],
                       (long long)a[2], (long long)b[0], (long long)b[1], (long long)b[2]);
  }
  t->batches = a[0];
  t->m = a[1];
  t->k = a[2];
  t->n = b[2];
  const int64_t product[RANK] = {t->batches, t->m, t->n};
  t->shape = (mc_shape){RANK, {product[perm[0]], product[perm[1]], product[perm[2]]}};
  mc_dense_strides(&t->shape, strides);
  for (int i = 0; i < RANK; ++i) {
    t->y[perm[i]] = strides[i];
  }
  return check_rest(call, t->n);
}

static int infer_transposed(mc_op_call *call) {
  transposed t = {0};
  const int status = read_transposed(call, &t);
  call->out[0].desc = (mc_desc){call->in[X1].desc.dtype, MC_FORMAT_ND, t.shape};
  return status != 0 ? status : mc_check_sizes(call);
}

static int prepare_transposed(mc_op_call *call) {
  transposed *t = mc_op_alloc(call, sizeof(*t));
  if (t == NULL || read_transposed(call, t) != 0) {
    return mc_op_error(call, "out of memory while preparing");
  }
  call->scratch = t->y[2] == 1 ? 0 : (size_t)mc_desc_bytes(&call->out[0].desc);
  mc_op_cost(call, (double)t->batches * mc_gemm_cost_ns((double)t->m, (double)t->n, (double)t->k));
  call->state = t;
  call->run = run_transposed;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "TransposeBatchMatMul",
     .inputs = "x1 x2 bias? scale?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = infer_transposed,
     .prepare = prepare_transposed},
};

MC_OP_FAMILY(transpose_matmul, kOps);
