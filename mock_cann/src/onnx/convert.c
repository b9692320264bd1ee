/* From ONNX nodes to GE nodes: finds inputs and a rule, lets the rule work, and keeps going after errors so that all of
 * them are reported. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/report.h"
#include "onnx/import.h"

bool mc_convert_initializers(mc_on_scope *scope, const mc_onnx_graph *source) {
  for (int i = 0; i < source->n_initializers; ++i) {
    const mc_onnx_tensor *tensor = &source->initializers[i];
    mc_val *value = mc_val_constant(scope->import, tensor, tensor->name);
    if (value == NULL || !mc_on_names_put(scope->import, &scope->names, tensor->name, value)) {
      return false;
    }
  }
  return true;
}

static void reject(mc_on *on, bool unmapped) {
  const mc_onnx_node *node = on->node;
  const char *domain = node->domain;
  char type[200], subject[500];
  snprintf(type, sizeof type, "%s%s%s, opset %lld", domain, domain[0] == 0 ? "" : "::", node->op_type, (long long)on->version);
  snprintf(subject, sizeof subject, "%s (%s)", on->name, type);
  on->scope->import->errors += 1;
  on->failed = true;
  if (unmapped) {
    mc_report("E16002", on->name, type, on->why, (char *)NULL);
  } else {
    mc_report("E16001", subject, on->why, (char *)NULL);
  }
}

static int64_t opset_of(const mc_on_scope *scope, const char *domain) {
  for (int i = 0; i < scope->n_opsets; ++i) {
    if (strcmp(scope->opsets[i].domain, domain) == 0) {
      return scope->opsets[i].version;
    }
  }
  return -1;
}

static bool find_inputs(mc_on *on, bool *broken) {
  mc_on_scope *scope = on->scope;
  for (int i = 0; i < on->n_in; ++i) {
    const char *name = on->node->inputs[i];
    if (name[0] == 0) {
      continue;
    }
    on->in[i] = mc_scope_find(scope, name);
    if (on->in[i] == NULL) {
      mc_on_fail(on, "its input '%s' is no input, initializer or result of an earlier node", name);
      return false;
    }
    if (on->in[i]->body->absent) {
      on->in[i] = NULL;
      continue;
    }
    if (on->in[i]->body->broken) {
      *broken = true;
      return false;
    }
    const mc_onnx_tensor *constant = on->in[i]->body->constant;
    if (constant != NULL && (constant->data == NULL || constant->dtype == MC_UNDEFINED)) {
      mc_on_fail(on, "its input '%s' is a tensor of type %s: %s", name, mc_onnx_type_name(constant->type),
                 constant->why != NULL ? constant->why : "GE has no such element type");
      return false;
    }
  }
  return true;
}

/* The node that gives output 0 is the one that dumps and errors should name like the ONNX node. */
static void name_result(mc_on *on) {
  mc_node *result = on->n_out > 0 && on->out[0] != NULL ? on->out[0]->body->node : NULL;
  if (on->emitted < 2 || result == NULL || result->user != on || strcmp(result->name, on->name) == 0) {
    return;
  }
  mc_import *import = on->scope->import;
  mc_node *first = mc_graph_find(result->graph, on->name);
  if (first != NULL && first->user == on) {
    char stem[400];
    snprintf(stem, sizeof stem, "%s/%s", on->name, first->type);
    const char *name = mc_import_name(import, result->graph, stem);
    if (name != NULL && mc_node_rename(first, name)) {
      mc_node_rename(result, on->name);
    }
  }
}

static bool bind_outputs(mc_on *on) {
  mc_on_scope *scope = on->scope;
  for (int i = 0; i < on->n_out; ++i) {
    const char *name = on->node->outputs[i];
    if (name[0] == 0) {
      continue;
    }
    mc_val *value = on->out[i];
    if (value == NULL) {
      if (!on->failed) {
        mc_on_fail(on, "its output %d ('%s') is not supported", i, name);
      }
      value = mc_val_new(scope->import, name);
      if (value == NULL) {
        return false;
      }
      value->body->broken = true;
    } else {
      const mc_onnx_info *info = mc_on_info(on, i);
      if (info != NULL && info->is_tensor && (value->dtype == MC_UNDEFINED || value->shape.rank == MC_RANK_UNKNOWN)) {
        mc_val_declare(value, info->dtype, &info->shape, info->symbols);
      }
    }
    if (!mc_on_names_put(scope->import, &scope->names, name, value)) {
      return false;
    }
  }
  return true;
}

