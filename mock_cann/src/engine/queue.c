/*
 * A stream's queue: tasks in chunks, many producers, one consumer at a time.
 *
 * Producers append under `lock` and publish through `tail`. The consumer role is the RUNNING state of the gate: whoever
 * moves it there runs tasks in order without any lock. `head` and `wake_at`, and `tail` and the gate, form
 * store-then-load pairs on both sides, hence sequentially consistent.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/callback.h"

bool mc_stream_reached(const mc_stream *s, uint64_t position) {
  return atomic_load_explicit(&s->head, memory_order_acquire) >= position;
}

/* A place for the next task; called with the stream's lock held. */
static mc_task *next_slot(mc_stream *s, uint64_t tail) {
  if (tail % MC_CHUNK == 0 && tail != 0) {
    mc_chunk *chunk = atomic_exchange(&s->spare, NULL);
    chunk = chunk == NULL ? mc_chunk_take() : chunk;
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
  *position = tail + 1;
  if (task->cost_ns > MC_SMALL_NS) {
    atomic_fetch_add_explicit(&s->queued_cost, task->cost_ns, memory_order_relaxed);
  }
  mc_schedule(s);
  return MC_OK;
}

static int refuse_launch(const char *function, mc_stream *s) {
  if (atomic_load_explicit(&s->device->aborted, memory_order_relaxed)) {
    return mc_fail(MC_RT_DEVICE_ABORT, "EE1018", function, "the device's tasks are being aborted");
  }
  return mc_context_check(function, s->context);
}

void mc_stream_room(mc_stream *s) {
  const uint64_t tail = atomic_load_explicit(&s->tail, memory_order_relaxed);
  if (tail >= atomic_load_explicit(&s->head, memory_order_relaxed) + MC_QUEUE_DEPTH) {
    mc_stream_wait(s, tail + 1 - MC_QUEUE_DEPTH, INT64_MAX);
  }
}

void mc_stream_batch(mc_stream *s, uint64_t position) {
  const uint64_t waiting = position - atomic_load_explicit(&s->head, memory_order_relaxed);
  if (waiting % MC_BATCH == 0 && (int64_t)waiting > 0 && mc_schedule_is_concurrent()) {
    mc_stream_drain(s, MC_DRAIN_SMALL);
  }
}

int mc_stream_launch(const char *function, mc_stream *s, const mc_task *task) {
  int status = refuse_launch(function, s);
  if (status == MC_OK) {
    uint64_t position = 0;
    mc_stream_room(s);
    status = mc_stream_append(s, task, &position);
    if (status == MC_OK) {
      mc_stream_batch(s, position);
    } else {
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

/* All tasks before `head` are finished. */
static void publish(mc_stream *s, uint64_t head) {
  atomic_store(&s->head, head);
  if (atomic_load(&s->wake_at) <= head) {
    pthread_mutex_lock(&s->lock);
    atomic_store(&s->wake_at, UINT64_MAX);
    pthread_cond_broadcast(&s->moved);
    pthread_mutex_unlock(&s->lock);
  }
}

/* The task at `head`; by the consumer. */
static mc_task *task_at(mc_stream *s, uint64_t head) {
  if (head % MC_CHUNK == 0 && head != s->chunk_start) {
    mc_chunk *used = s->head_chunk;
    s->head_chunk = used->next;
    s->chunk_start = head;
    mc_chunk_give(atomic_exchange(&s->spare, used));
  }
  return &s->head_chunk->tasks[head % MC_CHUNK];
}

/* Runs the task; false when it is blocked. */
static bool run_one(mc_stream *s, mc_task *task) {
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

/* Gives the consumer role back. False when it must go on, because something happened meanwhile. */
static bool leave_role(mc_stream *s, bool more) {
  int running = MC_STREAM_RUNNING;
  if (!atomic_compare_exchange_strong(&s->object.gate, &running, MC_STREAM_IDLE)) {
    return false;
  }
  if (more) {
    mc_schedule(s);
  }
  return true;
}

bool mc_stream_drain(mc_stream *s, mc_drain how) {
  if (!take_role(s)) {
    return false;
  }
  bool moved = false;
  while (true) {
    uint64_t head = atomic_load_explicit(&s->head, memory_order_relaxed);
    const uint64_t tail = atomic_load(&s->tail);
    const uint64_t end = how == MC_DRAIN_ALL ? UINT64_MAX : how == MC_DRAIN_ONE ? head + !moved : tail;
    if (how != MC_DRAIN_SMALL) { /* which leaves everything that counts */
      atomic_store_explicit(&s->queued_cost, 0, memory_order_relaxed);
    }
    bool blocked = false, large = false;
    while (!blocked && !large && head < end && head < atomic_load(&s->tail)) {
      mc_task *task = task_at(s, head);
      large = how == MC_DRAIN_SMALL && task->cost_ns > MC_SMALL_NS;
      blocked = !large && !run_one(s, task);
      if (!blocked && !large) {
        ++head;
        moved = true;
        if (how == MC_DRAIN_SMALL) { /* sleepers are told below: a batch is short */
          atomic_store_explicit(&s->head, head, memory_order_release);
        } else {
          publish(s, head);
        }
      }
    }
    if (how == MC_DRAIN_SMALL && moved) {
      publish(s, head);
    }
    const bool more = !blocked && head < atomic_load(&s->tail);
    if (more && how == MC_DRAIN_QUEUED && !mc_schedule_worth(s)) {
      mc_schedule_later(s);
      return true;
    }
    if (leave_role(s, more)) {
      return moved;
    }
    if (how == MC_DRAIN_SMALL || (how == MC_DRAIN_ONE && moved)) {
      /* What happened meanwhile is for the next turn. */
      atomic_store(&s->object.gate, MC_STREAM_IDLE);
      mc_schedule(s);
      return moved;
    }
    atomic_store(&s->object.gate, MC_STREAM_RUNNING);
  }
}
