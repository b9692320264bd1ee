/* Bump allocation with one owner: what a plan needs lives and dies together. Not thread-safe. */
#ifndef MC_BASE_ARENA_H
#define MC_BASE_ARENA_H

#include <stddef.h>

typedef struct mc_arena {
  struct mc_arena_block *blocks;
  size_t used, size; /* of the newest block */
  size_t total;      /* bytes handed out */
} mc_arena;

/* Zeroed and 64-byte aligned; NULL when memory is exhausted. Zero-initialise the arena before first use. */
void *mc_arena_alloc(mc_arena *arena, size_t size);
char *mc_arena_strdup(mc_arena *arena, const char *text);
void mc_arena_free(mc_arena *arena);

#endif