static void choose_name(mc_on *on) {
  mc_on_scope *scope = on->scope;
  const mc_onnx_node *node = on->node;
  char stem[256];
  if (node->name[0] != 0) {
    snprintf(stem, sizeof stem, "%s%s", scope->prefix, node->name);
  } else {
    snprintf(stem, sizeof stem, "%s%s_%d", scope->prefix, node->op_type, on->index);
  }
  const char *name = mc_import_name(scope->import, scope->area->graph, stem);
  snprintf(on->name, sizeof on->name, "%s", name == NULL ? stem : name);
}

/* Whether anything converts this type; asked before its inputs are looked at, so that everything that is missing is
 * reported although a node before is missing, too. */
static bool find_rule(mc_on *on) {
  bool known;
  const mc_onnx_node *node = on->node;
  if (on->function != NULL) {
    return true;
  }
  if (on->version < 0) {
    mc_on_fail(on, "the model imports no operator set of domain '%s'", node->domain);
    return false;
  }
  if (node->domain[0] == 0 && on->version > MC_ON_NEWEST_OPSET) { /* nobody knows what changed since */
    mc_on_fail(on, "the newest opset that can be converted is %d", MC_ON_NEWEST_OPSET);
    return false;
  }
  on->rule = mc_on_rule_find(node->domain, node->op_type, on->version, &known);
  if (on->rule == NULL) {
    mc_on_fail(on, known ? "other opsets of it can be converted, this one not" : "no rule converts this operator");
  }
  return on->rule != NULL;
}

static void map_node(mc_on *on) {
  on->version = opset_of(on->scope, on->node->domain);
  on->function = mc_convert_function_of(on);
  if (!find_rule(on)) {
    reject(on, true);
    return;
  }
  bool broken = false;
  if (find_inputs(on, &broken)) {
    on->function != NULL ? mc_convert_function(on) : on->rule->map(on);
  }
  if (broken) {
    on->failed = true; /* reported where it broke */
  } else if (on->failed) {
    reject(on, false);
  } else {
    name_result(on);
  }
}

void mc_convert_nodes(mc_on_scope *scope, const mc_onnx_node *nodes, int count) {
  mc_import *import = scope->import;
  for (int i = 0; i < count; ++i) {
    if (++import->nodes > MC_ON_NODES) {
      if (import->nodes == MC_ON_NODES + 1) {
        mc_report_inner("E19999", "the ONNX model has more than %d nodes, its functions spelled out", MC_ON_NODES);
      }
      import->errors += 1;
      return;
    }
    mc_on *on = mc_arena_alloc(&import->arena, sizeof *on);
    const size_t n_in = (size_t)nodes[i].n_inputs + 1, n_out = (size_t)nodes[i].n_outputs + 1;
    mc_val **values = mc_arena_alloc(&import->arena, (n_in + n_out) * sizeof *values);
    if (on == NULL || values == NULL) {
      mc_report_inner("E19999", "the ONNX model cannot be converted: out of memory");
      import->errors += 1;
      return;
    }
    *on = (mc_on){.scope = scope, .node = &nodes[i], .in = values, .out = values + n_in, .n_in = nodes[i].n_inputs,
                  .n_out = nodes[i].n_outputs, .index = i};
    choose_name(on);
    map_node(on);
    const bool failed = on->failed;
    if (!bind_outputs(on)) {
      mc_report_inner("E19999", "the ONNX model cannot be converted: out of memory");
      import->errors += 1;
      return;
    }
    if (on->failed && !failed) {
      reject(on, false);
    }
  }
}
