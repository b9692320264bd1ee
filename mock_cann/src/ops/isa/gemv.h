/* One row times a matrix of 16-bit floats, which are widened on their way into the sums. */
#ifndef MC_OPS_ISA_GEMV_H
#define MC_OPS_ISA_GEMV_H

#include <stdint.h>

/* y[0..n) += x[i] * row i of b for i < k, one after the other; rows are `stride` elements apart. */
typedef void mc_gemv_add(const void *b, int64_t stride, int64_t n, int64_t k, const float *x, float *y);
/* The sum of x[i] * b[i] for i < n. */
typedef float mc_gemv_dot(const void *b, const float *x, int64_t n);

typedef struct mc_gemv_table {
  mc_gemv_add *add_f16, *add_bf16;
  mc_gemv_dot *dot_f16, *dot_bf16;
} mc_gemv_table;

#endif
