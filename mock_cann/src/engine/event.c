/*
 * Events: records and waits are tasks; a wait stays tied to the record that preceded it.
 *
 * Lock: event->lock is outer to the stream's and the scheduler's, because a record must be queued and noted at once.
 * It is never held while a task runs.
 */
#include <stdlib.h>

#include "engine/internal.h"

enum { SYNC = 0x1, TIME_LINE = 0x8 };

static _Atomic uint32_t g_next_id = 1;

int mc_event_new(const char *function, uint32_t flags, bool legacy, bool plain, mc_event **out) {
  mc_context *context = NULL;
  const int status = mc_context_require(function, &context);
  if (status != MC_OK) {
    return status;
  }
  mc_device *device = context->device;
  const uint32_t limit = mc_profile_get()->events;
  pthread_mutex_lock(&device->lock);
  const bool room = !legacy || device->event_count < limit;
  device->event_count += room && legacy ? 1 : 0;
  pthread_mutex_unlock(&device->lock);
  mc_event *e = room ? mc_handle_new(MC_KIND_EVENT, sizeof *e) : NULL;
  if (e == NULL) {
    return mc_fail(MC_RT_NO_EVENT, "EE1023", function, MC_TEXT("the device has no event left; the limit is %u", limit));
  }
  e->device = device;
  e->flags = flags;
  e->legacy = legacy;
  e->default_legacy = plain;
  e->id = legacy ? atomic_fetch_add(&g_next_id, 1) : 0;
  pthread_mutex_init(&e->lock, NULL);
  mc_handle_publish(e);
  *out = e;
  return MC_OK;
}

static void release(mc_event *e) {
  mc_device *device = e->device;
  if (e->legacy) {
    pthread_mutex_lock(&device->lock);
    --device->event_count;
    pthread_mutex_unlock(&device->lock);
  }
  free(e->waiters);
  mc_clock_free(&e->clock);
  pthread_mutex_destroy(&e->lock);
  mc_handle_free(MC_KIND_EVENT, e);
}

/* Gives back one queued use; the slot is freed with the last one after the event was destroyed. */
static void unpin(mc_event *e, bool wait) {
  pthread_mutex_lock(&e->lock);
  e->pending_waits -= wait ? 1 : 0;
  const bool last = --e->pending == 0 && e->destroyed;
  pthread_mutex_unlock(&e->lock);
  if (last) {
    release(e);
  }
}

void mc_event_destroy(mc_event *e) {
  pthread_mutex_lock(&e->lock);
  e->destroyed = true;
  const bool unused = e->pending == 0;
  pthread_mutex_unlock(&e->lock);
  if (unused) {
    release(e);
  }
}

/* The record numbered `sequence` is finished: frees the streams that wait for it, and gives back its use. */
static void complete(mc_event *e, uint64_t sequence) {
  mc_stream *few[8];
  mc_stream **ready = few;
  int count = 0;
  pthread_mutex_lock(&e->lock);
  if (sequence > e->done) {
    e->done = sequence;
    if (sequence == e->recorded) { /* else the event is recorded again, and only the newest record's time can be asked */
      e->time_ns = mc_now_ns();
    }
  }
  count = e->waiter_count;
  if (count > (int)(sizeof few / sizeof *few)) {
    ready = e->waiters;
    e->waiters = NULL;
    e->waiter_capacity = 0;
  } else {
    for (int i = 0; i < count; ++i) {
      few[i] = e->waiters[i];
    }
  }
  e->waiter_count = 0;
  const bool last = --e->pending == 0 && e->destroyed;
  pthread_mutex_unlock(&e->lock);
  for (int i = 0; i < count; ++i) {
    mc_schedule(ready[i]);
  }
  if (ready != few) {
    free(ready);
  }
  if (last) {
    release(e);
  }
}

static mc_event *task_event(const mc_task *task) { return (mc_event *)(uintptr_t)task->payload[0]; }

static int run_record(mc_task *task, mc_stream *stream) {
  (void)stream;
  complete(task_event(task), task->payload[1]);
  task->payload[2] = 1;
  return MC_OK;
}

static void drop_record(mc_task *task) {
  if (task->payload[2] == 0) {
    /* Dropped by an abort: nobody may wait for it for ever. */
    complete(task_event(task), task->payload[1]);
  }
}

int mc_event_record(const char *function, mc_event *e, mc_stream *stream) {
  const int refused = mc_context_check(function, stream->context);
  if (refused != MC_OK) {
    return refused;
  }
  mc_stream_room(stream);
  mc_task task = {.run = run_record, .drop = drop_record, .name = "event record", .cost_ns = 50};
  pthread_mutex_lock(&e->lock);
  task.payload[0] = (uintptr_t)e;
  task.payload[1] = e->recorded + 1;
  mc_order_record(e, stream);
  uint64_t position = 0;
  const int status = mc_stream_append(stream, &task, &position);
  if (status == MC_OK) {
    ++e->recorded;
    ++e->pending;
    e->stream = stream;
    e->position = position;
  }
  pthread_mutex_unlock(&e->lock);
  if (status != MC_OK) {
    return mc_fail(status, "EE1023", function, "the stream's queue cannot grow");
  }
  mc_stream_batch(stream, position);
  return MC_OK;
}

