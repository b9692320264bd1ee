/* Drafts with places become steps: calls, the pointers they take, and which variables they need and set. */
#include <string.h>

#include "graph/flow.h"
#include "graph/layout.h"

static void add_ref(mc_plan *plan, mc_where where, int pointer) {
  plan->refs[plan->n_refs++] = (mc_ref){where, pointer};
}

static bool is_io(const mc_where *where) { return where->kind == MC_AT_INPUT || where->kind == MC_AT_OUTPUT; }

/* Two rounds, so that the pointers that change with every run come first. */
static void add_refs(mc_layout *l, bool io) {
  mc_plan *plan = l->plan;
  for (int step = 0; step < l->n_drafts; ++step) {
    const mc_draft *d = &l->drafts[step];
    for (int i = 0; i < d->n_in; ++i) {
      const mc_where *where = d->in[i] < 0 ? NULL : &mc_layout_root(l, d->in[i])->where;
      if (where != NULL && is_io(where) == io) {
        add_ref(plan, *where, plan->steps[step].first + i);
      }
    }
    for (int i = 0; i < d->n_out || (d->output >= 0 && i == 0); ++i) {
      const mc_where output = {.kind = MC_AT_OUTPUT, .index = d->output};
      const mc_where *where = d->output >= 0 ? &output : &mc_layout_root(l, d->out[i])->where;
      if (is_io(where) == io) {
        add_ref(plan, *where, plan->steps[step].first + d->n_in + i);
      }
    }
  }
}

static bool make_steps(mc_layout *l) {
  mc_plan *plan = l->plan;
  size_t pointers = 0;
  uint64_t cost = 0;
  plan->steps = mc_arena_alloc(&plan->arena, ((size_t)l->n_drafts + 1) * sizeof *plan->steps);
  if (plan->steps == NULL) {
    return false;
  }
  for (int step = 0; step < l->n_drafts; ++step) {
    const mc_draft *d = &l->drafts[step];
    plan->steps[step] = (mc_step){d->call->run, d->call, (int)pointers, d->n_in};
    pointers += (size_t)d->n_in + (size_t)d->n_out + (d->output >= 0);
    cost += d->call->cost_ns;
  }
  plan->n_steps = l->n_drafts;
  plan->n_pointers = (int)pointers;
  plan->cost_ns = cost > 1000000000 ? 1000000000 : (uint32_t)cost;
  plan->refs = mc_arena_alloc(&plan->arena, (pointers + 1) * sizeof *plan->refs);
  if (plan->refs == NULL) {
    return false;
  }
  add_refs(l, true);
  plan->n_io_refs = plan->n_refs;
  add_refs(l, false);
  for (int i = 0; i < plan->n_io_refs; ++i) {
    if (plan->refs[i].where.kind == MC_AT_INPUT) {
      plan->input_used[plan->refs[i].where.index] = true;
    }
  }
  return true;
}

/* Which variables a run needs, and which it gives values to. */
static bool note_variables(mc_layout *l) {
  mc_plan *plan = l->plan;
  const size_t n = (size_t)l->program->n_variables + 1;
  plan->required = mc_arena_alloc(&plan->arena, n * sizeof *plan->required);
  plan->assigned = mc_arena_alloc(&plan->arena, n * sizeof *plan->assigned);
  char *seen = mc_arena_alloc(&plan->arena, n);
  if (plan->required == NULL || plan->assigned == NULL || seen == NULL) {
    return false;
  }
  for (int step = 0; step < l->n_drafts; ++step) {
    const mc_draft *d = &l->drafts[step];
    for (int i = 0; i < (d->flow == NULL ? d->n_in : d->flow->n_read); ++i) {
      const mc_where *where = d->in[i] < 0 ? NULL : &mc_layout_root(l, d->in[i])->where;
      if (where != NULL && where->kind == MC_AT_VARIABLE && seen[where->index] == 0) {
        seen[where->index] = 1;
        plan->required[plan->n_required++] = where->index;
      }
    }
    const int *written = d->flow == NULL ? d->out : d->flow->writes;
    for (int i = 0; i < (d->flow == NULL ? d->n_out : d->flow->n_writes); ++i) {
      const mc_where *where = &mc_layout_root(l, written[i])->where;
      if (where->kind == MC_AT_VARIABLE && seen[where->index] != 2) {
        seen[where->index] = 2;
        plan->assigned[plan->n_assigned++] = where->index;
      }
    }
  }
  return true;
}

bool mc_layout_finish(mc_layout *l) { return make_steps(l) && note_variables(l); }
