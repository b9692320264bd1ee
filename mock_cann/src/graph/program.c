/* A graph flattened: nodes in order become operators over numbered values. Pass-through nodes vanish here, except
 * where they read something that an Assign writes: those copy, so that they keep the value of their moment. */
#include "graph/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/report.h"

typedef enum node_kind { KIND_INPUT, KIND_CONST, KIND_VARIABLE, KIND_ASSIGN, KIND_OUTPUT, KIND_PASS, KIND_NOTHING, KIND_OP } node_kind;

static const struct {
  const char *type;
  node_kind kind;
} kKinds[] = {{"Data", KIND_INPUT},     {"RefData", KIND_INPUT},      {"AippData", KIND_INPUT},
              {"Const", KIND_CONST},    {"Constant", KIND_CONST},     {"Variable", KIND_VARIABLE},
              {"Assign", KIND_ASSIGN},  {"NetOutput", KIND_OUTPUT},   {"Identity", KIND_PASS},
              {"IdentityN", KIND_PASS}, {"PlaceHolder", KIND_PASS},   {"NoOp", KIND_NOTHING}};

static node_kind kind_of(const mc_node *node) {
  for (size_t i = 0; i < sizeof kKinds / sizeof kKinds[0]; ++i) {
    if (strcmp(kKinds[i].type, node->type) == 0) {
      return kKinds[i].kind;
    }
  }
  return KIND_OP;
}

typedef struct builder {
  mc_program *program;
  const mc_graph *graph;
  mc_node **order;
  int **ports;    /* by position in order: values of the node's outputs */
  bool *written;  /* by position: an Assign writes what this node gives */
  int errors;
} builder;

static size_t position(const mc_node *node) { return (size_t)(uintptr_t)node->user; }

static void reject(builder *b, const mc_node *node, const char *text) {
  mc_report_inner("E19999", "Node '%s' of type '%s' %s.", node->name, node->type, text);
  b->errors += 1;
}

static int add_value(builder *b, mc_value value) {
  b->program->values[b->program->n_values] = value;
  return b->program->n_values++;
}

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

/* ---- sources ---- */

static void add_input(builder *b, mc_node *node, int index) {
  mc_program *program = b->program;
  const mc_tensor_desc *desc = node->n_out > 0 ? &node->out[0].desc : NULL;
  if (desc == NULL) {
    reject(b, node, "has no output");
    return;
  }
  if (desc->desc.dtype == MC_UNDEFINED && node->n_in > 0) {
    desc = &node->in[0].desc;
  }
  const int value = add_value(b, (mc_value){.kind = MC_VALUE_INPUT, .index = index, .desc = meant(desc)});
  program->values[value].written = b->written[position(node)];
  program->inputs[index] = value;
  program->input_io[index].name = node->name;
  b->ports[position(node)][0] = value;
  if (mc_dtype_size(program->values[value].desc.dtype) == 0) {
    char text[100];
    snprintf(text, sizeof text, "has dtype %s, which is not emulated", mc_dtype_name(desc->desc.dtype));
    reject(b, node, text);
  }
}

/* Inputs in the order of their index attribute; when the attributes are not 0 ... n-1 the nodes' order counts. */
static void add_inputs(builder *b) {
  mc_program *program = b->program;
  const int n = b->graph->n_nodes;
  mc_node **by_index = calloc((size_t)n + 1, sizeof *by_index);
  int count = 0;
  bool dense = by_index != NULL;
  for (int i = 0; i < n; ++i) {
    count += kind_of(b->graph->nodes[i]) == KIND_INPUT;
  }
  for (int i = 0; i < n && dense; ++i) {
    mc_node *node = b->graph->nodes[i];
    if (kind_of(node) == KIND_INPUT) {
      const int64_t index = mc_attrs_int(&node->attrs, "index", 0);
      dense = index >= 0 && index < count && by_index[index] == NULL;
      if (dense) {
        by_index[index] = node;
      }
    }
  }
  for (int i = 0; i < n; ++i) {
    mc_node *node = b->graph->nodes[i];
    if (kind_of(node) == KIND_INPUT && !dense) {
      add_input(b, node, program->n_inputs++);
    }
  }
  for (; dense && program->n_inputs < count; ++program->n_inputs) {
    add_input(b, by_index[program->n_inputs], program->n_inputs);
  }
  free(by_index);
}

