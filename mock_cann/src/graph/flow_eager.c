/*
 * Control flow whose shapes depend on contents: subgraphs run one after the other on what is there. Each round's shapes
 * find their plan in the subgraph's cache; a subgraph that itself depends on contents runs operator by operator.
 */
#include <stdlib.h>
#include <string.h>

#include "graph/flow.h"

/* What one run of a subgraph gave, or the loop values of one round. */
typedef struct round {
  mc_arena arena;
  mc_desc *desc;
  void **data;
} round;

typedef struct eager_site {
  mc_infer *infer;
  const mc_prog_op *op;
  const mc_flow *flow;
  mc_desc *desc; /* by input of the operator */
  void **data;
} eager_site;

static mc_plan *cached(mc_flow_graph *graph, const mc_desc *in) {
  for (int at = 0; at < MC_PLAN_CACHE && graph->cache[at] != NULL; ++at) {
    mc_plan *plan = graph->cache[at];
    bool same = true;
    for (int i = 0; i < graph->program.n_inputs && same; ++i) {
      same = mc_shape_equal(&plan->in_shapes[i], &in[i].shape);
    }
    if (same) {
      memmove(&graph->cache[1], &graph->cache[0], (size_t)at * sizeof graph->cache[0]);
      graph->cache[0] = plan;
      mc_plan_retain(plan);
      return plan;
    }
  }
  return NULL;
}

static void remember(mc_flow_graph *graph, mc_plan *plan) {
  mc_plan_retain(plan);
  pthread_mutex_lock(&graph->lock);
  mc_plan *oldest = graph->cache[MC_PLAN_CACHE - 1];
  memmove(&graph->cache[1], &graph->cache[0], (MC_PLAN_CACHE - 1) * sizeof graph->cache[0]);
  graph->cache[0] = plan;
  pthread_mutex_unlock(&graph->lock);
  mc_plan_release(oldest);
}

/* The plan for these shapes, retained; a new one is made without a lock. */
static int take_plan(mc_flow_graph *graph, const mc_desc *in, mc_plan **result) {
  pthread_mutex_lock(&graph->lock);
  *result = cached(graph, in);
  pthread_mutex_unlock(&graph->lock);
  if (*result != NULL) {
    return 0;
  }
  const int status = mc_plan_build(&graph->program, in, result);
  if (status == 0) {
    remember(graph, *result);
  }
  return status;
}

static bool room(round *r, int n) {
  r->desc = mc_arena_alloc(&r->arena, ((size_t)n + 1) * sizeof *r->desc);
  r->data = mc_arena_alloc(&r->arena, ((size_t)n + 1) * sizeof *r->data);
  return r->desc != NULL && r->data != NULL;
}

static bool keep(round *r, int i, const mc_desc *desc) {
  r->desc[i] = *desc;
  r->data[i] = mc_arena_alloc(&r->arena, (size_t)mc_desc_bytes(desc) + 1);
  return r->data[i] != NULL;
}

static int run_planned(const eager_site *s, const mc_flow_graph *graph, const mc_plan *plan, void *const *in, round *out) {
  char *memory = aligned_alloc(64, (mc_flow_memory(plan) + 127) / 64 * 64);
  int status = memory == NULL ? MC_GE_NO_MEMORY : 0;
  for (int i = 0; i < graph->program.n_outputs && status == 0; ++i) {
    status = keep(out, i, &plan->values[graph->program.outputs[i]].desc) ? 0 : MC_GE_NO_MEMORY;
  }
  char why[400];
  if (status == 0 && mc_flow_run_plan(plan, in, out->data, memory, why) != 0) {
    mc_report_inner("E19999", "Node '%s' of type '%s' failed: subgraph '%s': %s.", s->op->node->name, s->op->node->type,
                    graph->name, why);
    status = MC_GE_PARAM_INVALID;
  }
  free(memory);
  return status;
}

static int run_by_contents(const mc_flow_graph *graph, const mc_desc *in, void *const *data, round *out) {
  mc_eager eager = {.program = &graph->program, .in = in, .in_data = data};
  int status = mc_eager_run(&eager);
  for (int i = 0; i < graph->program.n_outputs && status == 0; ++i) {
    status = keep(out, i, &eager.out[i]) ? 0 : MC_GE_NO_MEMORY;
    if (status == 0) {
      memcpy(out->data[i], eager.out_data[i], (size_t)mc_desc_bytes(&eager.out[i]));
    }
  }
  mc_eager_free(&eager);
  return status;
}

