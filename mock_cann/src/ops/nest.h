/* A broadcast as the smallest loop nest: dims merged wherever every operand allows it. */
#ifndef MC_OPS_NEST_H
#define MC_OPS_NEST_H

#include "base/tensor.h"

#define MC_NEST_OPERANDS 4

typedef struct mc_nest {
  int operands;
  int rank;                                          /* at least 1 */
  int64_t count;                                     /* elements of the result */
  int64_t dims[MC_MAX_RANK];                         /* outermost first; no 1 unless it is the only one */
  int64_t strides[MC_NEST_OPERANDS][MC_MAX_RANK];    /* in elements; 0: repeated along this dim */
  uint32_t scalars;                                  /* bit k: operand k is one element */
  bool flat; /* every operand is one element or has the result's shape */
} mc_nest;

/* The operands' shapes must broadcast to `out`. */
void mc_nest_make(mc_nest *nest, const mc_shape *out, const mc_shape *const *shapes, int operands);

/* A position in the nest: offsets of each operand, in elements, for the innermost run that contains an index.
 */
typedef struct mc_nest_at {
  int64_t index[MC_MAX_RANK];
  int64_t offset[MC_NEST_OPERANDS]; /* of the innermost run's first element */
} mc_nest_at;

/* Positions at result element `begin`; returns how far `begin` is into its innermost run. */
int64_t mc_nest_seek(const mc_nest *nest, mc_nest_at *at, int64_t begin);
/* To the next innermost run. */
void mc_nest_next(const mc_nest *nest, mc_nest_at *at);

#endif
