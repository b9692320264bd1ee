/* Address space and memory taken separately: reserve, create physical memory, map, unmap. */
#ifndef MC_ENGINE_VIRTUAL_MEMORY_H
#define MC_ENGINE_VIRTUAL_MEMORY_H

#include "engine/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_physical mc_physical;

int mc_address_reserve(const char *function, size_t size, void **address);
int mc_address_release(const char *function, void *address);
int mc_physical_create(const char *function, mc_device *device, size_t size, uint32_t page, int attribute,
                       mc_physical **handle);
int mc_physical_destroy(const char *function, mc_physical *handle);
bool mc_physical_valid(const mc_physical *handle);
size_t mc_physical_size(const mc_physical *handle);
mc_device *mc_physical_device(const mc_physical *handle);
int mc_physical_attribute(const mc_physical *handle);
int mc_map_physical(const char *function, void *address, size_t size, mc_physical *handle);
int mc_unmap_physical(const char *function, void *address);

#ifdef __cplusplus
}
#endif
#endif
