/*
 * The engine's own structures, shared by its files and by the entry points of src/acl (which implement the parts of
 * CANN's contract that concern a single object). Layers above use engine.h only.
 */
#ifndef MC_ENGINE_INTERNAL_H
#define MC_ENGINE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/engine.h"
#include "engine/handle.h"
#include "engine/profile.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MC_MAX_DEVICES = 64, MC_QUEUE_DEPTH = 2048, MC_CHUNK = 32 };

/* Work worth waking a thread for; a task so small that handing it to another thread costs more than running it; how
 * many of these a producer collects before it runs them itself. */
enum { MC_WAKE_NS = 30000, MC_SMALL_NS = 400, MC_BATCH = 256 };

struct mc_device {
  int id;            /* logic id: index in the profile */
  pthread_mutex_t lock; /* guards references, primary, contexts' list, counters, peers */
  int references;    /* aclrtSetDevice calls not yet reset */
  mc_context *primary;
  mc_context *contexts; /* explicit ones, by next */
  uint32_t stream_count, event_count;
  uint64_t peers;    /* bit i: access to device i is enabled */
  _Atomic bool aborted; /* aclrtDeviceTaskAbort is in progress */
};

struct mc_context {
  mc_object object;
  mc_device *device;
  bool primary;
  mc_context *next;
  mc_stream *default_stream;
  pthread_mutex_t lock; /* guards the list of streams and options */
  mc_stream *streams;
  int64_t options[4];
  uint32_t options_set;
  struct mc_mailbox *host_functions; /* guarded by callback.c's lock */
  _Atomic bool stop_mode;
  _Atomic int failure; /* in stop mode: what every later call answers */
};

/* How far another stream's model launches are known to be finished before what comes next here (order.c). */
typedef struct mc_clock_entry {
  int stream_id;
  uint64_t sequence;
} mc_clock_entry;
typedef struct mc_clock {
  mc_clock_entry *entries; /* sorted by stream_id */
  int count, capacity;
} mc_clock;

typedef struct mc_chunk {
  struct mc_chunk *next;
  mc_task tasks[MC_CHUNK];
} mc_chunk;

typedef enum mc_stream_state {
  MC_STREAM_IDLE,
  MC_STREAM_READY,   /* has work nobody runs */
  MC_STREAM_RUNNING, /* somebody has the consumer role */
  MC_STREAM_AGAIN    /* running, and something happened since its consumer last looked */
} mc_stream_state;

struct mc_stream {
  mc_object object;
  mc_context *context;
  mc_device *device;
  mc_stream *next; /* in context->streams */
  int id;
  uint32_t priority, flags;

  pthread_mutex_t lock; /* producers, error text, sleepers; may take the scheduler's lock while held */
  pthread_cond_t moved; /* head passed wake_at */
  _Atomic uint64_t tail; /* tasks launched so far */
  mc_chunk *tail_chunk;
  _Atomic(mc_chunk *) spare;

  /* object.gate is the mc_stream_state */
  bool in_list;      /* guarded by the scheduler's lock */
  mc_stream *list_next;
  uint64_t seen_tail, seen_head; /* guarded by the scheduler's lock, as is patience: when a worker last looked */
  int patience;       /* ticks for which workers leave it alone while it is fed small tasks and none of them runs */
  mc_chunk *head_chunk;         /* consumer role */
  uint64_t chunk_start;         /* consumer role: position of head_chunk's first task */
  _Atomic uint64_t head;        /* tasks finished so far */
  _Atomic uint64_t wake_at;     /* smallest head a sleeper waits for */
  uint64_t nudges;              /* guarded by lock: a sleeper should look whether it can help */
  _Atomic(mc_stream *) blocked_by; /* the stream whose progress the current task waits for */
  _Atomic uint64_t queued_cost; /* ns, of what is queued since the stream became ready; small tasks do not count */

  _Atomic int error; /* status of the first failed task not yet reported */
  char error_text[512];
  bool stop_mode;    /* failure mode: stop */
  _Atomic bool aborted; /* failed in stop mode, or aclrtStreamAbort: what is queued is dropped */
  _Atomic uint64_t abort_count;
  bool cache_op_info;
  uint32_t user_tag;
  uint32_t res_limits[2]; /* cube and vector cores the stream may use; 0: as its device */
  uint64_t service_thread; /* report thread that serves aclrtLaunchCallback; 0: none */
  bool host_func_used;

  _Atomic bool ordered; /* the clock may say something; only ever rises, under order.c's lock */
  mc_clock clock; /* guarded by order.c's lock */
  uint64_t order_sequence;
  uint64_t order_position; /* tail right after the newest ordered launch */
};

/* A task that cannot finish yet answers this; it is run again after mc_schedule(stream). */
#define MC_TASK_BLOCKED (-1)

struct mc_event {
  mc_object object;
  mc_device *device;
  uint32_t flags;
  bool legacy;         /* made by aclrtCreateEvent / WithFlag */
  bool default_legacy; /* made by aclrtCreateEvent */
  uint32_t id;         /* 0: none */
  pthread_mutex_t lock; /* outer to stream locks */
  uint64_t recorded, done; /* records issued / newest finished */
  uint64_t resets;
  mc_stream *stream;   /* of the newest record */
  uint64_t position;   /* its place in that stream */
  int64_t time_ns;     /* of the newest finished record */
  mc_stream **waiters;
  int waiter_count, waiter_capacity;
  uint32_t pending;    /* records and waits queued and not finished: the slot is freed after the last */
  uint32_t pending_waits;
  bool destroyed;
  _Atomic bool ordered; /* as a stream's */
  mc_clock clock;      /* of the newest record; guarded by order.c's lock */
};

