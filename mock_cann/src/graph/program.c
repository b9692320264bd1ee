/* A graph flattened: nodes in order become operators over numbered values. Pass-through nodes vanish here, except
 * where they read something that an Assign writes: those copy, so that they keep the value of their moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "graph/flow.h"
#include "ops/memory.h"

static const struct {
  const char *type;
  mc_node_kind kind;
} kKinds[] = {{"Data", MC_NODE_INPUT},     {"RefData", MC_NODE_INPUT},      {"AippData", MC_NODE_INPUT},
              {"Const", MC_NODE_CONST},    {"Constant", MC_NODE_CONST},     {"FileConstant", MC_NODE_FILE},
              {"Variable", MC_NODE_VARIABLE},
              {"Assign", MC_NODE_ASSIGN},  {"NetOutput", MC_NODE_OUTPUT},   {"Identity", MC_NODE_PASS},
              {"IdentityN", MC_NODE_PASS}, {"PlaceHolder", MC_NODE_PASS},   {"NoOp", MC_NODE_NOTHING},
              {"PlaceholderWithDefault", MC_NODE_PASS}, {"ControlTrigger", MC_NODE_NOTHING},
              {"VarHandleOp", MC_NODE_VARIABLE}, {"ReadVariableOp", MC_NODE_PASS}, {"AssignVariableOp", MC_NODE_ASSIGN}};

mc_node_kind mc_node_kind_of(const mc_node *node) {
  for (size_t i = 0; i < sizeof kKinds / sizeof kKinds[0]; ++i) {
    if (strcmp(kKinds[i].type, node->type) == 0) {
      return kKinds[i].kind;
    }
  }
  return mc_flow_kind_of(node->type) >= 0 ? MC_NODE_FLOW : MC_NODE_OP;
}

char *mc_node_place(const mc_node *node, char text[MC_PLACE_TEXT]) {
  text[0] = 0;
  if (node->graph->parent != NULL) {
    snprintf(text, MC_PLACE_TEXT, " in subgraph '%.100s'", node->graph->name);
  }
  return text;
}

void mc_builder_reject(mc_builder *b, const mc_node *node, const char *text) {
  char place[MC_PLACE_TEXT];
  mc_report_inner("E19999", "Node '%s' of type '%s'%s %s.", node->name, node->type, mc_node_place(node, place), text);
  b->errors += 1;
}

int mc_builder_value(mc_builder *b, mc_value value) {
  b->program->values[b->program->n_values] = value;
  return b->program->n_values++;
}

int mc_builder_input(const mc_builder *b, const mc_node *node, int index) {
  const mc_input *input = &node->in[index];
  return input->from == NULL ? -1 : b->ports[mc_node_position(input->from)][input->port];
}

mc_prog_op *mc_builder_op(mc_builder *b, const mc_node *node, mc_prog_kind kind, int n_out) {
  mc_program *program = b->program;
  mc_prog_op *op = &program->ops[program->n_ops];
  *op = (mc_prog_op){.kind = kind, .node = node, .n_out = n_out, .out = program->n_values};
  for (int i = 0; i < n_out; ++i) {
    mc_builder_value(b, (mc_value){.kind = MC_VALUE_OP, .index = program->n_ops, .desc = {.dtype = MC_UNDEFINED}});
  }
  program->n_ops += 1;
  return op;
}

void mc_builder_set_inputs(mc_builder *b, mc_prog_op *op, const int *in, int n) {
  op->n_in = n;
  op->in = mc_arena_alloc(&b->program->arena, (size_t)n * sizeof *op->in);
  if (op->in == NULL) {
    mc_builder_reject(b, op->node, "cannot be compiled: out of memory");
    return;
  }
  memcpy(op->in, in, (size_t)n * sizeof *op->in);
}

int mc_builder_pass(mc_builder *b, const mc_node *node, int value) {
  if (!b->program->values[value].written) {
    return value;
  }
  mc_prog_op *copy = mc_builder_op(b, node, MC_PROG_COPY, 1);
  mc_builder_set_inputs(b, copy, &value, 1);
  return copy->out;
}

static void add_pass(mc_builder *b, mc_node *node) {
  for (int i = 0; i < node->n_out; ++i) {
    const int value = i < node->n_in ? mc_builder_input(b, node, i) : -1;
    if (value < 0 && (i >= node->n_in || node->in[i].from == NULL)) {
      mc_builder_reject(b, node, "has an output without an input to pass through");
    }
    b->ports[mc_node_position(node)][i] = value < 0 ? -1 : mc_builder_pass(b, node, value);
  }
}

static void add_assign(mc_builder *b, mc_node *node) {
  const int ref = node->n_in > 0 ? mc_builder_input(b, node, 0) : -1;
  const int value = node->n_in > 1 ? mc_builder_input(b, node, 1) : -1;
  if (ref < 0 || value < 0) {
    if (node->n_in < 2 || node->in[0].from == NULL || node->in[1].from == NULL) {
      mc_builder_reject(b, node, "needs two inputs, the variable and its value");
    }
    return;
  }
  if (!b->program->values[ref].written || b->program->values[ref].kind == MC_VALUE_OP) {
    mc_builder_reject(b, node, "must write a variable: its first input must come from a Variable, VarHandleOp or RefData "
                               "node");
    return;
  }
  if (b->subgraph != NULL && b->program->values[ref].index < b->subgraph->n_data) {
    mc_builder_reject(b, node, "writes an input of its subgraph, which is not emulated; only variables can be written there");
    return;
  }
  mc_prog_op *op = mc_builder_op(b, node, MC_PROG_ASSIGN, 0);
  mc_builder_set_inputs(b, op, (int[]){ref, value}, 2);
  for (int i = 0; i < node->n_out; ++i) {
    b->ports[mc_node_position(node)][i] = ref;
  }
}

static void report_unknown_type(mc_builder *b, const mc_node *node) {
  const char *names[3] = {"", "", ""};
  const int n = mc_op_nearest(node->type, names, 3);
  mc_report("E13010", node->name, node->type, (char *)NULL);
  char place[MC_PLACE_TEXT];
  mc_report_inner("E19999", "Node '%s'%s: operator type '%s' is not emulated. Nearest emulated types: %s%s%s%s%s.",
                  node->name, mc_node_place(node, place), node->type, n > 0 ? names[0] : "none", n > 1 ? ", " : "", names[1], n > 2 ? ", " : "",
                  names[2]);
  b->errors += 1;
}

/* Room for what the node remembers; a seed for when the graph gives none. */
static void give_memory(mc_builder *b, mc_prog_op *op) {
  op->memory = mc_arena_alloc(&b->program->arena, sizeof *op->memory);
  if (op->memory == NULL) {
    mc_builder_reject(b, op->node, "cannot be compiled: out of memory");
  } else if (getentropy(op->memory->seed, sizeof op->memory->seed) != 0) {
    mc_builder_reject(b, op->node, "cannot be compiled: the system gives no random seed");
  } else {
    atomic_init(&op->memory->used, 0);
  }
}

