/* All pairs of types. What has no row of its own in isa/convert.c is written here once, element by element.
 */
#include "ops/convert.h"

#include <string.h>

#include "base/small_float.h"
#include "ops/isa.h"
#include "ops/isa/convert.h"

MC_ISA_DECLARE(mc_convert_table, mc_convert_rows);

float mc_odd_from_double(double x) {
  const float y = (float)x;
  const double back = (double)y;
  if (back == x || x != x || back - back != 0.0) {
    return y;
  }
  const uint32_t bits = mc_float_to_bits(y);
  if (bits & 1u) {
    return y;
  }
  /* y is even and inexact: its odd neighbour on x's side. Magnitudes are ordered like their bits. */
  const bool away = x < 0 ? back > x : back < x;
  return mc_bits_to_float(away ? bits + 1 : bits - 1);
}

static float odd_from_magnitude(uint64_t m) {
  if (m >> 24 == 0) {
    return (float)m;
  }
  const int shift = 40 - __builtin_clzll(m);
  const uint64_t kept = m >> shift;
  const uint64_t lost = m & ((UINT64_C(1) << shift) - 1);
  return (float)(kept | (lost != 0)) * (float)(UINT64_C(1) << shift);
}

static float odd_from_i64(int64_t x) {
  return x < 0 ? -odd_from_magnitude(-(uint64_t)x) : odd_from_magnitude((uint64_t)x);
}

/* Reading an element as the widest type of its kind. */
typedef double real;
#define READ_f32(x) ((real)(x))
#define READ_f64(x) (x)
#define READ_f16(x) ((real)mc_half_to_float(x))
#define READ_bf16(x) ((real)mc_bf16_to_float(x))
#define READ_e5m2(x) ((real)mc_small_to_float(&mc_e5m2, x))
#define READ_e4m3(x) ((real)mc_small_to_float(&mc_e4m3fn, x))
#define READ_e8m0(x) ((real)mc_e8m0_to_float(x))

/* The 8-bit floats of a float that one rounding of it finds. */
#define SMALL_ROWS(name, type, kind, read, odd)                                                              \
  ROW(name, e5m2, type, uint8_t, kind, read, mc_small_from_float(&mc_e5m2, odd, true))                       \
  ROW(name, e4m3, type, uint8_t, kind, read, mc_small_from_float(&mc_e4m3fn, odd, true))                     \
  ROW(name, e8m0, type, uint8_t, kind, read, mc_float_to_e8m0(odd))

/* double → integer with saturation; every limit below 2^63 is exact in double. */
#define SATURATED(type, low, high, above)                                                                    \
  (x != x ? (type)0 : x >= (above) ? (type)(high) : x < (low) ? (type)(low) : (type)x)
#define TO_i8 SATURATED(int8_t, -128.0, 127, 128.0)
#define TO_i16 SATURATED(int16_t, -32768.0, 32767, 32768.0)
#define TO_i32 SATURATED(int32_t, -0x1p31, INT32_MAX, 0x1p31)
#define TO_i64 SATURATED(int64_t, -0x1p63, INT64_MAX, 0x1p63)
#define TO_u8 SATURATED(uint8_t, 0.0, 255, 256.0)
#define TO_u16 SATURATED(uint16_t, 0.0, 65535, 65536.0)
#define TO_u32 SATURATED(uint32_t, 0.0, UINT32_MAX, 0x1p32)
#define TO_u64 SATURATED(uint64_t, 0.0, UINT64_MAX, 0x1p64)

#define ROW(from, to, from_type, to_type, kind, read, result)                                                \
  static void from##_to_##to(const void *in, void *out, int64_t n) {                                         \
    const from_type *p = in;                                                                                 \
    to_type *q = out;                                                                                        \
    for (int64_t i = 0; i < n; ++i) {                                                                        \
      const kind x = read(p[i]);                                                                             \
      q[i] = (to_type)(result);                                                                              \
    }                                                                                                        \
  }

