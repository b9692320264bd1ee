/*
 * Who runs ready streams, and when. One seam, three schedules:
 *   concurrent   workers run what is ready; a waiting thread runs what it waits for itself. A sleeping worker is woken
 *                at once only for work worth the wake-up; otherwise the first worker looks every TICK_NS while there
 *                is activity, so that work starts by itself soon;
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

#include "engine/internal.h"

enum { TICK_NS = 250000, WAKE_NS = 30000, IDLE_TICKS = 80, MAX_WORKERS = 256, CHAIN = 64 };

typedef enum { CONCURRENT, DEFERRED, RANDOM } schedule_kind;

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t g_wake;
static pthread_once_t g_once = PTHREAD_ONCE_INIT;
static mc_stream *g_first, *g_last;
static schedule_kind g_kind;
static char g_name[40] = "concurrent";
static uint64_t g_random;
static bool g_used;
static int g_workers, g_limit, g_asleep; /* g_asleep: without a timeout */
static bool g_ticking; /* the first worker sleeps until its next tick */
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
  const bool chosen = g_first == NULL && parse(text);
  g_used = g_used || chosen;
  pthread_mutex_unlock(&g_lock);
  return chosen;
}

const char *mc_schedule_name(void) {
  pthread_once(&g_once, start);
  return g_name;
}

int mc_worker_limit(void) {
  pthread_once(&g_once, start);
  return g_limit;
}

void mc_schedule_sleepers(int change) { atomic_fetch_add(&g_sleepers, change); }

/* Takes the n-th ready stream out of the list; called with g_lock held. */
static mc_stream *take(int n) {
  mc_stream *before = NULL, *s = g_first;
  while (n-- > 0) {
    before = s;
    s = s->list_next;
  }
  if (s == NULL) {
    return NULL;
  }
  *(before == NULL ? &g_first : &before->list_next) = s->list_next;
  g_last = g_last == s ? before : g_last;
  s->list_next = NULL;
  s->in_list = false;
  return s;
}

void mc_schedule_forget(mc_stream *s) {
  pthread_mutex_lock(&g_lock);
  if (s->in_list) {
    int n = 0;
    for (const mc_stream *o = g_first; o != s; o = o->list_next) {
      ++n;
    }
    take(n);
  }
  pthread_mutex_unlock(&g_lock);
}

static bool is_ready(mc_stream *s) { return atomic_load(&s->object.gate) == MC_STREAM_READY; }

/* The oldest stream that still has work nobody runs. */
static mc_stream *take_ready(void) {
  mc_stream *s = NULL;
  do {
    s = take(0);
  } while (s != NULL && !is_ready(s));
  return s;
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
    if (s != NULL) {
      idle = 0;
      pthread_mutex_unlock(&g_lock);
      mc_stream_drain(s, false);
      pthread_mutex_lock(&g_lock);
      continue;
    }
    if (ticker && idle < IDLE_TICKS && g_kind == CONCURRENT) {
      const int64_t at = mc_now_ns() + TICK_NS;
      const struct timespec until = {at / 1000000000, at % 1000000000};
      g_ticking = true;
      idle = pthread_cond_timedwait(&g_wake, &g_lock, &until) == ETIMEDOUT ? idle + 1 : 0;
      g_ticking = false;
    } else {
      ++g_asleep;
      pthread_cond_wait(&g_wake, &g_lock);
      --g_asleep;
      idle = 0;
    }
  }
  return NULL;
}

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

static void push(mc_stream *s) {
  pthread_once(&g_once, start);
  pthread_mutex_lock(&g_lock);
  if (!s->in_list) {
    s->in_list = true;
    s->list_next = NULL;
    *(g_last == NULL ? &g_first : &g_last->list_next) = s;
    g_last = s;
  }
  const bool worth = atomic_load_explicit(&s->queued_cost, memory_order_relaxed) >= WAKE_NS ||
                     atomic_load_explicit(&g_sleepers, memory_order_relaxed) > 0;
  if (g_kind == CONCURRENT && (worth || !g_ticking)) {
    wake_worker();
  }
  pthread_mutex_unlock(&g_lock);
}

void mc_schedule(mc_stream *s) {
  int state = atomic_load(&s->object.gate);
  while (true) {
    const int next = state == MC_STREAM_IDLE ? MC_STREAM_READY : MC_STREAM_AGAIN;
    if (state == MC_STREAM_READY || state == MC_STREAM_AGAIN) {
      /* Crossing the threshold with many small launches is worth one wake-up. */
      if (state == MC_STREAM_READY && atomic_load_explicit(&s->queued_cost, memory_order_relaxed) >= WAKE_NS) {
        atomic_store_explicit(&s->queued_cost, 0, memory_order_relaxed);
        mc_schedule_hurry(s);
      }
      return;
    }
    if (atomic_compare_exchange_weak(&s->object.gate, &state, next)) {
      if (next == MC_STREAM_READY) {
        push(s);
        mc_stream_nudge(s);
      }
      return;
    }
  }
}

void mc_schedule_hurry(mc_stream *s) {
  if (!is_ready(s)) {
    return;
  }
  pthread_mutex_lock(&g_lock);
  if (g_kind == CONCURRENT) {
    wake_worker();
  }
  pthread_mutex_unlock(&g_lock);
}

/* Runs what `wanted` needs: itself, or the stream at the end of its chain of waits. */
static bool help_chain(mc_stream *wanted) {
  mc_stream *s = wanted;
  for (int i = 0; i < CHAIN && s != NULL; ++i) {
    if (mc_stream_drain(s, false)) {
      return true;
    }
    s = atomic_load(&s->blocked_by);
  }
  return false;
}

static bool help_random(void) {
  pthread_mutex_lock(&g_lock);
  int ready = 0;
  for (mc_stream *s = g_first; s != NULL; s = s->list_next) {
    ++ready;
  }
  mc_stream *chosen = NULL;
  if (ready > 0) {
    g_random ^= g_random << 13;
    g_random ^= g_random >> 7;
    g_random ^= g_random << 17;
    chosen = take((int)(g_random % (uint64_t)ready));
  }
  pthread_mutex_unlock(&g_lock);
  return chosen != NULL && (mc_stream_drain(chosen, true) || ready > 1);
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
  return other != NULL && mc_stream_drain(other, false);
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
