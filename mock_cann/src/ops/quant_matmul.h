/* Products with quantised operands: how a call is read, and the run. */
#ifndef MC_OPS_QUANT_MATMUL_H
#define MC_OPS_QUANT_MATMUL_H

#include "ops/op.h"

enum { MC_QUANT_SCALE = 2, MC_QUANT_OFFSET, MC_QUANT_BIAS, MC_QUANT_PER_TOKEN }; /* QuantBatchMatmulV3 */
enum {
  MC_QUANT_ANTI_SCALE = 2,
  MC_QUANT_ANTI_OFFSET,
  MC_QUANT_OUT_SCALE,
  MC_QUANT_OUT_OFFSET,
  MC_QUANT_WEIGHT_BIAS
}; /* the other */

typedef struct mc_quant_product {
  bool weights; /* WeightQuantBatchMatmulV2 */
  bool turn_a, turn_b;
  int64_t m, n, k, group; /* group: depths that share a scale, 0: all */
  mc_shape batch;
} mc_quant_product;

mc_op_run mc_quant_product_run;

#endif
