/*
 * Devices and the reference counts of their primary contexts.
 *
 * Lock: device->lock guards what internal.h says; context locks may be taken inside. Contexts are torn down with no
 * lock held, because their streams' tasks finish first.
 */
#include "engine/internal.h"

static mc_device g_devices[MC_MAX_DEVICES];
static pthread_once_t g_once = PTHREAD_ONCE_INIT;
static _Atomic int g_default = -1;

static void start(void) {
  for (int i = 0; i < MC_MAX_DEVICES; ++i) {
    g_devices[i].id = i;
    pthread_mutex_init(&g_devices[i].lock, NULL);
  }
}

mc_device *mc_device_at(int logic_id) {
  pthread_once(&g_once, start);
  return logic_id >= 0 && logic_id < mc_profile_get()->devices ? &g_devices[logic_id] : NULL;
}

const char *mc_device_soc_name(void) {
  const mc_profile *profile = mc_profile_get();
  return profile->devices == 0 ? NULL : profile->soc;
}

void mc_device_default(int user_id) { atomic_store(&g_default, user_id); }

int mc_device_default_get(void) { return atomic_load(&g_default); }

static int find(const char *function, int user_id, mc_device **device) {
  const int status = mc_process_check(function);
  if (status != MC_OK) {
    return status;
  }
  *device = mc_device_of_user(user_id);
  if (*device == NULL) {
    const int count = mc_device_visible_count();
    return mc_fail(MC_RT_DEVICE_ID, "EE1003", function, MC_TEXT("%d", user_id), "deviceId",
                   count > 0 ? MC_TEXT("[0, %d)", count) : "a visible device, and there is none");
  }
  return MC_OK;
}

int mc_device_set(const char *function, int user_id) {
  mc_device *device = NULL;
  const int status = find(function, user_id, &device);
  if (status != MC_OK) {
    return status;
  }
  pthread_mutex_lock(&device->lock);
  if (device->primary == NULL) {
    __atomic_store_n(&device->primary, mc_context_create(device, true), __ATOMIC_RELEASE);
  }
  const bool opened = device->primary != NULL;
  device->references += opened ? 1 : 0;
  pthread_mutex_unlock(&device->lock);
  if (!opened) {
    return mc_fail(MC_RT_DEVICE_SETUP, "EE1023", function, "the device's primary context cannot be created");
  }
  mc_thread_device_set(device->id);
  mc_thread_context_set(NULL);
  return MC_OK;
}

int mc_device_reset_all(const char *function, int user_id, bool force) {
  mc_device *device = NULL;
  const int status = find(function, user_id, &device);
  if (status != MC_OK) {
    return status;
  }
  mc_context *dead = NULL;
  pthread_mutex_lock(&device->lock);
  const bool set = device->references > 0;
  if (set) {
    device->references = force ? 0 : device->references - 1;
    if (device->references == 0) {
      dead = device->primary;
      __atomic_store_n(&device->primary, NULL, __ATOMIC_RELEASE);
    }
  }
  pthread_mutex_unlock(&device->lock);
  if (!set) {
    return mc_fail(MC_RT_CONTEXT_RELEASED, "EE1018", function,
                   MC_TEXT("device %d is not set; call aclrtSetDevice first", user_id));
  }
  if (dead != NULL) {
    mc_context_destroy(dead);
    /* A reset clears what an abort or a failure left behind. */
    atomic_store(&device->aborted, false);
  }
  return MC_OK;
}

int mc_device_reset(const char *function, int user_id) { return mc_device_reset_all(function, user_id, false); }

enum { MANY_CONTEXTS = 256, SOME_STREAMS = 64 };

static int contexts_of(mc_device *device, mc_context *contexts[MANY_CONTEXTS]) {
  int count = 0;
  pthread_mutex_lock(&device->lock);
  if (device->primary != NULL) {
    contexts[count++] = device->primary;
  }
  for (mc_context *c = device->contexts; c != NULL && count < MANY_CONTEXTS; c = c->next) {
    contexts[count++] = c;
  }
  pthread_mutex_unlock(&device->lock);
  return count;
}

/* Up to SOME_STREAMS streams of the context, skipping the first `seen`. */
static int streams_of(mc_context *context, int seen, mc_stream *streams[SOME_STREAMS]) {
  int count = 0, index = 0;
  pthread_mutex_lock(&context->lock);
  for (mc_stream *s = context->streams; s != NULL && count < SOME_STREAMS; s = s->next) {
    if (index++ >= seen) {
      streams[count++] = s;
    }
  }
  pthread_mutex_unlock(&context->lock);
  return count;
}

static int synchronize_context(const char *function, mc_context *context, int timeout_ms) {
  mc_stream *streams[SOME_STREAMS];
  int first_error = MC_OK, count = 0;
  for (int seen = 0; (count = streams_of(context, seen, streams)) > 0; seen += count) {
    for (int i = 0; i < count; ++i) {
      const int status = mc_stream_synchronize(function, streams[i], timeout_ms);
      first_error = first_error == MC_OK ? status : first_error;
    }
  }
  return first_error;
}

int mc_device_synchronize(const char *function, int timeout_ms) {
  mc_context *current = NULL;
  int status = mc_context_require(function, &current);
  if (status != MC_OK) {
    return status;
  }
  mc_context *contexts[MANY_CONTEXTS];
  const int count = contexts_of(current->device, contexts);
  for (int i = 0; i < count; ++i) {
    const int other = synchronize_context(function, contexts[i], timeout_ms);
    status = status == MC_OK ? other : status;
  }
  return status;
}

void mc_device_abort_streams(mc_device *device) {
  mc_context *contexts[MANY_CONTEXTS];
  const int contexts_count = contexts_of(device, contexts);
  for (int c = 0; c < contexts_count; ++c) {
    mc_stream *streams[SOME_STREAMS];
    int count = 0;
    for (int seen = 0; (count = streams_of(contexts[c], seen, streams)) > 0; seen += count) {
      for (int i = 0; i < count; ++i) {
        mc_stream_abort(streams[i]);
      }
    }
  }
}
