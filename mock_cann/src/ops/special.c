/* Inverses by Newton's method from a rough start, digamma by recurrence and its asymptotic series. */
#include "ops/special.h"

#include <math.h>

#define ROOT_2 1.4142135623730950488
#define ROOT_PI 1.7724538509055160273
#define PI 3.14159265358979323846

/* x > 0 with erfc(x) = q, for q in (0, 1]. Steps are taken in log(erfc), which is nearly a parabola: they converge from
 * everywhere and keep their relative precision in the tail. */
static double erfc_inverse(double q) {
  double x = q > 0.1 ? (1 - q) * ROOT_PI / 2 : sqrt(-log(q));
  for (int i = 0; i < 60; ++i) {
    const double value = erfc(x);
    if (!(value > 0)) {
      x *= 0.75;
      continue;
    }
    /* The derivative of log(erfc(x)) is -2 / sqrt(pi) * e^(-x^2) / erfc(x). */
    const double step = (log(value) - log(q)) * value * ROOT_PI / 2 * exp(x * x);
    x += step;
    if (fabs(step) <= 1e-16 * fabs(x)) {
      break;
    }
  }
  return x;
}

double mc_erfinv(double y) {
  const double m = fabs(y);
  if (!(m < 1)) {
    return m == 1 ? copysign(INFINITY, y) : NAN;
  }
  if (m > 0.5) {
    return copysign(erfc_inverse(1 - m), y); /* 1 - m is exact here */
  }
  double x = m * ROOT_PI / 2;
  for (int i = 0; i < 20; ++i) {
    const double step = (m - erf(x)) * ROOT_PI / 2 * exp(x * x);
    x += step;
    if (fabs(step) <= 1e-17 + 1e-16 * x) {
      break;
    }
  }
  return copysign(x, y);
}

double mc_ndtri(double p) {
  if (!(p > 0 && p < 1)) {
    return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
  }
  if (p > 0.25 && p < 0.75) {
    return ROOT_2 * mc_erfinv(2 * p - 1);
  }
  return p < 0.5 ? -ROOT_2 * erfc_inverse(2 * p) : ROOT_2 * erfc_inverse(2 * (1 - p));
}

double mc_digamma(double x) {
  double result = 0;
  if (x == 0) {
    return signbit(x) ? INFINITY : -INFINITY;
  }
  if (x < 0) {
    if (floor(x) == x) {
      return NAN;
    }
    /* psi(x) = psi(1 - x) - pi / tan(pi x), the tangent of the part behind the point. */
    result = -PI / tan(PI * (x - floor(x)));
    x = 1 - x;
  }
  for (; x < 12; ++x) {
    result -= 1 / x;
  }
  const double z = 1 / (x * x);
  const double series =
      z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (5.0 / 660 - z * (691.0 / 32760 - z / 12))))));
  return result + log(x) - 0.5 / x - series;
}

double mc_lgamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}
