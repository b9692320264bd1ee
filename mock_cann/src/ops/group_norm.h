/* Normalisation of samples, by channel or by groups of channels. */
#ifndef MC_OPS_GROUP_NORM_H
#define MC_OPS_GROUP_NORM_H

#include "ops/op.h"

/* Inputs x gamma? beta? mean? variance?, outputs y mean spread. */
typedef struct mc_group_norm {
  int64_t n, c, pixels;
  int64_t groups; /* c: every channel by itself */
  float epsilon;
  float momentum;     /* of running statistics in in[3] and in[4]; negative: none */
  bool channels_last;
  bool rstd;       /* the last output is 1 / sqrt(variance + epsilon) */
  bool given;      /* the statistics are in[3] and in[4], per sample and channel */
  bool per_sample; /* gamma and beta have a set for every sample */
  bool silu;
} mc_group_norm;

int mc_group_norm_prepare(mc_op_call *call, const mc_group_norm *geometry);

#endif
