/* stream_sync_timeout: a run that takes longer fails; the model thread of asynchronous runs ends with it. */
#include <pthread.h>
#include <stdlib.h>

#include "check.h"
#include "graph/session.h"

#define GE_FAILED 4294967295u
#define GE_INTERNAL_ERROR 1343225860u

/* 400 MB to move: longer than a millisecond on any memory there is. */
enum { COUNT = 32 << 20 };

static mc_graph *make_add(void) {
  mc_graph *graph = mc_graph_create("slow");
  mc_node *add = mc_graph_add_node(graph, "add", "Add", 2, 1);
  for (int i = 0; i < 2; ++i) {
    mc_node *data = mc_graph_add_node(graph, i == 0 ? "x" : "y", "Data", 1, 1);
    data->in[0].desc.desc = data->out[0].desc.desc =
        (mc_desc){.dtype = MC_FLOAT, .format = MC_FORMAT_ND, .shape = {.rank = 1, .dims = {COUNT}}};
    CHECK(mc_attrs_set_int(&data->attrs, "index", i));
    CHECK(mc_graph_connect(graph, data, 0, add, i));
  }
  CHECK(mc_graph_add_output(graph, add, 0));
  return graph;
}

typedef struct outcome {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int done, dropped;
  mc_ge_status status;
} outcome;

static void on_done(void *self, mc_ge_status status, mc_run_tensor *out, int n_out) {
  outcome *o = self;
  CHECK(out == NULL && n_out == 0);
  pthread_mutex_lock(&o->lock);
  o->done++;
  o->status = status;
  pthread_cond_signal(&o->changed);
  pthread_mutex_unlock(&o->lock);
}

static void on_drop(void *self) {
  outcome *o = self;
  pthread_mutex_lock(&o->lock);
  o->dropped++;
  pthread_cond_signal(&o->changed);
  pthread_mutex_unlock(&o->lock);
}

int main(void) {
  float *values = calloc(COUNT, sizeof(float));
  CHECK(values != NULL);
  CHECK(mc_ge_initialize(2, NULL) == 0);
  mc_session *session = mc_session_create(2, (const char *const[]){"stream_sync_timeout", "1", NULL});
  mc_graph *graph = make_add();
  for (uint32_t id = 1; id <= 2; ++id) {
    CHECK(mc_session_add_graph_clone(session, id, graph, NULL) == 0);
  }
  mc_graph_destroy(graph);
  mc_run_tensor in[2];
  for (int i = 0; i < 2; ++i) {
    in[i] = (mc_run_tensor){.address = values,
                            .size = COUNT * sizeof(float),
                            .on_host = true,
                            .dtype = MC_FLOAT,
                            .format = MC_FORMAT_ND,
                            .shape = {.rank = 1, .dims = {COUNT}}};
  }
  mc_run_tensor *out;
  int n_out;
  CHECK_INT(mc_session_run(session, 1, in, 2, &out, &n_out), GE_FAILED);

  outcome first = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER}, second = first;
  CHECK(mc_session_run_async(session, 2, in, 2, &(mc_run_callback){&first, on_done, on_drop}) == 0);
  pthread_mutex_lock(&first.lock);
  while (first.dropped == 0) {
    pthread_cond_wait(&first.changed, &first.lock);
  }
  pthread_mutex_unlock(&first.lock);
  CHECK(first.done == 1 && first.status == GE_INTERNAL_ERROR);
  /* Accepted, but nobody is left to run it: it is dropped with the graph. */
  CHECK(mc_session_run_async(session, 2, in, 2, &(mc_run_callback){&second, on_done, on_drop}) == 0);
  CHECK(second.dropped == 0);
  mc_session_destroy(session);
  CHECK(second.done == 0 && second.dropped == 1);
  CHECK(mc_ge_finalize(2) == 0);
  free(values);
  return 0;
}
