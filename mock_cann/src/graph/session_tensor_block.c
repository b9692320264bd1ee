/* Blocks: one reference-counted piece of memory behind an output tensor, wherever it came from. */
#include <stdlib.h>

#include "graph/session_memory.h"

#define HOST_ALIGNMENT 64

void *mc_tensor_block_address(const mc_tensor_block *block) {
  return block->address;
}

void mc_tensor_block_retain(mc_tensor_block *block) {
  atomic_fetch_add_explicit(&block->refs, 1, memory_order_relaxed);
}

void mc_tensor_block_release(mc_tensor_block *block) {
  if (block != NULL && atomic_fetch_sub_explicit(&block->refs, 1, memory_order_acq_rel) == 1) {
    block->give_back(block);
  }
}

static void free_joined(mc_tensor_block *block) {
  free(block);
}

static void free_adopted(mc_tensor_block *block) {
  free(block->address);
  free(block);
}

mc_tensor_block *mc_tensor_block_host(size_t size) {
  /* One allocation: the block, then the data on the next aligned address; cheaper than asking for alignment.
   */
  if (size > SIZE_MAX - sizeof(mc_tensor_block) - HOST_ALIGNMENT) {
    return NULL;
  }
  mc_tensor_block *block = malloc(sizeof *block + HOST_ALIGNMENT + size);
  if (block != NULL) {
    const uintptr_t data = ((uintptr_t)(block + 1) + HOST_ALIGNMENT - 1) / HOST_ALIGNMENT * HOST_ALIGNMENT;
    *block = (mc_tensor_block){.refs = 1, .address = (void *)data, .size = size, .give_back = free_joined};
  }
  return block;
}

mc_tensor_block *mc_tensor_block_adopt(void *memory, size_t size) {
  mc_tensor_block *block = malloc(sizeof *block);
  if (block == NULL) {
    free(memory);
    return NULL;
  }
  *block = (mc_tensor_block){.refs = 1, .address = memory, .size = size, .give_back = free_adopted};
  return block;
}
