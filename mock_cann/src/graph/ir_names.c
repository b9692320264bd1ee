/* A hash table from node names to nodes: graphs of tens of thousands of nodes are loaded by name. */
#include "graph/codec.h"

#include <stdlib.h>
#include <string.h>

struct mc_names {
  mc_node **slots; /* open addressing; capacity is a power of two */
  size_t capacity, used;
};

static size_t hash(const char *text) {
  uint64_t value = UINT64_C(0xcbf29ce484222325);
  for (; *text != 0; ++text) {
    value = (value ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
  }
  return (size_t)(value ^ value >> 29);
}

struct mc_names *mc_names_create(void) { return calloc(1, sizeof(struct mc_names)); }

void mc_names_destroy(struct mc_names *names) {
  if (names != NULL) {
    free(names->slots);
    free(names);
  }
}

static size_t slot_of(const struct mc_names *names, const char *name) {
  size_t slot = hash(name) & (names->capacity - 1);
  while (names->slots[slot] != NULL && strcmp(names->slots[slot]->name, name) != 0) {
    slot = (slot + 1) & (names->capacity - 1);
  }
  return slot;
}

mc_node *mc_names_find(const struct mc_names *names, const char *name) {
  return names->capacity == 0 ? NULL : names->slots[slot_of(names, name)];
}

bool mc_names_add(struct mc_names *names, mc_node *node) {
  if (names->used * 2 >= names->capacity) {
    const struct mc_names old = *names;
    struct mc_names grown = {.capacity = old.capacity == 0 ? 16 : old.capacity * 2, .used = old.used};
    grown.slots = calloc(grown.capacity, sizeof *grown.slots);
    if (grown.slots == NULL) {
      return false;
    }
    for (size_t i = 0; i < old.capacity; ++i) {
      if (old.slots[i] != NULL) {
        grown.slots[slot_of(&grown, old.slots[i]->name)] = old.slots[i];
      }
    }
    free(old.slots);
    *names = grown;
  }
  names->slots[slot_of(names, node->name)] = node;
  names->used += 1;
  return true;
}

void mc_names_remove(struct mc_names *names, mc_node *node) {
  size_t slot = slot_of(names, node->name);
  if (names->slots[slot] != node) {
    return;
  }
  /* Close the gap: what follows in the run may have been displaced by the slot that becomes free. */
  names->slots[slot] = NULL;
  names->used -= 1;
  for (slot = (slot + 1) & (names->capacity - 1); names->slots[slot] != NULL;
       slot = (slot + 1) & (names->capacity - 1)) {
    mc_node *moved = names->slots[slot];
    names->slots[slot] = NULL;
    names->slots[slot_of(names, moved->name)] = moved;
  }
}
