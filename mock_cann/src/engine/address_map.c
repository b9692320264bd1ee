/*
 * The map from addresses to ranges: two search trees (libc's tsearch), because mapped memory lies inside a reservation,
 * whose keys compare equal when ranges overlap, so that a search for one byte finds the range around it. A short memory
 * of freed ranges makes messages about stale pointers useful.
 *
 * Lock: `g_lock` guards everything here; a leaf.
 */
#include <search.h>
#include <stdlib.h>

#include "engine/memory.h"

enum { FREED = 64 };

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static void *g_ranges, *g_reserved;
static mc_range g_freed[FREED];
static unsigned g_freed_next;
static _Atomic uint64_t g_number;
static _Atomic uint64_t g_version = 1; /* written under the lock */

uint64_t mc_map_version(void) { return atomic_load_explicit(&g_version, memory_order_acquire); }

uint64_t mc_map_next_number(void) { return atomic_fetch_add(&g_number, 1) + 1; }

static int compare(const void *left, const void *right) {
  const mc_range *a = left, *b = right;
  if (a->start + (a->size == 0 ? 1 : a->size) <= b->start) {
    return -1;
  }
  return b->start + (b->size == 0 ? 1 : b->size) <= a->start ? 1 : 0;
}

static void **tree_of(mc_range_kind kind) { return kind == MC_RANGE_RESERVED ? &g_reserved : &g_ranges; }

bool mc_map_insert(const mc_range *range) {
  mc_range *copy = malloc(sizeof *copy);
  if (copy == NULL) {
    return false;
  }
  *copy = *range;
  pthread_mutex_lock(&g_lock);
  mc_range *const *place = tsearch(copy, tree_of(range->kind), compare);
  const bool inserted = place != NULL && *place == copy;
  pthread_mutex_unlock(&g_lock);
  if (!inserted) {
    free(copy);
  }
  return inserted;
}

/* Called with g_lock held. */
static const mc_range *find(uintptr_t address) {
  const mc_range key = {.start = address, .size = 1};
  const mc_range *const *place = tfind(&key, &g_ranges, compare);
  if (place == NULL) {
    place = tfind(&key, &g_reserved, compare);
  }
  return place == NULL ? NULL : *place;
}

static bool copy_found(uintptr_t address, mc_range *range) {
  const mc_range *found = find(address);
  if (found != NULL) {
    *range = *found;
  }
  return found != NULL;
}

bool mc_map_find(uintptr_t address, mc_range *range) {
  pthread_mutex_lock(&g_lock);
  const bool found = copy_found(address, range);
  pthread_mutex_unlock(&g_lock);
  return found;
}

bool mc_map_try_find(uintptr_t address, mc_range *range) {
  if (pthread_mutex_trylock(&g_lock) != 0) {
    return false;
  }
  const bool found = copy_found(address, range);
  pthread_mutex_unlock(&g_lock);
  return found;
}

bool mc_map_overlaps(uintptr_t address, size_t size) {
  const mc_range key = {.start = address, .size = size};
  pthread_mutex_lock(&g_lock);
  const bool found = tfind(&key, &g_ranges, compare) != NULL;
  pthread_mutex_unlock(&g_lock);
  return found;
}

bool mc_map_remove(uintptr_t address, mc_range_kind kind, mc_range *range) {
  const mc_range key = {.start = address, .size = 1};
  mc_range *dead = NULL;
  pthread_mutex_lock(&g_lock);
  mc_range *const *place = tfind(&key, tree_of(kind), compare);
  if (place != NULL && (*place)->kind == kind && (*place)->start == address) {
    dead = *place;
    *range = *dead;
    tdelete(dead, tree_of(kind), compare);
    atomic_fetch_add_explicit(&g_version, 1, memory_order_release);
    if (kind == MC_RANGE_DEVICE) {
      g_freed[g_freed_next++ % FREED] = *range;
    }
  }
  pthread_mutex_unlock(&g_lock);
  free(dead);
  return dead != NULL;
}

bool mc_map_find_freed(uintptr_t address, mc_range *range) {
  bool found = false;
  pthread_mutex_lock(&g_lock);
  for (unsigned i = 1; i <= FREED && !found; ++i) {
    const mc_range *r = &g_freed[(g_freed_next - i) % FREED];
    found = r->size > 0 && address - r->start < r->size;
    *range = found ? *r : *range;
  }
  pthread_mutex_unlock(&g_lock);
  return found;
}