static void add_const(builder *b, mc_node *node) {
  const mc_attr *attr = tensor_attr(node, "value");
  char text[120];
  if (attr == NULL || node->n_out == 0) {
    reject(b, node, attr == NULL ? "has no attribute 'value' with a tensor" : "has no output");
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
    reject(b, node, text);
    return;
  }
  b->ports[position(node)][0] =
      add_value(b, (mc_value){.kind = MC_VALUE_CONST, .desc = desc, .data = attr->tensor.data.data});
}

static void add_variable(builder *b, mc_node *node) {
  mc_program *program = b->program;
  const mc_attr *init = tensor_attr(node, "value");
  init = init == NULL || init->tensor.data.size == 0 ? tensor_attr(node, "init_value") : init;
  init = init != NULL && init->tensor.data.size == 0 ? NULL : init;
  if (node->n_out == 0) {
    reject(b, node, "has no output");
    return;
  }
  mc_desc desc = meant(&node->out[0].desc);
  if (init != NULL && (!mc_shape_known(&desc.shape) || desc.dtype == MC_UNDEFINED)) {
    desc = init->tensor.desc;
  }
  const int64_t bytes = mc_desc_bytes(&desc);
  if (bytes < 0 || (init != NULL && (size_t)bytes != init->tensor.data.size)) {
    reject(b, node, bytes < 0 ? "needs a known shape and dtype" : "has an initial value of another size");
    return;
  }
  const int value =
      add_value(b, (mc_value){.kind = MC_VALUE_VARIABLE, .index = program->n_variables, .desc = desc, .written = true});
  program->variables[program->n_variables++] = (mc_prog_variable){node->name, value, init};
  b->ports[position(node)][0] = value;
}

/* ---- operators ---- */

static int input_value(const builder *b, const mc_node *node, int index) {
  const mc_input *input = &node->in[index];
  return input->from == NULL ? -1 : b->ports[position(input->from)][input->port];
}

static mc_prog_op *add_op(builder *b, const mc_node *node, mc_prog_kind kind, int n_out) {
  mc_program *program = b->program;
  mc_prog_op *op = &program->ops[program->n_ops];
  *op = (mc_prog_op){.kind = kind, .node = node, .n_out = n_out, .out = program->n_values};
  for (int i = 0; i < n_out; ++i) {
    add_value(b, (mc_value){.kind = MC_VALUE_OP, .index = program->n_ops, .desc = {.dtype = MC_UNDEFINED}});
  }
  program->n_ops += 1;
  return op;
}

static bool set_inputs(builder *b, mc_prog_op *op, const int *in, int n) {
  op->n_in = n;
  op->in = mc_arena_alloc(&b->program->arena, (size_t)n * sizeof *op->in);
  if (op->in == NULL) {
    reject(b, op->node, "cannot be compiled: out of memory");
    return false;
  }
  memcpy(op->in, in, (size_t)n * sizeof *op->in);
  return true;
}

static void add_pass(builder *b, mc_node *node) {
  for (int i = 0; i < node->n_out; ++i) {
    const int value = i < node->n_in ? input_value(b, node, i) : -1;
    if (value < 0) {
      if (i >= node->n_in || node->in[i].from == NULL) {
        reject(b, node, "has an output without an input to pass through");
      }
      b->ports[position(node)][i] = -1;
    } else if (b->program->values[value].written) {
      mc_prog_op *copy = add_op(b, node, MC_PROG_COPY, 1);
      set_inputs(b, copy, &value, 1);
      b->ports[position(node)][i] = copy->out;
    } else {
      b->ports[position(node)][i] = value;
    }
  }
}

static void add_assign(builder *b, mc_node *node) {
  const int ref = node->n_in > 0 ? input_value(b, node, 0) : -1;
  const int value = node->n_in > 1 ? input_value(b, node, 1) : -1;
  if (ref < 0 || value < 0) {
    if (node->n_in < 2 || node->in[0].from == NULL || node->in[1].from == NULL) {
      reject(b, node, "needs its inputs 'ref' and 'value'");
    }
    return;
  }
  if (!b->program->values[ref].written || b->program->values[ref].kind == MC_VALUE_OP) {
    reject(b, node, "must get its input 'ref' from a Variable or RefData node");
    return;
  }
  mc_prog_op *op = add_op(b, node, MC_PROG_ASSIGN, 0);
  set_inputs(b, op, (int[]){ref, value}, 2);
  for (int i = 0; i < node->n_out; ++i) {
    b->ports[position(node)][i] = ref;
  }
}

