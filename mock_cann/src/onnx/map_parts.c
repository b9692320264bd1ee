/* Parts of tensors and tensors around them: Split, Slice, Pad. */
#include <string.h>

#include "onnx/axes.h"
#include "onnx/typed.h"

static mc_val *number(mc_on *on, int64_t value) { return mc_ge_const_int(on, MC_INT64, value); }

static bool is(mc_on *on, const char *name, const char *fallback, const char *text) {
  return strcmp(mc_on_string(on, name, fallback), text) == 0;
}

/* Parts of one length, the last one shorter when the axis does not divide. */
static mc_val *even_parts(mc_on *on, mc_val *length, int parts) {
  int64_t *order = mc_on_alloc(on, sizeof(int64_t) * (size_t)(parts + 1));
  for (int i = 0; order != NULL && i < parts; ++i) {
    order[i] = i;
  }
  mc_val *whole = mc_ge_2(on, "Add", length, number(on, parts - 1));
  mc_val *each = mc_ge_2(on, "Div", whole, number(on, parts));
  mc_val *before = mc_ge_2(on, "Mul", mc_ge_const_ints(on, MC_INT64, order, order == NULL ? 0 : parts), each);
  mc_val *left = mc_ge_2(on, "Maximum", mc_ge_2(on, "Sub", length, before), number(on, 0));
  return mc_ge_2(on, "Minimum", left, each);
}

static void map_split(mc_on *on) {
  const int parts = mc_on_outputs(on);
  const int64_t axis = mc_on_int(on, "axis", 0);
  mc_val *x = mc_on_need(on, 0);
  int count = 0;
  const int64_t *attribute = mc_on_ints(on, "split", &count);
  mc_val *sizes = attribute != NULL ? mc_ge_const_ints(on, MC_INT64, attribute, count) : mc_on_in(on, 1);
  if (sizes == NULL) {
    sizes = even_parts(on, mc_as_scalar(on, mc_dim(on, x, axis)), parts);
  }
  mc_ge *ge = mc_ge_begin(on, "SplitV");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "size_splits", sizes);
  mc_ge_in(ge, "split_dim", number(on, axis));
  mc_ge_int(ge, "num_split", parts);
  mc_ge_outs(ge, parts);
  mc_ge_end(ge);
  for (int i = 0; i < parts && !mc_on_failed(on); ++i) {
    mc_on_set(on, i, mc_ge_out(ge, i));
  }
}

/* starts, ends, axes and steps: attributes up to opset 9 (without steps), inputs from 10 on. */
static void map_slice(mc_on *on) {
  static const char *const kNames[] = {"starts", "ends", "axes"};
  static const char *const kGe[] = {"begin", "end", "axes", "strides"};
  mc_ge *ge = mc_ge_begin(on, "StridedSliceV2");
  mc_ge_in(ge, "x", mc_on_need(on, 0));
  for (int i = 0; i < 4; ++i) {
    mc_val *value = NULL;
    int count = 0;
    if (mc_on_version(on) >= 10) {
      value = i < 2 ? mc_on_need(on, i + 1) : mc_on_in(on, i + 1);
    } else if (i < 3 && mc_on_has(on, kNames[i])) {
      const int64_t *values = mc_on_ints(on, kNames[i], &count);
      value = mc_ge_const_ints(on, MC_INT64, values, count);
    }
    mc_ge_in(ge, kGe[i], value);
  }
  mc_on_set(on, 0, mc_ge_end(ge));
}

/* ---- Pad ---- */

/* pads for all axes: [before of each, after of each]. */
static mc_val *all_pads(mc_on *on, mc_val *pads, mc_val *axes, int rank) {
  if (axes == NULL) {
    return mc_ge_cast(on, pads, MC_INT64);
  }
  mc_val *places = mc_as_vector(on, mc_wrapped(on, axes, number(on, rank)));
  mc_val *both[2] = {places, mc_ge_2(on, "Add", places, number(on, rank))};
  const int64_t length = 2 * rank;
  mc_val *none = mc_ge_2(on, "Fill", mc_ge_const_ints(on, MC_INT64, &length, 1), number(on, 0));
  return mc_ge_3(on, "ScatterElementsV2", none, mc_ge_concat(on, both, 2, 0), mc_ge_cast(on, pads, MC_INT64));
}

static bool any_negative(mc_on *on, mc_val *pads) {
  int64_t count = 0;
  const int64_t *values = mc_val_ints(on, pads, &count);
  for (int64_t i = 0; values != NULL && i < count; ++i) {
    if (values[i] < 0) {
      return true;
    }
  }
  return values == NULL; /* may be */
}

/* Negative pads take elements away. */
static mc_val *cropped(mc_on *on, mc_val *x, mc_val *pads, int rank) {
  mc_val *cut = mc_ge_2(on, "Minimum", pads, number(on, 0));
  mc_val *front = mc_ge_1(on, "Neg", mc_ge_slice(on, cut, 0, 0, rank));
  mc_val *size = mc_ge_2(on, "Sub", mc_ge_shape(on, x), front);
  size = mc_ge_2(on, "Add", size, mc_ge_slice(on, cut, 0, rank, rank));
  return mc_ge_3(on, "Slice", x, front, size);
}

