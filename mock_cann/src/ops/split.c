/* Operators that cut a tensor along an axis: Split and SplitV in both spellings, and Unpack, which removes
 * the axis. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/move.h"

typedef struct cut {
  int input, axis;
  const int64_t *lengths; /* one per output, -1 resolved; NULL: all equal */
} cut;

static int equal_lengths(const mc_op_call *call, const char *count_name, cut *c) {
  const int64_t length = call->in[c->input].desc.shape.dims[c->axis];
  if (length % call->n_out != 0) {
    return mc_op_error(call, "axis %d of x has length %lld, which %s %d does not divide", c->axis,
                       (long long)length, count_name, call->n_out);
  }
  return MC_OK;
}

static int given_lengths(const mc_op_call *call, const int64_t *sizes, int64_t count, cut *c) {
  const int64_t length = call->in[c->input].desc.shape.dims[c->axis];
  if (count != call->n_out) {
    return mc_op_error(call, "size_splits has %lld values; num_split is %d", (long long)count, call->n_out);
  }
  int64_t *resolved = mc_op_alloc(call, sizeof(int64_t) * (size_t)count);
  if (resolved == NULL) {
    return mc_op_error(call, "out of memory for %lld lengths", (long long)count);
  }
  int64_t rest = length;
  int unknown = -1;
  for (int i = 0; i < (int)count; ++i) {
    resolved[i] = sizes[i];
    if (sizes[i] == -1 && unknown < 0) {
      unknown = i;
    } else if (sizes[i] < 0 || sizes[i] > rest) {
      return mc_op_error(
          call, "size_splits[%d] is %lld; the lengths are at least 0 (one may be -1) and together %lld", i,
          (long long)sizes[i], (long long)length);
    } else {
      rest -= sizes[i];
    }
  }
  if (unknown >= 0) {
    resolved[unknown] = rest;
  } else if (rest != 0) {
    return mc_op_error(call, "size_splits add up to %lld; axis %d of x has length %lld",
                       (long long)(length - rest), c->axis, (long long)length);
  }
  c->lengths = resolved;
  return MC_OK;
}

static bool is_phony(const mc_op_call *call) {
  return call->def->type[0] == 'P';
}

static int check_count(const mc_op_call *call, const char *name) {
  int64_t count = 0;
  const int status = is_phony(call) ? mc_need_only_int(call, name, &count) : mc_need_int(call, name, &count);
  if (status == MC_OK && (count < 1 || count != call->n_out)) {
    return mc_op_error(call, "%s is %lld and the node has %d outputs; they must be equal and at least 1",
                       name, (long long)count, call->n_out);
  }
  return status;
}

static int read_cut(const mc_op_call *call, cut *c) {
  const char *type = call->def->type;
  *c = (cut){0};
  const bool unpack = strcmp(type, "Unpack") == 0;
  const bool by_size = strncmp(type, "SplitV", 6) == 0;
  const bool attributes = type[strlen(type) - 1] == 'D';
  int64_t axis = 0;
  int status = check_count(call, unpack ? "num" : "num_split");
  if (status != MC_OK) {
    return status;
  }
  c->input = strcmp(type, "Split") == 0 ? 1 : 0;
  if (unpack) {
    axis = mc_attrs_int(call->attrs, "axis", 0);
  } else if (is_phony(call)) {
    status = mc_need_only_int(call, "split_dim", &axis);
  } else if (attributes) {
    status = mc_need_int(call, "split_dim", &axis);
  } else {
    status = mc_need_scalar(call, by_size ? 2 : 0, &axis);
  }
  if (status == MC_OK) {
    status = mc_check_axis(call, unpack ? "axis" : "split_dim", axis, call->in[c->input].desc.shape.rank,
                           &c->axis);
  }
  if (status != MC_OK) {
    return status;
  }
  if (unpack) {
    const int64_t length = call->in[0].desc.shape.dims[c->axis];
    if (length != call->n_out) {
      return mc_op_error(call, "axis %d of x has length %lld; num is %d and must equal it", c->axis,
                         (long long)length, call->n_out);
    }
    return MC_OK;
  }
  if (!by_size) {
    return equal_lengths(call, "num_split", c);
  }
  int64_t count = 0;
  const int64_t *sizes = NULL;
  if (attributes) {
    size_t length = 0;
    status = mc_need_ints(call, "size_splits", -1, &sizes, &length);
    count = (int64_t)length;
  } else {
    sizes = mc_op_ints(call, 1, &count);
    status = sizes == NULL ? MC_RT_PARAM : MC_OK;
  }
  return status != MC_OK ? status : given_lengths(call, sizes, count, c);
}

