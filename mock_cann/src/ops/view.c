/* Operators that give a tensor another shape and leave its elements where they are. */
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/move.h"

/* A new shape says nothing about which axis is the channel: the format becomes ND. */
static void reshaped(mc_op_call *call) {
  const int dtype = call->in[0].desc.dtype;
  call->out[0].desc.dtype = dtype;
  call->out[0].desc.format = MC_FORMAT_ND;
}

/* Dims of x in [first, last) become `values`: 0 copies the dim in its place (unless allowzero), -1 is what is left. */
static int reshape_infer(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  int64_t count = 0;
  const int64_t *values = mc_op_ints(call, 1, &count);
  if (values == NULL) {
    return MC_RT_PARAM;
  }
  const int64_t axis = mc_attrs_int(call->attrs, "axis", 0);
  const int64_t num_axes = mc_attrs_int(call->attrs, "num_axes", -1);
  const int64_t first = axis < 0 ? axis + x->rank + 1 : axis;
  if (first < 0 || first > x->rank) {
    return mc_op_error(call, "axis %lld is outside [-%d, %d]", (long long)axis, x->rank + 1, x->rank);
  }
  if (num_axes < -1 || num_axes > x->rank - first) {
    return mc_op_error(call, "num_axes %lld: it must be -1 or at most %lld, the axes of x from axis on",
                       (long long)num_axes, (long long)(x->rank - first));
  }
  const bool zeros = mc_attrs_int(call->attrs, "allowzero", 0) != 0; /* then 0 is a dim like any other */
  const int64_t last = num_axes == -1 ? x->rank : first + num_axes;
  const int64_t rank = first + count + (x->rank - last);
  if (rank > MC_MAX_RANK) {
    return mc_op_error(call, "shape gives rank %lld; at most %d is supported", (long long)rank, MC_MAX_RANK);
  }
  mc_shape *y = &call->out[0].desc.shape;
  mc_shape result = {(int)rank, {0}};
  int unknown = -1;
  for (int64_t i = 0; i < rank; ++i) {
    const int64_t at = i - first;
    int64_t dim = at < 0 ? x->dims[i] : at >= count ? x->dims[last + at - count] : values[at];
    if (at >= 0 && at < count) {
      if (dim == 0 && !zeros) {
        if (first + at >= x->rank) {
          return mc_op_error(call, "shape[%lld] is 0, which copies a dim of x, but x %.100s has no such dim",
                             (long long)at, mc_shape_text(x, text));
        }
        dim = x->dims[first + at];
      } else if (dim == -1 && unknown < 0) {
        unknown = (int)i;
        dim = 1;
      } else if (dim < 0) {
        return mc_op_error(call, "shape[%lld] is %lld; dims are at least 0, except one that may be -1",
                           (long long)at, (long long)dim);
      }
    }
    result.dims[i] = dim;
  }
  const int64_t elements = mc_shape_count(x);
  const int64_t others = mc_shape_count(&result);
  if (unknown >= 0 && others > 0 && elements % others == 0) {
    result.dims[unknown] = elements / others;
  } else if (others != elements || (unknown >= 0 && others == 0)) {
    if (unknown >= 0) {
      result.dims[unknown] = -1;
    }
    char wanted[MC_SHAPE_TEXT];
    return mc_op_error(call, "x %.90s has %lld elements; they do not fill shape %.90s",
                       mc_shape_text(x, text), (long long)elements, mc_shape_text(&result, wanted));
  }
  *y = result;
  reshaped(call);
  return MC_OK;
}

/* Inserts ones at `axes` of the result, whose rank is x's plus their count. */
static int insert_ones(mc_op_call *call, const char *name, const int64_t *axes, int64_t count) {
  const mc_shape *x = &call->in[0].desc.shape;
  if (count > MC_MAX_RANK - x->rank) {
    return mc_op_error(call, "%s has %lld values; with x of rank %d the result's rank exceeds %d", name,
                       (long long)count, x->rank, MC_MAX_RANK);
  }
  const int rank = x->rank + (int)count;
  mc_shape result = {rank, {0}};
  for (int64_t i = 0; i < count; ++i) {
    int axis = 0;
    const int status = mc_check_axis(call, name, axes[i], rank, &axis);
    if (status != MC_OK) {
      return status;
    }
    if (result.dims[axis] == 1) {
      return mc_op_error(call, "%s names axis %d twice", name, axis);
    }
    result.dims[axis] = 1;
  }
  for (int from = 0, i = 0; i < rank; ++i) {
    if (result.dims[i] != 1) {
      result.dims[i] = x->dims[from++];
    }
  }
  call->out[0].desc.shape = result;
  reshaped(call);
  return MC_OK;
}