#define FROM_REAL(name, type)                                                                                \
  ROW(name, i8, type, int8_t, real, READ_##name, TO_i8)                                                      \
  ROW(name, i16, type, int16_t, real, READ_##name, TO_i16)                                                   \
  ROW(name, i32, type, int32_t, real, READ_##name, TO_i32)                                                   \
  ROW(name, i64, type, int64_t, real, READ_##name, TO_i64)                                                   \
  ROW(name, u8, type, uint8_t, real, READ_##name, TO_u8)                                                     \
  ROW(name, u16, type, uint16_t, real, READ_##name, TO_u16)                                                  \
  ROW(name, u32, type, uint32_t, real, READ_##name, TO_u32)                                                  \
  ROW(name, u64, type, uint64_t, real, READ_##name, TO_u64)                                                  \
  ROW(name, bool, type, uint8_t, real, READ_##name, x != 0.0)                                                \
  ROW(name, f32, type, float, real, READ_##name, x)                                                          \
  ROW(name, f64, type, double, real, READ_##name, x)                                                         \
  ROW(name, f16, type, uint16_t, real, READ_##name, mc_float_to_half(mc_odd_from_double(x)))                    \
  ROW(name, bf16, type, uint16_t, real, READ_##name, mc_float_to_bf16(mc_odd_from_double(x)))                   \
  SMALL_ROWS(name, type, real, READ_##name, mc_odd_from_double(x))

#define PLAIN(x) (x)
#define FROM_INTEGER(name, type, odd)                                                                        \
  ROW(name, i8, type, int8_t, type, PLAIN, (uint8_t)x)                                                       \
  ROW(name, i16, type, int16_t, type, PLAIN, (uint16_t)x)                                                    \
  ROW(name, i32, type, int32_t, type, PLAIN, (uint32_t)x)                                                    \
  ROW(name, i64, type, int64_t, type, PLAIN, x)                                                              \
  ROW(name, u8, type, uint8_t, type, PLAIN, x)                                                               \
  ROW(name, u16, type, uint16_t, type, PLAIN, x)                                                             \
  ROW(name, u32, type, uint32_t, type, PLAIN, x)                                                             \
  ROW(name, u64, type, uint64_t, type, PLAIN, x)                                                             \
  ROW(name, bool, type, uint8_t, type, PLAIN, x != 0)                                                        \
  ROW(name, f32, type, float, type, PLAIN, x)                                                                \
  ROW(name, f64, type, double, type, PLAIN, x)                                                               \
  ROW(name, f16, type, uint16_t, type, PLAIN, mc_float_to_half(odd(x)))                                      \
  ROW(name, bf16, type, uint16_t, type, PLAIN, mc_float_to_bf16(odd(x)))                                     \
  SMALL_ROWS(name, type, type, PLAIN, odd(x))

FROM_REAL(f32, float)
FROM_REAL(f64, double)
FROM_REAL(f16, uint16_t)
FROM_REAL(bf16, uint16_t)
FROM_REAL(e5m2, uint8_t)
FROM_REAL(e4m3, uint8_t)
FROM_REAL(e8m0, uint8_t)
FROM_INTEGER(i8, int8_t, odd_from_i64)
FROM_INTEGER(i16, int16_t, odd_from_i64)
FROM_INTEGER(i32, int32_t, odd_from_i64)
FROM_INTEGER(i64, int64_t, odd_from_i64)
FROM_INTEGER(u8, uint8_t, odd_from_magnitude)
FROM_INTEGER(u16, uint16_t, odd_from_magnitude)
FROM_INTEGER(u32, uint32_t, odd_from_magnitude)
FROM_INTEGER(u64, uint64_t, odd_from_magnitude)

static void bool_to_bool(const void *in, void *out, int64_t n) {
  const uint8_t *x = in;
  uint8_t *y = out;
  for (int64_t i = 0; i < n; ++i) {
    y[i] = x[i] != 0;
  }
}

/* A bool is a uint8 that is 0 or 1; the stored byte may be anything. */
#define FROM_BOOL(to, to_type, result) ROW(bool, to, uint8_t, to_type, bool, PLAIN, result)
FROM_BOOL(i8, int8_t, x)
FROM_BOOL(i16, int16_t, x)
FROM_BOOL(i32, int32_t, x)
FROM_BOOL(i64, int64_t, x)
FROM_BOOL(u16, uint16_t, x)
FROM_BOOL(u32, uint32_t, x)
FROM_BOOL(u64, uint64_t, x)
FROM_BOOL(f32, float, x)
FROM_BOOL(f64, double, x)
FROM_BOOL(f16, uint16_t, x ? 0x3c00u : 0u)
FROM_BOOL(bf16, uint16_t, x ? 0x3f80u : 0u)
FROM_BOOL(e5m2, uint8_t, x ? 0x3cu : 0u)
FROM_BOOL(e4m3, uint8_t, x ? 0x38u : 0u)
FROM_BOOL(e8m0, uint8_t, x ? 0x7fu : 0u)

#define TO_EACH(name)                                                                                        \
  {[MC_LANE_F32] = name##_to_f32,  [MC_LANE_F64] = name##_to_f64, [MC_LANE_I8] = name##_to_i8,               \
   [MC_LANE_I16] = name##_to_i16,  [MC_LANE_I32] = name##_to_i32, [MC_LANE_I64] = name##_to_i64,             \
   [MC_LANE_U8] = name##_to_u8,    [MC_LANE_U16] = name##_to_u16, [MC_LANE_U32] = name##_to_u32,             \
   [MC_LANE_U64] = name##_to_u64,  [MC_LANE_F16] = name##_to_f16, [MC_LANE_BF16] = name##_to_bf16,           \
   [MC_LANE_BOOL] = name##_to_bool, [MC_LANE_E5M2] = name##_to_e5m2, [MC_LANE_E4M3] = name##_to_e4m3,        \
   [MC_LANE_E8M0] = name##_to_e8m0}
#define bool_to_u8 bool_to_bool

static mc_convert *const kPairs[MC_LANE_COUNT][MC_LANE_COUNT] = {
    [MC_LANE_F32] = TO_EACH(f32),  [MC_LANE_F64] = TO_EACH(f64), [MC_LANE_I8] = TO_EACH(i8),
    [MC_LANE_I16] = TO_EACH(i16),  [MC_LANE_I32] = TO_EACH(i32), [MC_LANE_I64] = TO_EACH(i64),
    [MC_LANE_U8] = TO_EACH(u8),    [MC_LANE_U16] = TO_EACH(u16), [MC_LANE_U32] = TO_EACH(u32),
    [MC_LANE_U64] = TO_EACH(u64),  [MC_LANE_F16] = TO_EACH(f16), [MC_LANE_BF16] = TO_EACH(bf16),
    [MC_LANE_BOOL] = TO_EACH(bool), [MC_LANE_E5M2] = TO_EACH(e5m2), [MC_LANE_E4M3] = TO_EACH(e4m3),
    [MC_LANE_E8M0] = TO_EACH(e8m0)};

#define COPY(size)                                                                                           \
  static void copy_##size(const void *in, void *out, int64_t n) {                                            \
    if (n > 0) { /* the pointers of nothing may be NULL */                                                   \
      memmove(out, in, (size_t)n * (size));                                                                  \
    }                                                                                                        \
  }
COPY(1)
COPY(2)
COPY(4)
COPY(8)

static mc_convert *fast_row(mc_lane from, mc_lane to) {
  const mc_convert_table *rows = MC_ISA_PICK(mc_convert_rows);
  const struct {
    mc_lane from, to;
    mc_convert *row;
  } fast[] = {{MC_LANE_F16, MC_LANE_F32, rows->f16_to_f32},   {MC_LANE_F32, MC_LANE_F16, rows->f32_to_f16},
              {MC_LANE_BF16, MC_LANE_F32, rows->bf16_to_f32}, {MC_LANE_F32, MC_LANE_BF16, rows->f32_to_bf16},
              {MC_LANE_F32, MC_LANE_I32, rows->f32_to_i32},   {MC_LANE_I32, MC_LANE_F32, rows->i32_to_f32},
              {MC_LANE_F32, MC_LANE_U8, rows->f32_to_u8},     {MC_LANE_U8, MC_LANE_F32, rows->u8_to_f32},
              {MC_LANE_F32, MC_LANE_I8, rows->f32_to_i8},     {MC_LANE_I8, MC_LANE_F32, rows->i8_to_f32},
              {MC_LANE_F32, MC_LANE_F64, rows->f32_to_f64},   {MC_LANE_F64, MC_LANE_F32, rows->f64_to_f32},
              {MC_LANE_I32, MC_LANE_I64, rows->i32_to_i64},   {MC_LANE_I64, MC_LANE_I32, rows->i64_to_i32},
              {MC_LANE_F32, MC_LANE_I64, rows->f32_to_i64},   {MC_LANE_I64, MC_LANE_F32, rows->i64_to_f32}};
  for (size_t i = 0; i < sizeof(fast) / sizeof(fast[0]); ++i) {
    if (fast[i].from == from && fast[i].to == to) {
      return fast[i].row;
    }
  }
  return NULL;
}

mc_convert *mc_convert_for(int from, int to) {
  const mc_lane a = mc_lane_of(from);
  const mc_lane b = mc_lane_of(to);
  if (a == MC_LANE_COUNT || b == MC_LANE_COUNT) {
    return NULL;
  }
  if (a == b) {
    switch (mc_dtype_size(from)) {
    case 1:
      return copy_1;
    case 2:
      return copy_2;
    case 4:
      return copy_4;
    default:
      return copy_8;
    }
  }
  mc_convert *row = fast_row(a, b);
  return row != NULL ? row : kPairs[a][b];
}
