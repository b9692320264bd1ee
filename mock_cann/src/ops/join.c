/* Operators that put tensors beside each other: Concat in its spellings, and Pack along a new axis. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/move.h"

typedef struct members {
  int first, count; /* the dynamic input's tensors in call->in */
  int axis;
} members;

static int check_only(const mc_op_call *call, const char *name, int wanted) {
  int64_t value = 0;
  const int status = mc_need_only_int(call, name, &value);
  return status != MC_OK || value == wanted ? status
                                            : mc_op_error(call, "%s is %lld but %d tensors are connected", name, (long long)value, wanted);
}

static int read_members(const mc_op_call *call, bool pack, members *m) {
  const char *type = call->def->type;
  const bool leading_dim = strcmp(type, "Concat") == 0;
  const int slot = leading_dim ? 1 : 0;
  m->first = call->slot_first[slot];
  m->count = call->slot_count[slot];
  if (m->count < 1) {
    return mc_op_error(call, "x has no members; at least one tensor is needed");
  }
  const int64_t n = mc_attrs_int(call->attrs, "N", m->count);
  if (n != m->count && mc_attrs_find(call->attrs, "N") != NULL && n != 1) {
    return mc_op_error(call, "N is %lld but %d tensors are connected", (long long)n, m->count);
  }
  const int rank = call->in[m->first].desc.shape.rank;
  int64_t axis = 0;
  int status = MC_OK;
  if (pack) {
    axis = mc_attrs_int(call->attrs, "axis", 0);
    return mc_check_axis(call, "axis", axis, rank + 1, &m->axis);
  }
  if (strcmp(type, "ConcatD") == 0 || strcmp(type, "ConcatV2D") == 0) {
    status = mc_need_int(call, "concat_dim", &axis);
  } else if (strcmp(type, "PhonyConcat") == 0) {
    status = mc_need_only_int(call, "concat_dim", &axis);
    status = status != MC_OK ? status : check_only(call, "N", m->count);
  } else if (strcmp(type, "ParallelConcat") == 0) {
    axis = 0;
  } else {
    status = mc_need_scalar(call, leading_dim ? 0 : 1, &axis);
  }
  if (status != MC_OK) {
    return status;
  }
  if (rank == 0) {
    return mc_op_error(call, "x has scalars; tensors of rank 1 or more can be joined (Pack joins scalars)");
  }
  return mc_check_axis(call, "concat_dim", axis, rank, &m->axis);
}

/* All members have one dtype and one shape, except for the length of `free_axis` (-1: no exception). */
static int check_alike(const mc_op_call *call, const members *m, int free_axis) {
  char a[MC_SHAPE_TEXT];
  char b[MC_SHAPE_TEXT];
  const mc_desc *first = &call->in[m->first].desc;
  if ((MC_T_MOVABLE & MC_DTYPE_BIT(first->dtype)) == 0) {
    return mc_op_error(call, "x has dtype %s, which is not supported", mc_dtype_name(first->dtype));
  }
  for (int i = 1; i < m->count; ++i) {
    const mc_desc *other = &call->in[m->first + i].desc;
    if (other->dtype != first->dtype) {
      return mc_op_error(call, "x%d has dtype %s and x0 %s; they must be equal", i,
                         mc_dtype_name(other->dtype), mc_dtype_name(first->dtype));
    }
    mc_shape shape = other->shape;
    if (free_axis >= 0 && shape.rank == first->shape.rank) {
      shape.dims[free_axis] = first->shape.dims[free_axis];
    }
    if (!mc_shape_equal(&shape, &first->shape)) {
      return mc_op_error(call, "x%d has shape %.80s and x0 %.80s; they must be equal%s", i,
                         mc_shape_text(&other->shape, a), mc_shape_text(&first->shape, b),
                         free_axis < 0 ? "" : " but for the axis of joining");
    }
  }
  return MC_OK;
}

static int concat_infer(mc_op_call *call) {
  members m;
  int status = read_members(call, false, &m);
  if (status == MC_OK) {
    status = check_alike(call, &m, m.axis);
  }
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[m.first].desc;
  for (int i = 1; i < m.count; ++i) {
    int64_t *sum = &y->shape.dims[m.axis];
    if (__builtin_add_overflow(*sum, call->in[m.first + i].desc.shape.dims[m.axis], sum)) {
      return mc_op_error(call, "the lengths along axis %d overflow", m.axis);
    }
  }
  return mc_check_sizes(call);
}

