/* Element by element; the semantics stand in the header. */
#include "ops/binary_slow.h"

#include <math.h>

#include "ops/isa/name.h"

#define KERNEL(name, suffix, type)                                                                           \
  static void tile_##name##_##suffix(const mc_op_call *call, const void *const *in, void *out, int64_t n,    \
                                     uint32_t scalars) {                                                     \
    (void)call;                                                                                              \
    const type *x = in[0];                                                                                   \
    const type *y = in[1];                                                                                   \
    type *z = out;                                                                                           \
    const type a = x[0];                                                                                     \
    const type b = y[0];                                                                                     \
    for (int64_t i = 0; i < n; ++i) {                                                                        \
      z[i] = name##_##suffix(scalars & 1 ? a : x[i], scalars & 2 ? b : y[i]);                                \
    }                                                                                                        \
  }

#define FLOAT_FUNCTIONS(suffix, type, f)                                                                     \
  static type truncate_div_##suffix(type a, type b) { return trunc##f(a / b); }                              \
  static type floor_div_##suffix(type a, type b) { return floor##f(a / b); }                                 \
  static type truncate_mod_##suffix(type a, type b) { return fmod##f(a, b); }                                \
  static type floor_mod_##suffix(type a, type b) {                                                           \
    const type r = fmod##f(a, b);                                                                            \
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;                                                         \
  }                                                                                                          \
  static type power_##suffix(type a, type b) { return pow##f(a, b); }                                        \
  static type atan2_##suffix(type a, type b) { return atan2##f(a, b); }                                      \
  static type xlogy_##suffix(type a, type b) { return a == 0 && b == b ? 0 : a * log##f(b); }                \
  static type xdivy_##suffix(type a, type b) { return a == 0 && b == b ? 0 : a / b; }                        \
  KERNEL(truncate_div, suffix, type)                                                                         \
  KERNEL(floor_div, suffix, type)                                                                            \
  KERNEL(truncate_mod, suffix, type)                                                                         \
  KERNEL(floor_mod, suffix, type)                                                                            \
  KERNEL(power, suffix, type)                                                                                \
  KERNEL(atan2, suffix, type)                                                                                \
  KERNEL(xlogy, suffix, type)                                                                                \
  KERNEL(xdivy, suffix, type)

FLOAT_FUNCTIONS(f32, float, f)
FLOAT_FUNCTIONS(f64, double, )

/* Powers by squaring, modulo 2^64; the caller keeps the low bits. */
static uint64_t wrapping_power(uint64_t base, uint64_t exponent) {
  uint64_t result = 1;
  for (; exponent != 0; exponent >>= 1) {
    result *= exponent & 1 ? base : 1;
    base *= base;
  }
  return result;
}

#define INT_KERNELS(suffix, type)                                                                            \
  KERNEL(truncate_div, suffix, type)                                                                         \
  KERNEL(floor_div, suffix, type)                                                                            \
  KERNEL(truncate_mod, suffix, type)                                                                         \
  KERNEL(floor_mod, suffix, type)                                                                            \
  KERNEL(power, suffix, type)                                                                                \
  KERNEL(left_shift, suffix, type)                                                                           \
  KERNEL(right_shift, suffix, type)

#define SIGNED_FUNCTIONS(suffix, type, bits)                                                                 \
  static type truncate_div_##suffix(type a, type b) {                                                        \
    return b == 0 ? 0 : b == -1 ? (type)(0 - (uint64_t)a) : (type)(a / b);                                   \
  }                                                                                                          \
  static type truncate_mod_##suffix(type a, type b) { return b == 0 || b == -1 ? 0 : (type)(a % b); }        \
  static type floor_div_##suffix(type a, type b) {                                                           \
    const type q = truncate_div_##suffix(a, b);                                                              \
    return truncate_mod_##suffix(a, b) != 0 && (a < 0) != (b < 0) ? (type)(q - 1) : q;                       \
  }                                                                                                          \
  static type floor_mod_##suffix(type a, type b) {                                                           \
    const type r = truncate_mod_##suffix(a, b);                                                              \
    return r != 0 && (r < 0) != (b < 0) ? (type)(r + b) : r;                                                 \
  }                                                                                                          \
  static type power_##suffix(type a, type b) {                                                               \
    if (b < 0) {                                                                                             \
      return a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1) : 0;                                                    \
    }                                                                                                        \
    return (type)wrapping_power((uint64_t)a, (uint64_t)b);                                                   \
  }                                                                                                          \
  static type left_shift_##suffix(type a, type b) {                                                          \
    return b < 0 || b >= bits ? 0 : (type)((uint64_t)a << b);                                                \
  }                                                                                                          \
  static type right_shift_##suffix(type a, type b) {                                                         \
    return b < 0 || b >= bits ? (type)(a < 0 ? -1 : 0) : (type)(a >> b);                                     \
  }                                                                                                          \
  INT_KERNELS(suffix, type)

