/* Allocators given as C functions (aclrtAllocatorRegister), in the same registry by stream as GE's. */
#ifndef MC_GRAPH_C_ALLOCATOR_H
#define MC_GRAPH_C_ALLOCATOR_H

#include "graph/session.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_c_allocator {
  void *object;
  void *(*allocate)(void *object, size_t size); /* a block */
  void (*free)(void *object, void *block);
  void *(*advise)(void *object, size_t size, void *address); /* may be NULL */
  void *(*address)(void *block);
} mc_c_allocator;

/* Copies; replaces what was registered for the stream. False when memory is exhausted. */
bool mc_c_allocator_register(const void *stream, const mc_c_allocator *functions);
/* What was registered here for the stream, valid until it is replaced or unregistered; NULL when nothing was,
 * or through GE. */
const mc_c_allocator *mc_c_allocator_find(const void *stream);

#ifdef __cplusplus
}
#endif
#endif
