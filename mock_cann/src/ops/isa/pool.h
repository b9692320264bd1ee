/* Pooling's row loops per instruction set. */
#ifndef MC_OPS_ISA_POOL_H
#define MC_OPS_ISA_POOL_H

#include "base/dtype.h"

typedef struct mc_pool_table {
  /* y[i] = max(y[i], x[i]), y[i] += x[i] and y[i] *= factor for i < n; a NaN stays. */
  void (*max_row)(const float *x, int64_t n, float *y);
  void (*add_row)(const float *x, int64_t n, float *y);
  void (*scale_row)(float factor, int64_t n, float *y);
  /* y[i] = max or sum of x[i * stride .. i * stride + window). */
  void (*max_windows)(const float *x, int64_t window, int64_t stride, int64_t n, float *y);
  void (*add_windows)(const float *x, int64_t window, int64_t stride, int64_t n, float *y);
} mc_pool_table;

#endif
