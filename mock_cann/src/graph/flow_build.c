/* From a control flow node to its subgraphs' programs, and what those capture. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/flow.h"

enum { DEEPEST = 64 };

void mc_flow_free(mc_flow *flow) {
  for (; flow != NULL; flow = flow->next) {
    for (int g = 0; g < flow->n_graphs; ++g) {
      for (int i = 0; i < MC_PLAN_CACHE; ++i) {
        mc_plan_release(flow->graphs[g].cache[i]);
      }
      mc_program_free(&flow->graphs[g].program);
      pthread_mutex_destroy(&flow->graphs[g].lock);
    }
  }
}

static bool runs_itself(const mc_builder *b, const mc_graph *graph, int *depth) {
  for (; b != NULL; b = b->parent, ++*depth) {
    if (b->graph == graph) {
      return true;
    }
  }
  return false;
}

static bool build_graph(mc_builder *b, const mc_node *node, mc_flow *flow, int index) {
  const char *name = node->subgraphs[index];
  const mc_graph *graph = mc_graph_subgraph(b->graph, name);
  char text[200];
  int depth = 0;
  if (graph == NULL || runs_itself(b, graph, &depth) || depth > DEEPEST) {
    snprintf(text, sizeof text, "runs the subgraph '%.80s', which %s", name,
             graph == NULL     ? "the graph does not have"
             : depth > DEEPEST ? "is nested too deeply"
                               : "runs itself");
    mc_builder_reject(b, node, text);
    return false;
  }
  mc_flow_graph *to = &flow->graphs[index];
  to->name = graph->name;
  if (mc_program_build_subgraph(b, node, graph, to) != 0) {
    snprintf(text, sizeof text, "cannot be compiled: its subgraph '%.100s' cannot", name);
    mc_builder_reject(b, node, text);
    return false;
  }
  const int wanted = flow->kind == MC_FLOW_WHILE && index == 0 ? 1 : node->n_out;
  if (to->program.n_outputs != wanted) {
    snprintf(text, sizeof text, "needs %d output%s of its subgraph '%.80s', which gives %d", wanted, wanted == 1 ? "" : "s",
             name, to->program.n_outputs);
    mc_builder_reject(b, node, text);
    return false;
  }
  return true;
}

/* How a subgraph uses a variable: read before it is written, written. */
static void note_use(const mc_program *program, mc_capture *capture) {
  const int value = program->inputs[capture->input];
  for (int at = 0; at < program->n_ops; ++at) {
    const mc_prog_op *op = &program->ops[at];
    const int n_read = op->flow == NULL ? op->n_in : op->flow->n_read;
    for (int i = op->kind == MC_PROG_ASSIGN ? 1 : 0; i < n_read; ++i) {
      capture->read |= op->in[i] == value && !capture->write;
    }
    capture->write |= op->kind == MC_PROG_ASSIGN && op->in[0] == value;
    for (int i = 0; op->flow != NULL && i < op->flow->n_writes; ++i) {
      capture->write |= op->flow->writes[i] == value;
    }
  }
  for (int i = 0; i < program->n_outputs; ++i) {
    capture->read |= program->outputs[i] == value && !capture->write;
  }
}

static bool has_effect(const mc_program *program) {
  for (int at = 0; at < program->n_ops; ++at) {
    if (mc_flow_has_effect(&program->ops[at])) {
      return true;
    }
  }
  return false;
}

