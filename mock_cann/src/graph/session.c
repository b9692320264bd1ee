/* Sessions: construction and the way back. */
#include <stdlib.h>
#include <string.h>

#include "graph/session_state.h"

/* The session's device: its own option when numeric, else GE's, else the thread's current one, else 0. */
static int choose_device(const mc_session *session) {
  static const char *const kKeys[] = {"ge.session_device_id", "ge.exec.deviceId"};
  for (int i = 0; i < 2; i++) {
    const char *text = mc_option(mc_option_set_view(&session->options), kKeys[i]);
    char *end;
    if (text != NULL && *text != '\0') {
      const long id = strtol(text, &end, 10);
      if (*end == '\0' && id >= 0 && id < INT32_MAX) {
        return (int)id;
      }
    }
  }
  const mc_context *current = mc_context_current();
  return current == NULL ? 0 : mc_context_device_id(current);
}

static void open_session(mc_session *session, mc_options options) {
  const char *call = session->version == 1 ? "Session" : "GeSession";
  if (!mc_ge_ready(call) || mc_options_check(options, MC_LEVEL_SESSION, call) != MC_GE_SUCCESS ||
      !mc_option_set_copy(&session->options, options) || !mc_ge_enlist(session)) {
    return;
  }
  session->device = choose_device(session);
  if (mc_device_set(call, session->device) == 0) {
    session->variables = mc_variables_create();
    if (session->variables != NULL) {
      atomic_store_explicit(&session->open, true, memory_order_release);
      return;
    }
    mc_device_reset(call, session->device);
  }
  mc_ge_delist(session);
}

mc_session *mc_session_create(int version, mc_options options) {
  mc_session *session = calloc(1, sizeof *session);
  if (session != NULL) {
    session->version = version;
    pthread_mutex_init(&session->lock, NULL);
    mc_pipeline_init(&session->pipeline);
    open_session(session, options);
  }
  return session;
}

uint64_t mc_session_id(const mc_session *session) {
  if (session == NULL) {
    return 0;
  }
  return mc_ge_initialized() && atomic_load_explicit(&session->open, memory_order_acquire) ? session->id : 0;
}

static void remove_slots(mc_session *session) {
  pthread_mutex_lock(&session->lock);
  const int count = session->n_slots;
  mc_slot **slots = count == 0 ? NULL : malloc((size_t)count * sizeof(mc_slot *));
  for (int i = 0; slots != NULL && i < count; i++) {
    slots[i] = mc_slot_retain(session->slots[i]);
  }
  pthread_mutex_unlock(&session->lock);
  for (int i = 0; slots != NULL && i < count; i++) {
    mc_slot_remove(slots[i]);
    mc_slot_release(slots[i]);
  }
  free(slots);
}

void mc_session_close(mc_session *session) {
  if (!atomic_exchange(&session->open, false)) {
    return;
  }
  mc_pipeline_stop(session);
  remove_slots(session);
  mc_variables_destroy(session->variables);
  session->variables = NULL;
  mc_device_reset("~GeSession", session->device);
}

bool mc_session_is_self(mc_session *session) {
  if (mc_pipeline_is_self(&session->pipeline)) {
    return true;
  }
  bool self = false;
  pthread_mutex_lock(&session->lock);
  for (int i = 0; i < session->n_slots && !self; i++) {
    mc_slot *slot = session->slots[i];
    pthread_mutex_lock(&slot->lock);
    self = mc_runner_is_self(slot->runner);
    pthread_mutex_unlock(&slot->lock);
  }
  pthread_mutex_unlock(&session->lock);
  return self;
}

static void destroy(void *arg) {
  mc_session *session = arg;
  mc_session_close(session);
  mc_ge_delist(session);
  mc_pipeline_destroy(&session->pipeline);
  mc_option_set_free(&session->options);
  pthread_mutex_destroy(&session->lock);
  free(session->slots);
  free(session);
}

void mc_session_destroy(mc_session *session) {
  if (session == NULL || !mc_process_usable()) { /* a forked child has none of the threads to wait for */
    return;
  }
  if (mc_session_is_self(session)) {
    mc_out_of_order(
        MC_GE_FAILED, "~GeSession",
        "session %llu was destroyed inside one of its own callbacks, where CANN dead-locks; it is torn "
        "down after the callback",
        (unsigned long long)session->id);
    mc_session_detach(destroy, session);
    return;
  }
  destroy(session);
}

typedef struct detached {
  void (*body)(void *arg);
  void *arg;
} detached;

static void *run_detached(void *arg) {
  const detached work = *(detached *)arg;
  free(arg);
  work.body(work.arg);
  return NULL;
}

void mc_session_detach(void (*body)(void *arg), void *arg) {
  pthread_t thread;
  detached *work = malloc(sizeof *work);
  if (work == NULL) {
    return; /* leaking is the only way that neither blocks nor breaks */
  }
  *work = (detached){body, arg};
  if (pthread_create(&thread, NULL, run_detached, work) != 0) {
    free(work);
    return;
  }
  pthread_detach(thread);
}
