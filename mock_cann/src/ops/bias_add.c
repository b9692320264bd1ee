/* BiasAdd: one number per channel, added as a broadcast along the channel axis. */
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/isa.h"
#include "ops/layout.h"
#include "ops/map.h"

MC_ISA_DECLARE(mc_binary_table, mc_binary_kernels);

/* The bias as a shape that broadcasts against x. */
static int bias_shape(const mc_op_call *call, mc_shape *shape) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *bias = &call->in[1].desc.shape;
  bool channels_last = false;
  int status = mc_layout(call, 0, "NHWC", &channels_last);
  if (status == MC_OK) {
    status = mc_check_same_dtype(call, 0, 1);
  }
  if (status != MC_OK) {
    return status;
  }
  if (x->rank < 2) {
    return mc_op_error(call, "x %.160s has rank %d; it must be at least 2", mc_shape_text(x, text), x->rank);
  }
  const int axis = channels_last ? x->rank - 1 : 1;
  if (bias->rank != 1 || bias->dims[0] != x->dims[axis]) {
    return mc_op_error(call, "bias has shape %.160s; it must be [%lld], the length of x's channel axis %d",
                       mc_shape_text(bias, text), (long long)x->dims[axis], axis);
  }
  shape->rank = x->rank - axis;
  shape->dims[0] = bias->dims[0];
  for (int i = 1; i < shape->rank; ++i) {
    shape->dims[i] = 1;
  }
  return MC_OK;
}

static int bias_add_infer(mc_op_call *call) {
  mc_shape shape;
  call->out[0].desc = call->in[0].desc;
  return bias_shape(call, &shape);
}

static int bias_add_prepare(mc_op_call *call) {
  mc_shape shape;
  const int status = bias_shape(call, &shape);
  if (status != MC_OK) {
    return status;
  }
  const int dtype = mc_compute_dtype(call->out[0].desc.dtype);
  const mc_map_spec spec = {.kernel = MC_ISA_PICK(mc_binary_kernels)->at[MC_BINARY_ADD][mc_lane_of(dtype)],
                            .in_dtype = {dtype, dtype},
                            .out_dtype = dtype,
                            .ps = 200,
                            .shapes = {NULL, &shape}};
  return mc_map_prepare(call, &spec);
}

static const mc_op_def kOps[] = {
    {.type = "BiasAdd",
     .inputs = "x bias",
     .outputs = "y",
     .dtypes = MC_T_NUMBERS,
     .flags = MC_OP_ELEMENTWISE,
     .inplace = 1u << 0,
     .infer = bias_add_infer,
     .prepare = bias_add_prepare,
     .tile = mc_map_tile},
};
MC_OP_FAMILY(bias_add, kOps);
