/* A program while it is built from a graph. */
#ifndef MC_GRAPH_PROGRAM_BUILD_H
#define MC_GRAPH_PROGRAM_BUILD_H

#include "graph/program.h"

typedef enum mc_node_kind {
  MC_NODE_INPUT,
  MC_NODE_CONST,
  MC_NODE_VARIABLE,
  MC_NODE_ASSIGN,
  MC_NODE_OUTPUT,
  MC_NODE_PASS,
  MC_NODE_NOTHING,
  MC_NODE_OP
} mc_node_kind;

mc_node_kind mc_node_kind_of(const mc_node *node);

typedef struct mc_builder {
  mc_program *program;
  const mc_graph *graph;
  mc_node **order;
  int **ports;    /* by position in order: values of the node's outputs */
  bool *written;  /* by position: an Assign writes what this node gives */
  int errors;
} mc_builder;

/* Where a node stands in the order. */
static inline size_t mc_node_position(const mc_node *node) { return (size_t)(uintptr_t)node->user; }

/* Reports "Node 'name' of type 'type' text." and counts it. */
void mc_builder_reject(mc_builder *b, const mc_node *node, const char *text);
int mc_builder_value(mc_builder *b, mc_value value);

/* program_sources.c: nodes that give a tensor without computing one. */
void mc_builder_inputs(mc_builder *b);
void mc_builder_const(mc_builder *b, mc_node *node);
void mc_builder_variable(mc_builder *b, mc_node *node);
/* program_outputs.c */
void mc_builder_outputs(mc_builder *b);

#endif
