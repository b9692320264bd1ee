/* A program while it is built from a graph. */
#ifndef MC_GRAPH_PROGRAM_BUILD_H
#define MC_GRAPH_PROGRAM_BUILD_H

#include "graph/program.h"

typedef enum mc_node_kind {
  MC_NODE_INPUT,
  MC_NODE_CONST,
  MC_NODE_FILE,
  MC_NODE_VARIABLE,
  MC_NODE_ASSIGN,
  MC_NODE_OUTPUT,
  MC_NODE_PASS,
  MC_NODE_NOTHING,
  MC_NODE_FLOW,
  MC_NODE_OP
} mc_node_kind;

mc_node_kind mc_node_kind_of(const mc_node *node);

struct mc_flow;
struct mc_flow_graph;

typedef struct mc_builder {
  mc_program *program;
  const mc_graph *graph;
  mc_node **order;
  int **ports;    /* by position in order: values of the node's outputs */
  bool *written;  /* by position: an Assign writes what this node gives */
  struct mc_flow **flows; /* by position: control flow, built before the rest */
  mc_guards *guards;      /* by position, of programs with branches */
  int errors;
  /* of a subgraph: who runs it */
  const struct mc_builder *parent;
  const mc_node *site;
  struct mc_flow_graph *subgraph;
} mc_builder;

/* program_prepare.c: order, numbers and room. 0 or a reported status; mc_builder_end in any case. */
int mc_builder_begin(mc_builder *b);
void mc_builder_end(mc_builder *b);

/* The program of a subgraph; released like any other. */
int mc_program_build_subgraph(const mc_builder *parent, const mc_node *site, const mc_graph *graph,
                              struct mc_flow_graph *subgraph);

/* file_constant.c: the value of a FileConstant; letting go of the files of a program. */
void mc_builder_file_constant(mc_builder *b, mc_node *node);
void mc_mapped_files_close(mc_program *program);

/* Where a node stands in the order. */
static inline size_t mc_node_position(const mc_node *node) { return (size_t)(uintptr_t)node->user; }

/* references.c: the input, a variable, that takes result `output` of the operator; -1: none does. */
int mc_updated_input(const mc_node *node, const mc_op_def *def, int output);
/* Assigns an operator's results, the values from `out` on, to the variables it updates; `in`: the values of its inputs. */
void mc_builder_assign_results(mc_builder *b, const mc_node *node, const mc_op_def *def, const int *in, int out);
/* Reports "Node 'name' of type 'type' text." and counts it. */
void mc_builder_reject(mc_builder *b, const mc_node *node, const char *text);
int mc_builder_value(mc_builder *b, mc_value value);
/* The value at an input of the node; -1: not connected, or its producer was rejected. */
int mc_builder_input(const mc_builder *b, const mc_node *node, int index);
/* What a node that passes a value through gives: the value, or a copy where an Assign may write it. */
int mc_builder_pass(mc_builder *b, const mc_node *node, int value);
mc_prog_op *mc_builder_op(mc_builder *b, const mc_node *node, mc_prog_kind kind, int n_out);
void mc_builder_set_inputs(mc_builder *b, mc_prog_op *op, const int *in, int n);

/* program_sources.c: nodes that give a tensor without computing one. */
void mc_builder_inputs(mc_builder *b);
void mc_builder_const(mc_builder *b, mc_node *node);
void mc_builder_variable(mc_builder *b, mc_node *node);
/* Rejects a node that takes the handle of a variable and does not know how. */
void mc_builder_check_handles(mc_builder *b, const mc_node *node);
/* A constant or variable of this graph; in a subgraph it becomes an input that the operator's graph fills. */
int mc_builder_source(mc_builder *b, mc_value value, const char *name, const mc_attr *init);
/* The variable of this name, added when it is new; -1: declared differently before. */
int mc_builder_bind(mc_builder *b, const mc_desc *desc, const char *name, const mc_attr *init);
/* program_absorb.c: lets convolutions do the work of who reads them; false without memory, the program unchanged. */
bool mc_program_absorb(mc_program *program);
/* program_branches.c: the graph has Switch or Merge nodes; what the operators of a node, from `first` on, wait for. */
bool mc_builder_has_branches(const mc_graph *graph);
bool mc_builder_guard(mc_builder *b, const mc_node *node, int first);
/* program_outputs.c */
void mc_builder_outputs(mc_builder *b);

#endif
