/* Operator by operator with real contents: for graphs whose shapes depend on data. Every result is kept until the end,
 * so this is the fallback, not the way. */
#include <stdlib.h>
#include <string.h>

#include "graph/flow.h"

static void set_contents(mc_eager *eager, mc_infer *infer) {
  for (int i = 0; i < eager->program->n_values; ++i) {
    const mc_value *value = &eager->program->values[i];
    if (value->kind == MC_VALUE_INPUT) {
      infer->values[i].known = eager->in_data[value->index];
    } else if (value->kind == MC_VALUE_VARIABLE) {
      infer->values[i].known = eager->variables[value->index]->view;
    }
  }
}

static int check_variables(const mc_eager *eager, const mc_prog_op *op) {
  const int n_read = op->flow == NULL ? op->n_in : op->flow->n_read;
  for (int i = op->kind == MC_PROG_ASSIGN ? 1 : 0; i < n_read; ++i) {
    const mc_value *value = op->in[i] < 0 ? NULL : &eager->program->values[op->in[i]];
    if (value != NULL && value->kind == MC_VALUE_VARIABLE && !atomic_load(&eager->variables[value->index]->assigned)) {
      mc_report_inner("E19999", "Variable '%s' is read but was never assigned; run a graph that assigns it first.",
                      eager->variables[value->index]->name);
      return MC_GE_PARAM_INVALID;
    }
  }
  return 0;
}

static int run_call(mc_infer *infer, const mc_prog_op *op, mc_op_call *call) {
  const size_t pointers = (size_t)(op->n_in + op->n_out) + 2;
  const void **in = mc_arena_alloc(infer->arena, pointers * sizeof *in);
  void **out = (void **)(uintptr_t)(in + op->n_in + 1);
  void *scratch = call->scratch == 0 ? NULL : aligned_alloc(64, (call->scratch + 63) / 64 * 64);
  bool ok = in != NULL && (call->scratch == 0 || scratch != NULL);
  const bool assign = op->kind == MC_PROG_ASSIGN;
  for (int i = 0; ok && i < op->n_in; ++i) {
    in[i] = op->in[i] < 0 ? NULL : infer->values[op->in[i]].known;
  }
  if (ok && assign) {
    out[0] = (void *)(uintptr_t)in[0];
    in[0] = in[1];
  }
  for (int i = 0; ok && i < op->n_out; ++i) {
    out[i] = mc_arena_alloc(infer->arena, (size_t)infer->values[op->out + i].bytes + 1);
    ok = out[i] != NULL;
  }
  int status = ok ? 0 : MC_GE_NO_MEMORY;
  if (ok && call->run(call, in, out, scratch) != 0) {
    char place[MC_PLACE_TEXT];
    mc_report_inner("E19999", "Node '%s' of type '%s'%s failed: %s.", op->node->name, op->node->type,
                    mc_node_place(op->node, place), call->error);
    status = MC_GE_PARAM_INVALID;
  }
  for (int i = 0; status == 0 && i < op->n_out; ++i) {
    infer->values[op->out + i].known = out[i];
  }
  free(scratch);
  return status;
}

static void note_assigned(const mc_eager *eager, int value) {
  const mc_value *written = &eager->program->values[value];
  if (written->kind == MC_VALUE_VARIABLE) {
    atomic_store(&eager->variables[written->index]->assigned, true);
  }
}

static void note_made(const mc_eager *eager, const mc_prog_op *op) {
  for (int i = 0; eager->made != NULL && i < op->n_out; ++i) {
    eager->made[op->out + i] = true;
  }
}

/* An output on a branch that was not taken. */
static int check_made(const mc_eager *eager, int output) {
  const int value = eager->program->outputs[output];
  if (eager->made == NULL || eager->program->values[value].kind != MC_VALUE_OP || eager->made[value]) {
    return 0;
  }
  mc_report_inner("E19999", "Output %d of graph is not there: it is on a branch that was not taken.", output);
  return MC_GE_PARAM_INVALID;
}

static int run_op(mc_eager *eager, mc_infer *infer, int index) {
  const mc_prog_op *op = &eager->program->ops[index];
  mc_op_call *call;
  if (mc_eager_waits(eager, &op->guards)) {
    return 0;
  }
  int status = check_variables(eager, op);
  if (status != 0) {
    return status;
  }
  if (op->kind == MC_PROG_CALL && (op->def->flags & MC_OP_BRANCH) != 0) {
    return mc_eager_branch(eager, infer, op);
  }
  if (op->kind == MC_PROG_FLOW) {
    status = mc_flow_eager(infer, op);
    for (int i = 0; status == 0 && i < op->flow->n_writes; ++i) {
      note_assigned(eager, op->flow->writes[i]);
    }
    note_made(eager, op);
    return status;
  }
  const mc_infer_result result = mc_infer_op(infer, index, &call);
  if (result == MC_INFER_RUN) {
    status = run_call(infer, op, call);
  } else if (result == MC_INFER_FAILED) {
    status = MC_GE_PARAM_INVALID;
  } else if (result == MC_INFER_UNKNOWN) {
    char place[MC_PLACE_TEXT];
    mc_report_inner("E19999", "Node '%s' of type '%s'%s: the shape of an input is not known.", op->node->name,
                    op->node->type, mc_node_place(op->node, place));
    status = MC_GE_PARAM_INVALID;
  }
  if (status == 0 && op->kind == MC_PROG_ASSIGN) {
    note_assigned(eager, op->in[0]);
  }
  note_made(eager, op);
  return status;
}

int mc_eager_run(mc_eager *eager) {
  const mc_program *program = eager->program;
  mc_infer infer = {.program = program, .arena = &eager->arena, .report = true, .prepare = true};
  eager->out = mc_arena_alloc(&eager->arena, ((size_t)program->n_outputs + 1) * sizeof *eager->out);
  eager->out_data = mc_arena_alloc(&eager->arena, ((size_t)program->n_outputs + 1) * sizeof *eager->out_data);
  if (eager->out == NULL || eager->out_data == NULL || !mc_infer_begin(&infer, eager->in)) {
    return MC_GE_NO_MEMORY;
  }
  set_contents(eager, &infer);
  if (program->branches && (eager->made = mc_arena_alloc(&eager->arena, (size_t)program->n_values + 1)) == NULL) {
    return MC_GE_NO_MEMORY;
  }
  int status = 0;
  for (int op = 0; op < program->n_ops && status == 0; ++op) {
    status = run_op(eager, &infer, op);
  }
  eager->subplans = infer.subplans;
  for (int i = 0; i < program->n_outputs && status == 0; ++i) {
    status = check_made(eager, i);
    eager->out[i] = infer.values[program->outputs[i]].desc;
    eager->out_data[i] = infer.values[program->outputs[i]].known;
  }
  return status;
}

void mc_eager_free(mc_eager *eager) {
  mc_subplans_release(eager->subplans);
  mc_arena_free(&eager->arena);
}
