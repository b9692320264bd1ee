/*
 * See notify.h.
 *
 * Lock: notify->lock guards the flag and the list of waiting streams; outer to stream locks, like an event's.
 */
#include "engine/notify.h"

#include <stdlib.h>

struct mc_notify {
  mc_object object;
  uint32_t id;
  pthread_mutex_t lock;
  bool set;
  mc_stream **waiters;
  int count, capacity;
  uint32_t pending; /* queued records and waits */
  bool destroyed;
};

static _Atomic uint32_t g_next_id = 1;

int mc_notify_new(const char *function, uint64_t flag, mc_notify **out) {
  mc_context *context = NULL;
  (void)flag;
  const int status = mc_context_require(function, &context);
  if (status != MC_OK) {
    return status;
  }
  mc_notify *n = mc_handle_new(MC_KIND_NOTIFY, sizeof *n);
  if (n == NULL) {
    return mc_fail(207009, "EE1023", function, "no notify is left");
  }
  n->id = atomic_fetch_add(&g_next_id, 1);
  pthread_mutex_init(&n->lock, NULL);
  mc_handle_publish(n);
  *out = n;
  return MC_OK;
}

uint32_t mc_notify_id(const mc_notify *n) { return n->id; }

static void release(mc_notify *n) {
  free(n->waiters);
  pthread_mutex_destroy(&n->lock);
  mc_handle_free(MC_KIND_NOTIFY, n);
}

static void unpin(mc_notify *n) {
  pthread_mutex_lock(&n->lock);
  const bool last = --n->pending == 0 && n->destroyed;
  pthread_mutex_unlock(&n->lock);
  if (last) {
    release(n);
  }
}

void mc_notify_destroy(mc_notify *n) {
  pthread_mutex_lock(&n->lock);
  n->destroyed = true;
  const bool unused = n->pending == 0;
  pthread_mutex_unlock(&n->lock);
  if (unused) {
    release(n);
  }
}

static mc_notify *notify_of(const mc_task *task) { return (mc_notify *)(uintptr_t)task->payload[0]; }

static int run_record(mc_task *task, mc_stream *stream) {
  (void)stream;
  mc_notify *n = notify_of(task);
  pthread_mutex_lock(&n->lock);
  n->set = true;
  /* One record frees one wait: the oldest. */
  mc_stream *next = n->count > 0 ? n->waiters[0] : NULL;
  pthread_mutex_unlock(&n->lock);
  if (next != NULL) {
    mc_schedule(next);
  }
  return MC_OK;
}

static void forget_waiter(mc_notify *n, const mc_stream *stream) {
  int kept = 0;
  for (int i = 0; i < n->count; ++i) {
    if (n->waiters[i] != stream) {
      n->waiters[kept++] = n->waiters[i];
    }
  }
  n->count = kept;
}

static bool add_waiter(mc_notify *n, mc_stream *stream) {
  for (int i = 0; i < n->count; ++i) {
    if (n->waiters[i] == stream) {
      return true;
    }
  }
  if (n->count == n->capacity) {
    const int capacity = n->capacity == 0 ? 4 : 2 * n->capacity;
    mc_stream **waiters = realloc(n->waiters, (size_t)capacity * sizeof *waiters);
    if (waiters == NULL) {
      return false;
    }
    n->waiters = waiters;
    n->capacity = capacity;
  }
  n->waiters[n->count++] = stream;
  return true;
}

static int run_wait(mc_task *task, mc_stream *stream) {
  mc_notify *n = notify_of(task);
  const int64_t deadline = (int64_t)task->payload[1];
  pthread_mutex_lock(&n->lock);
  const bool first = n->count == 0 || n->waiters[0] == stream;
  const bool done = n->set && first;
  bool waiting = true;
  if (done) {
    n->set = false;
    forget_waiter(n, stream);
  } else {
    waiting = add_waiter(n, stream);
  }
  pthread_mutex_unlock(&n->lock);
  if (done) {
    return MC_OK;
  }
  if (!waiting || (deadline != 0 && mc_now_ns() >= deadline)) {
    mc_task_fail(stream, "waiting for notify %u %s on stream %d", n->id, waiting ? "timed out" : "failed", stream->id);
    return waiting ? MC_RT_EVENT_SYNC_TIMEOUT : MC_RT_RESOURCE;
  }
  return MC_TASK_BLOCKED;
}

static void drop_use(mc_task *task) {
  mc_notify *n = notify_of(task);
  const mc_stream *stream = (const mc_stream *)(uintptr_t)task->payload[2];
  if (stream != NULL) {
    pthread_mutex_lock(&n->lock);
    forget_waiter(n, stream);
    pthread_mutex_unlock(&n->lock);
  }
  unpin(n);
}

static void pin(mc_notify *n) {
  pthread_mutex_lock(&n->lock);
  ++n->pending;
  pthread_mutex_unlock(&n->lock);
}

int mc_notify_record(const char *function, mc_notify *n, mc_stream *stream) {
  const mc_task task = {
      .run = run_record, .drop = drop_use, .name = "notify record", .cost_ns = 50, .payload = {(uintptr_t)n}};
  pin(n);
  return mc_stream_launch(function, stream, &task);
}

int mc_notify_wait(const char *function, mc_notify *n, mc_stream *stream, uint32_t timeout_ms) {
  const int64_t deadline = timeout_ms == 0 ? 0 : mc_now_ns() + (int64_t)timeout_ms * 1000000;
  const mc_task task = {
      .run = run_wait,
      .drop = drop_use,
      .name = "notify wait",
      .cost_ns = 50,
      .payload = {(uintptr_t)n, (uint64_t)deadline, (uintptr_t)stream},
  };
  pin(n);
  return mc_stream_launch(function, stream, &task);
}

void mc_notify_reset(mc_notify *n) {
  pthread_mutex_lock(&n->lock);
  n->set = false;
  pthread_mutex_unlock(&n->lock);
}
