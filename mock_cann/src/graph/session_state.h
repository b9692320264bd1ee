/*
 * What the session files share: sessions, their graphs ("slots"), and who may touch what.
 *
 * Locks, outermost first; each is held for a few instructions, never while compiling, loading, launching,
 * waiting for a device or calling a user: registry (session_ge.c)   the list of live sessions, GE's options
 *   mc_session.lock           the table of slots
 *   mc_slot.lock              the slot's flags and mode
 *   queue locks (session_queue.h), allocator locks (session_allocator.c): leaves
 *
 * Work on one graph that must not overlap (compile, load, launch, memory bases, removal) is serialised by the
 * slot's *turn*: not a lock but a flag with an owner, so that an allocator called during a launch finds every
 * lock free, and re-entering the same graph is an error and not a dead-lock.
 */
#ifndef MC_GRAPH_SESSION_STATE_H
#define MC_GRAPH_SESSION_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "graph/session.h"
#include "graph/session_memory.h"
#include "graph/session_options.h"
#include "graph/session_queue.h"
#include "graph/session_status.h"

typedef enum mc_run_mode { MC_MODE_NONE, MC_MODE_RUN, MC_MODE_STREAM, MC_MODE_ASYNC } mc_run_mode;

enum { MC_INPUT_HOST = 1, MC_INPUT_FROZEN = 2 };

/* Memory the application gave. */
typedef struct mc_base {
  void *memory;
  size_t size;
  bool set;
} mc_base;

typedef struct mc_slot {
  atomic_int refs; /* the table's one, and one a call or request in progress */
  mc_session *session;
  uint32_t id;
  mc_graph *graph;
  mc_owner owner;              /* of a shared graph */
  bool shared;                 /* false: the slot owns `graph` */
  mc_option_set own;           /* given to AddGraph */
  mc_option_set options;       /* with the session's and GE's behind them */
  int sync_timeout_ms;         /* -1: none */
  struct mc_slot *next_shared; /* registry lock: slots that share a caller's graph */

  pthread_mutex_t lock;
  pthread_cond_t changed; /* the turn or `in_step` became free */
  bool busy;              /* somebody has the turn */
  pthread_t busy_by;
  int waiting;
  bool removed;
  bool running; /* GE's RunFlag: RunGraph in progress, or an asynchronous run between its first two threads */
  bool remove_pending;          /* RemoveGraph came while running */
  bool removing;                /* RemoveGraph found it not running: no run may begin any more */
  bool in_step;                 /* one asynchronous run at a time is between the first two threads */
  atomic_bool compiled_by_user; /* v1: CompileGraph marks the graph */
  mc_run_mode mode;

  /* Written with the turn and the lock; read with either. */
  mc_model *model;
  mc_loaded *loaded;
  mc_summary *summary;
  mc_runner *runner; /* the model thread, once a run was handed to it */

  /* With the turn. */
  uint8_t *input_flags; /* MC_INPUT_*, one an input, made at load */
  void **frozen;        /* first address of frozen inputs */
  mc_base const_base, feature_base, refreshable_base;
  mc_slot_memory memory;
  mc_stream *stream; /* of LoadGraph, or the slot's own for dynamic graphs launched without a stream */
  bool own_stream;
} mc_slot;

struct mc_session {
  uint64_t id;
  int version;
  int device;
  atomic_bool open;      /* false: never became usable, or finalised */
  mc_option_set options; /* with GE's behind them */
  mc_variables *variables;
  struct mc_session *next; /* registry lock */

  pthread_mutex_t lock;
  mc_slot **slots; /* ascending ids */
  int n_slots, slot_capacity;

  mc_pipeline pipeline;
};

/* ---- session_ge.c: GE itself ---- */

/* True when `call` may go on; otherwise reports why not, and the call answers FAILED. */
bool mc_session_ready(const mc_session *session, const char *call);
bool mc_ge_ready(const char *call);
/* Adds GE's options behind the session's and puts it on the list of live sessions. False: memory is
 * exhausted. */
bool mc_ge_enlist(mc_session *session);
void mc_ge_delist(mc_session *session);
int mc_ge_default_device(void);
/* Remembers that the slot shares its caller's graph; false when another slot has the same graph. */
bool mc_ge_share_graph(mc_slot *slot);
void mc_ge_unshare_graph(mc_slot *slot);
bool mc_ge_graph_shared(const mc_graph *graph);

/* ---- session.c ---- */

/* Stops the threads, drops queued requests, removes every graph. Idempotent; called without locks. */
void mc_session_close(mc_session *session);
/* True on a thread of the session: inside one of its callbacks. */
bool mc_session_is_self(mc_session *session);
/* Runs body(arg) on a detached thread of its own: for work that would otherwise wait for the calling thread.
 */
