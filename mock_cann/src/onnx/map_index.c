/* Elements by index: gathering, scattering, one-hot vectors, places of what is not zero. */
#include <string.h>

#include "onnx/axes.h"
#include "onnx/typed.h"

static void set(mc_on *on, mc_val *value) { mc_on_set(on, 0, value); }

static mc_val *number(mc_on *on, int64_t value) { return mc_ge_const_int(on, MC_INT64, value); }

static mc_val *gather(mc_on *on, mc_val *x, mc_val *indices, int64_t axis) {
  mc_ge *ge = mc_ge_begin(on, "GatherV2");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "indices", indices);
  mc_ge_in(ge, "axis", number(on, axis));
  mc_ge_bool(ge, "negative_index_support", true);
  return mc_ge_end(ge);
}

static void map_gather(mc_on *on) {
  set(on, gather(on, mc_on_need(on, 0), mc_on_need(on, 1), mc_on_int(on, "axis", 0)));
}

static void map_gather_elements(mc_on *on) {
  mc_ge *ge = mc_ge_begin(on, "GatherElements");
  mc_ge_in(ge, "x", mc_on_need(on, 0));
  mc_ge_in(ge, "index", mc_on_need(on, 1));
  mc_ge_int(ge, "dim", mc_on_int(on, "axis", 0));
  set(on, mc_ge_end(ge));
}

/* The leading dims that data and indices share become one: indices into the joined axis are shifted to their batch. */
static void map_gather_nd(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *indices = mc_on_need(on, 1);
  const int64_t batch = mc_on_int(on, "batch_dims", 0);
  if (batch > 0) {
    const int rank = mc_val_need_rank(on, indices, "indices");
    if (mc_on_failed(on) || batch >= rank) {
      mc_on_fail(on, "attribute batch_dims is %lld; indices have rank %d", (long long)batch, rank);
      return;
    }
    mc_val *shape = mc_ge_shape(on, indices);
    const int64_t last = rank - 1;
    mc_val *one = mc_ge_const_ints(on, MC_INT64, &(int64_t){1}, 1);
    mc_val *parts[2] = {mc_ge_slice(on, shape, 0, 0, last), one};
    mc_val *thin = mc_ge_concat(on, parts, 2, 0);
    mc_val *all[MC_MAX_RANK + 1];
    for (int64_t axis = 0; axis < batch; ++axis) {
      mc_val *place = mc_count_to(on, mc_as_scalar(on, mc_dim(on, indices, axis)));
      int64_t dims[MC_MAX_RANK];
      for (int i = 0; i < rank; ++i) {
        dims[i] = i == axis ? -1 : 1;
      }
      all[axis] = mc_ge_2(on, "BroadcastTo", mc_ge_reshape(on, place, dims, rank), thin);
    }
    all[batch] = mc_ge_cast(on, indices, MC_INT64);
    indices = mc_on_failed(on) ? NULL : mc_ge_concat(on, all, (int)batch + 1, last);
  }
  mc_ge *ge = mc_ge_begin(on, "GatherNd");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "indices", indices);
  mc_ge_bool(ge, "negative_index_support", true);
  set(on, mc_ge_end(ge));
}

/* ---- scattering ---- */

static mc_val *scatter_elements(mc_on *on, mc_val *x, mc_val *indices, mc_val *updates, int64_t axis,
                                const char *reduction) {
  mc_ge *ge = mc_ge_begin(on, "ScatterElementsV2");
  mc_ge_in(ge, "var", mc_typed_in(on, "ScatterElementsV2", MC_TYPED_EXACT, x));
  mc_ge_in(ge, "indices", indices);
  mc_ge_in(ge, "updates", mc_typed_in(on, "ScatterElementsV2", MC_TYPED_EXACT, updates));
  mc_ge_int(ge, "axis", axis);
  mc_ge_string(ge, "reduction", reduction);
  mc_val *y = mc_ge_end(ge);
  return x == NULL || x->dtype == MC_UNDEFINED ? y : mc_ge_cast(on, y, x->dtype);
}

static void map_scatter_elements(mc_on *on) {
  set(on, scatter_elements(on, mc_on_need(on, 0), mc_on_need(on, 1), mc_on_need(on, 2), mc_on_int(on, "axis", 0),
                           mc_on_string(on, "reduction", "none")));
}

