/* y = (x - center) * scale + shift with one set of numbers per channel: how every batch normalisation ends.
 */
#ifndef MC_OPS_CHANNEL_NORM_H
#define MC_OPS_CHANNEL_NORM_H

#include "ops/isa/reduce.h"
#include "ops/isa/rows.h"
#include "ops/op.h"
#include "ops/row_io.h"

/* x is [batches, channels, inner]; channels last means inner is 1. */
typedef struct mc_channels {
  int64_t batches, channels, inner;
  mc_row_io io;
  const mc_reduce_table *reduce;
  const mc_rows_table *rows;
} mc_channels;

/* The axis of channels is 1, or the last one. */
void mc_channels_make(mc_channels *c, const mc_desc *x, bool last);

void mc_channels_apply(const mc_channels *c, const void *x, const float *center, const float *scale,
                       const float *shift, void *y);
/* Mean and mean squared distance from it of every channel. `sums`: one double per channel. */
void mc_channels_moments(const mc_channels *c, const void *x, double *sums, float *mean, float *variance);

uint32_t mc_channels_cost(const mc_channels *c, int passes);

#endif
