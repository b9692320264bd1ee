/*
 * Device, pinned and registered memory: sizes and pages by CANN's policies, and the translation of addresses for the
 * engine.
 */
#include "engine/memory.h"

#include <stdio.h>
#include <stdlib.h>

enum { HUGE_FIRST, HUGE_ONLY, NORMAL_ONLY, HUGE_FIRST_P2P, HUGE_ONLY_P2P, NORMAL_ONLY_P2P, GIGA_ONLY, GIGA_ONLY_P2P };
enum { HUGE_FROM = 1 << 20, GUARD = MC_PAGE_NORMAL };

static size_t round_up(size_t size, size_t unit) { return (size + unit - 1) / unit * unit; }

static uint32_t page_of(size_t size, int policy) {
  switch (policy & 0xff) {
  case HUGE_ONLY:
  case HUGE_ONLY_P2P:
    return MC_PAGE_HUGE;
  case NORMAL_ONLY:
  case NORMAL_ONLY_P2P:
    return MC_PAGE_NORMAL;
  case GIGA_ONLY:
  case GIGA_ONLY_P2P:
    return MC_PAGE_GIGA;
  default:
    return size > HUGE_FROM ? MC_PAGE_HUGE : MC_PAGE_NORMAL;
  }
}

static bool falls_back(int policy) {
  const int kind = policy & 0xff;
  return kind == HUGE_FIRST || kind == HUGE_FIRST_P2P || kind > GIGA_ONLY_P2P;
}

static int out_of_memory(const char *function, mc_heap *heap, size_t size) {
  uint64_t free_bytes = 0, total = 0;
  mc_heap_usage(heap, &free_bytes, &total);
  return mc_fail(MC_RT_OUT_OF_MEMORY, "EE1021", function,
                 MC_TEXT("%zu bytes of device memory were asked for, %llu of %llu are free", size,
                         (unsigned long long)free_bytes, (unsigned long long)total));
}

int mc_device_malloc_on(const char *function, mc_device *device, size_t size, int policy, void **address) {
  mc_heap *heap = mc_heap_of(device);
  if (heap == NULL) {
    return mc_fail(MC_RT_DEVICE_SETUP, "EE1023", function, "the host has no address space left for the device");
  }
  if (size == 0 || size > SIZE_MAX / 4) {
    return out_of_memory(function, heap, size);
  }
  mc_range range = {.size = size, .kind = MC_RANGE_DEVICE, .device = device, .page = page_of(size, policy)};
  range.backing = round_up(size, range.page);
  range.start = mc_heap_take(heap, range.backing + GUARD, range.page, range.backing);
  if (range.start == 0 && range.page != MC_PAGE_NORMAL && falls_back(policy)) {
    range.page = MC_PAGE_NORMAL;
    range.backing = round_up(size, range.page);
    range.start = mc_heap_take(heap, range.backing + GUARD, range.page, range.backing);
  }
  if (range.start == 0) {
    return out_of_memory(function, heap, size);
  }
  range.number = mc_map_next_number();
  if (!mc_map_insert(&range)) {
    mc_heap_give(heap, range.start, range.backing + GUARD, range.backing);
    return mc_fail(MC_RT_RESOURCE, "EE1013", MC_TEXT("%zu", sizeof range), "malloc");
  }
  *address = (void *)range.start;
  return MC_OK;
}

int mc_device_malloc(const char *function, size_t size, int policy, void **address) {
  mc_context *context = NULL;
  const int status = mc_context_require(function, &context);
  return status == MC_OK ? mc_device_malloc_on(function, context->device, size, policy, address) : status;
}

int mc_device_free(const char *function, void *address) {
  const int status = mc_process_check(function);
  mc_range range;
  if (status != MC_OK) {
    return status;
  }
  if (mc_map_remove((uintptr_t)address, MC_RANGE_DEVICE, &range)) {
    mc_heap_give(mc_heap_of(range.device), range.start, range.backing + GUARD, range.backing);
    return MC_OK;
  }
  char inside[96];
  const char *reason = "it is no device memory that aclrtMalloc returned";
  if (mc_map_find_freed((uintptr_t)address, &range)) {
    reason = "it was freed already";
  } else if (mc_map_find((uintptr_t)address, &range) && range.kind == MC_RANGE_DEVICE) {
    reason = mc_text_format(inside, sizeof inside, "it lies %zu bytes inside an allocation; pass the start, %p",
                            (size_t)((uintptr_t)address - range.start), (void *)range.start);
  }
  return mc_fail(MC_RT_PARAM, "EE1011", function, MC_TEXT("%p", address), "devPtr", reason);
}

int mc_host_malloc(const char *function, size_t size, void **address) {
  mc_context *context = NULL;
  const int status = mc_context_require(function, &context);
  if (status != MC_OK) {
    return status;
  }
  void *memory = size > SIZE_MAX / 4 ? NULL : aligned_alloc(MC_PAGE_NORMAL, round_up(size, MC_PAGE_NORMAL));
  const mc_range range = {
      .start = (uintptr_t)memory,
      .size = size,
      .kind = MC_RANGE_HOST,
      .device = context->device,
      .page = MC_PAGE_NORMAL,
      .number = mc_map_next_number(),
  };
  if (memory == NULL || !mc_map_insert(&range)) {
    free(memory);
    return mc_fail(MC_RT_RESOURCE, "EE1013", MC_TEXT("%zu", size), "aligned_alloc");
  }
  *address = memory;
  return MC_OK;
}

