/* Three-operand choices: clip between bounds, select by a condition. */
#include "ops/isa/map.h"
#include "ops/isa/name.h"

#define CLIP(suffix, type)                                                                                   \
  static inline type clip_##suffix(type x, type low, type high) {                                            \
    const type raised = x < low ? low : x;                                                                   \
    return raised > high ? high : raised;                                                                    \
  }                                                                                                          \
  static void tile_clip_##suffix(const mc_op_call *call, const void *const *in, void *out, int64_t n,        \
                                 uint32_t scalars) {                                                         \
    (void)call;                                                                                              \
    const type *x = in[0];                                                                                   \
    const type *low = in[1];                                                                                 \
    const type *high = in[2];                                                                                \
    type *y = out;                                                                                           \
    if (scalars == 6) { /* the usual form: two numbers */                                                    \
      const type a = low[0];                                                                                 \
      const type b = high[0];                                                                                \
      MC_EACH(i, n) { y[i] = clip_##suffix(x[i], a, b); }                                                    \
      return;                                                                                                \
    }                                                                                                        \
    const int64_t sx = !(scalars & 1), sl = !(scalars & 2), sh = !(scalars & 4);                             \
    const type first = clip_##suffix(x[0], low[0], high[0]);                                                 \
    /* Backwards, with element 0 apart: a repeated operand may be the output's first element. */             \
    for (int64_t i = n - 1; i > 0; --i) {                                                                    \
      y[i] = clip_##suffix(x[i * sx], low[i * sl], high[i * sh]);                                            \
    }                                                                                                        \
    y[0] = first;                                                                                            \
  }

CLIP(f32, float)
CLIP(f64, double)
CLIP(i8, int8_t)
CLIP(i16, int16_t)
CLIP(i32, int32_t)
CLIP(i64, int64_t)
CLIP(u8, uint8_t)
CLIP(u16, uint16_t)
CLIP(u32, uint32_t)
CLIP(u64, uint64_t)

#define SELECT(bits, type)                                                                                   \
  static void tile_select_##bits(const mc_op_call *call, const void *const *in, void *out, int64_t n,        \
                                 uint32_t scalars) {                                                         \
    (void)call;                                                                                              \
    const uint8_t *c = in[0];                                                                                \
    const type *a = in[1];                                                                                   \
    const type *b = in[2];                                                                                   \
    type *y = out;                                                                                           \
    if (scalars == 0) {                                                                                      \
      MC_EACH(i, n) { y[i] = c[i] ? a[i] : b[i]; }                                                           \
    } else if (scalars == 2) {                                                                               \
      const type value = a[0];                                                                               \
      MC_EACH(i, n) { y[i] = c[i] ? value : b[i]; }                                                          \
    } else if (scalars == 4) {                                                                               \
      const type value = b[0];                                                                               \
      MC_EACH(i, n) { y[i] = c[i] ? a[i] : value; }                                                          \
    } else if (scalars == 6) {                                                                               \
      const type x = a[0];                                                                                   \
      const type z = b[0];                                                                                   \
      MC_EACH(i, n) { y[i] = c[i] ? x : z; }                                                                 \
    } else {                                                                                                 \
      const type *from = c[0] ? a : b;                                                                       \
      const int64_t step = !(scalars & (c[0] ? 2 : 4));                                                      \
      const type first = from[0];                                                                            \
      MC_EACH(i, n) { y[i] = step ? from[i] : first; }                                                       \
    }                                                                                                        \
  }

SELECT(8, uint8_t)
SELECT(16, uint16_t)
SELECT(32, uint32_t)
SELECT(64, uint64_t)

const mc_choose_table MC_ISA_NAME(mc_choose_kernels) = {
    .clip = {[MC_LANE_F32] = tile_clip_f32,
             [MC_LANE_F64] = tile_clip_f64,
             [MC_LANE_I8] = tile_clip_i8,
             [MC_LANE_I16] = tile_clip_i16,
             [MC_LANE_I32] = tile_clip_i32,
             [MC_LANE_I64] = tile_clip_i64,
             [MC_LANE_U8] = tile_clip_u8,
             [MC_LANE_U16] = tile_clip_u16,
             [MC_LANE_U32] = tile_clip_u32,
             [MC_LANE_U64] = tile_clip_u64},
    .select = {tile_select_8, tile_select_16, tile_select_32, tile_select_64},
};
