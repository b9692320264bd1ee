/* Row arithmetic. 16-bit floats are computed in float and rounded after every step, as if stored each time. */
#include "ops/combine.h"

#include <string.h>

#define COMBINE(type, wide, load, save)                                                                      \
  for (int64_t i = 0; i < n; ++i) {                                                                          \
    const wide a = load(((const type *)y)[i]);                                                               \
    const wide b = load(((const type *)x)[i]);                                                               \
    ((type *)y)[i] = save(how == MC_PLUS     ? a + b                                                         \
                          : how == MC_MINUS  ? a - b                                                         \
                          : how == MC_TIMES  ? a * b                                                         \
                          : how == MC_LARGER ? (a < b || b != b ? b : a)                                     \
                                             : (a > b || b != b ? b : a));                                   \
  }                                                                                                          \
  break

/* Sums and products modulo 2^64, of which the type keeps the low bits; comparisons in the type itself. */
#define COMBINE_INT(type)                                                                                    \
  for (int64_t i = 0; i < n; ++i) {                                                                          \
    const type a = ((const type *)y)[i];                                                                     \
    const type b = ((const type *)x)[i];                                                                     \
    const uint64_t u = (uint64_t)a;                                                                          \
    const uint64_t v = (uint64_t)b;                                                                          \
    ((type *)y)[i] = how == MC_PLUS     ? (type)(u + v)                                                      \
                     : how == MC_MINUS  ? (type)(u - v)                                                      \
                     : how == MC_TIMES  ? (type)(u * v)                                                      \
                     : how == MC_LARGER ? (a < b ? b : a)                                                    \
                                        : (a > b ? b : a);                                                   \
  }                                                                                                          \
  break

#define AS_IS(value) (value)

void mc_combine(int dtype, mc_combine_kind how, void *y, const void *x, int64_t n) {
  if (how == MC_PUT) {
    memcpy(y, x, (size_t)n * mc_dtype_size(dtype));
    return;
  }
  switch (dtype) {
  case MC_FLOAT:
    COMBINE(float, float, AS_IS, AS_IS);
  case MC_DOUBLE:
    COMBINE(double, double, AS_IS, AS_IS);
  case MC_FLOAT16:
    COMBINE(uint16_t, float, mc_half_to_float, mc_float_to_half);
  case MC_BF16:
    COMBINE(uint16_t, float, mc_bf16_to_float, mc_float_to_bf16);
  case MC_BOOL:
    for (int64_t i = 0; i < n; ++i) {
      const bool both = how == MC_TIMES || how == MC_SMALLER;
      bool *a = (bool *)y + i;
      const bool b = ((const bool *)x)[i];
      *a = both ? *a && b : how == MC_MINUS ? *a != b : *a || b;
    }
    break;
  case MC_INT8:
    COMBINE_INT(int8_t);
  case MC_UINT8:
    COMBINE_INT(uint8_t);
  case MC_INT16:
    COMBINE_INT(int16_t);
  case MC_UINT16:
    COMBINE_INT(uint16_t);
  case MC_INT32:
    COMBINE_INT(int32_t);
  case MC_UINT32:
    COMBINE_INT(uint32_t);
  case MC_INT64:
    COMBINE_INT(int64_t);
  default:
    COMBINE_INT(uint64_t);
  }
}
