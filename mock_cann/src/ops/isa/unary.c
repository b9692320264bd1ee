/* Functions of one float. The parameters p0, p1, p2 mean what the table in ops/unary.c says. */
#include <math.h>

#include "ops/isa/map.h"
#include "ops/isa/mathf.h"
#include "ops/special.h"

#define F(name) static inline float f_##name(float x, float p0, float p1, float p2)
#define UNUSED (void)p0, (void)p1, (void)p2

F(ABS) { return UNUSED, mc_fabs(x); }
F(NEG) { return UNUSED, -x; }
F(SIGN) { return UNUSED, x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x; }
F(EXP) { return UNUSED, mc_expf(x); }
F(EXP_SCALED) { return mc_expf((x * p0 + p1) * p2); }
F(EXPM1) { return UNUSED, mc_expm1f(x); }
F(LOG) { return UNUSED, mc_logf(x); }
F(LOG_SCALED) { return mc_logf(x * p0 + p1) * p2; }
F(LOG1P) { return UNUSED, mc_log1pf(x); }
F(SQRT) { return UNUSED, sqrtf(x); }
F(RSQRT) { return UNUSED, 1.0f / sqrtf(x); }
F(SQUARE) { return UNUSED, x * x; }
F(RECIPROCAL) { return UNUSED, 1.0f / x; }
F(FLOOR) { return UNUSED, floorf(x); }
F(CEIL) { return UNUSED, ceilf(x); }
F(ROUND) { return UNUSED, rintf(x); }
F(TRUNC) { return UNUSED, truncf(x); }
F(TAN) { return UNUSED, tanf(x); }
F(SINH) { return UNUSED, sinhf(x); }
F(COSH) { return UNUSED, coshf(x); }
F(ASIN) { return UNUSED, asinf(x); }
F(ACOS) { return UNUSED, acosf(x); }
F(ATAN) { return UNUSED, atanf(x); }
F(ASINH) { return UNUSED, asinhf(x); }
F(ACOSH) { return UNUSED, acoshf(x); }
F(ATANH) { return UNUSED, atanhf(x); }
F(ERF) { return UNUSED, mc_erff(x); }
F(ERFC) { return UNUSED, erfcf(x); }
F(SIGMOID) { return UNUSED, mc_sigmoidf(x); }
F(LOG_SIGMOID) { return UNUSED, -mc_softplusf(-x); }
F(TANH) { return UNUSED, mc_tanhf(x); }
F(RELU) { return UNUSED, x < 0.0f ? 0.0f : x; }
F(RELU6) { return UNUSED, x < 0.0f ? 0.0f : x > 6.0f ? 6.0f : x; }
F(LEAKY_RELU) { return UNUSED, x < 0.0f ? x * p0 : x; }
F(ELU) { return x < 0.0f ? p0 * mc_expm1f(x * p1) : x * p2; }
F(CELU) { return x < 0.0f ? p0 * mc_expm1f(x / p1) : x * p2; }
F(SELU) { return UNUSED, 1.05070098f * (x < 0.0f ? 1.67326324f * mc_expm1f(x) : x); }
F(SOFTPLUS) { return UNUSED, mc_softplusf(x); }
F(SOFTSIGN) { return UNUSED, x / (1.0f + mc_fabs(x)); }
/* x * (1 + tanh(u)) / 2 with u = sqrt(2 / pi) * (x + 0.044715 x^3); the bracket's half is sigmoid(2 u). */
F(GELU) { return UNUSED, x * mc_sigmoidf(1.59576912f * (x + 0.044715f * x * x * x)); }
F(FAST_GELU) { return UNUSED, x * mc_sigmoidf(1.702f * x); }
F(SWISH) { return UNUSED, x * mc_sigmoidf(x * p0); }
F(HARD_SWISH) { return UNUSED, x * f_RELU6(x + 3.0f, 0, 0, 0) * 0.166666667f; }
F(HARD_SIGMOID) {
  const float y = x * p0 + p1;
  return UNUSED, y < 0.0f ? 0.0f : y > 1.0f ? 1.0f : y;
}
/* tanh(log(1 + e)) with e = e^x is (e^2 + 2e) / (e^2 + 2e + 2). */
F(MISH) {
  const float e = mc_expf(x > 20.0f ? 20.0f : x);
  const float m = e * (e + 2.0f);
  return UNUSED, x * (m / (m + 2.0f));
}
F(HARD_SHRINK) { return UNUSED, mc_fabs(x) <= p0 ? 0.0f : x; }
F(SOFT_SHRINK) { return UNUSED, x > p0 ? x - p0 : x < -p0 ? x + p0 : x == x ? 0.0f : x; }
F(THRESHOLDED_RELU) { return UNUSED, x <= p0 ? 0.0f : x; }
F(POWER) { return powf(x * p1 + p2, p0); }
F(POWER_SQUARE) { return UNUSED, (x * p1 + p2) * (x * p1 + p2); }
F(ROUND_SCALED) { return UNUSED, p1 != 0.0f ? rintf(x / p0) * p0 : rintf(x * p0) / p0; }
F(ERFINV) { return UNUSED, (float)mc_erfinv((double)x); }
F(NDTRI) { return UNUSED, (float)mc_ndtri((double)x); }
F(DIGAMMA) { return UNUSED, (float)mc_digamma((double)x); }
F(LGAMMA) { return UNUSED, (float)mc_lgamma((double)x); }
F(NAN_TO_NUM) { return x != x ? p0 : x == INFINITY ? p1 : x == -INFINITY ? p2 : x; }
F(SHRINK) { return UNUSED, x > p0 ? x - p1 : x < -p0 ? x + p1 : x == x ? 0.0f : x; }
F(RELU_TO) { return UNUSED, x < 0.0f ? 0.0f : x > p0 ? p0 : x; }
F(AFFINE) { return UNUSED, x * p1 + p2; }

