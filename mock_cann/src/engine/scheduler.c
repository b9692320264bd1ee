/*
 * Who runs ready streams, and when. One seam, three schedules:
 *   concurrent   workers run what is ready; a waiting thread runs what it waits for itself. A sleeping worker is woken
 *                at once only for work worth the wake-up; otherwise the first worker looks every TICK_NS while there
 *                is activity, so that work starts by itself soon. Small tasks that keep coming are left alone for up
 *                to PATIENCE ticks, and a worker that runs them does not chase their producer: handing each over
 *                costs both threads more than running it;
 *   deferred     nothing runs until somebody waits;
 *   random:SEED  nothing runs until somebody waits; then one task at a time of a stream drawn by the seed.
 *
 * Lock: `g_lock` guards the list of ready streams, the workers' state and the lent job. It is the innermost of the
 * engine's locks; nothing runs while it is held.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/stream_list.h"

enum { TICK_NS = 250000, IDLE_TICKS = 80, MAX_WORKERS = 256, CHAIN = 64, PATIENCE = 7 };

typedef enum { CONCURRENT, DEFERRED, RANDOM } schedule_kind;

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t g_wake;
static pthread_once_t g_once = PTHREAD_ONCE_INIT;
static stream_list g_ready;
static stream_list g_later; /* ready too, but left alone until a worker has slept or done other work */
static _Atomic schedule_kind g_kind; /* set before the first work, under the lock; read without */
static char g_name[40] = "concurrent";
static uint64_t g_random;
static bool g_used;
static int g_workers, g_limit, g_asleep; /* g_asleep: without a timeout */
static int g_ticking; /* workers that sleep until the next tick */
static _Atomic int g_sleepers;

static void (*g_job)(void *);
static void *g_job_arg;
static int g_job_wanted, g_job_started;

static bool parse(const char *text) {
  char *end = NULL;
  if (strcmp(text, "concurrent") == 0 || strcmp(text, "deferred") == 0) {
    g_kind = text[0] == 'c' ? CONCURRENT : DEFERRED;
  } else if (strncmp(text, "random:", 7) == 0 && text[7] != '\0') {
    g_random = strtoull(text + 7, &end, 10) * 2 + 1;
    if (*end != '\0') {
      return false;
    }
    g_kind = RANDOM;
  } else {
    return false;
  }
  snprintf(g_name, sizeof g_name, "%s", text);
  return true;
}

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
  const char *schedule = getenv("MOCK_CANN_SCHEDULE");
  if (schedule != NULL && !g_used && !parse(schedule)) {
    fprintf(stderr, "mock_cann: MOCK_CANN_SCHEDULE=%s is none of concurrent, deferred, random:SEED; using concurrent\n",
            schedule);
  }
  g_used = true;
}

bool mc_schedule_select(const char *text) {
  pthread_mutex_lock(&g_lock);
  const bool chosen = g_ready.first == NULL && g_later.first == NULL && parse(text);
  g_used = g_used || chosen;
  pthread_mutex_unlock(&g_lock);
  return chosen;
}

const char *mc_schedule_name(void) {
  pthread_once(&g_once, start);
  return g_name;
}

bool mc_schedule_is_concurrent(void) { return g_kind == CONCURRENT; }

int mc_worker_limit(void) {
  pthread_once(&g_once, start);
  return g_limit;
}

void mc_schedule_sleepers(int change) { atomic_fetch_add(&g_sleepers, change); }

void mc_schedule_forget(mc_stream *s) {
  pthread_mutex_lock(&g_lock);
  if (s->in_list && !list_remove(&g_ready, s)) {
    list_remove(&g_later, s);
  }
  pthread_mutex_unlock(&g_lock);
}

bool mc_schedule_worth(mc_stream *s) {
  return atomic_load_explicit(&s->queued_cost, memory_order_relaxed) >= MC_WAKE_NS ||
         atomic_load(&s->wake_at) != UINT64_MAX || atomic_load_explicit(&g_sleepers, memory_order_relaxed) > 0;
}

static bool is_ready(mc_stream *s) { return atomic_load(&s->object.gate) == MC_STREAM_READY; }

/* Whether to leave a stream to its producer for another tick: its work is small and it is still being fed. */
static bool too_early(mc_stream *s) {
  const uint64_t tail = atomic_load_explicit(&s->tail, memory_order_relaxed);
  const bool early = tail != s->seen_tail && s->patience > 0 && !mc_schedule_worth(s);
  s->seen_tail = tail;
  s->patience = early ? s->patience - 1 : PATIENCE;
  return early;
}

/* The oldest stream that still has work nobody runs. */
static mc_stream *take_ready(void) {
  mc_stream *s = NULL;
  do {
    s = list_take(&g_ready, 0);
  } while (s != NULL && !is_ready(s));
  return s;
}

static void *work(void *arg);

