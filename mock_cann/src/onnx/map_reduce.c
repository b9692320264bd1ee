/* Reductions, and what is found along an axis: extremes' places, the largest numbers, running sums. */
#include <string.h>

#include "onnx/axes.h"
#include "onnx/typed.h"

static void set(mc_on *on, int output, mc_val *value) { mc_on_set(on, output, value); }

static const char *ge_of(const mc_on *on) { return mc_on_rule_of(on)->ge; }

static mc_val *reduce(mc_on *on, const char *type, mc_val *x, mc_val *axes, bool keep) {
  mc_ge *ge = mc_ge_begin(on, type);
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "axes", axes);
  mc_ge_bool(ge, "keep_dims", keep);
  if (strcmp(type, "ReduceMean") == 0) {
    mc_ge_bool(ge, "noop_with_empty_axes", true); /* what empty axes mean was decided before */
  }
  return mc_ge_end(ge);
}

/* No axes: all of them, or none where the node says so. NULL: nothing is reduced. Axes that are an input of length
 * zero, or of unknown length, are decided by their length. */
static mc_val *axes_of(mc_on *on, mc_val *x) {
  mc_val *axes = mc_on_axes(on, 1);
  const bool noop = mc_on_int(on, "noop_with_empty_axes", 0) != 0;
  const int64_t count = axes == NULL ? 0 : mc_val_count(axes);
  if (count != 0) {
    return mc_ge_cast(on, axes, MC_INT64);
  }
  return noop ? NULL : mc_all_axes(on, x);
}

/* The type in which to compute: integers of a reduction that takes roots or logarithms go through double. */
static mc_val *realised(mc_on *on, mc_val *x) {
  const bool real = x == NULL || x->dtype == MC_UNDEFINED || x->dtype == MC_FLOAT || x->dtype == MC_FLOAT16 ||
                    x->dtype == MC_BF16 || x->dtype == MC_DOUBLE;
  return real ? x : mc_ge_cast(on, x, MC_DOUBLE);
}

static mc_val *restored(mc_on *on, mc_val *y, const mc_val *x) {
  return x == NULL || x->dtype == MC_UNDEFINED ? y : mc_ge_cast(on, y, x->dtype);
}

static mc_val *fold(mc_on *on, const char *type, mc_val *x, mc_val *axes, bool keep) {
  return axes == NULL ? x : restored(on, reduce(on, type, mc_typed_in(on, type, MC_TYPED_EXACT, x), axes, keep), x);
}

static void map_reduce(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *axes = axes_of(on, x);
  const bool keep = mc_on_int(on, "keepdims", 1) != 0;
  set(on, 0, axes == NULL ? mc_ge_1(on, "Identity", x) : fold(on, ge_of(on), x, axes, keep));
}

enum { L1, L2, LOG_SUM, LOG_SUM_EXP, SUM_SQUARE };

/* log(sum(e^x)) with the largest number taken out, which is 0 where there is none to take. */
static mc_val *log_sum_exp(mc_on *on, mc_val *x, mc_val *axes, bool keep) {
  mc_val *largest = fold(on, "ReduceMax", x, axes, true);
  mc_val *pivot = mc_select(on, mc_ge_1(on, "IsFinite", largest), largest, mc_like(on, x, 0));
  mc_val *sum = fold(on, "ReduceSum", mc_ge_1(on, "Exp", mc_ge_2(on, "Sub", x, pivot)), axes, true);
  mc_val *y = mc_ge_2(on, "Add", mc_ge_1(on, "Log", sum), pivot);
  /* Every axis that was reduced has length one now. */
  return keep || axes == NULL ? y : fold(on, "ReduceMax", y, axes, false);
}

static void map_composed(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *axes = axes_of(on, x);
  const bool keep = mc_on_int(on, "keepdims", 1) != 0;
  const int what = mc_on_rule_of(on)->variant;
  const bool root = what == L2 || what == LOG_SUM || what == LOG_SUM_EXP;
  mc_val *wide = root ? realised(on, x) : x;
  mc_val *y = NULL;
  if (what == L1) {
    const bool positive = x != NULL && (x->dtype == MC_UINT32 || x->dtype == MC_UINT64);
    y = fold(on, "ReduceSum", positive ? x : mc_typed_1(on, "Abs", MC_TYPED_EXACT, x), axes, keep);
  } else if (what == LOG_SUM_EXP) {
    y = log_sum_exp(on, wide, axes, keep);
  } else if (what == LOG_SUM) {
    y = mc_ge_1(on, "Log", fold(on, "ReduceSum", wide, axes, keep));
  } else {
    y = fold(on, "ReduceSum", mc_typed_2(on, "Mul", MC_TYPED_MODULAR, wide, wide), axes, keep);
    y = what == L2 ? mc_ge_1(on, "Sqrt", y) : y;
  }
  set(on, 0, restored(on, y, x));
}

/* ---- along one axis ---- */

static mc_val *axis_input(mc_on *on, int64_t axis) { return mc_ge_const_ints(on, MC_INT64, &axis, 1); }

