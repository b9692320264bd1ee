/* Nested graphs: an area of their own, whose Data nodes stand for inputs of the node that gets them. */
#include "onnx/subgraph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/emit.h"
#include "onnx/outputs.h"

struct mc_on_subgraph {
  mc_on *on;
  mc_on_scope *before; /* of the node, while the subgraph is open */
  mc_on_scope scope;
  mc_on_area area;
  mc_val **declared, **outputs;
  int n_declared, n_outputs;
};

mc_on_subgraph *mc_on_sub_open(mc_on *on, const char *label) {
  mc_on_subgraph *sub = mc_on_alloc(on, sizeof *sub);
  if (sub == NULL || on->failed) {
    return NULL;
  }
  if (on->scope->depth >= MC_ON_DEPTH) {
    mc_on_fail(on, "graphs and functions are nested deeper than %d", MC_ON_DEPTH);
    return NULL;
  }
  mc_import *import = on->scope->import;
  char name[400], prefix[400];
  snprintf(prefix, sizeof prefix, "%s/%s/", on->name, label);
  snprintf(name, sizeof name, "%s_%s", on->name, label);
  while (mc_graph_subgraph(import->root, name) != NULL) {
    snprintf(name, sizeof name, "%.300s_%s_%d", on->name, label, ++import->anonymous);
  }
  mc_graph *graph = mc_graph_create(name);
  if (graph == NULL || !mc_graph_add_subgraph(import->root, graph)) {
    mc_graph_destroy(graph);
    mc_on_fail(on, "out of memory");
    return NULL;
  }
  sub->on = on;
  sub->before = on->scope;
  sub->area = (mc_on_area){.graph = graph, .outer = on->scope->area};
  sub->scope = *on->scope;
  sub->scope.outer = on->scope;
  sub->scope.area = &sub->area;
  sub->scope.names = (mc_on_names){0};
  sub->scope.source = NULL;
  sub->scope.prefix = mc_arena_strdup(&import->arena, prefix);
  sub->scope.depth += 1;
  if (sub->scope.prefix == NULL) {
    mc_on_fail(on, "out of memory");
    return NULL;
  }
  on->scope = &sub->scope;
  return sub;
}

static mc_val **append(mc_on *on, mc_val **values, int *count, mc_val *value) {
  mc_val **grown = mc_on_alloc(on, ((size_t)*count + 1) * sizeof *grown);
  if (grown != NULL) {
    for (int i = 0; i < *count; ++i) {
      grown[i] = values[i];
    }
    grown[(*count)++] = value;
  }
  return grown;
}

mc_val *mc_on_sub_input(mc_on_subgraph *sub, const char *name, int dtype, const mc_shape *shape) {
  if (sub == NULL || sub->on->failed) {
    return NULL;
  }
  mc_val *value = mc_val_data_node(sub->on->scope->import, &sub->area, name);
  if (value == NULL || sub->area.n_captured > 0) {
    mc_on_fail(sub->on, value == NULL ? "out of memory" : "inputs of a subgraph must be declared before nodes use others");
    return NULL;
  }
  mc_val_declare(value, dtype, shape, NULL);
  value->body->node->in[0].desc.desc = value->body->node->out[0].desc.desc;
  sub->declared = append(sub->on, sub->declared, &sub->n_declared, value);
  return value;
}

/* Converts a nested graph's nodes in a scope that sees the names of `outer`. */
static void convert(mc_on *on, mc_on_scope *scope, mc_on_scope *outer, const mc_onnx_graph *source, mc_val *const *inputs,
                    mc_val **outputs) {
  mc_import *import = on->scope->import;
  scope->outer = outer;
  scope->names = (mc_on_names){0};
  scope->source = source;
  for (int i = 0; i < source->n_inputs; ++i) {
    if (inputs[i] == NULL || !mc_on_names_put(import, &scope->names, source->inputs[i].name, inputs[i])) {
      mc_on_fail(on, "out of memory");
      return;
    }
  }
  const int errors = import->errors;
  if (!mc_convert_initializers(scope, source)) {
    mc_on_fail(on, "out of memory");
    return;
  }
  mc_convert_nodes(scope, source->nodes, source->n_nodes);
  for (int i = 0; i < source->n_outputs; ++i) {
    outputs[i] = mc_scope_find(scope, source->outputs[i].name);
    if (outputs[i] == NULL && import->errors == errors) {
      mc_on_fail(on, "nothing gives output '%s' of its graph '%s'", source->outputs[i].name, source->name);
    }
  }
  if (import->errors > errors) {
    mc_on_fail(on, "%d nodes of its graph '%s' cannot be converted", import->errors - errors, source->name);
  }
}

void mc_on_sub_convert(mc_on_subgraph *sub, const mc_onnx_graph *source, mc_val *const *inputs, mc_val **outputs) {
  if (sub == NULL || sub->on->failed || source == NULL) {
    return;
  }
  mc_on_scope scope = sub->scope;
  convert(sub->on, &scope, sub->before, source, inputs, outputs);
}

