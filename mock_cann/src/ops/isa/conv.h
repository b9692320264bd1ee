/* Convolution kernels per instruction set: register tiles like those of a matrix product whose one operand is
 * read from the image where it lies. mr, nr and lanes are those of mc_gemm_table. */
#ifndef MC_OPS_ISA_CONV_H
#define MC_OPS_ISA_CONV_H

#include "ops/isa/gemm.h"

/* Where a tile of outputs goes, and how. */
typedef struct mc_conv_finish {
  const float *sums; /* of the depths before, mr rows nr apart; NULL: none */
  const float *bias; /* of the rows; NULL: none */
  float low, high;   /* y is kept between them; what is no number stays none */
  int64_t rows;      /* of y; the tile may have more */
  int64_t count;     /* of its columns */
  void *y;
  int64_t ldy;
} mc_conv_finish;

typedef struct mc_conv_table {
  /* Channels first. c[mr][..] = sum over i < k of a[i * mr + r] * image[offsets[i] + column]: a is a panel of
   * filters, a depth's column is a shifted stretch of the image. tile[v] has v + 1 vectors of columns. */
  void (*shifted[MC_GEMM_NV_MAX])(int64_t k, const float *a, const float *image, const int64_t *offsets,
                                  float *c, int64_t ldc, bool add);
  /* The same for the last depths: bias and limits are applied in registers. y is float, or of half precision where
   * the second row is not NULL: where the instruction set converts it. */
  void (*finished[2][MC_GEMM_NV_MAX])(int64_t k, const float *a, const float *image, const int64_t *offsets,
                                      const mc_conv_finish *to);

  /* Channels last. c[mr][..] = sum over taps t and i < k of rows[t * mr + r][first + i] * b[(t * k_stride +
   * i) * nr + column]: b is a panel of filters, a row the channels of one pixel. */
  void (*pixels[MC_GEMM_NV_MAX])(int64_t taps, int64_t k, int64_t k_stride, const float *const *rows,
                                 int64_t first, const float *b, float *c, int64_t ldc, bool add);
  /* The first mr / 2 rows of the same. */
  void (*half_pixels[MC_GEMM_NV_MAX])(int64_t taps, int64_t k, int64_t k_stride, const float *const *rows,
                                      int64_t first, const float *b, float *c, int64_t ldc, bool add);

  /* y[i] = x[i * stride]. */
  void (*every)(const float *x, int64_t stride, int64_t n, float *y);

  /* Depthwise, channels first: y[0..n) = bias + sum over taps of w[t] * image[offsets[t] + i]. */
  void (*filter_row)(int64_t taps, const float *w, const float *image, const int64_t *offsets, float bias,
                     int64_t n, float *y);
  /* Depthwise, channels last: y[0..n) = bias[i] + sum over taps of w[t * n + i] * rows[t][i]. */
  void (*filter_pixel)(int64_t taps, const float *w, const float *const *rows, const float *bias, int64_t n,
                       float *y);

  /* y[0..n) = x + bias, between low and high (what is no number stays none); y may be x. A bias for the row, and
   * one for each element. */
  void (*finish_row)(const float *x, int64_t n, float bias, float low, float high, float *y);
  void (*finish_pixel)(const float *x, int64_t n, const float *bias, float low, float high, float *y);
} mc_conv_table;

#endif
