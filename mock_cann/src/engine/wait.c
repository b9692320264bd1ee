/* Waiting for a stream: a waiting thread first runs what it waits for, and sleeps only when somebody else does. */
#include <stdio.h>
#include <string.h>

#include "engine/internal.h"

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
