/*
 * StridedSlice: Python's x[b0:e0:s0, ..., None, 3]. Bit i of each mask is about entry i of begin/end/strides:
 * the begin (end) is left out, the entry is the ellipsis, a new axis, or a single index whose axis
 * disappears. With `axes` the entries are about those axes instead, as in ONNX.
 */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/slice_view.h"
#include "ops/strided.h"

typedef struct entries {
  int64_t count;
  const int64_t *begin, *end, *strides, *axes; /* strides and axes: NULL when left out */
  int64_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask;
} entries;

static bool bit(int64_t mask, int64_t i) {
  return i < 63 && ((mask >> i) & 1) != 0;
}

static int optional_ints(const mc_op_call *call, int slot, int64_t count, const int64_t **values) {
  char name[MC_OP_NAME];
  int64_t n = 0;
  *values = NULL;
  const mc_op_value *input = mc_op_input(call, slot);
  if (input == NULL || mc_shape_count(&input->desc.shape) == 0) {
    return MC_OK;
  }
  *values = mc_op_ints(call, slot, &n);
  if (*values == NULL) {
    return MC_RT_PARAM;
  }
  if (n != count) {
    return mc_op_error(call, "%s has %lld values and begin %lld; they must be as many",
                       mc_op_input_name(call, slot, name), (long long)n, (long long)count);
  }
  return MC_OK;
}

static int read_entries(const mc_op_call *call, entries *e) {
  const char *type = call->def->type;
  memset(e, 0, sizeof(*e));
  e->begin_mask = mc_attrs_int(call->attrs, "begin_mask", 0);
  e->end_mask = mc_attrs_int(call->attrs, "end_mask", 0);
  e->ellipsis_mask = mc_attrs_int(call->attrs, "ellipsis_mask", 0);
  e->new_axis_mask = mc_attrs_int(call->attrs, "new_axis_mask", 0);
  e->shrink_axis_mask = mc_attrs_int(call->attrs, "shrink_axis_mask", 0);
  if (strcmp(type, "StridedSliceD") == 0) {
    size_t count = 0;
    int status = mc_need_ints(call, "begin", -1, &e->begin, &count);
    e->count = (int64_t)count;
    if (status == MC_OK) {
      status = mc_need_ints(call, "end", (int)count, &e->end, NULL);
    }
    return status != MC_OK ? status : mc_need_ints(call, "strides", (int)count, &e->strides, NULL);
  }
  int64_t ends = 0;
  e->begin = mc_op_ints(call, 1, &e->count);
  e->end = e->begin == NULL ? NULL : mc_op_ints(call, 2, &ends);
  if (e->end == NULL) {
    return MC_RT_PARAM;
  }
  if (ends != e->count) {
    return mc_op_error(call, "begin has %lld values and end %lld; they must be as many", (long long)e->count,
                       (long long)ends);
  }
  if (strcmp(type, "StridedSlice") == 0 || strcmp(type, "StridedSliceAssign") == 0) {
    return optional_ints(call, 3, e->count, &e->strides);
  }
  const int status = optional_ints(call, 3, e->count, &e->axes);
  return status != MC_OK ? status : optional_ints(call, 4, e->count, &e->strides);
}

/* Elements from begin to end by stride on an axis of `length`, as Python counts them; *begin becomes the
 * first. */
static int64_t range_length(int64_t *begin, int64_t end, int64_t stride, int64_t length, bool no_begin,
                            bool no_end) {
  const int64_t low = stride > 0 ? 0 : -1;
  const int64_t high = stride > 0 ? length : length - 1;
  int64_t b = *begin < 0 ? (*begin < -length ? -1 : *begin + length) : *begin;
  int64_t e = end < 0 ? (end < -length ? -1 : end + length) : end;
  b = no_begin ? (stride > 0 ? low : high) : b < low ? low : b > high ? high : b;
  e = no_end ? (stride > 0 ? high : low) : e < low ? low : e > high ? high : e;
  *begin = b;
  if (stride > 0 ? e <= b : e >= b) {
    return 0;
  }
  /* Differences are at most `length`, and -1 - (stride + 1) cannot overflow where -stride could. */
  return stride > 0 ? (e - b - 1) / stride + 1
                    : (int64_t)((uint64_t)(b - e - 1) / (0 - (uint64_t)stride)) + 1;
}

