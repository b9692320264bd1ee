/* Operators that repeat elements: Tile, BroadcastTo and Expand, copies from views whose strides are partly
 * zero. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/move.h"

/* The integers that say how far to repeat: an attribute of D operators, else input 1. */
static int read_ints(const mc_op_call *call, const char *attr, const int64_t **values, int64_t *count) {
  if (strchr(call->def->inputs, ' ') == NULL) {
    size_t length = 0;
    const int status = mc_need_ints(call, attr, -1, values, &length);
    *count = (int64_t)length;
    return status;
  }
  *values = mc_op_ints(call, 1, count);
  return *values == NULL ? MC_RT_PARAM : MC_OK;
}

static int check_rank(const mc_op_call *call, const char *name, int64_t count) {
  const int rank = call->in[0].desc.shape.rank;
  if (count < rank || count > MC_MAX_RANK) {
    return mc_op_error(call, "%s has %lld values; it must have at least %d, x's rank, and at most %d", name,
                       (long long)count, rank, MC_MAX_RANK);
  }
  return MC_OK;
}

/* x's dim for axis `i` of a result of `rank` axes: x is aligned to the right. */
static int64_t aligned(const mc_shape *x, int rank, int i) {
  const int at = i - (rank - x->rank);
  return at < 0 ? 1 : x->dims[at];
}

static int tile_infer(mc_op_call *call) {
  const int64_t *multiples = NULL;
  int64_t count = 0;
  int status = read_ints(call, "multiples", &multiples, &count);
  if (status == MC_OK) {
    status = check_rank(call, "multiples", count);
  }
  if (status != MC_OK) {
    return status;
  }
  const mc_desc *x = &call->in[0].desc;
  mc_desc *y = &call->out[0].desc;
  const mc_shape from = x->shape;
  *y = *x;
  y->shape.rank = (int)count;
  for (int i = 0; i < (int)count; ++i) {
    if (multiples[i] < 0 ||
        __builtin_mul_overflow(aligned(&from, (int)count, i), multiples[i], &y->shape.dims[i])) {
      return mc_op_error(call,
                         "multiples[%d] is %lld; it must be at least 0 and the result must not overflow", i,
                         (long long)multiples[i]);
    }
  }
  return mc_check_sizes(call);
}

/* Every axis is walked twice: over the repetitions, for which the source stands still, and over its elements.
 */
static int tile_prepare(mc_op_call *call) {
  const int64_t *multiples = NULL;
  int64_t count = 0;
  mc_moves *moves = NULL;
  int status = read_ints(call, "multiples", &multiples, &count);
  if (status == MC_OK) {
    status = mc_moves_begin(call, 1, &moves);
  }
  if (status != MC_OK) {
    return status;
  }
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *y = &call->out[0].desc.shape;
  int64_t dims[MC_STRIDED_RANK];
  int64_t dst[MC_STRIDED_RANK];
  int64_t src[MC_STRIDED_RANK];
  int64_t x_strides[MC_MAX_RANK];
  int64_t y_strides[MC_MAX_RANK];
  if (mc_shape_count(y) == 0) {
    return mc_moves_done(call);
  }
  mc_dense_strides(x, x_strides);
  mc_dense_strides(y, y_strides);
  for (int i = 0; i < y->rank; ++i) {
    const int at = i - (y->rank - x->rank);
    const int64_t length = aligned(x, y->rank, i);
    dims[2 * i] = multiples[i];
    dst[2 * i] = y_strides[i] * length;
    src[2 * i] = 0;
    dims[2 * i + 1] = length;
    dst[2 * i + 1] = y_strides[i];
    src[2 * i + 1] = at < 0 ? 0 : x_strides[at];
  }
  mc_strided_plan(&moves->items[0].plan, 2 * y->rank, dims, dst, src, mc_dtype_size(call->in[0].desc.dtype));
  return mc_moves_done(call);
}

static int broadcast_to_infer(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const int64_t *shape = NULL;
  int64_t count = 0;
  /* Expand lets a 1 in `shape` stand for any length of x, as ONNX does; BroadcastTo must produce `shape`
   * itself. */
  const bool expand = strncmp(call->def->type, "Expand", 6) == 0;
  const int status = read_ints(call, "shape", &shape, &count);
  if (status != MC_OK) {
    return status;
  }
  const mc_shape from = call->in[0].desc.shape;
  if (count > MC_MAX_RANK || (count < from.rank && !expand)) {
    return check_rank(call, "shape", count);
  }
  const int rank = count > from.rank ? (int)count : from.rank;
  call->out[0].desc = call->in[0].desc;
  mc_shape *y = &call->out[0].desc.shape;
  y->rank = rank;
  for (int i = 0; i < rank; ++i) {
    const int64_t at = i - (rank - count);
    const int64_t length = aligned(&from, rank, i);
    const int64_t wanted = at < 0 || (expand && shape[at] == 1) ? length : shape[at];
    /* -1 keeps x's dim, which a new axis does not have. */
    const bool keeps = wanted == -1 && i >= rank - from.rank;
    if (!keeps && (wanted < 0 || (length != 1 && length != wanted))) {
      return mc_op_error(call, "x %.120s does not broadcast to shape[%lld] = %lld",
                         mc_shape_text(&from, text), (long long)at, (long long)wanted);
    }
    y->dims[i] = keeps ? length : wanted;
  }
  return mc_check_sizes(call);
}

static int broadcast_to_prepare(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *y = &call->out[0].desc.shape;
  int64_t strides[MC_MAX_RANK];
  int64_t src[MC_MAX_RANK];
  mc_dense_strides(x, strides);
  for (int i = 0; i < y->rank; ++i) {
    const int at = i - (y->rank - x->rank);
    src[i] = at < 0 || x->dims[at] == 1 ? 0 : strides[at];
  }
  return mc_move_view(call, 0, src, 0);
}

static const mc_op_def kOps[] = {
    {.type = "Tile",
     .inputs = "x multiples",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .infer = tile_infer,
     .prepare = tile_prepare},
    {.type = "TileD",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = tile_infer,
     .prepare = tile_prepare},
    {.type = "BroadcastTo",
     .inputs = "x shape",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .infer = broadcast_to_infer,
     .prepare = broadcast_to_prepare},
    {.type = "BroadcastToD",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = broadcast_to_infer,
     .prepare = broadcast_to_prepare},
    {.type = "Expand",
     .inputs = "x shape",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .infer = broadcast_to_infer,
     .prepare = broadcast_to_prepare},
    {.type = "ExpandD",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = broadcast_to_infer,
     .prepare = broadcast_to_prepare},
};
MC_OP_FAMILY(tile, kOps);
