/*
 * A device's memory: an address space the host may not touch and, at a constant distance, an alias of the same length
 * that the engine works on. Addresses are handed out first-fit from a list of free stretches sorted by address; memory
 * is an account: it is limited by the profile and backed by the host only where it is used.
 *
 * Lock: heap->lock guards the account and the free list; `g_lock` guards opening. Both are leaves.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/memory.h"

typedef struct stretch {
  uintptr_t start;
  size_t size;
} stretch;

struct mc_heap {
  pthread_mutex_t lock;
  mc_device *device;
  uintptr_t base;
  size_t length;
  ptrdiff_t alias; /* add to a device address */
  uint64_t used, total, peak;
  stretch *free;
  size_t count, capacity;
};

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(mc_heap *) g_heaps[MC_MAX_DEVICES];
/* The opened ones again, without gaps: most processes use one, and every address is looked up here. */
static mc_heap *g_opened[MC_MAX_DEVICES];
static _Atomic int g_opened_count;

static void *reserve(size_t length, int protection) {
  void *memory = mmap(NULL, length, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

static mc_heap *open_heap(void) {
  mc_heap *heap = calloc(1, sizeof *heap);
  if (heap == NULL) {
    return NULL;
  }
  heap->total = mc_profile_get()->memory;
  /* Twice the memory, so that stretches between live allocations never make a request fail that memory allows. */
  heap->length = 2 * heap->total + MC_PAGE_HUGE;
  char *hidden = reserve(heap->length, PROT_NONE);
  char *alias = reserve(heap->length, PROT_READ | PROT_WRITE);
  heap->free = malloc(16 * sizeof *heap->free);
  if (hidden == NULL || alias == NULL || heap->free == NULL) {
    if (hidden != NULL) {
      munmap(hidden, heap->length);
    }
    if (alias != NULL) {
      munmap(alias, heap->length);
    }
    free(heap->free);
    free(heap);
    return NULL;
  }
  madvise(alias, heap->length, MADV_DONTDUMP);
  pthread_mutex_init(&heap->lock, NULL);
  heap->base = (uintptr_t)hidden;
  heap->alias = (char *)alias - hidden;
  heap->capacity = 16;
  heap->count = 1;
  const uintptr_t start = (heap->base + MC_PAGE_HUGE - 1) / MC_PAGE_HUGE * MC_PAGE_HUGE;
  heap->free[0] = (stretch){start, heap->length - (start - heap->base)};
  return heap;
}

mc_heap *mc_heap_of(mc_device *device) {
  mc_heap *heap = atomic_load(&g_heaps[device->id]);
  if (heap == NULL) {
    mc_fault_watch();
    pthread_mutex_lock(&g_lock);
    heap = atomic_load(&g_heaps[device->id]);
    if (heap == NULL) {
      heap = open_heap();
      if (heap != NULL) {
        heap->device = device;
        g_opened[g_opened_count] = heap;
        atomic_fetch_add(&g_opened_count, 1);
      }
      atomic_store(&g_heaps[device->id], heap);
    }
    pthread_mutex_unlock(&g_lock);
  }
  return heap;
}

mc_device *mc_heap_owner(uintptr_t address) {
  const int count = atomic_load_explicit(&g_opened_count, memory_order_acquire);
  for (int i = 0; i < count; ++i) {
    if (address - g_opened[i]->base < g_opened[i]->length) {
      return g_opened[i]->device;
    }
  }
  return NULL;
}

void *mc_heap_alias(const mc_heap *heap, uintptr_t address) { return (void *)(address + (uintptr_t)heap->alias); }

void mc_heap_usage(mc_heap *heap, uint64_t *free_bytes, uint64_t *total) {
  pthread_mutex_lock(&heap->lock);
  *free_bytes = heap->total - heap->used;
  *total = heap->total;
  pthread_mutex_unlock(&heap->lock);
}

uint64_t mc_heap_peak(mc_heap *heap) {
  pthread_mutex_lock(&heap->lock);
  const uint64_t peak = heap->peak;
  pthread_mutex_unlock(&heap->lock);
  return peak;
}

/* Called with the lock held. */
static void charge(mc_heap *heap, size_t backing) {
  heap->used += backing;
  heap->peak = heap->used > heap->peak ? heap->used : heap->peak;
}

bool mc_heap_charge(mc_heap *heap, size_t backing) {
  pthread_mutex_lock(&heap->lock);
  const bool room = backing <= heap->total - heap->used;
  charge(heap, room ? backing : 0);
  pthread_mutex_unlock(&heap->lock);
  return room;
}

void mc_heap_discharge(mc_heap *heap, size_t backing) {
  pthread_mutex_lock(&heap->lock);
  heap->used -= backing;
  pthread_mutex_unlock(&heap->lock);
}

/* Called with the lock held: room for one more stretch. */
static bool reserve_entry(mc_heap *heap) {
  if (heap->count < heap->capacity) {
    return true;
  }
  stretch *grown = realloc(heap->free, 2 * heap->capacity * sizeof *grown);
  if (grown == NULL) {
    return false;
  }
  heap->free = grown;
  heap->capacity *= 2;
  return true;
}

static void insert_at(mc_heap *heap, size_t index, stretch s) {
  memmove(heap->free + index + 1, heap->free + index, (heap->count - index) * sizeof s);
  heap->free[index] = s;
  ++heap->count;
}

static void remove_at(mc_heap *heap, size_t index) {
  --heap->count;
  memmove(heap->free + index, heap->free + index + 1, (heap->count - index) * sizeof *heap->free);
}

uintptr_t mc_heap_take(mc_heap *heap, size_t size, size_t alignment, size_t backing) {
  uintptr_t address = 0;
  pthread_mutex_lock(&heap->lock);
  if (backing <= heap->total - heap->used && reserve_entry(heap)) {
    for (size_t i = 0; i < heap->count && address == 0; ++i) {
      const stretch s = heap->free[i];
      const uintptr_t start = (s.start + alignment - 1) / alignment * alignment;
      if (start < s.start || start - s.start > s.size || s.size - (start - s.start) < size) {
        continue;
      }
      const size_t before = start - s.start, after = s.size - before - size;
      address = start;
      if (before == 0 && after == 0) {
        remove_at(heap, i);
      } else if (before == 0) {
        heap->free[i] = (stretch){start + size, after};
      } else {
        heap->free[i].size = before;
        if (after > 0) {
          insert_at(heap, i + 1, (stretch){start + size, after});
        }
      }
    }
    charge(heap, address == 0 ? 0 : backing);
  }
  pthread_mutex_unlock(&heap->lock);
  return address;
}

void mc_heap_give(mc_heap *heap, uintptr_t address, size_t size, size_t backing) {
  /* Pages go back to the host; contents do not survive, as on a box where memory is handed to somebody else. */
  if (size >= 16 * MC_PAGE_NORMAL) {
    madvise(mc_heap_alias(heap, address), size, MADV_DONTNEED);
  }
  pthread_mutex_lock(&heap->lock);
  size_t low = 0, high = heap->count;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (heap->free[middle].start < address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const bool joins_left = low > 0 && heap->free[low - 1].start + heap->free[low - 1].size == address;
  const bool joins_right = low < heap->count && address + size == heap->free[low].start;
  if (joins_left) {
    heap->free[low - 1].size += size;
    if (joins_right) {
      heap->free[low - 1].size += heap->free[low].size;
      remove_at(heap, low);
    }
  } else if (joins_right) {
    heap->free[low] = (stretch){address, heap->free[low].size + size};
  } else if (reserve_entry(heap)) {
    /* Without an entry the addresses (not the memory) are lost, of which there are twice as many as needed. */
    insert_at(heap, low, (stretch){address, size});
  }
  heap->used -= backing;
  pthread_mutex_unlock(&heap->lock);
}
