/* Reading places. */
#include "ops/places.h"

#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/strided.h"

static int check_index_type(const mc_op_call *call, int input) {
  const int dtype = call->in[input].desc.dtype;
  if ((MC_T_INDEX & MC_DTYPE_BIT(dtype)) == 0) {
    return mc_op_error(call, "input %d holds indices of dtype %s; they must be DT_INT32 or DT_INT64", input,
                       mc_dtype_name(dtype));
  }
  return MC_OK;
}

int mc_places_nd(const mc_op_call *call, int input, const mc_shape *target, const char *name, mc_places *p) {
  char text[MC_SHAPE_TEXT];
  char index_text[MC_SHAPE_TEXT];
  const mc_shape *index = &call->in[input].desc.shape;
  const int status = check_index_type(call, input);
  if (status != MC_OK) {
    return status;
  }
  memset(p, 0, sizeof(*p));
  if (mc_shape_count(target) < 0) {
    return mc_op_error(call, "%s %.160s: the number of elements overflows", name,
                       mc_shape_text(target, text));
  }
  if (index->rank < 1 || index->dims[index->rank - 1] > target->rank) {
    return mc_op_error(call, "indices %.90s: the last dim says how many axes of %s %.90s an index names",
                       mc_shape_text(index, index_text), name, mc_shape_text(target, text));
  }
  p->axes = (int)index->dims[index->rank - 1];
  p->wide = call->in[input].desc.dtype == MC_INT64;
  p->target = *target;
  p->index = *index;
  p->count = mc_dims_product(index, 0, index->rank - 1);
  p->run = mc_shape_count(target) == 0 ? 0 : mc_dims_product(target, p->axes, target->rank);
  int64_t stride = 1;
  for (int i = p->axes - 1; i >= 0; --i) {
    p->strides[i] = stride;
    stride = p->run == 0 ? 0 : stride * target->dims[i];
  }
  return MC_OK;
}

int mc_places_elements(const mc_op_call *call, const char *axis_name, int input, mc_places *p) {
  char text[MC_SHAPE_TEXT];
  char index_text[MC_SHAPE_TEXT];
  const mc_shape *target = &call->in[0].desc.shape;
  const mc_shape *index = &call->in[input].desc.shape;
  memset(p, 0, sizeof(*p));
  int status = check_index_type(call, input);
  if (status == MC_OK) {
    status = mc_check_axis(call, axis_name, mc_attrs_int(call->attrs, axis_name, 0), target->rank, &p->axis);
  }
  if (status != MC_OK) {
    return status;
  }
  bool fits = index->rank == target->rank;
  for (int i = 0; i < index->rank && fits; ++i) {
    fits = i == p->axis || index->dims[i] <= target->dims[i];
  }
  if (!fits) {
    return mc_op_error(call, "indices %.90s must have the rank of %.90s and be no longer but along axis %d",
                       mc_shape_text(index, index_text), mc_shape_text(target, text), p->axis);
  }
  p->by_elements = p->negative = true;
  p->wide = call->in[input].desc.dtype == MC_INT64;
  p->target = *target;
  p->index = *index;
  p->count = mc_shape_count(index);
  p->run = 1;
  mc_dense_strides(target, p->strides);
  return MC_OK;
}

static int64_t index_at(const mc_places *p, const void *indices, int64_t i) {
  return p->wide ? ((const int64_t *)indices)[i] : ((const int32_t *)indices)[i];
}

/* -1 when outside. */
static int64_t resolved(const mc_places *p, int64_t index, int64_t length) {
  const int64_t from_start = index < 0 && p->negative && index >= -length ? index + length : index;
  return from_start >= length || from_start < 0 ? -1 : from_start;
}

int64_t mc_places_at(const mc_places *p, const void *indices, int64_t i) {
  int64_t place = 0;
  if (!p->by_elements) {
    for (int axis = 0; axis < p->axes; ++axis) {
      const int64_t at = resolved(p, index_at(p, indices, i * p->axes + axis), p->target.dims[axis]);
      if (at < 0) {
        return -1;
      }
      place += at * p->strides[axis];
    }
    return place;
  }
  const int64_t along = resolved(p, index_at(p, indices, i), p->target.dims[p->axis]);
  if (along < 0) {
    return -1;
  }
  for (int axis = p->index.rank - 1; axis >= 0; --axis) {
    place += (axis == p->axis ? along : i % p->index.dims[axis]) * p->strides[axis];
    i /= p->index.dims[axis];
  }
  return place;
}

int mc_places_error(const mc_op_call *call, const mc_places *p, const void *indices, int64_t i) {
  int64_t at = i;
  int axis = p->axis;
  for (int k = 0; k < p->axes; ++k) {
    if (resolved(p, index_at(p, indices, i * p->axes + k), p->target.dims[k]) < 0) {
      at = i * p->axes + k;
      axis = k;
      break;
    }
  }
  const int64_t length = p->target.dims[axis];
  return mc_op_error(call, "element %lld of the indices is %lld; along axis %d it must be in [%lld, %lld)",
                     (long long)at, (long long)index_at(p, indices, at), axis,
                     (long long)(p->negative ? -length : 0), (long long)length);
}
