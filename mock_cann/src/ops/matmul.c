/* MatMul and BatchMatMul in all spellings: the last two axes multiply, the others broadcast. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/product.h"
#include "ops/strided.h"

typedef struct shapes {
  bool turn_a, turn_b; /* the operand is given transposed */
  int64_t m, n, k;
  mc_shape batch;
} shapes;

static bool is_batched(const mc_op_call *call) {
  return call->def->type[0] == 'B';
}

static int check_types(const mc_op_call *call) {
  const int dtype = call->in[0].desc.dtype;
  int status = mc_check_same_dtype(call, 0, 1);
  for (int slot = 2; slot < 4 && status == MC_OK && strchr(call->def->inputs, '?') != NULL; ++slot) {
    if (slot == 3 && strstr(call->def->inputs, "offset_w") == NULL) {
      break;
    }
    const mc_op_value *input = mc_op_input(call, slot);
    if (input == NULL) {
      continue;
    }
    if (slot == 3) {
      return mc_op_error(call, "offset_w is connected; it is not emulated");
    }
    const bool ints = dtype == MC_INT8 || dtype == MC_INT32;
    const uint64_t accepted = ints ? MC_DTYPE_BIT(MC_INT32) : MC_T_FLOATS;
    if ((accepted & MC_DTYPE_BIT(input->desc.dtype)) == 0) {
      status = mc_op_error(call, "bias has dtype %s; with %s operands it must be %s",
                           mc_dtype_name(input->desc.dtype), mc_dtype_name(dtype),
                           ints ? "DT_INT32" : "a float type");
    }
  }
  if (status == MC_OK && mc_attrs_int(call->attrs, "offset_x", 0) != 0) {
    return mc_op_error(call, "offset_x is %lld; only 0 is emulated",
                       (long long)mc_attrs_int(call->attrs, "offset_x", 0));
  }
  return status;
}

static int read_shapes(const mc_op_call *call, shapes *s) {
  char ta[MC_SHAPE_TEXT];
  char tb[MC_SHAPE_TEXT];
  const mc_shape *a = &call->in[0].desc.shape;
  const mc_shape *b = &call->in[1].desc.shape;
  const bool batched = is_batched(call);
  if (batched ? a->rank < 2 || b->rank < 2 : a->rank != 2 || b->rank != 2) {
    return mc_op_error(call, "x1 %.90s and x2 %.90s must have rank 2%s", mc_shape_text(a, ta),
                       mc_shape_text(b, tb), batched ? " or more" : "");
  }
  s->turn_a = mc_attrs_bool(call->attrs, batched ? "adj_x1" : "transpose_x1", false);
  s->turn_b = mc_attrs_bool(call->attrs, batched ? "adj_x2" : "transpose_x2", false);
  const int64_t *ad = a->dims + a->rank - 2;
  const int64_t *bd = b->dims + b->rank - 2;
  s->m = ad[s->turn_a ? 1 : 0];
  s->k = ad[s->turn_a ? 0 : 1];
  s->n = bd[s->turn_b ? 0 : 1];
  if (bd[s->turn_b ? 1 : 0] != s->k) {
    return mc_op_error(call, "x1 %.70s%s has depth %lld and x2 %.70s%s %lld; they must be equal",
                       mc_shape_text(a, ta), s->turn_a ? " transposed" : "", (long long)s->k,
                       mc_shape_text(b, tb), s->turn_b ? " transposed" : "",
                       (long long)bd[s->turn_b ? 1 : 0]);
  }
  mc_shape outer_a = *a;
  mc_shape outer_b = *b;
  outer_a.rank -= 2;
  outer_b.rank -= 2;
  if (mc_broadcast(&outer_a, &outer_b, &s->batch) != 0) {
    return mc_op_error(call, "x1 %.90s and x2 %.90s: the dims before the last two do not broadcast",
                       mc_shape_text(a, ta), mc_shape_text(b, tb));
  }
  return MC_OK;
}

