/*
 * The emulated box: what the layers above may ask of it.
 *
 * Handles of streams, events, notifies and contexts are pointers into one arena that is never unmapped, so that a
 * stale or foreign handle is recognised (107017) and not followed. Everything that can fail returns 0 or a status
 * that has been reported (engine/report.h).
 *
 * Locks, outermost first: device → context → event → stream → scheduler. The handle regions, the address map, the
 * clocks of order.c and the text store have leaf locks of their own. No lock is held while a task or a user's callback
 * runs.
 */
#ifndef MC_ENGINE_ENGINE_H
#define MC_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/report.h"
#include "engine/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_device mc_device;
typedef struct mc_context mc_context;
typedef struct mc_stream mc_stream;
typedef struct mc_event mc_event;

/* ---- devices and contexts (device.c, context.c) ---- */

/* The calling thread's context; NULL when there is none. A configured default device is set implicitly. */
mc_context *mc_context_current(void);
/* The same, or 107002 with `function` named. */
int mc_context_require(const char *function, mc_context **context);
int mc_context_device_id(const mc_context *context); /* user-visible id */

/* What aclrtSetDevice / aclrtResetDevice do; `function` is named in messages. */
int mc_device_set(const char *function, int device_id);
int mc_device_reset(const char *function, int device_id);
int mc_device_count(const char *function, uint32_t *count);
int mc_device_synchronize(const char *function, int timeout_ms);
const char *mc_device_soc_name(void);

/* ---- memory (memory.c, address_map.c) ---- */

typedef enum mc_place { MC_PLACE_PAGEABLE, MC_PLACE_HOST, MC_PLACE_DEVICE } mc_place;

/* Device memory on the current context's device; size is what is reserved (callers add CANN's padding). */
int mc_device_malloc(const char *function, size_t size, int policy, void **address);
int mc_device_free(const char *function, void *address);

/*
 * The address under which this process may read and write [address, address + size): the alias of device memory, or
 * the address itself for host memory. Fails with MC_RT_DEVICE_MEMORY and a message that names the allocation (or the
 * nearest one) when a device range is freed, foreign or too short. Not reported as a thread error: `why` (192 bytes)
 * receives the text, because the caller is usually a task.
 */
int mc_memory_view(const void *address, size_t size, void **view, char why[192]);
mc_place mc_memory_place(const void *address);
/* Whether tasks of a device may touch it: device memory, or host memory registered for that. */
bool mc_memory_reachable(const void *address);

/* Large copies without polluting the cache; dst and src are views, not device addresses. */
void mc_copy(void *dst, const void *src, size_t size);

/* ---- streams (stream.c, queue.c, wait.c, scheduler.c) ---- */

/*
 * Work on a stream. The struct is copied into the stream's queue. `run` is called on some thread with no lock held;
 * it returns 0, or a status that becomes the stream's error (its text goes to mc_task_fail first).
 * `drop` releases what the payload owns; it is called exactly once, after run or instead of it.
 */
typedef struct mc_task {
  int (*run)(struct mc_task *task, mc_stream *stream);
  void (*drop)(struct mc_task *task);
  const char *name;    /* static text, for messages */
  uint32_t cost_ns;    /* estimate; decides whether waking a worker is worth it */
  uint32_t id;         /* set by the stream */
  uint64_t payload[11];
} mc_task;

/* Checks a handle of the API: NULL is the current context's default stream. 107017 / 107003 / 107002 otherwise. */
int mc_stream_from_handle(const char *function, void *handle, mc_stream **stream);

int mc_stream_create(const char *function, uint32_t priority, uint32_t flags, mc_stream **stream);
int mc_stream_destroy(const char *function, mc_stream *stream);

/* Appends the task; blocks while the queue is at its documented depth. Fails in stop mode and after abort. On
 * failure `drop` has been called. */
int mc_stream_launch(const char *function, mc_stream *stream, const mc_task *task);

/* Waits for everything launched before; timeout_ms < 0 waits without limit. Returns (and, in continue mode, clears)
 * the stream's error. */
int mc_stream_synchronize(const char *function, mc_stream *stream, int timeout_ms);
/* Waits for the same without looking at the stream's error, which stays for whoever synchronizes. */
void mc_stream_settle(mc_stream *stream);
int mc_stream_id(const mc_stream *stream);
int mc_stream_device_id(const mc_stream *stream);
/* False for streams of explicit contexts. */
bool mc_stream_in_primary_context(const mc_stream *stream);

/* The text that goes with the status a task returns; printf style. Called by the task, on its own thread. */
void mc_task_fail(mc_stream *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * One resource that must not be in use on two streams at once (a loaded model). `use` is zero-initialised by the
 * owner. Returns true when every earlier use is ordered before work launched on `stream` now: same stream, an event
 * chain, or a wait by the host. Otherwise false, and *other is the stream id of the unordered use. Either way the
 * new use is remembered.
 */
typedef struct mc_ordered_use {
  int stream_id;
  uint64_t sequence;
} mc_ordered_use;
bool mc_order_acquire(mc_ordered_use *use, mc_stream *stream, int *other);

/* ---- compute threads (parallel.c) ---- */

/* Calls body(arg, begin, end) over [0, count) in pieces of at least `grain`, on the caller and idle workers. Returns
 * when all pieces ran. Nested calls run inline. */
void mc_parallel_for(int64_t count, int64_t grain, void (*body)(void *arg, int64_t begin, int64_t end), void *arg);

/* Nanoseconds of a clock that never goes back. */
int64_t mc_now_ns(void);

/* False in a child forked after the first use: calls answer an error instead of hanging. */
bool mc_process_usable(void);

#ifdef __cplusplus
}
#endif
#endif
