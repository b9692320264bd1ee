/* The inputs of one run: how many, how large, where; and what a launch is given for them. */
#ifndef MC_GRAPH_SESSION_INPUTS_H
#define MC_GRAPH_SESSION_INPUTS_H

#include "graph/session_state.h"

typedef enum mc_input_rule {
  MC_INPUTS_SYNC,   /* RunGraph: host or device, more and larger inputs than needed are fine */
  MC_INPUTS_ASYNC,  /* RunGraphAsync: the number must match; larger fails, smaller is padded */
  MC_INPUTS_STREAM, /* RunGraphWithStreamAsync: the number must match; host only as documented */
} mc_input_rule;

#define MC_INLINE_INPUTS 8

typedef struct mc_inputs {
  int count;
  mc_binding *bindings;
  void **staged; /* copies of inputs that are shorter than what the model reads; NULL: none */
  mc_binding inline_bindings[MC_INLINE_INPUTS];
} mc_inputs;

/* Checks and binds; refusals are reported (E13025). Call close in every case. With the slot loaded. */
mc_ge_status mc_inputs_open(mc_inputs *inputs, const mc_slot *slot, mc_input_rule rule,
                            const mc_run_tensor *in, int n_in);
void mc_inputs_close(mc_inputs *inputs);

/* True when every run has the shapes the model was compiled with. */
bool mc_has_fixed_shapes(const mc_model *model);

/* session_run.c: runs the loaded graph on this thread. Outputs are host blocks in a malloc'ed array. With
 * RunFlag or on the model thread. */
mc_ge_status mc_slot_run_host(mc_slot *slot, const mc_run_tensor *in, int n_in, mc_input_rule rule,
                              mc_run_tensor **out, int *n_out);

/* session_outputs.c: launches the loaded graph with bound inputs. `handle` is the stream as the caller named
 * it, by which allocators are registered. Missing outputs are allocated and told of in `tensors`. With the
 * turn. */
mc_ge_status mc_slot_launch(mc_slot *slot, mc_stream *stream, const void *handle, const mc_inputs *inputs,
                            mc_run_tensor *tensors, int count);
/* E13031; PARAM_INVALID. */
mc_ge_status mc_refuse_output(const char *reason);

#endif
