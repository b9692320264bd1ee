/* The registry of user allocators: process-wide and keyed by stream, whichever session they were registered
 * through. */
#include <pthread.h>
#include <stdlib.h>

#include "graph/session_memory.h"
#include "graph/session_state.h"

typedef struct entry {
  atomic_int refs; /* the registry's one, and one a block or load in progress */
  const void *stream;
  mc_allocator allocator;
  mc_owner owner;
  struct entry *next;
} entry;

/* Guards the list. A leaf: owners are dropped after it is released. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static entry *entries;
/* Lets runs without any registered allocator skip the lock. */
static atomic_int registered;

void mc_allocator_retain(void *token) {
  entry *entry = token;
  atomic_fetch_add_explicit(&entry->refs, 1, memory_order_relaxed);
}

void mc_allocator_release(void *token) {
  entry *entry = token;
  if (entry != NULL && atomic_fetch_sub_explicit(&entry->refs, 1, memory_order_acq_rel) == 1) {
    if (entry->owner.drop != NULL) {
      entry->owner.drop(entry->owner.self);
    }
    free(entry);
  }
}

/* With the lock. */
static entry *take_out(const void *stream) {
  for (entry **at = &entries; *at != NULL; at = &(*at)->next) {
    if ((*at)->stream == stream) {
      entry *found = *at;
      *at = found->next;
      atomic_fetch_sub(&registered, 1);
      return found;
    }
  }
  return NULL;
}

bool mc_allocator_register(const void *stream, const mc_allocator *allocator, mc_owner owner) {
  entry *added = malloc(sizeof *added);
  if (added == NULL) {
    if (owner.drop != NULL) {
      owner.drop(owner.self);
    }
    return false;
  }
  *added = (entry){.refs = 1, .stream = stream, .allocator = *allocator, .owner = owner};
  pthread_mutex_lock(&lock);
  entry *replaced = take_out(stream);
  added->next = entries;
  entries = added;
  atomic_fetch_add(&registered, 1);
  pthread_mutex_unlock(&lock);
  mc_allocator_release(replaced);
  return true;
}

void mc_allocator_unregister(const void *stream) {
  pthread_mutex_lock(&lock);
  entry *removed = take_out(stream);
  pthread_mutex_unlock(&lock);
  mc_allocator_release(removed);
}

bool mc_allocator_find(const void *stream, mc_allocator *allocator, void **token) {
  if (stream == NULL || atomic_load(&registered) == 0) {
    return false;
  }
  entry *found = NULL;
  pthread_mutex_lock(&lock);
  for (entry *at = entries; at != NULL && found == NULL; at = at->next) {
    if (at->stream == stream) {
      found = at;
      mc_allocator_retain(found);
      *allocator = found->allocator;
    }
  }
  pthread_mutex_unlock(&lock);
  *token = found;
  return found != NULL;
}

mc_ge_status mc_session_register_allocator(mc_session *session, const void *stream,
                                           const mc_allocator *allocator, mc_owner owner) {
  mc_ge_status status = MC_GE_SUCCESS;
  if (!mc_session_ready(session, "RegisterExternalAllocator")) {
    status = MC_GE_FAILED;
  } else if (stream == NULL || allocator == NULL) {
    mc_report("E10001", "nullptr", stream == NULL ? "stream" : "allocator",
              "RegisterExternalAllocator needs both", NULL);
    status = MC_GE_PARAM_INVALID;
  }
  if (status == MC_GE_SUCCESS) {
    return mc_allocator_register(stream, allocator, owner) ? MC_GE_SUCCESS : MC_GE_MEMALLOC_FAILED;
  }
  if (owner.drop != NULL) {
    owner.drop(owner.self);
  }
  return status;
}

mc_ge_status mc_session_unregister_allocator(mc_session *session, const void *stream) {
  if (!mc_session_ready(session, "UnregisterExternalAllocator")) {
    return MC_GE_FAILED;
  }
  if (stream == NULL) {
    mc_report("E10001", "nullptr", "stream", "UnregisterExternalAllocator needs the stream", NULL);
    return MC_GE_PARAM_INVALID;
  }
  mc_allocator_unregister(stream);
  return MC_GE_SUCCESS;
}
