/*
 * What is known to be finished before what: enough of a vector clock to judge whether two uses of one resource on two
 * streams are ordered. A clock maps streams that ever had such a use to a position in them; events carry clocks from
 * stream to stream, and what any host thread has waited for is known to all of them. A stream or event is `ordered`
 * when its clock may say anything; the others are spared all of this.
 *
 * Lock: `g_lock` guards every clock; a leaf.
 */
#include <stdlib.h>

#include "engine/internal.h"

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static mc_clock g_host;

static uint64_t known(const mc_clock *clock, int stream_id) {
  for (int i = 0; i < clock->count; ++i) {
    if (clock->entries[i].stream_id == stream_id) {
      return clock->entries[i].sequence;
    }
  }
  return 0;
}

/* When memory is exhausted knowledge is lost, which can only report a use that was ordered. */
static void learn(mc_clock *clock, int stream_id, uint64_t sequence) {
  for (int i = 0; i < clock->count; ++i) {
    if (clock->entries[i].stream_id == stream_id) {
      clock->entries[i].sequence =
          clock->entries[i].sequence < sequence ? sequence : clock->entries[i].sequence;
      return;
    }
  }
  if (clock->count == clock->capacity) {
    const int capacity = clock->capacity == 0 ? 4 : clock->capacity * 2;
    mc_clock_entry *entries = realloc(clock->entries, (size_t)capacity * sizeof *entries);
    if (entries == NULL) {
      return;
    }
    clock->entries = entries;
    clock->capacity = capacity;
  }
  clock->entries[clock->count++] = (mc_clock_entry){stream_id, sequence};
}

static void merge(mc_clock *into, const mc_clock *from) {
  for (int i = 0; i < from->count; ++i) {
    learn(into, from->entries[i].stream_id, from->entries[i].sequence);
  }
}

void mc_clock_free(mc_clock *clock) {
  pthread_mutex_lock(&g_lock);
  free(clock->entries);
  *clock = (mc_clock){0};
  pthread_mutex_unlock(&g_lock);
}

bool mc_order_acquire(mc_ordered_use *use, mc_stream *stream, int *other) {
  pthread_mutex_lock(&g_lock);
  bool ordered = use->sequence == 0 || use->stream_id == stream->id;
  if (!ordered) {
    ordered = known(&stream->clock, use->stream_id) >= use->sequence || known(&g_host, use->stream_id) >= use->sequence;
    *other = use->stream_id;
  }
  atomic_store_explicit(&stream->ordered, true, memory_order_relaxed);
  stream->order_position = atomic_load(&stream->tail) + 1;
  use->stream_id = stream->id;
  use->sequence = stream->order_position;
  pthread_mutex_unlock(&g_lock);
  return ordered;
}

void mc_order_record(mc_event *event, mc_stream *stream) {
  /* Both flags only ever rise, and the stream's rose on this thread or before something this thread waited for. */
  if (!atomic_load_explicit(&stream->ordered, memory_order_relaxed) &&
      !atomic_load_explicit(&event->ordered, memory_order_relaxed)) {
    return;
  }
  pthread_mutex_lock(&g_lock);
  atomic_store_explicit(&event->ordered, true, memory_order_relaxed);
  event->clock.count = 0;
  merge(&event->clock, &stream->clock);
  if (stream->order_position > 0) {
    learn(&event->clock, stream->id, atomic_load(&stream->tail));
  }
  pthread_mutex_unlock(&g_lock);
}

void mc_order_wait(mc_event *event, mc_stream *stream) {
  if (!atomic_load_explicit(&event->ordered, memory_order_relaxed)) {
    return;
  }
  pthread_mutex_lock(&g_lock);
  atomic_store_explicit(&stream->ordered, true, memory_order_relaxed);
  merge(&stream->clock, &event->clock);
  pthread_mutex_unlock(&g_lock);
}

void mc_order_host_saw(mc_stream *stream, uint64_t position) {
  if (!atomic_load_explicit(&stream->ordered, memory_order_relaxed)) {
    return;
  }
  pthread_mutex_lock(&g_lock);
  merge(&g_host, &stream->clock);
  if (stream->order_position > 0) {
    learn(&g_host, stream->id, position);
  }
  pthread_mutex_unlock(&g_lock);
}

void mc_order_host_saw_event(mc_event *event) {
  if (!atomic_load_explicit(&event->ordered, memory_order_relaxed)) {
    return;
  }
  pthread_mutex_lock(&g_lock);
  merge(&g_host, &event->clock);
  pthread_mutex_unlock(&g_lock);
}
