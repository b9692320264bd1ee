/*
 * The table of loaded models: a few buckets of chains.
 *
 * Lock: `g_lock` guards the chains and the counter; a leaf. Models are unloaded after it is released.
 */
#include "graph/model_table.h"

#include <stdlib.h>
#include <string.h>

#include "engine/handle.h"
#include "engine/lifecycle.h"

enum { BUCKETS = 64 };

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static mc_model_entry *g_buckets[BUCKETS];
static uint32_t g_last_id;
static _Thread_local int t_timeout = -1;

/* With the entry's lock: the stream if it is still what was made. */
static mc_stream *living_stream(const mc_model_entry *entry) {
  const bool alive = entry->stream != NULL && mc_handle_valid(MC_KIND_STREAM, entry->stream) &&
                     ((const mc_object *)entry->stream)->generation == entry->stream_generation;
  return alive ? entry->stream : NULL;
}

static void destroy(mc_model_entry *entry) {
  mc_loaded_unload(entry->loaded);
  mc_stream *stream = living_stream(entry);
  if (stream != NULL) {
    (void)mc_stream_destroy("aclmdlUnload", stream);
  }
  pthread_mutex_destroy(&entry->lock);
  free(entry->gear);
  free(entry);
}

void mc_model_entry_release(mc_model_entry *entry) {
  if (entry != NULL && atomic_fetch_sub_explicit(&entry->users, 1, memory_order_acq_rel) == 1) {
    destroy(entry);
  }
}

/* With the lock: takes out what earlier executors left; a chain by `next`. */
static mc_model_entry *take_old(uint64_t epoch) {
  mc_model_entry *old = NULL;
  for (int i = 0; i < BUCKETS; ++i) {
    for (mc_model_entry **at = &g_buckets[i]; *at != NULL;) {
      mc_model_entry *entry = *at;
      if (entry->epoch == epoch) {
        at = &entry->next;
      } else {
        *at = entry->next;
        entry->next = old;
        old = entry;
      }
    }
  }
  return old;
}

static void release_chain(mc_model_entry *entry) {
  while (entry != NULL) {
    mc_model_entry *next = entry->next;
    mc_model_entry_release(entry);
    entry = next;
  }
}

uint32_t mc_model_table_add(mc_loaded *loaded, int device, uint32_t priority) {
  mc_model_entry *entry = calloc(1, sizeof *entry);
  if (entry == NULL) {
    mc_loaded_unload(loaded);
    return 0;
  }
  entry->loaded = loaded;
  entry->device = device;
  atomic_init(&entry->priority, priority);
  atomic_init(&entry->users, 1);
  pthread_mutex_init(&entry->lock, NULL);
  entry->epoch = mc_executor_epoch();
  pthread_mutex_lock(&g_lock);
  mc_model_entry *old = take_old(entry->epoch);
  entry->id = ++g_last_id;
  const uint32_t id = entry->id;
  entry->next = g_buckets[id % BUCKETS];
  g_buckets[id % BUCKETS] = entry;
  pthread_mutex_unlock(&g_lock);
  release_chain(old);
  return id;
}

/* With the lock: the link that points to the entry; NULL when there is none. */
static mc_model_entry **link_to(uint32_t id) {
  const uint64_t epoch = mc_executor_epoch();
  for (mc_model_entry **at = &g_buckets[id % BUCKETS]; *at != NULL; at = &(*at)->next) {
    if ((*at)->id == id && (*at)->epoch == epoch) {
      return at;
    }
  }
  return NULL;
}

mc_model_entry *mc_model_table_find(uint32_t id) {
  pthread_mutex_lock(&g_lock);
  mc_model_entry **at = link_to(id);
  mc_model_entry *entry = at == NULL ? NULL : *at;
  if (entry != NULL) {
    atomic_fetch_add_explicit(&entry->users, 1, memory_order_relaxed);
  }
  pthread_mutex_unlock(&g_lock);
  return entry;
}

bool mc_model_table_remove(uint32_t id) {
  pthread_mutex_lock(&g_lock);
  mc_model_entry **at = link_to(id);
  mc_model_entry *entry = at == NULL ? NULL : *at;
  if (entry != NULL) {
    *at = entry->next;
  }
  pthread_mutex_unlock(&g_lock);
  mc_model_entry_release(entry);
  return entry != NULL;
}

bool mc_model_entry_set_gear(mc_model_entry *entry, const int64_t *values, int count) {
  const size_t size = (size_t)count * sizeof *values;
  int64_t *copy = malloc(size);
  if (copy == NULL) {
    return false;
  }
  memcpy(copy, values, size);
  pthread_mutex_lock(&entry->lock);
  free(entry->gear);
  entry->gear = copy;
  entry->gear_count = count;
  pthread_mutex_unlock(&entry->lock);
  return true;
}

bool mc_model_entry_output_shape(mc_model_entry *entry, int index, mc_shape *shape) {
  const mc_model *model = mc_loaded_model(entry->loaded);
  pthread_mutex_lock(&entry->lock);
  const bool known = entry->gear_count > 0 &&
                     mc_model_gear_shape(model, entry->gear, entry->gear_count, true, index, shape) == 0;
  pthread_mutex_unlock(&entry->lock);
  return known;
}

/* Creating and destroying streams calls programs back, so both happen without the lock; of two threads that
 * make one at once the second gives its own up. */
int mc_model_entry_stream(const char *function, mc_model_entry *entry, mc_stream **stream) {
  pthread_mutex_lock(&entry->lock);
  *stream = living_stream(entry);
  pthread_mutex_unlock(&entry->lock);
  if (*stream != NULL) {
    return 0;
  }
  mc_stream *made = NULL;
  const int status = mc_stream_create(function, atomic_load(&entry->priority), 0, &made);
  if (status != 0) {
    return status;
  }
  pthread_mutex_lock(&entry->lock);
  *stream = living_stream(entry);
  if (*stream == NULL) {
    *stream = entry->stream = made;
    entry->stream_generation = ((const mc_object *)made)->generation;
  }
  pthread_mutex_unlock(&entry->lock);
  return *stream == made ? 0 : mc_stream_destroy(function, made);
}

void mc_execution_timeout_set(int milliseconds) {
  t_timeout = milliseconds;
}
int mc_execution_timeout(void) {
  return t_timeout;
}
