/* Blocks grow geometrically; large requests get a block of their own. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64, FIRST = 4096, LARGEST = 1 << 20 };

struct mc_arena_block {
  struct mc_arena_block *next;
};

void *mc_arena_alloc(mc_arena *arena, size_t size) {
  if (size > SIZE_MAX / 2) {
    return NULL;
  }
  const size_t rounded = (size + ALIGN - 1) / ALIGN * ALIGN;
  if (arena->blocks == NULL || arena->size - arena->used < rounded) {
    size_t want = arena->size == 0 ? FIRST : arena->size * 2;
    want = want > LARGEST ? LARGEST : want;
    want = want < rounded + ALIGN ? rounded + ALIGN : want;
    struct mc_arena_block *block = aligned_alloc(ALIGN, want);
    if (block == NULL) {
      return NULL;
    }
    block->next = arena->blocks;
    arena->blocks = block;
    arena->used = ALIGN;
    arena->size = want;
  }
  void *memory = (char *)arena->blocks + arena->used;
  arena->used += rounded;
  arena->total += rounded;
  return memset(memory, 0, rounded);
}

char *mc_arena_strdup(mc_arena *arena, const char *text) {
  const size_t size = strlen(text) + 1;
  char *copy = mc_arena_alloc(arena, size);
  return copy == NULL ? NULL : memcpy(copy, text, size);
}

void mc_arena_free(mc_arena *arena) {
  while (arena->blocks != NULL) {
    struct mc_arena_block *next = arena->blocks->next;
    free(arena->blocks);
    arena->blocks = next;
  }
  *arena = (mc_arena){0};
}
