/* Steps and places: which call runs when, and which memory each of its tensors is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "graph/program.h"

enum { ALIGN = 64 };

/* A step while places are still being chosen; values instead of pointers. */
typedef struct draft {
  const mc_op_call *call;
  const int *in, *out; /* values; -1: absent */
  int n_in, n_out;
  const mc_fused *fused; /* NULL: one operator */
  int output;            /* >= 0: a copy of in[0] into this graph output */
} draft;

typedef struct layout {
  mc_plan *plan;
  const mc_program *program;
  const bool *runs;
  int *group;    /* see mc_fuse */
  bool *escapes; /* by operator */
  draft *drafts;
  int n_drafts;
  int *last;     /* by root: last step that uses it; -1: nobody */
  int *made;     /* by root: step that writes it */
  mc_interval *buffers;
  int *taken;    /* by buffer: the step that last gave it to an output */
  int n_buffers;
} layout;

static bool allocate(layout *l) {
  const size_t ops = (size_t)l->program->n_ops + 1, values = (size_t)l->program->n_values + 1;
  const size_t outputs = (size_t)l->program->n_outputs;
  l->group = malloc(ops * sizeof *l->group);
  l->escapes = calloc(ops, sizeof *l->escapes);
  l->drafts = calloc(ops + outputs, sizeof *l->drafts);
  l->last = malloc(values * sizeof *l->last);
  l->made = malloc(values * sizeof *l->made);
  l->buffers = malloc(values * sizeof *l->buffers);
  l->taken = malloc(values * sizeof *l->taken);
  l->plan->out_bytes = mc_arena_alloc(&l->plan->arena, (outputs + 1) * sizeof *l->plan->out_bytes);
  l->plan->input_used = mc_arena_alloc(&l->plan->arena, (size_t)l->program->n_inputs + 1);
  return l->group != NULL && l->escapes != NULL && l->drafts != NULL && l->last != NULL && l->made != NULL &&
         l->buffers != NULL && l->taken != NULL && l->plan->out_bytes != NULL && l->plan->input_used != NULL;
}

static void release(layout *l) {
  free(l->group);
  free(l->escapes);
  free(l->drafts);
  free(l->last);
  free(l->made);
  free(l->buffers);
  free(l->taken);
}

static mc_plan_value *root_of(const layout *l, int value) { return &l->plan->values[l->plan->values[value].root]; }

/* ---- order ---- */

