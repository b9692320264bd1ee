/* GEMM, with its factors and addend, and FullyConnection, a product with flattened inputs. */
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/product.h"

static const int64_t kStart[1] = {0};

static bool is_int(int dtype) {
  return dtype == MC_INT8 || dtype == MC_INT32;
}

static int gemm_infer(mc_op_call *call) {
  char ta[MC_SHAPE_TEXT];
  char tb[MC_SHAPE_TEXT];
  const mc_shape *a = &call->in[0].desc.shape;
  const mc_shape *b = &call->in[1].desc.shape;
  const mc_desc *c = &call->in[2].desc;
  const int status = mc_check_same_dtype(call, 0, 1);
  if (status != MC_OK) {
    return status;
  }
  const bool turn_a = mc_attrs_bool(call->attrs, "transpose_a", false);
  const bool turn_b = mc_attrs_bool(call->attrs, "transpose_b", false);
  if (a->rank != 2 || b->rank != 2 || a->dims[turn_a ? 0 : 1] != b->dims[turn_b ? 1 : 0]) {
    return mc_op_error(call, "a %.70s%s and b %.70s%s must be matrices of equal depth", mc_shape_text(a, ta),
                       turn_a ? " transposed" : "", mc_shape_text(b, tb), turn_b ? " transposed" : "");
  }
  const bool ints = is_int(call->in[0].desc.dtype);
  const uint64_t accepted = ints ? MC_DTYPE_BIT(MC_INT32) : MC_T_FLOATS;
  for (int i = 2; i < 5; ++i) {
    if ((accepted & MC_DTYPE_BIT(call->in[i].desc.dtype)) == 0) {
      return mc_op_error(call, "%s has dtype %s; with %s operands it must be %s",
                         i == 2   ? "c"
                         : i == 3 ? "alpha"
                                  : "beta",
                         mc_dtype_name(call->in[i].desc.dtype), mc_dtype_name(call->in[0].desc.dtype),
                         ints ? "DT_INT32" : "a float type");
    }
    if (i > 2 && mc_shape_count(&call->in[i].desc.shape) != 1) {
      return mc_op_error(call, "%s has %lld elements; it must have one", i == 3 ? "alpha" : "beta",
                         (long long)mc_shape_count(&call->in[i].desc.shape));
    }
  }
  mc_desc *y = &call->out[0].desc;
  *y = (mc_desc){c->dtype, MC_FORMAT_ND, {2, {a->dims[turn_a ? 1 : 0], b->dims[turn_b ? 0 : 1]}}};
  mc_shape joined;
  if (mc_broadcast(&c->shape, &y->shape, &joined) != 0 || !mc_shape_equal(&joined, &y->shape)) {
    return mc_op_error(call, "c %.90s does not broadcast to the product's shape %.90s",
                       mc_shape_text(&c->shape, ta), mc_shape_text(&y->shape, tb));
  }
  return mc_check_sizes(call);
}

static int gemm_prepare(mc_op_call *call) {
  const mc_shape *a = &call->in[0].desc.shape;
  const mc_shape *b = &call->in[1].desc.shape;
  const mc_shape *c = &call->in[2].desc.shape;
  const bool turn_a = mc_attrs_bool(call->attrs, "transpose_a", false);
  const bool turn_b = mc_attrs_bool(call->attrs, "transpose_b", false);
  mc_product p = {.batches = 1,
                  .m = a->dims[turn_a ? 1 : 0],
                  .n = b->dims[turn_b ? 0 : 1],
                  .k = a->dims[turn_a ? 0 : 1],
                  .a_at = kStart,
                  .b_at = kStart,
                  .addend = 2,
                  .alpha = 3,
                  .beta = 4};
  p.a = (mc_matrix){NULL, turn_a ? 1 : a->dims[1], turn_a ? a->dims[1] : 1, call->in[0].desc.dtype};
  p.b = (mc_matrix){NULL, turn_b ? 1 : b->dims[1], turn_b ? b->dims[1] : 1, call->in[1].desc.dtype};
  const int64_t columns = c->rank < 1 ? 1 : c->dims[c->rank - 1];
  const int64_t rows = c->rank < 2 ? 1 : c->dims[c->rank - 2];
  p.addend_as = (mc_matrix){NULL, rows == 1 ? 0 : columns, columns == 1 ? 0 : 1, call->in[2].desc.dtype};
  return mc_product_prepare(call, &p);
}