#define UNSIGNED_FUNCTIONS(suffix, type, bits)                                                               \
  static type truncate_div_##suffix(type a, type b) { return b == 0 ? 0 : (type)(a / b); }                   \
  static type truncate_mod_##suffix(type a, type b) { return b == 0 ? 0 : (type)(a % b); }                   \
  static type floor_div_##suffix(type a, type b) { return truncate_div_##suffix(a, b); }                     \
  static type floor_mod_##suffix(type a, type b) { return truncate_mod_##suffix(a, b); }                     \
  static type power_##suffix(type a, type b) { return (type)wrapping_power(a, b); }                          \
  static type left_shift_##suffix(type a, type b) { return b >= bits ? 0 : (type)((uint64_t)a << b); }       \
  static type right_shift_##suffix(type a, type b) { return b >= bits ? 0 : (type)(a >> b); }                \
  INT_KERNELS(suffix, type)

SIGNED_FUNCTIONS(i8, int8_t, 8)
SIGNED_FUNCTIONS(i16, int16_t, 16)
SIGNED_FUNCTIONS(i32, int32_t, 32)
SIGNED_FUNCTIONS(i64, int64_t, 64)
UNSIGNED_FUNCTIONS(u8, uint8_t, 8)
UNSIGNED_FUNCTIONS(u16, uint16_t, 16)
UNSIGNED_FUNCTIONS(u32, uint32_t, 32)
UNSIGNED_FUNCTIONS(u64, uint64_t, 64)

void mc_pow_two(const mc_op_call *call, const void *const *in, void *out, int64_t n, uint32_t scalars) {
  (void)call;
  const float *x = in[0];
  float *y = out;
  const float first = x[0];
  MC_EACH(i, n) {
    const float value = scalars & 1 ? first : x[i];
    y[i] = value * value;
  }
}

#define FLOATS(name) [MC_LANE_F32] = tile_##name##_f32, [MC_LANE_F64] = tile_##name##_f64
#define INTS(name)                                                                                           \
  [MC_LANE_I8] = tile_##name##_i8, [MC_LANE_I16] = tile_##name##_i16, [MC_LANE_I32] = tile_##name##_i32,     \
  [MC_LANE_I64] = tile_##name##_i64, [MC_LANE_U8] = tile_##name##_u8, [MC_LANE_U16] = tile_##name##_u16,     \
  [MC_LANE_U32] = tile_##name##_u32, [MC_LANE_U64] = tile_##name##_u64

mc_op_tile *const mc_binary_slow[MC_SLOW_COUNT][MC_LANE_NATIVE] = {
    [MC_SLOW_TRUNCATE_DIV] = {FLOATS(truncate_div), INTS(truncate_div)},
    [MC_SLOW_FLOOR_DIV] = {FLOATS(floor_div), INTS(floor_div)},
    [MC_SLOW_TRUNCATE_MOD] = {FLOATS(truncate_mod), INTS(truncate_mod)},
    [MC_SLOW_FLOOR_MOD] = {FLOATS(floor_mod), INTS(floor_mod)},
    [MC_SLOW_POW] = {FLOATS(power), INTS(power)},
    [MC_SLOW_ATAN2] = {FLOATS(atan2)},
    [MC_SLOW_XLOGY] = {FLOATS(xlogy)},
    [MC_SLOW_XDIVY] = {FLOATS(xdivy)},
    [MC_SLOW_LEFT_SHIFT] = {INTS(left_shift)},
    [MC_SLOW_RIGHT_SHIFT] = {INTS(right_shift)},
};
