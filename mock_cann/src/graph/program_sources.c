/* The sources of a program: graph inputs by index, constants, variables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/flow.h"

/* The description that counts: what the user meant where storage is in a format of the hardware's own. */
static mc_desc meant(const mc_tensor_desc *desc) {
  mc_desc result = desc->desc;
  result.format &= 0xff;
  static const int kPlain[] = {MC_FORMAT_NCHW, MC_FORMAT_NHWC, MC_FORMAT_ND, MC_FORMAT_HWCN, MC_FORMAT_NDHWC,
                               MC_FORMAT_NCDHW};
  for (size_t i = 0; i < sizeof kPlain / sizeof kPlain[0]; ++i) {
    if (result.format == kPlain[i]) {
      return result;
    }
  }
  if (desc->origin_shape_set) {
    result.shape = desc->origin_shape;
  }
  result.format = desc->origin_format & 0xff;
  return result;
}

static const mc_attr *tensor_attr(const mc_node *node, const char *name) {
  const mc_attr *attr = mc_attrs_find(&node->attrs, name);
  return attr != NULL && attr->kind == MC_ATTR_TENSOR ? attr : NULL;
}

/* Which input of the operator that runs this subgraph a Data node stands for. Without GE's attribute the node's index
 * counts, behind what the operator keeps for itself; a For gives its counter in the place of `start`. */
static int parent_input(mc_builder *b, const mc_node *node) {
  const mc_node *site = b->site;
  const mc_attr *attr = mc_attrs_find(&node->attrs, "_parent_node_index");
  int64_t index = mc_attrs_int(&node->attrs, "index", 0);
  if (attr != NULL && attr->kind == MC_ATTR_INT) {
    index = attr->i;
  } else {
    const int kind = mc_flow_kind_of(site->type);
    index += kind == MC_FLOW_IF || kind == MC_FLOW_CASE ? 1 : kind == MC_FLOW_FOR && index > 0 ? 2 : 0;
  }
  if (index < 0 || index >= site->n_in || site->in[index].from == NULL) {
    char text[160];
    snprintf(text, sizeof text, "stands for input %lld of node '%.60s', which is not there", (long long)index, site->name);
    mc_builder_reject(b, node, text);
    return 0;
  }
  return (int)index;
}

static void add_input(mc_builder *b, mc_node *node, int index) {
  mc_program *program = b->program;
  const mc_tensor_desc *desc = node->n_out > 0 ? &node->out[0].desc : NULL;
  if (desc == NULL) {
    mc_builder_reject(b, node, "has no output");
    return;
  }
  if (desc->desc.dtype == MC_UNDEFINED && node->n_in > 0) {
    desc = &node->in[0].desc;
  }
  const int value = mc_builder_value(b, (mc_value){.kind = MC_VALUE_INPUT, .index = index, .desc = meant(desc)});
  if (b->subgraph != NULL) {
    b->subgraph->from[index] = parent_input(b, node);
    b->subgraph->n_data = index + 1;
  }
  program->values[value].written = b->written[mc_node_position(node)];
  program->inputs[index] = value;
  program->input_io[index].name = node->name;
  b->ports[mc_node_position(node)][0] = value;
  const int dtype = program->values[value].desc.dtype;
  if (b->subgraph == NULL && mc_dtype_size(dtype) == 0 && mc_dtype_packed_bits(dtype) == 0) {
    char text[100];
    snprintf(text, sizeof text, "has dtype %s, which is not emulated", mc_dtype_name(desc->desc.dtype));
    mc_builder_reject(b, node, text);
  }
}

/* Inputs in the order of their index attribute; when the attributes are not 0 ... n-1 the nodes' order counts. */
void mc_builder_inputs(mc_builder *b) {
  mc_program *program = b->program;
  const int n = b->graph->n_nodes;
  mc_node **by_index = calloc((size_t)n + 1, sizeof *by_index);
  int count = 0;
  bool dense = by_index != NULL;
  for (int i = 0; i < n; ++i) {
    count += mc_node_kind_of(b->graph->nodes[i]) == MC_NODE_INPUT;
  }
  for (int i = 0; i < n && dense; ++i) {
    mc_node *node = b->graph->nodes[i];
    if (mc_node_kind_of(node) == MC_NODE_INPUT) {
      const int64_t index = mc_attrs_int(&node->attrs, "index", 0);
      dense = index >= 0 && index < count && by_index[index] == NULL;
      if (dense) {
        by_index[index] = node;
      }
    }
  }
  for (int i = 0; i < n; ++i) {
    mc_node *node = b->graph->nodes[i];
    if (mc_node_kind_of(node) == MC_NODE_INPUT && !dense) {
      add_input(b, node, program->n_inputs++);
    }
  }
  for (; dense && program->n_inputs < count; ++program->n_inputs) {
    add_input(b, by_index[program->n_inputs], program->n_inputs);
  }
  free(by_index);
}

