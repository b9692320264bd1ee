/* Transpose, and the operators that move blocks between space and channels, which are transpositions of a
 * view. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/move.h"

static int permutation(const mc_op_call *call, const int64_t **perm) {
  int64_t count = 0;
  const int rank = call->in[0].desc.shape.rank;
  if (strcmp(call->def->type, "TransposeD") == 0) {
    size_t length = 0;
    const int status = mc_need_ints(call, "perm", -1, perm, &length);
    if (status != MC_OK) {
      return status;
    }
    count = (int64_t)length;
  } else {
    *perm = mc_op_ints(call, 1, &count);
    if (*perm == NULL) {
      return MC_RT_PARAM;
    }
  }
  if (count != rank) {
    return mc_op_error(call, "perm has %lld values; x has rank %d", (long long)count, rank);
  }
  bool seen[MC_MAX_RANK] = {false};
  for (int i = 0; i < rank; ++i) {
    const int axis = mc_axis((*perm)[i], rank);
    if (axis < 0 || seen[axis]) {
      return mc_op_error(call, "perm[%d] is %lld; perm must name each axis of x (rank %d) once", i,
                         (long long)(*perm)[i], rank);
    }
    seen[axis] = true;
  }
  return MC_OK;
}

static int transpose_infer(mc_op_call *call) {
  const int64_t *perm = NULL;
  const int status = permutation(call, &perm);
  if (status != MC_OK) {
    return status;
  }
  const mc_desc *x = &call->in[0].desc;
  mc_shape shape = {x->shape.rank, {0}};
  for (int i = 0; i < shape.rank; ++i) {
    shape.dims[i] = x->shape.dims[mc_axis(perm[i], shape.rank)];
  }
  call->out[0].desc = (mc_desc){x->dtype, MC_FORMAT_ND, shape};
  return MC_OK;
}

static int transpose_prepare(mc_op_call *call) {
  const int64_t *perm = NULL;
  const int status = permutation(call, &perm);
  if (status != MC_OK) {
    return status;
  }
  const int rank = call->in[0].desc.shape.rank;
  int64_t dense[MC_MAX_RANK];
  int64_t src[MC_MAX_RANK];
  mc_dense_strides(&call->in[0].desc.shape, dense);
  for (int i = 0; i < rank; ++i) {
    src[i] = dense[mc_axis(perm[i], rank)];
  }
  return mc_move_view(call, 0, src, 0);
}

typedef struct blocks {
  bool to_space, channels_last, depth_first;
  int64_t size, n, h, w, c; /* of the side with more space: h and w in blocks, c without the blocks' factor */
} blocks;

static int read_blocks(const mc_op_call *call, blocks *b) {
  const mc_shape *x = &call->in[0].desc.shape;
  char text[MC_SHAPE_TEXT];
  memset(b, 0, sizeof(*b));
  const char *format = mc_attrs_string(call->attrs, "data_format", "NHWC");
  const char *mode = mc_attrs_string(call->attrs, "mode", "DCR");
  const int status = mc_need_int(call, "block_size", &b->size);
  if (status != MC_OK) {
    return status;
  }
  b->to_space = strcmp(call->def->type, "DepthToSpace") == 0;
  b->channels_last = strcmp(format, "NHWC") == 0;
  b->depth_first = strcmp(mode, "DCR") == 0;
  if (!b->channels_last && strcmp(format, "NCHW") != 0) {
    return mc_op_error(call, "data_format \"%.40s\": it must be NHWC or NCHW", format);
  }
  if (!b->depth_first && strcmp(mode, "CRD") != 0) {
    return mc_op_error(call, "mode \"%.40s\": it must be DCR or CRD", mode);
  }
  if (x->rank != 4) {
    return mc_op_error(call, "x %.160s has rank %d; it must be 4", mc_shape_text(x, text), x->rank);
  }
  if (b->size < 1 || b->size > INT32_MAX) {
    return mc_op_error(call, "block_size %lld: it must be at least 1", (long long)b->size);
  }
  b->n = x->dims[0];
  b->h = x->dims[b->channels_last ? 1 : 2];
  b->w = x->dims[b->channels_last ? 2 : 3];
  b->c = x->dims[b->channels_last ? 3 : 1];
  if (b->to_space) {
    if (b->c % (b->size * b->size) != 0) {
      return mc_op_error(call, "x has %lld channels; block_size %lld needs a multiple of its square",
                         (long long)b->c, (long long)b->size);
    }
    b->c /= b->size * b->size;
  } else {
    if (b->h % b->size != 0 || b->w % b->size != 0) {
      return mc_op_error(call, "x has height %lld and width %lld; both must be multiples of block_size %lld",
                         (long long)b->h, (long long)b->w, (long long)b->size);
    }
    b->h /= b->size;
    b->w /= b->size;
  }
  return MC_OK;
}

