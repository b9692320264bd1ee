/* A compiled single operator and its runs in flight. */
#ifndef MC_GRAPH_SINGLE_STATE_H
#define MC_GRAPH_SINGLE_STATE_H

#include "graph/compiled.h"
#include "graph/single.h"

/* One run. Arrays are as long as the model's inputs and outputs. */
typedef struct mc_single_call {
  struct mc_single_call *next; /* in the list of idle ones */
  mc_single *single;           /* retained while the run is queued */
  mc_bound *bound;             /* its own: its pointers are written by the run */
  void **in_address, **out_address;
  bool *in_copied;             /* in[i] points into `host` already */
  void **in, **out;            /* as this process sees them */
  char *work;                  /* scratch and intermediate results; NULL: none needed */
  char *host;                  /* copies of host inputs */
  size_t host_size;
} mc_single_call;

struct mc_single {
  atomic_int users;
  mc_model *model;
  mc_desc *wanted; /* outputs as the caller described them */
  char *key;
  size_t key_size;
  uint64_t hash;
  /* the table's, guarded by its lock */
  mc_single *next;
  uint64_t used;

  pthread_mutex_t lock; /* guards idle; a leaf */
  mc_single_call *idle; /* at most one: it keeps its memory for the next run */
};

/* What came out is what the caller described, where it did; 0 or a reported status. */
int mc_single_check_output(const mc_single *single, int index, const mc_desc *made);

void mc_single_call_free(mc_single_call *call);

#endif