static int64_t part_length(const mc_op_call *call, const cut *c, int i) {
  return c->lengths != NULL ? c->lengths[i] : call->in[c->input].desc.shape.dims[c->axis] / call->n_out;
}

static int split_infer(mc_op_call *call) {
  cut c;
  const int status = read_cut(call, &c);
  if (status != MC_OK) {
    return status;
  }
  const mc_desc *x = &call->in[c.input].desc;
  if ((MC_T_MOVABLE & MC_DTYPE_BIT(x->dtype)) == 0) {
    return mc_op_error(call, "x has dtype %s, which is not supported", mc_dtype_name(x->dtype));
  }
  for (int i = 0; i < call->n_out; ++i) {
    mc_desc *y = &call->out[i].desc;
    *y = *x;
    if (strcmp(call->def->type, "Unpack") == 0) {
      y->format = MC_FORMAT_ND;
      --y->shape.rank;
      memmove(&y->shape.dims[c.axis], &y->shape.dims[c.axis + 1],
              sizeof(int64_t) * (size_t)(y->shape.rank - c.axis));
    } else {
      y->shape.dims[c.axis] = part_length(call, &c, i);
    }
  }
  return MC_OK;
}

static int split_prepare(mc_op_call *call) {
  cut c;
  mc_moves *moves = NULL;
  int status = read_cut(call, &c);
  if (status == MC_OK) {
    status = mc_moves_begin(call, call->n_out, &moves);
  }
  if (status != MC_OK) {
    return status;
  }
  const mc_shape *x = &call->in[c.input].desc.shape;
  const int64_t size = (int64_t)mc_dtype_size(call->in[c.input].desc.dtype);
  if (mc_shape_count(x) == 0) {
    return mc_moves_done(call);
  }
  const int64_t outer = mc_dims_product(x, 0, c.axis);
  const int64_t inner = mc_dims_product(x, c.axis + 1, x->rank);
  const int64_t row = x->dims[c.axis] * inner;
  int64_t at = 0;
  for (int i = 0; i < call->n_out; ++i) {
    const int64_t run = part_length(call, &c, i) * inner;
    const int64_t dims[2] = {outer, run};
    const int64_t dst[2] = {run, 1};
    const int64_t src[2] = {row, 1};
    mc_move *move = &moves->items[i];
    move->in = c.input;
    move->out = i;
    move->src = at * size;
    mc_strided_plan(&move->plan, 2, dims, dst, src, (size_t)size);
    at += run;
  }
  return mc_moves_done(call);
}

static const mc_op_def kOps[] = {
    {.type = "Split",
     .inputs = "split_dim x",
     .outputs = "y*",
     .dtypes = MC_T_INDEX,
     .value_inputs = 1u << 0,
     .infer = split_infer,
     .prepare = split_prepare},
    {.type = "SplitD",
     .inputs = "x",
     .outputs = "y*",
     .dtypes = MC_T_MOVABLE,
     .infer = split_infer,
     .prepare = split_prepare},
    {.type = "SplitV",
     .inputs = "x size_splits split_dim",
     .outputs = "y*",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1 | 1u << 2,
     .infer = split_infer,
     .prepare = split_prepare},
    {.type = "SplitVD",
     .inputs = "x",
     .outputs = "y*",
     .dtypes = MC_T_MOVABLE,
     .infer = split_infer,
     .prepare = split_prepare},
    {.type = "PhonySplit",
     .inputs = "x",
     .outputs = "y*",
     .dtypes = MC_T_FLOATS | MC_T_INTS | MC_T_BOOL,
     .infer = split_infer,
     .prepare = split_prepare},
    {.type = "Unpack",
     .inputs = "x",
     .outputs = "y*",
     .dtypes = MC_T_MOVABLE,
     .infer = split_infer,
     .prepare = split_prepare},
};
MC_OP_FAMILY(split, kOps);
