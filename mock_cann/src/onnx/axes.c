/* Arithmetic on axes and dims: on known ones constants come of it, by the importer's own folding. */
#include "onnx/axes.h"

mc_val *mc_on_axes(mc_on *on, int input) {
  int count = 0;
  const int64_t *attribute = mc_on_ints(on, "axes", &count);
  if (attribute != NULL) {
    return mc_ge_const_ints(on, MC_INT64, attribute, count);
  }
  return input < mc_on_inputs(on) ? mc_on_in(on, input) : NULL;
}

const int64_t *mc_known_axes(mc_on *on, mc_val *axes, int rank, int *count) {
  int64_t n = 0;
  const int64_t *values = axes == NULL ? NULL : mc_val_ints(on, axes, &n);
  int64_t *result = values == NULL ? NULL : mc_on_alloc(on, sizeof(int64_t) * (size_t)(n + 1));
  for (int64_t i = 0; result != NULL && i < n; ++i) {
    result[i] = values[i] < 0 ? values[i] + rank : values[i];
    if (result[i] < 0 || result[i] >= rank) {
      mc_on_fail(on, "its axes hold %lld, which is outside [-%d, %d)", (long long)values[i], rank, rank);
      return NULL;
    }
  }
  *count = (int)n;
  return result;
}

mc_val *mc_all_axes(mc_on *on, mc_val *x) {
  int64_t axes[MC_MAX_RANK];
  for (int i = 0; i < MC_MAX_RANK; ++i) {
    axes[i] = i;
  }
  const int rank = mc_val_need_rank(on, x, "input");
  return mc_on_failed(on) ? NULL : mc_ge_const_ints(on, MC_INT64, axes, rank);
}

mc_val *mc_wrapped(mc_on *on, mc_val *numbers, mc_val *length) {
  mc_val *wide = mc_ge_cast(on, numbers, MC_INT64);
  mc_val *negative = mc_ge_2(on, "Less", wide, mc_ge_const_int(on, MC_INT64, 0));
  return mc_ge_3(on, "SelectV2", negative, mc_ge_2(on, "Add", wide, length), wide);
}

mc_val *mc_is_axis(mc_on *on, mc_val *axes, int rank) {
  mc_val *places = mc_as_vector(on, mc_wrapped(on, axes, mc_ge_const_int(on, MC_INT64, rank)));
  mc_ge *ge = mc_ge_begin(on, "OneHot");
  mc_ge_in(ge, "x", places);
  mc_ge_in(ge, "depth", mc_ge_const_int(on, MC_INT64, rank));
  mc_ge_in(ge, "on_value", mc_ge_const_int(on, MC_INT64, 1));
  mc_ge_in(ge, "off_value", mc_ge_const_int(on, MC_INT64, 0));
  mc_ge_int(ge, "axis", -1);
  const int64_t first = 0;
  mc_val *named = mc_ge_2(on, "ReduceSum", mc_ge_end(ge), mc_ge_const_ints(on, MC_INT64, &first, 1));
  return mc_ge_2(on, "Greater", named, mc_ge_const_int(on, MC_INT64, 0));
}

mc_val *mc_dim(mc_on *on, mc_val *x, int64_t axis) {
  if (x != NULL && x->shape.rank == MC_RANK_UNKNOWN && axis >= 0) {
    return mc_ge_slice(on, mc_ge_shape(on, x), 0, axis, 1);
  }
  const int rank = mc_val_need_rank(on, x, "input");
  const int64_t at = axis < 0 ? axis + rank : axis;
  if (!mc_on_failed(on) && (at < 0 || at >= rank)) {
    mc_on_fail(on, "its axis %lld is outside [-%d, %d)", (long long)axis, rank, rank);
  }
  return mc_on_failed(on) ? NULL : mc_ge_slice(on, mc_ge_shape(on, x), 0, at, 1);
}

mc_val *mc_as_vector(mc_on *on, mc_val *x) {
  const int64_t all = -1;
  return x != NULL && x->shape.rank == 1 ? x : mc_ge_reshape(on, x, &all, 1);
}

mc_val *mc_as_scalar(mc_on *on, mc_val *x) {
  return x != NULL && x->shape.rank == 0 ? x : mc_ge_reshape(on, x, NULL, 0);
}

mc_val *mc_count_to(mc_on *on, mc_val *limit) {
  return mc_ge_3(on, "Range", mc_ge_const_int(on, MC_INT64, 0), limit, mc_ge_const_int(on, MC_INT64, 1));
}
