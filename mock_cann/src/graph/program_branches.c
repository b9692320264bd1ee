/*
 * What waits for which branch, in graphs with Switch and Merge nodes as TensorFlow 1 wrote conditionals: a Switch gives
 * its data to one of two outputs, what reads the other does not run, and a Merge gives the first input that is there.
 * Every node waits for what its inputs and the nodes that control it wait for; a Merge waits for none in particular, and
 * who reads it waits for the Merge. Constants and variables are always there, so that a Merge looks at their nodes.
 */
#include <stdlib.h>
#include <string.h>

#include "graph/flow.h"

static bool is_switch(const mc_node *node) { return strcmp(node->type, "Switch") == 0; }
static bool is_merge(const mc_node *node) { return strcmp(node->type, "Merge") == 0; }

bool mc_builder_has_branches(const mc_graph *graph) {
  for (int i = 0; i < graph->n_nodes; ++i) {
    if (is_switch(graph->nodes[i]) || is_merge(graph->nodes[i])) {
      return true;
    }
  }
  return false;
}

static bool add(mc_builder *b, mc_guards *to, int value) {
  for (int i = 0; i < to->count; ++i) {
    if (to->values[i] == value) {
      return true;
    }
  }
  if ((to->count & (to->count - 1)) == 0) { /* full: room doubles at powers of two */
    int *values = mc_arena_alloc(&b->program->arena, ((size_t)to->count * 2 + 1) * sizeof *values);
    if (values == NULL) {
      return false;
    }
    if (to->count > 0) {
      memcpy(values, to->values, (size_t)to->count * sizeof *values);
    }
    to->values = values;
  }
  to->values[to->count++] = value;
  return true;
}

/* What a reader of the node's output waits for; port -1: who is controlled by the node. */
static bool add_source(mc_builder *b, mc_guards *to, const mc_node *from, int port) {
  const mc_guards *guards = &b->guards[mc_node_position(from)];
  for (int i = 0; i < guards->count; ++i) {
    if (!add(b, to, guards->values[i])) {
      return false;
    }
  }
  const int value = port >= 0 && is_switch(from) ? b->ports[mc_node_position(from)][port] : -1;
  return value < 0 || add(b, to, value);
}

static bool guard_merge(mc_builder *b, const mc_node *node, int first) {
  if (b->program->n_ops == first) {
    return true; /* it was rejected */
  }
  mc_prog_op *op = &b->program->ops[first];
  op->in_guards = mc_arena_alloc(&b->program->arena, ((size_t)op->n_in + 1) * sizeof *op->in_guards);
  bool ok = op->in_guards != NULL && add(b, &b->guards[mc_node_position(node)], op->out);
  int at = 0;
  for (int i = 0; ok && i < node->n_in && at < op->n_in; ++i) {
    const mc_input *input = &node->in[i];
    if (input->from != NULL) {
      ok = add_source(b, &op->in_guards[at++], input->from, input->port);
    }
  }
  return ok;
}

bool mc_builder_guard(mc_builder *b, const mc_node *node, int first) {
  if (is_merge(node)) {
    return guard_merge(b, node, first);
  }
  mc_guards *guards = &b->guards[mc_node_position(node)];
  bool ok = true;
  for (int i = 0; ok && i < node->n_in; ++i) {
    ok = node->in[i].from == NULL || add_source(b, guards, node->in[i].from, node->in[i].port);
  }
  for (int i = 0; ok && i < node->n_control; ++i) {
    ok = add_source(b, guards, node->control[i], -1);
  }
  for (int op = first; ok && op < b->program->n_ops; ++op) {
    b->program->ops[op].guards = *guards;
  }
  return ok;
}
