/* Windows of convolutions and pools: reading, extending images of few axes, GE's lists. */
#include "onnx/window.h"

#include <string.h>

/* Of every number of a window: products of two of them, and sums of such products, fit 64 bits then. */
#define LARGEST INT64_C(0x7FFFFFFF)

int mc_window_count(const mc_window *w) {
  return w->first + w->axes;
}

/* A list with one value per axis into values[first...]. */
static bool read_list(mc_on *on, const mc_window *w, const char *name, int64_t *values) {
  int count = 0;
  const int64_t *list = mc_on_ints(on, name, &count);
  if (list == NULL) {
    return false;
  }
  if (count != w->axes) {
    mc_on_fail(on, "%s has %d values for %d spatial axes", name, count, w->axes);
    return false;
  }
  memcpy(values + w->first, list, (size_t)count * sizeof(*values));
  return true;
}

static int64_t reach(const mc_window *w, int i) {
  return (w->size[i] - 1) * w->dilation[i] + 1;
}

static void read_pads(mc_on *on, mc_window *w) {
  int count = 0;
  const char *mode = mc_on_string(on, "auto_pad", "NOTSET");
  const int64_t *pads = mc_on_ints(on, "pads", &count);
  w->same_upper = strcmp(mode, "SAME_UPPER") == 0;
  w->same_lower = strcmp(mode, "SAME_LOWER") == 0;
  const bool given = strcmp(mode, "NOTSET") == 0 || mode[0] == 0;
  if (!given && !w->same_upper && !w->same_lower && strcmp(mode, "VALID") != 0) {
    mc_on_fail(on, "auto_pad is \"%.40s\"; it must be NOTSET, SAME_UPPER, SAME_LOWER or VALID", mode);
  }
  if (!given || pads == NULL) {
    return;
  }
  if (count != 2 * w->axes) {
    mc_on_fail(on, "pads has %d values for %d spatial axes", count, w->axes);
    return;
  }
  for (int i = 0; i < w->axes; ++i) {
    w->before[w->first + i] = pads[i];
    w->after[w->first + i] = pads[w->axes + i];
  }
}

/* Numbers for SAME: as many windows as strides begin in x. */
static void pad_same(mc_on *on, mc_window *w) {
  for (int i = w->first; i < mc_window_count(w) && (w->same_upper || w->same_lower); ++i) {
    if (w->length[i] < 0) {
      mc_on_fail(on, "auto_pad needs the spatial dims of its input, which are not known");
      return;
    }
    const int64_t outputs = (w->length[i] + w->stride[i] - 1) / w->stride[i];
    const int64_t total = (outputs - 1) * w->stride[i] + reach(w, i) - w->length[i];
    const int64_t half = total > 0 ? total / 2 : 0;
    const int64_t rest = total > 0 ? total - half : 0;
    w->before[i] = w->same_upper ? half : rest;
    w->after[i] = w->same_upper ? rest : half;
  }
}

