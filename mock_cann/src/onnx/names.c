/* Names of ONNX values, to values: one table a scope. */
#include <string.h>

#include "onnx/import.h"

static size_t hash(const char *text) {
  uint64_t value = UINT64_C(0xcbf29ce484222325);
  for (; *text != 0; ++text) {
    value = (value ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
  }
  return (size_t)(value ^ value >> 29);
}

static size_t slot_of(const mc_on_names *names, const char *name) {
  size_t slot = hash(name) & (names->capacity - 1);
  while (names->slots[slot].name != NULL && strcmp(names->slots[slot].name, name) != 0) {
    slot = (slot + 1) & (names->capacity - 1);
  }
  return slot;
}

mc_val *mc_on_names_find(const mc_on_names *names, const char *name) {
  return names->capacity == 0 ? NULL : names->slots[slot_of(names, name)].value;
}

bool mc_on_names_put(mc_import *import, mc_on_names *names, const char *name, mc_val *value) {
  if (names->used * 2 >= names->capacity) {
    const mc_on_names old = *names;
    names->capacity = old.capacity == 0 ? 16 : old.capacity * 2;
    names->slots = mc_arena_alloc(&import->arena, names->capacity * sizeof *names->slots);
    if (names->slots == NULL) {
      *names = old;
      return false;
    }
    for (size_t i = 0; i < old.capacity; ++i) {
      if (old.slots[i].name != NULL) {
        names->slots[slot_of(names, old.slots[i].name)] = old.slots[i];
      }
    }
  }
  const size_t slot = slot_of(names, name);
  names->used += names->slots[slot].name == NULL;
  names->slots[slot].name = name;
  names->slots[slot].value = value;
  return true;
}

mc_val *mc_scope_find(mc_on_scope *scope, const char *name) {
  for (; scope != NULL; scope = scope->outer) {
    mc_val *value = mc_on_names_find(&scope->names, name);
    if (value != NULL) {
      return value;
    }
  }
  return NULL;
}
