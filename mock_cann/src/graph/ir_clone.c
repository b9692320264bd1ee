/* Deep copies. */
#include <stdlib.h>
#include <string.h>

#include "graph/codec.h"

static bool copy_text(char **to, const char *from) {
  *to = from == NULL ? NULL : strdup(from);
  return from == NULL || *to != NULL;
}

bool mc_tensor_desc_copy(mc_tensor_desc *to, const mc_tensor_desc *from) {
  mc_tensor_desc copy = *from;
  copy.attrs = (mc_attrs){0};
  if (!copy_text(&copy.name, from->name) || !mc_attrs_copy(&copy.attrs, &from->attrs)) {
    mc_tensor_desc_free(&copy);
    return false;
  }
  mc_tensor_desc_free(to);
  *to = copy;
  return true;
}

static bool clone_node(mc_graph *graph, const mc_node *from) {
  mc_node *node = mc_graph_add_node(graph, from->name, from->type, from->n_in, from->n_out);
  if (node == NULL) {
    return false;
  }
  node->id = from->id;
  bool ok = mc_attrs_copy(&node->attrs, &from->attrs) && mc_attrs_copy(&node->ir_attrs, &from->ir_attrs);
  for (int i = 0; ok && i < from->n_in; ++i) {
    ok = copy_text(&node->in[i].name, from->in[i].name) &&
         mc_tensor_desc_copy(&node->in[i].desc, &from->in[i].desc);
  }
  for (int i = 0; ok && i < from->n_out; ++i) {
    ok = copy_text(&node->out[i].name, from->out[i].name) &&
         mc_tensor_desc_copy(&node->out[i].desc, &from->out[i].desc);
  }
  if (from->n_subgraphs > 0) {
    node->subgraphs = calloc((size_t)from->n_subgraphs, sizeof *node->subgraphs);
    ok &= node->subgraphs != NULL;
  }
  for (int i = 0; ok && i < from->n_subgraphs; ++i) {
    ok = copy_text(&node->subgraphs[i], from->subgraphs[i]);
    node->n_subgraphs = i + 1;
  }
  return ok;
}

static bool clone_edges(mc_graph *graph, const mc_node *from) {
  mc_node *node = mc_graph_find(graph, from->name);
  bool ok = true;
  for (int i = 0; ok && i < from->n_in; ++i) {
    const mc_input *input = &from->in[i];
    ok = input->from == NULL ||
         mc_graph_connect(graph, mc_graph_find(graph, input->from->name), input->port, node, i);
  }
  for (int i = 0; ok && i < from->n_control; ++i) {
    ok = mc_graph_connect_control(graph, mc_graph_find(graph, from->control[i]->name), node);
  }
  return ok;
}

mc_graph *mc_graph_clone(const mc_graph *graph) {
  mc_graph *copy = mc_graph_create(graph->name);
  bool ok = copy != NULL && mc_attrs_copy(&copy->attrs, &graph->attrs) &&
            mc_attrs_copy(&copy->model_attrs, &graph->model_attrs);
  for (int i = 0; ok && i < graph->n_nodes; ++i) {
    ok = clone_node(copy, graph->nodes[i]);
  }
  for (int i = 0; ok && i < graph->n_nodes; ++i) {
    ok = clone_edges(copy, graph->nodes[i]);
  }
  for (int i = 0; ok && i < graph->n_outputs; ++i) {
    const mc_graph_end *end = &graph->outputs[i];
    ok = mc_graph_add_output(copy, mc_graph_find(copy, end->node->name), end->port);
  }
  for (int i = 0; ok && i < graph->n_subgraphs; ++i) {
    mc_graph *subgraph = mc_graph_clone(graph->subgraphs[i]);
    ok = subgraph != NULL && mc_graph_add_subgraph(copy, subgraph);
    if (!ok) {
      mc_graph_destroy(subgraph);
    }
  }
  if (!ok) {
    mc_graph_destroy(copy);
    return NULL;
  }
  return copy;
}
