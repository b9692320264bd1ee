/* Small compositions of GE nodes that many mappings need. */
#include <string.h>

#include "onnx/subgraph.h"

mc_val *mc_ge_cast(mc_on *on, mc_val *value, int dtype) {
  if (value == NULL || value->dtype == dtype) {
    return value;
  }
  mc_ge *ge = mc_ge_begin(on, "Cast");
  mc_ge_in(ge, "x", value);
  mc_ge_int(ge, "dst_type", dtype);
  return mc_ge_end(ge);
}

mc_val *mc_ge_reshape(mc_on *on, mc_val *value, const int64_t *dims, int rank) {
  if (value == NULL) {
    return NULL;
  }
  bool same = value->shape.rank == rank;
  for (int i = 0; same && i < rank; ++i) {
    same = dims[i] >= 0 && value->shape.dims[i] == dims[i];
  }
  if (same) {
    return value;
  }
  mc_ge *ge = mc_ge_begin(on, "Reshape");
  mc_ge_in(ge, "x", value);
  mc_ge_in(ge, "shape", mc_ge_const_ints(on, MC_INT64, dims, rank));
  return mc_ge_end(ge);
}

mc_val *mc_ge_transpose(mc_on *on, mc_val *value, const int64_t *perm, int rank) {
  bool same = true;
  for (int i = 0; i < rank; ++i) {
    same = same && perm[i] == i;
  }
  if (value == NULL || same) {
    return value;
  }
  mc_ge *ge = mc_ge_begin(on, "Transpose");
  mc_ge_in(ge, "x", value);
  mc_ge_in(ge, "perm", mc_ge_const_ints(on, MC_INT64, perm, rank));
  return mc_ge_end(ge);
}

mc_val *mc_ge_squeeze(mc_on *on, mc_val *value, const int64_t *axes, int count) {
  if (value == NULL || count == 0) {
    return value;
  }
  mc_ge *ge = mc_ge_begin(on, "Squeeze");
  mc_ge_in(ge, "x", value);
  mc_ge_ints(ge, "axis", axes, (size_t)count);
  return mc_ge_end(ge);
}

mc_val *mc_ge_unsqueeze(mc_on *on, mc_val *value, const int64_t *axes, int count) {
  if (value == NULL || count == 0) {
    return value;
  }
  mc_ge *ge = mc_ge_begin(on, "Unsqueeze");
  mc_ge_in(ge, "x", value);
  mc_ge_ints(ge, "axes", axes, (size_t)count);
  return mc_ge_end(ge);
}

mc_val *mc_ge_shape(mc_on *on, mc_val *value) {
  mc_ge *ge = mc_ge_begin(on, "Shape");
  mc_ge_in(ge, "x", value);
  mc_ge_int(ge, "dtype", MC_INT64);
  mc_val *shape = mc_ge_end(ge);
  if (shape != NULL && shape->shape.rank == MC_RANK_UNKNOWN) {
    mc_ge_declare(ge, 0, MC_INT64, &(mc_shape){.rank = 1, .dims = {-1}});
  }
  return shape;
}

mc_val *mc_ge_concat(mc_on *on, mc_val *const *values, int count, int64_t axis) {
  if (count == 1) {
    return values[0];
  }
  mc_ge *ge = mc_ge_begin(on, "ConcatD");
  mc_ge_ins(ge, "x", values, count);
  mc_ge_int(ge, "concat_dim", axis);
  mc_ge_int(ge, "N", count);
  return mc_ge_end(ge);
}

mc_val *mc_ge_slice(mc_on *on, mc_val *value, int axis, int64_t first, int64_t size) {
  const int rank = mc_val_need_rank(on, value, "of a slice");
  int64_t *offsets = mc_on_alloc(on, (size_t)(rank + 1) * sizeof *offsets);
  int64_t *sizes = mc_on_alloc(on, (size_t)(rank + 1) * sizeof *sizes);
  if (mc_on_failed(on) || offsets == NULL || sizes == NULL) {
    return NULL;
  }
  for (int i = 0; i < rank; ++i) {
    sizes[i] = -1;
  }
  offsets[axis] = first;
  sizes[axis] = size;
  mc_ge *ge = mc_ge_begin(on, "Slice");
  mc_ge_in(ge, "x", value);
  mc_ge_in(ge, "offsets", mc_ge_const_ints(on, MC_INT64, offsets, rank));
  mc_ge_in(ge, "size", mc_ge_const_ints(on, MC_INT64, sizes, rank));
  return mc_ge_end(ge);
}