/* device.c */
mc_device *mc_device_of_user(int user_id); /* NULL when out of range; visibility applied */
mc_device *mc_device_at(int logic_id);     /* NULL when out of range */
int mc_device_user_id(const mc_device *device);
int mc_device_visible_count(void); /* -1: ASCEND_RT_VISIBLE_DEVICES is unusable */
void mc_device_default(int user_id); /* -1: none */
int mc_device_default_get(void);
/* Drops what is queued on every stream of the device. */
void mc_device_abort_streams(mc_device *device);
int mc_device_reset_all(const char *function, int user_id, bool force);

/* context.c */
mc_context *mc_context_create(mc_device *device, bool primary);
void mc_context_destroy(mc_context *context); /* with its streams */
mc_context *mc_thread_context(void);          /* explicit one, or NULL */
void mc_thread_context_set(mc_context *context);
int mc_thread_device(void); /* logic id set by this thread; -1 */
void mc_thread_device_set(int logic_id);
bool mc_context_alive(const mc_context *context);
/* What a failed context in stop mode answers to `function`; 0 otherwise. */
int mc_context_check(const char *function, const mc_context *context);

/* chunks.c */
mc_chunk *mc_chunk_take(void); /* uninitialised; NULL without memory */
void mc_chunk_give(mc_chunk *chunk);

/* stream.c */
mc_stream *mc_stream_new(mc_context *context, uint32_t priority, uint32_t flags);
void mc_stream_free(mc_stream *stream, bool drain);
int mc_stream_destroy_force(const char *function, mc_stream *stream);

/* queue.c */
/* Like mc_stream_launch, for callers that hold an event's lock; *position is the task's place. */
int mc_stream_append(mc_stream *stream, const mc_task *task, uint64_t *position);
bool mc_stream_reached(const mc_stream *stream, uint64_t position);
typedef enum mc_drain {
  MC_DRAIN_ALL,
  MC_DRAIN_ONE,
  MC_DRAIN_QUEUED, /* what is queued now; of what comes meanwhile, only if it is worth a wake-up or awaited */
  MC_DRAIN_SMALL   /* what is queued now, up to the first task that is not small */
} mc_drain;
/* Runs what can run now if nobody else does; true when something was done. */
bool mc_stream_drain(mc_stream *stream, mc_drain how);
/* Before an append, with no lock held: waits while the queue is at its documented depth. */
void mc_stream_room(mc_stream *stream);
/* After it, with no lock held: in the concurrent schedule a producer runs what it collected, as far as it is small and
 * while it is in this processor's cache, rather than hand it to a worker. */
void mc_stream_batch(mc_stream *stream, uint64_t position);

/* wait.c */
/* Waits until `position` tasks have finished; false when the deadline (mc_now_ns; INT64_MAX: none) passed first. */
bool mc_stream_wait(mc_stream *stream, uint64_t position, int64_t deadline);
/* Takes the pending error (cleared unless the stream is in stop mode) and reports it. */
int mc_stream_take_error(const char *function, mc_stream *stream);
/* Drops what is queued; when it returns nothing of it runs any more. */
void mc_stream_abort(mc_stream *stream);
void mc_stream_nudge(mc_stream *stream); /* wakes a sleeper, if any, to look again */

/* event.c */
int mc_event_new(const char *function, uint32_t flags, bool legacy, bool plain, mc_event **event);
void mc_event_destroy(mc_event *event);
int mc_event_record(const char *function, mc_event *event, mc_stream *stream);
int mc_event_wait(const char *function, mc_event *event, mc_stream *stream, int timeout_ms);
int mc_event_reset(const char *function, mc_event *event, mc_stream *stream);
/* The newest record: 0 never recorded, 1 pending, 2 finished. */
int mc_event_state(mc_event *event);
int mc_event_synchronize(const char *function, mc_event *event, int timeout_ms);

/* scheduler.c */
void mc_schedule(mc_stream *stream); /* something may be runnable on it */
/* By a worker that is its consumer: makes it ready, but nobody need look before the next tick. */
void mc_schedule_later(mc_stream *stream);
/* Whether what is queued is worth waking a thread, or somebody sleeps until a stream moves. */
bool mc_schedule_worth(mc_stream *stream);
void mc_schedule_forget(mc_stream *stream); /* it is about to be freed */
void mc_schedule_sleepers(int change); /* threads that sleep until a stream moves */
/* A waiting thread offers itself for work that `wanted` needs; false when there is nothing it may do. */
bool mc_schedule_help(mc_stream *wanted);
void mc_schedule_hurry(mc_stream *stream); /* somebody polls: wake a worker now */

/* schedule_choice.c */
/* "concurrent", "deferred", "random:SEED"; false when unknown or too late. */
bool mc_schedule_select(const char *text);
const char *mc_schedule_name(void);
bool mc_schedule_is_concurrent(void);

/* workers.c */
int mc_worker_limit(void);
/* Up to `helpers` idle workers run job(arg) once each, soon. mc_worker_recall takes back what has not started and
 * returns how many have started or will. One job at a time: false when another one is lent. */
bool mc_worker_lend(void (*job)(void *arg), void *arg, int helpers);
int mc_worker_recall(void);

/* order.c */
void mc_order_record(mc_event *event, mc_stream *stream);
void mc_order_wait(mc_event *event, mc_stream *stream);
void mc_order_host_saw(mc_stream *stream, uint64_t position);
void mc_order_host_saw_event(mc_event *event);
void mc_clock_free(mc_clock *clock);

static inline void mc_cpu_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

/* process.c */
/* 0, or an error that says the process was forked. */
int mc_process_check(const char *function);

/* Checks a handle; MC_RT_INVALID_HANDLE naming `what` otherwise. */
int mc_handle_check(const char *function, const char *what, mc_kind kind, const void *handle);

#ifdef __cplusplus
}
#endif
#endif
