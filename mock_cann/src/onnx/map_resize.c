/* Resize in all its versions, and Upsample before it. */
#include <string.h>

#include "onnx/map.h"

/* One entry per axis of x: those that `axes` names from `values`, the others from `rest`, which has one per axis. */
static mc_val *spread(mc_on *on, mc_val *values, int offset, mc_val *rest, const int64_t *axes, int count, int rank) {
  mc_val *parts[MC_MAX_RANK];
  for (int d = 0; d < rank; ++d) {
    parts[d] = mc_ge_slice(on, rest, 0, d, 1);
    for (int i = 0; i < count; ++i) {
      if (axes[i] == d) {
        parts[d] = mc_ge_slice(on, values, 0, offset + i, 1);
      }
    }
  }
  return mc_ge_concat(on, parts, rank, 0);
}

static mc_val *filled(mc_on *on, int dtype, int rank, float value) {
  float values[MC_MAX_RANK];
  for (int i = 0; i < rank; ++i) {
    values[i] = value;
  }
  return mc_ge_cast(on, mc_ge_const(on, MC_FLOAT, &(mc_shape){.rank = 1, .dims = {rank}}, values), dtype);
}

typedef struct request {
  mc_val *x, *roi, *scales, *sizes;
  int64_t axes[MC_MAX_RANK];
  int count, rank; /* of axes, of x */
} request;

static bool empty(const mc_val *value) {
  return value == NULL || mc_val_count(value) == 0;
}

static bool read_axes(mc_on *on, request *q) {
  int count = 0;
  const int64_t *axes = mc_on_ints(on, "axes", &count);
  q->rank = mc_val_need_rank(on, q->x, "X");
  q->count = axes == NULL ? q->rank : count;
  for (int i = 0; !mc_on_failed(on) && i < q->count; ++i) {
    const int64_t axis = axes == NULL ? i : axes[i] < 0 ? axes[i] + q->rank : axes[i];
    if (q->count > q->rank || axis < 0 || axis >= q->rank) {
      mc_on_fail(on, "axes holds %lld for an input of rank %d", (long long)axes[i], q->rank);
      return false;
    }
    q->axes[i] = axis;
  }
  return !mc_on_failed(on);
}

/* Lists of some axes become lists of all. */
static void spread_all(mc_on *on, request *q) {
  bool plain = q->count == q->rank;
  for (int i = 0; plain && i < q->count; ++i) {
    plain = q->axes[i] == i;
  }
  if (plain) {
    return;
  }
  if (q->scales != NULL) {
    q->scales = spread(on, q->scales, 0, filled(on, MC_FLOAT, q->rank, 1), q->axes, q->count, q->rank);
  }
  if (q->sizes != NULL) {
    q->sizes = spread(on, q->sizes, 0, mc_ge_shape(on, q->x), q->axes, q->count, q->rank);
  }
  if (q->roi != NULL) {
    mc_val *halves[2];
    for (int half = 0; half < 2; ++half) {
      mc_val *rest = filled(on, q->roi->dtype, q->rank, (float)half);
      halves[half] = spread(on, q->roi, half * q->count, rest, q->axes, q->count, q->rank);
    }
    q->roi = mc_ge_concat(on, halves, 2, 0);
  }
}

/* keep_aspect_ratio_policy: one scale for all axes, the smallest or largest that sizes ask for, and the sizes it gives. */
static void keep_aspect(mc_on *on, request *q, bool larger) {
  const int64_t zero = 0;
  mc_val *shape = mc_ge_cast(on, mc_ge_shape(on, q->x), MC_FLOAT);
  mc_val *dims[MC_MAX_RANK];
  for (int i = 0; i < q->count; ++i) {
    dims[i] = mc_ge_slice(on, shape, 0, q->axes[i], 1);
  }
  mc_val *picked = mc_ge_concat(on, dims, q->count, 0);
  mc_val *ratios = mc_ge_2(on, "RealDiv", mc_ge_cast(on, q->sizes, MC_FLOAT), picked);
  mc_ge *ge = mc_ge_begin(on, larger ? "ReduceMax" : "ReduceMin");
  mc_ge_in(ge, "x", ratios);
  mc_ge_in(ge, "axes", mc_ge_const_ints(on, MC_INT64, &zero, 1));
  mc_ge_bool(ge, "keep_dims", true);
  mc_val *scale = mc_ge_end(ge);
  q->scales = mc_ge_2(on, "Mul", scale, filled(on, MC_FLOAT, q->count, 1));
  mc_val *lengths = mc_ge_2(on, "Add", mc_ge_2(on, "Mul", scale, picked), mc_ge_const_float(on, MC_FLOAT, 0.5));
  q->sizes = mc_ge_cast(on, mc_ge_1(on, "Floor", lengths), MC_INT64);
}

