/* The pieces of attention.h. */
#include "onnx/attention.h"

#include <math.h>

mc_val *mc_att_dim(mc_on *on, mc_val *value, int axis) {
  if (value == NULL) {
    return NULL;
  }
  const int rank = value->shape.rank;
  if (rank != MC_RANK_UNKNOWN && axis >= rank) {
    mc_on_fail(on, "an input has rank %d; axis %d is needed", rank, axis);
    return NULL;
  }
  if (rank != MC_RANK_UNKNOWN && value->shape.dims[axis] >= 0) {
    return mc_ge_const_int(on, MC_INT64, value->shape.dims[axis]);
  }
  return mc_ge_3(on, "GatherV2", mc_ge_shape(on, value), mc_ge_const_int(on, MC_INT64, axis),
                 mc_ge_const_ints(on, MC_INT64, &(int64_t){0}, 1));
}

/* A 0 in the shape takes the input's dim, which also holds for dims that are not known yet. */
mc_val *mc_att_reshape(mc_on *on, mc_val *value, int keep, const int64_t *dims, int count) {
  int64_t all[MC_MAX_RANK] = {0};
  for (int i = 0; i < keep + count && i < MC_MAX_RANK && value != NULL; ++i) {
    const bool known = i < keep && value->shape.rank > i && value->shape.dims[i] > 0;
    all[i] = i >= keep ? dims[i - keep] : known ? value->shape.dims[i] : 0;
  }
  return mc_ge_reshape(on, value, all, keep + count);
}

static const int64_t kSwap[] = {0, 2, 1, 3};

mc_val *mc_att_heads(mc_on *on, mc_val *value, int64_t heads) {
  const int64_t dims[] = {heads, -1};
  if (value == NULL || heads <= 0) {
    mc_on_fail(on, "its inputs have 3 dims, so it needs numbers of heads");
    return NULL;
  }
  if (value->shape.rank == 3 && value->shape.dims[2] >= 0 && value->shape.dims[2] % heads != 0) {
    mc_on_fail(on, "%lld features cannot be divided among %lld heads", (long long)value->shape.dims[2],
               (long long)heads);
    return NULL;
  }
  return mc_ge_transpose(on, mc_att_reshape(on, value, 2, dims, 2), kSwap, 4);
}

mc_val *mc_att_flat(mc_on *on, mc_val *value) {
  const int64_t rest = -1;
  return mc_att_reshape(on, mc_ge_transpose(on, value, kSwap, 4), 2, &rest, 1);
}

mc_val *mc_att_repeat(mc_on *on, mc_val *value, int64_t heads, int64_t times) {
  int64_t *index = times == 1 ? NULL : mc_on_list(on, mc_on_times(heads, times), sizeof *index);
  for (int64_t i = 0; index != NULL && i < heads * times; ++i) {
    index[i] = i / times;
  }
  return index == NULL ? value
                       : mc_ge_3(on, "GatherV2", value, mc_ge_const_ints(on, MC_INT64, index, heads * times),
                                 mc_ge_const_ints(on, MC_INT64, &(int64_t){1}, 1));
}

mc_val *mc_att_range(mc_on *on, mc_val *limit) {
  return mc_ge_3(on, "Range", mc_ge_const_int(on, MC_INT64, 0), limit, mc_ge_const_int(on, MC_INT64, 1));
}

mc_val *mc_att_bias(mc_on *on, mc_val *allowed, int dtype) {
  return mc_ge_3(on, "SelectV2", allowed, mc_ge_const_float(on, dtype, 0), mc_ge_const_float(on, dtype, -INFINITY));
}
