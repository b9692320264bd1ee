/* Control flow as one step of a plan: subgraphs run in the step's scratch memory. Loop values alternate between the
 * operator's outputs and a second set of buffers, so that a round never writes what it reads. */
#include "graph/flow.h"

#include <stdio.h>
#include <string.h>

enum { ALIGN = 64 };

typedef struct flow_state {
  const mc_flow *flow;
  mc_plan **plans;
  int n_in, n_out;
  int max_in, max_out; /* of the graphs' programs */
  size_t *spare;       /* by output: offset of its second buffer in scratch */
  size_t *bytes;       /* by output */
  size_t condition;    /* offset of the condition's result, or of the counter */
  size_t memory;       /* offset of the memory that subgraphs run in */
} flow_state;

static size_t rounded(size_t size) { return (size + ALIGN - 1) / ALIGN * ALIGN; }

size_t mc_flow_memory(const mc_plan *plan) {
  return rounded(((size_t)plan->n_pointers + 1) * sizeof(void *)) + plan->work_size;
}

int mc_flow_run_plan(const mc_plan *plan, void *const *in, void *const *out, char *memory, char why[400]) {
  void **pointers = (void **)(void *)memory;
  char *work = memory + rounded(((size_t)plan->n_pointers + 1) * sizeof(void *));
  for (int i = 0; i < plan->n_refs; ++i) {
    const mc_where *where = &plan->refs[i].where;
    pointers[plan->refs[i].pointer] = where->kind == MC_AT_INPUT    ? in[where->index]
                                      : where->kind == MC_AT_OUTPUT ? out[where->index]
                                      : where->kind == MC_AT_KNOWN  ? (void *)(uintptr_t)where->pointer
                                                                    : work + where->offset;
  }
  return mc_steps_run(plan, pointers, work + plan->scratch_offset, why);
}

/* One run of the operator. */
typedef struct flow_run {
  const flow_state *state;
  const mc_op_call *call;
  void **current; /* by input of the operator */
  void **in, **out;
  char *scratch;
} flow_run;

/* Runs graph g from r->current into r->out. */
static int run_graph(flow_run *r, int g) {
  const mc_flow_graph *graph = &r->state->flow->graphs[g];
  for (int i = 0; i < graph->program.n_inputs; ++i) {
    r->in[i] = r->current[graph->from[i]];
  }
  char why[400];
  if (mc_flow_run_plan(r->state->plans[g], r->in, r->out, r->scratch + r->state->memory, why) != 0) {
    return mc_op_error(r->call, "subgraph '%.60s': %.180s", graph->name, why);
  }
  return 0;
}

static bool another_round(flow_run *r, mc_flow_range *range, int *status) {
  const flow_state *state = r->state;
  char *place = r->scratch + state->condition;
  if (state->flow->kind == MC_FLOW_FOR) {
    const int32_t counter = (int32_t)range->next;
    memcpy(place, &counter, sizeof counter);
    r->current[0] = place;
    return mc_flow_range_more(range);
  }
  const mc_plan *plan = state->plans[0];
  const mc_desc *desc = &plan->values[plan->program->outputs[0]].desc;
  r->out[0] = place;
  *status = run_graph(r, 0);
  return *status == 0 && mc_flow_truth(desc, place);
}

static int run_loop(flow_run *r, void *const *out) {
  const flow_state *state = r->state;
  const mc_flow *flow = state->flow;
  mc_flow_range range = {0};
  int status = 0;
  if (flow->kind == MC_FLOW_FOR && !mc_flow_range_read(&range, r->current[0], r->current[1], r->current[2])) {
    return mc_op_error(r->call, "delta is 0");
  }
  for (bool second = false; another_round(r, &range, &status); second = !second) {
    for (int i = 0; i < state->n_out; ++i) {
      r->out[i] = second ? r->scratch + state->spare[i] : out[i];
    }
    status = run_graph(r, flow->n_graphs - 1);
    if (status != 0) {
      return status;
    }
    for (int i = 0; i < state->n_out; ++i) {
      r->current[flow->made[i] + flow->leading] = r->out[i];
    }
    range.next += range.delta;
  }
  for (int i = 0; i < state->n_out && status == 0; ++i) {
    void *last = r->current[flow->made[i] + flow->leading];
    if (last != out[i]) {
      memcpy(out[i], last, state->bytes[i]);
    }
  }
  return status;
}

