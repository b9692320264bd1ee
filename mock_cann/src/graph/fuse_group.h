/* What a fused group consists of. */
#ifndef MC_GRAPH_FUSE_GROUP_H
#define MC_GRAPH_FUSE_GROUP_H

#include "graph/program.h"

typedef enum mc_fuse_source {
  MC_FUSE_FROM_INPUT,
  MC_FUSE_FROM_OUTPUT,
  MC_FUSE_FROM_REGISTER,
  MC_FUSE_FROM_NOWHERE
} mc_fuse_source;

typedef struct mc_fuse_operand {
  mc_fuse_source from;
  int index;
  size_t stride; /* bytes of one element; 0: one element for all */
} mc_fuse_operand;

typedef struct mc_fuse_member {
  const mc_op_call *call;
  mc_op_tile *tile;
  uint32_t scalars;
  int n_in;
  mc_fuse_operand *in;
  mc_fuse_operand out;
} mc_fuse_member;

enum { MC_FUSE_OPERANDS = 16 }; /* of one member */

/* Turns what passes from one of the `count` members of ops[] straight to the next into registers of the machine: such
 * members become one. Returns how many members there are then, -1 when memory is exhausted. */
int mc_fuse_chains(mc_plan *plan, const int *ops, mc_fuse_member *members, int count);

#endif
