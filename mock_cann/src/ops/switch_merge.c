/* Switch and Merge: what they are; the executor runs them. */
#include "ops/checks.h"
#include "ops/family.h"

static int infer_switch(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *pred = &call->in[1].desc;
  if (pred->dtype != MC_BOOL || mc_shape_count(&pred->shape) != 1) {
    return mc_op_error(call, "input pred is %s %.100s; it must hold one bool", mc_dtype_name(pred->dtype),
                       mc_shape_text(&pred->shape, text));
  }
  call->out[0].desc = call->out[1].desc = call->in[0].desc;
  return 0;
}

/* The shape that all branches have; dims that differ are unknown. */
static int infer_merge(mc_op_call *call) {
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  for (int i = 1; i < call->n_in; ++i) {
    const mc_desc *x = &call->in[i].desc;
    const int status = mc_check_same_dtype(call, 0, i);
    if (status != 0) {
      return status;
    }
    if (x->shape.rank != y->shape.rank) {
      y->shape = (mc_shape){.rank = MC_RANK_UNKNOWN};
    }
    for (int axis = 0; axis < y->shape.rank; ++axis) {
      y->shape.dims[axis] = x->shape.dims[axis] == y->shape.dims[axis] ? y->shape.dims[axis] : -1;
    }
  }
  call->out[1].desc = (mc_desc){.dtype = MC_INT32, .format = MC_FORMAT_ND};
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "Switch", .inputs = "data pred", .outputs = "output_false output_true",
     .dtypes = MC_T_ALL & ~MC_DTYPE_BIT(MC_BF16), .flags = MC_OP_BRANCH, .infer = infer_switch},
    {.type = "Merge", .inputs = "x*", .outputs = "y value_index", .dtypes = MC_T_ALL & ~MC_DTYPE_BIT(MC_BF16),
     .flags = MC_OP_BRANCH, .infer = infer_merge},
};

MC_OP_FAMILY(switch_merge, kOps);