/* Index i of an axis of length n shows element i modulo n; negative pads begin later and end earlier. */
static mc_val *wrapped_around(mc_on *on, mc_val *x, mc_val *pads, int rank) {
  mc_val *shape = mc_ge_shape(on, x);
  for (int axis = 0; axis < rank; ++axis) {
    mc_val *length = mc_as_scalar(on, mc_ge_slice(on, shape, 0, axis, 1));
    mc_val *before = mc_as_scalar(on, mc_ge_slice(on, pads, 0, axis, 1));
    mc_val *after = mc_as_scalar(on, mc_ge_slice(on, pads, 0, rank + axis, 1));
    mc_val *all = mc_ge_3(on, "Range", mc_ge_1(on, "Neg", before), mc_ge_2(on, "Add", length, after),
                          number(on, 1));
    mc_ge *ge = mc_ge_begin(on, "GatherV2");
    mc_ge_in(ge, "x", x);
    mc_ge_in(ge, "indices", mc_ge_2(on, "FloorMod", all, length));
    mc_ge_in(ge, "axis", number(on, axis));
    x = mc_ge_end(ge);
  }
  return x;
}

static void map_pad(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  const int rank = mc_val_need_rank(on, x, "data");
  int count = 0;
  const int64_t *attribute = mc_on_ints(on, "pads", &count);
  const bool inputs = mc_on_version(on) >= 11;
  mc_val *pads = inputs ? mc_on_need(on, 1) : mc_ge_const_ints(on, MC_INT64, attribute, count);
  mc_val *value = inputs ? mc_on_in(on, 2) : mc_like(on, x, (double)mc_on_float(on, "value", 0));
  if (mc_on_failed(on)) {
    return;
  }
  pads = all_pads(on, pads, inputs ? mc_on_in(on, 3) : NULL, rank);
  if (is(on, "mode", "constant", "wrap")) {
    mc_on_set(on, 0, wrapped_around(on, x, pads, rank));
    return;
  }
  if (any_negative(on, pads)) {
    x = cropped(on, x, pads, rank);
    pads = mc_ge_2(on, "Maximum", pads, number(on, 0));
  }
  const bool constant = is(on, "mode", "constant", "constant");
  mc_ge *ge = mc_ge_begin(on, "PadV3");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "paddings", pads);
  mc_ge_in(ge, "constant_values", constant && value != NULL ? mc_as_scalar(on, value) : NULL);
  mc_ge_string(ge, "mode", mc_on_string(on, "mode", "constant"));
  mc_ge_bool(ge, "paddings_contiguous", false);
  mc_on_set(on, 0, mc_ge_end(ge));
}

/* The middle of each axis, or zeros around it, so that it gets the length asked for. */
static void map_center_crop_pad(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  const int rank = mc_val_need_rank(on, x, "input_data");
  mc_val *axes = mc_on_axes(on, 9);
  mc_val *wanted = mc_ge_cast(on, mc_on_need(on, 1), MC_INT64);
  mc_val *shape = mc_ge_shape(on, x);
  if (axes != NULL) {
    mc_val *places = mc_as_vector(on, mc_wrapped(on, axes, number(on, rank)));
    wanted = mc_ge_3(on, "ScatterElementsV2", shape, places, wanted);
  }
  /* What is too much or missing before each axis, rounded down. */
  mc_val *more = mc_ge_2(on, "Maximum", mc_ge_2(on, "Sub", shape, wanted), number(on, 0));
  mc_val *less = mc_ge_2(on, "Maximum", mc_ge_2(on, "Sub", wanted, shape), number(on, 0));
  mc_val *middle = mc_ge_3(on, "Slice", x, mc_ge_2(on, "Div", more, number(on, 2)),
                           mc_ge_2(on, "Minimum", shape, wanted));
  mc_val *before = mc_ge_2(on, "Div", less, number(on, 2));
  mc_val *both[2] = {before, mc_ge_2(on, "Sub", less, before)};
  mc_ge *ge = mc_ge_begin(on, "PadV3");
  mc_ge_in(ge, "x", middle);
  mc_ge_in(ge, "paddings", mc_on_failed(on) ? NULL : mc_ge_concat(on, both, 2, 0));
  mc_ge_string(ge, "mode", "constant");
  mc_ge_bool(ge, "paddings_contiguous", false);
  mc_on_set(on, 0, mc_ge_end(ge));
}

static const mc_on_rule kRules[] = {
    {"Split", 2, 0, map_split, NULL, 0},
    {"Slice", 1, 0, map_slice, NULL, 0},
    {"Pad", 2, 0, map_pad, NULL, 0},
    {"CenterCropPad", 18, 0, map_center_crop_pad, NULL, 0},
};
MC_ON_FAMILY(parts, kRules);
