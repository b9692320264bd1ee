/* A reduction that was planned: which elements are folded, in which types. */
#ifndef MC_OPS_REDUCTION_H
#define MC_OPS_REDUCTION_H

#include "ops/axes.h"
#include "ops/convert.h"
#include "ops/isa/reduce.h"

/* Elements of one long row that are folded apart, so that several threads can share it. */
enum { MC_REDUCTION_PIECE = 1 << 16 };

typedef struct mc_reduction {
  mc_axes_plan plan;
  mc_fold fold;
  mc_convert *load, *store; /* NULL: the types agree */
  size_t in_size, acc_size, out_size;
  int acc_dtype;
  char start[8]; /* the accumulator of nothing */
  bool mean;
  mc_fold_kind kind;
  int64_t partials; /* pieces of one long row that are folded apart */
} mc_reduction;

/* `partials`: room for s->partials accumulators. */
void mc_reduction_run(const mc_reduction *s, const void *in, void *out, void *partials);

#endif
