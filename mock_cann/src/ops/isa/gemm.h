/* Matrix kernels per instruction set: a register tile of C and the packing that feeds it. */
#ifndef MC_OPS_ISA_GEMM_H
#define MC_OPS_ISA_GEMM_H

#include "base/dtype.h"

/* No instruction set has a larger register tile. */
enum { MC_GEMM_MR_MAX = 8, MC_GEMM_NV_MAX = 3, MC_GEMM_NR_MAX = 48 };

/* c[mr][..] (rows ldc apart) = a · b, added to what is there when `add`. a is a panel: for each k, mr
 * numbers. b has for each k as many numbers as the tile has columns, ldb apart (a panel when ldb is nr). */
typedef void mc_gemm_tile(int64_t k, const float *a, const float *b, int64_t ldb, float *c, int64_t ldc,
                          bool add);

typedef struct mc_gemm_table {
  int mr, nr, lanes; /* the register tile: rows of A, columns of B (multiples of four), columns per vector */
  mc_gemm_tile *tile[MC_GEMM_NV_MAX]; /* with 1, 2 ... nr / lanes vectors of columns */
  mc_gemm_tile *half[MC_GEMM_NV_MAX]; /* the first mr / 2 rows of the same tiles */

  /* panel[i * width + r] = row[r][i] for i < k and r < width; width is a multiple of four. */
  void (*interleave)(const float *const *rows, int width, int64_t k, float *panel);

  /* y[0..n) += x[r] * rows[r] for r < count, at most four; and the dot product of two rows of n. */
  void (*add_rows)(const float *const rows[4], int count, const float x[4], int64_t n, float *y);
  float (*dot)(const float *x, const float *y, int64_t n);

  /* c[0..n) += a * b[0..n) in wrapping 32-bit arithmetic. */
  void (*add_row_i32)(int32_t a, const int32_t *b, int64_t n, int32_t *c);
} mc_gemm_table;

#endif
