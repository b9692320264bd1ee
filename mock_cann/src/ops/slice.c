/* Slice in both spellings, and reversal: boxes and mirrored boxes out of a tensor. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/move.h"

typedef struct box {
  const int64_t *offsets, *size;
} box;

static int read_box(const mc_op_call *call, box *b) {
  const int rank = call->in[0].desc.shape.rank;
  if (strcmp(call->def->type, "SliceD") == 0) {
    const int status = mc_need_ints(call, "offsets", rank, &b->offsets, NULL);
    return status != MC_OK ? status : mc_need_ints(call, "size", rank, &b->size, NULL);
  }
  int64_t offsets = 0;
  int64_t sizes = 0;
  b->offsets = mc_op_ints(call, 1, &offsets);
  b->size = b->offsets == NULL ? NULL : mc_op_ints(call, 2, &sizes);
  if (b->size == NULL) {
    return MC_RT_PARAM;
  }
  if (offsets != rank || sizes != rank) {
    return mc_op_error(call, "offsets has %lld values and size %lld; x has rank %d", (long long)offsets,
                       (long long)sizes, rank);
  }
  return MC_OK;
}

static int slice_infer(mc_op_call *call) {
  box b;
  const int status = read_box(call, &b);
  if (status != MC_OK) {
    return status;
  }
  call->out[0].desc = call->in[0].desc;
  mc_shape *y = &call->out[0].desc.shape;
  for (int i = 0; i < y->rank; ++i) {
    const int64_t length = y->dims[i];
    if (b.offsets[i] < 0 || b.offsets[i] > length) {
      return mc_op_error(call, "offsets[%d] is %lld; it must be in [0, %lld]", i, (long long)b.offsets[i],
                         (long long)length);
    }
    const int64_t most = length - b.offsets[i];
    if (b.size[i] < -1 || b.size[i] > most) {
      return mc_op_error(call,
                         "size[%d] is %lld; from offset %lld on axis %d has %lld elements (-1 takes all)", i,
                         (long long)b.size[i], (long long)b.offsets[i], i, (long long)most);
    }
    y->dims[i] = b.size[i] == -1 ? most : b.size[i];
  }
  return MC_OK;
}

static int slice_prepare(mc_op_call *call) {
  box b;
  const int status = read_box(call, &b);
  if (status != MC_OK) {
    return status;
  }
  int64_t src[MC_MAX_RANK];
  int64_t first = 0;
  const mc_shape *x = &call->in[0].desc.shape;
  mc_dense_strides(x, src);
  if (mc_shape_count(&call->out[0].desc.shape) != 0) {
    for (int i = 0; i < x->rank; ++i) {
      first += b.offsets[i] * src[i];
    }
  }
  return mc_move_view(call, 0, src, first);
}

static int reversed_axes(const mc_op_call *call, bool reversed[MC_MAX_RANK]) {
  int64_t count = 0;
  const int64_t *axes = mc_op_ints(call, 1, &count);
  if (axes == NULL) {
    return MC_RT_PARAM;
  }
  memset(reversed, 0, sizeof(bool) * MC_MAX_RANK);
  for (int64_t i = 0; i < count; ++i) {
    int axis = 0;
    const int status = mc_check_axis(call, "axis", axes[i], call->in[0].desc.shape.rank, &axis);
    if (status != MC_OK) {
      return status;
    }
    if (reversed[axis]) {
      return mc_op_error(call, "axis names %d twice", axis);
    }
    reversed[axis] = true;
  }
  return MC_OK;
}

static int reverse_infer(mc_op_call *call) {
  bool reversed[MC_MAX_RANK];
  call->out[0].desc = call->in[0].desc;
  return reversed_axes(call, reversed);
}

static int reverse_prepare(mc_op_call *call) {
  bool reversed[MC_MAX_RANK];
  const int status = reversed_axes(call, reversed);
  if (status != MC_OK) {
    return status;
  }
  const mc_shape *x = &call->in[0].desc.shape;
  const bool empty = mc_shape_count(x) == 0;
  int64_t src[MC_MAX_RANK];
  int64_t first = 0;
  mc_dense_strides(x, src);
  for (int i = 0; i < x->rank && !empty; ++i) {
    if (reversed[i]) {
      first += (x->dims[i] - 1) * src[i];
      src[i] = -src[i];
    }
  }
  return mc_move_view(call, 0, src, first);
}

static const mc_op_def kOps[] = {
    {.type = "Slice",
     .inputs = "x offsets size",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1 | 1u << 2,
     .infer = slice_infer,
     .prepare = slice_prepare},
    {.type = "SliceD",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = slice_infer,
     .prepare = slice_prepare},
    {.type = "ReverseV2",
     .inputs = "x axis",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .infer = reverse_infer,
     .prepare = reverse_prepare},
};
MC_OP_FAMILY(slice, kOps);
