/* Coordinates and weights of resizing, as ONNX defines them. */
#include "ops/resize_table.h"

#include <math.h>
#include <string.h>

/* A filter is stretched by this when it must not alias. */
static double stretch(const mc_resize_rule *rule, const mc_resize_line *line) {
  return rule->antialias && line->scale < 1 ? line->scale : 1;
}

/* The filter's first tap, relative to the element left of the coordinate; the last one mirrors it. */
static int64_t first_tap(const mc_resize_rule *rule, const mc_resize_line *line) {
  const double reach = rule->mode == MC_RESIZE_CUBIC ? 2 : 1;
  return (int64_t)floor(-reach / stretch(rule, line)) + 1;
}

int mc_resize_taps(const mc_resize_rule *rule, const mc_resize_line *line) {
  return rule->mode == MC_RESIZE_NEAREST ? 1 : (int)(2 - 2 * first_tap(rule, line));
}

double mc_resize_source(const mc_resize_rule *rule, const mc_resize_line *line, double at) {
  const double in = (double)line->in;
  const double out = line->scale * in; /* may have a fraction that the result's length has not */
  const double half_pixel = (at + 0.5) / line->scale - 0.5;
  switch (rule->coordinate) {
  case MC_RESIZE_HALF_PIXEL_SYMMETRIC:
    return in / 2 * (1 - (double)line->out / out) + half_pixel;
  case MC_RESIZE_PYTORCH_HALF_PIXEL:
    return line->out == 1 ? 0 : half_pixel;
  case MC_RESIZE_ALIGN_CORNERS:
    return out == 1 || line->out == 1 ? 0 : at * (in - 1) / (out - 1);
  case MC_RESIZE_ASYMMETRIC:
    return at / line->scale;
  case MC_RESIZE_TF_HALF_PIXEL_FOR_NN:
    return (at + 0.5) / line->scale;
  case MC_RESIZE_TF_CROP_AND_RESIZE:
    if (out == 1 || line->out == 1) {
      return (line->start + line->end) / 2 * (in - 1);
    }
    return line->start * (in - 1) + at * (line->end - line->start) * (in - 1) / (out - 1);
  default:
    return half_pixel;
  }
}

static double linear(double x) {
  x = fabs(x);
  return x < 1 ? 1 - x : 0;
}

/* Keys' cubic convolution with parameter a. */
static double cubic(double x, double a) {
  x = fabs(x);
  return x <= 1  ? ((a + 2) * x - (a + 3)) * x * x + 1
         : x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
                 : 0;
}

static int64_t clamp(int64_t index, int64_t length) {
  return index < 0 ? 0 : index >= length ? length - 1 : index;
}

static double nearest(mc_resize_nearest how, double x) {
  switch (how) {
  case MC_RESIZE_ROUND_PREFER_CEIL:
    return floor(x + 0.5);
  case MC_RESIZE_FLOOR:
    return floor(x);
  case MC_RESIZE_CEIL:
    return ceil(x);
  default:
    return ceil(x - 0.5);
  }
}

void mc_resize_weigh(const mc_resize_rule *rule, const mc_resize_line *line, double x, int64_t *index,
                     double *weight) {
  /* Coordinates may be far outside; what is beyond an image's length from it is all edge. */
  const double limit = 4.0 * ((double)line->in + 4);
  x = x < -limit ? -limit : x > limit ? limit : x;
  if (rule->mode == MC_RESIZE_NEAREST) {
    index[0] = clamp((int64_t)nearest(rule->nearest, x), line->in);
    weight[0] = 1;
    return;
  }
  const double factor = stretch(rule, line);
  const int64_t base = (int64_t)floor(x);
  const int64_t first = first_tap(rule, line);
  const int taps = mc_resize_taps(rule, line);
  double sum = 0;
  for (int t = 0; t < taps; ++t) {
    const int64_t at = base + first + t;
    const double away = ((double)at - x) * factor;
    const bool outside = at < 0 || at >= line->in;
    index[t] = clamp(at, line->in);
    weight[t] = rule->mode == MC_RESIZE_CUBIC ? cubic(away, rule->cubic_a) : linear(away);
    weight[t] = outside && rule->exclude_outside ? 0 : weight[t];
    sum += weight[t];
  }
  if (sum != 0) {
    for (int t = 0; t < taps; ++t) {
      weight[t] /= sum;
    }
  }
}

static bool find(const char *name, const char *const *names, int count, int *found) {
  for (int i = 0; i < count; ++i) {
    if (strcmp(name, names[i]) == 0) {
      *found = i;
      return true;
    }
  }
  return false;
}

bool mc_resize_mode_of(const char *name, mc_resize_mode *mode) {
  static const char *const kNames[] = {"nearest", "linear", "cubic"};
  int found = 0;
  const bool known = find(name, kNames, 3, &found);
  *mode = (mc_resize_mode)found;
  return known;
}

bool mc_resize_coordinate_of(const char *name, mc_resize_coordinate *coordinate) {
  static const char *const kNames[] = {
      "half_pixel",         "half_pixel_symmetric", "pytorch_half_pixel",  "align_corners",
      "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"};
  int found = 0;
  const bool known = find(name, kNames, 7, &found);
  *coordinate = (mc_resize_coordinate)found;
  return known;
}

bool mc_resize_nearest_of(const char *name, mc_resize_nearest *nearest_mode) {
  static const char *const kNames[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
  int found = 0;
  const bool known = find(name, kNames, 4, &found);
  *nearest_mode = (mc_resize_nearest)found;
  return known;
}
