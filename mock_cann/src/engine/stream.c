/*
 * Streams: an unbounded-looking queue of tasks in chunks, many producers, one consumer at a time.
 *
 * Producers append under `lock` and publish through `tail`. The consumer role is the RUNNING state of the gate: whoever moves it
 * there runs tasks in order without any lock. `head` and `wake_at`, and `tail` and the gate, form store-then-load
 * pairs on both sides, hence sequentially consistent.
 */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/callback.h"
#include "engine/state_callbacks.h"

static _Atomic int g_next_id;

mc_stream *mc_stream_new(mc_context *context, uint32_t priority, uint32_t flags) {
  mc_stream *s = mc_handle_new(MC_KIND_STREAM, sizeof *s);
  mc_chunk *chunk = malloc(sizeof *chunk);
  if (s == NULL || chunk == NULL) {
    if (s != NULL) {
      mc_handle_free(MC_KIND_STREAM, s);
    }
    free(chunk);
    return NULL;
  }
  chunk->next = NULL;
  s->context = context;
  s->device = context->device;
  s->id = atomic_fetch_add(&g_next_id, 1);
  s->priority = priority;
  s->flags = flags;
  s->head_chunk = s->tail_chunk = chunk;
  atomic_init(&s->wake_at, UINT64_MAX);
  pthread_mutex_init(&s->lock, NULL);
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&s->moved, &monotonic);
  pthread_condattr_destroy(&monotonic);
  pthread_mutex_lock(&context->lock);
  s->next = context->streams;
  context->streams = s;
  pthread_mutex_unlock(&context->lock);
  atomic_store(&s->object.gate, MC_STREAM_IDLE);
  mc_handle_publish(s);
  return s;
}

static void unlink_stream(mc_stream *s) {
  pthread_mutex_lock(&s->context->lock);
  mc_stream **place = &s->context->streams;
  while (*place != NULL && *place != s) {
    place = &(*place)->next;
  }
  if (*place == s) {
    *place = s->next;
  }
  pthread_mutex_unlock(&s->context->lock);
}

void mc_stream_free(mc_stream *s, bool drain) {
  if (!drain) {
    mc_stream_abort(s);
  }
  mc_stream_wait(s, atomic_load(&s->tail), INT64_MAX);
  mc_report_forget(s);
  unlink_stream(s);
  /* The consumer that finished the last task may still be leaving its role; afterwards the role stays taken until the
   * slot's next life, so that whoever still knows the pointer finds nothing to do. */
  while (true) {
    int state = atomic_load(&s->object.gate);
    if (state != MC_STREAM_RUNNING && state != MC_STREAM_AGAIN &&
        atomic_compare_exchange_strong(&s->object.gate, &state, MC_STREAM_RUNNING)) {
      break;
    }
    sched_yield();
  }
  mc_schedule_forget(s);
  free(atomic_exchange(&s->spare, NULL));
  free(s->head_chunk);
  s->head_chunk = s->tail_chunk = NULL;
  mc_clock_free(&s->clock);
  pthread_mutex_destroy(&s->lock);
  pthread_cond_destroy(&s->moved);
  mc_handle_free(MC_KIND_STREAM, s);
}

int mc_stream_id(const mc_stream *stream) { return stream->id; }

int mc_stream_device_id(const mc_stream *stream) { return mc_device_user_id(stream->device); }

bool mc_stream_in_primary_context(const mc_stream *stream) { return stream->context->primary; }

bool mc_stream_reached(const mc_stream *s, uint64_t position) {
  return atomic_load_explicit(&s->head, memory_order_acquire) >= position;
}

/* A place for the next task; called with the stream's lock held. */
static mc_task *next_slot(mc_stream *s, uint64_t tail) {
  if (tail % MC_CHUNK == 0 && tail != 0) {
    mc_chunk *chunk = atomic_exchange(&s->spare, NULL);
    chunk = chunk == NULL ? malloc(sizeof *chunk) : chunk;
    if (chunk == NULL) {
      return NULL;
    }
    chunk->next = NULL;
    s->tail_chunk->next = chunk;
    s->tail_chunk = chunk;
  }
  return &s->tail_chunk->tasks[tail % MC_CHUNK];
}

