/* Select, masks and clipping. */
#include "ops/family.h"
#include "ops/isa.h"
#include "ops/map.h"

MC_ISA_DECLARE(mc_choose_table, mc_choose_kernels);

static int infer_clip(mc_op_call *call) {
  const int status = mc_infer_broadcast(call);
  char text_x[MC_SHAPE_TEXT];
  char text_y[MC_SHAPE_TEXT];
  if (status == 0 && !mc_shape_equal(&call->out[0].desc.shape, &call->in[0].desc.shape)) {
    return mc_op_error(call, "the bounds broadcast x of shape %.100s to %.100s; they must fit into x",
                       mc_shape_text(&call->in[0].desc.shape, text_x),
                       mc_shape_text(&call->out[0].desc.shape, text_y));
  }
  return status;
}

static int prepare_clip(mc_op_call *call) {
  const int dtype = mc_compute_dtype(call->in[0].desc.dtype);
  const mc_map_spec spec = {.kernel = MC_ISA_PICK(mc_choose_kernels)->clip[mc_lane_of(dtype)],
                            .in_dtype = {dtype, dtype, dtype},
                            .out_dtype = dtype,
                            .ps = 200};
  return mc_map_prepare(call, &spec);
}

static mc_op_tile *select_kernel(int dtype) {
  const size_t size = mc_dtype_size(dtype);
  return MC_ISA_PICK(mc_choose_kernels)->select[size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3];
}

/* SelectV2 broadcasts all three operands. */
static int infer_select(mc_op_call *call) {
  const int status = mc_infer_broadcast_as(call, 1, 3);
  char text[MC_SHAPE_TEXT];
  if (status != 0) {
    return status;
  }
  mc_shape *shape = &call->out[0].desc.shape;
  if (mc_broadcast(shape, &call->in[0].desc.shape, shape) != 0) {
    return mc_op_error(call,
                       "input condition has shape %.150s, which does not broadcast with the other inputs",
                       mc_shape_text(&call->in[0].desc.shape, text));
  }
  if (mc_lane_of(call->in[1].desc.dtype) == MC_LANE_COUNT) {
    return mc_op_error(call, "dtype %s is not supported", mc_dtype_name(call->in[1].desc.dtype));
  }
  return 0;
}

/* Select's condition is one number, has x1's shape, or has one element per row: it aligns at the left. */
static mc_shape left_aligned(const mc_shape *condition, int rank) {
  mc_shape shape = *condition;
  for (; shape.rank < rank; ++shape.rank) {
    shape.dims[shape.rank] = 1;
  }
  return shape;
}

static int infer_select_rows(mc_op_call *call) {
  const mc_shape *x = &call->in[1].desc.shape;
  const mc_shape condition = left_aligned(&call->in[0].desc.shape, x->rank);
  mc_shape shape;
  char text_c[MC_SHAPE_TEXT];
  char text_x[MC_SHAPE_TEXT];
  if (!mc_shape_equal(x, &call->in[2].desc.shape) || call->in[1].desc.dtype != call->in[2].desc.dtype) {
    return mc_op_error(call, "inputs x1 and x2 must have one shape and dtype; they are %s %.80s and %s %.80s",
                       mc_dtype_name(call->in[1].desc.dtype), mc_shape_text(x, text_c),
                       mc_dtype_name(call->in[2].desc.dtype),
                       mc_shape_text(&call->in[2].desc.shape, text_x));
  }
  if (mc_broadcast(&condition, x, &shape) != 0 || !mc_shape_equal(&shape, x)) {
    return mc_op_error(call,
                       "input condition has shape %.80s; for x1 of shape %.80s it must be the same, a vector "
                       "over the first axis, or one element",
                       mc_shape_text(&call->in[0].desc.shape, text_c), mc_shape_text(x, text_x));
  }
  if (mc_lane_of(call->in[1].desc.dtype) == MC_LANE_COUNT) {
    return mc_op_error(call, "dtype %s is not supported", mc_dtype_name(call->in[1].desc.dtype));
  }
  call->out[0].desc = call->in[1].desc;
  return 0;
}

