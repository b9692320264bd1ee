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
  mc_single_view *in_views, *out_views;
  int64_t *in_extent, *out_extent; /* bytes from the address to the end of the last element */
  void **targets;              /* where strided outputs go in the end */
  char *packed;                /* dense copies of strided tensors */
  size_t packed_size;
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

/* ---- single_views.c ---- */

/* Bytes from a view's first element to the end of its last; -1 when they overflow. */
int64_t mc_single_extent(const mc_single_view *view, const mc_desc *desc);
/* Room for dense copies of what is strided; false when memory is exhausted. */
bool mc_single_views_prepare(mc_single_call *call);
/* Replaces the pointers to strided inputs and outputs by ones to dense copies; the inputs' are filled. */
void mc_single_views_pack(mc_single_call *call, void **targets);
/* Writes the dense outputs to where the views lead. */
void mc_single_views_unpack(mc_single_call *call, void *const *targets);

/* ---- single_run.c ---- */

enum { MC_SINGLE_ALIGN = 64 };

/* The one plan of a compiled operator. */
mc_plan *mc_single_plan(const mc_single *single);
/* A run: an idle one or a new one; NULL when memory is exhausted. Given back when it has run, or was never queued. */
mc_single_call *mc_single_call_take(mc_single *single);
void mc_single_call_give(mc_single_call *call);
/* The run is the stream's from then on, also when this fails. */
int mc_single_call_queue(mc_single_call *call, mc_stream *stream);
void mc_single_call_free(mc_single_call *call);

#endif