/* Other reductions than "none": tuples of indices become numbers of rows, and the rows are scattered element by
 * element. */
static mc_val *scatter_rows(mc_on *on, mc_val *x, mc_val *indices, mc_val *updates, const char *reduction) {
  const int rank = mc_val_need_rank(on, x, "data");
  const int depth = mc_val_need_rank(on, indices, "indices") - 1;
  const int64_t axes = mc_on_failed(on) || depth < 0 ? -1 : indices->shape.dims[depth];
  if (axes < 0) {
    mc_on_fail(on, "the last dim of its indices is not known");
    return NULL;
  }
  mc_val *shape = mc_ge_shape(on, x);
  mc_val *named = mc_ge_slice(on, shape, 0, 0, axes);
  const int64_t first = 0;
  /* Rows behind one step along each named axis: the product of the later ones. */
  mc_ge *product = mc_ge_begin(on, "Cumprod");
  mc_ge_in(product, "x", named);
  mc_ge_in(product, "axis", number(on, 0));
  mc_ge_bool(product, "exclusive", true);
  mc_ge_bool(product, "reverse", true);
  mc_val *steps = mc_ge_2(on, "Mul", mc_wrapped(on, indices, named), mc_ge_end(product));
  mc_val *rows = mc_as_vector(on, mc_ge_2(on, "ReduceSum", steps, mc_ge_const_ints(on, MC_INT64, &(int64_t){-1}, 1)));
  mc_val *axis = mc_ge_const_ints(on, MC_INT64, &first, 1);
  mc_val *height = mc_ge_2(on, "ReduceProd", named, axis);
  mc_val *width = mc_ge_2(on, "ReduceProd", mc_ge_slice(on, shape, 0, axes, rank - axes), axis);
  mc_val *size[2] = {mc_as_vector(on, height), mc_as_vector(on, width)};
  mc_val *taken[2] = {mc_as_vector(on, mc_ge_shape(on, rows)), size[1]};
  if (mc_on_failed(on)) {
    return NULL;
  }
  mc_val *flat = mc_ge_2(on, "Reshape", x, mc_ge_concat(on, size, 2, 0));
  mc_val *new_shape = mc_ge_concat(on, taken, 2, 0);
  mc_val *flat_updates = mc_ge_2(on, "Reshape", updates, new_shape);
  const int64_t last = 1;
  mc_val *spread = mc_ge_2(on, "BroadcastTo", mc_ge_unsqueeze(on, rows, &last, 1), new_shape);
  return mc_ge_2(on, "Reshape", scatter_elements(on, flat, spread, flat_updates, 0, reduction), shape);
}

static void map_scatter_nd(mc_on *on) {
  const char *reduction = mc_on_string(on, "reduction", "none");
  mc_val *x = mc_on_need(on, 0);
  mc_val *indices = mc_on_need(on, 1);
  mc_val *updates = mc_on_need(on, 2);
  if (strcmp(reduction, "none") != 0) {
    set(on, scatter_rows(on, x, indices, updates, reduction));
    return;
  }
  const int depth = mc_val_need_rank(on, indices, "indices") - 1;
  const int64_t axes = mc_on_failed(on) || depth < 0 ? -1 : indices->shape.dims[depth];
  if (axes < 0) {
    mc_on_fail(on, "the last dim of its indices is not known");
    return;
  }
  mc_val *named = mc_ge_slice(on, mc_ge_shape(on, x), 0, 0, axes);
  set(on, mc_ge_3(on, "TensorScatterUpdate", x, mc_wrapped(on, indices, named), updates));
}

