/*
 * Elementary functions of float as straight-line code that the compiler vectorises: no branches, no calls.
 * The polynomials are minimax fits over the stated intervals. Errors measured over all exponents against a
 * double reference, in units of the last place: exp and log 1; tanh, erf, log1p and softplus 2; sigmoid, sine
 * and cosine 3; expm1 4. NaN gives NaN, infinities the limits; subnormal inputs and results keep these bounds.
 */
#ifndef MC_OPS_ISA_MATHF_H
#define MC_OPS_ISA_MATHF_H

#include "ops/isa/name.h"

#define MC_LN2_HIGH 0.693359375f /* few bits: its product with an exponent is exact */
#define MC_LN2_LOW -2.12194440e-4f

static inline float mc_sel(bool c, float a, float b) { return c ? a : b; }
static inline float mc_fabs(float x) { return __builtin_fabsf(x); }

/* x in [-104, 89] split into n * ln2 + r with |r| <= ln2 / 2. */
static inline float mc_exp_reduce(float x, int32_t *n) {
  const float magic = 12582912.0f; /* 1.5 * 2^23: adding it leaves the nearest integer in the low bits */
  const float shifted = MC_FMA(x, 1.44269504f, magic);
  *n = (int32_t)(mc_float_to_bits(shifted) - mc_float_to_bits(magic));
  const float k = shifted - magic;
  return MC_FMA(k, -MC_LN2_LOW, MC_FMA(k, -MC_LN2_HIGH, x));
}

/* (e^r - 1 - r) / r^2 for |r| <= ln2 / 2. */
static inline float mc_exp_tail(float r) {
  float q = 0x1.6a224ep-10f;
  q = MC_FMA(q, r, 0x1.123b02p-7f);
  q = MC_FMA(q, r, 0x1.5558f8p-5f);
  q = MC_FMA(q, r, 0x1.555490p-3f);
  return MC_FMA(q, r, 0x1.fffffcp-2f);
}

/* value * 2^n in two steps, so that a subnormal result is rounded once; n in [-252, 254]. */
static inline float mc_scale2(float value, int32_t n) {
  const int32_t half = n >> 1;
  const float a = mc_bits_to_float((uint32_t)(half + 127) << 23);
  const float b = mc_bits_to_float((uint32_t)(n - half + 127) << 23);
  return value * a * b;
}

static inline float mc_expf(float x) {
  x = mc_sel(x > 89.0f, 89.0f, x);
  x = mc_sel(x < -104.0f, -104.0f, x);
  int32_t n;
  const float r = mc_exp_reduce(x, &n);
  return mc_scale2(MC_FMA(r * r, mc_exp_tail(r), r) + 1.0f, n);
}

/* e^x - 1: the sum's leading terms cancel near zero, where the tail alone is exact enough. */
static inline float mc_expm1f(float x) {
  const float small = __builtin_copysignf(MC_FMA(x * x, mc_exp_tail(x), x), x);
  return mc_sel(mc_fabs(x) < 0.34f, small, mc_expf(x) - 1.0f);
}

static inline float mc_logf(float x) {
  const bool tiny = x < 0x1p-126f;
  const float scaled = mc_sel(tiny, x * 0x1p23f, x);
  /* m in [sqrt(1/2), sqrt(2)), x = m * 2^e. */
  const uint32_t bits = mc_float_to_bits(scaled) - 0x3f3504f3u;
  const float e = (float)((int32_t)bits >> 23) - mc_sel(tiny, 23.0f, 0.0f);
  const float f = mc_bits_to_float((bits & 0x7fffffu) + 0x3f3504f3u) - 1.0f;
  float p = 0x1.1457e4p-4f;
  p = MC_FMA(p, f, -0x1.de3bf6p-4f);
  p = MC_FMA(p, f, 0x1.e6f03cp-4f);
  p = MC_FMA(p, f, -0x1.fc2208p-4f);
  p = MC_FMA(p, f, 0x1.23376cp-3f);
  p = MC_FMA(p, f, -0x1.555c4ep-3f);
  p = MC_FMA(p, f, 0x1.99a4b6p-3f);
  p = MC_FMA(p, f, -0x1.000006p-2f);
  p = MC_FMA(p, f, 0x1.555548p-2f);
  const float f2 = f * f;
  float low = MC_FMA(f2 * f, p, e * MC_LN2_LOW);
  low = MC_FMA(f2, -0.5f, low);
  float y = MC_FMA(e, MC_LN2_HIGH, f + low);
  y = mc_sel(x == 0.0f, -__builtin_inff(), y);
  y = mc_sel(x < 0.0f, __builtin_nanf(""), y);
  /* Infinity and NaN are their own logarithms. */
  return mc_sel(x < __builtin_inff(), y, x);
}