static void report_unknown_type(builder *b, const mc_node *node) {
  const char *names[3] = {"", "", ""};
  const int n = mc_op_nearest(node->type, names, 3);
  mc_report("E13010", node->name, node->type, (char *)NULL);
  mc_report_inner("E19999", "Node '%s': operator type '%s' is not emulated. Nearest emulated types: %s%s%s%s%s.",
                  node->name, node->type, n > 0 ? names[0] : "none", n > 1 ? ", " : "", names[1], n > 2 ? ", " : "",
                  names[2]);
  b->errors += 1;
}

static void add_call(builder *b, mc_node *node) {
  const mc_op_def *def = mc_op_find(node->type);
  if (def == NULL || (def->flags & MC_OP_STATEFUL) != 0) {
    report_unknown_type(b, node);
    return;
  }
  int *in = malloc(((size_t)node->n_in + 1) * sizeof *in);
  bool complete = in != NULL;
  for (int i = 0; i < node->n_in && complete; ++i) {
    in[i] = input_value(b, node, i);
    complete = in[i] >= 0 || node->in[i].from == NULL; /* its producer was rejected, and reported */
  }
  if (complete) {
    const int declared = mc_prototype_count(def->outputs);
    const bool dynamic = strchr(def->outputs, '*') != NULL;
    mc_prog_op *op = add_op(b, node, MC_PROG_CALL, dynamic || node->n_out > declared ? node->n_out : declared);
    op->def = def;
    char why[200];
    if (!mc_prototype_bind(b->program, op, in, why)) {
      reject(b, node, why);
    }
    for (int i = 0; i < node->n_out; ++i) {
      b->ports[position(node)][i] = op->out + i;
    }
  }
  free(in);
}

/* ---- the whole ---- */

static void add_output(builder *b, const mc_node *from, int port, const mc_node *net_output) {
  mc_program *program = b->program;
  const int value = b->ports[position(from)][port];
  if (value < 0) {
    if (b->errors == 0) {
      reject(b, net_output == NULL ? from : net_output, "gives no tensor");
    }
    return;
  }
  char name[400];
  const char *anchor = from->out[port].name;
  snprintf(name, sizeof name, "%s:%d%s%s", from->name, port, anchor == NULL ? "" : ":", anchor == NULL ? "" : anchor);
  program->output_io[program->n_outputs].name = mc_arena_strdup(&program->arena, name);
  program->outputs[program->n_outputs++] = value;
}

static const mc_node *net_output_of(const builder *b) {
  const mc_node *found = NULL;
  for (int i = 0; i < b->graph->n_nodes; ++i) {
    if (kind_of(b->graph->nodes[i]) == KIND_OUTPUT) {
      if (found != NULL) {
        reject((builder *)(uintptr_t)b, b->graph->nodes[i], "is the second NetOutput; a graph has at most one");
      }
      found = b->graph->nodes[i];
    }
  }
  return found;
}

static void add_outputs(builder *b) {
  const mc_node *net_output = net_output_of(b);
  for (int i = 0; net_output != NULL && i < net_output->n_in; ++i) {
    if (net_output->in[i].from == NULL) {
      reject(b, net_output, "has an unconnected input");
    } else {
      add_output(b, net_output->in[i].from, net_output->in[i].port, net_output);
    }
  }
  for (int i = 0; net_output == NULL && i < b->graph->n_outputs; ++i) {
    add_output(b, b->graph->outputs[i].node, b->graph->outputs[i].port, NULL);
  }
}

