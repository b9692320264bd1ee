/*
 * Who runs ready streams, and when. One seam, three schedules:
 *   concurrent   workers run what is ready (workers.c); a waiting thread runs what it waits for itself;
 *   deferred     nothing runs until somebody waits;
 *   random:SEED  nothing runs until somebody waits; then one task at a time of a stream drawn by the seed.
 */
#include "engine/schedule.h"

enum { CHAIN = 64 };

mc_ready_streams mc_ready = {.lock = PTHREAD_MUTEX_INITIALIZER};
static _Atomic int g_sleepers;

void mc_schedule_sleepers(int change) { atomic_fetch_add(&g_sleepers, change); }

void mc_schedule_forget(mc_stream *s) {
  pthread_mutex_lock(&mc_ready.lock);
  if (s->in_list && !list_remove(&mc_ready.now, s)) {
    list_remove(&mc_ready.later, s);
  }
  pthread_mutex_unlock(&mc_ready.lock);
}

bool mc_schedule_worth(mc_stream *s) {
  return atomic_load_explicit(&s->queued_cost, memory_order_relaxed) >= MC_WAKE_NS ||
         atomic_load(&s->wake_at) != UINT64_MAX || atomic_load_explicit(&g_sleepers, memory_order_relaxed) > 0;
}

static bool is_ready(mc_stream *s) { return atomic_load(&s->object.gate) == MC_STREAM_READY; }

mc_stream *mc_ready_take(void) {
  mc_stream *s = NULL;
  do {
    s = list_take(&mc_ready.now, 0);
  } while (s != NULL && !is_ready(s));
  return s;
}

static void push(mc_stream *s) {
  mc_worker_begin();
  pthread_mutex_lock(&mc_ready.lock);
  if (!s->in_list) {
    list_append(&mc_ready.now, s);
  }
  const bool worth = mc_schedule_worth(s);
  s->patience = worth ? 0 : s->patience;
  if (mc_schedule_is_concurrent() && (worth || !mc_worker_is_ticking())) {
    mc_worker_wake();
  }
  pthread_mutex_unlock(&mc_ready.lock);
}

/* Once it is ready others may run all it has and destroy it: they wait until the visit is over. */
static bool make_ready(mc_stream *s, int *idle) {
  atomic_fetch_add(&s->object.visitors, 1);
  const bool done = atomic_compare_exchange_strong(&s->object.gate, idle, MC_STREAM_READY);
  if (done) {
    push(s);
    mc_stream_nudge(s);
  }
  atomic_fetch_sub(&s->object.visitors, 1);
  return done;
}

void mc_schedule(mc_stream *s) {
  int state = atomic_load(&s->object.gate);
  bool done = false;
  while (!done) {
    if (state == MC_STREAM_IDLE) {
      done = make_ready(s, &state);
    } else if (state == MC_STREAM_RUNNING) {
      done = atomic_compare_exchange_weak(&s->object.gate, &state, MC_STREAM_AGAIN);
    } else {
      done = true;
    }
  }
  /* Crossing the threshold with many small launches is worth one wake-up. */
  if (state == MC_STREAM_READY && atomic_load_explicit(&s->queued_cost, memory_order_relaxed) >= MC_WAKE_NS) {
    atomic_store_explicit(&s->queued_cost, 0, memory_order_relaxed);
    mc_schedule_hurry(s);
  }
}

void mc_schedule_later(mc_stream *s) {
  /* Both at once: a worker must not find it in the list before it is ready, nor its destroyer ready and not listed. */
  pthread_mutex_lock(&mc_ready.lock);
  if (!s->in_list) {
    list_append(&mc_ready.later, s);
  }
  atomic_store(&s->object.gate, MC_STREAM_READY);
  pthread_mutex_unlock(&mc_ready.lock);
}

void mc_schedule_hurry(mc_stream *s) {
  if (!is_ready(s)) {
    return;
  }
  pthread_mutex_lock(&mc_ready.lock);
  if (is_ready(s)) { /* hence not past mc_schedule_forget */
    s->patience = 0;
  }
  if (mc_schedule_is_concurrent()) {
    mc_worker_wake();
  }
  pthread_mutex_unlock(&mc_ready.lock);
}

/* Runs what `wanted` needs: itself, or the stream at the end of its chain of waits. */
static bool help_chain(mc_stream *wanted) {
  mc_stream *s = wanted;
  for (int i = 0; i < CHAIN && s != NULL; ++i) {
    if (mc_stream_drain(s, MC_DRAIN_ALL)) {
      return true;
    }
    s = atomic_load(&s->blocked_by);
  }
  return false;
}

static bool help_random(void) {
  pthread_mutex_lock(&mc_ready.lock);
  int ready = 0;
  for (mc_stream *s = mc_ready.now.first; s != NULL; s = s->list_next) {
    ++ready;
  }
  mc_stream *chosen = NULL;
  if (ready > 0) {
    chosen = list_take(&mc_ready.now, (int)mc_schedule_draw((uint64_t)ready));
  }
  pthread_mutex_unlock(&mc_ready.lock);
  return chosen != NULL && (mc_stream_drain(chosen, MC_DRAIN_ONE) || ready > 1);
}

bool mc_schedule_help(mc_stream *wanted) {
  if (mc_schedule_kind_get() == MC_RANDOM) {
    return help_random();
  }
  if (help_chain(wanted)) {
    return true;
  }
  if (mc_schedule_is_concurrent()) {
    return false;
  }
  /* Deferred: what is waited for may hang on a stream that the chain does not show (a notify, a callback). */
  pthread_mutex_lock(&mc_ready.lock);
  mc_stream *other = mc_ready_take();
  pthread_mutex_unlock(&mc_ready.lock);
  return other != NULL && mc_stream_drain(other, MC_DRAIN_ALL);
}
