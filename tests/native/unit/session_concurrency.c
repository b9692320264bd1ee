/* Sessions used from many threads: every request is dropped exactly once and answered at most once, whatever
 * happens to its graph or session meanwhile. Meant for ThreadSanitizer; the expectations hold anywhere. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "check.h"
#include "graph/session.h"

#define GE_UNSUPPORTED 1343225956u

enum { COUNT = 6, BYTES = COUNT * (int)sizeof(float) };

static mc_desc vector_desc(void) {
  return (mc_desc){.dtype = MC_FLOAT, .format = MC_FORMAT_ND, .shape = {.rank = 1, .dims = {COUNT}}};
}

/* z = x + y */
static mc_graph *make_add(const char *name) {
  mc_graph *graph = mc_graph_create(name);
  static const char *const kNames[] = {"x", "y"};
  mc_node *add = mc_graph_add_node(graph, "add", "Add", 2, 1);
  CHECK(add != NULL);
  for (int i = 0; i < 2; ++i) {
    mc_node *data = mc_graph_add_node(graph, kNames[i], "Data", 1, 1);
    data->in[0].desc.desc = vector_desc();
    data->out[0].desc.desc = vector_desc();
    CHECK(mc_attrs_set_int(&data->attrs, "index", i));
    CHECK(mc_graph_connect(graph, data, 0, add, i));
  }
  CHECK(mc_graph_add_output(graph, add, 0));
  return graph;
}

static float g_x[COUNT] = {1, 2, 3, 4, 5, 6}, g_y[COUNT] = {10, 20, 30, 40, 50, 60};

static void fill_inputs(mc_run_tensor in[2]) {
  float *const values[] = {g_x, g_y};
  for (int i = 0; i < 2; ++i) {
    in[i] = (mc_run_tensor){.address = values[i],
                            .size = BYTES,
                            .on_host = true,
                            .dtype = MC_FLOAT,
                            .format = MC_FORMAT_ND,
                            .shape = vector_desc().shape};
  }
}

static void check_sum(const float *sum) {
  for (int i = 0; i < COUNT; ++i) {
    CHECK(sum[i] == g_x[i] + g_y[i]);
  }
}

/* ---- requests that count themselves ---- */

typedef struct tally {
  atomic_int submitted, done, dropped, succeeded;
} tally;

typedef struct probe {
  tally *tally;
  atomic_int done, dropped;
} probe;

static void probe_done(void *self, mc_ge_status status, mc_run_tensor *out, int n_out) {
  probe *p = self;
  CHECK(atomic_fetch_add(&p->done, 1) == 0);
  CHECK(atomic_load(&p->dropped) == 0);
  atomic_fetch_add(&p->tally->done, 1);
  if (status == 0) {
    atomic_fetch_add(&p->tally->succeeded, 1);
    CHECK(n_out == 1);
    check_sum(out[0].address);
  } else {
    CHECK(n_out == 0);
  }
  for (int i = 0; i < n_out; ++i) {
    mc_tensor_block_release(out[i].block);
  }
}

static void probe_drop(void *self) {
  probe *p = self;
  CHECK(atomic_fetch_add(&p->dropped, 1) == 0);
  atomic_fetch_add(&p->tally->dropped, 1);
  free(p);
}

static mc_ge_status submit(mc_session *session, uint32_t id, tally *tally) {
  probe *p = calloc(1, sizeof *p);
  mc_run_tensor in[2];
  p->tally = tally;
  fill_inputs(in);
  atomic_fetch_add(&tally->submitted, 1);
  return mc_session_run_async(session, id, in, 2, &(mc_run_callback){p, probe_done, probe_drop});
}

/* ---- scenes ---- */

static void add_clone(mc_session *session, uint32_t id) {
  mc_graph *graph = make_add("sum");
  CHECK(mc_session_add_graph_clone(session, id, graph, NULL) == 0);
  mc_graph_destroy(graph);
}

typedef struct worker {
  mc_session *session;
  tally *tally;
  uint32_t id;
} worker;

static void *submit_many(void *arg) {
  const worker *w = arg;
  for (int i = 0; i < 200; ++i) {
    CHECK(submit(w->session, 1 + (w->id + (uint32_t)i) % 3, w->tally) == 0);
  }
  return NULL;
}

