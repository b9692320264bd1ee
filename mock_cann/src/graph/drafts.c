/* What runs when: single calls, and groups of elementwise calls at the place of their last member. */
#include <string.h>

#include "graph/layout.h"

/* A group member escapes when a view, an operator outside its group or a graph output takes its result. */
static void find_escapes(mc_layout *l) {
  for (int op = 0; op < l->program->n_ops; ++op) {
    for (int i = 0; i < l->program->ops[op].n_in; ++i) {
      const int value = l->program->ops[op].in[i];
      if (value >= 0 && l->program->values[value].kind == MC_VALUE_OP) {
        const int from = l->program->values[value].index;
        const bool view = !l->runs[op];
        l->escapes[from] |= view || l->group[op] == op || l->group[op] != l->group[from];
      }
    }
  }
  for (int i = 0; i < l->program->n_outputs; ++i) {
    const mc_value *value = &l->program->values[l->program->outputs[i]];
    if (value->kind == MC_VALUE_OP) {
      l->escapes[value->index] = true;
    }
  }
}

/* The members of each group, ascending: first[last member], then next[member]; -1 ends. */
typedef struct members {
  int *first, *next;
} members;

static bool list_members(const mc_layout *l, members *m) {
  const int n = l->program->n_ops;
  m->first = mc_arena_alloc(&l->plan->arena, ((size_t)n + 1) * sizeof *m->first);
  m->next = mc_arena_alloc(&l->plan->arena, ((size_t)n + 1) * sizeof *m->next);
  if (m->first == NULL || m->next == NULL) {
    return false;
  }
  for (int op = 0; op < n; ++op) {
    m->first[op] = -1;
  }
  for (int op = n - 1; op >= 0; --op) {
    if (l->runs[op] && l->group[op] < 0) {
      const int last = -1 - l->group[op];
      m->next[op] = m->first[last];
      m->first[last] = op;
    }
  }
  return true;
}

static bool draft_group(mc_layout *l, const members *m, int last, mc_draft *d) {
  int members[64], count = 0;
  for (int op = m->first[last]; op >= 0; op = m->next[op]) {
    members[count++] = op;
  }
  mc_fused *fused = mc_fuse_call(l->plan, members, count, l->escapes);
  if (fused == NULL) {
    return false;
  }
  *d = (mc_draft){.call = &fused->call, .in = fused->in, .out = fused->out, .n_in = fused->call.n_in,
               .n_out = fused->call.n_out, .fused = fused, .output = -1};
  return true;
}

static bool draft_steps(mc_layout *l) {
  members m;
  if (!list_members(l, &m)) {
    return false;
  }
  for (int i = 0; i < l->program->n_ops; ++i) {
    const mc_prog_op *op = &l->program->ops[i];
    mc_draft *d = &l->drafts[l->n_drafts];
    if (!l->runs[i] || (l->group[i] < 0 && l->group[i] != -1 - i)) {
      continue;
    }
    if (l->group[i] < 0) {
      if (!draft_group(l, &m, i, d)) {
        return false;
      }
    } else {
      *d = (mc_draft){.call = l->plan->calls[i], .in = op->in, .n_in = op->n_in, .n_out = op->n_out, .output = -1,
                      .flow = op->flow};
      int *out = mc_arena_alloc(&l->plan->arena, ((size_t)op->n_out + 1) * sizeof *out);
      if (out == NULL) {
        return false;
      }
      for (int k = 0; k < op->n_out; ++k) {
        out[k] = op->out + k;
      }
      d->out = out;
      if (op->kind == MC_PROG_ASSIGN) {
        out[0] = op->in[0];
        d->in = op->in + 1;
        d->n_in = d->n_out = 1;
      }
    }
    l->n_drafts += 1;
  }
  return true;
}

bool mc_layout_draft(mc_layout *l) {
  if (mc_fuse(l->plan, l->runs, l->group) != 0) {
    return false;
  }
  find_escapes(l);
  return draft_steps(l);
}
