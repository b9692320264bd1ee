/* How a family of operators gives its table to the registry: MC_OP_FAMILY(name, array) and a line in
 * families.def. */
#ifndef MC_OPS_FAMILY_H
#define MC_OPS_FAMILY_H

#include "ops/op.h"

typedef struct mc_op_family {
  const mc_op_def *defs;
  int count;
} mc_op_family;

#define MC_OP_FAMILY(name, array)                                                                            \
  extern const mc_op_family mc_family_##name;                                                                \
  const mc_op_family mc_family_##name = {(array), (int)(sizeof(array) / sizeof((array)[0]))}

#endif
