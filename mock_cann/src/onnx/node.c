/* What mappers ask about their ONNX node. */
#include "onnx/import.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const mc_on_rule *mc_on_rule_of(const mc_on *on) { return on->rule; }

const char *mc_on_type(const mc_on *on) { return on->node->op_type; }

int64_t mc_on_version(const mc_on *on) { return on->version; }

bool mc_on_failed(const mc_on *on) { return on->failed; }

void mc_on_fail(mc_on *on, const char *format, ...) {
  if (on->failed) {
    return;
  }
  on->failed = true;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(on->why, sizeof on->why, format, arguments);
  va_end(arguments);
}

static const mc_onnx_attr *named(const mc_onnx_attr *attrs, int count, const char *name) {
  for (int i = 0; i < count; ++i) {
    if (strcmp(attrs[i].name, name) == 0) {
      return &attrs[i];
    }
  }
  return NULL;
}

/* The attribute of a node; inside functions one may stand for an attribute of the calling node, or its default. */
static const mc_onnx_attr *find(const mc_on *on, const char *name) {
  const mc_onnx_attr *attr = named(on->node->attrs, on->node->n_attrs, name);
  if (attr == NULL || attr->reference == NULL || attr->reference[0] == 0) {
    return attr;
  }
  const mc_on_scope *scope = on->scope;
  if (scope->call == NULL) {
    return NULL;
  }
  const mc_onnx_attr *given = find(scope->call, attr->reference);
  return given != NULL ? given : named(scope->function->defaults, scope->function->n_defaults, attr->reference);
}

static const mc_onnx_attr *typed(mc_on *on, const char *name, mc_onnx_attr_type type) {
  static const char *const kNames[] = {"nothing", "a float",           "an int",           "a string",
                                       "a tensor", "a graph",          "a list of floats", "a list of ints",
                                       "a list of strings", "a list of tensors", "a list of graphs", "a sparse tensor",
                                       "something else"};
  const mc_onnx_attr *attr = find(on, name);
  /* A list without elements carries no type in some files. */
  if (attr != NULL && attr->type != type && !(attr->type == 0 && type >= MC_ONNX_ATTR_FLOATS)) {
    mc_on_fail(on, "its attribute '%s' is %s, not %s", name, kNames[attr->type], kNames[type]);
    return NULL;
  }
  return attr;
}

bool mc_on_has(mc_on *on, const char *name) { return find(on, name) != NULL; }

int64_t mc_on_int(mc_on *on, const char *name, int64_t fallback) {
  const mc_onnx_attr *attr = typed(on, name, MC_ONNX_ATTR_INT);
  return attr == NULL ? fallback : attr->i;
}

float mc_on_float(mc_on *on, const char *name, float fallback) {
  const mc_onnx_attr *attr = typed(on, name, MC_ONNX_ATTR_FLOAT);
  return attr == NULL ? fallback : attr->f;
}

const char *mc_on_string(mc_on *on, const char *name, const char *fallback) {
  const mc_onnx_attr *attr = typed(on, name, MC_ONNX_ATTR_STRING);
  return attr == NULL ? fallback : attr->s;
}

const int64_t *mc_on_ints(mc_on *on, const char *name, int *count) {
  static const int64_t kNone[1];
  const mc_onnx_attr *attr = typed(on, name, MC_ONNX_ATTR_INTS);
  *count = attr == NULL ? 0 : attr->count;
  return attr == NULL ? NULL : attr->ints == NULL ? kNone : attr->ints;
}

const float *mc_on_floats(mc_on *on, const char *name, int *count) {
  static const float kNone[1];
  const mc_onnx_attr *attr = typed(on, name, MC_ONNX_ATTR_FLOATS);
  *count = attr == NULL ? 0 : attr->count;
  return attr == NULL ? NULL : attr->floats == NULL ? kNone : attr->floats;
}

const char *const *mc_on_strings(mc_on *on, const char *name, int *count) {
  static const char *const kNone[1];
  const mc_onnx_attr *attr = typed(on, name, MC_ONNX_ATTR_STRINGS);
  *count = attr == NULL ? 0 : attr->count;
  return attr == NULL ? NULL : attr->strings == NULL ? kNone : attr->strings;
}

const mc_onnx_tensor *mc_on_tensor(mc_on *on, const char *name) {
  const mc_onnx_attr *attr = find(on, name);
  if (attr != NULL && attr->type == MC_ONNX_ATTR_SPARSE_TENSOR) {
    return attr->tensor;
  }
  attr = typed(on, name, MC_ONNX_ATTR_TENSOR);
  return attr == NULL ? NULL : attr->tensor;
}

const mc_onnx_graph *mc_on_graph(mc_on *on, const char *name) {
  const mc_onnx_attr *attr = typed(on, name, MC_ONNX_ATTR_GRAPH);
  return attr == NULL ? NULL : attr->graph;
}

int mc_on_dtype(mc_on *on, const char *name, int fallback) {
  if (!mc_on_has(on, name)) {
    return fallback;
  }
  const int64_t type = mc_on_int(on, name, 0);
  const int dtype = mc_onnx_dtype(type);
  if (dtype == MC_UNDEFINED) {
    mc_on_fail(on, "its attribute '%s' is %lld (%s), which GE has no element type for", name, (long long)type,
               mc_onnx_type_name(type));
  }
  return dtype;
}

int mc_on_inputs(const mc_on *on) {
  int count = on->n_in;
  while (count > 0 && on->in[count - 1] == NULL) {
    --count;
  }
  return count;
}

mc_val *mc_on_in(mc_on *on, int index) { return on->failed || index >= on->n_in ? NULL : on->in[index]; }

mc_val *mc_on_need(mc_on *on, int index) {
  mc_val *value = mc_on_in(on, index);
  if (value == NULL) {
    mc_on_fail(on, "its input %d is missing", index);
  }
  return value;
}

int mc_on_outputs(const mc_on *on) { return on->node->n_outputs; }

bool mc_on_wants(const mc_on *on, int index) {
  return index < on->node->n_outputs && on->node->outputs[index][0] != 0;
}

void mc_on_set(mc_on *on, int index, mc_val *value) {
  if (index < on->node->n_outputs) {
    on->out[index] = value;
  }
}

static const mc_onnx_info *info_named(const mc_onnx_info *infos, int count, const char *name) {
  for (int i = 0; i < count; ++i) {
    if (strcmp(infos[i].name, name) == 0) {
      return &infos[i];
    }
  }
  return NULL;
}

const mc_onnx_info *mc_on_info(const mc_on *on, int index) {
  const mc_onnx_graph *source = on->scope->source;
  if (source == NULL || !mc_on_wants(on, index)) {
    return NULL;
  }
  const char *name = on->node->outputs[index];
  const mc_onnx_info *info = info_named(source->values, source->n_values, name);
  return info != NULL ? info : info_named(source->outputs, source->n_outputs, name);
}
