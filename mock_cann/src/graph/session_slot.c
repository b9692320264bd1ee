/* A session's graphs: the table by id, the turn that serialises work on one graph, and removal. */
#include <stdlib.h>
#include <string.h>

#include "graph/session_state.h"

/* Position of the first slot whose id is not below `id`. With the session's lock. */
static int position(const mc_session *session, uint32_t id) {
  int low = 0, high = session->n_slots;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (session->slots[middle]->id < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static mc_slot *at(const mc_session *session, int place, uint32_t id) {
  return place < session->n_slots && session->slots[place]->id == id ? session->slots[place] : NULL;
}

mc_slot *mc_slot_retain(mc_slot *slot) {
  atomic_fetch_add_explicit(&slot->refs, 1, memory_order_relaxed);
  return slot;
}

void mc_slot_release(mc_slot *slot) {
  if (atomic_fetch_sub_explicit(&slot->refs, 1, memory_order_acq_rel) != 1) {
    return;
  }
  if (!slot->shared) {
    mc_graph_destroy(slot->graph);
  } else if (slot->owner.drop != NULL) {
    slot->owner.drop(slot->owner.self);
  }
  mc_option_set_free(&slot->own);
  mc_option_set_free(&slot->options);
  pthread_cond_destroy(&slot->changed);
  pthread_mutex_destroy(&slot->lock);
  free(slot);
}

mc_slot *mc_slot_find(mc_session *session, uint32_t id) {
  pthread_mutex_lock(&session->lock);
  mc_slot *slot = at(session, position(session, id), id);
  if (slot != NULL) {
    mc_slot_retain(slot);
  }
  pthread_mutex_unlock(&session->lock);
  return slot;
}

bool mc_slot_insert(mc_session *session, mc_slot *slot) {
  pthread_mutex_lock(&session->lock);
  const int place = position(session, slot->id);
  bool fits = at(session, place, slot->id) == NULL;
  if (fits && session->n_slots == session->slot_capacity) {
    const int capacity = session->slot_capacity == 0 ? 8 : 2 * session->slot_capacity;
    mc_slot **slots = realloc(session->slots, (size_t)capacity * sizeof(mc_slot *));
    fits = slots != NULL;
    if (fits) {
      session->slots = slots;
      session->slot_capacity = capacity;
    }
  }
  if (fits) {
    memmove(&session->slots[place + 1], &session->slots[place],
            (size_t)(session->n_slots - place) * sizeof(mc_slot *));
    session->slots[place] = slot;
    session->n_slots++;
  }
  pthread_mutex_unlock(&session->lock);
  return fits;
}

/* What stands against a run in `mode`, or nothing. With the slot's lock. */
static mc_ge_status obstacle(const mc_slot *slot, mc_run_mode mode) {
  if (slot->removed) {
    return MC_GE_GRAPH_NOT_EXIST;
  }
  if (mode == MC_MODE_NONE) {
    return MC_GE_SUCCESS;
  }
  if (slot->removing) {
    return MC_GE_GRAPH_NOT_EXIST;
  }
  if (slot->session->version != 1 && slot->mode != MC_MODE_NONE && slot->mode != mode) {
    return MC_GE_UNSUPPORTED;
  }
  return slot->running ? MC_GE_GRAPH_ALREADY_RUNNING : MC_GE_SUCCESS;
}

/* Reports what `obstacle` found. Without the lock: `used` is the mode at that time. */
static mc_ge_status explain(const mc_slot *slot, mc_ge_status status, const char *call, mc_run_mode used) {
  static const char *const kModes[] = {"none", "RunGraph", "RunGraphWithStreamAsync", "RunGraphAsync"};
  switch (status) {
  case MC_GE_GRAPH_NOT_EXIST:
    return mc_out_of_order(status, call, "graph %u was removed meanwhile", slot->id);
  case MC_GE_UNSUPPORTED:
    return mc_out_of_order(
        status, call,
        "graph %u was run with %s before, and %s and %s exclude each other on one graph; remove "
        "the graph and add it again to change",
        slot->id, kModes[used], kModes[used], call);
  case MC_GE_GRAPH_ALREADY_RUNNING:
    return mc_out_of_order(status, call, "graph %u is running", slot->id);
  default:
    return status;
  }
}

mc_ge_status mc_slot_enter(mc_slot *slot, const char *call, mc_run_mode mode) {
  pthread_mutex_lock(&slot->lock);
  const bool inside = slot->busy && pthread_equal(slot->busy_by, pthread_self());
  /* A removed graph keeps its turn until its threads have ended, and those may be waiting here. */
  while (slot->busy && !inside && !slot->removed) {
    slot->waiting++;
    pthread_cond_wait(&slot->changed, &slot->lock);
    slot->waiting--;
  }
  const mc_ge_status status = obstacle(slot, mode);
  const mc_run_mode used = slot->mode;
  if (status == MC_GE_SUCCESS && !inside) {
    slot->busy = true;
    slot->busy_by = pthread_self();
  }
  pthread_mutex_unlock(&slot->lock);
  if (status == MC_GE_SUCCESS && inside) {
    return mc_out_of_order(MC_GE_GRAPH_ALREADY_RUNNING, call,
                           "it was called for graph %u from inside a call for that graph", slot->id);
  }
  return explain(slot, status, call, used);
}

void mc_slot_leave(mc_slot *slot, mc_run_mode mode) {
  pthread_mutex_lock(&slot->lock);
  slot->busy = false;
  if (mode != MC_MODE_NONE) {
    slot->mode = mode;
  }
  if (slot->waiting > 0) {
    pthread_cond_broadcast(&slot->changed);
  }
  pthread_mutex_unlock(&slot->lock);
}

mc_ge_status mc_slot_check_mode(mc_slot *slot, const char *call, mc_run_mode mode) {
  pthread_mutex_lock(&slot->lock);
  const mc_run_mode used = slot->mode;
  pthread_mutex_unlock(&slot->lock);
  const bool excluded = slot->session->version != 1 && used != MC_MODE_NONE && used != mode;
  return excluded ? explain(slot, MC_GE_UNSUPPORTED, call, used) : MC_GE_SUCCESS;
}

void mc_slot_set_mode(mc_slot *slot, mc_run_mode mode) {
  pthread_mutex_lock(&slot->lock);
  slot->mode = mode;
  pthread_mutex_unlock(&slot->lock);
}

mc_ge_status mc_slot_begin_run(mc_slot *slot, const char *call, mc_run_mode mode, bool *loaded) {
  pthread_mutex_lock(&slot->lock);
  const mc_ge_status status = obstacle(slot, mode);
  const mc_run_mode used = slot->mode;
  *loaded = slot->loaded != NULL;
  if (status == MC_GE_SUCCESS && *loaded) {
    slot->running = true;
    slot->mode = mode;
  }
  pthread_mutex_unlock(&slot->lock);
  return explain(slot, status, call, used);
}

static void remove_and_release(void *arg) {
  mc_slot *slot = arg;
  mc_slot_remove(slot);
  mc_slot_release(slot);
}

void mc_slot_end_run(mc_slot *slot) {
  pthread_mutex_lock(&slot->lock);
  slot->running = false;
  slot->in_step = false; /* in one step: whoever waits for the step must not find the run still going on */
  if (slot->waiting > 0) {
    pthread_cond_broadcast(&slot->changed);
  }
  const bool pending = slot->remove_pending;
  slot->remove_pending = false;
  slot->removing = slot->removing || pending;
  const bool own_runner = mc_runner_is_self(slot->runner);
  pthread_mutex_unlock(&slot->lock);
  if (pending && own_runner) {
    /* Removal waits for this very thread. */
    mc_slot_retain(slot);
    mc_session_detach(remove_and_release, slot);
  } else if (pending) {
    mc_slot_remove(slot);
  }
}

/* Somebody else removes the slot: it is gone when this returns, unless the caller is inside that very call.
 */
static void wait_for_removal(mc_slot *slot) {
  pthread_mutex_lock(&slot->lock);
  while (slot->busy && !pthread_equal(slot->busy_by, pthread_self())) {
    slot->waiting++;
    pthread_cond_wait(&slot->changed, &slot->lock);
    slot->waiting--;
  }
  pthread_mutex_unlock(&slot->lock);
}

bool mc_slot_remove(mc_slot *slot) {
  if (mc_slot_enter(slot, "RemoveGraph", MC_MODE_NONE) != MC_GE_SUCCESS) {
    wait_for_removal(slot);
    return false;
  }
  mc_session *session = slot->session;
  pthread_mutex_lock(&session->lock);
  const int place = position(session, slot->id);
  if (at(session, place, slot->id) == slot) {
    session->n_slots--;
    memmove(&session->slots[place], &session->slots[place + 1],
            (size_t)(session->n_slots - place) * sizeof(mc_slot *));
  }
  pthread_mutex_unlock(&session->lock);
  pthread_mutex_lock(&slot->lock);
  slot->removed = true;
  pthread_cond_broadcast(&slot->changed);
  pthread_mutex_unlock(&slot->lock);
  mc_ge_unshare_graph(slot);
  mc_slot_unload(slot);
  mc_slot_leave(slot, MC_MODE_NONE);
  mc_slot_release(slot);
  return true;
}
