/* What concerns the process as a whole: forks and the clock. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "engine/internal.h"

static _Atomic bool g_forked, g_watching;

static void in_child(void) {
  if (atomic_load(&g_watching)) {
    atomic_store(&g_forked, true);
  }
}

__attribute__((constructor)) static void watch_forks(void) { pthread_atfork(NULL, NULL, in_child); }

bool mc_process_usable(void) {
  atomic_store_explicit(&g_watching, true, memory_order_relaxed);
  return !atomic_load_explicit(&g_forked, memory_order_relaxed);
}

int mc_process_check(const char *function) {
  /* The child has none of the parent's threads and may have inherited held locks, so not even a text is stored. */
  (void)function;
  return mc_process_usable() ? MC_OK : mc_last_error_set(MC_RT_INTERNAL);
}

int mc_handle_check(const char *function, const char *what, mc_kind kind, const void *handle) {
  const int status = mc_process_check(function);
  if (status != MC_OK) {
    return status;
  }
  if (!mc_handle_valid(kind, handle)) {
    return mc_fail(MC_RT_INVALID_HANDLE, "EE1011", function, MC_TEXT("%p", handle), what,
                   "it was destroyed or is no such object");
  }
  return MC_OK;
}

int64_t mc_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
