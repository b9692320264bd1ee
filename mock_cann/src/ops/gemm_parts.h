/* The parts that a product is made of, between the files that make it. */
#ifndef MC_OPS_GEMM_PARTS_H
#define MC_OPS_GEMM_PARTS_H

#include "ops/gemm.h"

/* Depths of one packing step. */
enum { MC_GEMM_DEPTH = 256 };

float mc_matrix_element(const mc_matrix *m, int64_t i, int64_t j);

/* The sums themselves are the result: nothing to scale, add or round. */
bool mc_result_is_plain(const mc_result *c);
/* alpha, the addend and rounding, on `n` finished sums of row i from column j on. */
void mc_result_finish(const mc_result *c, int64_t i, int64_t j, int64_t n, float *sums);

/* Whether C has one row and B lies as rows or columns; then columns [j0, j0 + n) of it, false when memory is
 * exhausted. */
bool mc_row_suits(const mc_gemm *gemm);
bool mc_row_multiply(const mc_gemm *gemm, int64_t j0, int64_t n);

#endif
