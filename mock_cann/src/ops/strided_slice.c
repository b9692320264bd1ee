/* Slices with strides: parts of a tensor, and what is written into such a part of a variable. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/move.h"
#include "ops/slice_view.h"

static int strided_slice_infer(mc_op_call *call) {
  mc_slice_view v;
  const int status = mc_slice_find(call, &v);
  if (status == MC_OK) {
    const mc_desc *x = &call->in[0].desc;
    call->out[0].desc =
        (mc_desc){x->dtype, v.shape.rank == x->shape.rank ? x->format : MC_FORMAT_ND, v.shape};
  }
  return status;
}

static int strided_slice_prepare(mc_op_call *call) {
  mc_slice_view v;
  const int status = mc_slice_find(call, &v);
  return status != MC_OK ? status : mc_move_view(call, 0, v.src, v.first);
}

/* The slice as a destination: axes that run backwards are turned, with those of what is written. */
static int assign_infer(mc_op_call *call) {
  char given[MC_SHAPE_TEXT];
  char wanted[MC_SHAPE_TEXT];
  mc_slice_view v;
  int status = mc_check_same_dtype(call, 0, 4);
  status = status != MC_OK ? status : mc_slice_find(call, &v);
  if (status == MC_OK && !mc_shape_equal(&v.shape, &call->in[4].desc.shape)) {
    return mc_op_error(call, "input_value has shape %.100s; the slice of var has %.100s",
                       mc_shape_text(&call->in[4].desc.shape, given), mc_shape_text(&v.shape, wanted));
  }
  call->out[0].desc = call->in[0].desc;
  return status;
}

typedef struct assign_state {
  mc_strided plan;
  int64_t dst, src; /* bytes from the starts */
  bool empty;
} assign_state;

static int run_assign(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const assign_state *s = call->state;
  const int64_t bytes = mc_desc_bytes(&call->out[0].desc);
  if (bytes > 0 && out[0] != in[0]) {
    memcpy(out[0], in[0], (size_t)bytes);
  }
  if (!s->empty) {
    mc_strided_run(&s->plan, (char *)out[0] + s->dst, (const char *)in[4] + s->src);
  }
  return MC_OK;
}

static int assign_prepare(mc_op_call *call) {
  mc_slice_view v;
  const int status = mc_slice_find(call, &v);
  assign_state *s = mc_op_alloc(call, sizeof(*s));
  if (status != MC_OK || s == NULL) {
    return status != MC_OK ? status : mc_op_error(call, "out of memory for the plan");
  }
  const int64_t size = (int64_t)mc_dtype_size(call->in[0].desc.dtype);
  int64_t dense[MC_MAX_RANK];
  int64_t dims[MC_MAX_RANK + 1] = {1};
  int64_t dst[MC_MAX_RANK + 1] = {1};
  int64_t src[MC_MAX_RANK + 1] = {1};
  int rank = 0;
  mc_dense_strides(&v.shape, dense);
  s->dst = v.first * size;
  for (int i = 0; i < v.shape.rank; ++i) {
    const int64_t n = v.shape.dims[i];
    if (n == 1) {
      continue;
    }
    const bool turn = v.src[i] < 0;
    s->dst += turn && n > 0 ? (n - 1) * v.src[i] * size : 0;
    s->src += turn && n > 0 ? (n - 1) * dense[i] * size : 0;
    dims[rank] = n;
    dst[rank] = turn ? -v.src[i] : v.src[i];
    src[rank++] = turn ? -dense[i] : dense[i];
  }
  s->empty = mc_shape_count(&v.shape) == 0;
  if (!s->empty) {
    mc_strided_plan(&s->plan, rank == 0 ? 1 : rank, dims, dst, src, (size_t)size);
  }
  mc_op_cost(call, 30 + (double)mc_desc_bytes(&call->out[0].desc) / 8);
  call->state = s;
  call->run = run_assign;
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "StridedSlice",
     .inputs = "x begin end strides",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1 | 1u << 2 | 1u << 3,
     .infer = strided_slice_infer,
     .prepare = strided_slice_prepare},
    {.type = "StridedSliceD",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = strided_slice_infer,
     .prepare = strided_slice_prepare},
    {.type = "StridedSliceV2",
     .inputs = "x begin end axes? strides?",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4,
     .infer = strided_slice_infer,
     .prepare = strided_slice_prepare},
    {.type = "StridedSliceV3",
     .inputs = "x begin end axes? strides?",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4,
     .infer = strided_slice_infer,
     .prepare = strided_slice_prepare},
    {.type = "StridedSliceAssign",
     .inputs = "var begin end strides input_value",
     .outputs = "var",
     .dtypes = MC_T_MOVABLE & ~(MC_T_BOOL | MC_T_FLOAT8),
     .value_inputs = 1u << 1 | 1u << 2 | 1u << 3,
     .flags = MC_OP_REF,
     .inplace = 1,
     .infer = assign_infer,
     .prepare = assign_prepare},
};
MC_OP_FAMILY(strided_slice, kOps);