int mc_host_free(const char *function, void *address) {
  const int status = mc_process_check(function);
  if (status != MC_OK) {
    return status;
  }
  mc_range range;
  if (mc_map_remove((uintptr_t)address, MC_RANGE_HOST, &range)) {
    free(address);
    return MC_OK;
  }
  const bool on_device = mc_heap_owner((uintptr_t)address) != NULL;
  return mc_fail(MC_RT_PARAM, "EE1011", function, MC_TEXT("%p", address), "hostPtr",
                 on_device ? "it is device memory; use aclrtFree" : "it is no memory that aclrtMallocHost returned");
}

int mc_host_register(const char *function, void *address, size_t size, void **device_pointer) {
  mc_context *context = NULL;
  const int status = mc_context_require(function, &context);
  if (status != MC_OK) {
    return status;
  }
  if (mc_map_overlaps((uintptr_t)address, size)) {
    return mc_fail(MC_RT_HOST_REGISTERED, "EE1011", function, MC_TEXT("%p", address), "ptr",
                   "the range, or a part of it, is registered or allocated by the runtime already");
  }
  const mc_range range = {
      .start = (uintptr_t)address,
      .size = size,
      .kind = MC_RANGE_REGISTERED,
      .device = context->device,
      .page = MC_PAGE_NORMAL,
      .number = mc_map_next_number(),
      .extra = address,
  };
  if (!mc_map_insert(&range)) {
    return mc_fail(MC_RT_RESOURCE, "EE1013", MC_TEXT("%zu", sizeof range), "malloc");
  }
  if (device_pointer != NULL) {
    *device_pointer = address;
  }
  return MC_OK;
}

int mc_host_unregister(const char *function, void *address) {
  mc_range range;
  if (!mc_map_remove((uintptr_t)address, MC_RANGE_REGISTERED, &range)) {
    return mc_fail(MC_RT_HOST_NOT_REGISTERED, "EE1011", function, MC_TEXT("%p", address), "ptr",
                   "it is not the start of a registered range");
  }
  return MC_OK;
}

mc_place mc_memory_place(const void *address) {
  mc_range range;
  if (mc_heap_owner((uintptr_t)address) != NULL) {
    return MC_PLACE_DEVICE;
  }
  return mc_map_find((uintptr_t)address, &range) ? MC_PLACE_HOST : MC_PLACE_PAGEABLE;
}

bool mc_memory_reachable(const void *address) {
  mc_range range;
  return mc_heap_owner((uintptr_t)address) != NULL ||
         (mc_map_find((uintptr_t)address, &range) && range.kind == MC_RANGE_REGISTERED);
}

/* Mapped pieces that follow each other are one stretch. The padding up to the page belongs to an allocation as far as
 * the hardware is concerned. */
static size_t room_behind(uintptr_t at, mc_range range, size_t wanted) {
  size_t room = (range.backing > range.size ? range.backing : range.size) - (at - range.start);
  while (room < wanted && range.kind == MC_RANGE_MAPPED && mc_map_find(range.start + range.size, &range) &&
         range.kind == MC_RANGE_MAPPED) {
    room += range.size;
  }
  return room;
}

/* What this thread found lately. Insertions change nothing about what is there already. */
typedef struct seen_view {
  uint64_t version; /* of the map when it was asked */
  uintptr_t address;
  size_t size;
  void *view;
} seen_view;

static seen_view *seen_at(uintptr_t address) {
  enum { SEEN = 16 };
  static _Thread_local seen_view t_seen[SEEN];
  return &t_seen[(address / MC_PAGE_NORMAL / 2 + address / 512) % SEEN]; /* pieces of one allocation, and many */
}

int mc_memory_view(const void *address, size_t size, void **view, char why[192]) {
  const uintptr_t at = (uintptr_t)address;
  const uint64_t version = mc_map_version();
  seen_view *seen = seen_at(at);
  if (seen->version == version && seen->address == at && size <= seen->size) {
    *view = seen->view;
    return MC_OK;
  }
  mc_device *owner = mc_heap_owner(at);
  mc_range range;
  if (owner == NULL) {
    if (address == NULL && size > 0) {
      snprintf(why, 192, "the address is NULL, %zu bytes are needed", size);
      return MC_RT_DEVICE_MEMORY;
    }
    *view = (void *)at;
    return MC_OK;
  }
  if (mc_map_find(at, &range) && range.kind != MC_RANGE_RESERVED) {
    if (size <= room_behind(at, range, size)) {
      *view = mc_heap_alias(mc_heap_of(owner), at);
      *seen = (seen_view){version, at, size, *view};
      return MC_OK;
    }
    snprintf(why, 192, "%zu bytes at %p reach past the end of allocation #%llu (%zu bytes at %p)", size, address,
             (unsigned long long)range.number, range.size, (void *)range.start);
  } else if (mc_map_find_freed(at, &range)) {
    snprintf(why, 192, "%p is in allocation #%llu (%zu bytes at %p), which was freed", address,
             (unsigned long long)range.number, range.size, (void *)range.start);
  } else {
    snprintf(why, 192, "%p is device memory that is in no allocation", address);
  }
  return MC_RT_DEVICE_MEMORY;
}
