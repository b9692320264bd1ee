/* Operators that hand on the bytes they are given: IdentityN, TensorMove, Bitcast, TransShape. */
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/known.h"
#include "ops/move.h"

static int identity_n_infer(mc_op_call *call) {
  if (call->n_in != call->n_out) {
    return mc_op_error(call, "%d inputs and %d outputs; each input has one output", call->n_in, call->n_out);
  }
  for (int i = 0; i < call->n_in; ++i) {
    call->out[i].desc = call->in[i].desc;
    call->out[i].value = call->in[i].value;
  }
  return mc_check_sizes(call);
}

static int identity_n_prepare(mc_op_call *call) {
  mc_moves *moves = NULL;
  const int status = mc_moves_begin(call, call->n_in, &moves);
  for (int i = 0; status == MC_OK && i < call->n_in; ++i) {
    const int64_t bytes = mc_desc_bytes(&call->in[i].desc);
    const int64_t one = 1;
    moves->items[i].in = moves->items[i].out = i;
    mc_strided_plan(&moves->items[i].plan, 1, &bytes, &one, &one, 1);
  }
  return status != MC_OK ? status : mc_moves_done(call);
}

/* The same bytes as elements of another size: the last dim takes up the difference. */
static int bitcast_infer(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  const int dtype = mc_attr_type(call, "type", -1);
  const size_t from = mc_dtype_size(x->dtype);
  const size_t to = mc_dtype_size(dtype);
  mc_shape y = x->shape;
  if (dtype < 0 || (MC_T_MOVABLE & MC_DTYPE_BIT(dtype)) == 0) {
    return mc_op_error(call, "attribute type is %d (%s); it must be a type of whole bytes", dtype,
                       mc_dtype_name(dtype));
  }
  if (from > to) {
    if (y.rank == MC_MAX_RANK) {
      return mc_op_error(call, "x has rank %d; the result's rank would exceed %d", y.rank, MC_MAX_RANK);
    }
    y.dims[y.rank++] = (int64_t)(from / to);
  } else if (from < to) {
    if (y.rank == 0 || y.dims[y.rank - 1] != (int64_t)(to / from)) {
      return mc_op_error(call, "x is %s %.80s; as %s its last dim must be %zu", mc_dtype_name(x->dtype),
                         mc_shape_text(&x->shape, text), mc_dtype_name(dtype), to / from);
    }
    --y.rank;
  }
  call->out[0].desc = (mc_desc){dtype, MC_FORMAT_ND, y};
  return MC_OK;
}

static int trans_shape_infer(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  size_t count = 0;
  const int64_t *dims = mc_attrs_ints(call->attrs, "outShape", &count);
  const mc_shape *x = &call->in[0].desc.shape;
  mc_shape y = {(int)(count > MC_MAX_RANK ? 0 : count), {0}};
  for (int i = 0; i < y.rank; ++i) {
    y.dims[i] = dims[i];
  }
  if (mc_shape_count(&y) != mc_shape_count(x)) {
    return mc_op_error(call, "attribute outShape %.100s must have the %lld elements of x",
                       mc_shape_text(&y, text), (long long)mc_shape_count(x));
  }
  call->out[0].desc = (mc_desc){call->in[0].desc.dtype, MC_FORMAT_ND, y};
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "IdentityN", .inputs = "x*", .outputs = "y*", .dtypes = MC_T_ALL, .infer = identity_n_infer,
     .prepare = identity_n_prepare},
    {.type = "TensorMove",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_ALL,
     .flags = MC_OP_VIEW,
     .prepare = mc_prepare_copy},
    {.type = "Bitcast",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .flags = MC_OP_VIEW,
     .infer = bitcast_infer,
     .prepare = mc_prepare_copy},
    {.type = "TransShape",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .flags = MC_OP_VIEW,
     .infer = trans_shape_infer,
     .prepare = mc_prepare_copy},
};
MC_OP_FAMILY(same_bytes, kOps);
