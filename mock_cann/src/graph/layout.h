/* A plan while its steps and places are chosen. */
#ifndef MC_GRAPH_LAYOUT_H
#define MC_GRAPH_LAYOUT_H

#include "graph/program.h"

/* A step while places are still being chosen; values instead of pointers. */
typedef struct mc_draft {
  const mc_op_call *call;
  const int *in, *out; /* values; -1: absent */
  int n_in, n_out;
  const mc_fused *fused; /* NULL: one operator */
  const struct mc_flow *flow; /* NULL: no control flow */
  int output;            /* >= 0: a copy of in[0] into this graph output */
} mc_draft;

typedef struct mc_layout {
  mc_plan *plan;
  const mc_program *program;
  const bool *runs;
  int *group;    /* see mc_fuse */
  bool *escapes; /* by operator */
  mc_draft *drafts;
  int n_drafts;
  int *last;     /* by root: last step that uses it; -1: nobody */
  int *made;     /* by root: step that writes it */
  mc_interval *buffers;
  int *taken;    /* by buffer: the step that last gave it to an output */
  int n_buffers;
} mc_layout;

static inline mc_plan_value *mc_layout_root(const mc_layout *l, int value) {
  return &l->plan->values[l->plan->values[value].root];
}

/* drafts.c: what runs when. false: memory is exhausted. */
bool mc_layout_draft(mc_layout *l);
/* steps.c: drafts with places become steps, pointers, and the list of variables. */
bool mc_layout_finish(mc_layout *l);

#endif