int mc_stream_append(mc_stream *s, const mc_task *task, uint64_t *position) {
  pthread_mutex_lock(&s->lock);
  const uint64_t tail = atomic_load_explicit(&s->tail, memory_order_relaxed);
  mc_task *slot = next_slot(s, tail);
  if (slot == NULL) {
    pthread_mutex_unlock(&s->lock);
    return MC_RT_RESOURCE;
  }
  *slot = *task;
  slot->id = (uint32_t)tail;
  atomic_store(&s->tail, tail + 1);
  pthread_mutex_unlock(&s->lock);
  if (position != NULL) {
    *position = tail + 1;
  }
  atomic_fetch_add_explicit(&s->queued_cost, task->cost_ns, memory_order_relaxed);
  mc_schedule(s);
  return MC_OK;
}

static int refuse_launch(const char *function, mc_stream *s) {
  if (atomic_load_explicit(&s->device->aborted, memory_order_relaxed)) {
    return mc_fail(MC_RT_DEVICE_ABORT, "EE1018", function, "the device's tasks are being aborted");
  }
  return mc_context_check(function, s->context);
}

int mc_stream_launch(const char *function, mc_stream *s, const mc_task *task) {
  int status = refuse_launch(function, s);
  if (status == MC_OK) {
    const uint64_t tail = atomic_load_explicit(&s->tail, memory_order_relaxed);
    if (tail >= atomic_load_explicit(&s->head, memory_order_relaxed) + MC_QUEUE_DEPTH) {
      mc_stream_wait(s, tail + 1 - MC_QUEUE_DEPTH, INT64_MAX);
    }
    status = mc_stream_append(s, task, NULL);
    if (status != MC_OK) {
      mc_fail(status, "EE1013", MC_TEXT("%zu", sizeof(mc_chunk)), "malloc");
    }
  }
  if (status != MC_OK && task->drop != NULL) {
    mc_task dropped = *task;
    dropped.drop(&dropped);
  }
  return status;
}

void mc_task_fail(mc_stream *s, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  pthread_mutex_lock(&s->lock);
  if (atomic_load(&s->error) == MC_OK) {
    vsnprintf(s->error_text, sizeof s->error_text, format, arguments);
  }
  pthread_mutex_unlock(&s->lock);
  va_end(arguments);
}

static void note_failure(mc_stream *s, const mc_task *task, int status) {
  pthread_mutex_lock(&s->lock);
  if (atomic_load(&s->error) == MC_OK) {
    if (s->error_text[0] == '\0') {
      snprintf(s->error_text, sizeof s->error_text, "task %s failed", task->name == NULL ? "?" : task->name);
    }
    atomic_store(&s->error, status);
  }
  const bool stop = s->stop_mode;
  pthread_mutex_unlock(&s->lock);
  if (stop) {
    atomic_store(&s->aborted, true);
  }
  if (atomic_load(&s->context->stop_mode)) {
    int none = MC_OK;
    atomic_compare_exchange_strong(&s->context->failure, &none, status);
  }
  mc_exception_raise(&(mc_exception){
      .task = task->id,
      .stream = (uint32_t)s->id,
      .thread = (uint32_t)syscall(SYS_gettid),
      .device = (uint32_t)mc_device_user_id(s->device),
      .code = (uint32_t)status,
  });
}

static void finish_task(mc_stream *s, uint64_t head) {
  atomic_store(&s->head, head + 1);
  if (atomic_load(&s->wake_at) <= head + 1) {
    pthread_mutex_lock(&s->lock);
    atomic_store(&s->wake_at, UINT64_MAX);
    pthread_cond_broadcast(&s->moved);
    pthread_mutex_unlock(&s->lock);
  }
}

/* Runs the task at `head`; false when it is blocked. */
static bool run_one(mc_stream *s, uint64_t head) {
  if (head % MC_CHUNK == 0 && head != s->chunk_start) {
    mc_chunk *used = s->head_chunk;
    s->head_chunk = used->next;
    s->chunk_start = head;
    free(atomic_exchange(&s->spare, used));
  }
  mc_task *task = &s->head_chunk->tasks[head % MC_CHUNK];
  const bool skip = atomic_load_explicit(&s->aborted, memory_order_relaxed);
  const int status = skip ? MC_OK : task->run(task, s);
  if (status == MC_TASK_BLOCKED) {
    return false;
  }
  if (status != MC_OK) {
    note_failure(s, task, status);
  }
  if (task->drop != NULL) {
    task->drop(task);
  }
  finish_task(s, head);
  return true;
}