static void set_mode(mc_on *on, mc_ge *ge, bool older) {
  const char *mode = mc_on_string(on, "mode", "nearest");
  /* Upsample and the first Resize called it so. */
  mc_ge_string(ge, "mode", strcmp(mode, "bilinear") == 0 ? "linear" : mode);
  mc_ge_string(ge, "coordinate_transformation_mode",
               older ? "asymmetric" : mc_on_string(on, "coordinate_transformation_mode", "half_pixel"));
  mc_ge_string(ge, "nearest_mode", older ? "floor" : mc_on_string(on, "nearest_mode", "round_prefer_floor"));
  mc_ge_float(ge, "cubic_coeff_a", mc_on_float(on, "cubic_coeff_a", -0.75f));
  mc_ge_int(ge, "exclude_outside", mc_on_int(on, "exclude_outside", 0));
  mc_ge_float(ge, "extrapolation_value", mc_on_float(on, "extrapolation_value", 0));
  if (mc_on_int(on, "antialias", 0) != 0) {
    mc_ge_int(ge, "antialias", 1);
  }
}

static void map_resize(mc_on *on) {
  request q = {.x = mc_on_need(on, 0), .roi = mc_on_in(on, 1), .scales = mc_on_in(on, 2), .sizes = mc_on_in(on, 3)};
  const char *policy = mc_on_string(on, "keep_aspect_ratio_policy", "stretch");
  const bool region =
      strcmp(mc_on_string(on, "coordinate_transformation_mode", "half_pixel"), "tf_crop_and_resize") == 0;
  q.roi = region && !empty(q.roi) ? q.roi : NULL;
  q.scales = empty(q.scales) ? NULL : q.scales;
  q.sizes = empty(q.sizes) ? NULL : q.sizes;
  if (!read_axes(on, &q)) {
    return;
  }
  if ((q.scales == NULL) == (q.sizes == NULL)) {
    mc_on_fail(on, "exactly one of scales and sizes must be given");
    return;
  }
  if (q.sizes != NULL && strcmp(policy, "stretch") != 0) {
    if (strcmp(policy, "not_larger") != 0 && strcmp(policy, "not_smaller") != 0) {
      mc_on_fail(on, "keep_aspect_ratio_policy is \"%.40s\"; it must be stretch, not_larger or not_smaller", policy);
      return;
    }
    keep_aspect(on, &q, strcmp(policy, "not_smaller") == 0);
  }
  spread_all(on, &q);
  mc_ge *ge = mc_ge_begin(on, "Resize");
  mc_ge_in(ge, "x", q.x);
  mc_ge_in(ge, "roi", q.roi);
  mc_ge_in(ge, "scales", q.scales);
  mc_ge_in(ge, "sizes", q.sizes);
  set_mode(on, ge, false);
  mc_on_set(on, 0, mc_ge_end(ge));
}

/* Upsample 7 has its scales as an attribute, Upsample 9 and Resize 10 as an input. */
static void map_older(mc_on *on) {
  int count = 0;
  const float *scales = mc_on_floats(on, "scales", &count);
  mc_ge *ge = mc_ge_begin(on, "Resize");
  mc_ge_in(ge, "x", mc_on_need(on, 0));
  mc_ge_in(ge, "scales",
           scales != NULL ? mc_ge_const(on, MC_FLOAT, &(mc_shape){.rank = 1, .dims = {count}}, scales)
                          : mc_on_need(on, 1));
  set_mode(on, ge, true);
  mc_on_set(on, 0, mc_ge_end(ge));
}

static const mc_on_rule kRules[] = {
    {"Resize", 11, 0, map_resize, NULL, 0},
    {"Resize", 10, 10, map_older, NULL, 0},
    {"Upsample", 0, 0, map_older, NULL, 0},
};

MC_ON_FAMILY(resize, kRules);
