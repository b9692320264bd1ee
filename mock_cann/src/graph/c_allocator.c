/* The engine's idea of an allocator over C functions. */
#include "graph/c_allocator.h"

#include <stdlib.h>

static void *give(const mc_c_allocator *c, void *block, void **address) {
  if (block != NULL) {
    *address = c->address(block);
  }
  return block;
}

static void *allocate(void *self, size_t size, void **address) {
  const mc_c_allocator *c = self;
  return give(c, c->allocate(c->object, size), address);
}

static void *advise(void *self, size_t size, void *wanted, void **address) {
  const mc_c_allocator *c = self;
  return give(c, c->advise(c->object, size, wanted), address);
}

static void give_back(void *self, void *block) {
  const mc_c_allocator *c = self;
  c->free(c->object, block);
}

bool mc_c_allocator_register(const void *stream, const mc_c_allocator *functions) {
  mc_c_allocator *copy = malloc(sizeof *copy);
  if (copy == NULL) {
    return false;
  }
  *copy = *functions;
  const mc_allocator allocator = {
      .self = copy, .allocate = allocate, .free = give_back, .advise = copy->advise == NULL ? NULL : advise};
  const mc_owner owner = {.self = copy, .drop = free};
  return mc_allocator_register(stream, &allocator, owner);
}

const mc_c_allocator *mc_c_allocator_find(const void *stream) {
  mc_allocator allocator;
  void *token = NULL;
  const mc_c_allocator *found = NULL;
  if (mc_allocator_find(stream, &allocator, &token)) {
    found = allocator.allocate == allocate ? allocator.self : NULL;
    mc_allocator_release(token);
  }
  return found;
}
