/* A plan with addresses: the pointers of all steps, made once; a run replaces those of the graph's inputs and outputs
 * and walks the steps. */
#include <stdio.h>
#include <stdlib.h>

#include "graph/compiled.h"

mc_bound *mc_bound_create(mc_plan *plan) {
  mc_bound *bound = calloc(1, sizeof *bound);
  if (bound == NULL) {
    return NULL;
  }
  bound->pointers = calloc((size_t)plan->n_pointers + 1, sizeof *bound->pointers);
  if (bound->pointers == NULL) {
    free(bound);
    return NULL;
  }
  atomic_init(&bound->users, 1);
  mc_plan_retain(plan);
  bound->plan = plan;
  return bound;
}

void mc_bound_release(mc_bound *bound) {
  if (bound != NULL && atomic_fetch_sub_explicit(&bound->users, 1, memory_order_acq_rel) == 1) {
    mc_plan_release(bound->plan);
    free(bound->pointers);
    free(bound);
  }
}

static void *resolve(const mc_bound *bound, const mc_addresses *a, const mc_where *where) {
  switch (where->kind) {
  case MC_AT_CONST:
    return a->weight == NULL ? (void *)(uintptr_t)bound->plan->program->values[where->index].data
                             : (void *)(uintptr_t)(a->weight + a->const_offsets[where->index]);
  case MC_AT_KNOWN:
    return (void *)(uintptr_t)where->pointer;
  case MC_AT_WORK:
    return a->work + where->offset;
  case MC_AT_VARIABLE:
    return a->variables[where->index]->view;
  case MC_AT_NONE:
  case MC_AT_INPUT:
  case MC_AT_OUTPUT:
    break;
  }
  return NULL;
}

static void point(mc_bound *bound, const mc_addresses *a) {
  const mc_plan *plan = bound->plan;
  for (int i = plan->n_io_refs; i < plan->n_refs; ++i) {
    bound->pointers[plan->refs[i].pointer] = resolve(bound, a, &plan->refs[i].where);
  }
  bound->work = a->work;
  bound->weight = a->weight;
  bound->pointing = true;
}

static int check_variables(const mc_plan *plan, const mc_addresses *a, char why[400]) {
  for (int i = 0; i < plan->n_required; ++i) {
    const mc_variable *variable = a->variables[plan->required[i]];
    if (!atomic_load_explicit(&variable->assigned, memory_order_acquire)) {
      snprintf(why, 400, "variable '%s' is read but was never assigned; run a graph that assigns it first",
               variable->name);
      return MC_RT_MODEL_EXECUTE;
    }
  }
  return 0;
}

static void explain(const mc_step *step, char why[400]) {
  const mc_op_call *call = step->call;
  snprintf(why, 400, "node '%s' of type '%s' failed: %s", call->node, call->def == NULL ? "copy" : call->def->type,
           call->error[0] == 0 ? "no reason given" : call->error);
}

int mc_steps_run(const mc_plan *plan, void **pointers, char *scratch, char why[400]) {
  for (const mc_step *step = plan->steps, *end = step + plan->n_steps; step < end; ++step) {
    void **at = pointers + step->first;
    if (step->run(step->call, (const void *const *)at, at + step->n_in, scratch) != 0) {
      explain(step, why);
      return MC_RT_AICORE_EXCEPTION;
    }
  }
  return 0;
}

int mc_bound_run(mc_bound *bound, const mc_addresses *a, char why[400]) {
  const mc_plan *plan = bound->plan;
  if (plan->n_required > 0) {
    const int status = check_variables(plan, a, why);
    if (status != 0) {
      return status;
    }
  }
  if (!bound->pointing || bound->work != a->work || bound->weight != a->weight) {
    point(bound, a);
  }
  void **pointers = bound->pointers;
  for (int i = 0; i < plan->n_io_refs; ++i) {
    const mc_ref *ref = &plan->refs[i];
    pointers[ref->pointer] = ref->where.kind == MC_AT_INPUT ? a->in[ref->where.index] : a->out[ref->where.index];
  }
  const int status = mc_steps_run(plan, pointers, a->work + plan->scratch_offset, why);
  if (status != 0) {
    return status;
  }
  for (int i = 0; i < plan->n_assigned; ++i) {
    atomic_store_explicit(&a->variables[plan->assigned[i]]->assigned, true, memory_order_release);
  }
  return 0;
}
