/*
 * Control flow: operators that run subgraphs. Each subgraph is a program of its own whose inputs are the operator's
 * inputs and whatever the subgraph captures: constants and variables are never a subgraph's own, they are handed down
 * from the root, so that memory, loading and sessions know only the root's.
 *
 * Where all shapes are known without contents, the operator is one step of its plan and runs the subgraphs' plans in the
 * step's scratch memory. Otherwise (branches of different shapes, loop values that grow) it runs when contents are known,
 * shape by shape, each subgraph with a cache of plans.
 */
#ifndef MC_GRAPH_FLOW_H
#define MC_GRAPH_FLOW_H

#include <pthread.h>

#include "graph/compiled.h"
#include "graph/program_build.h"

typedef enum mc_flow_kind { MC_FLOW_IF, MC_FLOW_CASE, MC_FLOW_WHILE, MC_FLOW_FOR, MC_FLOW_CALL } mc_flow_kind;

/* What a subgraph needs beside its Data nodes. */
typedef struct mc_capture {
  mc_value value;       /* as the root will hold it: a constant or a variable */
  const char *name;     /* of the node */
  const mc_attr *init;  /* of a variable */
  int input;            /* of the subgraph's program */
  bool read, write;     /* variables: read before written; written at all */
} mc_capture;

typedef struct mc_flow_graph {
  mc_program program;
  const char *name;
  int *from; /* by input of the program: position in the operator's `in` */
  int n_data;
  mc_capture *captures;
  int n_captures;
  pthread_mutex_t lock; /* guards the cache; nothing is taken while it is held */
  mc_plan *cache[MC_PLAN_CACHE];
} mc_flow_graph;

typedef struct mc_flow mc_flow;
struct mc_flow {
  struct mc_flow *next; /* all of a program */
  mc_flow_kind kind;
  const mc_node *node;
  mc_flow_graph *graphs;
  int n_graphs;
  int leading;          /* inputs before those that subgraphs see as values: condition, index, or start, limit, delta */
  int *made;            /* by output of the operator, which is output of the body: which output of the node. Loop values
                           that never change are none */
  bool *varies;         /* by input of the node: a loop value that changes */
  int n_read;           /* of the operator's inputs: those behind are variables that are only written */
  int *writes;          /* values of variables that subgraphs write */
  int n_writes;
  bool effect;          /* a subgraph runs an operator for its effect */
};

static inline const mc_flow_graph *mc_flow_body(const mc_flow *flow) {
  return &flow->graphs[flow->n_graphs - 1];
}

/* It runs for what it does, or a subgraph of it does. */
static inline bool mc_flow_has_effect(const mc_prog_op *op) {
  return op->flow != NULL ? op->flow->effect : op->kind == MC_PROG_CALL && (op->def->flags & MC_OP_EFFECT) != 0;
}

/* flow.c: what the types are. -1: no control flow operator. */
int mc_flow_kind_of(const char *type);
const mc_op_def *mc_flow_def(const char *type);
/* GE's truth: a scalar that is not zero, or a tensor that has elements. */
bool mc_flow_truth(const mc_desc *desc, const void *data);
/* The graph that If or Case runs for these contents. */
int mc_flow_choose(const mc_flow *flow, const mc_desc *desc, const void *data);
/* The counter of a For; false: delta is 0. */
typedef struct mc_flow_range {
  int64_t next, limit, delta;
} mc_flow_range;
bool mc_flow_range_read(mc_flow_range *range, const void *start, const void *limit, const void *delta);
static inline bool mc_flow_range_more(const mc_flow_range *range) {
  return range->delta > 0 ? range->next < range->limit : range->next > range->limit;
}
/* flow_build.c: the flow of a node with its subgraphs compiled to programs; NULL after a report. */
mc_flow *mc_flow_build(mc_builder *b, const mc_node *node);
/* flow_op.c: the operator in the program, with what its subgraphs capture. */
void mc_flow_add(mc_builder *b, mc_node *node, mc_flow *flow);

/* flow_infer.c: the operator's own inputs are of types that can be conditions, indices and counters; or refused. */
bool mc_flow_check_leading(mc_infer *infer, const mc_prog_op *op);

/* flow_run.c: makes a call whose shapes are known runnable. plans by graph, NULL: never run. */
bool mc_flow_prepare(const mc_prog_op *op, mc_op_call *call, mc_plan *const *plans);
/* Runs a subgraph's plan. Memory must be mc_flow_memory(plan) bytes, 64-byte aligned. */
size_t mc_flow_memory(const mc_plan *plan);
int mc_flow_run_plan(const mc_plan *plan, void *const *in, void *const *out, char *memory, char why[400]);

#endif
