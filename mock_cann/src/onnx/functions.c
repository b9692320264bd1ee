/* Model-local functions: a call becomes the nodes of the function's body. */
#include <stdio.h>
#include <string.h>

#include "onnx/import.h"

const mc_onnx_function *mc_convert_function_of(const mc_on *on) {
  const mc_onnx_model *model = &on->scope->import->model;
  for (int i = 0; i < model->n_functions; ++i) {
    const mc_onnx_function *function = &model->functions[i];
    const char *domain = strcmp(function->domain, "ai.onnx") == 0 ? "" : function->domain;
    if (strcmp(function->name, on->node->op_type) == 0 && strcmp(domain, on->node->domain) == 0) {
      return function;
    }
  }
  return NULL;
}

static bool bind_inputs(mc_on *on, mc_on_scope *scope, const mc_onnx_function *function) {
  for (int i = 0; i < function->n_inputs; ++i) {
    mc_val *value = i < on->n_in ? on->in[i] : NULL;
    if (value == NULL) { /* an input that the caller leaves out is left out inside, too */
      value = mc_val_new(scope->import, "");
      if (value == NULL) {
        return false;
      }
      value->body->absent = true;
    }
    if (!mc_on_names_put(scope->import, &scope->names, function->inputs[i], value)) {
      return false;
    }
  }
  return true;
}

void mc_convert_function(mc_on *on) {
  const mc_onnx_function *function = on->function;
  mc_import *import = on->scope->import;
  mc_on_scope *scope = mc_on_alloc(on, sizeof *scope);
  char prefix[300];
  snprintf(prefix, sizeof prefix, "%s/", on->name);
  if (scope == NULL) {
    return;
  }
  *scope = (mc_on_scope){.import = import, .area = on->scope->area, .opsets = function->opsets,
                         .n_opsets = function->n_opsets, .call = on, .function = function,
                         .prefix = mc_arena_strdup(&import->arena, prefix), .depth = on->scope->depth + 1};
  if (scope->depth > MC_ON_DEPTH) {
    mc_on_fail(on, "graphs and functions are nested deeper than %d", MC_ON_DEPTH);
    return;
  }
  if (scope->prefix == NULL || !bind_inputs(on, scope, function)) {
    mc_on_fail(on, "out of memory");
    return;
  }
  const int errors = import->errors;
  mc_convert_nodes(scope, function->nodes, function->n_nodes);
  for (int i = 0; i < function->n_outputs && i < on->n_out; ++i) {
    mc_val *value = mc_on_names_find(&scope->names, function->outputs[i]);
    if (value == NULL || value->body->broken) {
      if (import->errors == errors) {
        mc_on_fail(on, "nothing gives output '%s' of the function", function->outputs[i]);
      }
      value = NULL;
    }
    on->out[i] = value;
  }
  if (import->errors > errors) {
    mc_on_fail(on, "%d nodes of the function cannot be converted", import->errors - errors);
  }
}
