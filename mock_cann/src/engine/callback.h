/* A program's functions that run in stream order: on a thread of the runtime (aclrtLaunchHostFunc), or on a thread of
 * the program's that asks for them (aclrtLaunchCallback and aclrtProcessReport). */
#ifndef MC_ENGINE_CALLBACK_H
#define MC_ENGINE_CALLBACK_H

#include "engine/internal.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*mc_host_function)(void *args);

/* A queue of calls, run one at a time in order by whoever pumps it. Reference counted. */
typedef struct mc_mailbox mc_mailbox;
mc_mailbox *mc_mailbox_create(bool with_thread); /* NULL when that fails */
void mc_mailbox_close(mc_mailbox *mailbox);      /* what is queued still runs if it has a thread */
/* Runs what is queued, waiting for the first until the deadline; false when nothing came. */
bool mc_mailbox_pump(mc_mailbox *mailbox, int64_t deadline);
/* Puts a plain call in; false when memory is exhausted. */
bool mc_mailbox_post(mc_mailbox *mailbox, mc_host_function function, void *args);

/* Queues a task on the stream that has `function` run through the mailbox; with `block` the stream goes on only after
 * the function returned. */
int mc_launch_through(const char *name, mc_stream *stream, mc_mailbox *mailbox, mc_host_function function, void *args,
                      bool block);

int mc_host_func_launch(const char *name, mc_stream *stream, mc_host_function function, void *args);

int mc_report_subscribe(const char *name, uint64_t thread, mc_stream *stream);
int mc_report_unsubscribe(const char *name, uint64_t thread, mc_stream *stream);
int mc_report_launch(const char *name, mc_stream *stream, mc_host_function function, void *args, bool block);
int mc_report_process(const char *name, int timeout_ms);
void mc_report_forget(mc_stream *stream); /* it is being destroyed */

/* What happened, for the exception callback. */
typedef struct mc_exception {
  uint32_t task, stream, thread, device, code;
} mc_exception;
typedef void (*mc_exception_callback)(mc_exception *exception);
void mc_exception_callback_set(mc_exception_callback callback);      /* the one global; NULL resets */
bool mc_exception_callback_add(mc_exception_callback callback);
bool mc_exception_callback_remove(mc_exception_callback callback);
void mc_exception_raise(const mc_exception *exception);

#ifdef __cplusplus
}
#endif
#endif
