/* Folding numbers into accumulators: what reductions, normalisations and softmax are made of. */
#ifndef MC_OPS_ISA_REDUCE_H
#define MC_OPS_ISA_REDUCE_H

#include <stddef.h>
#include <stdint.h>

typedef enum mc_fold_kind { MC_FOLD_SUM, MC_FOLD_PROD, MC_FOLD_MAX, MC_FOLD_MIN, MC_FOLD_KINDS } mc_fold_kind;

/* The types that folds read. Products of floats are folded as doubles, so there is no product of floats. */
typedef enum mc_fold_type { MC_FOLD_F32, MC_FOLD_F64, MC_FOLD_I64, MC_FOLD_U64, MC_FOLD_TYPES } mc_fold_type;

typedef struct mc_fold {
  /* Folds x[0..n) into the one accumulator. */
  void (*row)(const void *x, int64_t n, void *acc);
  /* Folds `count` rows of n elements, `stride` elements apart, into n accumulators. */
  void (*rows)(const void *x, int64_t n, int64_t count, int64_t stride, void *acc);
} mc_fold;

/* Accumulators have the type that is read, except for sums of floats: those are double. */
typedef struct mc_reduce_table {
  mc_fold fold[MC_FOLD_KINDS][MC_FOLD_TYPES];
  float (*max_f32)(const float *x, int64_t n); /* -inf when n is 0 */
  double (*sum_f32)(const float *x, int64_t n);
  /* Sum of (x - center)^2. */
  double (*square_sum_f32)(const float *x, float center, int64_t n);
} mc_reduce_table;

#endif
