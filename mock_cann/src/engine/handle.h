/*
 * Handles of the API that point at our objects. Each kind has a region of address space that is reserved once and never
 * given back, so that any pointer a program passes can be judged without following it: outside the region, off the slot
 * grid, or a slot that is not alive is a stale or foreign handle.
 */
#ifndef MC_ENGINE_HANDLE_H
#define MC_ENGINE_HANDLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum mc_kind { MC_KIND_CONTEXT, MC_KIND_STREAM, MC_KIND_EVENT, MC_KIND_NOTIFY, MC_KIND_COUNT } mc_kind;

/* First member of every object. The generation tells two lives of one slot apart. */
typedef struct mc_object {
  _Atomic uint32_t alive;
  uint32_t generation;
  /* Survives the slot's lives: whoever still holds a stale pointer may look at it (a stream's consumer role). */
  _Atomic int gate;
  /* Survives too: threads that may be about to touch more than the gate. The gate's destroyer waits for them. */
  _Atomic int visitors;
  struct mc_object *next_free;
} mc_object;

/* A zeroed slot of at least `size` bytes (the same for every call of a kind), not yet alive; NULL when exhausted. */
void *mc_handle_new(mc_kind kind, size_t size);
/* From here on mc_handle_valid answers true. */
void mc_handle_publish(void *object);
/* Marks the slot dead; it is reused as late as possible so that stale handles are recognised. */
void mc_handle_free(mc_kind kind, void *object);
/* False for one that is dead already: exactly one of several threads that destroy a handle succeeds. */
bool mc_handle_retire(void *object);

bool mc_handle_valid(mc_kind kind, const void *handle);

#endif
