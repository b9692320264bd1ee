/*
 * Where device memory of a load or a run comes from: the allocator registered for the stream, else the
 * graph's built-in one. The built-in allocator keeps freed blocks for later runs on the same stream, which is
 * safe because those runs come after the earlier ones in stream order.
 */
#include <pthread.h>
#include <stdlib.h>

#include "graph/session_memory.h"

struct mc_pool {
  atomic_int refs; /* the slot's one and one a block outside */
  const void *stream;
  uint32_t graph_id;
  mc_pool *next;
  pthread_mutex_t lock; /* guards the fields below; a leaf */
  mc_tensor_block *idle;
  bool dead;
};

static void pool_release(mc_pool *pool) {
  if (atomic_fetch_sub_explicit(&pool->refs, 1, memory_order_acq_rel) == 1) {
    pthread_mutex_destroy(&pool->lock);
    free(pool);
  }
}

static void free_device(mc_tensor_block *block) {
  mc_device_free("GE output", block->address);
  free(block);
}

static void pool_give_back(mc_tensor_block *block) {
  mc_pool *pool = block->pool;
  pthread_mutex_lock(&pool->lock);
  const bool dead = pool->dead;
  if (!dead) {
    block->next = pool->idle;
    pool->idle = block;
  }
  pthread_mutex_unlock(&pool->lock);
  if (dead) {
    mc_report_inner(
        "E19999",
        "Output memory at %p of graph %u was released after the graph, whose built-in allocator owned it, "
        "was removed; CANN uses a dead allocator here. Release outputs before RemoveGraph.",
        block->address, pool->graph_id);
    free_device(block);
  }
  pool_release(pool);
}

static mc_tensor_block *pool_take(mc_pool *pool, size_t size) {
  pthread_mutex_lock(&pool->lock);
  mc_tensor_block *block = NULL;
  for (mc_tensor_block **at = &pool->idle; *at != NULL; at = &(*at)->next) {
    /* A block much larger than asked for is left for those who need it. */
    if ((*at)->size >= size && (*at)->size / 2 <= size) {
      block = *at;
      *at = block->next;
      break;
    }
  }
  pthread_mutex_unlock(&pool->lock);
  if (block == NULL) {
    void *address;
    block = malloc(sizeof *block);
    if (block == NULL || mc_device_malloc("GE output", size, 0, &address) != 0) {
      free(block);
      return NULL;
    }
    *block = (mc_tensor_block){.address = address, .size = size, .give_back = pool_give_back, .pool = pool};
  }
  atomic_store_explicit(&block->refs, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&pool->refs, 1, memory_order_relaxed);
  return block;
}

static void external_give_back(mc_tensor_block *block) {
  block->allocator.free(block->allocator.self, block->handle);
  mc_allocator_release(block->token);
  free(block);
}

static mc_tensor_block *external_take(mc_source *source, size_t size, void *advice) {
  mc_tensor_block *block = malloc(sizeof *block);
  if (block == NULL) {
    return NULL;
  }
  mc_allocator *allocator = &source->allocator;
  void *address = NULL;
  void *handle = advice != NULL && allocator->advise != NULL
                     ? allocator->advise(allocator->self, size, advice, &address)
                     : allocator->allocate(allocator->self, size, &address);
  if (handle == NULL || address == NULL) {
    if (handle != NULL) {
      allocator->free(allocator->self, handle);
    }
    mc_report_inner("E19999", "The external allocator returned no memory for %zu bytes.", size);
    free(block);
    return NULL;
  }
  mc_allocator_retain(source->token);
  *block = (mc_tensor_block){.refs = 1,
                             .address = address,
                             .size = size,
                             .give_back = external_give_back,
                             .allocator = *allocator,
                             .token = source->token,
                             .handle = handle};
  return block;
}

mc_tensor_block *mc_source_take(mc_source *source, size_t size, void *advice) {
  return source->external ? external_take(source, size, advice) : pool_take(source->pool, size);
}

void mc_source_close(mc_source *source) {
  if (source->external) {
    mc_allocator_release(source->token);
  }
  *source = (mc_source){0};
}

static void *view_allocate(void *self, size_t size, void **address) {
  mc_tensor_block *block = mc_source_take(self, size, NULL);
  *address = block == NULL ? NULL : block->address;
  return block;
}

static void view_free(void *self, void *block) {
  (void)self;
  mc_tensor_block_release(block);
}

mc_allocator mc_source_view(mc_source *source) {
  return (mc_allocator){.self = source, .allocate = view_allocate, .free = view_free};
}

bool mc_source_open_external(mc_source *source, const void *stream) {
  *source = (mc_source){0};
  source->external = mc_allocator_find(stream, &source->allocator, &source->token);
  return source->external;
}

bool mc_source_open(mc_source *source, mc_slot_memory *memory, const void *stream, uint32_t graph_id) {
  if (mc_source_open_external(source, stream)) {
    return true;
  }
  for (mc_pool *pool = memory->pools; pool != NULL; pool = pool->next) {
    if (pool->stream == stream) {
      source->pool = pool;
      return true;
    }
  }
  mc_pool *pool = malloc(sizeof *pool);
  if (pool == NULL) {
    return false;
  }
  *pool = (mc_pool){.refs = 1, .stream = stream, .graph_id = graph_id, .next = memory->pools};
  pthread_mutex_init(&pool->lock, NULL);
  memory->pools = pool;
  source->pool = pool;
  return true;
}

void mc_slot_memory_free(mc_slot_memory *memory) {
  mc_tensor_block_release(memory->const_block);
  mc_tensor_block_release(memory->feature_block);
  mc_source_close(&memory->loader);
  while (memory->pools != NULL) {
    mc_pool *pool = memory->pools;
    memory->pools = pool->next;
    pthread_mutex_lock(&pool->lock);
    pool->dead = true;
    mc_tensor_block *idle = pool->idle;
    pool->idle = NULL;
    pthread_mutex_unlock(&pool->lock);
    while (idle != NULL) {
      mc_tensor_block *next = idle->next;
      free_device(idle);
      idle = next;
    }
    pool_release(pool);
  }
  *memory = (mc_slot_memory){0};
}
