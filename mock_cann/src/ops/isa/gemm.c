/*
 * The register tile: mr broadcasts of A against nr columns of B held in vectors, all sums in registers for
 * the whole depth. Sizes are what fits each set's register file: 32 x 16 floats, 16 x 8, 16 (or 32) x 4.
 */
#include "ops/isa/gemm.h"
#include "ops/isa/vector.h"

#include <stddef.h>

typedef float quad __attribute__((vector_size(16)));
typedef float quad_any __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t quad_int __attribute__((vector_size(16)));

static inline __attribute__((always_inline)) void fill_tile(const int height, const int vectors, int64_t k,
                                                            const float *a, const float *b, int64_t ldb,
                                                            float *c, int64_t ldc, bool add) {
  vec sum[MR][NV];
#pragma GCC unroll 8
  for (int r = 0; r < height; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < vectors; ++v) {
      sum[r][v] = (vec){0};
    }
  }
  for (int64_t i = 0; i < k; ++i, a += MR, b += ldb) {
    vec column[NV];
#pragma GCC unroll 3
    for (int v = 0; v < vectors; ++v) {
      column[v] = load(b + v * LANES);
    }
#pragma GCC unroll 8
    for (int r = 0; r < height; ++r) {
      const vec left = splat(a[r]);
#pragma GCC unroll 3
      for (int v = 0; v < vectors; ++v) {
        sum[r][v] = FMA_VECTOR(left, column[v], sum[r][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < height; ++r) {
#pragma GCC unroll 3
    for (int v = 0; v < vectors; ++v) {
      float *to = c + r * ldc + v * LANES;
      store(to, add ? load(to) + sum[r][v] : sum[r][v]);
    }
  }
}

#define TILE(vectors)                                                                                        \
  static void tile_##vectors(int64_t k, const float *a, const float *b, int64_t ldb, float *c, int64_t ldc,  \
                             bool add) {                                                                     \
    fill_tile(MR, vectors, k, a, b, ldb, c, ldc, add);                                                       \
  }                                                                                                          \
  static void half_##vectors(int64_t k, const float *a, const float *b, int64_t ldb, float *c, int64_t ldc,  \
                             bool add) {                                                                     \
    fill_tile(MR / 2, vectors, k, a, b, ldb, c, ldc, add);                                                   \
  }
TILE(1)
TILE(2)
#if MC_GEMM_VECTORS == 3
TILE(3)
#else
#define tile_3 NULL
#define half_3 NULL
#endif

static inline void transpose_quads(const float *const *rows, int64_t at, float *panel, int width) {
  const quad a = *(const quad_any *)(rows[0] + at);
  const quad b = *(const quad_any *)(rows[1] + at);
  const quad c = *(const quad_any *)(rows[2] + at);
  const quad d = *(const quad_any *)(rows[3] + at);
  const quad ab_low = __builtin_shuffle(a, b, (quad_int){0, 4, 1, 5});
  const quad ab_high = __builtin_shuffle(a, b, (quad_int){2, 6, 3, 7});
  const quad cd_low = __builtin_shuffle(c, d, (quad_int){0, 4, 1, 5});
  const quad cd_high = __builtin_shuffle(c, d, (quad_int){2, 6, 3, 7});
  *(quad_any *)(panel) = __builtin_shuffle(ab_low, cd_low, (quad_int){0, 1, 4, 5});
  *(quad_any *)(panel + width) = __builtin_shuffle(ab_low, cd_low, (quad_int){2, 3, 6, 7});
  *(quad_any *)(panel + 2 * width) = __builtin_shuffle(ab_high, cd_high, (quad_int){0, 1, 4, 5});
  *(quad_any *)(panel + 3 * width) = __builtin_shuffle(ab_high, cd_high, (quad_int){2, 3, 6, 7});
}

static void interleave(const float *const *rows, int width, int64_t k, float *panel) {
  for (int r = 0; r < width; r += 4) {
    int64_t i = 0;
    for (; i + 4 <= k; i += 4) {
      transpose_quads(rows + r, i, panel + i * width + r, width);
    }
    for (; i < k; ++i) {
      for (int j = 0; j < 4; ++j) {
        panel[i * width + r + j] = rows[r + j][i];
      }
    }
  }
}

static void add_rows(const float *const rows[4], int count, const float x[4], int64_t n, float *y) {
  if (count < 4) { /* not with factors of zero: infinities must not become NaN */
    for (int r = 0; r < count; ++r) {
      const float *row = rows[r];
      MC_EACH(i, n) {
        y[i] = MC_FMA(x[r], row[i], y[i]);
      }
    }
    return;
  }
  const float *a = rows[0];
  const float *b = rows[1];
  const float *c = rows[2];
  const float *d = rows[3];
  MC_EACH(i, n) {
    y[i] = MC_FMA(x[3], d[i], MC_FMA(x[2], c[i], MC_FMA(x[1], b[i], MC_FMA(x[0], a[i], y[i]))));
  }
}

static float dot(const float *x, const float *y, int64_t n) {
  vec sum[4] = {{0}};
  int64_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) {
      sum[v] = FMA_VECTOR(load(x + i + v * LANES), load(y + i + v * LANES), sum[v]);
    }
  }
  for (; i + LANES <= n; i += LANES) {
    sum[0] = FMA_VECTOR(load(x + i), load(y + i), sum[0]);
  }
  const vec all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  float result = 0;
  for (int v = 0; v < LANES; ++v) {
    result += all[v];
  }
  for (; i < n; ++i) {
    result = MC_FMA(x[i], y[i], result);
  }
  return result;
}

static void add_row_i32(int32_t a, const int32_t *b, int64_t n, int32_t *c) {
  MC_EACH(i, n) {
    c[i] = (int32_t)((uint32_t)c[i] + (uint32_t)a * (uint32_t)b[i]);
  }
}

extern const mc_gemm_table MC_ISA_NAME(mc_gemm_table);
const mc_gemm_table MC_ISA_NAME(mc_gemm_table) = {
    MR,       NR,  LANES,      {tile_1, tile_2, tile_3}, {half_1, half_2, half_3}, interleave,
    add_rows, dot, add_row_i32};
