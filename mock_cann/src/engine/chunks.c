/*
 * Pieces of queues that are not in use. A burst of launches needs many at once and gives all of them back: kept here
 * they stay mapped, where malloc would return them to the system and take page faults for them again.
 *
 * Lock: `g_lock` guards the stack; a leaf.
 */
#include <stdlib.h>

#include "engine/internal.h"

enum { KEPT = 256 };

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static mc_chunk *g_unused;
static int g_count;

mc_chunk *mc_chunk_take(void) {
  pthread_mutex_lock(&g_lock);
  mc_chunk *chunk = g_unused;
  if (chunk != NULL) {
    g_unused = chunk->next;
    --g_count;
  }
  pthread_mutex_unlock(&g_lock);
  return chunk == NULL ? malloc(sizeof *chunk) : chunk;
}

void mc_chunk_give(mc_chunk *chunk) {
  if (chunk == NULL) {
    return;
  }
  pthread_mutex_lock(&g_lock);
  const bool keep = g_count < KEPT;
  if (keep) {
    chunk->next = g_unused;
    g_unused = chunk;
    ++g_count;
  }
  pthread_mutex_unlock(&g_lock);
  if (!keep) {
    free(chunk);
  }
}