static void add_call(mc_builder *b, mc_node *node) {
  const mc_op_def *def = mc_op_find(node->type);
  if (def == NULL) {
    report_unknown_type(b, node);
    return;
  }
  int *in = malloc(((size_t)node->n_in + 1) * sizeof *in);
  bool complete = in != NULL;
  for (int i = 0; i < node->n_in && complete; ++i) {
    in[i] = mc_builder_input(b, node, i);
    complete = in[i] >= 0 || node->in[i].from == NULL; /* its producer was rejected, and reported */
  }
  if (complete) {
    const int declared = mc_prototype_count(def->outputs);
    const bool dynamic = strchr(def->outputs, '*') != NULL;
    mc_prog_op *op = mc_builder_op(b, node, MC_PROG_CALL, dynamic || node->n_out > declared ? node->n_out : declared);
    op->def = def;
    if ((def->flags & MC_OP_EVERY_RUN) != 0) {
      give_memory(b, op);
    }
    char why[200];
    if (!mc_prototype_bind(b->program, op, in, why)) {
      mc_builder_reject(b, node, why);
    }
    for (int i = 0; i < node->n_out; ++i) {
      b->ports[mc_node_position(node)][i] = op->out + i;
    }
    mc_builder_assign_results(b, node, def, in, op->out);
  }
  free(in);
}

static void add_nodes(mc_builder *b) {
  for (int i = 0; i < b->graph->n_nodes; ++i) {
    mc_node *node = b->order[i];
    const int first = b->program->n_ops;
    mc_builder_check_handles(b, node);
    switch (mc_node_kind_of(node)) {
    case MC_NODE_CONST:
      mc_builder_const(b, node);
      break;
    case MC_NODE_FILE:
      mc_builder_file_constant(b, node);
      break;
    case MC_NODE_VARIABLE:
      mc_builder_variable(b, node);
      break;
    case MC_NODE_ASSIGN:
      add_assign(b, node);
      break;
    case MC_NODE_PASS:
      add_pass(b, node);
      break;
    case MC_NODE_OP:
      add_call(b, node);
      break;
    case MC_NODE_FLOW:
      mc_flow_add(b, node, b->flows[i]);
      break;
    case MC_NODE_INPUT: /* first of all, in index order */
    case MC_NODE_OUTPUT:
    case MC_NODE_NOTHING:
      break;
    }
    if (b->program->branches && !mc_builder_guard(b, node, first)) {
      mc_builder_reject(b, node, "cannot be compiled: out of memory");
    }
  }
}

static int build(mc_builder *b) {
  int status = mc_builder_begin(b);
  if (status == 0) {
    mc_builder_inputs(b);
    add_nodes(b);
    mc_builder_outputs(b);
    status = b->errors != 0 ? MC_GE_PARAM_INVALID : 0;
    /* Absorbing would renumber what guards wait for. */
    if (status == 0 && !b->program->branches && !mc_program_absorb(b->program)) {
      status = MC_GE_NO_MEMORY;
    }
  }
  mc_builder_end(b);
  if (status != 0) {
    mc_program_free(b->program);
  }
  return status;
}

int mc_program_build(const mc_graph *graph, mc_program *program) {
  mc_builder b = {.program = program, .graph = graph};
  *program = (mc_program){0};
  return build(&b);
}

int mc_program_build_subgraph(const mc_builder *parent, const mc_node *site, const mc_graph *graph,
                              mc_flow_graph *subgraph) {
  mc_builder b = {.program = &subgraph->program, .graph = graph, .parent = parent, .site = site, .subgraph = subgraph};
  return build(&b);
}

void mc_program_free(mc_program *program) {
  mc_flow_free(program->flows);
  mc_mapped_files_close(program);
  mc_arena_free(&program->arena);
  *program = (mc_program){0};
}
