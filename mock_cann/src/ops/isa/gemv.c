/* Half the bytes of a float matrix are read, and the results are those of the same loops over floats. */
#include "ops/isa/gemv.h"

#include "ops/isa/narrow.h"

enum { ROWS = 8 };

INLINE float read_one(const kind k, const uint16_t *p) {
  return k == F16 ? mc_half_to_float(*p) : mc_bf16_to_float(*p);
}

/* `rows` rows at once, so that sums are loaded and stored once for all of them. */
INLINE void add_rows(const kind k, const int rows, const uint16_t *b, int64_t stride, int64_t n, const float *x,
                     float *y) {
  int64_t j = 0;
  for (; j + LANES <= n; j += LANES) {
    vec sum = load(y + j);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) {
      sum = FMA_VECTOR(splat(x[r]), read_as(k, b + r * stride, j), sum);
    }
    store(y + j, sum);
  }
  for (; j < n; ++j) {
    for (int r = 0; r < rows; ++r) {
      y[j] = MC_FMA(x[r], read_one(k, b + r * stride + j), y[j]);
    }
  }
}

INLINE void add(const kind kind, const uint16_t *b, int64_t stride, int64_t n, int64_t k, const float *x, float *y) {
  int64_t i = 0;
  for (; i + ROWS <= k; i += ROWS) {
    add_rows(kind, ROWS, b + i * stride, stride, n, x + i, y);
  }
  for (; i < k; ++i) {
    add_rows(kind, 1, b + i * stride, stride, n, x + i, y);
  }
}

INLINE float dot(const kind k, const uint16_t *b, const float *x, int64_t n) {
  vec sum[4] = {{0}};
  int64_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) {
      sum[v] = FMA_VECTOR(read_as(k, b, i + v * LANES), load(x + i + v * LANES), sum[v]);
    }
  }
  for (; i + LANES <= n; i += LANES) {
    sum[0] = FMA_VECTOR(read_as(k, b, i), load(x + i), sum[0]);
  }
  const vec all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  float result = 0;
  for (int v = 0; v < LANES; ++v) {
    result += all[v];
  }
  for (; i < n; ++i) {
    result = MC_FMA(read_one(k, b + i), x[i], result);
  }
  return result;
}

#define KERNELS(suffix, kind)                                                                                \
  static void add_##suffix(const void *b, int64_t stride, int64_t n, int64_t k, const float *x, float *y) {  \
    add(kind, b, stride, n, k, x, y);                                                                        \
  }                                                                                                          \
  static float dot_##suffix(const void *b, const float *x, int64_t n) { return dot(kind, b, x, n); }
KERNELS(f16, F16)
KERNELS(bf16, BF16)

extern const mc_gemv_table MC_ISA_NAME(mc_gemv_table);
const mc_gemv_table MC_ISA_NAME(mc_gemv_table) = {add_f16, add_bf16, dot_f16, dot_bf16};
