/* The functions of isa/unary.c in double, through libm. */
#include <math.h>

#include "ops/unary.h"
#include "ops/isa/name.h"
#include "ops/special.h"

#define F(name) static inline double f_##name(double x, double p0, double p1, double p2)
#define UNUSED (void)p0, (void)p1, (void)p2

static inline double sigmoid(double x) {
  const double z = exp(-fabs(x));
  return (x < 0.0 ? z : 1.0) / (1.0 + z);
}

static inline double softplus(double x) { return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x))); }

F(ABS) { return UNUSED, fabs(x); }
F(NEG) { return UNUSED, -x; }
F(SIGN) { return UNUSED, x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x; }
F(EXP) { return UNUSED, exp(x); }
F(EXP_SCALED) { return exp((x * p0 + p1) * p2); }
F(EXPM1) { return UNUSED, expm1(x); }
F(LOG) { return UNUSED, log(x); }
F(LOG_SCALED) { return log(x * p0 + p1) * p2; }
F(LOG1P) { return UNUSED, log1p(x); }
F(SQRT) { return UNUSED, sqrt(x); }
F(RSQRT) { return UNUSED, 1.0 / sqrt(x); }
F(SQUARE) { return UNUSED, x * x; }
F(RECIPROCAL) { return UNUSED, 1.0 / x; }
F(FLOOR) { return UNUSED, floor(x); }
F(CEIL) { return UNUSED, ceil(x); }
F(ROUND) { return UNUSED, rint(x); }
F(TRUNC) { return UNUSED, trunc(x); }
F(SIN) { return UNUSED, sin(x); }
F(COS) { return UNUSED, cos(x); }
F(TAN) { return UNUSED, tan(x); }
F(SINH) { return UNUSED, sinh(x); }
F(COSH) { return UNUSED, cosh(x); }
F(ASIN) { return UNUSED, asin(x); }
F(ACOS) { return UNUSED, acos(x); }
F(ATAN) { return UNUSED, atan(x); }
F(ASINH) { return UNUSED, asinh(x); }
F(ACOSH) { return UNUSED, acosh(x); }
F(ATANH) { return UNUSED, atanh(x); }
F(ERF) { return UNUSED, erf(x); }
F(ERFC) { return UNUSED, erfc(x); }
F(SIGMOID) { return UNUSED, sigmoid(x); }
F(LOG_SIGMOID) { return UNUSED, -softplus(-x); }
F(TANH) { return UNUSED, tanh(x); }
F(RELU) { return UNUSED, x < 0.0 ? 0.0 : x; }
F(RELU6) { return UNUSED, x < 0.0 ? 0.0 : x > 6.0 ? 6.0 : x; }
F(LEAKY_RELU) { return UNUSED, x < 0.0 ? x * p0 : x; }
F(ELU) { return x < 0.0 ? p0 * expm1(x * p1) : x * p2; }
F(CELU) { return x < 0.0 ? p0 * expm1(x / p1) : x * p2; }
F(SELU) { return UNUSED, 1.0507009873554805 * (x < 0.0 ? 1.6732632423543773 * expm1(x) : x); }
F(SOFTPLUS) { return UNUSED, softplus(x); }
F(SOFTSIGN) { return UNUSED, x / (1.0 + fabs(x)); }
F(GELU) { return UNUSED, x * sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x)); }
F(FAST_GELU) { return UNUSED, x * sigmoid(1.702 * x); }
F(SWISH) { return UNUSED, x * sigmoid(x * p0); }
F(HARD_SWISH) { return UNUSED, x * f_RELU6(x + 3.0, 0, 0, 0) / 6.0; }
F(HARD_SIGMOID) {
  const double y = x * p0 + p1;
  return UNUSED, y < 0.0 ? 0.0 : y > 1.0 ? 1.0 : y;
}
F(MISH) { return UNUSED, x * tanh(softplus(x)); }
F(HARD_SHRINK) { return UNUSED, fabs(x) <= p0 ? 0.0 : x; }
F(SOFT_SHRINK) { return UNUSED, x > p0 ? x - p0 : x < -p0 ? x + p0 : x == x ? 0.0 : x; }
F(THRESHOLDED_RELU) { return UNUSED, x <= p0 ? 0.0 : x; }
F(POWER) { return pow(x * p1 + p2, p0); }
F(POWER_SQUARE) { return UNUSED, (x * p1 + p2) * (x * p1 + p2); }
F(ROUND_SCALED) { return UNUSED, p1 != 0.0 ? rint(x / p0) * p0 : rint(x * p0) / p0; }
F(ERFINV) { return UNUSED, mc_erfinv(x); }
F(NDTRI) { return UNUSED, mc_ndtri(x); }
F(DIGAMMA) { return UNUSED, mc_digamma(x); }
F(LGAMMA) { return UNUSED, mc_lgamma(x); }
F(NAN_TO_NUM) { return x != x ? p0 : x == INFINITY ? p1 : x == -INFINITY ? p2 : x; }
F(SHRINK) { return UNUSED, x > p0 ? x - p1 : x < -p0 ? x + p1 : x == x ? 0.0 : x; }
F(RELU_TO) { return UNUSED, x < 0.0 ? 0.0 : x > p0 ? p0 : x; }
F(AFFINE) { return UNUSED, x * p1 + p2; }

#define X(name)                                                                                              \
  static void tile_##name(const mc_op_call *call, const void *const *in, void *out, int64_t n,               \
                          uint32_t scalars) {                                                                \
    const float *p = ((const mc_map_params *)call->state)->p;                                                \
    const double *x = in[0];                                                                                 \
    double *y = out;                                                                                         \
    const int64_t step = !(scalars & 1);                                                                     \
    const double first = x[0];                                                                               \
    MC_EACH(i, n) { y[i] = f_##name(step ? x[i] : first, p[0], p[1], p[2]); }                                \
  }
MC_UNARY_FLOAT(X)
X(SIN)
X(COS)
#undef X

mc_op_tile *const mc_unary_f64[MC_UNARY_COUNT] = {
#define X(name) [MC_UNARY_##name] = tile_##name,
    MC_UNARY_FLOAT(X) X(SIN) X(COS)
#undef X
};
