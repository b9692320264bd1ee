/* Steps of softmax and of normalisations on rows of floats. "Columns" are neighbouring rows' elements: each
 * has its own parameter. Results may lie on x. */
#ifndef MC_OPS_ISA_ROWS_H
#define MC_OPS_ISA_ROWS_H

#include <stdint.h>

typedef struct mc_rows_table {
  void (*exp_shifted)(const float *x, float max, float *y, int64_t n);                 /* y = e^(x - max) */
  void (*exp_shifted_columns)(const float *x, const float *max, float *y, int64_t n);
  void (*scaled)(const float *x, float scale, float *y, int64_t n);                    /* y = x * scale */
  void (*scaled_columns)(const float *x, const float *scale, float *y, int64_t n);
  void (*shifted)(const float *x, float max, float log_sum, float *y, int64_t n); /* y = x - max - log_sum */
  void (*shifted_columns)(const float *x, const float *max, const float *log_sum, float *y, int64_t n);
  /* y = (x - center) * scale + shift, with numbers or with arrays, and with a number times an array. */
  void (*normalized)(const float *x, float center, float scale, float shift, float *y, int64_t n);
  void (*normalized_columns)(const float *x, const float *center, const float *scale, const float *shift,
                             float *y, int64_t n);
  void (*normalized_affine)(const float *x, float center, float rstd, const float *gamma, const float *beta,
                            float *y, int64_t n);
  /* acc += (x - center)^2 */
  void (*square_sum_columns)(const float *x, const float *center, double *acc, int64_t n);
} mc_rows_table;

#endif