static int blocks_infer(mc_op_call *call) {
  blocks b;
  const int status = read_blocks(call, &b);
  if (status != MC_OK) {
    return status;
  }
  int64_t h = b.h;
  int64_t w = b.w;
  int64_t c = b.c;
  bool overflow = false;
  if (b.to_space) {
    overflow |= __builtin_mul_overflow(h, b.size, &h) || __builtin_mul_overflow(w, b.size, &w);
  } else {
    overflow |= __builtin_mul_overflow(c, b.size * b.size, &c);
  }
  if (overflow) {
    return mc_op_error(call, "block_size %lld makes dims that overflow", (long long)b.size);
  }
  call->out[0].desc = call->in[0].desc;
  call->out[0].desc.shape = b.channels_last ? (mc_shape){4, {b.n, h, w, c}} : (mc_shape){4, {b.n, c, h, w}};
  return mc_check_sizes(call);
}

/* Both tensors are views of the axes n, h, block row, w, block column, c. */
static int blocks_prepare(mc_op_call *call) {
  blocks b;
  int status = read_blocks(call, &b);
  mc_moves *moves = NULL;
  if (status == MC_OK) {
    status = mc_moves_begin(call, 1, &moves);
  }
  if (status != MC_OK) {
    return status;
  }
  const int64_t s = b.size;
  const int64_t dims[6] = {b.n, b.h, s, b.w, s, b.c};
  if (mc_shape_count(&call->out[0].desc.shape) == 0) {
    return mc_moves_done(call);
  }
  /* Element strides of the spacious side and of the deep side, in the order of `dims`. */
  int64_t wide[6];
  int64_t deep[6];
  const int64_t row = b.w * s;
  const int64_t plane = b.h * s * row;
  const int64_t block = b.depth_first ? b.c : 1; /* from one place of the block to the next, in channels */
  const int64_t channel = b.depth_first ? 1 : s * s;
  if (b.channels_last) {
    const int64_t w[6] = {plane * b.c, s * row * b.c, row * b.c, s * b.c, b.c, 1};
    const int64_t d[6] = {plane * b.c, b.w * s * s * b.c, s * block, s * s * b.c, block, channel};
    memcpy(wide, w, sizeof(w));
    memcpy(deep, d, sizeof(d));
  } else {
    const int64_t hw = b.h * b.w;
    const int64_t w[6] = {plane * b.c, s * row, row, s, 1, plane};
    const int64_t d[6] = {plane * b.c, b.w, s * block * hw, 1, block * hw, channel * hw};
    memcpy(wide, w, sizeof(w));
    memcpy(deep, d, sizeof(d));
  }
  /* Walk in the destination's order: the plan's last axis should be the one it is contiguous along. */
  const int order_last[6] = {0, 1, 2, 3, 4, 5};
  const int order_wide_first[6] = {0, 5, 1, 2, 3, 4};
  const int order_deep_last[6] = {0, 1, 3, 2, 4, 5};
  const int order_deep_first[6] = {0, 2, 4, 5, 1, 3};
  const int *order = b.to_space ? (b.channels_last ? order_last : order_wide_first)
                                : (b.channels_last ? order_deep_last : order_deep_first);
  int64_t walk[6];
  int64_t dst[6];
  int64_t src[6];
  for (int i = 0; i < 6; ++i) {
    walk[i] = dims[order[i]];
    dst[i] = (b.to_space ? wide : deep)[order[i]];
    src[i] = (b.to_space ? deep : wide)[order[i]];
  }
  mc_strided_plan(&moves->items[0].plan, 6, walk, dst, src, mc_dtype_size(call->in[0].desc.dtype));
  return mc_moves_done(call);
}

static const mc_op_def kOps[] = {
    {.type = "Transpose",
     .inputs = "x perm",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .infer = transpose_infer,
     .prepare = transpose_prepare},
    {.type = "TransposeD",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = transpose_infer,
     .prepare = transpose_prepare},
    {.type = "DepthToSpace",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = blocks_infer,
     .prepare = blocks_prepare},
    {.type = "SpaceToDepth",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = blocks_infer,
     .prepare = blocks_prepare},
};
MC_OP_FAMILY(transpose, kOps);