void mc_on_inline(mc_on *on, const char *label, const mc_onnx_graph *source, mc_val **outputs) {
  char prefix[400];
  if (on->failed || source == NULL) {
    return;
  }
  if (source->n_inputs > 0 || on->scope->depth >= MC_ON_DEPTH) {
    mc_on_fail(on, source->n_inputs > 0 ? "its graph '%s' has inputs" : "its graph '%s' is nested too deeply", source->name);
    return;
  }
  snprintf(prefix, sizeof prefix, "%s/%s/", on->name, label);
  mc_on_scope scope = *on->scope;
  scope.prefix = mc_arena_strdup(&on->scope->import->arena, prefix);
  scope.depth += 1;
  if (scope.prefix == NULL) {
    mc_on_fail(on, "out of memory");
    return;
  }
  convert(on, &scope, on->scope, source, NULL, outputs);
}

void mc_on_sub_output(mc_on_subgraph *sub, mc_val *value) {
  if (sub != NULL && !sub->on->failed) {
    sub->outputs = append(sub->on, sub->outputs, &sub->n_outputs, value);
  }
}

void mc_on_sub_close(mc_on_subgraph *sub) {
  if (sub == NULL) {
    return;
  }
  mc_on *on = sub->on;
  if (!on->failed && !mc_import_outputs(on->scope->import, &sub->area, sub->outputs, NULL, sub->n_outputs)) {
    mc_on_fail(on, "out of memory");
  }
  on->scope = sub->before;
}

int mc_on_sub_captured(const mc_on_subgraph *sub, int *declared) {
  *declared = sub == NULL ? 0 : sub->n_declared;
  return sub == NULL ? 0 : sub->area.n_captured;
}

mc_val *mc_on_sub_captured_value(const mc_on_subgraph *sub, int index) {
  return sub == NULL ? NULL : sub->area.captured[index].outer;
}

mc_val *mc_on_sub_captured_inner(const mc_on_subgraph *sub, int index) {
  return sub == NULL ? NULL : sub->area.captured[index].inner;
}

void mc_on_sub_leave(mc_on_subgraph *sub) {
  if (sub != NULL) {
    sub->on->scope = sub->before;
  }
}

void mc_on_sub_enter(mc_on_subgraph *sub) {
  if (sub != NULL) {
    sub->on->scope = &sub->scope;
  }
}

mc_val *mc_on_sub_late_input(mc_on_subgraph *sub, mc_val *outer, int dtype, const mc_shape *shape) {
  if (sub == NULL || sub->on->failed) {
    return NULL;
  }
  mc_val *inner = mc_val_capture_unseen(sub->on->scope->import, &sub->area, outer);
  if (inner == NULL) {
    mc_on_fail(sub->on, "out of memory");
    return NULL;
  }
  mc_val_declare(inner, dtype, shape, NULL);
  inner->body->node->in[0].desc.desc = inner->body->node->out[0].desc.desc;
  return inner;
}

void mc_ge_declare(mc_ge *ge, int output, int dtype, const mc_shape *shape) {
  if (ge != NULL && !ge->on->failed) {
    mc_val_declare(ge->out[output], dtype, shape, NULL);
  }
}

void mc_on_sub_parent(mc_on_subgraph *sub, int index, int input) {
  if (sub == NULL || sub->on->failed) {
    return;
  }
  mc_val *value =
      index < sub->n_declared ? sub->declared[index] : sub->area.captured[index - sub->n_declared].inner;
  if (!mc_attrs_set_int(&value->body->node->attrs, "_parent_node_index", input)) {
    mc_on_fail(sub->on, "out of memory");
  }
}

void mc_ge_subgraph(mc_ge *ge, const char *name, mc_on_subgraph *subgraph) {
  if (ge == NULL || ge->on->failed || subgraph == NULL) {
    return;
  }
  if (ge->n_subgraphs == MC_GE_SUBGRAPHS) {
    mc_on_fail(ge->on, "GE's operator %s takes at most %d subgraphs", ge->def->type, MC_GE_SUBGRAPHS);
    return;
  }
  ge->subgraph_names[ge->n_subgraphs] = name;
  ge->subgraphs[ge->n_subgraphs++] = subgraph;
}

bool mc_ge_fill_subgraphs(mc_ge *ge) {
  if (ge->n_subgraphs == 0) {
    return true;
  }
  ge->node->subgraphs = calloc((size_t)ge->n_subgraphs, sizeof *ge->node->subgraphs);
  for (int i = 0; ge->node->subgraphs != NULL && i < ge->n_subgraphs; ++i) {
    ge->node->subgraphs[i] = strdup(ge->subgraphs[i]->area.graph->name);
    if (ge->node->subgraphs[i] == NULL) {
      return false;
    }
    ge->node->n_subgraphs = i + 1;
  }
  return ge->node->subgraphs != NULL;
}
