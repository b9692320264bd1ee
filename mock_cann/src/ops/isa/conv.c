/* Convolution's inner loops. */
#include "ops/isa/conv.h"
#include "ops/isa/part.h"
#include "ops/isa/vector.h"

#include <stddef.h>

#define INLINE static inline __attribute__((always_inline))

INLINE void clear(const int height, const int vectors, vec sum[MR][NV]) {
#pragma GCC unroll 8
  for (int r = 0; r < height; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < vectors; ++v) {
      sum[r][v] = (vec){0};
    }
  }
}

INLINE void put(const int height, const int vectors, vec sum[MR][NV], float *c, int64_t ldc, bool add) {
#pragma GCC unroll 8
  for (int r = 0; r < height; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < vectors; ++v) {
      float *to = c + r * ldc + v * LANES;
      store(to, add ? load(to) + sum[r][v] : sum[r][v]);
    }
  }
}

INLINE void sum_shifted(const int vectors, int64_t k, const float *a, const float *image, const int64_t *offsets,
                        vec sum[MR][NV]) {
  for (int64_t i = 0; i < k; ++i, a += MR) {
    const float *from = image + offsets[i];
    vec column[NV];
#pragma GCC unroll 3
    for (int v = 0; v < vectors; ++v) {
      column[v] = load(from + v * LANES);
    }
#pragma GCC unroll 8
    for (int r = 0; r < MR; ++r) {
      const vec left = splat(a[r]);
#pragma GCC unroll 3
      for (int v = 0; v < vectors; ++v) {
        sum[r][v] = FMA_VECTOR(left, column[v], sum[r][v]);
      }
    }
  }
}

INLINE void shifted(const int vectors, int64_t k, const float *a, const float *image, const int64_t *offsets,
                    float *c, int64_t ldc, bool add) {
  vec sum[MR][NV];
  clear(MR, vectors, sum);
  sum_shifted(vectors, k, a, image, offsets, sum);
  put(MR, vectors, sum, c, ldc, add);
}

INLINE void finished(const bool half, const int vectors, int64_t k, const float *a, const float *image,
                     const int64_t *offsets, const mc_conv_finish *to) {
  vec sum[MR][NV];
  clear(MR, vectors, sum);
  sum_shifted(vectors, k, a, image, offsets, sum);
  const vec low = splat(to->low);
  const vec high = splat(to->high);
#pragma GCC unroll 8
  for (int r = 0; r < MR; ++r) {
    if (r < to->rows) {
      const vec bias = splat(to->bias == NULL ? 0.0f : to->bias[r]);
      char *y = (char *)to->y + r * to->ldy * (half ? 2 : 4);
#pragma GCC unroll 3
      for (int v = 0; v < vectors; ++v) {
        const vec whole = to->sums == NULL ? sum[r][v] : load(to->sums + r * NR + v * LANES) + sum[r][v];
        give_part(half, limit_vector(whole + bias, low, high), y, v * LANES, to->count);
      }
    }
  }
}

INLINE void pixels(const int height, const int vectors, int64_t taps, int64_t k, int64_t k_stride,
                   const float *const *rows, int64_t first, const float *b, float *c, int64_t ldc, bool add) {
  vec sum[MR][NV];
  clear(height, vectors, sum);
  for (int64_t t = 0; t < taps; ++t, rows += MR) {
    const float *from[MR];
#pragma GCC unroll 8
    for (int r = 0; r < height; ++r) {
      from[r] = rows[r] + first;
    }
    const float *panel = b + t * k_stride * NR;
    for (int64_t i = 0; i < k; ++i, panel += NR) {
      vec column[NV];
#pragma GCC unroll 3
      for (int v = 0; v < vectors; ++v) {
        column[v] = load(panel + v * LANES);
      }
#pragma GCC unroll 8
      for (int r = 0; r < height; ++r) {
        const vec left = splat(from[r][i]);
#pragma GCC unroll 3
        for (int v = 0; v < vectors; ++v) {
          sum[r][v] = FMA_VECTOR(left, column[v], sum[r][v]);
        }
      }
    }
  }
  put(height, vectors, sum, c, ldc, add);
}

