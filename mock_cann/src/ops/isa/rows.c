/* Plain loops that the compiler vectorises. */
#include "ops/isa/rows.h"

#include "ops/isa/mathf.h"

static void exp_shifted(const float *x, float max, float *y, int64_t n) {
  MC_EACH(i, n) { y[i] = mc_expf(x[i] - max); }
}

static void exp_shifted_columns(const float *x, const float *max, float *y, int64_t n) {
  MC_EACH(i, n) { y[i] = mc_expf(x[i] - max[i]); }
}

static void scaled(const float *x, float scale, float *y, int64_t n) {
  MC_EACH(i, n) { y[i] = x[i] * scale; }
}

static void scaled_columns(const float *x, const float *scale, float *y, int64_t n) {
  MC_EACH(i, n) { y[i] = x[i] * scale[i]; }
}

static void shifted(const float *x, float max, float log_sum, float *y, int64_t n) {
  MC_EACH(i, n) { y[i] = (x[i] - max) - log_sum; }
}

static void shifted_columns(const float *x, const float *max, const float *log_sum, float *y, int64_t n) {
  MC_EACH(i, n) { y[i] = (x[i] - max[i]) - log_sum[i]; }
}

static void normalized(const float *x, float center, float scale, float shift, float *y, int64_t n) {
  MC_EACH(i, n) { y[i] = (x[i] - center) * scale + shift; }
}

static void normalized_columns(const float *x, const float *center, const float *scale, const float *shift,
                               float *y, int64_t n) {
  MC_EACH(i, n) { y[i] = (x[i] - center[i]) * scale[i] + shift[i]; }
}

static void normalized_affine(const float *x, float center, float rstd, const float *gamma, const float *beta,
                              float *y, int64_t n) {
  MC_EACH(i, n) { y[i] = (x[i] - center) * rstd * gamma[i] + beta[i]; }
}

static void square_sum_columns(const float *x, const float *center, double *acc, int64_t n) {
  MC_EACH(i, n) {
    const float d = x[i] - center[i];
    acc[i] += (double)(d * d);
  }
}

const mc_rows_table MC_ISA_NAME(mc_rows_kernels) = {exp_shifted,     exp_shifted_columns, scaled,
                                                    scaled_columns,  shifted,             shifted_columns,
                                                    normalized,      normalized_columns,  normalized_affine,
                                                    square_sum_columns};
