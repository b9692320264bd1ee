/* A model with memory, and its runs in flight. */
#ifndef MC_GRAPH_LOADED_H
#define MC_GRAPH_LOADED_H

#include "graph/compiled.h"

/* Device memory that a loaded model asked for, and how to give it back. */
typedef struct mc_block {
  void *address;
  size_t size;
  void *handle;           /* of the allocator */
  mc_allocator allocator; /* allocate == NULL: the engine's */
  bool owned;             /* false: the user's */
} mc_block;

/* Work memory of dynamic models: every queued run holds it, so that a larger one can replace it at any time. */
typedef struct mc_work {
  atomic_int users;
  mc_block block;
} mc_work;

/* One launched run. Arrays are as long as the model's inputs and outputs. */
typedef struct mc_run {
  struct mc_run *next, *previous; /* active list, or free list by next */
  mc_loaded *loaded;
  mc_stream *stream;
  mc_bound *bound;
  mc_work *work;
  void *work_address;
  int other_stream; /* >= 0: an unordered use there */
  void **in_address, **out_address;
  bool *in_copied;  /* in[i] points into `host` already */
  void **in, **out; /* as this process sees them */
  char *host;       /* copies of host inputs */
  size_t host_size;
} mc_run;

struct mc_loaded {
  mc_model *model;
  int device;
  mc_variables *variables;
  bool own_variables;
  mc_variable **bound_variables; /* by the program's index */
  mc_allocator allocator;
  mc_block weight, work;
  mc_ordered_use use;

  pthread_mutex_t lock; /* guards what follows; memory may be allocated and freed while it is held */
  mc_run *active, *unused;
  mc_bound *bounds[MC_PLAN_CACHE]; /* newest use first; static: one a plan, never dropped */
  mc_bound **static_bounds;
  mc_work *dynamic_work;

  pthread_mutex_t host_lock; /* one run on the host at a time */
};

/* 0 or a reported status. An allocator is asked for 512 bytes when nothing is needed, as CANN's summary says. */
int mc_block_allocate(mc_block *block, const mc_allocator *allocator, size_t size, const char *what);
void mc_block_free(mc_block *block);

mc_run *mc_run_take(mc_loaded *loaded);
void mc_run_give(mc_run *run);
void mc_run_free_all(mc_loaded *loaded); /* the unused ones */
/* The bound plan; NULL when memory is exhausted. Retained, but for a static model's, which lasts as long as it is
 * loaded: counting its users would cost as much as a small kernel. */
mc_bound *mc_loaded_bound(mc_loaded *loaded, mc_plan *plan);
/* Work memory for a dynamic run of this size, retained. */
int mc_loaded_dynamic_work(mc_loaded *loaded, size_t size, mc_work **work);
void mc_work_release(mc_work *work);

/* Queues the run, which is the stream's from then on, also when this fails. */
int mc_run_queue(mc_run *run, mc_stream *stream);

/* Describes all outputs and allocates those without address; `mine` says which. */
int mc_outputs_prepare(mc_loaded *loaded, const mc_desc *descs, mc_binding *out, int n_out,
                       const mc_allocator *allocator, void **blocks, bool *mine);
void mc_outputs_give_back(mc_binding *out, int n_out, const bool *mine, const mc_allocator *allocator, void **blocks);

/* The plan of a run, until mc_plan_done: of a static model its own, of others a retained one. */
int mc_choose_plan(mc_loaded *loaded, const mc_binding *in, int n_in, mc_desc *descs, mc_plan **plan);
void mc_plan_done(const mc_loaded *loaded, mc_plan *plan);

#endif
