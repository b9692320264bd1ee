/*
 * The threads of the concurrent schedule: they run what is ready and help with compute. A sleeping worker is woken at
 * once only for work worth the wake-up; otherwise the first worker looks every TICK_NS while there is activity, so that
 * work starts by itself soon. Small tasks that keep coming are left to their producer, which runs them in batches; only
 * where none of them got run for PATIENCE ticks a worker does it, and then it does not chase the producer: handing
 * each task over costs both threads more than running it.
 *
 * Lock: `mc_ready.lock`, as everywhere in the scheduler.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/schedule.h"

enum { TICK_NS = 250000, IDLE_TICKS = 80, MAX_WORKERS = 256, PATIENCE = 7 };

static pthread_cond_t g_wake;
static pthread_once_t g_once = PTHREAD_ONCE_INIT;
static int g_workers, g_limit, g_asleep; /* g_asleep: without a timeout */
static int g_ticking; /* workers that sleep until the next tick */

static void (*g_job)(void *);
static void *g_job_arg;
static int g_job_wanted, g_job_started;

static void start(void) {
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&g_wake, &monotonic);
  pthread_condattr_destroy(&monotonic);
  const char *threads = getenv("MOCK_CANN_THREADS");
  long limit = threads == NULL ? 0 : strtol(threads, NULL, 10);
  limit = limit > 0 ? limit : sysconf(_SC_NPROCESSORS_ONLN);
  g_limit = limit < 1 ? 1 : limit > MAX_WORKERS ? MAX_WORKERS : (int)limit;
}

void mc_worker_begin(void) {
  pthread_once(&g_once, start);
  mc_schedule_begin();
}

int mc_worker_limit(void) {
  mc_worker_begin();
  return g_limit;
}

bool mc_worker_is_ticking(void) { return g_ticking > 0; }

/* Whether to leave a stream to its producer for another tick: its work is small and it is still being fed. Patience
 * wears out only while nothing of it gets run. */
static bool too_early(mc_stream *s) {
  const uint64_t tail = atomic_load_explicit(&s->tail, memory_order_relaxed);
  const uint64_t head = atomic_load_explicit(&s->head, memory_order_relaxed);
  const bool early = tail != s->seen_tail && s->patience > 0 && !mc_schedule_worth(s);
  s->patience = early && head == s->seen_head ? s->patience - 1 : PATIENCE;
  s->seen_tail = tail;
  s->seen_head = head;
  return early;
}

static void *work(void *arg);

void mc_worker_wake(void) {
  if (g_asleep > 0 || g_ticking) {
    pthread_cond_signal(&g_wake);
    return;
  }
  if (g_workers < g_limit) {
    pthread_t thread;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    g_workers += pthread_create(&thread, &detached, work, g_workers == 0 ? (void *)&g_workers : NULL) == 0 ? 1 : 0;
    pthread_attr_destroy(&detached);
  }
}

/* Takes part in the lent job, if it still wants somebody. With the lock, which is released meanwhile. */
static bool run_job(void) {
  if (g_job_wanted == 0) {
    return false;
  }
  void (*job)(void *) = g_job;
  void *job_arg = g_job_arg;
  --g_job_wanted;
  ++g_job_started;
  pthread_mutex_unlock(&mc_ready.lock);
  job(job_arg);
  pthread_mutex_lock(&mc_ready.lock);
  return true;
}

/* Runs what a ready stream has queued. With the lock, which is released meanwhile. */
static void run_stream(mc_stream *s) {
  if (mc_ready.later.first != NULL && g_ticking == 0) {
    mc_worker_wake(); /* this one may be busy for long */
  }
  pthread_mutex_unlock(&mc_ready.lock);
  mc_stream_drain(s, MC_DRAIN_QUEUED);
  pthread_mutex_lock(&mc_ready.lock);
  list_splice(&mc_ready.now, &mc_ready.later); /* or streams that are ready all the time would keep these waiting */
}

/* Sleeps until somebody wakes it or, if `ticking`, the next tick; true when that came. With the lock. */
static bool doze(bool ticking) {
  bool ticked = false;
  if (ticking) {
    const int64_t at = mc_now_ns() + TICK_NS;
    const struct timespec until = {at / 1000000000, at % 1000000000};
    ++g_ticking;
    ticked = pthread_cond_timedwait(&g_wake, &mc_ready.lock, &until) == ETIMEDOUT;
    --g_ticking;
  } else {
    ++g_asleep;
    pthread_cond_wait(&g_wake, &mc_ready.lock);
    --g_asleep;
  }
  list_splice(&mc_ready.now, &mc_ready.later);
  return ticked;
}

static void *work(void *arg) {
  const bool ticker = arg != NULL;
  int idle = 0;
  pthread_mutex_lock(&mc_ready.lock);
  while (true) {
    if (run_job()) {
      continue;
    }
    const bool concurrent = mc_schedule_is_concurrent();
    mc_stream *s = concurrent ? mc_ready_take() : NULL;
    if (s == NULL) {
      idle = doze((ticker && idle < IDLE_TICKS && concurrent) || mc_ready.later.first != NULL) ? idle + 1 : 0;
    } else if (too_early(s)) {
      list_append(&mc_ready.later, s);
    } else {
      idle = 0;
      run_stream(s);
    }
  }
  return NULL;
}

bool mc_worker_lend(void (*job)(void *arg), void *arg, int helpers) {
  mc_worker_begin();
  pthread_mutex_lock(&mc_ready.lock);
  const bool free_slot = g_job == NULL;
  if (free_slot) {
    g_job = job;
    g_job_arg = arg;
    g_job_wanted = helpers;
    g_job_started = 0;
    for (int i = 0; i < helpers; ++i) {
      mc_worker_wake();
    }
  }
  pthread_mutex_unlock(&mc_ready.lock);
  return free_slot;
}

int mc_worker_recall(void) {
  pthread_mutex_lock(&mc_ready.lock);
  const int started = g_job_started;
  g_job_wanted = 0;
  g_job = NULL;
  pthread_mutex_unlock(&mc_ready.lock);
  return started;
}