void mc_builder_const(mc_builder *b, mc_node *node) {
  const mc_attr *attr = tensor_attr(node, "value");
  char text[120];
  if (attr == NULL || node->n_out == 0) {
    mc_builder_reject(b, node, attr == NULL ? "has no attribute 'value' with a tensor" : "has no output");
    return;
  }
  mc_desc desc = attr->tensor.desc;
  desc.format = meant(&node->out[0].desc).format;
  desc.dtype = desc.dtype == MC_UNDEFINED ? node->out[0].desc.desc.dtype : desc.dtype;
  const int64_t bytes = mc_desc_bytes(&desc);
  if (bytes < 0 || (size_t)bytes != attr->tensor.data.size) {
    char shape[MC_SHAPE_TEXT];
    snprintf(text, sizeof text, "holds %zu bytes, which do not fit %s %.60s", attr->tensor.data.size,
             mc_dtype_name(desc.dtype), mc_shape_text(&desc.shape, shape));
    mc_builder_reject(b, node, text);
    return;
  }
  b->ports[mc_node_position(node)][0] = mc_builder_source(
      b, (mc_value){.kind = MC_VALUE_CONST, .desc = desc, .data = attr->tensor.data.data}, node->name, NULL);
}

int mc_builder_source(mc_builder *b, mc_value value, const char *name, const mc_attr *init) {
  mc_program *program = b->program;
  if (b->subgraph == NULL) {
    return mc_builder_value(b, value);
  }
  const int input = program->n_inputs++;
  mc_value here = value;
  here.kind = MC_VALUE_INPUT;
  here.index = input;
  program->inputs[input] = mc_builder_value(b, here);
  program->input_io[input].name = name;
  b->subgraph->captures[b->subgraph->n_captures++] =
      (mc_capture){.value = value, .name = name, .init = init, .input = input};
  return program->inputs[input];
}

int mc_builder_bind(mc_builder *b, const mc_desc *desc, const char *name, const mc_attr *init) {
  mc_program *program = b->program;
  for (int i = 0; i < program->n_variables; ++i) {
    mc_prog_variable *variable = &program->variables[i];
    if (strcmp(variable->name, name) == 0) {
      const mc_desc *other = &program->values[variable->value].desc;
      variable->init = variable->init == NULL ? init : variable->init;
      return other->dtype == desc->dtype && mc_shape_equal(&other->shape, &desc->shape) ? variable->value : -1;
    }
  }
  const mc_value value = {.kind = MC_VALUE_VARIABLE, .index = program->n_variables, .desc = *desc, .written = true};
  const int at = mc_builder_source(b, value, name, init);
  program->variables[program->n_variables++] = (mc_prog_variable){name, at, init};
  return at;
}

static bool is_handle(const mc_node *node) { return strcmp(node->type, "VarHandleOp") == 0; }

void mc_builder_check_handles(mc_builder *b, const mc_node *node) {
  for (int i = 0; i < node->n_in; ++i) {
    const mc_node *from = node->in[i].from;
    if (from != NULL && is_handle(from) && strcmp(node->type, "ReadVariableOp") != 0 &&
        (i > 0 || strcmp(node->type, "AssignVariableOp") != 0)) {
      char text[200];
      snprintf(text, sizeof text, "takes the handle of node '%.80s'; handles are taken by ReadVariableOp and AssignVariableOp",
               from->name);
      mc_builder_reject(b, node, text);
    }
  }
}

/* What a handle says in its attributes: its output is no tensor. */
static mc_desc handled(const mc_node *node) {
  mc_desc desc = {.dtype = mc_attrs_dtype(&node->attrs, "dtype", MC_UNDEFINED), .format = MC_FORMAT_ND};
  size_t rank = 0;
  const int64_t *dims = mc_attrs_ints(&node->attrs, "shape", &rank);
  desc.shape.rank = mc_attrs_find(&node->attrs, "shape") != NULL && rank <= MC_MAX_RANK ? (int)rank : MC_RANK_UNKNOWN;
  for (int i = 0; i < desc.shape.rank; ++i) {
    desc.shape.dims[i] = dims[i];
  }
  return desc;
}

void mc_builder_variable(mc_builder *b, mc_node *node) {
  const mc_attr *init = tensor_attr(node, "value");
  init = init == NULL || init->tensor.data.size == 0 ? tensor_attr(node, "init_value") : init;
  init = init != NULL && init->tensor.data.size == 0 ? NULL : init;
  if (node->n_out == 0) {
    mc_builder_reject(b, node, "has no output");
    return;
  }
  const char *name = mc_attrs_string(&node->attrs, "shared_name", "");
  name = is_handle(node) && name[0] != 0 ? name : node->name;
  if (is_handle(node) && mc_attrs_string(&node->attrs, "container", "")[0] != 0) {
    mc_builder_reject(b, node, "names a container, which is not emulated");
    return;
  }
  mc_desc desc = is_handle(node) ? handled(node) : meant(&node->out[0].desc);
  if (init != NULL && (!mc_shape_known(&desc.shape) || desc.dtype == MC_UNDEFINED)) {
    desc = init->tensor.desc;
  }
  const int64_t bytes = mc_desc_bytes(&desc);
  if (bytes < 0 || (init != NULL && (size_t)bytes != init->tensor.data.size)) {
    mc_builder_reject(b, node, bytes < 0 ? "needs a known shape and dtype" : "has an initial value of another size");
    return;
  }
  const int value = mc_builder_bind(b, &desc, name, init);
  if (value < 0) {
    mc_builder_reject(b, node, "is declared with another dtype or shape elsewhere in the graph");
    return;
  }
  b->ports[mc_node_position(node)][0] = value;
}
