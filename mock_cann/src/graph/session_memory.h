/*
 * Memory that sessions hand out or hold: blocks of outputs, the registered allocators, and the built-in
 * allocator of a loaded graph ("pool"), one a stream. Locks here are leaves; user allocators are called with
 * none held.
 */
#ifndef MC_GRAPH_SESSION_MEMORY_H
#define MC_GRAPH_SESSION_MEMORY_H

#include <stdatomic.h>

#include "graph/session.h"

typedef struct mc_pool mc_pool;

struct mc_tensor_block {
  atomic_int refs;
  void *address;
  size_t size;
  void (*give_back)(mc_tensor_block *block); /* called at the last release; frees the struct too */
  mc_pool *pool;                             /* of the built-in allocator */
  mc_tensor_block *next;                     /* in the pool's list of idle blocks */
  mc_allocator allocator;                    /* the user's */
  void *token, *handle;
};

/* Host memory, 64-byte aligned; NULL when exhausted. */
mc_tensor_block *mc_tensor_block_host(size_t size);
/* Takes over memory of the malloc family, also on failure (NULL). */
mc_tensor_block *mc_tensor_block_adopt(void *memory, size_t size);

/* Where the device memory of one load or run comes from. */
typedef struct mc_source {
  bool external;
  mc_allocator allocator; /* the user's, kept alive by `token` */
  void *token;
  mc_pool *pool;
} mc_source;

/* A block of `size` bytes; `advice` is the address wished for, or NULL. NULL (reported) when there is no
 * memory. */
mc_tensor_block *mc_source_take(mc_source *source, size_t size, void *advice);
void mc_source_close(mc_source *source);
/* The source as the loaded model's allocator: outputs of dynamic graphs; blocks it hands out are
 * mc_tensor_block. */
mc_allocator mc_source_view(mc_source *source);
/* GE's rule for outputs: rounded up to 32 bytes, and 32 more. */
static inline size_t mc_output_room(size_t size) {
  return (size + 31) / 32 * 32 + 32;
}

/* Device memory a slot holds. Used with the slot's turn. */
typedef struct mc_slot_memory {
  mc_source loader; /* the allocator registered for LoadGraph's stream; zero: none */
  mc_tensor_block *const_block, *feature_block;
  void *last_feature; /* of a refreshable graph */
  mc_pool *pools;
} mc_slot_memory;

/* The allocator of `stream`: the registered one, else the slot's pool of that stream. False: memory is
 * exhausted. */
bool mc_source_open(mc_source *source, mc_slot_memory *memory, const void *stream, uint32_t graph_id);
/* The registered one only; false when there is none. */
bool mc_source_open_external(mc_source *source, const void *stream);
/* The built-in allocators are gone from here on: blocks released later are reported. */
void mc_slot_memory_free(mc_slot_memory *memory);

#endif
