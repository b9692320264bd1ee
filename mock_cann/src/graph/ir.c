/* Graphs, nodes and their anchors: creation, growth, release. */
#include "graph/ir.h"

#include <stdlib.h>
#include <string.h>

#include "graph/codec.h"

mc_graph *mc_graph_create(const char *name) {
  mc_graph *graph = calloc(1, sizeof *graph);
  if (graph == NULL) {
    return NULL;
  }
  graph->name = strdup(name == NULL ? "" : name);
  graph->names = mc_names_create();
  if (graph->name == NULL || graph->names == NULL) {
    mc_graph_destroy(graph);
    return NULL;
  }
  return graph;
}

void mc_tensor_desc_free(mc_tensor_desc *desc) {
  free(desc->name);
  mc_attrs_free(&desc->attrs);
  *desc = (mc_tensor_desc){0};
}

static void free_input(mc_input *input) {
  free(input->name);
  mc_tensor_desc_free(&input->desc);
}

static void free_output(mc_output *output) {
  free(output->name);
  mc_tensor_desc_free(&output->desc);
}

static void free_node(mc_node *node) {
  for (int i = 0; i < node->n_in; ++i) {
    free_input(&node->in[i]);
  }
  for (int i = 0; i < node->n_out; ++i) {
    free_output(&node->out[i]);
  }
  for (int i = 0; i < node->n_subgraphs; ++i) {
    free(node->subgraphs[i]);
  }
  free(node->in);
  free(node->out);
  free(node->control);
  free(node->subgraphs);
  mc_attrs_free(&node->attrs);
  mc_attrs_free(&node->ir_attrs);
  free(node->name);
  free(node->type);
  free(node);
}

void mc_graph_destroy(mc_graph *graph) {
  if (graph == NULL) {
    return;
  }
  for (int i = 0; i < graph->n_subgraphs; ++i) {
    mc_graph_destroy(graph->subgraphs[i]);
  }
  for (int i = 0; i < graph->n_nodes; ++i) {
    free_node(graph->nodes[i]);
  }
  free(graph->subgraphs);
  free(graph->nodes);
  free(graph->outputs);
  mc_attrs_free(&graph->attrs);
  mc_attrs_free(&graph->model_attrs);
  mc_names_destroy(graph->names);
  free(graph->name);
  free(graph);
}

mc_node *mc_graph_find(const mc_graph *graph, const char *node_name) {
  return mc_names_find(graph->names, node_name);
}

/* Room for one more element behind `count`, growing at powers of two. */
static void *grown(void *array, int count, size_t size) {
  if (count == 0 || (count & (count - 1)) == 0) {
    return realloc(array, (count == 0 ? 1 : (size_t)count * 2) * size);
  }
  return array;
}

static void fresh_desc(mc_tensor_desc *desc) {
  *desc = (mc_tensor_desc){.desc = {.dtype = MC_FLOAT, .format = MC_FORMAT_ND}, .origin_format = MC_FORMAT_ND};
}

bool mc_node_resize(mc_node *node, int n_in, int n_out) {
  if (n_in > node->n_in) {
    mc_input *in = realloc(node->in, (size_t)n_in * sizeof *in);
    if (in == NULL) {
      return false;
    }
    node->in = in;
  }
  if (n_out > node->n_out) {
    mc_output *out = realloc(node->out, (size_t)n_out * sizeof *out);
    if (out == NULL) {
      return false;
    }
    node->out = out;
  }
  for (int i = n_in; i < node->n_in; ++i) {
    free_input(&node->in[i]);
  }
  for (int i = node->n_in; i < n_in; ++i) {
    memset(&node->in[i], 0, sizeof node->in[i]);
    fresh_desc(&node->in[i].desc);
  }
  for (int i = n_out; i < node->n_out; ++i) {
    free_output(&node->out[i]);
  }
  for (int i = node->n_out; i < n_out; ++i) {
    memset(&node->out[i], 0, sizeof node->out[i]);
    fresh_desc(&node->out[i].desc);
  }
  node->n_in = n_in;
  node->n_out = n_out;
  return true;
}

