/* Functions of two operands in every type that has them. Wrapping arithmetic is done on unsigned numbers. */
#include "ops/isa/map.h"
#include "ops/isa/name.h"

#define KERNEL(name, type, result, expression)                                                               \
  static inline result f_##name(type a, type b, float p) { return (void)p, (result)(expression); }           \
  static void tile_##name(const mc_op_call *call, const void *const *in, void *out, int64_t n,               \
                          uint32_t scalars) {                                                                \
    const float p = ((const mc_map_params *)call->state)->p[0];                                              \
    const type *x = in[0];                                                                                   \
    const type *y = in[1];                                                                                   \
    result *z = out;                                                                                         \
    if (scalars == 0) {                                                                                      \
      MC_EACH(i, n) { z[i] = f_##name(x[i], y[i], p); }                                                      \
    } else if (scalars == 1) {                                                                               \
      const type a = x[0];                                                                                   \
      MC_EACH(i, n) { z[i] = f_##name(a, y[i], p); }                                                         \
    } else if (scalars == 2) {                                                                               \
      const type b = y[0];                                                                                   \
      MC_EACH(i, n) { z[i] = f_##name(x[i], b, p); }                                                         \
    } else {                                                                                                 \
      const result value = f_##name(x[0], y[0], p);                                                          \
      MC_EACH(i, n) { z[i] = value; }                                                                        \
    }                                                                                                        \
  }

/* NaN of either operand is the result, as in numpy and IEEE 754-2019 maximum. */
#define FLOATS(suffix, type)                                                                                 \
  KERNEL(add_##suffix, type, type, a + b)                                                                    \
  KERNEL(sub_##suffix, type, type, a - b)                                                                    \
  KERNEL(mul_##suffix, type, type, a *b)                                                                     \
  KERNEL(div_##suffix, type, type, a / b)                                                                    \
  KERNEL(max_##suffix, type, type, a > b || a != a ? a : b)                                                  \
  KERNEL(min_##suffix, type, type, a < b || a != a ? a : b)                                                  \
  KERNEL(squared_difference_##suffix, type, type, (a - b) * (a - b))                                         \
  KERNEL(axpy_##suffix, type, type, a + (type)p * b)                                                         \
  KERNEL(div_no_nan_##suffix, type, type, b == 0 ? 0 : a / b)                                                \
  KERNEL(prelu_##suffix, type, type, a < 0 ? a * b : a)                                                      \
  KERNEL(near_##suffix, type, uint8_t, a > b ? a - b < (type)p : b - a < (type)p)

/* By width: the low bits do not depend on the sign. The casts keep small types from being promoted to int. */
#define WRAPPING(suffix, type, wide)                                                                         \
  KERNEL(add_##suffix, type, type, (wide)a + (wide)b)                                                        \
  KERNEL(sub_##suffix, type, type, (wide)a - (wide)b)                                                        \
  KERNEL(mul_##suffix, type, type, (wide)a *(wide)b)                                                         \
  KERNEL(squared_difference_##suffix, type, type, ((wide)a - (wide)b) * ((wide)a - (wide)b))                 \
  KERNEL(and_##suffix, type, type, a &b)                                                                     \
  KERNEL(or_##suffix, type, type, a | b)                                                                     \
  KERNEL(xor_##suffix, type, type, a ^ b)

#define ORDERED(suffix, type)                                                                                \
  KERNEL(max_##suffix, type, type, a > b ? a : b)                                                            \
  KERNEL(min_##suffix, type, type, a < b ? a : b)

#define COMPARISONS(suffix, type)                                                                            \
  KERNEL(less_##suffix, type, uint8_t, a < b)                                                                \
  KERNEL(less_equal_##suffix, type, uint8_t, a <= b)

#define EQUALITIES(suffix, type)                                                                             \
  KERNEL(equal_##suffix, type, uint8_t, a == b)                                                              \
  KERNEL(not_equal_##suffix, type, uint8_t, a != b)

FLOATS(f32, float)
FLOATS(f64, double)
WRAPPING(b8, uint8_t, uint32_t)
WRAPPING(b16, uint16_t, uint32_t)
WRAPPING(b32, uint32_t, uint32_t)
WRAPPING(b64, uint64_t, uint64_t)
EQUALITIES(f32, float)
EQUALITIES(f64, double)
EQUALITIES(b8, uint8_t)
EQUALITIES(b16, uint16_t)
EQUALITIES(b32, uint32_t)
EQUALITIES(b64, uint64_t)
COMPARISONS(f32, float)
COMPARISONS(f64, double)

#define SIGNS(X)                                                                                             \
  X(i8, int8_t) X(i16, int16_t) X(i32, int32_t) X(i64, int64_t)                                              \
  X(u8, uint8_t) X(u16, uint16_t) X(u32, uint32_t) X(u64, uint64_t)
SIGNS(ORDERED)
SIGNS(COMPARISONS)
KERNEL(axpy_b32, int32_t, int32_t, (uint32_t)a + (uint32_t)(int32_t)p * (uint32_t)b)

/* a > b is b < a: the same loop with the operands exchanged. */
#define EXCHANGED(name, original)                                                                            \
  static void tile_##name(const mc_op_call *call, const void *const *in, void *out, int64_t n,               \
                          uint32_t scalars) {                                                                \
    const void *const exchanged[2] = {in[1], in[0]};                                                         \
    tile_##original(call, exchanged, out, n, (scalars & 1) << 1 | (scalars & 2) >> 1);                       \
  }
#define GREATER(suffix, type)                                                                                \
  EXCHANGED(greater_##suffix, less_##suffix)                                                                 \
  EXCHANGED(greater_equal_##suffix, less_equal_##suffix)
GREATER(f32, float)
GREATER(f64, double)
SIGNS(GREATER)

#define BY_WIDTH(name)                                                                                       \
  {[MC_LANE_F32] = tile_##name##_f32, [MC_LANE_F64] = tile_##name##_f64, BITS(name)}
#define BITS(name)                                                                                           \
  [MC_LANE_I8] = tile_##name##_b8, [MC_LANE_U8] = tile_##name##_b8, [MC_LANE_I16] = tile_##name##_b16,       \
  [MC_LANE_U16] = tile_##name##_b16, [MC_LANE_I32] = tile_##name##_b32, [MC_LANE_U32] = tile_##name##_b32,   \
  [MC_LANE_I64] = tile_##name##_b64, [MC_LANE_U64] = tile_##name##_b64
#define BY_TYPE(name)                                                                                        \
  {[MC_LANE_F32] = tile_##name##_f32, [MC_LANE_F64] = tile_##name##_f64, [MC_LANE_I8] = tile_##name##_i8,    \
   [MC_LANE_I16] = tile_##name##_i16, [MC_LANE_I32] = tile_##name##_i32, [MC_LANE_I64] = tile_##name##_i64,  \
   [MC_LANE_U8] = tile_##name##_u8,   [MC_LANE_U16] = tile_##name##_u16, [MC_LANE_U32] = tile_##name##_u32,  \
   [MC_LANE_U64] = tile_##name##_u64}
#define BY_FLOAT(name) {[MC_LANE_F32] = tile_##name##_f32, [MC_LANE_F64] = tile_##name##_f64}

const mc_binary_table MC_ISA_NAME(mc_binary_kernels) = {{
    [MC_BINARY_ADD] = BY_WIDTH(add),
    [MC_BINARY_SUB] = BY_WIDTH(sub),
    [MC_BINARY_MUL] = BY_WIDTH(mul),
    [MC_BINARY_DIV] = BY_FLOAT(div),
    [MC_BINARY_MAX] = BY_TYPE(max),
    [MC_BINARY_MIN] = BY_TYPE(min),
    [MC_BINARY_SQUARED_DIFFERENCE] = BY_WIDTH(squared_difference),
    [MC_BINARY_AND] = {BITS(and)},
    [MC_BINARY_OR] = {BITS(or)},
    [MC_BINARY_XOR] = {BITS(xor)},
    [MC_BINARY_AXPY] = {[MC_LANE_F32] = tile_axpy_f32, [MC_LANE_F64] = tile_axpy_f64,
                        [MC_LANE_I32] = tile_axpy_b32},
    [MC_BINARY_DIV_NO_NAN] = BY_FLOAT(div_no_nan),
    [MC_BINARY_PRELU] = BY_FLOAT(prelu),
    [MC_BINARY_EQUAL] = BY_WIDTH(equal),
    [MC_BINARY_NOT_EQUAL] = BY_WIDTH(not_equal),
    [MC_BINARY_LESS] = BY_TYPE(less),
    [MC_BINARY_LESS_EQUAL] = BY_TYPE(less_equal),
    [MC_BINARY_GREATER] = BY_TYPE(greater),
    [MC_BINARY_GREATER_EQUAL] = BY_TYPE(greater_equal),
    [MC_BINARY_NEAR] = BY_FLOAT(near),
}};