static bool add_waiter(mc_event *e, mc_stream *stream) {
  for (int i = 0; i < e->waiter_count; ++i) {
    if (e->waiters[i] == stream) {
      return true;
    }
  }
  if (e->waiter_count == e->waiter_capacity) {
    const int capacity = e->waiter_capacity == 0 ? 4 : 2 * e->waiter_capacity;
    mc_stream **waiters = realloc(e->waiters, (size_t)capacity * sizeof *waiters);
    if (waiters == NULL) {
      return false;
    }
    e->waiters = waiters;
    e->waiter_capacity = capacity;
  }
  e->waiters[e->waiter_count++] = stream;
  return true;
}

static int run_wait(mc_task *task, mc_stream *stream) {
  mc_event *e = task_event(task);
  const int64_t deadline = (int64_t)task->payload[2];
  pthread_mutex_lock(&e->lock);
  const bool done = e->done >= task->payload[1];
  const bool waiting = !done && add_waiter(e, stream);
  mc_stream *by = done ? NULL : e->stream;
  pthread_mutex_unlock(&e->lock);
  atomic_store(&stream->blocked_by, by);
  if (done) {
    return MC_OK;
  }
  if (deadline != 0 && mc_now_ns() >= deadline) {
    atomic_store(&stream->blocked_by, NULL);
    mc_task_fail(stream, "waiting for event %p timed out on stream %d", (void *)e, stream->id);
    return MC_RT_EVENT_SYNC_TIMEOUT;
  }
  if (!waiting) {
    mc_task_fail(stream, "waiting for event %p: out of host memory", (void *)e);
    return MC_RT_RESOURCE;
  }
  return MC_TASK_BLOCKED;
}

static void drop_wait(mc_task *task) {
  mc_event *e = task_event(task);
  mc_stream *stream = (mc_stream *)(uintptr_t)task->payload[3];
  pthread_mutex_lock(&e->lock);
  for (int i = 0; i < e->waiter_count; ++i) {
    if (e->waiters[i] == stream) {
      e->waiters[i] = e->waiters[--e->waiter_count];
      break;
    }
  }
  pthread_mutex_unlock(&e->lock);
  unpin(e, true);
}

int mc_event_wait(const char *function, mc_event *e, mc_stream *stream, int timeout_ms) {
  pthread_mutex_lock(&e->lock);
  const bool recorded = e->recorded > e->resets;
  const uint64_t wanted = recorded ? e->recorded : e->recorded + 1;
  const bool waits_for_future = e->legacy && !e->default_legacy && (e->flags & SYNC) != 0;
  if (recorded || waits_for_future) {
    ++e->pending;
    ++e->pending_waits;
    mc_order_wait(e, stream);
  }
  pthread_mutex_unlock(&e->lock);
  if (!recorded && e->default_legacy) {
    return mc_fail(MC_RT_PARAM, "EE1018", function, "the event was never recorded; call aclrtRecordEvent first");
  }
  if (!recorded && !waits_for_future) {
    return MC_OK;
  }
  const int64_t deadline = timeout_ms > 0 ? mc_now_ns() + (int64_t)timeout_ms * 1000000 : 0;
  const mc_task task = {
      .run = run_wait,
      .drop = drop_wait,
      .name = "event wait",
      .cost_ns = 50,
      .payload = {(uintptr_t)e, wanted, (uint64_t)deadline, (uintptr_t)stream},
  };
  return mc_stream_launch(function, stream, &task);
}

static int run_reset(mc_task *task, mc_stream *stream) {
  (void)task;
  (void)stream;
  return MC_OK;
}

static void drop_reset(mc_task *task) { unpin(task_event(task), false); }

int mc_event_reset(const char *function, mc_event *e, mc_stream *stream) {
  pthread_mutex_lock(&e->lock);
  e->resets = e->recorded;
  ++e->pending;
  pthread_mutex_unlock(&e->lock);
  const mc_task task = {
      .run = run_reset, .drop = drop_reset, .name = "event reset", .cost_ns = 50, .payload = {(uintptr_t)e}};
  return mc_stream_launch(function, stream, &task);
}

int mc_event_state(mc_event *e) {
  pthread_mutex_lock(&e->lock);
  const int state = e->recorded == e->resets ? 0 : e->done >= e->recorded ? 2 : 1;
  mc_stream *stream = e->stream;
  pthread_mutex_unlock(&e->lock);
  if (state == 1) {
    mc_schedule_hurry(stream);
  } else if (state == 2) {
    mc_order_host_saw_event(e);
  }
  return state;
}

int mc_event_synchronize(const char *function, mc_event *e, int timeout_ms) {
  const int64_t deadline = timeout_ms < 0 ? INT64_MAX : mc_now_ns() + (int64_t)timeout_ms * 1000000;
  pthread_mutex_lock(&e->lock);
  const bool pending = e->recorded > e->resets && e->done < e->recorded;
  mc_stream *stream = e->stream;
  const uint64_t position = e->position;
  pthread_mutex_unlock(&e->lock);
  if (pending && !mc_stream_wait(stream, position, deadline)) {
    return mc_fail(MC_RT_EVENT_SYNC_TIMEOUT, "EE1002",
                   MC_TEXT("%s: the event's record on stream %d was not reached after %d ms.", function, stream->id,
                           timeout_ms));
  }
  mc_order_host_saw_event(e);
  return MC_OK;
}