static int prepare_select_as(mc_op_call *call, const mc_shape *condition) {
  const int dtype = call->out[0].desc.dtype;
  const mc_map_spec spec = {.kernel = select_kernel(dtype),
                            .in_dtype = {MC_BOOL, dtype, dtype},
                            .out_dtype = dtype,
                            .ps = 250,
                            .shapes = {condition}};
  return mc_map_prepare(call, &spec);
}

static int prepare_select(mc_op_call *call) { return prepare_select_as(call, NULL); }

static int prepare_select_rows(mc_op_call *call) {
  const mc_shape condition = left_aligned(&call->in[0].desc.shape, call->out[0].desc.shape.rank);
  return prepare_select_as(call, &condition);
}

/* MaskedFill: value where mask, x elsewhere; value is one element. */
static int infer_masked_fill(mc_op_call *call) {
  const mc_desc *x = &call->in[0].desc;
  const mc_desc *mask = &call->in[1].desc;
  const mc_desc *value = &call->in[2].desc;
  char text_x[MC_SHAPE_TEXT];
  char text_mask[MC_SHAPE_TEXT];
  if (mask->dtype != MC_BOOL || value->dtype != x->dtype || mc_shape_count(&value->shape) != 1) {
    return mc_op_error(
        call, "mask must be DT_BOOL (it is %s) and value one element of x's dtype %s (it is %s %.80s)",
        mc_dtype_name(mask->dtype), mc_dtype_name(x->dtype), mc_dtype_name(value->dtype),
        mc_shape_text(&value->shape, text_x));
  }
  call->out[0].desc = *x;
  if (mc_broadcast(&x->shape, &mask->shape, &call->out[0].desc.shape) != 0) {
    return mc_op_error(call, "x of shape %.80s and mask of shape %.80s do not broadcast",
                       mc_shape_text(&x->shape, text_x), mc_shape_text(&mask->shape, text_mask));
  }
  return 0;
}

/* The select kernel with its operands in the order x, mask, value. */
static void masked_fill_tile(const mc_op_call *call, const void *const *in, void *out, int64_t n,
                             uint32_t scalars) {
  const void *const ordered[3] = {in[1], in[2], in[0]};
  select_kernel(call->out[0].desc.dtype)(call, ordered, out, n,
                                         (scalars >> 1 & 1) | (scalars >> 2 & 1) << 1 | (scalars & 1) << 2);
}

static int prepare_masked_fill(mc_op_call *call) {
  const int dtype = call->out[0].desc.dtype;
  const mc_shape one = {0};
  const mc_map_spec spec = {.kernel = masked_fill_tile,
                            .in_dtype = {dtype, MC_BOOL, dtype},
                            .out_dtype = dtype,
                            .ps = 250,
                            .shapes = {NULL, NULL, &one}};
  return mc_map_prepare(call, &spec);
}

#define CLIP(name)                                                                                           \
  {.type = (name), .inputs = "x clip_value_min clip_value_max", .outputs = "y", .dtypes = MC_T_NUMBERS,      \
   .flags = MC_OP_ELEMENTWISE, .inplace = 1, .infer = infer_clip, .prepare = prepare_clip,                   \
   .tile = mc_map_tile}

static const mc_op_def kOps[] = {
    CLIP("ClipByValue"),
    CLIP("ClipByValueV2"),
    {.type = "Select",
     .inputs = "condition x1 x2",
     .outputs = "y",
     .dtypes = MC_T_BOOL,
     .flags = MC_OP_ELEMENTWISE,
     .inplace = 6,
     .infer = infer_select_rows,
     .prepare = prepare_select_rows,
     .tile = mc_map_tile},
    {.type = "SelectV2",
     .inputs = "condition then else",
     .outputs = "result",
     .dtypes = MC_T_BOOL,
     .flags = MC_OP_ELEMENTWISE,
     .inplace = 6,
     .infer = infer_select,
     .prepare = prepare_select,
     .tile = mc_map_tile},
    {.type = "MaskedFill",
     .inputs = "x mask value",
     .outputs = "y",
     .flags = MC_OP_ELEMENTWISE,
     .inplace = 1,
     .dtypes =
         MC_T_FLOATS | MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_INT32) | MC_DTYPE_BIT(MC_INT64) | MC_T_BOOL,
     .infer = infer_masked_fill,
     .prepare = prepare_masked_fill,
     .tile = mc_map_tile},
};

MC_OP_FAMILY(choose, kOps);