mc_node *mc_graph_add_node(mc_graph *graph, const char *name, const char *type, int n_in, int n_out) {
  if (mc_graph_find(graph, name) != NULL) {
    return NULL;
  }
  mc_node **nodes = grown(graph->nodes, graph->n_nodes, sizeof *nodes);
  if (nodes == NULL) {
    return NULL;
  }
  graph->nodes = nodes;
  mc_node *node = calloc(1, sizeof *node);
  if (node == NULL) {
    return NULL;
  }
  node->name = strdup(name);
  node->type = strdup(type);
  node->graph = graph;
  node->id = graph->n_nodes;
  if (node->name == NULL || node->type == NULL || !mc_node_resize(node, n_in, n_out) ||
      !mc_names_add(graph->names, node)) {
    free_node(node);
    return NULL;
  }
  graph->nodes[graph->n_nodes++] = node;
  return node;
}

bool mc_node_rename(mc_node *node, const char *name) {
  mc_node *taken = mc_graph_find(node->graph, name);
  char *copy = taken == NULL ? strdup(name) : NULL;
  if (copy == NULL) {
    return taken == node;
  }
  mc_names_remove(node->graph->names, node);
  free(node->name);
  node->name = copy;
  return mc_names_add(node->graph->names, node); /* a slot has just become free: cannot fail */
}

/* Edges into `node` from others disappear, as do graph outputs that name it. */
bool mc_graph_remove(mc_graph *graph, mc_node *node) {
  int at = 0;
  while (at < graph->n_nodes && graph->nodes[at] != node) {
    ++at;
  }
  if (at == graph->n_nodes) {
    return false;
  }
  for (int i = 0; i < graph->n_nodes; ++i) {
    mc_node *other = graph->nodes[i];
    for (int input = 0; input < other->n_in; ++input) {
      if (other->in[input].from == node) {
        mc_graph_disconnect(graph, other, input);
      }
    }
    mc_graph_disconnect_control(graph, node, other);
  }
  int kept = 0;
  for (int i = 0; i < graph->n_outputs; ++i) {
    if (graph->outputs[i].node != node) {
      graph->outputs[kept++] = graph->outputs[i];
    }
  }
  graph->n_outputs = kept;
  memmove(&graph->nodes[at], &graph->nodes[at + 1], (size_t)(graph->n_nodes - at - 1) * sizeof *graph->nodes);
  graph->n_nodes -= 1;
  mc_names_remove(graph->names, node);
  free_node(node);
  return true;
}

bool mc_graph_add_output(mc_graph *graph, mc_node *node, int port) {
  if (node->graph != graph || port < 0 || port >= node->n_out) {
    return false;
  }
  mc_graph_end *outputs = grown(graph->outputs, graph->n_outputs, sizeof *outputs);
  if (outputs == NULL) {
    return false;
  }
  graph->outputs = outputs;
  graph->outputs[graph->n_outputs++] = (mc_graph_end){node, port};
  return true;
}

static const mc_graph *root_of(const mc_graph *graph) { return graph->parent == NULL ? graph : graph->parent; }

mc_graph *mc_graph_subgraph(const mc_graph *graph, const char *name) {
  const mc_graph *root = root_of(graph);
  for (int i = 0; i < root->n_subgraphs; ++i) {
    if (strcmp(root->subgraphs[i]->name, name) == 0) {
      return root->subgraphs[i];
    }
  }
  return NULL;
}

bool mc_graph_add_subgraph(mc_graph *graph, mc_graph *subgraph) {
  mc_graph *root = graph->parent == NULL ? graph : graph->parent;
  if (mc_graph_subgraph(root, subgraph->name) != NULL) {
    return false;
  }
  mc_graph **subgraphs = grown(root->subgraphs, root->n_subgraphs, sizeof *subgraphs);
  if (subgraphs == NULL) {
    return false;
  }
  root->subgraphs = subgraphs;
  root->subgraphs[root->n_subgraphs++] = subgraph;
  subgraph->parent = root;
  return true;
}
