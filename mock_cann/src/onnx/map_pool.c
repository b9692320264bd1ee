/*
 * Pools. GE's pools of images and volumes take most; averages and norms of dilated windows are convolutions with ones,
 * with counts that are known while importing.
 */
#include <string.h>

#include "onnx/window.h"

static mc_val *max_pool(mc_on *on, const mc_window *w, mc_val *x) {
  const bool volume = mc_window_count(w) == 3;
  mc_ge *ge = mc_ge_begin(on, volume ? "MaxPool3D" : "MaxPoolV3");
  mc_ge_in(ge, "x", mc_window_extend(on, w, x));
  mc_window_layout(ge, w, false);
  mc_window_list(ge, w, "ksize", w->size);
  mc_window_list(ge, w, "strides", w->stride);
  mc_window_pads(ge, w, "pads");
  if (volume) {
    mc_ge_string(ge, "padding", "CALCULATED");
    mc_window_list(ge, w, "dilation", w->dilation);
    mc_ge_int(ge, "ceil_mode", w->ceil);
  } else {
    mc_ge_string(ge, "padding_mode", "CALCULATED");
    mc_ge_bool(ge, "ceil_mode", w->ceil);
  }
  return mc_window_restore(on, w, mc_ge_end(ge));
}

/* Indices count over all of x; GE's over one plane. */
static mc_val *global_indices(mc_on *on, const mc_window *w, mc_val *x, mc_val *index) {
  const int64_t height = w->length[0];
  const int64_t width = w->length[1];
  if (x->shape.dims[0] < 0 || x->shape.dims[1] < 0 || height < 0 || width < 0) {
    mc_on_fail(on, "output Indices needs the dims of the input, which are not known");
    return NULL;
  }
  index = mc_ge_cast(on, index, MC_INT64);
  if (mc_on_int(on, "storage_order", 0) != 0) { /* columns follow each other */
    mc_val *by = mc_ge_const_int(on, MC_INT64, width);
    mc_val *row = mc_ge_2(on, "FloorDiv", index, by);
    mc_val *column = mc_ge_2(on, "FloorMod", index, by);
    index = mc_ge_2(on, "Add", mc_ge_2(on, "Mul", column, mc_ge_const_int(on, MC_INT64, height)), row);
  }
  const int64_t planes = mc_on_times(x->shape.dims[0], x->shape.dims[1]);
  int64_t *first = mc_on_list(on, planes, sizeof(*first));
  for (int64_t i = 0; first != NULL && !mc_on_failed(on) && i < planes; ++i) {
    first[i] = i * (height * width);
  }
  const mc_shape shape = {4, {x->shape.dims[0], x->shape.dims[1], 1, 1}};
  return first == NULL ? NULL : mc_ge_2(on, "Add", index, mc_ge_const(on, MC_INT64, &shape, first));
}

static void max_pool_with_indices(mc_on *on, const mc_window *w, mc_val *x) {
  if (mc_window_count(w) != 2 || w->before[0] != w->after[0] || w->before[1] != w->after[1]) {
    mc_on_fail(on, "output Indices is supported for one or two spatial axes with the same pads on both sides");
    return;
  }
  const int64_t size[4] = {1, w->size[0], w->size[1], 1};
  const int64_t strides[4] = {1, w->stride[0], w->stride[1], 1};
  const int64_t pads[4] = {1, w->before[0], w->before[1], 1};
  const int64_t dilation[4] = {1, w->dilation[0], w->dilation[1], 1};
  mc_ge *ge = mc_ge_begin(on, "MaxPoolWithArgmaxV1");
  mc_ge_in(ge, "x", mc_window_extend(on, w, x));
  mc_ge_format(ge, "x", MC_FORMAT_NCHW);
  mc_ge_ints(ge, "ksize", size, 4);
  mc_ge_ints(ge, "strides", strides, 4);
  mc_ge_ints(ge, "pads", pads, 4);
  mc_ge_ints(ge, "dilation", dilation, 4);
  mc_ge_bool(ge, "ceil_mode", w->ceil);
  mc_val *y = mc_ge_end(ge);
  mc_val *index = mc_ge_out(ge, 1);
  if (!mc_on_failed(on)) {
    mc_on_set(on, 0, mc_window_restore(on, w, y));
    mc_on_set(on, 1, mc_window_restore(on, w, global_indices(on, w, x, index)));
  }
}

