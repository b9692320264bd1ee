/* NetOutput, and what leads nowhere. */
#include "onnx/outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Constants that only mappers read, and nodes whose results nobody takes, are no part of the graph. Inputs stay. */
static bool drop_unused(mc_graph *graph) {
  const int n = graph->n_nodes;
  mc_node **order = malloc(((size_t)n + 1) * sizeof *order);
  int *users = calloc((size_t)n + 1, sizeof *users);
  if (order == NULL || users == NULL || !mc_graph_sort(graph, order)) {
    free(order);
    free(users);
    return false;
  }
  for (int i = 0; i < n; ++i) {
    order[i]->user = &users[i];
  }
  for (int i = n - 1; i >= 0; --i) {
    mc_node *node = order[i];
    const bool stays = *(int *)node->user > 0 || strcmp(node->type, "NetOutput") == 0 || strcmp(node->type, "Data") == 0;
    for (int input = 0; stays && input < node->n_in; ++input) {
      if (node->in[input].from != NULL) {
        *(int *)node->in[input].from->user += 1;
      }
    }
    order[i] = stays ? NULL : node;
  }
  for (int i = n - 1; i >= 0; --i) {
    if (order[i] != NULL) {
      mc_graph_remove(graph, order[i]);
    }
  }
  free(order);
  free(users);
  return true;
}

bool mc_import_outputs(mc_import *import, mc_on_area *area, mc_val *const *values, const char *const *names, int count) {
  const char *unique = mc_import_name(import, area->graph, "Node_Output");
  mc_node *node = unique == NULL ? NULL : mc_graph_add_node(area->graph, unique, "NetOutput", count, 0);
  mc_attr inner = {.kind = MC_ATTR_BOOL, .name = strdup("_inner_net_output"), .b = true};
  if (node == NULL || inner.name == NULL) {
    mc_attr_free(&inner);
    return false;
  }
  bool ok = mc_attrs_set(&node->attrs, &inner);
  for (int i = 0; ok && i < count; ++i) {
    char name[40];
    snprintf(name, sizeof name, "__input%d", i);
    const mc_graph_end end = mc_val_end(import, area, values[i]);
    mc_input *input = &node->in[i];
    ok = end.node != NULL && (input->name = strdup(name)) != NULL &&
         mc_graph_connect(area->graph, end.node, end.port, node, i) && mc_graph_add_output(area->graph, end.node, end.port);
    input->desc.desc = (mc_desc){values[i]->dtype, MC_FORMAT_ND, values[i]->shape};
    if (ok && area->outer != NULL) {
      ok = mc_attrs_set_int(&input->desc.attrs, "_parent_node_index", i);
    }
    if (ok && names != NULL) {
      ok = mc_attrs_set_string(&input->desc.attrs, "origin_output_name", names[i]);
    }
  }
  return ok && drop_unused(area->graph);
}
