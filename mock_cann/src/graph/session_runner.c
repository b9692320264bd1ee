/* The model thread of a graph: runs the requests handed to it one after the other and calls back in that
 * order. */
#define _GNU_SOURCE /* pthread_setname_np */
#include <stdlib.h>

#include "graph/session_inputs.h"

/* What a model thread that ended after a timeout may still be given before submitters hear of it. */
#define ENDED_QUEUE_LIMIT 1024

struct mc_runner {
  mc_slot *slot; /* outlives the runner: its removal waits for the thread */
  mc_queue queue;
  pthread_t thread;
  uint64_t work_id; /* of whose request caused the load */
  atomic_bool ended;
};

/* A static graph's asynchronous outputs say float and ND whatever they are; callers know the type from the
 * graph. */
static void forget_types(const mc_slot *slot, mc_run_tensor *out, int n_out) {
  for (int i = 0; i < n_out && mc_model_is_static(slot->model); i++) {
    out[i].dtype = MC_FLOAT;
    out[i].format = MC_FORMAT_ND;
  }
}

/* False when the thread must end. */
static bool run(mc_runner *runner, mc_request *request) {
  mc_run_tensor *out = NULL;
  int n_out = 0;
  mc_ge_status status =
      mc_slot_run_host(runner->slot, request->in, request->n_in, MC_INPUTS_ASYNC, &out, &n_out);
  const bool timed_out = status == MC_GE_RUN_TIMED_OUT;
  if (status == MC_GE_SUCCESS) {
    forget_types(runner->slot, out, n_out);
  } else {
    status = MC_GE_INTERNAL_ERROR;
  }
  if (timed_out) {
    atomic_store(&runner->ended, true);
  }
  mc_request_finish(request, status, out, n_out);
  free(out);
  return !timed_out;
}

static void *loop(void *arg) {
  mc_runner *runner = arg;
  const int device = runner->slot->session->device;
  mc_report_adopt(runner->work_id);
  const bool on_device = mc_device_set("RunGraphAsync", device) == 0;
  mc_request *request;
  while ((request = mc_queue_pop(&runner->queue)) != NULL && run(runner, request)) {
  }
  if (on_device) {
    mc_device_reset("RunGraphAsync", device);
  }
  return NULL;
}

mc_runner *mc_runner_start(mc_slot *slot) {
  if (slot->runner != NULL) {
    return slot->runner;
  }
  mc_runner *runner = calloc(1, sizeof *runner);
  if (runner == NULL) {
    return NULL;
  }
  runner->slot = slot;
  runner->work_id = mc_report_work_id();
  mc_queue_init(&runner->queue);
  pthread_mutex_lock(&slot->lock);
  const bool started = pthread_create(&runner->thread, NULL, loop, runner) == 0;
  if (started) {
    pthread_setname_np(runner->thread, mc_model_is_static(slot->model) ? "ge_davidmdlrun" : "ge_rt2_mdlrun");
    slot->runner = runner;
  }
  pthread_mutex_unlock(&slot->lock);
  if (!started) {
    mc_report_inner("E19999", "The thread of graph %u cannot be started.", slot->id);
    mc_queue_destroy(&runner->queue);
    free(runner);
    return NULL;
  }
  return runner;
}

bool mc_runner_push(mc_runner *runner, mc_request *request) {
  return mc_queue_push(&runner->queue, request, atomic_load(&runner->ended) ? ENDED_QUEUE_LIMIT : 0);
}

bool mc_runner_is_self(const mc_runner *runner) {
  return runner != NULL && pthread_equal(runner->thread, pthread_self());
}

void mc_runner_stop(mc_runner *runner) {
  mc_request *left = mc_queue_stop(&runner->queue);
  pthread_join(runner->thread, NULL);
  mc_request_drop(left);
  mc_queue_destroy(&runner->queue);
  free(runner);
}