static bool allocate(builder *b) {
  mc_program *program = b->program;
  mc_arena *arena = &program->arena;
  const size_t n = (size_t)b->graph->n_nodes;
  size_t anchors = 1, outputs = (size_t)b->graph->n_outputs + 1, net_inputs = 1;
  bool ok = true;
  for (size_t i = 0; i < n; ++i) {
    const mc_node *node = b->graph->nodes[i];
    const mc_op_def *def = kind_of(node) == KIND_OP ? mc_op_find(node->type) : NULL;
    const size_t declared = def == NULL ? 0 : (size_t)mc_prototype_count(def->outputs);
    anchors += (size_t)node->n_out > declared ? (size_t)node->n_out : declared;
    net_inputs += kind_of(node) == KIND_OUTPUT ? (size_t)node->n_in : 0;
    outputs += (size_t)node->n_out;
  }
  outputs = (outputs > net_inputs ? outputs : net_inputs) + (size_t)b->graph->n_outputs;
  program->values = mc_arena_alloc(arena, anchors * sizeof *program->values);
  program->ops = mc_arena_alloc(arena, (anchors + n) * sizeof *program->ops);
  program->variables = mc_arena_alloc(arena, (n + 1) * sizeof *program->variables);
  program->inputs = mc_arena_alloc(arena, (n + 1) * sizeof *program->inputs);
  program->input_io = mc_arena_alloc(arena, (n + 1) * sizeof *program->input_io);
  program->outputs = mc_arena_alloc(arena, outputs * sizeof *program->outputs);
  program->output_io = mc_arena_alloc(arena, outputs * sizeof *program->output_io);
  b->order = malloc((n + 1) * sizeof *b->order);
  b->ports = calloc(n + 1, sizeof *b->ports);
  b->written = calloc(n + 1, sizeof *b->written);
  ok = program->values != NULL && program->ops != NULL && program->variables != NULL && program->inputs != NULL &&
       program->input_io != NULL && program->outputs != NULL && program->output_io != NULL && b->order != NULL &&
       b->ports != NULL && b->written != NULL;
  return ok;
}

static void mark_written(builder *b) {
  for (int i = 0; i < b->graph->n_nodes; ++i) {
    const mc_node *node = b->graph->nodes[i];
    if (kind_of(node) == KIND_ASSIGN && node->n_in > 0 && node->in[0].from != NULL) {
      b->written[position(node->in[0].from)] = true;
    }
  }
}

static bool number_nodes(builder *b) {
  for (int i = 0; i < b->graph->n_nodes; ++i) {
    b->order[i]->user = (void *)(uintptr_t)i;
    const size_t n_out = (size_t)b->order[i]->n_out;
    b->ports[i] = malloc((n_out + 1) * sizeof **b->ports);
    if (b->ports[i] == NULL) {
      return false;
    }
    for (size_t port = 0; port <= n_out; ++port) {
      b->ports[i][port] = -1;
    }
  }
  return true;
}

static void add_nodes(builder *b) {
  for (int i = 0; i < b->graph->n_nodes; ++i) {
    mc_node *node = b->order[i];
    switch (kind_of(node)) {
    case KIND_CONST:
      add_const(b, node);
      break;
    case KIND_VARIABLE:
      add_variable(b, node);
      break;
    case KIND_ASSIGN:
      add_assign(b, node);
      break;
    case KIND_PASS:
      add_pass(b, node);
      break;
    case KIND_OP:
      add_call(b, node);
      break;
    case KIND_INPUT: /* first of all, in index order */
    case KIND_OUTPUT:
    case KIND_NOTHING:
      break;
    }
  }
}

int mc_program_build(const mc_graph *graph, mc_program *program) {
  builder b = {.program = program, .graph = graph};
  *program = (mc_program){0};
  int status = 0;
  if (!allocate(&b)) {
    status = MC_GE_NO_MEMORY;
  } else if (!mc_graph_sort(graph, b.order)) {
    mc_report_inner("E19999", "Graph '%s' has a cycle of data or control edges.", graph->name);
    status = MC_GE_PARAM_INVALID;
  } else if (!number_nodes(&b)) {
    status = MC_GE_NO_MEMORY;
  } else {
    mark_written(&b);
    add_inputs(&b);
    add_nodes(&b);
    add_outputs(&b);
    status = b.errors == 0 ? 0 : MC_GE_PARAM_INVALID;
  }
  for (int i = 0; b.ports != NULL && i < graph->n_nodes; ++i) {
    free(b.ports[i]);
  }
  free(b.ports);
  free(b.order);
  free(b.written);
  if (status != 0) {
    mc_program_free(program);
  }
  return status;
}

void mc_program_free(mc_program *program) {
  mc_arena_free(&program->arena);
  *program = (mc_program){0};
}