/* Called with g_lock held. */
static void wake_worker(void) {
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

static void *work(void *arg) {
  const bool ticker = arg != NULL;
  int idle = 0;
  pthread_mutex_lock(&g_lock);
  while (true) {
    if (g_job_wanted > 0) {
      void (*job)(void *) = g_job;
      void *job_arg = g_job_arg;
      --g_job_wanted;
      ++g_job_started;
      pthread_mutex_unlock(&g_lock);
      job(job_arg);
      pthread_mutex_lock(&g_lock);
      continue;
    }
    mc_stream *s = g_kind == CONCURRENT ? take_ready() : NULL;
    if (s != NULL && too_early(s)) {
      list_append(&g_later, s);
      continue;
    }
    if (s != NULL) {
      if (g_later.first != NULL && g_ticking == 0) {
        wake_worker(); /* this one may be busy for long */
      }
      idle = 0;
      pthread_mutex_unlock(&g_lock);
      mc_stream_drain(s, MC_DRAIN_QUEUED);
      pthread_mutex_lock(&g_lock);
      list_splice(&g_ready, &g_later); /* or streams that are ready all the time would keep these waiting */
      continue;
    }
    if ((ticker && idle < IDLE_TICKS && g_kind == CONCURRENT) || g_later.first != NULL) {
      const int64_t at = mc_now_ns() + TICK_NS;
      const struct timespec until = {at / 1000000000, at % 1000000000};
      ++g_ticking;
      idle = pthread_cond_timedwait(&g_wake, &g_lock, &until) == ETIMEDOUT ? idle + 1 : 0;
      --g_ticking;
    } else {
      ++g_asleep;
      pthread_cond_wait(&g_wake, &g_lock);
      --g_asleep;
      idle = 0;
    }
    list_splice(&g_ready, &g_later);
  }
  return NULL;
}

static void push(mc_stream *s) {
  pthread_once(&g_once, start);
  pthread_mutex_lock(&g_lock);
  if (!s->in_list) {
    list_append(&g_ready, s);
  }
  const bool worth = mc_schedule_worth(s);
  s->patience = worth ? 0 : s->patience;
  if (g_kind == CONCURRENT && (worth || g_ticking == 0)) {
    wake_worker();
  }
  pthread_mutex_unlock(&g_lock);
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
  pthread_mutex_lock(&g_lock);
  if (!s->in_list) {
    list_append(&g_later, s);
  }
  atomic_store(&s->object.gate, MC_STREAM_READY);
  pthread_mutex_unlock(&g_lock);
}

void mc_schedule_hurry(mc_stream *s) {
  if (!is_ready(s)) {
    return;
  }
  pthread_mutex_lock(&g_lock);
  if (is_ready(s)) { /* hence not past mc_schedule_forget */
    s->patience = 0;
  }
  if (g_kind == CONCURRENT) {
    wake_worker();
  }
  pthread_mutex_unlock(&g_lock);
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
  pthread_mutex_lock(&g_lock);
  int ready = 0;
  for (mc_stream *s = g_ready.first; s != NULL; s = s->list_next) {
    ++ready;
  }
  mc_stream *chosen = NULL;
  if (ready > 0) {
    g_random ^= g_random << 13;
    g_random ^= g_random >> 7;
    g_random ^= g_random << 17;
    chosen = list_take(&g_ready, (int)(g_random % (uint64_t)ready));
  }
  pthread_mutex_unlock(&g_lock);
  return chosen != NULL && (mc_stream_drain(chosen, MC_DRAIN_ONE) || ready > 1);
}

bool mc_schedule_help(mc_stream *wanted) {
  if (g_kind == RANDOM) {
    return help_random();
  }
  if (help_chain(wanted)) {
    return true;
  }
  if (g_kind == CONCURRENT) {
    return false;
  }
  /* Deferred: what is waited for may hang on a stream that the chain does not show (a notify, a callback). */
  pthread_mutex_lock(&g_lock);
  mc_stream *other = take_ready();
  pthread_mutex_unlock(&g_lock);
  return other != NULL && mc_stream_drain(other, MC_DRAIN_ALL);
}

bool mc_worker_lend(void (*job)(void *arg), void *arg, int helpers) {
  pthread_once(&g_once, start);
  pthread_mutex_lock(&g_lock);
  const bool free_slot = g_job == NULL;
  if (free_slot) {
    g_job = job;
    g_job_arg = arg;
    g_job_wanted = helpers;
    g_job_started = 0;
    for (int i = 0; i < helpers; ++i) {
      wake_worker();
    }
  }
  pthread_mutex_unlock(&g_lock);
  return free_slot;
}

int mc_worker_recall(void) {
  pthread_mutex_lock(&g_lock);
  const int started = g_job_started;
  g_job_wanted = 0;
  g_job = NULL;
  pthread_mutex_unlock(&g_lock);
  return started;
}