/* Sine and cosine by polynomial while every number of a stretch is small enough, by libm otherwise. */
#define TRIGONOMETRIC(name, turns, exact)                                                                    \
  static void wave_##name(const float *x, float *y, int64_t n) {                                             \
    for (int64_t begin = 0; begin < n; begin += STRETCH) {                                                   \
      const int64_t end = n - begin < STRETCH ? n : begin + STRETCH;                                         \
      uint32_t large = 0;                                                                                    \
      for (int64_t i = begin; i < end; ++i) {                                                                \
        large |= !(mc_fabs(x[i]) <= MC_TRIG_LIMIT);                                                          \
      }                                                                                                      \
      if (large) {                                                                                           \
        for (int64_t i = begin; i < end; ++i) {                                                              \
          y[i] = exact(x[i]);                                                                                \
        }                                                                                                    \
      } else {                                                                                               \
        _Pragma("GCC ivdep") for (int64_t i = begin; i < end; ++i) { y[i] = mc_trigf(x[i], turns); }         \
      }                                                                                                      \
    }                                                                                                        \
  }                                                                                                          \
  static void tile_##name(const mc_op_call *call, const void *const *in, void *out, int64_t n,          \
                               uint32_t scalars) {                                                           \
    (void)call;                                                                                              \
    wave_##name(in[0], out, scalars & 1 ? 1 : n);                                                            \
    for (int64_t i = 1; (scalars & 1) && i < n; ++i) {                                                       \
      ((float *)out)[i] = ((float *)out)[0];                                                                 \
    }                                                                                                        \
  }
enum { STRETCH = 512 };
TRIGONOMETRIC(SIN, 0, sinf)
TRIGONOMETRIC(COS, 1, cosf)

#define X(name)                                                                                              \
  static void tile_##name(const mc_op_call *call, const void *const *in, void *out, int64_t n,               \
                          uint32_t scalars) {                                                                \
    const float *p = ((const mc_map_params *)call->state)->p;                                                \
    const float p0 = p[0], p1 = p[1], p2 = p[2];                                                             \
    const float *x = in[0];                                                                                  \
    float *y = out;                                                                                          \
    if (scalars & 1) {                                                                                       \
      const float value = f_##name(x[0], p0, p1, p2);                                                        \
      MC_EACH(i, n) { y[i] = value; }                                                                        \
      return;                                                                                                \
    }                                                                                                        \
    MC_EACH(i, n) { y[i] = f_##name(x[i], p0, p1, p2); }                                                     \
  }
MC_UNARY_FLOAT(X)
#undef X

const mc_unary_table MC_ISA_NAME(mc_unary_kernels) = {{
#define X(name) [MC_UNARY_##name] = tile_##name,
    MC_UNARY_FLOAT(X)
#undef X
        [MC_UNARY_SIN] = tile_SIN,
    [MC_UNARY_COS] = tile_COS,
}};
