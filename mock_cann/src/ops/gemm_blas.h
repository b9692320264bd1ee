/* OpenBLAS behind the GEMM seam, loaded when the first product asks for it. */
#ifndef MC_OPS_GEMM_BLAS_H
#define MC_OPS_GEMM_BLAS_H

#include "ops/gemm.h"

/* Whether an m x n block of this product is better done by OpenBLAS; false when it is not there. */
bool mc_blas_suits(const mc_gemm *gemm, int64_t m, int64_t n);
void mc_blas_block(const mc_gemm *gemm, int64_t i0, int64_t m, int64_t j0, int64_t n);

#endif
