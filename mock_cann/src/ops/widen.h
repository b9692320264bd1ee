/* Kernels written for float serve 16-bit tensors too: those are converted in scratch, before and after. */
#ifndef MC_OPS_WIDEN_H
#define MC_OPS_WIDEN_H

#include "ops/op.h"

/*
 * Call last in prepare, with call->state, scratch and cost_ns set. `run` gets float for every input and output
 * of the masks (bit i: in[i], out[i]) that has another type; the call's descriptions stay as they are. Values
 * are converted as Cast does.
 */
int mc_widen_prepare(mc_op_call *call, mc_op_run *run, uint32_t inputs, uint32_t outputs);

#endif
