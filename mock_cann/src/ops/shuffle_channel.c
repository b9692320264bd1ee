/* ShuffleChannel: channels seen as [group, rest] become [rest, group]. They are axis 1, or the last one by x's format. */
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/move.h"

static int axis_of(const mc_op_call *call) {
  const mc_desc *x = &call->in[0].desc;
  return x->format == MC_FORMAT_NHWC || x->format == MC_FORMAT_NDHWC ? x->shape.rank - 1 : 1;
}

static int shuffle_infer(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t group = mc_attrs_int(call->attrs, "group", 1);
  if (x->rank < 2 || group < 1 || x->dims[axis_of(call)] % group != 0) {
    return mc_op_error(call, "group is %lld; it must divide the channels of x %.120s", (long long)group,
                       mc_shape_text(x, text));
  }
  return mc_infer_same(call);
}

static int shuffle_prepare(mc_op_call *call) {
  mc_moves *moves = NULL;
  const mc_shape *x = &call->in[0].desc.shape;
  const int axis = axis_of(call);
  const int64_t group = mc_attrs_int(call->attrs, "group", 1);
  const int64_t rest = x->dims[axis] / group;
  const int64_t inner = mc_dims_product(x, axis + 1, x->rank);
  const int64_t dims[4] = {mc_dims_product(x, 0, axis), rest, group, inner};
  const bool empty = mc_shape_count(x) == 0;
  const int64_t sample = empty ? 0 : x->dims[axis] * inner;
  const int64_t dst[4] = {sample, empty ? 0 : group * inner, inner, 1};
  const int64_t src[4] = {sample, inner, empty ? 0 : rest * inner, 1};
  const int status = mc_moves_begin(call, 1, &moves);
  if (status != MC_OK) {
    return status;
  }
  mc_strided_plan(&moves->items[0].plan, 4, dims, dst, src, mc_dtype_size(call->in[0].desc.dtype));
  return mc_moves_done(call);
}

static const mc_op_def kOps[] = {
    {.type = "ShuffleChannel",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_NUMBERS,
     .infer = shuffle_infer,
     .prepare = shuffle_prepare},
};
MC_OP_FAMILY(shuffle_channel, kOps);
