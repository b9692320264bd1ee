/* Normalisations. */
#include "onnx/map.h"

static mc_val *constant(mc_on *on, const mc_val *like, double value) {
  return like == NULL ? NULL : mc_ge_const_float(on, like->dtype, value);
}

/* ReduceMean over axes, which stay as dims of 1. */
static mc_val *mean_over(mc_on *on, mc_val *x, const int64_t *axes, int count) {
  mc_ge *ge = mc_ge_begin(on, "ReduceMean");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "axes", mc_ge_const_ints(on, MC_INT64, axes, count));
  mc_ge_bool(ge, "keep_dims", true);
  return mc_ge_end(ge);
}

/* What a batch adds to a running statistic: old * momentum + new * (1 - momentum). */
static mc_val *running(mc_on *on, mc_val *old, mc_val *batch, float momentum, int dtype) {
  mc_val *kept = mc_ge_2(on, "Mul", mc_ge_cast(on, old, MC_FLOAT), mc_ge_const_float(on, MC_FLOAT, (double)momentum));
  mc_val *added = mc_ge_2(on, "Mul", batch, mc_ge_const_float(on, MC_FLOAT, 1 - (double)momentum));
  return mc_ge_cast(on, mc_ge_2(on, "Add", kept, added), dtype);
}

static void train_batch(mc_on *on, mc_val *x, float epsilon) {
  mc_val *mean = mc_on_need(on, 3);
  mc_val *variance = mc_on_need(on, 4);
  const float momentum = mc_on_float(on, "momentum", 0.9f);
  mc_ge *ge = mc_ge_begin(on, "BatchNorm");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "scale", mc_ge_cast(on, mc_on_need(on, 1), MC_FLOAT));
  mc_ge_in(ge, "offset", mc_ge_cast(on, mc_on_need(on, 2), MC_FLOAT));
  mc_ge_string(ge, "data_format", "NCHW");
  mc_ge_float(ge, "epsilon", epsilon);
  mc_ge_bool(ge, "is_training", true);
  mc_val *y = mc_ge_end(ge);
  mc_val *batch_mean = mc_ge_out(ge, 3);
  mc_val *batch_variance = mc_ge_out(ge, 4);
  mc_on_set(on, 0, y);
  if (!mc_on_failed(on)) {
    if (mc_on_wants(on, 1)) {
      mc_on_set(on, 1, running(on, mean, batch_mean, momentum, mean->dtype));
    }
    if (mc_on_wants(on, 2)) {
      mc_on_set(on, 2, running(on, variance, batch_variance, momentum, variance->dtype));
    }
  }
}

static void map_batch_norm(mc_on *on) {
  static const char *const kNames[] = {"x", "scale", "offset", "mean", "variance"};
  mc_val *x = mc_on_need(on, 0);
  const float epsilon = mc_on_float(on, "epsilon", 1e-5f);
  if (mc_on_version(on) < 9 && mc_on_int(on, "spatial", 1) == 0) {
    mc_on_fail(on, "spatial is 0; statistics per element are not supported");
    return;
  }
  if (mc_on_int(on, "training_mode", 0) != 0) {
    train_batch(on, x, epsilon);
    return;
  }
  for (int i = 1; i < 5; ++i) {
    if (mc_on_wants(on, i)) {
      mc_on_fail(on, "output %d is of training, which is off", i);
      return;
    }
  }
  mc_ge *ge = mc_ge_begin(on, "BNInfer");
  mc_ge_in(ge, "x", x);
  for (int i = 1; i < 5; ++i) {
    mc_ge_in(ge, kNames[i], mc_ge_cast(on, mc_on_need(on, i), MC_FLOAT));
  }
  mc_ge_float(ge, "epsilon", epsilon);
  mc_on_set(on, 0, mc_ge_end(ge));
}

static void map_instance_norm(mc_on *on) {
  mc_ge *ge = mc_ge_begin(on, "InstanceNorm");
  mc_ge_in(ge, "x", mc_on_need(on, 0));
  mc_ge_in(ge, "gamma", mc_on_need(on, 1));
  mc_ge_in(ge, "beta", mc_on_need(on, 2));
  mc_ge_string(ge, "data_format", "NCHW");
  mc_ge_float(ge, "epsilon", mc_on_float(on, "epsilon", 1e-5f));
  mc_on_set(on, 0, mc_ge_end(ge));
}

