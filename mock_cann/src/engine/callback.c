/*
 * Who serves which stream's callbacks.
 *
 * Lock: `g_lock` guards the table of report threads and the contexts' mailboxes; streams' service fields too. Mailbox
 * locks are inner. Nothing of the program's runs while it is held.
 */
#include <stdlib.h>

#include "engine/callback.h"

typedef struct service {
  struct service *next;
  uint64_t thread;
  mc_device *device;
  mc_mailbox *mailbox;
  int streams;
} service;

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static service *g_services;

int mc_host_func_launch(const char *name, mc_stream *stream, mc_host_function function, void *args) {
  pthread_mutex_lock(&g_lock);
  const bool subscribed = stream->service_thread != 0;
  mc_context *context = stream->context;
  if (!subscribed && context->host_functions == NULL) {
    context->host_functions = mc_mailbox_create(true);
  }
  mc_mailbox *mailbox = context->host_functions;
  stream->host_func_used = stream->host_func_used || !subscribed;
  pthread_mutex_unlock(&g_lock);
  if (subscribed) {
    return mc_fail(MC_RT_STREAM_SUBSCRIBE, "EE1018", name,
                   "a thread has subscribed to the stream with aclrtSubscribeReport; use aclrtLaunchCallback");
  }
  if (mailbox == NULL) {
    return mc_fail(MC_RT_RESOURCE, "EE1023", name, "the thread for host functions cannot be created");
  }
  return mc_launch_through(name, stream, mailbox, function, args, true);
}

/* Called with g_lock held. */
static service **find(uint64_t thread) {
  service **place = &g_services;
  while (*place != NULL && (*place)->thread != thread) {
    place = &(*place)->next;
  }
  return place;
}

static int refuse_host_func(const char *name, const mc_stream *stream) {
  return stream->host_func_used ? mc_fail(MC_RT_STREAM_SUBSCRIBE, "EE1018", name,
                                          "aclrtLaunchHostFunc serves the stream already; both ways cannot be mixed")
                                : MC_OK;
}

/* Called with g_lock held; *made: a new service was linked in. */
static int join_service(const char *name, uint64_t thread, mc_stream *stream) {
  service **place = find(thread);
  if (stream->service_thread == thread || (*place != NULL && (*place)->device != stream->device)) {
    return mc_fail(MC_RT_THREAD_SUBSCRIBE, "EE1018", name,
                   *place != NULL && (*place)->device != stream->device
                       ? "the thread serves another device"
                       : "the thread serves this stream already");
  }
  if (stream->service_thread != 0) {
    return mc_fail(MC_RT_STREAM_SUBSCRIBE, "EE1018", name, "another thread serves this stream already");
  }
  if (*place == NULL) {
    service *s = calloc(1, sizeof *s);
    mc_mailbox *mailbox = mc_mailbox_create(false);
    if (s == NULL || mailbox == NULL) {
      free(s);
      if (mailbox != NULL) {
        mc_mailbox_close(mailbox);
      }
      return mc_fail(MC_RT_RESOURCE, "EE1013", MC_TEXT("%zu", sizeof *s), "calloc");
    }
    *s = (service){.thread = thread, .device = stream->device, .mailbox = mailbox};
    *place = s;
  }
  ++(*place)->streams;
  stream->service_thread = thread;
  return MC_OK;
}

int mc_report_subscribe(const char *name, uint64_t thread, mc_stream *stream) {
  pthread_mutex_lock(&g_lock);
  int status = refuse_host_func(name, stream);
  status = status == MC_OK ? join_service(name, thread, stream) : status;
  pthread_mutex_unlock(&g_lock);
  return status;
}

/* Called with g_lock held. */
static void leave_service(mc_stream *stream) {
  service **place = find(stream->service_thread);
  service *s = *place;
  stream->service_thread = 0;
  if (s != NULL && --s->streams == 0) {
    *place = s->next;
    mc_mailbox_close(s->mailbox);
    free(s);
  }
}

int mc_report_unsubscribe(const char *name, uint64_t thread, mc_stream *stream) {
  pthread_mutex_lock(&g_lock);
  int status = refuse_host_func(name, stream);
  if (status == MC_OK && stream->service_thread == 0) {
    status = mc_fail(MC_RT_STREAM_SUBSCRIBE, "EE1018", name, "no thread serves this stream");
  } else if (status == MC_OK && stream->service_thread != thread) {
    status = mc_fail(MC_RT_THREAD_SUBSCRIBE, "EE1018", name, "another thread serves this stream");
  } else if (status == MC_OK) {
    leave_service(stream);
  }
  pthread_mutex_unlock(&g_lock);
  return status;
}

void mc_report_forget(mc_stream *stream) {
  pthread_mutex_lock(&g_lock);
  if (stream->service_thread != 0) {
    leave_service(stream);
  }
  pthread_mutex_unlock(&g_lock);
}

int mc_report_launch(const char *name, mc_stream *stream, mc_host_function function, void *args, bool block) {
  pthread_mutex_lock(&g_lock);
  int status = refuse_host_func(name, stream);
  if (status == MC_OK && stream->service_thread == 0) {
    status = mc_fail(MC_RT_NO_CALLBACK, "EE1018", name,
                     "no thread serves the stream; call aclrtSubscribeReport first");
  }
  if (status == MC_OK) {
    /* Under the lock, so that the mailbox cannot close before the task holds it. */
    status = mc_launch_through(name, stream, (*find(stream->service_thread))->mailbox, function, args, block);
  }
  pthread_mutex_unlock(&g_lock);
  return status;
}

int mc_report_process(const char *name, int timeout_ms) {
  mc_mailbox *mailbox = NULL;
  pthread_mutex_lock(&g_lock);
  const service *s = *find((uint64_t)pthread_self());
  mailbox = s == NULL ? NULL : s->mailbox;
  pthread_mutex_unlock(&g_lock);
  if (mailbox == NULL) {
    return mc_fail(MC_RT_THREAD_SUBSCRIBE, "EE1018", name, "this thread has subscribed to no stream");
  }
  const int64_t deadline = timeout_ms < 0 ? INT64_MAX : mc_now_ns() + (int64_t)timeout_ms * 1000000;
  if (!mc_mailbox_pump(mailbox, deadline)) {
    return mc_fail(MC_RT_REPORT_TIMEOUT, "EE1002", MC_TEXT("%s: no callback came within %d ms.", name, timeout_ms));
  }
  return MC_OK;
}
