/* Float vectors of the instruction set, and the register tile that fits its registers: 32 x 16 floats, 16 x
 * 8, 16 or 32 x 4. */
#ifndef MC_OPS_ISA_VECTOR_H
#define MC_OPS_ISA_VECTOR_H

#include "ops/isa/name.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#define MC_GEMM_VECTORS 3
enum { LANES = 16, MR = 8 };
#define FMA_VECTOR(a, b, c) _mm512_fmadd_ps(a, b, c)
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#define MC_GEMM_VECTORS 3
enum { LANES = 8, MR = 4 };
#define FMA_VECTOR(a, b, c) _mm256_fmadd_ps(a, b, c)
#elif defined(__aarch64__)
#include <arm_neon.h>
#define MC_GEMM_VECTORS 2
enum { LANES = 4, MR = 8 };
#define FMA_VECTOR(a, b, c) vfmaq_f32(c, a, b)
#else
#define MC_GEMM_VECTORS 2
enum { LANES = 4, MR = 4 };
#define FMA_VECTOR(a, b, c) ((a) * (b) + (c))
#endif
enum { NV = MC_GEMM_VECTORS, NR = LANES * NV };

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef float vec_any __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
static inline vec load(const float *p) {
  return *(const vec_any *)p;
}
static inline void store(float *p, vec v) {
  *(vec_any *)p = v;
}
static inline vec splat(float x) {
  return x - (vec){0};
}

#endif
