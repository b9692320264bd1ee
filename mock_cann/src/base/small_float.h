/*
 * Floats of 8 bits and less: a sign (or none), an exponent whose least normal is 2^least, and `mantissa`
 * bits. One rounding and one reading serve all of them, because a code counts the numbers from zero upwards.
 */
#ifndef MC_BASE_SMALL_FLOAT_H
#define MC_BASE_SMALL_FLOAT_H

#include "base/dtype.h"

typedef struct mc_small_float {
  int mantissa, least; /* bits behind the point; exponent of the least normal number */
  uint8_t largest;     /* code of the largest finite number */
  uint8_t beyond;      /* code of what overflows when nothing saturates */
  uint8_t nan;         /* the same as `beyond` where there is no infinity; 0: a NaN becomes zero */
  uint8_t sign;        /* the sign bit */
} mc_small_float;

static const mc_small_float mc_e5m2 = {2, -14, 0x7b, 0x7c, 0x7e, 0x80};
static const mc_small_float mc_e4m3fn = {3, -6, 0x7e, 0x7f, 0x7f, 0x80};
static const mc_small_float mc_e2m1 = {1, 0, 0x7, 0x7, 0, 0x8};

static inline float mc_power_of_two(int exponent) {
  return mc_bits_to_float((uint32_t)(exponent + 127) << 23);
}

/* Nearest, ties to even. What is too large becomes the largest number when `saturate`, else `beyond`. */
static inline uint8_t mc_small_from_float(const mc_small_float *kind, float value, bool saturate) {
  const uint32_t bits = mc_float_to_bits(value);
  const uint8_t sign = bits >> 31 ? kind->sign : 0;
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return (uint8_t)(sign | kind->nan);
  }
  const int exponent = (int)(magnitude >> 23) - 127;
  uint32_t code = UINT32_MAX;
  if (exponent < 20) {
    const int scale = exponent < kind->least ? kind->least : exponent;
    /* In units of the last place: at most mantissa + 1 bits in front of the point, so adding and taking away
     * 2^23 rounds. */
    const float units = mc_bits_to_float(magnitude) * mc_power_of_two(kind->mantissa - scale);
    const volatile float rounded = units + 0x1p23f;
    code = ((uint32_t)(scale - kind->least) << kind->mantissa) + (uint32_t)(rounded - 0x1p23f);
  }
  if (code > kind->largest) {
    code = saturate ? kind->largest : kind->beyond;
  }
  return (uint8_t)(sign | code);
}

static inline float mc_small_to_float(const mc_small_float *kind, uint8_t byte) {
  const uint32_t code = byte & (kind->sign - 1u);
  const uint32_t fraction = code & ((1u << kind->mantissa) - 1u);
  const int exponent = (int)(code >> kind->mantissa);
  float value = 0.0f;
  if (code > kind->largest) {
    value = mc_bits_to_float(code == kind->beyond && kind->beyond != kind->nan ? 0x7f800000u : 0x7fc00000u);
  } else if (exponent == 0) {
    value = (float)fraction * mc_power_of_two(kind->least - kind->mantissa);
  } else {
    value = (float)(fraction + (1u << kind->mantissa)) *
            mc_power_of_two(kind->least + exponent - 1 - kind->mantissa);
  }
  return byte & kind->sign ? -value : value;
}

/* E8M0 is a power of two without sign: 2^(code - 127), 255 is NaN. Nearest in value, the larger one at the
 * middle; negative numbers are NaN, smaller ones the least power. */
static inline uint8_t mc_float_to_e8m0(float value) {
  const uint32_t bits = mc_float_to_bits(value);
  if (value != value || value < 0.0f) {
    return 0xff;
  }
  if (bits < 0x00800000u) { /* below 2^-126 in steps of 2^-149 */
    return bits >= 0x00600000u ? 1 : 0;
  }
  const uint32_t code = (bits >> 23) + (bits >> 22 & 1u);
  return (uint8_t)(code > 0xfe ? 0xfe : code);
}

static inline float mc_e8m0_to_float(uint8_t code) {
  return code == 0xff ? mc_bits_to_float(0x7fc00000u)
                      : mc_bits_to_float(code == 0 ? 0x00400000u : (uint32_t)code << 23);
}

#endif