static void destroying_a_session_settles_every_request(void) {
  for (int round = 0; round < 5; ++round) {
    mc_session *session = mc_session_create(2, NULL);
    tally tally = {0};
    pthread_t threads[3];
    worker workers[3];
    for (uint32_t id = 1; id <= 3; ++id) {
      add_clone(session, id);
    }
    for (uint32_t i = 0; i < 3; ++i) {
      workers[i] = (worker){session, &tally, i};
      pthread_create(&threads[i], NULL, submit_many, &workers[i]);
    }
    for (int i = 0; i < 3; ++i) {
      pthread_join(threads[i], NULL);
    }
    mc_session_destroy(session); /* most requests are still queued */
    CHECK(tally.submitted == 600 && tally.dropped == 600);
    CHECK(tally.done == tally.succeeded);
  }
}

static void *remove_and_add(void *arg) {
  const worker *w = arg;
  for (int i = 0; i < 60; ++i) {
    CHECK(mc_session_remove_graph(w->session, w->id) == 0);
    mc_session_remove_graph(w->session, w->id); /* marked only, or gone already */
    mc_graph *graph = make_add("again");
    while (mc_session_add_graph_clone(w->session, w->id, graph, NULL) != 0) {
      mc_session_remove_graph(w->session, w->id);
    }
    mc_graph_destroy(graph);
  }
  return NULL;
}

static void *run_some(void *arg) {
  const worker *w = arg;
  mc_run_tensor in[2];
  fill_inputs(in);
  for (int i = 0; i < 300; ++i) {
    mc_run_tensor *out;
    int n_out;
    if (mc_session_run(w->session, w->id, in, 2, &out, &n_out) == 0) {
      CHECK(n_out == 1 && (uintptr_t)out[0].address % 64 == 0);
      check_sum(out[0].address);
      mc_tensor_block_release(out[0].block);
      free(out);
    }
  }
  return NULL;
}

static void graphs_may_be_removed_while_they_run(void) {
  mc_session *session = mc_session_create(2, NULL);
  pthread_t threads[4];
  worker workers[4];
  add_clone(session, 1);
  add_clone(session, 2);
  for (uint32_t i = 0; i < 4; ++i) {
    workers[i] = (worker){session, NULL, 1 + i % 2};
    pthread_create(&threads[i], NULL, i < 2 ? remove_and_add : run_some, &workers[i]);
  }
  for (int i = 0; i < 4; ++i) {
    pthread_join(threads[i], NULL);
  }
  mc_session_destroy(session);
}

static void *submit_until_stopped(void *arg) {
  const worker *w = arg;
  for (int i = 0; i < 400; ++i) {
    submit(w->session, w->id, w->tally);
  }
  return NULL;
}

static void removal_drops_what_was_queued(void) {
  mc_session *session = mc_session_create(2, NULL);
  tally tally = {0};
  pthread_t threads[3];
  worker workers[3];
  add_clone(session, 1);
  add_clone(session, 2);
  for (uint32_t i = 0; i < 3; ++i) {
    workers[i] = (worker){session, &tally, 1 + i % 2};
    pthread_create(&threads[i], NULL, i < 2 ? submit_until_stopped : remove_and_add, &workers[i]);
  }
  for (int i = 0; i < 3; ++i) {
    pthread_join(threads[i], NULL);
  }
  mc_session_destroy(session);
  CHECK(tally.submitted == 800 && tally.dropped == 800);
}

static void finalizing_closes_sessions_that_are_alive(void) {
  mc_session *session = mc_session_create(2, NULL);
  tally tally = {0};
  add_clone(session, 1);
  for (int i = 0; i < 100; ++i) {
    CHECK(submit(session, 1, &tally) == 0);
  }
  CHECK(mc_ge_finalize(2) == 0);
  CHECK(tally.dropped == 100);
  CHECK(mc_session_id(session) == 0);
  CHECK(submit(session, 1, &tally) == UINT32_MAX);
  CHECK(tally.dropped == 101);
  mc_session_destroy(session);
}

int main(void) {
  CHECK(mc_ge_initialize(2, (const char *const[]){"ge.exec.deviceId", "0", NULL}) == 0);
  destroying_a_session_settles_every_request();
  graphs_may_be_removed_while_they_run();
  removal_drops_what_was_queued();
  finalizing_closes_sessions_that_are_alive();
  return 0;
}
