/* Places: which memory each tensor of each step is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "graph/layout.h"

enum { ALIGN = 64 };

static bool allocate(mc_layout *l) {
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

static void release(mc_layout *l) {
  free(l->group);
  free(l->escapes);
  free(l->drafts);
  free(l->last);
  free(l->made);
  free(l->buffers);
  free(l->taken);
}

/* The producer writes a graph output's memory itself where it can; otherwise a copy at the end does. */
static bool place_outputs(mc_layout *l) {
  for (int i = 0; i < l->program->n_outputs; ++i) {
    const int value = l->program->outputs[i];
    mc_plan_value *root = mc_layout_root(l, value);
    l->plan->out_bytes[i] = l->plan->values[value].bytes;
    if (root->where.kind == MC_AT_NONE) {
      root->where = (mc_where){.kind = MC_AT_OUTPUT, .index = i};
      continue;
    }
    mc_draft *d = &l->drafts[l->n_drafts++];
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

static void find_lifetimes(mc_layout *l) {
  for (int i = 0; i < l->program->n_values; ++i) {
    l->last[i] = l->made[i] = -1;
  }
  for (int step = 0; step < l->n_drafts; ++step) {
    const mc_draft *d = &l->drafts[step];
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
static int readers(const mc_layout *l, const mc_draft *d, int root) {
  int count = 0;
  for (int i = 0; i < d->n_in; ++i) {
    count += d->in[i] >= 0 && l->plan->values[d->in[i]].root == root;
  }
  return count;
}

/* May output `k` of the step be written over its input `i` while the step runs? */
static bool may_overwrite(const mc_layout *l, const mc_draft *d, int i, int k) {
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
static int reusable(const mc_layout *l, int step, int k) {
  const mc_draft *d = &l->drafts[step];
  const int64_t bytes = l->plan->values[d->out[k]].bytes;
  for (int i = 0; i < d->n_in; ++i) {
    const mc_plan_value *root = d->in[i] < 0 ? NULL : mc_layout_root(l, d->in[i]);
    if (root != NULL && root->buffer >= 0 && root->bytes == bytes && l->last[l->plan->values[d->in[i]].root] == step &&
        l->buffers[root->buffer].last == step && l->taken[root->buffer] != step && may_overwrite(l, d, i, k)) {
      return root->buffer;
    }
  }
  return -1;
}

static void assign_buffers(mc_layout *l) {
  for (int step = 0; step < l->n_drafts; ++step) {
    const mc_draft *d = &l->drafts[step];
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

static int place_work(mc_layout *l) {
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

int mc_plan_layout(mc_plan *plan, const bool *runs) {
  mc_layout l = {.plan = plan, .program = plan->program, .runs = runs};
  int status = MC_GE_NO_MEMORY;
  if (allocate(&l) && mc_layout_draft(&l) && place_outputs(&l)) {
    find_lifetimes(&l);
    assign_buffers(&l);
    status = place_work(&l);
    if (status == 0 && !mc_layout_finish(&l)) {
      status = MC_GE_NO_MEMORY;
    }
  }
  release(&l);
  return status;
}
