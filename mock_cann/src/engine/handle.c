/*
 * One region a kind, slots of one size, a first-in-first-out free list.
 *
 * Lock: `g_lock` guards the free lists and the fill marks; a leaf.
 */
#include "engine/handle.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

enum { REGION = 1 << 28, SMALLEST_SLOT = 64, REUSE_AFTER = 256, ROOT_PIECE = 1 << 16 };

typedef struct region {
  char *base;
  size_t slot;
  _Atomic size_t used;
  mc_object *oldest_free, *newest_free;
  size_t free_count;
} region;

/* Present when a leak checker is linked in: what live objects point to is not lost. */
__attribute__((weak)) void __lsan_register_root_region(const void *begin, size_t size);

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static region g_regions[MC_KIND_COUNT];

/* Called with g_lock held. */
static bool open_region(region *r, size_t size) {
  if (r->base != NULL) {
    return true;
  }
  void *base = mmap(NULL, REGION, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) {
    return false;
  }
  r->slot = SMALLEST_SLOT; /* a power of two, so that every call's check needs no division */
  while (r->slot < size) {
    r->slot *= 2;
  }
  __atomic_store_n(&r->base, (char *)base, __ATOMIC_RELEASE);
  return true;
}

/* Called with g_lock held: tells a leak checker of the part of the region that has just come into use. */
static void tell_leak_checker(const region *r, size_t used) {
  if (__lsan_register_root_region != NULL && used / ROOT_PIECE != (used + r->slot) / ROOT_PIECE) {
    __lsan_register_root_region(r->base + (used + r->slot) / ROOT_PIECE * ROOT_PIECE, ROOT_PIECE);
  } else if (__lsan_register_root_region != NULL && used == 0) {
    __lsan_register_root_region(r->base, ROOT_PIECE);
  }
}

void *mc_handle_new(mc_kind kind, size_t size) {
  region *r = &g_regions[kind];
  mc_object *object = NULL;
  pthread_mutex_lock(&g_lock);
  if (open_region(r, size)) {
    const bool full = r->used + r->slot > REGION;
    if (r->free_count > REUSE_AFTER || (full && r->free_count > 0)) {
      object = r->oldest_free;
      r->oldest_free = object->next_free;
      --r->free_count;
    } else if (!full) {
      object = (mc_object *)(r->base + r->used);
      tell_leak_checker(r, r->used);
      r->used += r->slot;
    }
  }
  pthread_mutex_unlock(&g_lock);
  if (object != NULL) {
    const uint32_t generation = object->generation + 1;
    memset((char *)object + sizeof *object, 0, r->slot - sizeof *object);
    object->generation = generation;
    object->next_free = NULL;
  }
  return object;
}

void mc_handle_publish(void *object) { atomic_store(&((mc_object *)object)->alive, 1); }

bool mc_handle_retire(void *object) { return atomic_exchange(&((mc_object *)object)->alive, 0) == 1; }

void mc_handle_free(mc_kind kind, void *object) {
  region *r = &g_regions[kind];
  mc_object *o = object;
  atomic_store(&o->alive, 0);
  pthread_mutex_lock(&g_lock);
  o->next_free = NULL;
  if (r->free_count++ == 0) {
    r->oldest_free = o;
  } else {
    r->newest_free->next_free = o;
  }
  r->newest_free = o;
  pthread_mutex_unlock(&g_lock);
}

bool mc_handle_valid(mc_kind kind, const void *handle) {
  region *r = &g_regions[kind];
  const char *base = __atomic_load_n(&r->base, __ATOMIC_ACQUIRE);
  const size_t offset = (size_t)((const char *)handle - base);
  return base != NULL && offset < atomic_load_explicit(&r->used, memory_order_relaxed) && (offset & (r->slot - 1)) == 0 &&
         atomic_load_explicit(&((const mc_object *)handle)->alive, memory_order_acquire) == 1;
}
