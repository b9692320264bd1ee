/* Depthwise convolution with square filters: a tile of several output rows takes each vector of the image once for all
 * the rows that it is part of, and is finished in registers. */
#include "ops/isa/depth.h"
#include "ops/isa/part.h"
#include "ops/isa/vector.h"

#include <stddef.h>

#define INLINE static inline __attribute__((always_inline))

typedef int32_t ints __attribute__((vector_size(LANES * 4)));

#if defined(__AVX512F__)
#define EVEN {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30}
#define ODD {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31}
#elif defined(__AVX2__) && defined(__FMA__)
#define EVEN {0, 2, 4, 6, 8, 10, 12, 14}
#define ODD {1, 3, 5, 7, 9, 11, 13, 15}
#else
#define EVEN {0, 2, 4, 6}
#define ODD {1, 3, 5, 7}
#endif

INLINE void spread_rows(const bool half, const void *x, int64_t rows, int64_t width, int64_t stride, int64_t pitch,
                        float *to) {
  const ints even = EVEN;
  const ints odd = ODD;
  const char *row = x;
  for (int64_t r = 0; r < rows; ++r, row += width * (half ? 2 : 4), to += stride * pitch) {
    if (stride == 1) {
      for (int64_t i = 0; i < pitch; i += LANES) {
        store(to + i, take_part(half, row, i, width));
      }
      continue;
    }
    for (int64_t i = 0; i < pitch; i += LANES) {
      const vec a = take_part(half, row, 2 * i, width);
      const vec b = take_part(half, row, 2 * i + LANES, width);
      store(to + i, __builtin_shuffle(a, b, even));
      store(to + pitch + i, __builtin_shuffle(a, b, odd));
    }
  }
}

/* `height` rows of outputs, a vector of columns at a time. */
INLINE void fill_rows(const bool half, const int size, const int stride, const int height, const mc_depth_rows *d,
                      const float *x, int64_t n, char *y) {
  const vec bias = splat(d->bias);
  const vec low = splat(d->low);
  const vec high = splat(d->high);
  const int64_t row = stride * d->pitch;
  for (int64_t j = 0; j < n; j += LANES) {
    vec sum[4] = {bias, bias, bias, bias};
#pragma GCC unroll 16
    for (int i = 0; i < (height - 1) * stride + size; ++i) {
#pragma GCC unroll 8
      for (int c = 0; c < size; ++c) {
        const vec from = load(x + i * row + d->shift[c] + j);
#pragma GCC unroll 4
        for (int r = 0; r < height; ++r) {
          const int tap = i - r * stride;
          if (tap >= 0 && tap < size) {
            sum[r] = FMA_VECTOR(splat(d->filter[tap * size + c]), from, sum[r]);
          }
        }
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < height; ++r) {
      give_part(half, limit_vector(sum[r], low, high), y + r * n * (half ? 2 : 4), j, n);
    }
  }
}

INLINE void filter(const bool half, const int size, const int stride, const mc_depth_rows *d, const float *x,
                   int64_t rows, int64_t n, char *y) {
  const int64_t under = stride * stride * d->pitch; /* from the rows under one output to those under the next */
  const int64_t line = n * (half ? 2 : 4);
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    fill_rows(half, size, stride, 4, d, x + r * under, n, y + r * line);
  }
  for (; r + 2 <= rows; r += 2) {
    fill_rows(half, size, stride, 2, d, x + r * under, n, y + r * line);
  }
  if (r < rows) {
    fill_rows(half, size, stride, 1, d, x + r * under, n, y + r * line);
  }
}

#define FILTER(name, half, size, stride)                                                                            \
  static void name##_##stride(const mc_depth_rows *d, const float *x, int64_t rows, int64_t n, void *y) {           \
    filter(half, size, stride, d, x, rows, n, y);                                                                   \
  }
#define KERNELS(suffix, half)                                                                                       \
  FILTER(three##suffix, half, 3, 1)                                                                                 \
  FILTER(three##suffix, half, 3, 2)                                                                                 \
  FILTER(five##suffix, half, 5, 1)                                                                                  \
  FILTER(five##suffix, half, 5, 2)                                                                                  \
  static void spread##suffix(const void *x, int64_t rows, int64_t width, int64_t stride, int64_t pitch, float *to) { \
    spread_rows(half, x, rows, width, stride, pitch, to);                                                           \
  }
KERNELS(, false)
#ifdef MC_HALVES
KERNELS(_half, true)
#else
#define spread_half NULL
#define three_half_1 NULL
#define three_half_2 NULL
#define five_half_1 NULL
#define five_half_2 NULL
#endif

extern const mc_depth_table MC_ISA_NAME(mc_depth_table);
const mc_depth_table MC_ISA_NAME(mc_depth_table) = {LANES,
                                                    {spread, spread_half},
                                                    {{three_1, three_2}, {three_half_1, three_half_2}},
                                                    {{five_1, five_2}, {five_half_1, five_half_2}}};