static bool check_counts(mc_builder *b, const mc_node *node, const mc_flow *flow) {
  static const int kGraphs[] = {[MC_FLOW_IF] = 2, [MC_FLOW_WHILE] = 2, [MC_FLOW_FOR] = 1, [MC_FLOW_CALL] = 1};
  char text[120];
  if (flow->kind == MC_FLOW_CASE ? node->n_subgraphs < 1 : node->n_subgraphs != kGraphs[flow->kind]) {
    snprintf(text, sizeof text, "has %d subgraphs, not %d", node->n_subgraphs,
             flow->kind == MC_FLOW_CASE ? 1 : kGraphs[flow->kind]);
    mc_builder_reject(b, node, text);
    return false;
  }
  const bool loop = flow->kind == MC_FLOW_WHILE || flow->kind == MC_FLOW_FOR;
  if (node->n_in < flow->leading || (loop && node->n_in - flow->leading != node->n_out)) {
    snprintf(text, sizeof text, "has %d inputs and %d outputs, which do not fit", node->n_in, node->n_out);
    mc_builder_reject(b, node, text);
    return false;
  }
  return true;
}

/* A loop value that the body hands on as it came never changes: readers of the loop take what went in, and the body's
 * program does not give it. */
static bool note_changes(mc_builder *b, mc_flow *flow) {
  mc_arena *arena = &b->program->arena;
  const mc_node *node = flow->node;
  flow->made = mc_arena_alloc(arena, ((size_t)node->n_out + 1) * sizeof *flow->made);
  flow->varies = mc_arena_alloc(arena, (size_t)node->n_in + 1);
  if (flow->made == NULL || flow->varies == NULL) {
    return false;
  }
  mc_flow_graph *body = &flow->graphs[flow->n_graphs - 1];
  const bool loop = flow->kind == MC_FLOW_WHILE || flow->kind == MC_FLOW_FOR;
  int made = 0;
  for (int i = 0; i < node->n_out; ++i) {
    const mc_value *value = &body->program.values[body->program.outputs[i]];
    const bool same = loop && value->kind == MC_VALUE_INPUT && value->index < body->n_data &&
                      body->from[value->index] == i + flow->leading;
    if (loop) {
      flow->varies[i + flow->leading] = !same;
      body->program.outputs[made] = body->program.outputs[i];
      body->program.output_io[made] = body->program.output_io[i];
    }
    if (!same) {
      flow->made[made++] = i;
    }
  }
  flow->made[made] = -1;
  body->program.n_outputs = loop ? made : body->program.n_outputs;
  if (flow->kind == MC_FLOW_FOR) {
    flow->varies[0] = true;
  }
  return true;
}

mc_flow *mc_flow_build(mc_builder *b, const mc_node *node) {
  static const int kLeading[] = {[MC_FLOW_IF] = 1, [MC_FLOW_CASE] = 1, [MC_FLOW_FOR] = 3, [MC_FLOW_CALL] = 0};
  mc_arena *arena = &b->program->arena;
  mc_flow *flow = mc_arena_alloc(arena, sizeof *flow);
  mc_flow_graph *graphs = mc_arena_alloc(arena, ((size_t)node->n_subgraphs + 1) * sizeof *graphs);
  if (flow == NULL || graphs == NULL) {
    mc_builder_reject(b, node, "cannot be compiled: out of memory");
    return NULL;
  }
  const mc_flow_kind kind = (mc_flow_kind)mc_flow_kind_of(node->type);
  *flow = (mc_flow){.kind = kind, .node = node, .graphs = graphs, .n_graphs = node->n_subgraphs, .leading = kLeading[kind],
                    .next = b->program->flows};
  for (int i = 0; i < flow->n_graphs; ++i) {
    pthread_mutex_init(&graphs[i].lock, NULL);
  }
  b->program->flows = flow;
  bool ok = check_counts(b, node, flow);
  for (int i = 0; ok && i < flow->n_graphs; ++i) {
    ok = build_graph(b, node, flow, i);
    flow->effect |= ok && has_effect(&graphs[i].program);
    for (int c = 0; ok && c < graphs[i].n_captures; ++c) {
      if (graphs[i].captures[c].value.kind == MC_VALUE_VARIABLE) {
        note_use(&graphs[i].program, &graphs[i].captures[c]);
      }
    }
  }
  return ok && note_changes(b, flow) ? flow : NULL;
}