/* The last of several equals is the first seen from the end. */
static void map_arg(mc_on *on) {
  mc_val *x = mc_typed_in(on, ge_of(on), MC_TYPED_EXACT, mc_on_need(on, 0));
  const int64_t axis = mc_on_int(on, "axis", 0);
  const bool last = mc_on_int(on, "select_last_index", 0) != 0;
  mc_val *seen = last ? mc_ge_2(on, "ReverseV2", mc_typed_in(on, "ReverseV2", MC_TYPED_MODULAR, x), axis_input(on, axis))
                      : x;
  mc_ge *ge = mc_ge_begin(on, ge_of(on));
  mc_ge_in(ge, "x", seen);
  mc_ge_in(ge, "dimension", mc_ge_const_int(on, MC_INT64, axis));
  mc_ge_dtype(ge, "dtype", MC_INT64);
  mc_val *y = mc_ge_end(ge);
  if (last) {
    mc_val *end = mc_ge_2(on, "Sub", mc_as_scalar(on, mc_dim(on, x, axis)), mc_ge_const_int(on, MC_INT64, 1));
    y = mc_ge_2(on, "Sub", end, y);
  }
  if (mc_on_int(on, "keepdims", 1) != 0) {
    y = mc_ge_2(on, "ExpandDims", y, mc_ge_const_int(on, MC_INT64, axis));
  }
  set(on, 0, y);
}

/* k: an attribute up to opset 9, an input of one number from 10 on. */
static void map_topk(mc_on *on) {
  mc_val *k = mc_on_version(on) < 10 ? mc_ge_const_int(on, MC_INT32, mc_on_int(on, "k", 0))
                                     : mc_ge_cast(on, mc_as_scalar(on, mc_on_need(on, 1)), MC_INT32);
  mc_ge *ge = mc_ge_begin(on, "TopKV2");
  mc_ge_in(ge, "x", mc_on_need(on, 0));
  mc_ge_in(ge, "k", k);
  mc_ge_bool(ge, "sorted", mc_on_int(on, "sorted", 1) != 0);
  mc_ge_int(ge, "dim", mc_on_int(on, "axis", -1));
  mc_ge_bool(ge, "largest", mc_on_int(on, "largest", 1) != 0);
  set(on, 0, mc_ge_end(ge));
  if (mc_on_wants(on, 1)) {
    set(on, 1, mc_ge_cast(on, mc_ge_out(ge, 1), MC_INT64));
  }
}

static void map_cumulate(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_ge *ge = mc_ge_begin(on, ge_of(on));
  mc_ge_in(ge, "x", mc_typed_in(on, ge_of(on), MC_TYPED_EXACT, x));
  mc_ge_in(ge, "axis", mc_as_scalar(on, mc_on_need(on, 1)));
  mc_ge_bool(ge, "exclusive", mc_on_int(on, "exclusive", 0) != 0);
  mc_ge_bool(ge, "reverse", mc_on_int(on, "reverse", 0) != 0);
  set(on, 0, restored(on, mc_ge_end(ge), x));
}

/* One where the first of the largest numbers is; up to opset 12 over all axes from this one on. */
static void map_hardmax(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  const bool flattens = mc_on_version(on) < 13;
  int64_t axis = mc_on_int(on, "axis", flattens ? 1 : -1);
  mc_val *rows = x;
  if (flattens) {
    const int rank = mc_val_need_rank(on, x, "input");
    mc_ge *flat = mc_ge_begin(on, "Flatten");
    mc_ge_in(flat, "x", x);
    mc_ge_int(flat, "axis", axis < 0 ? axis + rank : axis);
    rows = mc_ge_end(flat);
    axis = -1;
  }
  mc_ge *arg = mc_ge_begin(on, "ArgMaxV2");
  mc_ge_in(arg, "x", rows);
  mc_ge_in(arg, "dimension", mc_ge_const_int(on, MC_INT64, axis));
  mc_ge_dtype(arg, "dtype", MC_INT64);
  mc_ge *ge = mc_ge_begin(on, "OneHot");
  mc_ge_in(ge, "x", mc_ge_end(arg));
  mc_ge_in(ge, "depth", mc_as_scalar(on, mc_dim(on, rows, axis)));
  mc_ge_in(ge, "on_value", mc_like(on, x, 1));
  mc_ge_in(ge, "off_value", mc_like(on, x, 0));
  mc_ge_int(ge, "axis", axis);
  mc_val *y = mc_ge_end(ge);
  set(on, 0, flattens ? mc_ge_2(on, "Reshape", y, mc_ge_shape(on, x)) : y);
}

static const mc_on_rule kRules[] = {
    {"ReduceSum", 1, 0, map_reduce, "ReduceSum", 0},
    {"ReduceMean", 1, 0, map_reduce, "ReduceMean", 0},
    {"ReduceMax", 1, 0, map_reduce, "ReduceMax", 0},
    {"ReduceMin", 1, 0, map_reduce, "ReduceMin", 0},
    {"ReduceProd", 1, 0, map_reduce, "ReduceProd", 0},
    {"ReduceL1", 1, 0, map_composed, NULL, L1},
    {"ReduceL2", 1, 0, map_composed, NULL, L2},
    {"ReduceLogSum", 1, 0, map_composed, NULL, LOG_SUM},
    {"ReduceLogSumExp", 1, 0, map_composed, NULL, LOG_SUM_EXP},
    {"ReduceSumSquare", 1, 0, map_composed, NULL, SUM_SQUARE},
    {"ArgMax", 1, 0, map_arg, "ArgMaxV2", 0},
    {"ArgMin", 1, 0, map_arg, "ArgMin", 0},
    {"TopK", 1, 0, map_topk, NULL, 0},
    {"CumSum", 11, 0, map_cumulate, "Cumsum", 0},
    {"CumProd", 26, 0, map_cumulate, "Cumprod", 0},
    {"Hardmax", 1, 0, map_hardmax, NULL, 0},
};
MC_ON_FAMILY(reduce, kRules);
