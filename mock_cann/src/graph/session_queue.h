/* Queues of asynchronous runs: a session's two threads and the model thread of each graph are fed by one
 * each. */
#ifndef MC_GRAPH_SESSION_QUEUE_H
#define MC_GRAPH_SESSION_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>

#include "graph/session.h"

struct mc_slot;
typedef struct mc_runner mc_runner; /* session_runner.c: a graph's model thread */

typedef struct mc_request {
  struct mc_request *next;
  struct mc_slot *slot; /* retained */
  mc_run_callback callback;
  uint64_t work_id; /* of the submitting thread: errors are reported there */
  int n_in;
  mc_run_tensor in[];
} mc_request;

/* NULL when memory is exhausted; the callback then stays the caller's. */
mc_request *mc_request_create(struct mc_slot *slot, const mc_run_tensor *in, int n_in,
                              const mc_run_callback *callback);
/* Calls done, if there is one, and destroys the request. Without locks. */
void mc_request_finish(mc_request *request, mc_ge_status status, mc_run_tensor *out, int n_out);
/* Destroys a request, or a chain of them, unexecuted: drop is called, done is not. Without locks. */
void mc_request_drop(mc_request *request);

typedef struct mc_queue {
  pthread_mutex_t lock; /* guards the fields; a leaf */
  pthread_cond_t ready;
  mc_request *head, *tail;
  size_t length;
  bool stopped;
} mc_queue;

void mc_queue_init(mc_queue *queue);
void mc_queue_destroy(mc_queue *queue); /* empty, nobody waiting */
/* False when stopped, or when `limit` requests are waiting already (0: no limit). */
bool mc_queue_push(mc_queue *queue, mc_request *request, size_t limit);
/* Blocks; NULL once stopped. */
mc_request *mc_queue_pop(mc_queue *queue);
/* Returns what was still waiting, for mc_request_drop. Idempotent. */
mc_request *mc_queue_stop(mc_queue *queue);

typedef struct mc_pipeline {
  pthread_mutex_t lock; /* guards `started`; the queues' locks may be taken while it is held */
  bool started;
  pthread_t prepare_thread, execute_thread;
  mc_queue prepare, execute;
  atomic_int in_flight; /* requests that no model thread has yet */
} mc_pipeline;

#endif
