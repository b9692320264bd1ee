/* From a program and input shapes to a plan: inference in order, then what is not needed falls away. */
#include <stdlib.h>
#include <string.h>

#include "graph/flow.h"
#include "watch/counts.h"

void mc_plan_retain(mc_plan *plan) { atomic_fetch_add_explicit(&plan->users, 1, memory_order_relaxed); }

void mc_plan_release(mc_plan *plan) {
  if (plan != NULL && atomic_fetch_sub_explicit(&plan->users, 1, memory_order_acq_rel) == 1) {
    mc_subplans_release(plan->subplans);
    mc_arena_free(&plan->arena);
    free(plan);
  }
}

void mc_subplans_release(mc_subplan *list) {
  for (; list != NULL; list = list->next) {
    mc_plan_release(list->plan);
  }
}

static void need_inputs(const mc_prog_op *op, bool *need) {
  for (int i = 0; i < op->n_in; ++i) {
    if (op->in[i] >= 0) {
      need[op->in[i]] = true;
    }
  }
}

static bool any_output_needed(const mc_prog_op *op, const bool *need) {
  bool any = op->kind == MC_PROG_ASSIGN || (op->flow != NULL && op->flow->n_writes > 0) || mc_flow_has_effect(op);
  for (int i = 0; i < op->n_out; ++i) {
    any |= need[op->out + i];
  }
  return any;
}

/* Backwards from outputs and from what is run for its effect. `results` (may be NULL) stops at what is known and passes
 * through views. */
static void mark_needed(const mc_program *program, const mc_infer_result *results, bool *need, bool *runs) {
  memset(need, 0, (size_t)program->n_values * sizeof *need);
  for (int i = 0; i < program->n_outputs; ++i) {
    need[program->outputs[i]] = true;
  }
  for (int op = program->n_ops - 1; op >= 0; --op) {
    const bool wanted = any_output_needed(&program->ops[op], need);
    const bool known = results != NULL && results[op] == MC_INFER_KNOWN;
    runs[op] = wanted && (results == NULL || results[op] == MC_INFER_RUN);
    if (wanted && !known) {
      need_inputs(&program->ops[op], need);
    }
  }
}

static bool sizes_fit(const mc_program *program, const mc_desc *inputs) {
  for (int i = 0; i < program->n_inputs; ++i) {
    const int64_t bytes = mc_desc_bytes(&inputs[i]);
    if (bytes < 0 || bytes > MC_LARGEST_TENSOR) {
      char shape[MC_SHAPE_TEXT];
      mc_report("E13025", MC_TEXT("input %d ('%.60s') of shape %.80s is unknown or too large", i,
                                  program->input_io[i].name, mc_shape_text(&inputs[i].shape, shape)), (char *)NULL);
      return false;
    }
  }
  return true;
}

static int infer_all(mc_plan *plan, const mc_desc *inputs, const void *const *known, const bool *wanted,
                     mc_infer_result *results) {
  const mc_program *program = plan->program;
  mc_infer infer = {.program = program, .arena = &plan->arena, .known = known, .report = true, .prepare = true};
  if (!mc_infer_begin(&infer, inputs)) {
    return MC_GE_NO_MEMORY;
  }
  plan->values = infer.values;
  for (int op = 0; op < program->n_ops; ++op) {
    results[op] = MC_INFER_UNKNOWN;
    if (wanted[op]) {
      results[op] = mc_infer_op(&infer, op, &plan->calls[op]);
      plan->data_dependent |= results[op] == MC_INFER_UNKNOWN;
    }
  }
  plan->subplans = infer.subplans;
  return infer.errors == 0 ? 0 : MC_GE_PARAM_INVALID;
}

static int build(mc_plan *plan, const mc_desc *inputs, const void *const *known) {
  const mc_program *program = plan->program;
  const size_t n = (size_t)program->n_ops + 1;
  plan->calls = mc_arena_alloc(&plan->arena, n * sizeof *plan->calls);
  plan->in_shapes = mc_arena_alloc(&plan->arena, ((size_t)program->n_inputs + 1) * sizeof *plan->in_shapes);
  plan->in_bytes = mc_arena_alloc(&plan->arena, ((size_t)program->n_inputs + 1) * sizeof *plan->in_bytes);
  mc_infer_result *results = malloc(n * sizeof *results);
  bool *need = malloc((size_t)program->n_values + 1), *runs = malloc(n);
  int status = MC_GE_NO_MEMORY;
  plan->data_dependent = program->branches;
  if (plan->calls != NULL && plan->in_shapes != NULL && plan->in_bytes != NULL && results != NULL && need != NULL &&
      runs != NULL) {
    for (int i = 0; i < program->n_inputs; ++i) {
      plan->in_shapes[i] = inputs[i].shape;
      plan->in_bytes[i] = mc_desc_bytes(&inputs[i]);
    }
    mark_needed(program, NULL, need, runs);
    status = infer_all(plan, inputs, known, runs, results);
  }
  if (status == 0 && !plan->data_dependent) {
    mark_needed(program, results, need, runs);
    status = mc_plan_layout(plan, runs);
  }
  free(results);
  free(need);
  free(runs);
  return status;
}

int mc_plan_build(const mc_program *program, const mc_desc *inputs, mc_plan **result) {
  return mc_plan_build_known(program, inputs, NULL, result);
}

int mc_plan_build_known(const mc_program *program, const mc_desc *inputs, const void *const *known, mc_plan **result) {
  mc_plan *plan = calloc(1, sizeof *plan);
  *result = NULL;
  if (plan == NULL) {
    return MC_GE_NO_MEMORY;
  }
  if (!sizes_fit(program, inputs)) {
    free(plan);
    return MC_GE_PARAM_INVALID;
  }
  plan->program = program;
  atomic_init(&plan->users, 1);
  const int status = build(plan, inputs, known);
  if (status != 0) {
    mc_plan_release(plan);
    return status;
  }
  mc_count_add(MC_COUNT_PLANS);
  *result = plan;
  return 0;
}
