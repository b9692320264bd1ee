/*
 * The threads behind RunGraphAsync: a first thread of the session compiles, a second one loads and hands over
 * to the graph's model thread (session_runner.c), which runs and calls back. At most one request of a graph
 * is between the first two threads (`in_step`).
 */
#define _GNU_SOURCE /* pthread_setname_np */
#include "graph/session_inputs.h"

static const char kCall[] = "RunGraphAsync";

/* The thread that prepares handles one graph at a time; waiting here holds up the session's other graphs, as
 * in GE. */
static mc_ge_status begin_step(mc_slot *slot) {
  mc_ge_status status = MC_GE_SUCCESS;
  pthread_mutex_lock(&slot->lock);
  while (slot->in_step) {
    slot->waiting++;
    pthread_cond_wait(&slot->changed, &slot->lock);
    slot->waiting--;
  }
  if (slot->removed) {
    status = MC_GE_GRAPH_NODE_NULL;
  } else if (slot->running) {
    status = MC_GE_GRAPH_ALREADY_RUNNING;
  } else if (slot->compiled_by_user) {
    status = MC_GE_UNSUPPORTED;
  } else {
    slot->in_step = true;
    slot->running = true;
  }
  pthread_mutex_unlock(&slot->lock);
  if (status != MC_GE_SUCCESS) {
    mc_out_of_order(status, kCall, "graph %u %s", slot->id,
                    status == MC_GE_GRAPH_NODE_NULL         ? "was removed meanwhile"
                    : status == MC_GE_GRAPH_ALREADY_RUNNING ? "is running"
                                                            : "was compiled by CompileGraph");
  }
  return status;
}

static mc_ge_status prepare(mc_request *request) {
  mc_slot *slot = request->slot;
  mc_ge_status status = begin_step(slot);
  if (status != MC_GE_SUCCESS) {
    return status;
  }
  status = mc_slot_enter(slot, kCall, MC_MODE_NONE);
  if (status == MC_GE_SUCCESS) {
    status = mc_slot_compile_for(slot, request->in, request->n_in);
    mc_slot_leave(slot, MC_MODE_NONE);
  }
  if (status != MC_GE_SUCCESS) {
    mc_slot_end_run(slot);
  }
  return status;
}

static void finish(mc_session *session, mc_request *request, mc_ge_status status) {
  atomic_fetch_sub(&session->pipeline.in_flight, 1);
  mc_request_finish(request, status, NULL, 0);
}

static void drop(mc_session *session, mc_request *request) {
  for (const mc_request *at = request; at != NULL; at = at->next) {
    atomic_fetch_sub(&session->pipeline.in_flight, 1);
  }
  mc_request_drop(request);
}

static void *prepare_loop(void *arg) {
  mc_session *session = arg;
  mc_pipeline *pipeline = &session->pipeline;
  mc_request *request;
  while ((request = mc_queue_pop(&pipeline->prepare)) != NULL) {
    mc_report_adopt(request->work_id);
    const mc_ge_status status = prepare(request);
    if (status == MC_GE_SUCCESS) {
      if (!mc_queue_push(&pipeline->execute, request, 0)) {
        mc_slot_end_run(request->slot);
        drop(session, request);
      }
      continue;
    }
    /* A failure here ends the session's asynchronous runs: CANN's queue stops. */
    mc_request *left = mc_queue_stop(&pipeline->prepare);
    finish(session, request, status);
    drop(session, left);
  }
  return NULL;
}

static mc_ge_status load_and_start(mc_slot *slot, mc_runner **runner) {
  mc_ge_status status = mc_slot_enter(slot, kCall, MC_MODE_NONE);
  if (status != MC_GE_SUCCESS) {
    return status;
  }
  status = slot->loaded == NULL ? mc_slot_load(slot, NULL, NULL) : MC_GE_SUCCESS;
  if (status == MC_GE_SUCCESS) {
    *runner = mc_runner_start(slot);
    status = *runner == NULL ? MC_GE_FAILED : MC_GE_SUCCESS;
  }
  mc_slot_leave(slot, MC_MODE_NONE);
  return status;
}

