/* Softmax of one row of floats, in place, for operators that have it inside. */
#ifndef MC_OPS_SOFTMAX_ROW_H
#define MC_OPS_SOFTMAX_ROW_H

#include <math.h>
#include <stdint.h>

static inline void mc_softmax_row(float *x, int64_t n) {
  float most = -INFINITY, sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    most = x[i] > most || isnan(x[i]) ? x[i] : most;
  }
  for (int64_t i = 0; i < n; ++i) {
    sum += x[i] = expf(x[i] - most);
  }
  for (int64_t i = 0; i < n; ++i) {
    x[i] /= sum;
  }
}

#endif