/* A group member escapes when a view, an operator outside its group or a graph output takes its result. */
static void find_escapes(layout *l) {
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

static bool draft_group(layout *l, int last, draft *d) {
  int members[64], count = 0;
  for (int op = 0; op <= last; ++op) {
    if (l->runs[op] && l->group[op] == -1 - last) {
      members[count++] = op;
    }
  }
  mc_fused *fused = mc_fuse_call(l->plan, members, count, l->escapes);
  if (fused == NULL) {
    return false;
  }
  *d = (draft){.call = &fused->call, .in = fused->in, .out = fused->out, .n_in = fused->call.n_in,
               .n_out = fused->call.n_out, .fused = fused, .output = -1};
  return true;
}

static bool draft_steps(layout *l) {
  for (int i = 0; i < l->program->n_ops; ++i) {
    const mc_prog_op *op = &l->program->ops[i];
    draft *d = &l->drafts[l->n_drafts];
    if (!l->runs[i] || (l->group[i] < 0 && l->group[i] != -1 - i)) {
      continue;
    }
    if (l->group[i] < 0) {
      if (!draft_group(l, i, d)) {
        return false;
      }
    } else {
      *d = (draft){.call = l->plan->calls[i], .in = op->in, .n_in = op->n_in, .n_out = op->n_out, .output = -1};
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

/* ---- places ---- */

/* The producer writes a graph output's memory itself where it can; otherwise a copy at the end does. */
static bool place_outputs(layout *l) {
  for (int i = 0; i < l->program->n_outputs; ++i) {
    const int value = l->program->outputs[i];
    mc_plan_value *root = root_of(l, value);
    l->plan->out_bytes[i] = l->plan->values[value].bytes;
    if (root->where.kind == MC_AT_NONE) {
      root->where = (mc_where){.kind = MC_AT_OUTPUT, .index = i};
      continue;
    }
    draft *d = &l->drafts[l->n_drafts++];
    d->call = mc_copy_call(&l->plan->arena, "NetOutput", l->plan->values[value].bytes);
    d->in = &l->program->outputs[i];
    d->n_in = 1;
    d->output = i;
    if (d->call == NULL) {
      return false;
    }
  }
  return true;
}

static void find_lifetimes(layout *l) {
  for (int i = 0; i < l->program->n_values; ++i) {
    l->last[i] = l->made[i] = -1;
  }
  for (int step = 0; step < l->n_drafts; ++step) {
    const draft *d = &l->drafts[step];
    for (int i = 0; i < d->n_in; ++i) {
      if (d->in[i] >= 0) {
        l->last[l->plan->values[d->in[i]].root] = step;
      }
    }
    for (int i = 0; i < d->n_out; ++i) {
      const int root = l->plan->values[d->out[i]].root;
      l->made[root] = l->made[root] < 0 ? step : l->made[root];
      l->last[root] = l->last[root] < step ? step : l->last[root];
    }
  }
}

/* How often a step reads this memory, through any view. */
static int readers(const layout *l, const draft *d, int root) {
  int count = 0;
  for (int i = 0; i < d->n_in; ++i) {
    count += d->in[i] >= 0 && l->plan->values[d->in[i]].root == root;
  }
  return count;
}

/* May output `k` of the step be written over its input `i` while the step runs? */
static bool may_overwrite(const layout *l, const draft *d, int i, int k) {
  if (d->fused != NULL) {
    const mc_plan_value *in = &l->plan->values[d->in[i]], *out = &l->plan->values[d->out[k]];
    return d->fused->last_use[i] <= d->fused->written[k] && readers(l, d, in->root) == 1 &&
           mc_dtype_size(in->desc.dtype) == mc_dtype_size(out->desc.dtype);
  }
  if (d->call->def == NULL || k != 0) {
    return false;
  }
  const int root = l->plan->values[d->in[i]].root;
  for (int other = 0; other < d->n_in; ++other) {
    if (d->in[other] >= 0 && l->plan->values[d->in[other]].root == root &&
        (other >= 32 || (d->call->def->inplace >> other & 1) == 0)) {
      return false;
    }
  }
  return true;
}

/* The buffer of an input that dies here and may become the output; -1 when there is none. */
static int reusable(const layout *l, int step, int k) {
  const draft *d = &l->drafts[step];
  const int64_t bytes = l->plan->values[d->out[k]].bytes;
  for (int i = 0; i < d->n_in; ++i) {
    const mc_plan_value *root = d->in[i] < 0 ? NULL : root_of(l, d->in[i]);
    if (root != NULL && root->buffer >= 0 && root->bytes == bytes && l->last[l->plan->values[d->in[i]].root] == step &&
        l->buffers[root->buffer].last == step && l->taken[root->buffer] != step && may_overwrite(l, d, i, k)) {
      return root->buffer;
    }
  }
  return -1;
}

static void assign_buffers(layout *l) {
  for (int step = 0; step < l->n_drafts; ++step) {
    const draft *d = &l->drafts[step];
    for (int k = 0; k < d->n_out; ++k) {
      const int root = l->plan->values[d->out[k]].root;
      mc_plan_value *value = &l->plan->values[root];
      if (value->where.kind != MC_AT_NONE) {
        continue;
      }
      value->where.kind = MC_AT_WORK;
      value->buffer = reusable(l, step, k);
      if (value->buffer < 0) {
        value->buffer = l->n_buffers++;
        l->buffers[value->buffer] = (mc_interval){.size = (size_t)value->bytes, .first = step, .last = l->last[root]};
      } else {
        l->buffers[value->buffer].last = l->last[root];
      }
      l->taken[value->buffer] = step; /* another output that dies here must not take it too */
    }
  }
}

static int place_work(layout *l) {
  mc_plan *plan = l->plan;
  const size_t total = mc_place_intervals(l->buffers, l->n_buffers);
  if (total == SIZE_MAX) {
    return MC_GE_NO_MEMORY;
  }
  for (int i = 0; i < l->program->n_values; ++i) {
    mc_plan_value *value = &plan->values[i];
    if (value->where.kind == MC_AT_WORK) {
      value->where.offset = l->buffers[value->buffer].offset;
    }
  }
  size_t scratch = 0;
  for (int step = 0; step < l->n_drafts; ++step) {
    const size_t size = l->drafts[step].call->scratch;
    scratch = size > scratch ? size : scratch;
  }
  plan->scratch_offset = total;
  plan->work_size = total + (scratch + ALIGN - 1) / ALIGN * ALIGN;
  return 0;
}

/* ---- steps ---- */

static void add_ref(mc_plan *plan, mc_where where, int pointer) {
  plan->refs[plan->n_refs++] = (mc_ref){where, pointer};
}

static bool is_io(const mc_where *where) { return where->kind == MC_AT_INPUT || where->kind == MC_AT_OUTPUT; }

/* Two rounds, so that the pointers that change with every run come first. */
static void add_refs(layout *l, bool io) {
  mc_plan *plan = l->plan;
  for (int step = 0; step < l->n_drafts; ++step) {
    const draft *d = &l->drafts[step];
    for (int i = 0; i < d->n_in; ++i) {
      const mc_where *where = d->in[i] < 0 ? NULL : &root_of(l, d->in[i])->where;
      if (where != NULL && is_io(where) == io) {
        add_ref(plan, *where, plan->steps[step].first + i);
      }
    }
    for (int i = 0; i < d->n_out || (d->output >= 0 && i == 0); ++i) {
      const mc_where output = {.kind = MC_AT_OUTPUT, .index = d->output};
      const mc_where *where = d->output >= 0 ? &output : &root_of(l, d->out[i])->where;
      if (is_io(where) == io) {
        add_ref(plan, *where, plan->steps[step].first + d->n_in + i);
      }
    }
  }
}

static bool make_steps(layout *l) {
  mc_plan *plan = l->plan;
  size_t pointers = 0;
  uint64_t cost = 0;
  plan->steps = mc_arena_alloc(&plan->arena, ((size_t)l->n_drafts + 1) * sizeof *plan->steps);
  if (plan->steps == NULL) {
    return false;
  }
  for (int step = 0; step < l->n_drafts; ++step) {
    const draft *d = &l->drafts[step];
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
static bool note_variables(layout *l) {
  mc_plan *plan = l->plan;
  const size_t n = (size_t)l->program->n_variables + 1;
  plan->required = mc_arena_alloc(&plan->arena, n * sizeof *plan->required);
  plan->assigned = mc_arena_alloc(&plan->arena, n * sizeof *plan->assigned);
  char *seen = mc_arena_alloc(&plan->arena, n);
  if (plan->required == NULL || plan->assigned == NULL || seen == NULL) {
    return false;
  }
  for (int step = 0; step < l->n_drafts; ++step) {
    const draft *d = &l->drafts[step];
    for (int i = 0; i < d->n_in; ++i) {
      const mc_where *where = d->in[i] < 0 ? NULL : &root_of(l, d->in[i])->where;
      if (where != NULL && where->kind == MC_AT_VARIABLE && seen[where->index] == 0) {
        seen[where->index] = 1;
        plan->required[plan->n_required++] = where->index;
      }
    }
    for (int i = 0; i < d->n_out; ++i) {
      const mc_where *where = &root_of(l, d->out[i])->where;
      if (where->kind == MC_AT_VARIABLE && seen[where->index] != 2) {
        seen[where->index] = 2;
        plan->assigned[plan->n_assigned++] = where->index;
      }
    }
  }
  return true;
}

int mc_plan_layout(mc_plan *plan, const bool *runs) {
  layout l = {.plan = plan, .program = plan->program, .runs = runs};
  int status = MC_GE_NO_MEMORY;
  if (allocate(&l) && mc_fuse(plan, runs, l.group) == 0) {
    find_escapes(&l);
    if (draft_steps(&l) && place_outputs(&l)) {
      find_lifetimes(&l);
      assign_buffers(&l);
      status = place_work(&l);
      if (status == 0 && (!make_steps(&l) || !note_variables(&l))) {
        status = MC_GE_NO_MEMORY;
      }
    }
  }
  release(&l);
  return status;
}