static int read_connection(const mc_op_call *call, mc_product *p, int *axis) {
  char tx[MC_SHAPE_TEXT];
  char tw[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *w = &call->in[1].desc.shape;
  const bool turned = mc_attrs_bool(call->attrs, "transpose", false);
  const int64_t from = mc_attrs_int(call->attrs, "axis", 1);
  int64_t outputs = 0;
  const int status = mc_need_int(call, "num_output", &outputs);
  if (status != MC_OK) {
    return status;
  }
  if ((from != 1 && from != 2) || x->rank <= from) {
    return mc_op_error(call, "axis %lld: it must be 1 or 2 and less than x's rank %d", (long long)from,
                       x->rank);
  }
  *axis = (int)from;
  const int64_t m = mc_dims_product(x, 0, *axis);
  const int64_t k = mc_dims_product(x, *axis, x->rank);
  const int64_t rest = w->rank < 2 ? -1
                       : turned    ? mc_dims_product(w, 0, w->rank - 1)
                                   : mc_dims_product(w, 1, w->rank);
  if (w->rank < 2 || w->dims[turned ? w->rank - 1 : 0] != outputs || rest != k) {
    return mc_op_error(call, "w %.60s: with num_output %lld and x %.60s it must be [%lld, %lld]%s",
                       mc_shape_text(w, tw), (long long)outputs, mc_shape_text(x, tx),
                       (long long)(turned ? k : outputs), (long long)(turned ? outputs : k),
                       turned ? " (transpose)" : "");
  }
  *p = (mc_product){.batches = 1,
                    .m = m,
                    .n = outputs,
                    .k = k,
                    .a_at = kStart,
                    .b_at = kStart,
                    .addend = -1,
                    .alpha = -1,
                    .beta = -1};
  p->a = (mc_matrix){NULL, k, 1, call->in[0].desc.dtype};
  p->b = (mc_matrix){NULL, turned ? outputs : 1, turned ? 1 : k, call->in[1].desc.dtype};
  const mc_op_value *bias = mc_op_input(call, 2);
  if (bias != NULL) {
    const uint64_t accepted = is_int(p->a.dtype) ? MC_DTYPE_BIT(MC_INT32) : MC_T_FLOATS;
    if (mc_shape_count(&bias->desc.shape) != outputs || (accepted & MC_DTYPE_BIT(bias->desc.dtype)) == 0) {
      return mc_op_error(call, "b has shape %.90s and dtype %s; it must have num_output = %lld values of %s",
                         mc_shape_text(&bias->desc.shape, tx), mc_dtype_name(bias->desc.dtype),
                         (long long)outputs, is_int(p->a.dtype) ? "DT_INT32" : "a float type");
    }
    p->addend = call->slot_first[2];
    p->addend_as = (mc_matrix){NULL, 0, 1, bias->desc.dtype};
  }
  if (mc_op_input(call, 3) != NULL || mc_attrs_int(call->attrs, "offset_x", 0) != 0) {
    return mc_op_error(call, "offset_w and offset_x are not emulated");
  }
  return mc_check_same_dtype(call, 0, 1);
}

static int connection_infer(mc_op_call *call) {
  mc_product p;
  int axis = 0;
  const int status = read_connection(call, &p, &axis);
  if (status != MC_OK) {
    return status;
  }
  const mc_desc *x = &call->in[0].desc;
  mc_desc *y = &call->out[0].desc;
  *y = (mc_desc){x->dtype == MC_INT8 ? MC_INT32 : x->dtype, MC_FORMAT_ND, {axis + 1, {x->shape.dims[0]}}};
  if (axis == 2) {
    y->shape.dims[1] = x->shape.dims[1];
  }
  y->shape.dims[axis] = p.n;
  return mc_check_sizes(call);
}

static int connection_prepare(mc_op_call *call) {
  mc_product p;
  int axis = 0;
  const int status = read_connection(call, &p, &axis);
  return status != MC_OK ? status : mc_product_prepare(call, &p);
}

static const mc_op_def kOps[] = {
    {.type = "GEMM",
     .inputs = "a b c alpha beta",
     .outputs = "y",
     .dtypes = MC_T_FLOATS | MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_INT32),
     .infer = gemm_infer,
     .prepare = gemm_prepare},
    {.type = "FullyConnection",
     .inputs = "x w b? offset_w?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS | MC_DTYPE_BIT(MC_INT8),
     .infer = connection_infer,
     .prepare = connection_prepare},
};
MC_OP_FAMILY(dense, kOps);
