/* Row conversions. float16 uses the machine's own instructions where it has them. */
#include "ops/isa/convert.h"
#include "ops/isa/name.h"

#if defined(__F16C__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

static void f16_to_f32(const void *in, void *out, int64_t n) {
  const uint16_t *x = in;
  float *y = out;
  int64_t i = 0;
#if defined(__AVX512F__)
  for (; i + 16 <= n; i += 16) {
    _mm512_storeu_ps(y + i, _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(x + i))));
  }
#elif defined(__F16C__)
  for (; i + 8 <= n; i += 8) {
    _mm256_storeu_ps(y + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(x + i))));
  }
#elif defined(__aarch64__)
  for (; i + 4 <= n; i += 4) {
    vst1q_f32(y + i, vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(x + i))));
  }
#endif
  for (; i < n; ++i) {
    y[i] = mc_half_to_float(x[i]);
  }
}

static void f32_to_f16(const void *in, void *out, int64_t n) {
  const float *x = in;
  uint16_t *y = out;
  int64_t i = 0;
#if defined(__AVX512F__)
  for (; i + 16 <= n; i += 16) {
    const __m256i half =
        _mm512_cvtps_ph(_mm512_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm256_storeu_si256((__m256i *)(y + i), half);
  }
#elif defined(__F16C__)
  for (; i + 8 <= n; i += 8) {
    const __m128i half =
        _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    _mm_storeu_si128((__m128i *)(y + i), half);
  }
#elif defined(__aarch64__)
  for (; i + 4 <= n; i += 4) {
    vst1_u16(y + i, vreinterpret_u16_f16(vcvt_f16_f32(vld1q_f32(x + i))));
  }
#endif
  for (; i < n; ++i) {
    y[i] = mc_float_to_half(x[i]);
  }
}

#define ROW(name, from, to, expression)                                                                      \
  static void name(const void *in, void *out, int64_t n) {                                                   \
    const from *p = in;                                                                                      \
    to *q = out;                                                                                             \
    MC_EACH(i, n) {                                                                                          \
      const from x = p[i];                                                                                   \
      q[i] = expression;                                                                                     \
    }                                                                                                        \
  }

/* Values are clamped while still floating-point, because C leaves an out-of-range conversion undefined;
 * `below` is the largest float that the target holds. Clamping first and converting once is the form that
 * vectorises. */
#define CLAMPED(name, to, low, below, high)                                                                  \
  static void name(const void *in, void *out, int64_t n) {                                                   \
    const float *p = in;                                                                                     \
    to *q = out;                                                                                             \
    MC_EACH(i, n) {                                                                                          \
      const float x = p[i];                                                                                  \
      const float number = x == x ? x : 0.0f;                                                                \
      const float raised = number < (low) ? (low) : number;                                                  \
      const float clamped = raised > (below) ? (below) : raised;                                             \
      const to y = (to)clamped;                                                                              \
      q[i] = number > (below) ? (to)(high) : y;                                                              \
    }                                                                                                        \
  }

ROW(bf16_to_f32, uint16_t, float, mc_bits_to_float((uint32_t)x << 16))
ROW(f32_to_bf16, float, uint16_t, mc_float_to_bf16(x))
CLAMPED(f32_to_i32, int32_t, -0x1p31f, 0x1.fffffep30f, INT32_MAX)
CLAMPED(f32_to_i64, int64_t, -0x1p63f, 0x1.fffffep62f, INT64_MAX)
CLAMPED(f32_to_u8, uint8_t, 0.0f, 255.0f, 255)
CLAMPED(f32_to_i8, int8_t, -128.0f, 127.0f, 127)
ROW(i32_to_f32, int32_t, float, (float)x)
ROW(i64_to_f32, int64_t, float, (float)x)
ROW(u8_to_f32, uint8_t, float, (float)x)
ROW(i8_to_f32, int8_t, float, (float)x)
ROW(f32_to_f64, float, double, (double)x)
ROW(f64_to_f32, double, float, (float)x)
ROW(i32_to_i64, int32_t, int64_t, (int64_t)x)
ROW(i64_to_i32, int64_t, int32_t, (int32_t)(uint32_t)(uint64_t)x)

const mc_convert_table MC_ISA_NAME(mc_convert_rows) = {
    f16_to_f32, f32_to_f16, bf16_to_f32, f32_to_bf16, f32_to_i32, i32_to_f32, f32_to_u8,  u8_to_f32,
    f32_to_i8,  i8_to_f32,  f32_to_f64,  f64_to_f32,  i32_to_i64, i64_to_i32, f32_to_i64, i64_to_f32};
