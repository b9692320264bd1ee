/* Lock: `g_lock` guards both lists; a leaf, released before anything is called. */
#include "engine/state_callbacks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

typedef void (*any_callback)(void);

typedef struct entry {
  char *name;
  any_callback callback;
  void *args;
} entry;

typedef struct list {
  entry entries[MOST];
  int count;
} list;

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static list g_devices, g_streams;

static int set(list *l, const char *name, any_callback callback, void *args) {
  int status = 0;
  pthread_mutex_lock(&g_lock);
  int at = 0;
  while (at < l->count && strcmp(l->entries[at].name, name) != 0) {
    ++at;
  }
  if (callback == NULL) {
    if (at < l->count) {
      free(l->entries[at].name);
      l->entries[at] = l->entries[--l->count];
    }
  } else if (at < l->count) {
    l->entries[at].callback = callback;
    l->entries[at].args = args;
  } else {
    char *copy = l->count < MOST ? strdup(name) : NULL;
    status = copy == NULL ? -1 : 0;
    if (copy != NULL) {
      l->entries[l->count++] = (entry){copy, callback, args};
    }
  }
  pthread_mutex_unlock(&g_lock);
  return status;
}

static int copy_entries(const list *l, entry out[MOST]) {
  pthread_mutex_lock(&g_lock);
  memcpy(out, l->entries, sizeof l->entries);
  const int count = l->count;
  pthread_mutex_unlock(&g_lock);
  return count;
}

int mc_state_callback_device_set(const char *name, mc_device_state_callback callback, void *args) {
  return set(&g_devices, name, (any_callback)callback, args);
}

int mc_state_callback_stream_set(const char *name, mc_stream_state_callback callback, void *args) {
  return set(&g_streams, name, (any_callback)callback, args);
}

void mc_state_callbacks_device(int32_t device_id, int state) {
  entry entries[MOST];
  const int count = copy_entries(&g_devices, entries);
  for (int i = 0; i < count; ++i) {
    ((mc_device_state_callback)entries[i].callback)(device_id, state, entries[i].args);
  }
}

void mc_state_callbacks_stream(void *stream, int state) {
  entry entries[MOST];
  const int count = copy_entries(&g_streams, entries);
  for (int i = 0; i < count; ++i) {
    ((mc_stream_state_callback)entries[i].callback)(stream, state, entries[i].args);
  }
}
