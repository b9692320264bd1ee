/* Memory of the box, as the entry points of src/acl see it. See engine.h for what the layers above use. */
#ifndef MC_ENGINE_MEMORY_H
#define MC_ENGINE_MEMORY_H

#include "engine/internal.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mc_range_kind {
  MC_RANGE_DEVICE,     /* aclrtMalloc */
  MC_RANGE_HOST,       /* aclrtMallocHost: pinned */
  MC_RANGE_REGISTERED, /* the program's own memory, registered */
  MC_RANGE_RESERVED,   /* aclrtReserveMemAddress */
  MC_RANGE_MAPPED      /* physical memory mapped into a reservation */
} mc_range_kind;

/* One contiguous range of addresses with one meaning. */
typedef struct mc_range {
  uintptr_t start;
  size_t size;      /* what was asked for */
  size_t backing;   /* what it takes of the device */
  mc_range_kind kind;
  mc_device *device;
  uint32_t page;    /* bytes */
  uint64_t number;  /* counts allocations, for messages */
  void *extra;      /* REGISTERED: device pointer; MAPPED: physical handle */
} mc_range;

/* ---- address_map.c: which range an address is in ---- */
bool mc_map_insert(const mc_range *range); /* false: memory exhausted, or an overlap within the same layer */
bool mc_map_find(uintptr_t address, mc_range *range); /* mapped before reserved */
/* Removes the range that starts at `address` and is of `kind`; false when there is none. */
bool mc_map_remove(uintptr_t address, mc_range_kind kind, mc_range *range);
bool mc_map_overlaps(uintptr_t address, size_t size);
/* The newest freed device range that contained the address. */
bool mc_map_find_freed(uintptr_t address, mc_range *range);
/* For a signal handler: like mc_map_find, but gives up instead of waiting for the lock. */
bool mc_map_try_find(uintptr_t address, mc_range *range);
uint64_t mc_map_next_number(void);
/* Another one after every removal: what was found before may be gone. Never 0. */
uint64_t mc_map_version(void);

/* ---- heap.c: a device's address space and pages ---- */
typedef struct mc_heap mc_heap;
enum { MC_PAGE_NORMAL = 4096, MC_PAGE_HUGE = 2 << 20 };
#define MC_PAGE_GIGA (UINT32_C(1) << 30)

mc_heap *mc_heap_of(mc_device *device); /* opened on first use; NULL when that fails */
/* Addresses only; 0 when there is no room. `backing` bytes of memory are taken along (may be 0). */
uintptr_t mc_heap_take(mc_heap *heap, size_t size, size_t alignment, size_t backing);
void mc_heap_give(mc_heap *heap, uintptr_t address, size_t size, size_t backing);
bool mc_heap_charge(mc_heap *heap, size_t backing); /* memory without addresses */
void mc_heap_discharge(mc_heap *heap, size_t backing);
void mc_heap_usage(mc_heap *heap, uint64_t *free, uint64_t *total);
uint64_t mc_heap_peak(mc_heap *heap); /* the most that was ever in use */
/* The alias of a device address; the address must be in the heap. */
void *mc_heap_alias(const mc_heap *heap, uintptr_t address);
/* The device whose address space holds the address, allocated or not; NULL otherwise. */
mc_device *mc_heap_owner(uintptr_t address);

/* ---- memory.c ---- */
int mc_device_malloc_on(const char *function, mc_device *device, size_t size, int policy, void **address);
int mc_host_malloc(const char *function, size_t size, void **address);
int mc_host_free(const char *function, void *address);
int mc_host_register(const char *function, void *address, size_t size, void **device_pointer);
int mc_host_unregister(const char *function, void *address);

/* ---- fault.c ---- */
void mc_fault_watch(void); /* a host access to device memory stops the program with a message */

#ifdef __cplusplus
}
#endif
#endif
