/* Parts of a vector, and a vector kept within limits. */
#ifndef MC_OPS_ISA_PART_H
#define MC_OPS_ISA_PART_H

#include "ops/isa/vector.h"

typedef int32_t part_ints __attribute__((vector_size(LANES * 4)));

/* The first n floats, then zeros; none is touched behind them. */
static inline vec load_part(const float *p, int64_t n) {
  if (n >= LANES) {
    return load(p);
  }
#if defined(__AVX512F__)
  return (vec)_mm512_maskz_loadu_ps((__mmask16)((1u << (n < 0 ? 0 : n)) - 1), p);
#else
  vec v = {0};
  for (int64_t i = 0; i < n; ++i) {
    v[i] = p[i];
  }
  return v;
#endif
}

static inline void store_part(float *p, int64_t n, vec v) {
  if (n >= LANES) {
    store(p, v);
    return;
  }
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#else
  for (int64_t i = 0; i < n; ++i) {
    p[i] = v[i];
  }
#endif
}

/* The second operand where a comparison fails: what is no number stays none. */
static inline vec limit_vector(vec x, vec low, vec high) {
#if defined(__AVX512F__)
  return (vec)_mm512_min_ps((__m512)high, _mm512_max_ps((__m512)low, (__m512)x));
#elif defined(__AVX2__) && defined(__FMA__)
  return (vec)_mm256_min_ps((__m256)high, _mm256_max_ps((__m256)low, (__m256)x));
#else
  const part_ints under = x < low;
  const part_ints over = x > high;
  return (vec)(((part_ints)low & under) | ((part_ints)high & over) | ((part_ints)x & ~(under | over)));
#endif
}

#endif
