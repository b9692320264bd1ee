/*
 * The interpreter of chains. It reads a block of elements into registers, applies every step to them and stores them.
 * Rounding to float16 between two steps is two instructions, and choosing the step's code costs once per block.
 */
#include "ops/isa/chain.h"

#include <string.h>

#include "ops/isa/narrow.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { VECTORS = 16 };
#else
enum { VECTORS = 8 };
#endif
enum { BLOCK = VECTORS * LANES };
#define EACH_VECTOR(v) _Pragma("GCC unroll 16") for (int v = 0; v < VECTORS; ++v)

/* a > b ? a : b and a < b ? a : b, which the instructions are, with NaN and zeros of both signs. */
#if defined(__AVX512F__)
INLINE vec above(vec a, vec b) { return (vec)_mm512_max_ps((__m512)a, (__m512)b); }
INLINE vec below(vec a, vec b) { return (vec)_mm512_min_ps((__m512)a, (__m512)b); }
#elif defined(__AVX2__) && defined(__FMA__)
INLINE vec above(vec a, vec b) { return (vec)_mm256_max_ps((__m256)a, (__m256)b); }
INLINE vec below(vec a, vec b) { return (vec)_mm256_min_ps((__m256)a, (__m256)b); }
#elif defined(__SSE2__)
INLINE vec above(vec a, vec b) { return (vec)_mm_max_ps((__m128)a, (__m128)b); }
INLINE vec below(vec a, vec b) { return (vec)_mm_min_ps((__m128)a, (__m128)b); }
#else
INLINE vec above(vec a, vec b) { return pick((bits)(a > b), a, b); }
INLINE vec below(vec a, vec b) { return pick((bits)(a < b), a, b); }
#endif

/* ---- functions: the same expressions as in isa/binary.c, isa/unary.c and isa/choose.c ---- */

#define F2(name) INLINE vec f_##name(vec a, vec b)
F2(ADD) { return a + b; }
F2(SUB) { return a - b; }
F2(MUL) { return a * b; }
F2(DIV) { return a / b; }
F2(MAX) { return pick((bits)(a != a), a, above(a, b)); }
F2(MIN) { return pick((bits)(a != a), a, below(a, b)); }
F2(SQUARED_DIFFERENCE) { return (a - b) * (a - b); }

#define F1(name) INLINE vec f_##name(vec x, float p0, float p1, float p2)
#define UNUSED (void)p0, (void)p1, (void)p2
INLINE vec between(vec x, vec low, vec high) { return below(high, above(low, x)); }
F1(ABS) { return UNUSED, (vec)((bits)x & 0x7fffffffu); }
F1(NEG) { return UNUSED, -x; }
F1(SQUARE) { return UNUSED, x * x; }
F1(RECIPROCAL) { return UNUSED, splat(1.0f) / x; }
F1(RELU) { return UNUSED, above(splat(0), x); }
F1(RELU6) { return UNUSED, between(x, splat(0), splat(6)); }
F1(RELU_TO) { return UNUSED, between(x, splat(0), splat(p0)); }
F1(LEAKY_RELU) { return UNUSED, pick((bits)(x < splat(0)), x * splat(p0), x); }
F1(AFFINE) { return UNUSED, x * splat(p1) + splat(p2); }
F1(HARD_SIGMOID) { return UNUSED, between(x * splat(p0) + splat(p1), splat(0), splat(1)); }
F1(HARD_SWISH) { return UNUSED, x * between(x + splat(3), splat(0), splat(6)) * splat(0.166666667f); }

/* ---- one block ---- */

INLINE void run_block(const kind k, const mc_chain_step *steps, int n_steps, const float *numbers,
                      const void *const *tiles, void *out, int64_t i) {
  vec a[VECTORS];
  EACH_VECTOR(v) { a[v] = read_as(k, tiles[0], i + v * LANES); }
  for (const mc_chain_step *s = steps; s < steps + n_steps; ++s) {
    switch (s->code) {
#define NUMBER splat(numbers[s->operand])
#define ELEMENTS read_as(k, tiles[s->operand], i + v * LANES)
#define X(name)                                                                                              \
  case MC_CHAIN_##name: {                                                                                    \
    const vec b = NUMBER;                                                                                    \
    EACH_VECTOR(v) { a[v] = f_##name(a[v], b); }                                                             \
    break;                                                                                                   \
  }                                                                                                          \
  case MC_CHAIN_##name##_SWAPPED: {                                                                          \
    const vec b = NUMBER;                                                                                    \
    EACH_VECTOR(v) { a[v] = f_##name(b, a[v]); }                                                             \
    break;                                                                                                   \
  }                                                                                                          \
  case MC_CHAIN_##name##_TILE:                                                                               \
    EACH_VECTOR(v) { a[v] = f_##name(a[v], ELEMENTS); }                                                      \
    break;                                                                                                   \
  case MC_CHAIN_##name##_TILE_SWAPPED:                                                                       \
    EACH_VECTOR(v) { a[v] = f_##name(ELEMENTS, a[v]); }                                                      \
    break;
      MC_CHAIN_BINARY(X)
#undef X
#define X(name)                                                                                              \
  case MC_CHAIN_##name:                                                                                      \
    EACH_VECTOR(v) { a[v] = f_##name(a[v], s->p[0], s->p[1], s->p[2]); }                                     \
    break;
      MC_CHAIN_UNARY(X)
#undef X
    case MC_CHAIN_CLIP:
      EACH_VECTOR(v) { a[v] = between(a[v], NUMBER, splat(numbers[s->operand + 1])); }
      break;
    }
    if (k != F32 && s->round) {
      EACH_VECTOR(v) { a[v] = rounded(k, a[v]); }
    }
  }
  EACH_VECTOR(v) { write_as(k, out, i + v * LANES, a[v]); }
}

/* The last elements are no whole block: they are copied to where one can be read and written. */
INLINE void run_all(const kind k, const mc_chain_step *steps, int n_steps, const float *numbers,
                    const void *const *tiles, int n_tiles, void *out, int64_t n) {
  int64_t i = 0;
  for (; i + BLOCK <= n; i += BLOCK) {
    run_block(k, steps, n_steps, numbers, tiles, out, i);
  }
  if (i < n) {
    const size_t size = k == F32 ? 4 : 2;
    _Alignas(64) char ends[MC_CHAIN_TILES][BLOCK * 4];
    const void *in[MC_CHAIN_TILES];
    for (int t = 0; t < n_tiles; ++t) {
      memset(ends[t], 0, BLOCK * size);
      in[t] = memcpy(ends[t], (const char *)tiles[t] + (size_t)i * size, (size_t)(n - i) * size);
    }
    run_block(k, steps, n_steps, numbers, in, ends[0], 0);
    memcpy((char *)out + (size_t)i * size, ends[0], (size_t)(n - i) * size);
  }
}

#define RUN(name, k)                                                                                         \
  static __attribute__((noinline)) void name(const mc_chain_step *steps, int n_steps, const float *numbers,  \
                                             const void *const *tiles, int n_tiles, void *out, int64_t n) {  \
    run_all(k, steps, n_steps, numbers, tiles, n_tiles, out, n);                                             \
  }
RUN(run_f32, F32)
RUN(run_f16, F16)
RUN(run_bf16, BF16)

extern const mc_chain_table MC_ISA_NAME(mc_chain_runs);
const mc_chain_table MC_ISA_NAME(mc_chain_runs) = {run_f32, run_f16, run_bf16};