/* Applies entry `i` to axis `axis` of x; adds an axis to the view unless the entry is a single index. */
static int take(const mc_op_call *call, const entries *e, int64_t i, int axis, const int64_t *dense,
                mc_slice_view *v) {
  const int64_t length = call->in[0].desc.shape.dims[axis];
  const int64_t stride = e->strides == NULL ? 1 : e->strides[i];
  int64_t begin = e->begin[i];
  if (stride == 0) {
    return mc_op_error(call, "strides[%lld] is 0; it must not be", (long long)i);
  }
  if (bit(e->shrink_axis_mask, i)) {
    begin = bit(e->begin_mask, i) ? 0 : begin;
    if (begin < -length || begin >= length) {
      return mc_op_error(call, "begin[%lld] is %lld, a single index on axis %d, whose length is %lld",
                         (long long)i, (long long)e->begin[i], axis, (long long)length);
    }
    v->first += (begin < 0 ? begin + length : begin) * dense[axis];
    return MC_OK;
  }
  const int64_t count =
      range_length(&begin, e->end[i], stride, length, bit(e->begin_mask, i), bit(e->end_mask, i));
  const int at = v->shape.rank++;
  v->shape.dims[at] = count;
  v->src[at] = count < 2 ? dense[axis] : dense[axis] * stride;
  v->first += count == 0 ? 0 : begin * dense[axis];
  return MC_OK;
}

static int keep(const mc_op_call *call, int axis, const int64_t *dense, mc_slice_view *v) {
  const int at = v->shape.rank++;
  v->shape.dims[at] = call->in[0].desc.shape.dims[axis];
  v->src[at] = dense[axis];
  return MC_OK;
}

static int view_by_axes(const mc_op_call *call, const entries *e, const int64_t *dense, mc_slice_view *v) {
  const int rank = call->in[0].desc.shape.rank;
  int64_t entry[MC_MAX_RANK];
  memset(entry, -1, sizeof(entry));
  for (int64_t i = 0; i < e->count; ++i) {
    int axis = 0;
    const int status = mc_check_axis(call, "axes", e->axes[i], rank, &axis);
    if (status != MC_OK) {
      return status;
    }
    if (entry[axis] >= 0) {
      return mc_op_error(call, "axes names axis %d twice", axis);
    }
    entry[axis] = i;
  }
  for (int axis = 0; axis < rank; ++axis) {
    const int status =
        entry[axis] < 0 ? keep(call, axis, dense, v) : take(call, e, entry[axis], axis, dense, v);
    if (status != MC_OK) {
      return status;
    }
  }
  return MC_OK;
}

static int view_in_order(const mc_op_call *call, const entries *e, const int64_t *dense, mc_slice_view *v) {
  const int rank = call->in[0].desc.shape.rank;
  int64_t used = 0; /* axes of x that entries other than the ellipsis and new axes take */
  int64_t fresh = 0;
  int64_t ellipsis = -1;
  for (int64_t i = 0; i < e->count; ++i) {
    if (bit(e->ellipsis_mask, i)) {
      if (ellipsis >= 0) {
        return mc_op_error(call, "ellipsis_mask %lld has more than one bit set", (long long)e->ellipsis_mask);
      }
      ellipsis = i;
    } else if (bit(e->new_axis_mask, i)) {
      ++fresh;
    } else {
      ++used;
    }
  }
  if (used > rank || rank + fresh > MC_MAX_RANK) {
    return mc_op_error(call, "begin has %lld entries for axes of x, whose rank is %d, and %lld for new axes",
                       (long long)used, rank, (long long)fresh);
  }
  const int64_t count = ellipsis < 0 ? e->count + 1 : e->count; /* a missing ellipsis stands at the end */
  ellipsis = ellipsis < 0 ? e->count : ellipsis;
  int axis = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (i == ellipsis) {
      for (int64_t k = used; k < rank; ++k) {
        keep(call, axis++, dense, v);
      }
    } else if (bit(e->new_axis_mask, i)) {
      v->src[v->shape.rank] = 0;
      v->shape.dims[v->shape.rank++] = 1;
    } else {
      const int status = take(call, e, i, axis++, dense, v);
      if (status != MC_OK) {
        return status;
      }
    }
  }
  return MC_OK;
}

int mc_slice_find(const mc_op_call *call, mc_slice_view *v) {
  entries e;
  int64_t dense[MC_MAX_RANK];
  memset(v, 0, sizeof(*v));
  const int status = read_entries(call, &e);
  if (status != MC_OK) {
    return status;
  }
  mc_dense_strides(&call->in[0].desc.shape, dense);
  return e.axes != NULL ? view_by_axes(call, &e, dense, v) : view_in_order(call, &e, dense, v);
}
