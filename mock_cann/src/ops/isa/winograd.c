/* F(4x4, 3x3) with interpolation points 0, 1, -1, 2, -2 and infinity. */
#include "ops/isa/winograd.h"
#include "ops/isa/vector.h"

/* One column of the input transformation. */
static inline __attribute__((always_inline)) void in_column(const vec d[6], vec out[6]) {
  const vec even = d[4] - 4.0f * d[2];
  const vec odd = d[3] - 4.0f * d[1];
  const vec even2 = d[4] - d[2];
  const vec odd2 = 2.0f * (d[3] - d[1]);
  out[0] = 4.0f * d[0] - 5.0f * d[2] + d[4];
  out[1] = even + odd;
  out[2] = even - odd;
  out[3] = even2 + odd2;
  out[4] = even2 - odd2;
  out[5] = 4.0f * d[1] - 5.0f * d[3] + d[5];
}

static inline __attribute__((always_inline)) void out_column(const vec m[6], vec out[4]) {
  const vec sum1 = m[1] + m[2];
  const vec difference1 = m[1] - m[2];
  const vec sum2 = m[3] + m[4];
  const vec difference2 = m[3] - m[4];
  out[0] = m[0] + sum1 + sum2;
  out[1] = difference1 + 2.0f * difference2;
  out[2] = sum1 + 4.0f * sum2;
  out[3] = difference1 + 8.0f * difference2 + m[5];
}

static void input(const float *const pixels[36], int64_t channels, float *v, int64_t step) {
  for (int64_t at = 0; at < channels; at += LANES) {
    /* The last vector overlaps the one before it. */
    const int64_t i = channels - at < LANES ? channels - LANES : at;
    vec half[6][6]; /* [column][row], columns transformed */
    for (int x = 0; x < 6; ++x) {
      vec d[6];
#pragma GCC unroll 6
      for (int y = 0; y < 6; ++y) {
        d[y] = load(pixels[y * 6 + x] + i);
      }
      in_column(d, half[x]);
    }
    for (int y = 0; y < 6; ++y) {
      vec d[6];
      vec out[6];
#pragma GCC unroll 6
      for (int x = 0; x < 6; ++x) {
        d[x] = half[x][y];
      }
      in_column(d, out);
#pragma GCC unroll 6
      for (int x = 0; x < 6; ++x) {
        store(v + (y * 6 + x) * step + i, out[x]);
      }
    }
  }
}

static void output(const float *m, int64_t step, const float *bias, int64_t channels,
                   float *const pixels[16]) {
  for (int64_t at = 0; at < channels; at += LANES) {
    const int64_t i = channels - at < LANES ? channels - LANES : at;
    const vec add = load(bias + i);
    vec half[6][4];
    for (int x = 0; x < 6; ++x) {
      vec d[6];
#pragma GCC unroll 6
      for (int y = 0; y < 6; ++y) {
        d[y] = load(m + (y * 6 + x) * step + i);
      }
      out_column(d, half[x]);
    }
    for (int y = 0; y < 4; ++y) {
      vec d[6];
      vec out[4];
#pragma GCC unroll 6
      for (int x = 0; x < 6; ++x) {
        d[x] = half[x][y];
      }
      out_column(d, out);
#pragma GCC unroll 4
      for (int x = 0; x < 4; ++x) {
        store(pixels[y * 4 + x] + i, out[x] + add);
      }
    }
  }
}

extern const mc_winograd_table MC_ISA_NAME(mc_winograd_table);
const mc_winograd_table MC_ISA_NAME(mc_winograd_table) = {LANES, input, output};