/* Runs graph g on the site's values. */
static int run_graph(const eager_site *s, int g, round *out) {
  mc_flow_graph *graph = &s->flow->graphs[g];
  const int n = graph->program.n_inputs;
  mc_desc *in = mc_arena_alloc(&out->arena, ((size_t)n + 1) * sizeof *in);
  void **data = mc_arena_alloc(&out->arena, ((size_t)n + 1) * sizeof *data);
  if (in == NULL || data == NULL || !room(out, graph->program.n_outputs)) {
    return MC_GE_NO_MEMORY;
  }
  for (int i = 0; i < n; ++i) {
    in[i] = s->desc[graph->from[i]];
    data[i] = s->data[graph->from[i]];
  }
  mc_plan *plan;
  int status = take_plan(graph, in, &plan);
  if (status == 0) {
    status = plan->data_dependent ? run_by_contents(graph, in, data, out) : run_planned(s, graph, plan, data, out);
    mc_plan_release(plan);
  }
  return status;
}

static int refuse(const eager_site *s, const char *text) {
  mc_infer_refuse(s->infer, s->op, "%s", text);
  return MC_GE_PARAM_INVALID;
}

static bool another_round(eager_site *s, mc_flow_range *range, int32_t *counter, int *status) {
  if (s->flow->kind == MC_FLOW_FOR) {
    *counter = (int32_t)range->next;
    s->data[0] = counter;
    return mc_flow_range_more(range);
  }
  round condition = {0};
  *status = run_graph(s, 0, &condition);
  const bool more = *status == 0 && mc_flow_truth(&condition.desc[0], condition.data[0]);
  mc_arena_free(&condition.arena);
  return more;
}

/* Two rounds live at a time: the one that reads and the one that is read. */
static int run_loop(eager_site *s, round *last) {
  const mc_flow *flow = s->flow;
  mc_flow_range range = {0};
  int32_t counter;
  int status = 0;
  if (flow->kind == MC_FLOW_FOR) {
    if (!mc_flow_range_read(&range, s->data[0], s->data[1], s->data[2])) {
      return refuse(s, "delta is 0");
    }
    s->desc[0] = (mc_desc){.dtype = MC_INT32, .format = MC_FORMAT_ND};
  }
  while (another_round(s, &range, &counter, &status)) {
    round next = {0};
    status = run_graph(s, flow->n_graphs - 1, &next);
    for (int i = 0; i < s->op->n_out && status == 0; ++i) {
      const int position = flow->made[i] + flow->leading;
      if (next.desc[i].dtype != s->desc[position].dtype) {
        status = refuse(s, "a loop value changes its dtype");
      }
      s->desc[position] = next.desc[i];
      s->data[position] = next.data[i];
    }
    mc_arena_free(&last->arena);
    *last = next;
    range.next += range.delta;
    if (status != 0) {
      break;
    }
  }
  return status;
}

static int give(const eager_site *s, int output, const mc_desc *desc, const void *data) {
  mc_plan_value *value = &s->infer->values[s->op->out + output];
  const int64_t bytes = mc_desc_bytes(desc);
  void *copy = mc_arena_alloc(s->infer->arena, (size_t)bytes + 1);
  if (copy == NULL) {
    return MC_GE_NO_MEMORY;
  }
  memcpy(copy, data, (size_t)bytes);
  value->desc = *desc;
  value->bytes = bytes;
  value->known = copy;
  return 0;
}

static int begin(eager_site *s) {
  const size_t n = (size_t)s->op->n_in + 1;
  s->desc = mc_arena_alloc(s->infer->arena, n * sizeof *s->desc);
  s->data = mc_arena_alloc(s->infer->arena, n * sizeof *s->data);
  if (s->desc == NULL || s->data == NULL) {
    return MC_GE_NO_MEMORY;
  }
  for (int i = 0; i < s->op->n_in; ++i) {
    if (s->op->in[i] >= 0) {
      const mc_plan_value *value = &s->infer->values[s->op->in[i]];
      s->desc[i] = value->desc;
      s->data[i] = (void *)(uintptr_t)value->known;
    }
  }
  return mc_flow_check_leading(s->infer, s->op) ? 0 : MC_GE_PARAM_INVALID;
}

int mc_flow_eager(mc_infer *infer, const mc_prog_op *op) {
  eager_site s = {.infer = infer, .op = op, .flow = op->flow};
  const bool is_loop = s.flow->kind == MC_FLOW_WHILE || s.flow->kind == MC_FLOW_FOR;
  round result = {0};
  int status = begin(&s);
  if (status == 0 && is_loop) {
    status = run_loop(&s, &result);
  } else if (status == 0) {
    status = run_graph(&s, s.flow->kind == MC_FLOW_CALL ? 0 : mc_flow_choose(s.flow, &s.desc[0], s.data[0]), &result);
  }
  for (int i = 0; i < op->n_out && status == 0; ++i) {
    const int position = s.flow->made[i] + s.flow->leading;
    status = is_loop ? give(&s, i, &s.desc[position], s.data[position]) : give(&s, i, &result.desc[i], result.data[i]);
  }
  mc_arena_free(&result.arena);
  return status;
}