static void map_max_pool(mc_on *on) {
  mc_window w;
  mc_val *x = mc_on_need(on, 0);
  const bool indices = mc_on_wants(on, 1);
  if (!mc_window_read(on, x, NULL, 2, false, &w)) {
    return;
  }
  if (w.dilated && !indices && !mc_window_read(on, x, NULL, 3, false, &w)) {
    return; /* only the pool of volumes has dilations */
  }
  if (indices) {
    max_pool_with_indices(on, &w, x);
  } else {
    mc_on_set(on, 0, max_pool(on, &w, x));
  }
}

/* Averages, or with divisor 1 sums, of windows without dilation. */
static mc_val *average_pool(mc_on *on, const mc_window *w, mc_val *x, bool padding, int64_t divisor) {
  const bool volume = mc_window_count(w) == 3;
  mc_ge *ge = mc_ge_begin(on, volume ? "AvgPool3D" : "AvgPoolV2");
  mc_ge_in(ge, "x", mc_window_extend(on, w, x));
  mc_window_layout(ge, w, false);
  mc_window_list(ge, w, "ksize", w->size);
  mc_window_list(ge, w, "strides", w->stride);
  mc_window_pads(ge, w, "pads");
  mc_ge_bool(ge, "ceil_mode", w->ceil);
  mc_ge_int(ge, "divisor_override", divisor);
  if (volume) {
    mc_ge_bool(ge, "count_include_pad", padding);
  } else {
    mc_ge_string(ge, "padding_mode", "CALCULATED");
    mc_ge_bool(ge, "exclusive", !padding);
  }
  return mc_window_restore(on, w, mc_ge_end(ge));
}

/* Sums of dilated windows: x as images of one channel, convolved with ones. */
static mc_val *dilated_sums(mc_on *on, const mc_window *w, mc_val *x) {
  const int n = mc_window_count(w);
  int64_t images[2 + MC_WINDOW_AXES] = {-1, 1};
  int64_t result[2 + MC_WINDOW_AXES] = {x->shape.dims[0], x->shape.dims[1]};
  mc_shape ones = {2 + n, {1, 1}};
  mc_window padded = *w;
  int64_t taps = 1;
  for (int i = 0; i < n; ++i) {
    if (w->length[i] < 0) {
      mc_on_fail(on, "a dilated window needs the spatial dims of the input, which are not known");
      return NULL;
    }
    const int64_t outputs = mc_window_outputs(w, i);
    const int64_t needed = (outputs - 1) * w->stride[i] + (w->size[i] - 1) * w->dilation[i] + 1;
    const int64_t there = w->length[i] + w->before[i] + w->after[i];
    padded.after[i] += needed > there ? needed - there : 0;
    images[2 + i] = w->length[i];
    ones.dims[2 + i] = w->size[i];
    taps = mc_on_times(taps, w->size[i]);
    result[2 + i] = outputs;
  }
  float *filter = mc_on_list(on, taps, sizeof(*filter));
  for (int64_t i = 0; filter != NULL && i < taps; ++i) {
    filter[i] = 1;
  }
  if (filter == NULL) {
    return NULL;
  }
  if (result[0] < 0 && result[1] < 0) {
    mc_on_fail(on, "a dilated window needs the batch or the channels of its input to be known");
    return NULL;
  }
  mc_val *weights = mc_ge_const(on, MC_FLOAT, &ones, filter);
  mc_ge *ge = mc_ge_begin(on, n == 3 ? "Conv3D" : "Conv2D");
  mc_ge_in(ge, "x", mc_ge_reshape(on, x, images, 2 + n));
  mc_ge_in(ge, "filter", mc_ge_cast(on, weights, x->dtype));
  mc_window_layout(ge, w, true);
  mc_window_list(ge, w, "strides", w->stride);
  mc_window_list(ge, w, "dilations", w->dilation);
  mc_window_pads(ge, &padded, "pads");
  mc_val *y = mc_ge_reshape(on, mc_ge_end(ge), result, 2 + n);
  return mc_window_restore(on, w, y);
}

