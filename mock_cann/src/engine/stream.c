/* Streams as objects: their birth and death, and the handles that programs hold. The work is in queue.c and wait.c. */
#include <sched.h>
#include <stdlib.h>

#include "engine/callback.h"
#include "engine/state_callbacks.h"

static _Atomic int g_next_id;

mc_stream *mc_stream_new(mc_context *context, uint32_t priority, uint32_t flags) {
  mc_stream *s = mc_handle_new(MC_KIND_STREAM, sizeof *s);
  mc_chunk *chunk = mc_chunk_take();
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
  while (atomic_load(&s->object.visitors) > 0) {
    sched_yield();
  }
  mc_schedule_forget(s);
  mc_chunk_give(atomic_exchange(&s->spare, NULL));
  mc_chunk_give(s->head_chunk);
  s->head_chunk = s->tail_chunk = NULL;
  mc_clock_free(&s->clock);
  pthread_mutex_destroy(&s->lock);
  pthread_cond_destroy(&s->moved);
  mc_handle_free(MC_KIND_STREAM, s);
}

int mc_stream_id(const mc_stream *stream) { return stream->id; }

int mc_stream_device_id(const mc_stream *stream) { return mc_device_user_id(stream->device); }

bool mc_stream_in_primary_context(const mc_stream *stream) { return stream->context->primary; }

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