static int run(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const flow_state *state = call->state;
  void **pointers = scratch;
  flow_run r = {.state = state, .call = call, .scratch = scratch, .current = pointers, .in = pointers + state->n_in,
                .out = pointers + state->n_in + state->max_in};
  for (int i = 0; i < state->n_in; ++i) {
    r.current[i] = (void *)(uintptr_t)in[i];
  }
  if (state->flow->kind == MC_FLOW_WHILE || state->flow->kind == MC_FLOW_FOR) {
    return run_loop(&r, out);
  }
  for (int i = 0; i < state->n_out; ++i) {
    r.out[i] = out[i];
  }
  return run_graph(&r, state->flow->kind == MC_FLOW_CALL ? 0 : mc_flow_choose(state->flow, &call->in[0].desc, in[0]));
}

/* Pointers, second buffers, the condition, then memory for the largest subgraph. */
static void lay_out(flow_state *state, mc_op_call *call) {
  const mc_flow *flow = state->flow;
  const bool is_loop = flow->kind == MC_FLOW_WHILE || flow->kind == MC_FLOW_FOR;
  uint64_t cost = 0;
  size_t most = 0;
  for (int g = 0; g < flow->n_graphs; ++g) {
    const mc_program *program = &flow->graphs[g].program;
    state->max_in = program->n_inputs > state->max_in ? program->n_inputs : state->max_in;
    state->max_out = program->n_outputs > state->max_out ? program->n_outputs : state->max_out;
    if (state->plans[g] != NULL) {
      const size_t memory = mc_flow_memory(state->plans[g]);
      most = memory > most ? memory : most;
      cost += state->plans[g]->cost_ns;
    }
  }
  size_t at = rounded((size_t)(state->n_in + state->max_in + state->max_out) * sizeof(void *));
  for (int i = 0; i < state->n_out; ++i) {
    state->bytes[i] = (size_t)mc_desc_bytes(&call->out[i].desc);
    state->spare[i] = at;
    at += is_loop ? rounded(state->bytes[i]) : 0;
  }
  state->condition = at;
  if (flow->kind == MC_FLOW_WHILE) {
    const mc_plan *plan = state->plans[0];
    const int64_t bytes = plan->values[plan->program->outputs[0]].bytes;
    at += rounded(bytes < 1 ? 1 : (size_t)bytes);
  } else if (flow->kind == MC_FLOW_FOR) {
    at += ALIGN;
  }
  state->memory = at;
  call->scratch = at + most;
  call->cost_ns = cost > UINT32_MAX ? UINT32_MAX : (uint32_t)cost;
}

bool mc_flow_prepare(const mc_prog_op *op, mc_op_call *call, mc_plan *const *plans) {
  flow_state *state = mc_op_alloc(call, sizeof *state);
  const size_t graphs = (size_t)op->flow->n_graphs + 1, outputs = (size_t)op->n_out + 1;
  if (state == NULL) {
    return false;
  }
  state->flow = op->flow;
  state->n_in = op->n_in;
  state->n_out = op->n_out;
  state->plans = mc_op_alloc(call, graphs * sizeof *state->plans);
  state->spare = mc_op_alloc(call, outputs * sizeof *state->spare);
  state->bytes = mc_op_alloc(call, outputs * sizeof *state->bytes);
  if (state->plans == NULL || state->spare == NULL || state->bytes == NULL) {
    return false;
  }
  memcpy(state->plans, plans, (graphs - 1) * sizeof *plans);
  call->state = state;
  call->run = run;
  lay_out(state, call);
  return true;
}
