/* Transposition of elements of 2, 4 and 8 bytes in registers. */
#ifndef MC_OPS_ISA_TRANSPOSE_H
#define MC_OPS_ISA_TRANSPOSE_H

#include <stdint.h>

/* dst[r * dst_row + i] = src[r + i * src_step] for r < rows, i < n; dst_row and src_step in bytes. */
typedef void mc_transpose(char *dst, int64_t dst_row, const char *src, int64_t src_step, int64_t rows,
                          int64_t n);

typedef struct mc_transpose_table {
  mc_transpose *by_2, *by_4, *by_8;
} mc_transpose_table;

#endif
