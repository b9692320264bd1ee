/* Copies between two strided views of one N-dimensional shape: what transposing, slicing, joining, padding,
 * tiling and broadcasting have in common. */
#ifndef MC_OPS_STRIDED_H
#define MC_OPS_STRIDED_H

#include "base/tensor.h"

/* Tiling describes every axis twice. */
enum { MC_STRIDED_RANK = 2 * MC_MAX_RANK };

typedef struct mc_strided {
  /* What is left after merging: `outer` axes to walk, then one axis of `n` units of `unit` contiguous bytes.
   */
  int outer;
  int64_t dims[MC_STRIDED_RANK], dst[MC_STRIDED_RANK], src[MC_STRIDED_RANK]; /* strides in bytes */
  int64_t n, dst_step, src_step;
  size_t unit;
  /* Transposition inside: an axis of `rows` along which the source is contiguous; 0 when there is none. */
  int64_t rows, dst_row;
  int64_t block, blocks; /* the work's piece: so many of `rows` (transposition) or of `n` */
  int64_t pieces;        /* 0: nothing to copy */
} mc_strided;

/* Plans a copy of dims[0..rank) elements of `size` bytes; strides in elements, source strides may be zero or
 * negative. The views must be within what the caller allocated: sizes in bytes fit int64_t. */
void mc_strided_plan(mc_strided *plan, int rank, const int64_t *dims, const int64_t *dst, const int64_t *src,
                     size_t size);

/* Runs it from the views' first elements; large copies use the compute threads. */
void mc_strided_run(const mc_strided *plan, void *dst, const void *src);

/* Estimate of one run. */
uint32_t mc_strided_cost(const mc_strided *plan);

/* Row-major strides in elements; all zero for an empty tensor, so that no product of them overflows. */
void mc_dense_strides(const mc_shape *shape, int64_t strides[MC_MAX_RANK]);

#endif
