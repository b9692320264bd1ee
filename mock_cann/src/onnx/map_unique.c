/* Unique: groups of equal elements, or of equal slices of an axis, in ascending order or that of first occurrence. */
#include "onnx/axes.h"
#include "onnx/typed.h"

static mc_val *number(mc_on *on, int64_t value) { return mc_ge_const_int(on, MC_INT64, value); }

static mc_val *gather(mc_on *on, mc_val *x, mc_val *indices, int64_t axis) {
  mc_ge *ge = mc_ge_begin(on, "GatherV2");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "indices", indices);
  mc_ge_in(ge, "axis", number(on, axis));
  return mc_ge_end(ge);
}

static mc_val *ascending(mc_on *on, mc_val *x, bool places) {
  mc_ge *ge = mc_ge_begin(on, "Sort");
  mc_ge_in(ge, "x", mc_typed_in(on, "Sort", MC_TYPED_EXACT, x));
  mc_val *values = mc_ge_end(ge);
  return places ? mc_ge_cast(on, mc_ge_out(ge, 1), MC_INT64) : values;
}

/* What groups are: for each element its group, for each group its first element and how many it has. */
typedef struct groups {
  mc_val *of, *first, *count;
} groups;

/* The groups in another order: order[i] is the group that comes i-th. */
static groups reordered(mc_on *on, groups g, mc_val *order) {
  return (groups){.of = gather(on, ascending(on, order, true), g.of, 0),
                  .first = gather(on, g.first, order, 0),
                  .count = gather(on, g.count, order, 0)};
}

/* Elements of a vector, sorted by GE's own order of first occurrence. */
static groups of_elements(mc_on *on, mc_val *x) {
  mc_ge *ge = mc_ge_begin(on, "UniqueWithCounts");
  mc_ge_in(ge, "x", mc_typed_in(on, "UniqueWithCounts", MC_TYPED_MODULAR, x));
  mc_ge_dtype(ge, "out_idx", MC_INT64);
  mc_ge_end(ge);
  groups g = {.of = mc_on_failed(on) ? NULL : mc_ge_out(ge, 1), .count = mc_on_failed(on) ? NULL : mc_ge_out(ge, 2)};
  mc_val *order = mc_count_to(on, mc_as_scalar(on, mc_dim(on, x, 0)));
  mc_ge *first = mc_ge_begin(on, "ScatterElementsV2");
  mc_ge_in(first, "var", mc_ge_2(on, "Add", mc_ge_2(on, "Mul", g.count, number(on, 0)), number(on, INT64_MAX)));
  mc_ge_in(first, "indices", g.of);
  mc_ge_in(first, "updates", order);
  mc_ge_int(first, "axis", 0);
  mc_ge_string(first, "reduction", "min");
  g.first = mc_ge_end(first);
  return g;
}

static mc_val *reduce_last(mc_on *on, const char *type, mc_val *x) {
  return mc_ge_2(on, type, x, mc_ge_const_ints(on, MC_INT64, &(int64_t){-1}, 1));
}

/* Rows of a matrix: the group of a row is where the first row equal to it stands, counted among first rows. */
static groups of_rows(mc_on *on, mc_val *rows, mc_val **below) {
  const int64_t zero = 0;
  const int64_t one = 1;
  mc_val *upright = mc_ge_unsqueeze(on, rows, &one, 1);
  mc_val *lying = mc_ge_unsqueeze(on, rows, &zero, 1);
  mc_val *differs = mc_ge_2(on, "NotEqual", upright, lying);
  mc_val *equal = mc_ge_cast(on, mc_ge_1(on, "LogicalNot", reduce_last(on, "ReduceAny", differs)), MC_INT32);
  mc_ge *arg = mc_ge_begin(on, "ArgMaxV2");
  mc_ge_in(arg, "x", equal);
  mc_ge_in(arg, "dimension", number(on, -1));
  mc_ge_dtype(arg, "dtype", MC_INT64);
  groups g = of_elements(on, mc_ge_end(arg));
  /* Row a is below row b when it is smaller at the first column in which they differ. */
  mc_ge *column = mc_ge_begin(on, "ArgMaxV2");
  mc_ge_in(column, "x", mc_ge_cast(on, differs, MC_INT32));
  mc_ge_in(column, "dimension", number(on, -1));
  mc_ge_dtype(column, "dtype", MC_INT64);
  mc_val *at = mc_ge_2(on, "ExpandDims", mc_ge_end(column), number(on, -1));
  mc_val *less = mc_ge_cast(on, mc_ge_2(on, "Less", upright, lying), MC_INT32);
  mc_ge *pick = mc_ge_begin(on, "GatherElements");
  mc_ge_in(pick, "x", less);
  mc_ge_in(pick, "index", at);
  mc_ge_int(pick, "dim", 2);
  mc_val *smaller = reduce_last(on, "ReduceSum", mc_ge_end(pick));
  /* Of the groups: how many are below each. */
  mc_val *among = gather(on, gather(on, smaller, g.first, 0), g.first, 1);
  *below = mc_ge_2(on, "ReduceSum", among, mc_ge_const_ints(on, MC_INT64, &zero, 1));
  return g;
}

static void map_unique(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  const bool sorted = mc_on_int(on, "sorted", 1) != 0;
  const bool flat = !mc_on_has(on, "axis");
  const int rank = flat ? 1 : mc_val_need_rank(on, x, "X");
  int64_t axis = flat ? 0 : mc_on_int(on, "axis", 0);
  axis = axis < 0 ? axis + rank : axis;
  mc_val *whole = flat ? mc_as_vector(on, x) : x;
  groups g;
  if (flat) {
    g = of_elements(on, whole);
    g = sorted ? reordered(on, g, ascending(on, gather(on, whole, g.first, 0), true)) : g;
  } else {
    int64_t perm[MC_MAX_RANK];
    for (int i = 0; i < rank; ++i) {
      perm[i] = i == 0 ? axis : i <= axis ? i - 1 : i;
    }
    mc_val *front = mc_ge_transpose(on, x, perm, rank);
    mc_ge *ge = mc_ge_begin(on, "Flatten");
    mc_ge_in(ge, "x", front);
    mc_ge_int(ge, "axis", 1);
    mc_val *below = NULL;
    g = of_rows(on, mc_ge_end(ge), &below);
    g = sorted ? reordered(on, g, ascending(on, below, true)) : g;
  }
  mc_on_set(on, 0, gather(on, whole, g.first, axis));
  mc_val *others[3] = {g.first, g.of, g.count};
  for (int i = 0; i < 3; ++i) {
    if (mc_on_wants(on, i + 1)) {
      mc_on_set(on, i + 1, others[i]);
    }
  }
}

static const mc_on_rule kRules[] = {
    {"Unique", 11, 0, map_unique, NULL, 0},
};
MC_ON_FAMILY(unique, kRules);