void mc_session_detach(void (*body)(void *arg), void *arg);

/* ---- session_slot.c ---- */

mc_slot *mc_slot_find(mc_session *session, uint32_t id); /* retained; NULL when unknown */
mc_slot *mc_slot_retain(mc_slot *slot);
void mc_slot_release(mc_slot *slot);
/*
 * Takes the turn, waiting for it. A status (reported) when the graph is gone, the caller has the turn
 * already, or, for a run (`mode` is not NONE), when it is running or was run in another mode. `call` is the
 * public name.
 */
mc_ge_status mc_slot_enter(mc_slot *slot, const char *call, mc_run_mode mode);
/* Gives the turn back; `mode`, if not NONE, is remembered as the way this graph is run. */
void mc_slot_leave(mc_slot *slot, mc_run_mode mode);
/* The same refusals for runs that need RunFlag and not the turn. The flag and the mode are set only if the
 * graph is loaded; otherwise *loaded is false and nothing changed. End performs a removal that came
 * meanwhile. */
mc_ge_status mc_slot_begin_run(mc_slot *slot, const char *call, mc_run_mode mode, bool *loaded);
void mc_slot_end_run(mc_slot *slot);
/* The mode's part alone. */
mc_ge_status mc_slot_check_mode(mc_slot *slot, const char *call, mc_run_mode mode);
void mc_slot_set_mode(mc_slot *slot, mc_run_mode mode);
/* Puts a new slot into its session's table; false when the id is taken or memory is exhausted. */
bool mc_slot_insert(mc_session *session, mc_slot *slot);
/* Takes the slot out of its session and frees its model. Without locks, without the turn. False: nothing
 * done. */
bool mc_slot_remove(mc_slot *slot);

/* ---- session_build.c, session_load.c: with the turn ---- */

mc_ge_status mc_slot_compile(mc_slot *slot, const mc_desc *inputs, int n_inputs);
/* For the shapes and types of these tensors. */
mc_ge_status mc_slot_compile_for(mc_slot *slot, const mc_run_tensor *in, int n_in);
/* Compiles if needed. `options` are LoadGraph's. */
mc_ge_status mc_slot_load(mc_slot *slot, mc_options options, void *stream);
void mc_slot_unload(mc_slot *slot);
/* What the options say of inputs, for a compiled graph. LoadGraph's count where the graph's own say nothing.
 */
mc_ge_status mc_slot_read_input_options(mc_slot *slot, mc_options load_options);
/* A refreshable graph takes its feature memory anew for every run from the allocator it was loaded with; the
 * block is released right after the launch. *block is NULL when there is nothing to take. */
mc_ge_status mc_slot_take_feature(mc_slot *slot, mc_tensor_block **block);

/* ---- session_pipeline.c, session_runner.c ---- */

/* Hands a request of a session to its threads, which start with the first one. False: the queue has stopped,
 * or there are no threads; the request stays the caller's. */
bool mc_pipeline_submit(mc_session *session, mc_request *request);
void mc_pipeline_init(mc_pipeline *pipeline);
/* Stops both threads and waits for them; queued requests are dropped. */
void mc_pipeline_stop(mc_session *session);
void mc_pipeline_destroy(mc_pipeline *pipeline);
bool mc_pipeline_is_self(mc_pipeline *pipeline);
/* The slot's model thread, started when there is none. With the turn; NULL: it cannot be started. */
mc_runner *mc_runner_start(mc_slot *slot);
/* False when the thread ended after a timeout and its queue is full. With the slot's lock. */
bool mc_runner_push(mc_runner *runner, mc_request *request);
/* Stops a model thread, waits for it, drops queued requests and frees it. Not on that thread. */
void mc_runner_stop(mc_runner *runner);
bool mc_runner_is_self(const mc_runner *runner);

/* ---- session_summary.c ---- */

mc_summary *mc_summary_create(mc_model *model,
                              bool refreshable); /* retains the model; NULL: memory is exhausted */
/* A size as summaries show it and allocators are asked for it: nothing is 512 bytes. */
static inline size_t mc_asked_size(size_t size) {
  return size == 0 ? 512 : size;
}

/* ---- session_report.c ---- */

/* E10062 for `call`; returns `status`. */
mc_ge_status mc_out_of_order(mc_ge_status status, const char *call, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The E19999 text of an assertion on an unknown graph; PARAM_INVALID. */
mc_ge_status mc_unknown_graph_assert(const mc_session *session, uint32_t id, const char *call);

#endif