#define TILES(vectors)                                                                                       \
  static void shifted_##vectors(int64_t k, const float *a, const float *image, const int64_t *offsets,       \
                                float *c, int64_t ldc, bool add) {                                           \
    shifted(vectors, k, a, image, offsets, c, ldc, add);                                                     \
  }                                                                                                          \
  static void pixels_##vectors(int64_t taps, int64_t k, int64_t k_stride, const float *const *rows,          \
                               int64_t first, const float *b, float *c, int64_t ldc, bool add) {             \
    pixels(MR, vectors, taps, k, k_stride, rows, first, b, c, ldc, add);                                     \
  }                                                                                                          \
  static void half_pixels_##vectors(int64_t taps, int64_t k, int64_t k_stride, const float *const *rows,     \
                                    int64_t first, const float *b, float *c, int64_t ldc, bool add) {        \
    pixels(MR / 2, vectors, taps, k, k_stride, rows, first, b, c, ldc, add);                                 \
  }
TILES(1)
TILES(2)
#if MC_GEMM_VECTORS == 3
TILES(3)
#else
#define shifted_3 NULL
#define finished_3 NULL
#define pixels_3 NULL
#define half_pixels_3 NULL
#endif

#define FINISHED(name, half, vectors)                                                                        \
  static void name##_##vectors(int64_t k, const float *a, const float *image, const int64_t *offsets,        \
                               const mc_conv_finish *to) {                                                   \
    finished(half, vectors, k, a, image, offsets, to);                                                       \
  }
FINISHED(finished, false, 1)
FINISHED(finished, false, 2)
#if MC_GEMM_VECTORS == 3
FINISHED(finished, false, 3)
#endif
#ifdef MC_HALVES
FINISHED(halves, true, 1)
FINISHED(halves, true, 2)
FINISHED(halves, true, 3)
#else
#define halves_1 NULL
#define halves_2 NULL
#define halves_3 NULL
#endif

static void every(const float *x, int64_t stride, int64_t n, float *y) {
  if (stride == 2) {
    MC_EACH(i, n) {
      y[i] = x[2 * i];
    }
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    y[i] = x[i * stride];
  }
}

static void filter_row(int64_t taps, const float *w, const float *image, const int64_t *offsets, float bias,
                       int64_t n, float *y) {
  int64_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    vec sum[4] = {splat(bias), splat(bias), splat(bias), splat(bias)};
    for (int64_t t = 0; t < taps; ++t) {
      const float *from = image + offsets[t] + i;
      const vec factor = splat(w[t]);
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) {
        sum[v] = FMA_VECTOR(factor, load(from + v * LANES), sum[v]);
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) {
      store(y + i + v * LANES, sum[v]);
    }
  }
  for (; i + LANES <= n; i += LANES) {
    vec sum = splat(bias);
    for (int64_t t = 0; t < taps; ++t) {
      sum = FMA_VECTOR(splat(w[t]), load(image + offsets[t] + i), sum);
    }
    store(y + i, sum);
  }
  for (; i < n; ++i) {
    float sum = bias;
    for (int64_t t = 0; t < taps; ++t) {
      sum = MC_FMA(w[t], image[offsets[t] + i], sum);
    }
    y[i] = sum;
  }
}

static void filter_pixel(int64_t taps, const float *w, const float *const *rows, const float *bias, int64_t n,
                         float *y) {
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    vec sum = load(bias + i);
    for (int64_t t = 0; t < taps; ++t) {
      sum = FMA_VECTOR(load(w + t * n + i), load(rows[t] + i), sum);
    }
    store(y + i, sum);
  }
  for (; i < n; ++i) {
    float sum = bias[i];
    for (int64_t t = 0; t < taps; ++t) {
      sum = MC_FMA(w[t * n + i], rows[t][i], sum);
    }
    y[i] = sum;
  }
}

INLINE float between(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

static void finish_row(const float *x, int64_t n, float bias, float low, float high, float *y) {
  MC_EACH(i, n) {
    y[i] = between(x[i] + bias, low, high);
  }
}

static void finish_pixel(const float *x, int64_t n, const float *bias, float low, float high, float *y) {
  MC_EACH(i, n) {
    y[i] = between(x[i] + bias[i], low, high);
  }
}

extern const mc_conv_table MC_ISA_NAME(mc_conv_table);
const mc_conv_table MC_ISA_NAME(mc_conv_table) = {{shifted_1, shifted_2, shifted_3},
                                                  {{finished_1, finished_2, finished_3}, {halves_1, halves_2, halves_3}},
                                                  {pixels_1, pixels_2, pixels_3},
                                                  {half_pixels_1, half_pixels_2, half_pixels_3},
                                                  every,
                                                  filter_row,
                                                  filter_pixel,
                                                  finish_row,
                                                  finish_pixel};
