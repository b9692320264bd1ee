/* Pooling's row loops, in a form that vectorises. */
#include "ops/isa/pool.h"
#include "ops/isa/vector.h"

static inline float greater(float a, float b) {
  return a > b || a != a ? a : b;
}

static void max_row(const float *x, int64_t n, float *y) {
  MC_EACH(i, n) {
    y[i] = greater(x[i], y[i]);
  }
}

static void add_row(const float *x, int64_t n, float *y) {
  MC_EACH(i, n) {
    y[i] += x[i];
  }
}

static void scale_row(float factor, int64_t n, float *y) {
  MC_EACH(i, n) {
    y[i] *= factor;
  }
}

#define WINDOWS(name, combine)                                                                               \
  static inline __attribute__((always_inline)) void name##_by(const int64_t stride, const float *x,          \
                                                              int64_t window, int64_t n, float *y) {         \
    MC_EACH(i, n) {                                                                                          \
      y[i] = x[i * stride];                                                                                  \
    }                                                                                                        \
    for (int64_t j = 1; j < window; ++j) {                                                                   \
      MC_EACH(i, n) {                                                                                        \
        const float a = x[i * stride + j];                                                                   \
        const float b = y[i];                                                                                \
        y[i] = combine;                                                                                      \
      }                                                                                                      \
    }                                                                                                        \
  }                                                                                                          \
  static void name(const float *x, int64_t window, int64_t stride, int64_t n, float *y) {                    \
    if (n == 1) {                                                                     \
      y[0] = name##_all(x, window);                                                                          \
    } else if (stride == 1) {                                                                                \
      name##_by(1, x, window, n, y);                                                                         \
    } else if (stride == 2) {                                                                                \
      name##_by(2, x, window, n, y);                                                                         \
    } else {                                                                                                 \
      name##_by(stride, x, window, n, y);                                                                    \
    }                                                                                                        \
  }

/* One window: a vector of partial results, when it is that long. */
static float add_windows_all(const float *x, int64_t window) {
  float total = x[0];
  int64_t i = 1;
  if (window >= LANES) {
    vec sum = load(x);
    for (i = LANES; i + LANES <= window; i += LANES) {
      sum += load(x + i);
    }
    float parts[LANES];
    store(parts, sum);
    for (int width = LANES / 2; width > 0; width /= 2) {
      for (int v = 0; v < width; ++v) {
        parts[v] += parts[v + width];
      }
    }
    total = parts[0];
  }
  for (; i < window; ++i) {
    total += x[i];
  }
  return total;
}

static float max_windows_all(const float *x, int64_t window) {
  float best = x[0];
  for (int64_t i = 1; i < window; ++i) {
    best = greater(x[i], best);
  }
  return best;
}

WINDOWS(max_windows, greater(a, b))
WINDOWS(add_windows, a + b)

extern const mc_pool_table MC_ISA_NAME(mc_pool_table);
const mc_pool_table MC_ISA_NAME(mc_pool_table) = {max_row, add_row, scale_row, max_windows, add_windows};
