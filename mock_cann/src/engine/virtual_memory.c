/*
 * Physical memory is an anonymous file, so that it can be mapped into the alias of any reservation, and more than once.
 *
 * Lock: `g_lock` guards the list of physical handles and their counts of mappings; outer to the address map's and the
 * heap's.
 */
#define _GNU_SOURCE
#include "engine/virtual_memory.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct mc_physical {
  struct mc_physical *next;
  mc_device *device;
  size_t size;
  uint32_t page;
  int attribute;
  int file;
  int mappings;
  bool destroyed; /* its memory goes with the last mapping */
};

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static mc_physical *g_handles;

static size_t round_up(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

int mc_address_reserve(const char *function, size_t size, void **address) {
  mc_context *context = NULL;
  const int status = mc_context_require(function, &context);
  if (status != MC_OK) {
    return status;
  }
  mc_heap *heap = mc_heap_of(context->device);
  mc_range range = {.kind = MC_RANGE_RESERVED, .device = context->device, .page = MC_PAGE_HUGE};
  range.size = size > SIZE_MAX / 4 ? 0 : round_up(size, MC_PAGE_HUGE);
  range.start = heap == NULL || range.size == 0 ? 0 : mc_heap_take(heap, range.size, MC_PAGE_HUGE, 0);
  range.number = mc_map_next_number();
  if (range.start == 0 || !mc_map_insert(&range)) {
    if (range.start != 0) {
      mc_heap_give(heap, range.start, range.size, 0);
    }
    return mc_fail(MC_RT_OUT_OF_MEMORY, "EE1021", function, MC_TEXT("%zu bytes of address space are not free", size));
  }
  *address = (void *)range.start;
  return MC_OK;
}

int mc_address_release(const char *function, void *address) {
  mc_range range;
  if (!mc_map_find((uintptr_t)address, &range) || range.start != (uintptr_t)address) {
    return mc_fail(MC_RT_PARAM, "EE1011", function, MC_TEXT("%p", address), "virPtr",
                   "it is not the start of a reservation");
  }
  if (range.kind == MC_RANGE_RESERVED && mc_map_overlaps(range.start, range.size)) {
    return mc_fail(MC_RT_PARAM, "EE1011", function, MC_TEXT("%p", address), "virPtr", "memory is mapped into it");
  }
  if (range.kind != MC_RANGE_RESERVED || !mc_map_remove(range.start, MC_RANGE_RESERVED, &range)) {
    return mc_fail(MC_RT_PARAM, "EE1011", function, MC_TEXT("%p", address), "virPtr",
                   "it is no reservation, or memory is mapped at its start");
  }
  mc_heap_give(mc_heap_of(range.device), range.start, range.size, 0);
  return MC_OK;
}

int mc_physical_create(const char *function, mc_device *device, size_t size, uint32_t page, int attribute,
                       mc_physical **handle) {
  mc_heap *heap = mc_heap_of(device);
  if (size % page != 0) {
    return mc_fail(MC_RT_PARAM, "EE1003", function, MC_TEXT("%zu", size), "size",
                   MC_TEXT("a multiple of the granularity, %u", page));
  }
  if (heap == NULL || !mc_heap_charge(heap, size)) {
    return mc_fail(MC_RT_OUT_OF_MEMORY, "EE1021", function, MC_TEXT("%zu bytes of device memory are not free", size));
  }
  mc_physical *p = calloc(1, sizeof *p);
  const int file = p == NULL ? -1 : memfd_create("mock_cann", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, (off_t)size) != 0) {
    if (file >= 0) {
      close(file);
    }
    free(p);
    mc_heap_discharge(heap, size);
    return mc_fail(MC_RT_RESOURCE, "EE1023", function, "the host cannot back the memory");
  }
  *p = (mc_physical){.device = device, .size = size, .page = page, .attribute = attribute, .file = file};
  pthread_mutex_lock(&g_lock);
  p->next = g_handles;
  g_handles = p;
  pthread_mutex_unlock(&g_lock);
  *handle = p;
  return MC_OK;
}

