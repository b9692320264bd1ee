/* Before a graph is flattened: its nodes get an order and numbers, its subgraphs become programs, and arrays get room
 * for the most that can come. */
#include <stdlib.h>

#include "graph/flow.h"

static bool order_nodes(mc_builder *b) {
  const size_t n = (size_t)b->graph->n_nodes;
  b->order = malloc((n + 1) * sizeof *b->order);
  b->ports = calloc(n + 1, sizeof *b->ports);
  b->written = calloc(n + 1, sizeof *b->written);
  b->flows = calloc(n + 1, sizeof *b->flows);
  b->guards = calloc(n + 1, sizeof *b->guards);
  b->program->branches = mc_builder_has_branches(b->graph);
  if (b->order == NULL || b->ports == NULL || b->written == NULL || b->flows == NULL || b->guards == NULL) {
    return false;
  }
  if (!mc_graph_sort(b->graph, b->order)) {
    mc_report_inner("E19999", "%s '%s' has a cycle of data or control edges.",
                    b->subgraph == NULL ? "Graph" : "Subgraph", b->graph->name);
    b->errors += 1;
    return true;
  }
  for (size_t i = 0; i < n; ++i) {
    b->order[i]->user = (void *)(uintptr_t)i;
    const size_t n_out = (size_t)b->order[i]->n_out;
    b->ports[i] = malloc((n_out + 1) * sizeof **b->ports);
    if (b->ports[i] == NULL) {
      return false;
    }
    for (size_t port = 0; port <= n_out; ++port) {
      b->ports[i][port] = -1;
    }
  }
  return true;
}

static void mark_written(mc_builder *b) {
  for (int i = 0; i < b->graph->n_nodes; ++i) {
    const mc_node *node = b->graph->nodes[i];
    const mc_op_def *def = mc_node_kind_of(node) == MC_NODE_OP ? mc_op_find(node->type) : NULL;
    if (mc_node_kind_of(node) == MC_NODE_ASSIGN && node->n_in > 0 && node->in[0].from != NULL) {
      b->written[mc_node_position(node->in[0].from)] = true;
    }
    for (int k = 0; def != NULL && k < mc_prototype_count(def->outputs); ++k) {
      const int updated = mc_updated_input(node, def, k);
      if (updated >= 0) {
        b->written[mc_node_position(node->in[updated].from)] = true;
      }
    }
  }
}

/* What subgraphs capture is added to this graph's values. */
static size_t build_flows(mc_builder *b) {
  size_t captures = 0;
  for (int i = 0; i < b->graph->n_nodes; ++i) {
    if (mc_node_kind_of(b->order[i]) == MC_NODE_FLOW) {
      mc_flow *flow = b->flows[i] = mc_flow_build(b, b->order[i]);
      for (int g = 0; flow != NULL && g < flow->n_graphs; ++g) {
        captures += (size_t)flow->graphs[g].n_captures;
      }
    }
  }
  return captures;
}

static bool allocate(mc_builder *b, size_t captures) {
  mc_program *program = b->program;
  mc_arena *arena = &program->arena;
  const size_t n = (size_t)b->graph->n_nodes;
  size_t anchors = 2 * n + 1; /* mc_program_absorb adds two constants for an operator */
  size_t outputs = (size_t)b->graph->n_outputs + 1, net_inputs = 1;
  for (size_t i = 0; i < n; ++i) {
    const mc_node *node = b->graph->nodes[i];
    const mc_op_def *def = mc_node_kind_of(node) == MC_NODE_OP ? mc_op_find(node->type) : NULL;
    const size_t declared = def == NULL ? 0 : (size_t)mc_prototype_count(def->outputs);
    anchors += (size_t)node->n_out > declared ? (size_t)node->n_out : declared;
    net_inputs += mc_node_kind_of(node) == MC_NODE_OUTPUT ? (size_t)node->n_in : 0;
    outputs += (size_t)node->n_out;
  }
  outputs = (outputs > net_inputs ? outputs : net_inputs) + (size_t)b->graph->n_outputs;
  const size_t sources = n + captures + 1;
  program->values = mc_arena_alloc(arena, (anchors + captures) * sizeof *program->values);
  program->ops = mc_arena_alloc(arena, (anchors + n) * sizeof *program->ops);
  program->variables = mc_arena_alloc(arena, sources * sizeof *program->variables);
  program->inputs = mc_arena_alloc(arena, sources * sizeof *program->inputs);
  program->input_io = mc_arena_alloc(arena, sources * sizeof *program->input_io);
  program->outputs = mc_arena_alloc(arena, outputs * sizeof *program->outputs);
  program->output_io = mc_arena_alloc(arena, outputs * sizeof *program->output_io);
  bool ok = program->values != NULL && program->ops != NULL && program->variables != NULL && program->inputs != NULL &&
            program->input_io != NULL && program->outputs != NULL && program->output_io != NULL;
  if (b->subgraph != NULL) {
    b->subgraph->from = mc_arena_alloc(arena, sources * sizeof *b->subgraph->from);
    b->subgraph->captures = mc_arena_alloc(arena, sources * sizeof *b->subgraph->captures);
    ok = ok && b->subgraph->from != NULL && b->subgraph->captures != NULL;
  }
  return ok;
}

int mc_builder_begin(mc_builder *b) {
  if (!order_nodes(b)) {
    return MC_GE_NO_MEMORY;
  }
  if (b->errors > 0) {
    return MC_GE_PARAM_INVALID;
  }
  mark_written(b);
  return allocate(b, build_flows(b)) ? 0 : MC_GE_NO_MEMORY;
}

void mc_builder_end(mc_builder *b) {
  for (int i = 0; b->ports != NULL && i < b->graph->n_nodes; ++i) {
    free(b->ports[i]);
  }
  free(b->ports);
  free(b->order);
  free(b->written);
  free(b->flows);
  free(b->guards);
}