/* How many elements each window has, shaped to divide sums by. */
static mc_val *counts(mc_on *on, const mc_window *w, bool padding, int dtype) {
  mc_shape shape = {2 + w->axes, {1, 1}};
  int64_t total = 1;
  for (int i = 0; i < w->axes; ++i) {
    shape.dims[2 + i] = mc_window_outputs(w, w->first + i);
    total = mc_on_times(total, shape.dims[2 + i]);
  }
  float *values = mc_on_list(on, total, sizeof(*values));
  for (int64_t at = 0; values != NULL && at < total; ++at) {
    int64_t rest = at;
    int64_t count = 1;
    for (int i = w->axes - 1; i >= 0; --i) {
      const int64_t outputs = shape.dims[2 + i];
      count *= mc_window_counted(w, w->first + i, rest % outputs, padding);
      rest /= outputs;
    }
    values[at] = (float)count;
  }
  return values == NULL ? NULL : mc_ge_cast(on, mc_ge_const(on, MC_FLOAT, &shape, values), dtype);
}

static void map_average_pool(mc_on *on) {
  mc_window w;
  mc_val *x = mc_on_need(on, 0);
  const bool padding = mc_on_int(on, "count_include_pad", 0) != 0;
  if (!mc_window_read(on, x, NULL, 2, false, &w)) {
    return;
  }
  if (!w.dilated) {
    mc_on_set(on, 0, average_pool(on, &w, x, padding, 0));
    return;
  }
  mc_val *sums = dilated_sums(on, &w, x);
  if (!mc_on_failed(on)) {
    mc_on_set(on, 0, mc_ge_2(on, "RealDiv", sums, counts(on, &w, padding, x->dtype)));
  }
}

/* (sum of |x|^p)^(1/p); p is an integer, and was a float in the first version. */
static void map_lp_pool(mc_on *on) {
  mc_window w;
  mc_val *x = mc_on_need(on, 0);
  const float p = mc_on_version(on) < 2 ? mc_on_float(on, "p", 2) : (float)mc_on_int(on, "p", 2);
  if (!mc_window_read(on, x, NULL, 2, false, &w)) {
    return;
  }
  if (!(p > 0)) {
    mc_on_fail(on, "p is %g; it must be positive", (double)p);
    return;
  }
  mc_val *powers = mc_ge_1(on, "Abs", x);
  if (p == 2) {
    powers = mc_ge_1(on, "Square", x);
  } else if (p != 1) {
    powers = mc_ge_2(on, "Pow", powers, mc_ge_const_float(on, x->dtype, (double)p));
  }
  mc_val *sums = w.dilated ? dilated_sums(on, &w, powers) : average_pool(on, &w, powers, true, 1);
  if (p == 2) {
    sums = mc_ge_1(on, "Sqrt", sums);
  } else if (p != 1) {
    sums = mc_ge_2(on, "Pow", sums, mc_ge_const_float(on, x->dtype, 1.0 / (double)p));
  }
  mc_on_set(on, 0, sums);
}

static void map_global_max(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  const int rank = mc_val_need_rank(on, x, "X");
  int64_t axes[MC_MAX_RANK];
  for (int i = 2; i < rank; ++i) {
    axes[i - 2] = i;
  }
  mc_ge *ge = mc_ge_begin(on, "ReduceMax");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "axes", mc_ge_const_ints(on, MC_INT64, axes, rank < 2 ? 0 : rank - 2));
  mc_ge_bool(ge, "keep_dims", true);
  mc_on_set(on, 0, mc_ge_end(ge));
}

static void map_global_lp(mc_on *on) {
  mc_ge *ge = mc_ge_begin(on, "GlobalLpPool");
  mc_ge_in(ge, "x", mc_on_need(on, 0));
  mc_ge_float(ge, "p", mc_on_version(on) < 2 ? mc_on_float(on, "p", 2) : (float)mc_on_int(on, "p", 2));
  mc_on_set(on, 0, mc_ge_end(ge));
}

static const mc_on_rule kRules[] = {
    {"MaxPool", 0, 0, map_max_pool, NULL, 0},
    {"AveragePool", 0, 0, map_average_pool, NULL, 0},
    {"LpPool", 0, 0, map_lp_pool, NULL, 0},
    {"GlobalAveragePool", 0, 0, mc_on_map_plain, "GlobalAveragePool", 0},
    {"GlobalMaxPool", 0, 0, map_global_max, NULL, 0},
    {"GlobalLpPool", 0, 0, map_global_lp, NULL, 0},
};

MC_ON_FAMILY(pool, kRules);