/* A parameter per group repeated for each of the group's channels. */
static mc_val *per_channel(mc_on *on, mc_val *parameter, int64_t groups, int64_t channels) {
  const int64_t column[2] = {groups, 1};
  const int64_t table[2] = {groups, channels / groups};
  mc_val *wide = mc_ge_2(on, "BroadcastTo", mc_ge_reshape(on, parameter, column, 2),
                         mc_ge_const_ints(on, MC_INT64, table, 2));
  return mc_ge_reshape(on, wide, &channels, 1);
}

static void map_group_norm(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *scale = mc_on_need(on, 1);
  mc_val *bias = mc_on_need(on, 2);
  const int64_t groups = mc_on_int(on, "num_groups", 1);
  if (mc_val_need_rank(on, x, "X") < 2) {
    mc_on_fail(on, "X must have a batch and a channel axis");
    return;
  }
  if (mc_on_version(on) < 21) {
    if (x->shape.dims[1] < 0 || groups < 1 || x->shape.dims[1] % groups != 0) {
      mc_on_fail(on, "X has %lld channels; they must be known and num_groups %lld divide them",
                 (long long)x->shape.dims[1], (long long)groups);
      return;
    }
    scale = per_channel(on, scale, groups, x->shape.dims[1]);
    bias = per_channel(on, bias, groups, x->shape.dims[1]);
  }
  mc_ge *ge = mc_ge_begin(on, "GroupNormV2");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "gamma", scale);
  mc_ge_in(ge, "beta", bias);
  mc_ge_int(ge, "num_groups", groups);
  mc_ge_string(ge, "data_format", "NCHW");
  mc_ge_float(ge, "eps", mc_on_float(on, "epsilon", 1e-5f));
  mc_on_set(on, 0, mc_ge_end(ge));
}

/* Whether a parameter has exactly the dims that are normalised. */
static bool same_dims(const mc_val *x, const mc_val *parameter, int axis) {
  if (parameter->shape.rank != x->shape.rank - axis) {
    return false;
  }
  for (int i = 0; i < parameter->shape.rank; ++i) {
    if (parameter->shape.dims[i] != x->shape.dims[axis + i]) {
      return false;
    }
  }
  return true;
}

static void map_layer_norm(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *scale = mc_on_need(on, 1);
  mc_val *bias = mc_on_in(on, 2);
  const int rank = mc_val_need_rank(on, x, "X");
  int64_t axis = mc_on_int(on, "axis", -1);
  axis = axis < 0 ? axis + rank : axis;
  if (!mc_on_failed(on) && (axis < 0 || axis >= rank)) {
    mc_on_fail(on, "axis is %lld for an input of rank %d", (long long)axis, rank);
  }
  if (mc_on_failed(on)) {
    return;
  }
  const bool fused = same_dims(x, scale, (int)axis) && (bias == NULL || same_dims(x, bias, (int)axis));
  mc_ge *ge = mc_ge_begin(on, "LayerNormV4");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "normalized_shape", mc_ge_slice(on, mc_ge_shape(on, x), 0, axis, -1));
  mc_ge_in(ge, "gamma", fused ? scale : NULL);
  mc_ge_in(ge, "beta", fused ? bias : NULL);
  mc_ge_float(ge, "epsilon", mc_on_float(on, "epsilon", 1e-5f));
  mc_val *y = mc_ge_end(ge);
  mc_val *mean = mc_ge_out(ge, 1);
  mc_val *rstd = mc_ge_out(ge, 2);
  if (!fused) {
    y = mc_ge_2(on, "Mul", y, scale);
    y = bias == NULL ? y : mc_ge_2(on, "Add", y, bias);
  }
  mc_on_set(on, 0, y);
  for (int i = 1; i < 3; ++i) {
    if (mc_on_wants(on, i)) {
      mc_on_set(on, i, mc_ge_cast(on, i == 1 ? mean : rstd, mc_on_dtype(on, "stash_type", MC_FLOAT)));
    }
  }
}

