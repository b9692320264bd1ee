/* Parts of a vector, half precision where the set converts it, and a vector kept within limits. */
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

#if defined(__F16C__)
#define MC_HALVES 1
/* The same for half precision, rounded to nearest even. */
static inline vec load_half(const uint16_t *p, int64_t n) {
#if defined(__AVX512F__)
  const __m256i all = n >= LANES ? _mm256_loadu_si256((const __m256i_u *)p)
                                 : _mm256_maskz_loadu_epi16((__mmask16)((1u << (n < 0 ? 0 : n)) - 1), p);
  return (vec)_mm512_cvtph_ps(all);
#else
  uint16_t part[LANES] = {0};
  if (n < LANES) {
    for (int64_t i = 0; i < n; ++i) {
      part[i] = p[i];
    }
    p = part;
  }
  return (vec)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i_u *)p));
#endif
}

static inline void store_half(uint16_t *p, int64_t n, vec v) {
#if defined(__AVX512F__)
  const __m256i all = _mm512_cvtps_ph((__m512)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  if (n >= LANES) {
    _mm256_storeu_si256((__m256i_u *)p, all);
  } else {
    _mm256_mask_storeu_epi16(p, (__mmask16)((1u << n) - 1), all);
  }
#else
  const __m128i all = _mm256_cvtps_ph((__m256)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  if (n >= LANES) {
    _mm_storeu_si128((__m128i_u *)p, all);
    return;
  }
  uint16_t part[LANES];
  _mm_storeu_si128((__m128i_u *)part, all);
  for (int64_t i = 0; i < n; ++i) {
    p[i] = part[i];
  }
#endif
}
#endif

/* Elements [at, count) of rows of floats or of half precision; the latter only where MC_HALVES is defined. */
static inline __attribute__((always_inline)) vec take_part(const bool half, const char *x, int64_t at, int64_t count) {
#ifdef MC_HALVES
  if (half) {
    return load_half((const uint16_t *)(const void *)x + at, count - at);
  }
#endif
  (void)half;
  return load_part((const float *)(const void *)x + at, count - at);
}

static inline __attribute__((always_inline)) void give_part(const bool half, vec v, char *y, int64_t at,
                                                            int64_t count) {
#ifdef MC_HALVES
  if (half) {
    store_half((uint16_t *)(void *)y + at, count - at, v);
    return;
  }
#endif
  (void)half;
  store_part((float *)(void *)y + at, count - at, v);
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
