/* Shapes and forms of tensors: what they are, and giving them others. */
#include <string.h>

#include "onnx/axes.h"
#include "onnx/typed.h"

static void set(mc_on *on, mc_val *value) { mc_on_set(on, 0, value); }

static mc_val *number(mc_on *on, int64_t value) { return mc_ge_const_int(on, MC_INT64, value); }

static int64_t clamped(int64_t value, int rank) {
  const int64_t from_start = value < 0 ? value + rank : value;
  return from_start < 0 ? 0 : from_start > rank ? rank : from_start;
}

static void map_shape(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *shape = mc_ge_shape(on, x);
  if (mc_on_has(on, "start") || mc_on_has(on, "end")) {
    const int rank = mc_val_need_rank(on, x, "data");
    const int64_t start = clamped(mc_on_int(on, "start", 0), rank);
    const int64_t end = clamped(mc_on_int(on, "end", rank), rank);
    shape = mc_ge_slice(on, shape, 0, start, end > start ? end - start : 0);
  }
  set(on, shape);
}

static void map_size(mc_on *on) {
  mc_ge *ge = mc_ge_begin(on, "Size");
  mc_ge_in(ge, "x", mc_on_need(on, 0));
  mc_ge_int(ge, "dtype", MC_INT64);
  set(on, mc_ge_end(ge));
}

/* Axes that are known at run time only leave the dims that they do not name. */
static void map_squeeze(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *axes = mc_on_axes(on, 1);
  int count = 0;
  const int rank = axes == NULL ? 0 : mc_val_need_rank(on, x, "data");
  const int64_t *known = mc_known_axes(on, axes, rank, &count);
  if (axes == NULL || known != NULL) {
    mc_ge *ge = mc_ge_begin(on, "Squeeze");
    mc_ge_in(ge, "x", x);
    mc_ge_ints(ge, "axis", known, axes == NULL ? 0 : (size_t)count);
    set(on, axes != NULL && count == 0 ? mc_ge_1(on, "Identity", x) : mc_ge_end(ge));
    return;
  }
  mc_val *kept = mc_ge_1(on, "LogicalNot", mc_is_axis(on, axes, rank));
  set(on, mc_ge_2(on, "Reshape", x, mc_ge_2(on, "MaskedSelect", mc_ge_shape(on, x), kept)));
}

static mc_val *gather(mc_on *on, mc_val *x, mc_val *indices) {
  mc_ge *ge = mc_ge_begin(on, "GatherV2");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "indices", indices);
  mc_ge_in(ge, "axis", number(on, 0));
  return mc_ge_end(ge);
}

/* The result's dims: 1 where an axis names them, x's in order elsewhere. */
static mc_val *unsqueezed(mc_on *on, mc_val *x, mc_val *axes, int rank) {
  const int result = rank + (int)mc_val_count(axes);
  if (rank == 0) {
    int64_t ones[MC_MAX_RANK];
    for (int i = 0; i < result; ++i) {
      ones[i] = 1;
    }
    return mc_ge_const_ints(on, MC_INT64, ones, result);
  }
  mc_val *named = mc_is_axis(on, axes, result);
  mc_val *old = mc_ge_cast(on, mc_ge_1(on, "LogicalNot", named), MC_INT64);
  mc_ge *sum = mc_ge_begin(on, "Cumsum");
  mc_ge_in(sum, "x", old);
  mc_ge_in(sum, "axis", number(on, 0));
  mc_ge_bool(sum, "exclusive", true);
  mc_val *place = mc_ge_2(on, "Minimum", mc_ge_end(sum), number(on, rank - 1));
  return mc_select(on, named, number(on, 1), gather(on, mc_ge_shape(on, x), place));
}

static void map_unsqueeze(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *axes = mc_on_axes(on, 1);
  if (axes == NULL) {
    mc_on_fail(on, "it has no axes");
    return;
  }
  const int64_t given = mc_val_count(axes);
  int64_t one = 0;
  const int64_t *only = given == 1 ? mc_val_ints(on, axes, &one) : NULL;
  if (only != NULL && x != NULL && x->shape.rank == MC_RANK_UNKNOWN) {
    set(on, mc_ge_unsqueeze(on, x, only, 1));
    return;
  }
  const int rank = given < 0 ? 0 : mc_val_need_rank(on, x, "data");
  if (given < 0 || rank + given > MC_MAX_RANK) {
    mc_on_fail(on, "the number of its axes is %s", given < 0 ? "not known" : "too large");
    return;
  }
  int count = 0;
  const int64_t *known = mc_known_axes(on, axes, rank + (int)given, &count);
  if (mc_on_failed(on)) {
    return;
  }
  if (known == NULL) {
    set(on, mc_ge_2(on, "Reshape", x, unsqueezed(on, x, axes, rank)));
    return;
  }
  int64_t sorted[MC_MAX_RANK];
  for (int i = 0; i < count; ++i) {
    int at = i;
    for (; at > 0 && sorted[at - 1] > known[i]; --at) {
      sorted[at] = sorted[at - 1];
    }
    sorted[at] = known[i];
  }
  set(on, count == 0 ? mc_ge_1(on, "Identity", x) : mc_ge_unsqueeze(on, x, sorted, count));
}

