/*
 * Contexts, and which one is current in a thread: an explicit one (aclrtSetCurrentContext, aclrtCreateContext), else
 * the primary context of the device the thread has set.
 */
#include "engine/callback.h"

static _Thread_local mc_context *t_context;
static _Thread_local int t_device = -1;

mc_context *mc_thread_context(void) { return t_context; }
void mc_thread_context_set(mc_context *context) { t_context = context; }
int mc_thread_device(void) { return t_device; }
void mc_thread_device_set(int logic_id) { t_device = logic_id; }

bool mc_context_alive(const mc_context *context) { return mc_handle_valid(MC_KIND_CONTEXT, context); }

mc_context *mc_context_create(mc_device *device, bool primary) {
  mc_context *c = mc_handle_new(MC_KIND_CONTEXT, sizeof *c);
  if (c == NULL) {
    return NULL;
  }
  c->device = device;
  c->primary = primary;
  pthread_mutex_init(&c->lock, NULL);
  c->default_stream = mc_stream_new(c, 0, 0);
  if (c->default_stream == NULL) {
    mc_handle_free(MC_KIND_CONTEXT, c);
    return NULL;
  }
  mc_handle_publish(c);
  return c;
}

void mc_context_destroy(mc_context *c) {
  mc_handle_retire(c);
  if (t_context == c) {
    t_context = NULL;
  }
  while (true) {
    pthread_mutex_lock(&c->lock);
    mc_stream *s = c->streams;
    pthread_mutex_unlock(&c->lock);
    if (s == NULL) {
      break;
    }
    const bool counted = s != c->default_stream;
    mc_handle_retire(s);
    mc_stream_free(s, true);
    if (counted) {
      pthread_mutex_lock(&c->device->lock);
      --c->device->stream_count;
      pthread_mutex_unlock(&c->device->lock);
    }
  }
  if (c->host_functions != NULL) {
    mc_mailbox_close(c->host_functions);
  }
  pthread_mutex_destroy(&c->lock);
  mc_handle_free(MC_KIND_CONTEXT, c);
}

mc_context *mc_context_current(void) {
  if (t_context != NULL) {
    return mc_context_alive(t_context) ? t_context : NULL;
  }
  if (t_device < 0) {
    const int fallback = mc_device_default_get();
    if (fallback < 0 || mc_device_set("aclInit's defaultDevice", fallback) != MC_OK) {
      return NULL;
    }
  }
  return __atomic_load_n(&mc_device_at(t_device)->primary, __ATOMIC_ACQUIRE);
}

int mc_context_require(const char *function, mc_context **context) {
  const int status = mc_process_check(function);
  if (status != MC_OK) {
    return status;
  }
  *context = mc_context_current();
  if (*context == NULL) {
    return mc_fail(MC_RT_NO_CONTEXT, "EE1018", function,
                   "this thread has no context; call aclrtSetDevice or aclrtSetCurrentContext first");
  }
  return MC_OK;
}

int mc_context_device_id(const mc_context *context) { return mc_device_user_id(context->device); }

int mc_context_check(const char *function, const mc_context *context) {
  if (!atomic_load_explicit(&context->stop_mode, memory_order_relaxed)) {
    return MC_OK;
  }
  const int failure = atomic_load(&context->failure);
  return failure == MC_OK ? MC_OK
                          : mc_fail(failure, "EE1019", function,
                                    "a task failed and a stream of the context is in stop mode; reset the device");
}