static void *execute_loop(void *arg) {
  mc_session *session = arg;
  mc_request *request;
  while ((request = mc_queue_pop(&session->pipeline.execute)) != NULL) {
    mc_report_adopt(request->work_id);
    mc_slot *slot = mc_slot_retain(request->slot);
    mc_runner *runner = NULL;
    mc_ge_status status = load_and_start(slot, &runner);
    if (status == MC_GE_SUCCESS) {
      pthread_mutex_lock(&slot->lock);
      /* Handed over and counted out under one lock, so that a later request cannot overtake. */
      if (mc_runner_push(runner, request)) {
        atomic_fetch_sub(&session->pipeline.in_flight, 1);
        request = NULL;
      } else {
        status = MC_GE_GRAPH_SYNC_MODEL_FAILED;
      }
      pthread_mutex_unlock(&slot->lock);
    }
    if (request != NULL) {
      finish(session, request, status);
    }
    mc_slot_end_run(slot);
    mc_slot_release(slot);
  }
  return NULL;
}

void mc_pipeline_init(mc_pipeline *pipeline) {
  pthread_mutex_init(&pipeline->lock, NULL);
  mc_queue_init(&pipeline->prepare);
  mc_queue_init(&pipeline->execute);
}

void mc_pipeline_destroy(mc_pipeline *pipeline) {
  mc_queue_destroy(&pipeline->prepare);
  mc_queue_destroy(&pipeline->execute);
  pthread_mutex_destroy(&pipeline->lock);
}

/* The threads start with the first request. */
static bool start(mc_session *session) {
  mc_pipeline *pipeline = &session->pipeline;
  pthread_mutex_lock(&pipeline->lock);
  if (!pipeline->started && pthread_create(&pipeline->prepare_thread, NULL, prepare_loop, session) == 0) {
    pipeline->started = pthread_create(&pipeline->execute_thread, NULL, execute_loop, session) == 0;
    if (!pipeline->started) {
      mc_queue_stop(&pipeline->prepare);
      pthread_join(pipeline->prepare_thread, NULL);
    } else {
      pthread_setname_np(pipeline->prepare_thread, "ge_comp_prerun");
      pthread_setname_np(pipeline->execute_thread, "ge_mdlexecrun");
    }
  }
  const bool started = pipeline->started;
  pthread_mutex_unlock(&pipeline->lock);
  return started;
}

void mc_pipeline_stop(mc_session *session) {
  mc_pipeline *pipeline = &session->pipeline;
  drop(session, mc_queue_stop(&pipeline->prepare));
  pthread_mutex_lock(&pipeline->lock);
  const bool started = pipeline->started;
  pipeline->started = false;
  pthread_mutex_unlock(&pipeline->lock);
  if (started) {
    /* The first thread may be waiting for the second one. */
    pthread_join(pipeline->prepare_thread, NULL);
  }
  mc_request *left = mc_queue_stop(&pipeline->execute);
  if (started) {
    pthread_join(pipeline->execute_thread, NULL);
  }
  drop(session, left);
}

bool mc_pipeline_is_self(mc_pipeline *pipeline) {
  pthread_mutex_lock(&pipeline->lock);
  const bool self = pipeline->started && (pthread_equal(pipeline->prepare_thread, pthread_self()) ||
                                          pthread_equal(pipeline->execute_thread, pthread_self()));
  pthread_mutex_unlock(&pipeline->lock);
  return self;
}

/* A loaded graph with nothing of the session's on the way: straight to the model thread, which is what the
 * two threads between would do. */
static bool hand_over(mc_session *session, mc_request *request) {
  mc_slot *slot = request->slot;
  if (atomic_load(&session->pipeline.in_flight) != 0) {
    return false;
  }
  pthread_mutex_lock(&slot->lock);
  const bool done = slot->runner != NULL && !slot->removed && !slot->running && !slot->in_step &&
                    mc_runner_push(slot->runner, request);
  pthread_mutex_unlock(&slot->lock);
  return done;
}

static bool is_stopped(mc_queue *queue) {
  pthread_mutex_lock(&queue->lock);
  const bool stopped = queue->stopped;
  pthread_mutex_unlock(&queue->lock);
  return stopped;
}

bool mc_pipeline_submit(mc_session *session, mc_request *request) {
  mc_pipeline *pipeline = &session->pipeline;
  if (is_stopped(&pipeline->prepare) || !start(session)) {
    return false;
  }
  mc_slot_set_mode(request->slot, MC_MODE_ASYNC); /* before a callback could look */
  if (hand_over(session, request)) {
    return true;
  }
  atomic_fetch_add(&pipeline->in_flight, 1);
  if (mc_queue_push(&pipeline->prepare, request, 0)) {
    return true;
  }
  atomic_fetch_sub(&pipeline->in_flight, 1);
  return false;
}