/* Tensors of one row each; `shape` says what comes out. */
static int parallel_infer(mc_op_call *call) {
  char a[MC_SHAPE_TEXT], b[MC_SHAPE_TEXT];
  size_t count = 0;
  const int64_t *dims = NULL;
  int status = concat_infer(call);
  status = status != MC_OK ? status : mc_need_ints(call, "shape", -1, &dims, &count);
  if (status != MC_OK) {
    return status;
  }
  const mc_desc *x = &call->in[call->slot_first[0]].desc;
  mc_shape shape = {(int)(count > MC_MAX_RANK ? 0 : count), {0}};
  for (int i = 0; i < shape.rank; ++i) {
    shape.dims[i] = dims[i];
  }
  if (x->shape.dims[0] != 1 || !mc_shape_equal(&shape, &call->out[0].desc.shape)) {
    return mc_op_error(call, "%d values, the first %.80s, do not make the shape %.80s of one row each",
                       call->slot_count[0], mc_shape_text(&x->shape, a), mc_shape_text(&shape, b));
  }
  return MC_OK;
}

static int pack_infer(mc_op_call *call) {
  members m;
  int status = read_members(call, true, &m);
  if (status == MC_OK) {
    status = check_alike(call, &m, -1);
  }
  if (status != MC_OK) {
    return status;
  }
  const mc_desc *x = &call->in[m.first].desc;
  if (x->shape.rank == MC_MAX_RANK) {
    return mc_op_error(call, "x has rank %d; the result's rank would exceed %d", x->shape.rank, MC_MAX_RANK);
  }
  mc_shape y = {x->shape.rank + 1, {0}};
  for (int i = 0; i < y.rank; ++i) {
    y.dims[i] = i == m.axis ? m.count : x->shape.dims[i < m.axis ? i : i - 1];
  }
  call->out[0].desc = (mc_desc){x->dtype, MC_FORMAT_ND, y};
  return mc_check_sizes(call);
}

/* Each member is `outer` runs of its own length, laid into rows of the result. */
static int join_prepare(mc_op_call *call, bool pack) {
  members m;
  mc_moves *moves = NULL;
  int status = read_members(call, pack, &m);
  if (status == MC_OK) {
    status = mc_moves_begin(call, m.count, &moves);
  }
  if (status != MC_OK) {
    return status;
  }
  const mc_shape *y = &call->out[0].desc.shape;
  const size_t size = mc_dtype_size(call->out[0].desc.dtype);
  const int64_t outer = mc_dims_product(y, 0, m.axis);
  const int64_t row = mc_dims_product(y, m.axis, y->rank);
  int64_t at = 0;
  if (mc_shape_count(y) == 0) {
    return mc_moves_done(call);
  }
  for (int i = 0; i < m.count; ++i) {
    const mc_shape *x = &call->in[m.first + i].desc.shape;
    const int64_t run = mc_dims_product(x, m.axis, x->rank);
    const int64_t dims[2] = {outer, run};
    const int64_t dst[2] = {row, 1};
    const int64_t src[2] = {run, 1};
    mc_move *move = &moves->items[i];
    move->in = m.first + i;
    move->dst = at * (int64_t)size;
    mc_strided_plan(&move->plan, 2, dims, dst, src, size);
    at += run;
  }
  return mc_moves_done(call);
}

static int concat_prepare(mc_op_call *call) {
  return join_prepare(call, false);
}

static int pack_prepare(mc_op_call *call) {
  return join_prepare(call, true);
}

static const mc_op_def kOps[] = {
    {.type = "Concat",
     .inputs = "concat_dim x*",
     .outputs = "y",
     .dtypes = MC_T_INDEX,
     .value_inputs = 1u << 0,
     .infer = concat_infer,
     .prepare = concat_prepare},
    {.type = "ConcatV2",
     .inputs = "x* concat_dim",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .infer = concat_infer,
     .prepare = concat_prepare},
    {.type = "ConcatD",
     .inputs = "x*",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = concat_infer,
     .prepare = concat_prepare},
    {.type = "ConcatV2D",
     .inputs = "x*",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = concat_infer,
     .prepare = concat_prepare},
    {.type = "PhonyConcat",
     .inputs = "x*",
     .outputs = "y",
     .dtypes = MC_T_FLOATS | MC_T_INTS | MC_T_BOOL,
     .infer = concat_infer,
     .prepare = concat_prepare},
    {.type = "ParallelConcat",
     .inputs = "values*",
     .outputs = "output_data",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_T_INTS,
     .infer = parallel_infer,
     .prepare = concat_prepare},
    {.type = "Pack",
     .inputs = "x*",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = pack_infer,
     .prepare = pack_prepare},
};
MC_OP_FAMILY(join, kOps);