/* Called with g_lock held. */
static mc_physical **find(const mc_physical *handle) {
  mc_physical **place = &g_handles;
  while (*place != NULL && *place != handle) {
    place = &(*place)->next;
  }
  return place;
}

bool mc_physical_valid(const mc_physical *handle) {
  pthread_mutex_lock(&g_lock);
  const mc_physical *found = *find(handle);
  const bool valid = found != NULL && !found->destroyed;
  pthread_mutex_unlock(&g_lock);
  return valid;
}

size_t mc_physical_size(const mc_physical *handle) { return handle->size; }
mc_device *mc_physical_device(const mc_physical *handle) { return handle->device; }
int mc_physical_attribute(const mc_physical *handle) { return handle->attribute; }

/* Called with g_lock held: frees the memory once nobody can reach it. */
static void collect(mc_physical *p) {
  if (!p->destroyed || p->mappings > 0) {
    return;
  }
  mc_physical **place = find(p);
  *place = p->next;
  mc_heap_discharge(mc_heap_of(p->device), p->size);
  close(p->file);
  free(p);
}

int mc_physical_destroy(const char *function, mc_physical *handle) {
  pthread_mutex_lock(&g_lock);
  mc_physical *p = *find(handle);
  const bool valid = p != NULL && !p->destroyed;
  if (valid) {
    p->destroyed = true;
    collect(p);
  }
  pthread_mutex_unlock(&g_lock);
  return valid ? MC_OK
               : mc_fail(MC_RT_PARAM, "EE1011", function, MC_TEXT("%p", (void *)handle), "handle",
                         "it was freed or is no memory of aclrtMallocPhysical");
}

static const char *map_problem(uintptr_t at, size_t size, const mc_physical *p) {
  mc_range range;
  if (p == NULL || p->destroyed) {
    return "the handle was freed or is no memory of aclrtMallocPhysical";
  }
  if (size != p->size) {
    return "the size differs from the memory's";
  }
  if (!mc_map_find(at, &range) || range.kind == MC_RANGE_DEVICE || at % MC_PAGE_NORMAL != 0) {
    return "the address is in no reservation";
  }
  if (range.kind == MC_RANGE_MAPPED || mc_map_overlaps(at, size)) {
    return "memory is mapped there already";
  }
  return range.start + range.size - at < size ? "it reaches past the end of the reservation" : NULL;
}

int mc_map_physical(const char *function, void *address, size_t size, mc_physical *handle) {
  const uintptr_t at = (uintptr_t)address;
  pthread_mutex_lock(&g_lock);
  mc_physical *p = *find(handle);
  const char *problem = map_problem(at, size, p);
  if (problem == NULL) {
    mc_device *owner = mc_heap_owner(at);
    void *alias = mc_heap_alias(mc_heap_of(owner), at);
    const mc_range range = {.start = at,
                            .size = size,
                            .backing = size,
                            .kind = MC_RANGE_MAPPED,
                            .device = owner,
                            .page = p->page,
                            .number = mc_map_next_number(),
                            .extra = p};
    if (mmap(alias, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, p->file, 0) == MAP_FAILED ||
        !mc_map_insert(&range)) {
      problem = "the host cannot map the memory";
    } else {
      ++p->mappings;
    }
  }
  pthread_mutex_unlock(&g_lock);
  return problem == NULL ? MC_OK : mc_fail(MC_RT_PARAM, "EE1011", function, MC_TEXT("%p", address), "virPtr", problem);
}

int mc_unmap_physical(const char *function, void *address) {
  mc_range range;
  if (!mc_map_remove((uintptr_t)address, MC_RANGE_MAPPED, &range)) {
    return mc_fail(MC_RT_PARAM, "EE1011", function, MC_TEXT("%p", address), "virPtr", "no mapping starts there");
  }
  void *alias = mc_heap_alias(mc_heap_of(range.device), range.start);
  mmap(alias, range.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  pthread_mutex_lock(&g_lock);
  mc_physical *p = range.extra;
  --p->mappings;
  collect(p);
  pthread_mutex_unlock(&g_lock);
  return MC_OK;
}
