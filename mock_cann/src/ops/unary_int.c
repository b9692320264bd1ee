/* The functions of one operand that are exact on integers; overflow wraps. */
#include "ops/unary.h"
#include "ops/isa/name.h"

#define NEGATED(type, wide, x) ((type)(0 - (wide)(x)))
#define ABS(type, wide, x) ((x) < 0 ? NEGATED(type, wide, x) : (x))
#define NEG(type, wide, x) NEGATED(type, wide, x)
#define SIGN(type, wide, x) ((x) > 0 ? 1 : (x) < 0 ? -1 : 0)
#define SQUARE(type, wide, x) ((type)((wide)(x) * (wide)(x)))
#define RELU(type, wide, x) ((x) < 0 ? 0 : (x))
#define RELU6(type, wide, x) ((x) < 0 ? 0 : (x) > 6 ? 6 : (x))
#define ROUND(type, wide, x) (x)

#define KERNEL(name, suffix, type, wide)                                                                     \
  static void tile_##name##_##suffix(const mc_op_call *call, const void *const *in, void *out, int64_t n,    \
                                     uint32_t scalars) {                                                     \
    (void)call;                                                                                              \
    const type *x = in[0];                                                                                   \
    type *y = out;                                                                                           \
    if (scalars & 1) {                                                                                       \
      const type value = (type)name(type, wide, x[0]);                                                       \
      MC_EACH(i, n) { y[i] = value; }                                                                        \
      return;                                                                                                \
    }                                                                                                        \
    MC_EACH(i, n) { y[i] = (type)name(type, wide, x[i]); }                                                   \
  }

#define SIGNED_TYPES(X, name)                                                                                \
  X(name, i8, int8_t, uint32_t)                                                                              \
  X(name, i16, int16_t, uint32_t) X(name, i32, int32_t, uint32_t) X(name, i64, int64_t, uint64_t)

#define X(name) SIGNED_TYPES(KERNEL, name)
MC_UNARY_INTEGER(X)
#undef X

/* Unsigned numbers have no values below zero for the comparisons above, which compilers warn about. */
#define UNSIGNED_TYPES(X)                                                                                    \
  X(u8, uint8_t) X(u16, uint16_t) X(u32, uint32_t) X(u64, uint64_t)
#define UNSIGNED(suffix, type)                                                                               \
  static void tile_same_##suffix(const mc_op_call *call, const void *const *in, void *out, int64_t n,        \
                                 uint32_t scalars) {                                                         \
    (void)call;                                                                                              \
    const type *x = in[0];                                                                                   \
    type *y = out;                                                                                           \
    const type first = x[0];                                                                                 \
    MC_EACH(i, n) { y[i] = scalars & 1 ? first : x[i]; }                                                     \
  }                                                                                                          \
  static void tile_at_most_6_##suffix(const mc_op_call *call, const void *const *in, void *out, int64_t n,   \
                                      uint32_t scalars) {                                                    \
    tile_same_##suffix(call, in, out, n, scalars);                                                           \
    type *y = out;                                                                                           \
    MC_EACH(i, n) { y[i] = y[i] > 6 ? 6 : y[i]; }                                                            \
  }
UNSIGNED_TYPES(UNSIGNED)

mc_op_tile *const mc_unary_int[MC_UNARY_COUNT][MC_LANE_NATIVE] = {
#define X(name)                                                                                              \
  [MC_UNARY_##name] = {[MC_LANE_I8] = tile_##name##_i8,                                                      \
                       [MC_LANE_I16] = tile_##name##_i16,                                                    \
                       [MC_LANE_I32] = tile_##name##_i32,                                                    \
                       [MC_LANE_I64] = tile_##name##_i64,                                                    \
                       UNSIGNED_##name},
#define SAME                                                                                                 \
  [MC_LANE_U8] = tile_same_u8, [MC_LANE_U16] = tile_same_u16, [MC_LANE_U32] = tile_same_u32,                 \
  [MC_LANE_U64] = tile_same_u64
#define UNSIGNED_ABS
#define UNSIGNED_RELU SAME
#define UNSIGNED_ROUND
#define UNSIGNED_RELU6                                                                                       \
  [MC_LANE_U8] = tile_at_most_6_u8, [MC_LANE_U16] = tile_at_most_6_u16, [MC_LANE_U32] = tile_at_most_6_u32,  \
  [MC_LANE_U64] = tile_at_most_6_u64
#define UNSIGNED_NEG
#define UNSIGNED_SIGN
#define UNSIGNED_SQUARE
    MC_UNARY_INTEGER(X)
#undef X
};