static void map_expand(mc_on *on) {
  set(on, mc_ge_2(on, "Expand", mc_on_need(on, 0), mc_on_need(on, 1)));
}

static void map_tile(mc_on *on) { set(on, mc_ge_2(on, "Tile", mc_on_need(on, 0), mc_on_need(on, 1))); }

static void map_constant_of_shape(mc_on *on) {
  mc_val *value = mc_on_has(on, "value") ? mc_ge_const_tensor(on, mc_on_tensor(on, "value"))
                                         : mc_ge_const_float(on, MC_FLOAT, 0);
  set(on, mc_ge_2(on, "Fill", mc_on_need(on, 0), mc_as_scalar(on, value)));
}

static void map_range(mc_on *on) {
  mc_val *in[3];
  const mc_val *start = mc_on_need(on, 0);
  for (int i = 0; i < 3; ++i) {
    in[i] = mc_typed_in(on, "Range", MC_TYPED_EXACT, mc_on_need(on, i));
  }
  mc_val *y = mc_ge_3(on, "Range", in[0], in[1], in[2]);
  set(on, start == NULL || start->dtype == MC_UNDEFINED ? y : mc_ge_cast(on, y, start->dtype));
}

/* Column minus row, for the last two axes. */
static mc_val *distance(mc_on *on, mc_val *x) {
  const int64_t first = 0;
  const int64_t last = 1;
  mc_val *rows = mc_count_to(on, mc_as_scalar(on, mc_dim(on, x, -2)));
  mc_val *columns = mc_count_to(on, mc_as_scalar(on, mc_dim(on, x, -1)));
  return mc_ge_2(on, "Sub", mc_ge_unsqueeze(on, columns, &first, 1), mc_ge_unsqueeze(on, rows, &last, 1));
}

static void map_eye_like(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *one = mc_ge_2(on, "Equal", distance(on, x), number(on, mc_on_int(on, "k", 0)));
  const int dtype = mc_on_dtype(on, "dtype", x == NULL ? MC_FLOAT : x->dtype);
  set(on, mc_ge_cast(on, one, dtype));
}

/* Keeps what is on, and above or below, diagonal k. */
static void map_trilu(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *k = mc_on_in(on, 1);
  const bool upper = mc_on_int(on, "upper", 1) != 0;
  int64_t count = 0;
  const int64_t *known = k == NULL ? NULL : mc_val_ints(on, k, &count);
  if (k == NULL || (known != NULL && count == 1)) {
    mc_ge *ge = mc_ge_begin(on, upper ? "Triu" : "Tril");
    mc_ge_in(ge, "x", x);
    mc_ge_int(ge, "diagonal", k == NULL ? 0 : known[0]);
    set(on, mc_ge_end(ge));
    return;
  }
  mc_val *kept = mc_ge_2(on, upper ? "GreaterEqual" : "LessEqual", distance(on, x), k);
  set(on, mc_select(on, kept, x, mc_like(on, x, 0)));
}

/* The same bits as another type of the same size. */
static void map_bit_cast(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_ge *ge = mc_ge_begin(on, "Bitcast");
  mc_ge_in(ge, "x", x);
  mc_ge_dtype(ge, "type", mc_on_dtype(on, "to", MC_UNDEFINED));
  set(on, mc_ge_end(ge));
}

static void map_det(mc_on *on) { set(on, mc_typed_1(on, "MatrixDeterminant", MC_TYPED_EXACT, mc_on_need(on, 0))); }

static const mc_on_rule kRules[] = {
    {"Shape", 1, 0, map_shape, NULL, 0},
    {"Size", 1, 0, map_size, NULL, 0},
    {"Squeeze", 1, 0, map_squeeze, NULL, 0},
    {"Unsqueeze", 1, 0, map_unsqueeze, NULL, 0},
    {"Expand", 8, 0, map_expand, NULL, 0},
    {"Tile", 6, 0, map_tile, NULL, 0},
    {"ConstantOfShape", 9, 0, map_constant_of_shape, NULL, 0},
    {"Range", 11, 0, map_range, NULL, 0},
    {"EyeLike", 9, 0, map_eye_like, NULL, 0},
    {"Trilu", 14, 0, map_trilu, NULL, 0},
    {"BitCast", 26, 0, map_bit_cast, NULL, 0},
    {"Det", 11, 0, map_det, NULL, 0},
};
MC_ON_FAMILY(tensor, kRules);
