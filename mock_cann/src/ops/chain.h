/* Several elementwise calls as one kernel that keeps what passes between them in registers. */
#ifndef MC_OPS_CHAIN_H
#define MC_OPS_CHAIN_H

#include "ops/convert.h"
#include "ops/isa/chain.h"

enum { MC_CHAIN_STEPS = 24, MC_CHAIN_NUMBERS = 8 };

/* A prepared call as a step. */
typedef struct mc_chain_op {
  mc_chain_code code;
  int dtype;   /* of every operand and of the result */
  bool exact;  /* the result of stored numbers needs no rounding */
  int operands;
  const float *p;
} mc_chain_op;

/* Whether a chain can do what the call does; false as well for calls that cannot be fused. */
bool mc_chain_op_of(const mc_op_call *call, mc_chain_op *op);

typedef struct mc_chain {
  mc_chain_run *run;
  mc_convert *widen; /* numbers to float; NULL: they are floats */
  int dtype, n_steps, n_tiles, n_numbers;
  mc_chain_step steps[MC_CHAIN_STEPS];
} mc_chain;

/* An empty chain for elements of op's type, whose first tile is the running value. */
void mc_chain_begin(mc_chain *chain, const mc_chain_op *op);
/*
 * Adds op, whose operand `running` is the running value and whose other operands are numbers or a tile. Each becomes
 * the chain's next number or tile. Returns false, and leaves the chain as it was, when it is full or has no such form.
 */
bool mc_chain_add(mc_chain *chain, const mc_chain_op *op, int running, bool other_is_tile);
/* What is stored need not be rounded before. */
void mc_chain_end(mc_chain *chain);

/* A chain's kernel: call->state is the chain, `in` are its tiles, then its numbers. */
void mc_chain_tile(const mc_op_call *call, const void *const *in, void *out, int64_t n, uint32_t scalars);

#endif
