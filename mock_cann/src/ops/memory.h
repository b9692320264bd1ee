/* What a node of an MC_OP_RANDOM or MC_OP_EFFECT operator remembers from run to run, whatever the shapes; one for every
 * loaded graph. Runs on several streams use it at once. */
#ifndef MC_OPS_MEMORY_H
#define MC_OPS_MEMORY_H

#include <stdatomic.h>
#include <stdint.h>

typedef struct mc_op_memory {
  _Atomic uint64_t used; /* random blocks drawn, lines printed */
  uint64_t seed[2];      /* for operators whose attributes give none */
} mc_op_memory;

#endif
