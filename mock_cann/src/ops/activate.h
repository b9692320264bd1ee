/* A function of one float applied to rows inside another operator's kernel. */
#ifndef MC_OPS_ACTIVATE_H
#define MC_OPS_ACTIVATE_H

#include "ops/isa.h"
#include "ops/isa/map.h"

MC_ISA_DECLARE(mc_unary_table, mc_unary_kernels);

typedef struct mc_activation {
  mc_unary function;
  mc_map_params parameters;
} mc_activation;

/* y may be x. */
static inline void mc_activate(const mc_activation *a, const float *x, float *y, int64_t n) {
  const mc_op_call call = {.state = (void *)&a->parameters};
  const void *in[1] = {x};
  MC_ISA_PICK(mc_unary_kernels)->f32[a->function](&call, in, y, n, 0);
}

#endif
