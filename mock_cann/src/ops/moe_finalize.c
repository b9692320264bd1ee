/*
 * MoeFinalizeRouting: what k experts made of each row, brought back together. y = x1 + x2 + the sum over k of
 * scales * (expanded_x + bias of the expert), where expanded_row_idx[choice * rows + row] says which row of expanded_x it
 * is, as MoeInitRouting gives it, and expanded_expert_idx[row, choice] which expert.
 */
#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { EXPANDED, FIRST, SECOND, BIAS, SCALES, PLACES, EXPERTS };

typedef struct job {
  const mc_op_call *call;
  const void *const *in;
  void *out;
  float *room; /* two rows for each row of y */
} job;

static void load(const job *j, int slot, int64_t at, float *to, int64_t n) {
  const int dtype = j->call->in[slot].desc.dtype;
  mc_convert_for(dtype, MC_FLOAT)((const char *)j->in[slot] + (size_t)at * mc_dtype_size(dtype), to, n);
}

static void add(float *y, const float *x, float scale, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    y[i] += scale * x[i];
  }
}

static void finalize_rows(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const int dtype = j->call->out[0].desc.dtype;
  const int64_t rows = j->call->out[0].desc.shape.dims[0], n = j->call->out[0].desc.shape.dims[1];
  const int64_t k = j->call->in[SCALES].desc.shape.dims[1];
  for (int64_t row = begin; row < end; ++row) {
    float *y = j->room + row * 2 * n, *x = y + n, scale = 0;
    load(j, FIRST, row * n, y, n);
    if (mc_op_input(j->call, SECOND) != NULL) {
      load(j, SECOND, row * n, x, n);
      add(y, x, 1, n);
    }
    for (int64_t i = 0; i < k; ++i) {
      load(j, SCALES, row * k + i, &scale, 1);
      load(j, EXPANDED, ((const int32_t *)j->in[PLACES])[i * rows + row] * n, x, n);
      add(y, x, scale, n);
      load(j, BIAS, ((const int32_t *)j->in[EXPERTS])[row * k + i] * n, x, n);
      add(y, x, scale, n);
    }
    mc_convert_for(MC_FLOAT, dtype)(y, (char *)j->out + (size_t)(row * n) * mc_dtype_size(dtype), n);
  }
}

static int check_indices(const mc_op_call *call, const void *const *in, int slot, int64_t limit) {
  char name[MC_OP_NAME];
  const int32_t *index = in[slot];
  for (int64_t i = 0; i < mc_shape_count(&call->in[slot].desc.shape); ++i) {
    if (index[i] < 0 || index[i] >= limit) {
      return mc_op_error(call, "element %lld of %s is %d; it must be in [0, %lld)", (long long)i,
                         mc_op_input_name(call, slot, name), (int)index[i], (long long)limit);
    }
  }
  return 0;
}

static int run_finalize(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const job j = {call, in, out[0], scratch};
  int status = check_indices(call, in, PLACES, call->in[EXPANDED].desc.shape.dims[0]);
  status = status != 0 ? status : check_indices(call, in, EXPERTS, call->in[BIAS].desc.shape.dims[0]);
  if (status == 0 && mc_shape_count(&call->out[0].desc.shape) > 0) {
    mc_parallel_for(call->out[0].desc.shape.dims[0], 8, finalize_rows, (void *)&j);
  }
  return status;
}

static int check_input(const mc_op_call *call, int slot, int rank, int64_t first, int64_t second, int dtype) {
  char name[MC_OP_NAME], text[MC_SHAPE_TEXT], wanted[MC_SHAPE_TEXT];
  const mc_op_value *value = mc_op_input(call, slot);
  const mc_shape shape = {rank, {first, second}};
  if (value == NULL || (value->desc.dtype == dtype && mc_shape_equal(&value->desc.shape, &shape))) {
    return 0;
  }
  return mc_op_error(call, "input %s is %s %.60s; it must be %s %.60s", mc_op_input_name(call, slot, name),
                     mc_dtype_name(value->desc.dtype), mc_shape_text(&value->desc.shape, text), mc_dtype_name(dtype),
                     mc_shape_text(&shape, wanted));
}

static int infer_finalize(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[EXPANDED].desc;
  const mc_shape *scales = &call->in[SCALES].desc.shape, *bias = &call->in[BIAS].desc.shape;
  if (x->shape.rank != 2 || scales->rank != 2 || bias->rank != 2) {
    return mc_op_error(call, "expanded_x, of shape %.80s, scales and bias must have two dims",
                       mc_shape_text(&x->shape, text));
  }
  const int64_t rows = scales->dims[0], k = scales->dims[1], n = x->shape.dims[1];
  int status = check_input(call, FIRST, 2, rows, n, x->dtype);
  status = status != 0 ? status : check_input(call, SECOND, 2, rows, n, x->dtype);
  status = status != 0 ? status : check_input(call, BIAS, 2, bias->dims[0], n, x->dtype);
  status = status != 0 ? status : check_input(call, SCALES, 2, rows, k, x->dtype);
  status = status != 0 ? status : check_input(call, PLACES, 1, mc_shape_count(scales), 0, MC_INT32);
  status = status != 0 ? status : check_input(call, EXPERTS, 2, rows, k, MC_INT32);
  call->out[0].desc = call->in[FIRST].desc;
  return status != 0 ? status : mc_check_sizes(call);
}

static int prepare_finalize(mc_op_call *call) {
  const mc_shape *y = &call->out[0].desc.shape;
  call->scratch = mc_shape_count(y) == 0 ? 0 : 2 * sizeof(float) * (size_t)mc_shape_count(y);
  mc_op_cost(call, 100 + (double)mc_shape_count(y) * 2 * (double)(call->in[SCALES].desc.shape.dims[1] + 1));
  call->run = run_finalize;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "MoeFinalizeRouting",
     .inputs = "expanded_x x1 x2? bias scales expanded_row_idx expanded_expert_idx",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = infer_finalize,
     .prepare = prepare_finalize},
};

MC_OP_FAMILY(moe_finalize, kOps);
