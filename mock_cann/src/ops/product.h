/* Operators that are matrix products of their inputs: what they tell, and the run they share. */
#ifndef MC_OPS_PRODUCT_H
#define MC_OPS_PRODUCT_H

#include "ops/gemm.h"
#include "ops/op.h"

/* out[0] = alpha * a · b + beta * addend for `batches` dense m x n results. Matrices without data: strides
 * and dtype of in[0] and in[1], whose batch i starts at element a_at[i] and b_at[i]. */
typedef struct mc_product {
  int64_t batches, m, n, k;
  mc_matrix a, b;
  const int64_t *a_at, *b_at;
  int addend; /* input, or -1 */
  mc_matrix addend_as;
  int alpha, beta; /* inputs with one number, or -1 for 1 */
} mc_product;

/* Copies the product into the plan, packs constant operands, sets run, scratch and cost. Float operands are
 * summed in float, int8 and int32 ones in wrapping int32. */
int mc_product_prepare(mc_op_call *call, const mc_product *product);

/* Whether this is a product of integers. */
static inline bool mc_product_of_ints(const mc_product *p) {
  return p->a.dtype == MC_INT8 || p->a.dtype == MC_INT32;
}

/* The run for integers and the scratch it needs. */
mc_op_run mc_product_run_ints;
size_t mc_product_scratch_ints(const mc_product *p);

/* What state begins with. */
typedef struct mc_product_state {
  mc_product product;
  const float *packed_a, *packed_b;
} mc_product_state;

#endif