static bool take_role(mc_stream *s) {
  int state = atomic_load_explicit(&s->object.gate, memory_order_relaxed);
  while (state == MC_STREAM_IDLE || state == MC_STREAM_READY) {
    if (atomic_compare_exchange_weak(&s->object.gate, &state, MC_STREAM_RUNNING)) {
      return true;
    }
  }
  return false;
}

bool mc_stream_drain(mc_stream *s, bool one) {
  if (!take_role(s)) {
    return false;
  }
  bool moved = false;
  while (true) {
    atomic_store_explicit(&s->queued_cost, 0, memory_order_relaxed);
    uint64_t head = atomic_load_explicit(&s->head, memory_order_relaxed);
    bool blocked = false;
    while (!blocked && head < atomic_load(&s->tail) && !(one && moved)) {
      blocked = !run_one(s, head);
      head += blocked ? 0 : 1;
      moved |= !blocked;
    }
    int running = MC_STREAM_RUNNING;
    const bool more = !blocked && head < atomic_load(&s->tail);
    if (atomic_compare_exchange_strong(&s->object.gate, &running, MC_STREAM_IDLE)) {
      if (more) {
        mc_schedule(s);
      }
      return moved;
    }
    atomic_store(&s->object.gate, MC_STREAM_RUNNING);
    if (one && moved) {
      /* What happened meanwhile is for the next turn. */
      atomic_store(&s->object.gate, MC_STREAM_IDLE);
      mc_schedule(s);
      return true;
    }
  }
}

void mc_stream_nudge(mc_stream *s) {
  if (atomic_load(&s->wake_at) == UINT64_MAX) {
    return;
  }
  pthread_mutex_lock(&s->lock);
  ++s->nudges;
  pthread_cond_broadcast(&s->moved);
  pthread_mutex_unlock(&s->lock);
}

/* Sleeps until the position is reached, a nudge comes, or the deadline passes. */
static void sleep_once(mc_stream *s, uint64_t position, int64_t deadline) {
  const struct timespec at = {deadline / 1000000000, deadline % 1000000000};
  int result = 0;
  mc_schedule_sleepers(1);
  pthread_mutex_lock(&s->lock);
  const uint64_t nudges = s->nudges;
  while (result == 0 && nudges == s->nudges) {
    if (position < atomic_load(&s->wake_at)) {
      atomic_store(&s->wake_at, position);
    }
    if (atomic_load(&s->head) >= position) {
      break;
    }
    result = pthread_cond_timedwait(&s->moved, &s->lock, &at);
  }
  pthread_mutex_unlock(&s->lock);
  mc_schedule_sleepers(-1);
}

bool mc_stream_wait(mc_stream *s, uint64_t position, int64_t deadline) {
  enum { SPINS = 200, LOOK_AGAIN_NS = 2000000 };
  int spins = 0;
  while (!mc_stream_reached(s, position)) {
    if (mc_schedule_help(s)) {
      spins = 0;
      continue;
    }
    if (++spins < SPINS) {
      mc_cpu_relax();
      continue;
    }
    const int64_t now = mc_now_ns();
    if (now >= deadline) {
      return mc_stream_reached(s, position);
    }
    /* Somebody else runs it, or it waits for something outside. The sleep is short because a stream further up the
     * chain may become ready without anybody knowing that this thread could help. */
    sleep_once(s, position, deadline - now < LOOK_AGAIN_NS ? deadline : now + LOOK_AGAIN_NS);
  }
  return true;
}

void mc_stream_abort(mc_stream *s) {
  const bool was = atomic_exchange(&s->aborted, true);
  atomic_fetch_add(&s->abort_count, 1);
  mc_stream_wait(s, atomic_load(&s->tail), INT64_MAX);
  atomic_store(&s->aborted, was);
}

int mc_stream_take_error(const char *function, mc_stream *s) {
  char text[sizeof s->error_text];
  pthread_mutex_lock(&s->lock);
  const int status = atomic_load(&s->error);
  if (status != MC_OK) {
    memcpy(text, s->error_text, sizeof text);
    if (!s->stop_mode) {
      atomic_store(&s->error, MC_OK);
      s->error_text[0] = '\0';
    }
  }
  pthread_mutex_unlock(&s->lock);
  return status == MC_OK ? MC_OK : mc_fail(status, "EE1019", function, text);
}