/* Windows of an even size reach one channel further behind than before: their sums are a pool of the channels. */
static mc_val *even_lrn(mc_on *on, mc_val *x, int64_t size, float alpha, float beta, float bias) {
  const int64_t flat[4] = {0, 1, 0, -1};
  const int64_t window[4] = {1, 1, size, 1};
  const int64_t ones[4] = {1, 1, 1, 1};
  const int64_t pads[4] = {(size - 1) / 2, size - 1 - (size - 1) / 2, 0, 0};
  const int64_t axis = 1;
  mc_val *shape = mc_ge_shape(on, x);
  mc_val *rows = mc_ge_unsqueeze(on, mc_ge_1(on, "Square", x), &axis, 1);
  mc_val *sizes[3] = {mc_ge_slice(on, mc_ge_shape(on, rows), 0, 0, 3), mc_ge_const_ints(on, MC_INT64, flat + 3, 1)};
  rows = mc_ge_2(on, "Reshape", rows, mc_ge_concat(on, sizes, 2, 0));
  mc_ge *ge = mc_ge_begin(on, "AvgPoolV2");
  mc_ge_in(ge, "x", rows);
  mc_ge_format(ge, "x", MC_FORMAT_NCHW);
  mc_ge_ints(ge, "ksize", window, 4);
  mc_ge_ints(ge, "strides", ones, 4);
  mc_ge_ints(ge, "pads", pads, 4);
  mc_ge_string(ge, "padding_mode", "CALCULATED");
  mc_ge_string(ge, "data_format", "NCHW");
  mc_ge_int(ge, "divisor_override", 1);
  mc_val *sums = mc_ge_2(on, "Reshape", mc_ge_end(ge), shape);
  mc_ge *power = mc_ge_begin(on, "Power");
  mc_ge_in(power, "x", sums);
  mc_ge_float(power, "power", -beta);
  mc_ge_float(power, "scale", alpha / (float)size);
  mc_ge_float(power, "shift", bias);
  return mc_ge_2(on, "Mul", x, mc_ge_end(power));
}

static void map_lrn(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  const int64_t size = mc_on_int(on, "size", 0);
  const float alpha = mc_on_float(on, "alpha", 1e-4f);
  const float beta = mc_on_float(on, "beta", 0.75f);
  const float bias = mc_on_float(on, "bias", 1.0f);
  if (size < 1) {
    mc_on_fail(on, "size is %lld; it must be at least 1", (long long)size);
    return;
  }
  if (size % 2 == 0) {
    mc_on_set(on, 0, even_lrn(on, x, size, alpha, beta, bias));
    return;
  }
  mc_ge *ge = mc_ge_begin(on, "LRN");
  mc_ge_in(ge, "x", x);
  mc_ge_int(ge, "depth_radius", (size - 1) / 2);
  mc_ge_float(ge, "bias", bias);
  mc_ge_float(ge, "alpha", alpha / (float)size);
  mc_ge_float(ge, "beta", beta);
  mc_ge_string(ge, "norm_region", "ACROSS_CHANNELS");
  mc_on_set(on, 0, mc_ge_end(ge));
}

static void map_lp_norm(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  const int64_t axis = mc_on_int(on, "axis", -1);
  mc_ge *ge = mc_ge_begin(on, "LpNormV2");
  mc_ge_in(ge, "x", x);
  mc_ge_float(ge, "p", (float)mc_on_int(on, "p", 2));
  mc_ge_ints(ge, "axes", &axis, 1);
  mc_ge_bool(ge, "keepdim", true);
  mc_on_set(on, 0, mc_ge_2(on, "DivNoNan", x, mc_ge_end(ge)));
}

static void map_mean_variance(mc_on *on) {
  static const int64_t kAxes[] = {0, 2, 3};
  int count = 3;
  mc_val *x = mc_on_need(on, 0);
  const int64_t *axes = mc_on_ints(on, "axes", &count);
  axes = axes == NULL ? kAxes : axes;
  count = axes == kAxes ? 3 : count;
  mc_val *centered = mc_ge_2(on, "Sub", x, mean_over(on, x, axes, count));
  mc_val *deviation = mc_ge_1(on, "Sqrt", mean_over(on, mc_ge_1(on, "Square", centered), axes, count));
  mc_on_set(on, 0, mc_ge_2(on, "RealDiv", centered, mc_ge_2(on, "Add", deviation, constant(on, x, 1e-9))));
}

static const mc_on_rule kRules[] = {
    {"BatchNormalization", 7, 0, map_batch_norm, NULL, 0},
    {"InstanceNormalization", 6, 0, map_instance_norm, NULL, 0},
    {"GroupNormalization", 0, 0, map_group_norm, NULL, 0},
    {"LayerNormalization", 0, 0, map_layer_norm, NULL, 0},
    {"LRN", 0, 0, map_lrn, NULL, 0},
    {"LpNormalization", 0, 0, map_lp_norm, NULL, 0},
    {"MeanVarianceNormalization", 0, 0, map_mean_variance, NULL, 0},
};

MC_ON_FAMILY(norm, kRules);
