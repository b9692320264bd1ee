/* The graph of one operator: its inputs become Data nodes, or Const nodes where their contents are part of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/single.h"

static void describe(mc_tensor_desc *to, const mc_desc *desc) {
  to->desc = *desc;
  to->origin_format = desc->format;
}

static mc_node *add_source(mc_graph *graph, const mc_single_tensor *tensor, int position, int *index) {
  char name[24];
  snprintf(name, sizeof name, "input %d", position);
  const bool constant = tensor->constant != NULL;
  mc_node *node = mc_graph_add_node(graph, name, constant ? "Const" : "Data", constant ? 0 : 1, 1);
  if (node == NULL) {
    return NULL;
  }
  describe(&node->out[0].desc, &tensor->desc);
  if (!constant) {
    describe(&node->in[0].desc, &tensor->desc);
    return mc_attrs_set_int(&node->attrs, "index", (*index)++) ? node : NULL;
  }
  mc_attr value = {.name = strdup("value"), .kind = MC_ATTR_TENSOR};
  value.tensor.desc = tensor->desc;
  if (!mc_bytes_set(&value.tensor.data, tensor->constant, (size_t)mc_desc_bytes(&tensor->desc))) {
    mc_attr_free(&value);
    return NULL;
  }
  return mc_attrs_set(&node->attrs, &value) ? node : NULL;
}

/* A cast between two types; `from` stays the source's description. */
static mc_node *add_cast(mc_graph *graph, const char *side, int position, const mc_desc *from, int to) {
  char name[32];
  snprintf(name, sizeof name, "cast %s %d", side, position);
  mc_node *node = mc_graph_add_node(graph, name, "Cast", 1, 1);
  if (node == NULL || !mc_attrs_set_int(&node->attrs, "dst_type", to)) {
    return NULL;
  }
  describe(&node->in[0].desc, from);
  describe(&node->out[0].desc, from);
  node->out[0].desc.desc.dtype = to;
  return node;
}

/* The dtype the operator sees. */
static int seen(const mc_single_tensor *tensor) { return tensor->computed > 0 ? tensor->computed - 1 : tensor->desc.dtype; }

/* Names count when every tensor has one; then places of absent inputs say nothing. */
static bool all_named(const mc_single_request *request) {
  int present = 0;
  for (int i = 0; i < request->n_in; ++i) {
    if (request->in[i].present) {
      present += 1;
      if (request->in[i].name == NULL) {
        return false;
      }
    }
  }
  return present > 0;
}

static bool add_inputs(const mc_single_request *request, mc_graph *graph, mc_node *node, bool named) {
  int index = 0, port = 0;
  for (int i = 0; i < request->n_in; ++i) {
    const mc_single_tensor *tensor = &request->in[i];
    if (tensor->present) {
      mc_node *source = add_source(graph, tensor, i, &index);
      if (source != NULL && seen(tensor) != tensor->desc.dtype) {
        mc_node *cast = add_cast(graph, "in", i, &tensor->desc, seen(tensor));
        source = cast != NULL && mc_graph_connect(graph, source, 0, cast, 0) ? cast : NULL;
      }
      if (source == NULL || !mc_graph_connect(graph, source, 0, node, port)) {
        return false;
      }
      describe(&node->in[port].desc, &tensor->desc);
      node->in[port].desc.desc.dtype = seen(tensor);
      if (named && (node->in[port].name = strdup(tensor->name)) == NULL) {
        return false;
      }
    }
    port += tensor->present || !named ? 1 : 0;
  }
  return true;
}

static bool add_outputs(const mc_single_request *request, mc_graph *graph, mc_node *node) {
  for (int i = 0; i < request->n_out; ++i) {
    const mc_single_tensor *tensor = &request->out[i];
    mc_node *last = node;
    describe(&node->out[i].desc, &tensor->desc);
    node->out[i].desc.desc.dtype = seen(tensor);
    if (tensor->present && seen(tensor) != tensor->desc.dtype) {
      last = add_cast(graph, "out", i, &node->out[i].desc.desc, tensor->desc.dtype);
      if (last == NULL || !mc_graph_connect(graph, node, i, last, 0)) {
        return false;
      }
    }
    if (tensor->present && !mc_graph_add_output(graph, last, last == node ? i : 0)) {
      return false;
    }
  }
  return true;
}

mc_graph *mc_single_graph(const mc_single_request *request) {
  const bool named = all_named(request);
  int n_in = request->n_in;
  for (int i = 0; named && i < request->n_in; ++i) {
    n_in -= request->in[i].present ? 0 : 1;
  }
  mc_graph *graph = mc_graph_create(request->type);
  mc_node *node = graph == NULL ? NULL : mc_graph_add_node(graph, request->type, request->type, n_in, request->n_out);
  if (node == NULL || (request->attrs != NULL && !mc_attrs_copy(&node->attrs, request->attrs)) ||
      !add_inputs(request, graph, node, named) || !add_outputs(request, graph, node)) {
    mc_graph_destroy(graph);
    return NULL;
  }
  return graph;
}