/* Slices of a cache: update i along the axis goes to write_indices[b] + i, round the end in circular mode. */
static void map_tensor_scatter(mc_on *on) {
  mc_val *cache = mc_on_need(on, 0);
  mc_val *update = mc_on_need(on, 1);
  mc_val *starts = mc_on_in(on, 2);
  const int rank = mc_val_need_rank(on, cache, "past_cache");
  int64_t axis = mc_on_int(on, "axis", -2);
  const bool circular = strcmp(mc_on_string(on, "mode", "linear"), "circular") == 0;
  axis = axis < 0 ? axis + rank : axis;
  int64_t dims[MC_MAX_RANK];
  for (int i = 0; i < rank; ++i) {
    dims[i] = i == axis ? -1 : 1;
  }
  mc_val *place = mc_ge_reshape(on, mc_count_to(on, mc_as_scalar(on, mc_dim(on, update, axis))), dims, rank);
  if (starts != NULL) {
    for (int i = 0; i < rank; ++i) {
      dims[i] = i == 0 ? -1 : 1;
    }
    place = mc_ge_2(on, "Add", place, mc_ge_reshape(on, mc_ge_cast(on, starts, MC_INT64), dims, rank));
  }
  if (circular) {
    place = mc_ge_2(on, "FloorMod", place, mc_as_scalar(on, mc_dim(on, cache, axis)));
  }
  place = mc_ge_2(on, "BroadcastTo", place, mc_ge_shape(on, update));
  set(on, scatter_elements(on, cache, place, update, axis, "none"));
}

/* ---- others ---- */

/* values holds what is off and what is on; an index outside [-depth, depth) is nowhere. */
static void map_one_hot(mc_on *on) {
  mc_val *depth = mc_as_scalar(on, mc_ge_cast(on, mc_on_need(on, 1), MC_INT64));
  mc_val *values = mc_on_need(on, 2);
  mc_ge *ge = mc_ge_begin(on, "OneHot");
  mc_ge_in(ge, "x", mc_wrapped(on, mc_on_need(on, 0), depth));
  mc_ge_in(ge, "depth", depth);
  mc_ge_in(ge, "on_value", mc_as_scalar(on, mc_ge_slice(on, values, 0, 1, 1)));
  mc_ge_in(ge, "off_value", mc_as_scalar(on, mc_ge_slice(on, values, 0, 0, 1)));
  mc_ge_int(ge, "axis", mc_on_int(on, "axis", -1));
  set(on, mc_ge_end(ge));
}

static mc_val *places(mc_on *on, mc_val *x, bool transpose) {
  mc_ge *ge = mc_ge_begin(on, "NonZero");
  mc_ge_in(ge, "x", x);
  mc_ge_bool(ge, "transpose", transpose);
  mc_ge_dtype(ge, "dtype", MC_INT64);
  return mc_ge_end(ge);
}

static void map_non_zero(mc_on *on) { set(on, places(on, mc_on_need(on, 0), true)); }

static void map_compress(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  const bool flat = !mc_on_has(on, "axis");
  mc_val *kept = mc_as_vector(on, places(on, mc_on_need(on, 1), true));
  set(on, gather(on, flat ? mc_as_vector(on, x) : x, kept, flat ? 0 : mc_on_int(on, "axis", 0)));
}

static void map_reverse_sequence(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_ge *ge = mc_ge_begin(on, "ReverseSequence");
  mc_ge_in(ge, "x", mc_typed_in(on, "ReverseSequence", MC_TYPED_MODULAR, x));
  mc_ge_in(ge, "seq_lengths", mc_on_need(on, 1));
  mc_ge_int(ge, "seq_dim", mc_on_int(on, "time_axis", 0));
  mc_ge_int(ge, "batch_dim", mc_on_int(on, "batch_axis", 1));
  mc_val *y = mc_ge_end(ge);
  set(on, x == NULL || x->dtype == MC_UNDEFINED ? y : mc_ge_cast(on, y, x->dtype));
}

static const mc_on_rule kRules[] = {
    {"Gather", 1, 0, map_gather, NULL, 0},
    {"GatherElements", 11, 0, map_gather_elements, NULL, 0},
    {"GatherND", 11, 0, map_gather_nd, NULL, 0},
    {"Scatter", 9, 10, map_scatter_elements, NULL, 0},
    {"ScatterElements", 11, 0, map_scatter_elements, NULL, 0},
    {"ScatterND", 11, 0, map_scatter_nd, NULL, 0},
    {"TensorScatter", 24, 0, map_tensor_scatter, NULL, 0},
    {"OneHot", 9, 0, map_one_hot, NULL, 0},
    {"NonZero", 9, 0, map_non_zero, NULL, 0},
    {"Compress", 9, 0, map_compress, NULL, 0},
    {"ReverseSequence", 10, 0, map_reverse_sequence, NULL, 0},
};
MC_ON_FAMILY(index, kRules);
