/* Preparing and running elementwise operators: broadcasting, conversion to the computing type, threads. */
#ifndef MC_OPS_MAP_H
#define MC_OPS_MAP_H

#include "ops/isa/map.h"
#include "ops/nest.h"

/* How a call computes. */
typedef struct mc_map_spec {
  mc_op_tile *kernel;             /* in the computing types */
  int in_dtype[MC_NEST_OPERANDS]; /* the type in which the kernel reads each input; the input's own: no
                                     conversion */
  int out_dtype;                  /* the type it writes */
  uint32_t ps;                    /* picoseconds per element, roughly */
  float p[4];                     /* parameters, see isa/map.h */
  mc_convert *convert;
  const mc_shape *shapes[MC_NEST_OPERANDS]; /* instead of the inputs' own shapes where not NULL */
} mc_map_spec;

/* Fills call->state, run and cost for all of call->in (at most MC_NEST_OPERANDS) and out[0]. */
int mc_map_prepare(mc_op_call *call, const mc_map_spec *spec);

/* For mc_op_def.tile: the prepared kernel when every operand is one element or shaped like the result. */
mc_op_tile *mc_map_tile(const mc_op_call *call);

/* The kernel in the computing types of a call that mc_map_tile can fuse; NULL for every other call. */
mc_op_tile *mc_map_kernel(const mc_op_call *call);

#endif