bool mc_window_read(mc_on *on, mc_val *x, mc_val *filter, int least, bool transposed, mc_window *w) {
  memset(w, 0, sizeof(*w));
  const int rank = mc_val_need_rank(on, x, "its input");
  w->axes = rank - 2;
  w->first = w->axes < least ? least - w->axes : 0;
  if (!mc_on_failed(on) && (w->axes < 1 || w->axes > MC_WINDOW_AXES)) {
    mc_on_fail(on, "its input has rank %d; ranks 3, 4 and 5 are supported", rank);
  }
  if (mc_on_failed(on)) {
    return false;
  }
  for (int i = 0; i < MC_WINDOW_AXES; ++i) {
    w->size[i] = w->stride[i] = w->dilation[i] = w->length[i] = 1;
  }
  memcpy(w->length + w->first, x->shape.dims + 2, (size_t)w->axes * sizeof(int64_t));
  read_list(on, w, "strides", w->stride);
  read_list(on, w, "dilations", w->dilation);
  if (!read_list(on, w, "kernel_shape", w->size)) {
    if (filter == NULL || filter->shape.rank != rank) {
      mc_on_fail(on, "kernel_shape is missing");
      return false;
    }
    memcpy(w->size + w->first, filter->shape.dims + 2, (size_t)w->axes * sizeof(int64_t));
  }
  w->ceil = mc_on_int(on, "ceil_mode", 0) != 0;
  read_pads(on, w);
  for (int i = 0; i < mc_window_count(w); ++i) {
    if (w->stride[i] < 1 || w->dilation[i] < 1 || w->size[i] < 1) {
      mc_on_fail(on, "along spatial axis %d the window is %lld, its stride %lld and dilation %lld", i - w->first,
                 (long long)w->size[i], (long long)w->stride[i], (long long)w->dilation[i]);
    }
    if (w->stride[i] > LARGEST || w->dilation[i] > LARGEST || w->size[i] > LARGEST || w->length[i] > LARGEST ||
        w->before[i] > LARGEST || w->before[i] < -LARGEST || w->after[i] > LARGEST || w->after[i] < -LARGEST) {
      mc_on_fail(on, "along spatial axis %d its dim, window, stride, dilation or pads have more than 31 bits", i - w->first);
    }
    w->dilated = w->dilated || w->dilation[i] != 1;
  }
  if (!transposed && !mc_on_failed(on)) {
    pad_same(on, w);
  }
  return !mc_on_failed(on);
}

mc_val *mc_window_extend(mc_on *on, const mc_window *w, mc_val *x) {
  static const int64_t kAxes[] = {2, 3};
  return w->first == 0 ? x : mc_ge_unsqueeze(on, x, kAxes, w->first);
}

mc_val *mc_window_restore(mc_on *on, const mc_window *w, mc_val *y) {
  static const int64_t kAxes[] = {2, 3};
  return w->first == 0 ? y : mc_ge_squeeze(on, y, kAxes, w->first);
}

void mc_window_list(mc_ge *ge, const mc_window *w, const char *name, const int64_t *values) {
  int64_t list[2 + MC_WINDOW_AXES] = {1, 1};
  memcpy(list + 2, values, (size_t)mc_window_count(w) * sizeof(*values));
  mc_ge_ints(ge, name, list, 2 + (size_t)mc_window_count(w));
}

void mc_window_pads(mc_ge *ge, const mc_window *w, const char *name) {
  int64_t list[2 * MC_WINDOW_AXES];
  for (int i = 0; i < mc_window_count(w); ++i) {
    list[2 * i] = w->before[i];
    list[2 * i + 1] = w->after[i];
  }
  mc_ge_ints(ge, name, list, 2 * (size_t)mc_window_count(w));
}

void mc_window_layout(mc_ge *ge, const mc_window *w, bool filter) {
  const bool volume = mc_window_count(w) == 3;
  const int format = volume ? MC_FORMAT_NCDHW : MC_FORMAT_NCHW;
  mc_ge_string(ge, "data_format", volume ? "NCDHW" : "NCHW");
  mc_ge_format(ge, "x", format);
  mc_ge_format(ge, "y", format);
  if (filter) {
    mc_ge_format(ge, "filter", format);
  }
}

int64_t mc_window_outputs(const mc_window *w, int i) {
  const int64_t free = w->length[i] + w->before[i] + w->after[i] - reach(w, i);
  int64_t count = free / w->stride[i] + 1 + (w->ceil && free % w->stride[i] != 0);
  if (w->ceil && (count - 1) * w->stride[i] >= w->length[i] + w->before[i]) {
    --count;
  }
  return count;
}

/* How many of a window's elements, the first of them at `first`, lie before `end`. */
static int64_t taps_before(const mc_window *w, int i, int64_t first, int64_t end) {
  const int64_t count = end <= first ? 0 : (end - first - 1) / w->dilation[i] + 1;
  return count < w->size[i] ? count : w->size[i];
}

int64_t mc_window_counted(const mc_window *w, int i, int64_t at, bool padding) {
  const int64_t first = at * w->stride[i] - w->before[i];
  return padding ? taps_before(w, i, first, w->length[i] + w->after[i])
                 : taps_before(w, i, first, w->length[i]) - taps_before(w, i, first, 0);
}