static int unsqueeze_infer(mc_op_call *call) {
  size_t count = 0;
  const int64_t *axes = mc_attrs_ints(call->attrs, "axes", &count);
  return insert_ones(call, "axes", axes, (int64_t)count);
}

static int expand_dims_infer(mc_op_call *call) {
  int64_t axis = 0;
  const int status = mc_need_scalar(call, 1, &axis);
  return status != MC_OK ? status : insert_ones(call, "axis", &axis, 1);
}

static int squeeze_infer(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  size_t count = 0;
  const int64_t *axes = mc_attrs_ints(call->attrs, "axis", &count);
  bool drop[MC_MAX_RANK] = {false};
  for (int i = 0; i < x->rank; ++i) {
    drop[i] = count == 0 && x->dims[i] == 1;
  }
  for (size_t i = 0; i < count; ++i) {
    int axis = 0;
    const int status = mc_check_axis(call, "axis", axes[i], x->rank, &axis);
    if (status != MC_OK) {
      return status;
    }
    if (x->dims[axis] != 1) {
      return mc_op_error(call, "axis %lld of x has length %lld; only axes of length 1 can be removed",
                         (long long)axes[i], (long long)x->dims[axis]);
    }
    drop[axis] = true;
  }
  mc_shape result = {0, {0}};
  for (int i = 0; i < x->rank; ++i) {
    if (!drop[i]) {
      result.dims[result.rank++] = x->dims[i];
    }
  }
  call->out[0].desc.shape = result;
  reshaped(call);
  return MC_OK;
}

/* Two dims: what is before `axis` and what is from it on. */
static int flatten_infer(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t axis = mc_attrs_int(call->attrs, "axis", 1);
  const int64_t at = axis < 0 ? axis + x->rank : axis;
  if (at < 0 || at > x->rank) {
    return mc_op_error(call, "axis %lld is outside [-%d, %d]", (long long)axis, x->rank, x->rank);
  }
  call->out[0].desc.shape =
      (mc_shape){2, {mc_dims_product(x, 0, (int)at), mc_dims_product(x, (int)at, x->rank)}};
  reshaped(call);
  return mc_check_sizes(call);
}

/* Axes axis..end_axis, both included, become one. */
static int flatten_v2_infer(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  mc_shape result = {0, {0}};
  if (x->rank == 0) {
    result = (mc_shape){1, {1}};
  } else {
    int first = 0;
    int last = 0;
    int status = mc_check_axis(call, "axis", mc_attrs_int(call->attrs, "axis", 1), x->rank, &first);
    if (status == MC_OK) {
      status = mc_check_axis(call, "end_axis", mc_attrs_int(call->attrs, "end_axis", -1), x->rank, &last);
    }
    if (status != MC_OK) {
      return status;
    }
    if (first > last) {
      return mc_op_error(call, "axis %d is behind end_axis %d", first, last);
    }
    for (int i = 0; i < x->rank; ++i) {
      if (i <= first || i > last) {
        result.dims[result.rank++] = i == first ? mc_dims_product(x, first, last + 1) : x->dims[i];
      }
    }
  }
  call->out[0].desc.shape = result;
  reshaped(call);
  return mc_check_sizes(call);
}

static const mc_op_def kOps[] = {
    {.type = "Identity",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .flags = MC_OP_VIEW,
     .prepare = mc_prepare_copy},
    {.type = "PlaceholderWithDefault",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .flags = MC_OP_VIEW,
     .prepare = mc_prepare_copy},
    {.type = "Reshape",
     .inputs = "x shape",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .flags = MC_OP_VIEW,
     .infer = reshape_infer,
     .prepare = mc_prepare_copy},
    {.type = "ExpandDims",
     .inputs = "x axis",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .flags = MC_OP_VIEW,
     .infer = expand_dims_infer,
     .prepare = mc_prepare_copy},
    {.type = "Unsqueeze",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .flags = MC_OP_VIEW,
     .infer = unsqueeze_infer,
     .prepare = mc_prepare_copy},
    {.type = "Squeeze",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .flags = MC_OP_VIEW,
     .infer = squeeze_infer,
     .prepare = mc_prepare_copy},
    {.type = "Flatten",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .flags = MC_OP_VIEW,
     .infer = flatten_infer,
     .prepare = mc_prepare_copy},
    {.type = "FlattenV2",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .flags = MC_OP_VIEW,
     .infer = flatten_v2_infer,
     .prepare = mc_prepare_copy},
};
MC_OP_FAMILY(view, kOps);
