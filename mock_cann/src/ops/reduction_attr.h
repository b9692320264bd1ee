/* The attribute `reduction` of losses, and sums that do not depend on how many threads took part. */
#ifndef MC_OPS_REDUCTION_ATTR_H
#define MC_OPS_REDUCTION_ATTR_H

#include "ops/op.h"

typedef enum mc_loss_reduction {
  MC_LOSS_NONE,
  MC_LOSS_MEAN,
  MC_LOSS_SUM,
  MC_LOSS_BATCH_MEAN
} mc_loss_reduction;

/* Reads the attribute ("mean" when it is absent); `batch_mean` says that "batchmean" is one of the choices.
 */
int mc_loss_reduction_of(const mc_op_call *call, bool batch_mean, mc_loss_reduction *reduction);

/* A scalar, or the shape itself for MC_LOSS_NONE. */
mc_shape mc_loss_shape(const mc_shape *shape, mc_loss_reduction reduction);

/* Elements that are summed by one thread at a time; partial sums are added in their order. */
enum { MC_LOSS_PIECE = 4096 };

/* Values of an input or for an output as doubles, and back. */
void mc_load_f64(const mc_desc *desc, const void *data, int64_t at, int64_t n, double *to);
void mc_store_f64(const mc_desc *desc, const double *from, void *data, int64_t at, int64_t n);

#endif