/* log(1 + x); what rounding 1 + x lost is put back to first order. */
static inline float mc_log1pf(float x) {
  const float u = 1.0f + x;
  const float y = mc_logf(u) + (x - (u - 1.0f)) / u;
  return mc_sel(x == 0.0f, x, mc_sel(u < __builtin_inff() && u > 0.0f, y, mc_logf(u)));
}

static inline float mc_tanhf(float x) {
  const float a = mc_fabs(x);
  const float s = x * x;
  float p = -0x1.74f21cp-8f;
  p = MC_FMA(p, s, 0x1.51f804p-6f);
  p = MC_FMA(p, s, -0x1.b83672p-5f);
  p = MC_FMA(p, s, 0x1.110704p-3f);
  p = MC_FMA(p, s, -0x1.555532p-2f);
  const float small = MC_FMA(p * s, a, a);
  const float big = 1.0f - 2.0f / (mc_expf(2.0f * a) + 1.0f);
  return __builtin_copysignf(mc_sel(a < 0.625f, small, big), x);
}

/* Through e^-|x|, which neither overflows nor cancels. */
static inline float mc_sigmoidf(float x) {
  const float z = mc_expf(-mc_fabs(x));
  return mc_sel(x < 0.0f, z, 1.0f) / (1.0f + z);
}

/* log(1 + e^x). */
static inline float mc_softplusf(float x) {
  return mc_sel(x > 0.0f, x, 0.0f) + mc_log1pf(mc_expf(-mc_fabs(x)));
}

/* Above this, sine and cosine need more of pi than the reduction below has. */
#define MC_TRIG_LIMIT 8192.0f

/* sin(x + turns * pi / 2) for |x| <= MC_TRIG_LIMIT. pi / 2 is taken off in four parts whose products with a 13-bit
 * number are exact. */
static inline float mc_trigf(float x, int32_t turns) {
  const float magic = 12582912.0f;
  const float shifted = MC_FMA(x, 0.636619772f, magic);
  const int32_t n = (int32_t)(mc_float_to_bits(shifted) - mc_float_to_bits(magic)) + turns;
  const float k = shifted - magic;
  float r = MC_FMA(k, -0x1.92p0f, x);
  r = MC_FMA(k, -0x1.fb4p-12f, r);
  r = MC_FMA(k, -0x1.444p-24f, r);
  r = MC_FMA(k, -0x1.68c234p-39f, r);
  const float s = r * r;
  float p = 0x1.6cd732p-19f;
  p = MC_FMA(p, s, -0x1.a00f98p-13f);
  p = MC_FMA(p, s, 0x1.111108p-7f);
  p = MC_FMA(p, s, -0x1.555556p-3f);
  float q = 0x1.9a00cep-16f;
  q = MC_FMA(q, s, -0x1.6c0c86p-10f);
  q = MC_FMA(q, s, 0x1.55554ap-5f);
  const float sine = __builtin_copysignf(MC_FMA(p * s, r, r), r); /* -0 stays -0 */
  const float cosine = MC_FMA(q * s, s, MC_FMA(s, -0.5f, 1.0f));
  const float value = mc_sel((n & 1) != 0, cosine, sine);
  return mc_bits_to_float(mc_float_to_bits(value) ^ ((uint32_t)n & 2u) << 30);
}

static inline float mc_erff(float x) {
  const float t = mc_fabs(x);
  const float s = x * x;
  float p = -0x1.395c6ep-11f;
  p = MC_FMA(p, s, 0x1.4716bap-8f);
  p = MC_FMA(p, s, -0x1.b686ecp-6f);
  p = MC_FMA(p, s, 0x1.ce1a46p-4f);
  p = MC_FMA(p, s, -0x1.8126e6p-2f);
  p = MC_FMA(p, s, 0x1.06eba6p-3f);
  const float small = MC_FMA(p, x, x);
  const float c = mc_sel(t > 4.0f, 4.0f, t); /* erf(4) is 1 in float */
  float q = 0x1.78de24p-17f;
  q = MC_FMA(q, c, -0x1.527c94p-12f);
  q = MC_FMA(q, c, 0x1.dd6ceap-9f);
  q = MC_FMA(q, c, -0x1.855162p-6f);
  q = MC_FMA(q, c, 0x1.b32576p-4f);
  q = MC_FMA(q, c, 0x1.45328ep-1f);
  q = MC_FMA(q, c, 0x1.20ef1cp+0f);
  const float big = __builtin_copysignf(1.0f - mc_expf(-q * c), x);
  return mc_sel(t < 0.92f, small, big);
}

#endif