int mc_stream_synchronize(const char *function, mc_stream *s, int timeout_ms) {
  const uint64_t target = atomic_load(&s->tail);
  const uint64_t aborts = atomic_load(&s->abort_count);
  const int64_t deadline = timeout_ms < 0 ? INT64_MAX : mc_now_ns() + (int64_t)timeout_ms * 1000000;
  if (!mc_stream_wait(s, target, deadline)) {
    return mc_fail(MC_RT_STREAM_SYNC_TIMEOUT, "EE1002",
                   MC_TEXT("Stream %d still had %llu tasks queued after %d ms.", s->id,
                           (unsigned long long)(target - atomic_load(&s->head)), timeout_ms));
  }
  if (atomic_load(&s->abort_count) != aborts) {
    return mc_fail(MC_RT_STREAM_ABORT, "EE1019", function, "the stream was aborted while it was waited for");
  }
  if (atomic_load_explicit(&s->device->aborted, memory_order_relaxed)) {
    return mc_fail(MC_RT_DEVICE_ABORT, "EE1019", function, "the device's tasks are being aborted");
  }
  mc_order_host_saw(s, target);
  if (atomic_load_explicit(&s->error, memory_order_acquire) != MC_OK) {
    return mc_stream_take_error(function, s);
  }
  return mc_context_check(function, s->context);
}

void mc_stream_settle(mc_stream *s) {
  const uint64_t target = atomic_load(&s->tail);
  mc_stream_wait(s, target, INT64_MAX);
  mc_order_host_saw(s, target);
}

int mc_stream_from_handle(const char *function, void *handle, mc_stream **stream) {
  mc_context *context = NULL;
  if (handle == NULL) {
    const int status = mc_context_require(function, &context);
    *stream = status == MC_OK ? context->default_stream : NULL;
    return status;
  }
  int status = mc_handle_check(function, "stream", MC_KIND_STREAM, handle);
  if (status == MC_OK) {
    status = mc_context_require(function, &context);
  }
  if (status != MC_OK) {
    return status;
  }
  *stream = handle;
  if ((*stream)->context != context) {
    return mc_fail(MC_RT_STREAM_CONTEXT, "EE1010", function, "stream",
                   MC_TEXT("Stream %d was created under another context.", (*stream)->id));
  }
  return MC_OK;
}

int mc_stream_create(const char *function, uint32_t priority, uint32_t flags, mc_stream **stream) {
  mc_context *context = NULL;
  int status = mc_context_require(function, &context);
  if (status != MC_OK) {
    return status;
  }
  mc_device *device = context->device;
  const uint32_t limit = mc_profile_get()->streams;
  pthread_mutex_lock(&device->lock);
  const bool room = device->stream_count < limit;
  device->stream_count += room ? 1 : 0;
  pthread_mutex_unlock(&device->lock);
  *stream = room ? mc_stream_new(context, priority, flags) : NULL;
  if (*stream != NULL) {
    mc_state_callbacks_stream(*stream, MC_STREAM_CREATE_POST);
    return MC_OK;
  }
  if (room) {
    pthread_mutex_lock(&device->lock);
    --device->stream_count;
    pthread_mutex_unlock(&device->lock);
  }
  return mc_fail(MC_RT_NO_STREAM, "EE1023", function,
                 MC_TEXT("device %d has no stream left; profile %s has %u", mc_device_user_id(device),
                         mc_profile_get()->name, limit));
}

static int destroy(const char *function, mc_stream *s, bool drain) {
  mc_device *device = s->device;
  mc_state_callbacks_stream(s, MC_STREAM_DESTROY_PRE);
  if (!mc_handle_retire(s)) {
    return mc_fail(MC_RT_INVALID_HANDLE, "EE1011", function, MC_TEXT("%p", (void *)s), "stream",
                   "it was destroyed already");
  }
  mc_stream_free(s, drain);
  pthread_mutex_lock(&device->lock);
  --device->stream_count;
  pthread_mutex_unlock(&device->lock);
  return MC_OK;
}

int mc_stream_destroy(const char *function, mc_stream *s) { return destroy(function, s, true); }

int mc_stream_destroy_force(const char *function, mc_stream *s) { return destroy(function, s, false); }
