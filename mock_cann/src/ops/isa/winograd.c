/*
 * F(4x4, 3x3) with interpolation points 0, a, -a, b, -b and infinity. With a = 3/4 and b = 3/2 rounding
 * errors are a third of those of the customary 1 and 2 (256 channels of normal numbers: 2.5e-6 of the largest
 * output instead of 8e-6); all constants of the transformations are exact in float.
 */
#include "ops/isa/winograd.h"
#include "ops/isa/vector.h"

#define A MC_WINOGRAD_A
#define B MC_WINOGRAD_B
#define TIMES(factor, x, y) FMA_VECTOR(splat(factor), x, y)

/* Rows of the input transformation: the products of all (x - point) but one, as coefficients. */
static inline __attribute__((always_inline)) void in_column(const vec d[6], vec out[6]) {
  const vec even_a = TIMES(-B * B, d[2], d[4]);
  const vec odd_a = TIMES(-B * B, d[1], d[3]);
  const vec even_b = TIMES(-A * A, d[2], d[4]);
  const vec odd_b = TIMES(-A * A, d[1], d[3]);
  out[0] = TIMES(A * A * B * B, d[0], TIMES(-(A * A + B * B), d[2], d[4]));
  out[1] = TIMES(A, odd_a, even_a);
  out[2] = TIMES(-A, odd_a, even_a);
  out[3] = TIMES(B, odd_b, even_b);
  out[4] = TIMES(-B, odd_b, even_b);
  out[5] = TIMES(A * A * B * B, d[1], TIMES(-(A * A + B * B), d[3], d[5]));
}

/* Rows of the output transformation: powers of the points. */
static inline __attribute__((always_inline)) void out_column(const vec m[6], vec out[4]) {
  const vec sum_a = m[1] + m[2];
  const vec difference_a = m[1] - m[2];
  const vec sum_b = m[3] + m[4];
  const vec difference_b = m[3] - m[4];
  out[0] = m[0] + (sum_a + sum_b);
  out[1] = TIMES(A, difference_a, B * difference_b);
  out[2] = TIMES(A * A, sum_a, B * B * sum_b);
  out[3] = TIMES(A * A * A, difference_a, TIMES(B * B * B, difference_b, m[5]));
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
