/* One growing buffer per thread, kept in thread-specific data so that it is freed with its thread. */
#include "ops/thread_buffer.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

enum { ALIGN = 64, LEAST = 64 << 10 };

typedef struct buffer {
  size_t size;
  char *memory;
} buffer;

static pthread_key_t g_key; /* created once under g_once */
static pthread_once_t g_once = PTHREAD_ONCE_INIT;
static int g_key_failed;

static void free_buffer(void *arg) {
  buffer *b = arg;
  free(b->memory);
  free(b);
}

static void create_key(void) {
  g_key_failed = pthread_key_create(&g_key, free_buffer);
}

void *mc_thread_buffer(size_t size) {
  pthread_once(&g_once, create_key);
  if (g_key_failed != 0 || size > SIZE_MAX / 2) {
    return NULL;
  }
  buffer *b = pthread_getspecific(g_key);
  if (b == NULL) {
    b = calloc(1, sizeof(*b));
    if (b == NULL || pthread_setspecific(g_key, b) != 0) {
      free(b);
      return NULL;
    }
  }
  if (b->memory == NULL || b->size < size) {
    const size_t wanted = ((size < LEAST ? LEAST : size) + ALIGN - 1) / ALIGN * ALIGN;
    char *memory = aligned_alloc(ALIGN, wanted);
    if (memory == NULL) {
      return NULL;
    }
    free(b->memory);
    b->memory = memory;
    b->size = wanted;
  }
  return b->memory;
}