static int matmul_infer(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  shapes s;
  int status = check_types(call);
  if (status == MC_OK) {
    status = read_shapes(call, &s);
  }
  if (status != MC_OK) {
    return status;
  }
  const int dtype = call->in[0].desc.dtype;
  mc_desc *y = &call->out[0].desc;
  y->dtype = dtype == MC_INT8 ? MC_INT32 : dtype;
  y->format = MC_FORMAT_ND;
  y->shape = s.batch;
  y->shape.dims[y->shape.rank++] = s.m;
  y->shape.dims[y->shape.rank++] = s.n;
  const mc_op_value *bias = strstr(call->def->inputs, "bias") == NULL ? NULL : mc_op_input(call, 2);
  if (bias != NULL) {
    const mc_shape *shape = &bias->desc.shape;
    if (shape->rank < 1 || shape->dims[shape->rank - 1] != s.n || mc_shape_count(shape) != s.n) {
      return mc_op_error(call, "bias has shape %.160s; it must have one value for each of the %lld columns",
                         mc_shape_text(shape, text), (long long)s.n);
    }
  }
  return mc_check_sizes(call);
}

/* The element at which each batch of an operand starts; NULL when memory is exhausted. */
static const int64_t *batch_starts(const mc_op_call *call, const mc_shape *batch, int64_t batches,
                                   int input) {
  const mc_shape *shape = &call->in[input].desc.shape;
  int64_t strides[MC_MAX_RANK];
  int64_t *starts = mc_op_alloc(call, sizeof(int64_t) * (size_t)(batches + 1));
  mc_dense_strides(shape, strides);
  for (int64_t i = 0; i < batches && starts != NULL; ++i) {
    int64_t rest = i;
    for (int axis = batch->rank - 1; axis >= 0; --axis) {
      const int at = axis - (batch->rank - (shape->rank - 2));
      starts[i] += at < 0 || shape->dims[at] == 1 ? 0 : rest % batch->dims[axis] * strides[at];
      rest /= batch->dims[axis];
    }
  }
  return starts;
}

static int matmul_prepare(mc_op_call *call) {
  shapes s;
  const int status = read_shapes(call, &s);
  if (status != MC_OK) {
    return status;
  }
  const mc_desc *a = &call->in[0].desc;
  const mc_desc *b = &call->in[1].desc;
  mc_product p = {.batches = mc_shape_count(&s.batch),
                  .m = s.m,
                  .n = s.n,
                  .k = s.k,
                  .addend = -1,
                  .alpha = -1,
                  .beta = -1};
  p.a = (mc_matrix){NULL, s.turn_a ? 1 : s.k, s.turn_a ? s.m : 1, a->dtype};
  p.b = (mc_matrix){NULL, s.turn_b ? 1 : s.n, s.turn_b ? s.k : 1, b->dtype};
  if (mc_shape_count(&call->out[0].desc.shape) == 0) {
    p.batches = 0;
  } else if (!s.turn_a && mc_dims_product(&b->shape, 0, b->shape.rank - 2) == 1) {
    /* One right operand for all: the batches are just more rows. */
    p.m *= p.batches;
    p.batches = 1;
    s.batch.rank = 0;
  }
  p.a_at = batch_starts(call, &s.batch, p.batches, 0);
  p.b_at = batch_starts(call, &s.batch, p.batches, 1);
  if (p.a_at == NULL || p.b_at == NULL) {
    return mc_op_error(call, "out of memory for %lld batches", (long long)p.batches);
  }
  const mc_op_value *bias = strstr(call->def->inputs, "bias") == NULL ? NULL : mc_op_input(call, 2);
  if (bias != NULL) {
    p.addend = call->slot_first[2];
    p.addend_as = (mc_matrix){NULL, 0, 1, bias->desc.dtype};
  }
  return mc_product_prepare(call, &p);
}

#define MC_T_MATMUL (MC_T_FLOATS | MC_DTYPE_BIT(MC_INT32))

static const mc_op_def kOps[] = {
    {.type = "MatMul",
     .inputs = "x1 x2 bias?",
     .outputs = "y",
     .dtypes = MC_T_MATMUL,
     .infer = matmul_infer,
     .prepare = matmul_prepare},
    {.type = "MatMulV2",
     .inputs = "x1 x2 bias? offset_w?",
     .outputs = "y",
     .dtypes = MC_T_MATMUL | MC_DTYPE_BIT(MC_INT8),
     .infer = matmul_infer,
     .prepare = matmul_prepare},
    {.type = "BatchMatMul",
     .inputs = "x1 x2",
     .outputs = "y",
     .dtypes = MC_T_MATMUL,
     .infer = matmul_infer,
     .prepare = matmul_prepare},
    {.type = "BatchMatMulV2",
     .inputs = "x1 x2 bias? offset_w?",
     .outputs = "y",
     .dtypes = MC_T_MATMUL | MC_DTYPE_BIT(MC_INT8),
     .infer = matmul_infer,
     .prepare = matmul_prepare},
};
MC_OP_FAMILY(matmul, kOps);
