/*
 * Matrix products in float: the seam behind matmul, fully connected layers and convolutions. Operands come
 * from anywhere (any layout, float16, images seen as matrices) through packers that write them as panels;
 * sums are float whatever the operands' type. Big products of plain float matrices go to OpenBLAS when it is
 * there.
 */
#ifndef MC_OPS_GEMM_H
#define MC_OPS_GEMM_H

#include "base/dtype.h"
#include "ops/op.h"

/* A matrix in memory: element (i, j) is data[i * row + j * col]. */
typedef struct mc_matrix {
  const void *data;
  int64_t row, col; /* strides in elements */
  int dtype;        /* MC_FLOAT, MC_FLOAT16, MC_BF16 */
} mc_matrix;

/*
 * Writes `count` rows of A (or columns of B) from `first` on, for depths [k0, k0 + k), as panels of `width`:
 * panel by panel, for each depth `width` numbers, zeros behind the last. `row` and `row + width * k` floats
 * are free to use.
 */
typedef void mc_gemm_pack(const void *source, int64_t first, int64_t count, int64_t k0, int64_t k, int width,
                          float *panels);

typedef struct mc_operand {
  mc_gemm_pack *pack;
  const void *source;  /* for pack; an mc_matrix with mc_pack_rows / mc_pack_columns */
  const float *packed; /* whole operand as mc_gemm_prepack wrote it; NULL: pack while running */
} mc_operand;

/* Where the product goes: y = alpha * (a · b) + beta * addend, rounded to dtype. */
typedef struct mc_result {
  void *data;
  int64_t row; /* stride in elements; columns are neighbours */
  int dtype;   /* MC_FLOAT, MC_FLOAT16, MC_BF16 */
  float alpha, beta;
  mc_matrix addend; /* strides may be 0 (a bias); data NULL: none */
} mc_result;

typedef struct mc_gemm {
  int64_t m, n, k;
  mc_operand a, b;
  mc_result c;
} mc_gemm;

/* Fills in the product number `batch`. `storage` is room for two mc_matrix that operands may point to. */
typedef void mc_gemm_select(const void *context, int64_t batch, mc_gemm *gemm, mc_matrix storage[2]);

/* Runs `batches` products of one size on the compute threads. Returns false when memory is exhausted. */
bool mc_gemm_run(int64_t batches, int64_t m, int64_t n, int64_t k, mc_gemm_select *select,
                 const void *context);

mc_gemm_pack mc_pack_rows;    /* source: mc_matrix, m x k */
mc_gemm_pack mc_pack_columns; /* source: mc_matrix, k x n */

/* Floats that a whole packed operand takes; -1 on overflow. `rows`: it is the left one. */
int64_t mc_gemm_packed_size(bool rows, int64_t count, int64_t k);
void mc_gemm_prepack(bool rows, const mc_operand *operand, int64_t count, int64_t k, float *packed);

/* Estimate of one product. */
double mc_gemm_cost_ns(double m, double n, double k);

#endif
