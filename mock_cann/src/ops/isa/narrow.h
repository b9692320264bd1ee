/* Vectors of float from and to memory that holds float, float16 or bfloat16. */
#ifndef MC_OPS_ISA_NARROW_H
#define MC_OPS_ISA_NARROW_H

#include "ops/isa/vector.h"

typedef enum kind { F32, F16, BF16 } kind;

typedef uint32_t bits __attribute__((vector_size(LANES * 4)));
typedef uint16_t narrow __attribute__((vector_size(LANES * 2)));
typedef uint16_t narrow_any __attribute__((vector_size(LANES * 2), aligned(2), may_alias));

#define INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__)
INLINE vec widen_half(narrow x) { return (vec)_mm512_cvtph_ps((__m256i)x); }
INLINE narrow narrow_half(vec x) {
  return (narrow)_mm512_cvtps_ph((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
#elif defined(__F16C__)
INLINE vec widen_half(narrow x) { return (vec)_mm256_cvtph_ps((__m128i)x); }
INLINE narrow narrow_half(vec x) {
  return (narrow)_mm256_cvtps_ph((__m256)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
#elif defined(__aarch64__)
INLINE vec widen_half(narrow x) { return (vec)vcvt_f32_f16((float16x4_t)x); }
INLINE narrow narrow_half(vec x) { return (narrow)vcvt_f16_f32((float32x4_t)x); }
#else
INLINE vec widen_half(narrow x) {
  vec y;
  for (int i = 0; i < LANES; ++i) {
    y[i] = mc_half_to_float(x[i]);
  }
  return y;
}
INLINE narrow narrow_half(vec x) {
  narrow y;
  for (int i = 0; i < LANES; ++i) {
    y[i] = mc_float_to_half(x[i]);
  }
  return y;
}
#endif

INLINE vec pick(bits mask, vec a, vec b) { return (vec)((mask & (bits)a) | (~mask & (bits)b)); }

/* The upper half of each element is the bfloat16: mc_float_to_bf16 for vectors. */
INLINE bits rounded_bf16(vec x) {
  const bits b = (bits)x;
  const bits nearest = b + 0x7fffu + ((b >> 16) & 1u);
  return (bits)pick((bits)(x != x), (vec)(b | 0x400000u), (vec)nearest) & 0xffff0000u;
}

INLINE vec read_as(const kind k, const void *tile, int64_t i) {
  if (k == F32) {
    return load((const float *)tile + i);
  }
  const narrow x = *(const narrow_any *)((const uint16_t *)tile + i);
  return k == F16 ? widen_half(x) : (vec)(__builtin_convertvector(x, bits) << 16);
}

INLINE void write_as(const kind k, void *out, int64_t i, vec x) {
  if (k == F32) {
    store((float *)out + i, x);
  } else {
    *(narrow_any *)((uint16_t *)out + i) =
        k == F16 ? narrow_half(x) : __builtin_convertvector(rounded_bf16(x) >> 16, narrow);
  }
}

INLINE vec rounded(const kind k, vec x) {
  return k == F16 ? widen_half(narrow_half(x)) : k == BF16 ? (vec)rounded_bf16(x) : x;
}

#endif
