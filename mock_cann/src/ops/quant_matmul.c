/*
 * Products with quantised operands. QuantBatchMatmulV3: integers, summed in int32, then scaled for each
 * column and each row. WeightQuantBatchMatmulV2: floats times weights that are brought back to floats on the
 * way.
 */
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/quant_matmul.h"

static int read_product(const mc_op_call *call, mc_quant_product *p) {
  char ta[MC_SHAPE_TEXT];
  char tb[MC_SHAPE_TEXT];
  mc_shape a = call->in[0].desc.shape;
  mc_shape b = call->in[1].desc.shape;
  p->weights = call->def->variant == 1;
  p->turn_a = mc_attrs_bool(call->attrs, p->weights ? "transpose_x" : "transpose_x1", false);
  p->turn_b = mc_attrs_bool(call->attrs, p->weights ? "transpose_weight" : "transpose_x2", false);
  if (a.rank < 2 || b.rank < 2 || (p->weights && b.rank != 2)) {
    return mc_op_error(call, "the operands %.90s and %.90s must have rank 2%s", mc_shape_text(&a, ta),
                       mc_shape_text(&b, tb), p->weights ? "" : " or more");
  }
  const int64_t *ad = a.dims + a.rank - 2;
  const int64_t *bd = b.dims + b.rank - 2;
  p->m = ad[p->turn_a];
  p->k = ad[!p->turn_a];
  p->n = bd[!p->turn_b];
  a.rank -= 2;
  b.rank -= 2;
  if (bd[p->turn_b] != p->k || mc_broadcast(&a, &b, &p->batch) != 0) {
    return mc_op_error(call, "the operands %.90s and %.90s do not multiply",
                       mc_shape_text(&call->in[0].desc.shape, ta),
                       mc_shape_text(&call->in[1].desc.shape, tb));
  }
  p->group = p->weights ? mc_attrs_int(call->attrs, "antiquant_group_size", 0) : 0;
  return 0;
}

/* `count` numbers, or one, or left out. */
static int check_numbers(const mc_op_call *call, int slot, int64_t count, bool one, uint64_t types) {
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  const mc_op_value *value = mc_op_input(call, slot);
  if (value == NULL) {
    return 0;
  }
  const int64_t given = mc_shape_count(&value->desc.shape);
  if ((given != count && !(one && given == 1)) || (types >> value->desc.dtype & 1) == 0) {
    return mc_op_error(call, "input %s is %s %.80s; it must hold %lld numbers%s of an accepted type",
                       mc_op_input_name(call, slot, name), mc_dtype_name(value->desc.dtype),
                       mc_shape_text(&value->desc.shape, text), (long long)count, one ? " or 1" : "");
  }
  return 0;
}

static int check_all(const mc_op_call *call, const mc_quant_product *p) {
  const uint64_t wide = MC_DTYPE_BIT(MC_UINT64) | MC_DTYPE_BIT(MC_INT64);
  const uint64_t narrow = MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_BF16);
  const uint64_t int32 = MC_DTYPE_BIT(MC_INT32);
  int status;
  if (!p->weights) {
    status = check_numbers(call, MC_QUANT_SCALE, p->n, true, wide | MC_T_F32 | MC_DTYPE_BIT(MC_BF16));
    status = status != 0 ? status : check_numbers(call, MC_QUANT_OFFSET, p->n, true, MC_T_F32);
    status = status != 0 ? status : check_numbers(call, MC_QUANT_BIAS, p->n, false, int32 | MC_T_FLOATS);
    return status != 0 ? status : check_numbers(call, MC_QUANT_PER_TOKEN, p->m, false, MC_T_F32);
  }
  const int64_t groups = p->group <= 0 ? 1 : (p->k + p->group - 1) / p->group;
  if (p->group < 0) {
    return mc_op_error(call, "attribute antiquant_group_size is %lld; it must not be negative",
                       (long long)p->group);
  }
  status = check_numbers(call, MC_QUANT_ANTI_SCALE, groups * p->n, p->group == 0, narrow | wide);
  status = status != 0
               ? status
               : check_numbers(call, MC_QUANT_ANTI_OFFSET, groups * p->n, p->group == 0, narrow | int32);
  status = status != 0 ? status : check_numbers(call, MC_QUANT_OUT_SCALE, p->n, true, MC_T_F32 | wide);
  status = status != 0 ? status : check_numbers(call, MC_QUANT_OUT_OFFSET, p->n, true, MC_T_F32);
  return status != 0
             ? status
             : check_numbers(call, MC_QUANT_WEIGHT_BIAS, p->n, false, MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16));
}

static int infer_product(mc_op_call *call) {
  mc_quant_product p;
  int status = read_product(call, &p);
  status = status != 0 ? status : check_all(call, &p);
  if (status != 0) {
    return status;
  }
  const int b = call->in[1].desc.dtype;
  const uint64_t ints = MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_INT4);
  if ((ints >> b & 1) == 0 || (!p.weights && b != call->in[0].desc.dtype)) {
    return mc_op_error(call, "input %s has dtype %s, which is not emulated here", p.weights ? "weight" : "x2",
                       mc_dtype_name(b));
  }
  int64_t dtype = mc_attrs_int(call->attrs, "dtype", -1);
  uint64_t results = MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_BF16) | MC_DTYPE_BIT(MC_INT8);
  if (p.weights && dtype < 0) {
    dtype = mc_op_input(call, MC_QUANT_OUT_SCALE) != NULL ? MC_INT8 : call->in[0].desc.dtype;
  }
  results |= p.weights ? 0 : MC_DTYPE_BIT(MC_INT32);
  if (dtype < 0 || dtype > 63 || (results >> dtype & 1) == 0) {
    return mc_op_error(call, "attribute dtype is %lld; it must be DT_FLOAT16, DT_BF16, DT_INT8%s",
                       (long long)dtype, p.weights ? "" : " or DT_INT32");
  }
  mc_desc *y = &call->out[0].desc;
  *y = (mc_desc){.dtype = (int)dtype, .format = MC_FORMAT_ND, .shape = p.batch};
  y->shape.dims[y->shape.rank++] = p.m;
  y->shape.dims[y->shape.rank++] = p.n;
  return mc_check_sizes(call);
}

static int prepare_product(mc_op_call *call) {
  mc_quant_product *p = mc_op_alloc(call, sizeof(*p));
  if (p == NULL || read_product(call, p) != 0) {
    return mc_op_error(call, "out of memory while preparing");
  }
  const int64_t elements = mc_shape_count(&call->in[0].desc.shape) + mc_shape_count(&call->in[1].desc.shape);
  call->scratch =
      (size_t)(elements + 64) * (p->weights ? sizeof(float) : 1) + (size_t)p->n * 2 * sizeof(float);
  call->scratch = (call->scratch + 63) / 64 * 64;
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->out[0].desc.shape) * (double)(p->k + 5));
  call->state = p;
  call->run = mc_quant_product_run;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "QuantBatchMatmulV3",
     .inputs = "x1 x2 scale offset? bias? pertoken_scale?",
     .outputs = "y",
     .dtypes = MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_INT4),
     .infer = infer_product,
     .prepare = prepare_product},
    {.type = "WeightQuantBatchMatmulV2",
     .inputs = "x weight antiquant_scale antiquant_offset? quant_scale? quant_offset? bias?",
     .outputs = "y",
     .dtypes = MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_BF16),
     .infer = infer_product,
     .prepare = prepare_product,
     .variant = 1},
};

MC_OP_FAMILY(quant_matmul, kOps);
