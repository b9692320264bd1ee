/*
 * Copies. Small ones are memcpy's; from STREAMING bytes on the destination would only push useful data out of the
 * cache, and writing four pages in turn past it keeps more of the memory's banks busy than a linear copy does.
 */
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "engine/internal.h"

enum { STREAMING = 24 << 20, PIECE = 4 << 20, PAGE = 4096, LINE = 64, GROUP = 4 * PAGE };

#if defined(__SSE2__)
static inline void stream_line(char *dst, const char *src) {
  const __m128i a = _mm_loadu_si128((const __m128i *)src);
  const __m128i b = _mm_loadu_si128((const __m128i *)(src + 16));
  const __m128i c = _mm_loadu_si128((const __m128i *)(src + 32));
  const __m128i d = _mm_loadu_si128((const __m128i *)(src + 48));
  _mm_stream_si128((__m128i *)dst, a);
  _mm_stream_si128((__m128i *)(dst + 16), b);
  _mm_stream_si128((__m128i *)(dst + 32), c);
  _mm_stream_si128((__m128i *)(dst + 48), d);
}

static void copy_streaming(char *dst, const char *src, size_t size) {
  const size_t head = (size_t)(-(uintptr_t)dst % LINE);
  memcpy(dst, src, head);
  dst += head;
  src += head;
  size -= head;
  for (; size >= GROUP; dst += GROUP, src += GROUP, size -= GROUP) {
    for (size_t at = 0; at < PAGE; at += LINE) {
      stream_line(dst + at, src + at);
      stream_line(dst + PAGE + at, src + PAGE + at);
      stream_line(dst + 2 * PAGE + at, src + 2 * PAGE + at);
      stream_line(dst + 3 * PAGE + at, src + 3 * PAGE + at);
    }
  }
  _mm_sfence();
  memcpy(dst, src, size);
}
#else
static void copy_streaming(char *dst, const char *src, size_t size) { memcpy(dst, src, size); }
#endif

typedef struct copy {
  char *dst;
  const char *src;
  size_t size;
} copy;

static void copy_pieces(void *arg, int64_t begin, int64_t end) {
  const copy *c = arg;
  const size_t from = (size_t)begin * PIECE;
  const size_t to = (size_t)end * PIECE < c->size ? (size_t)end * PIECE : c->size;
  copy_streaming(c->dst + from, c->src + from, to - from);
}

void mc_copy(void *dst, const void *src, size_t size) {
  const uintptr_t d = (uintptr_t)dst, s = (uintptr_t)src;
  if (size == 0) { /* the pointers may be NULL, which C's own functions refuse even then */
    return;
  }
  if (d - s < size || s - d < size) {
    memmove(dst, src, size);
  } else if (size < STREAMING) {
    memcpy(dst, src, size);
  } else {
    copy c = {dst, src, size};
    mc_parallel_for((int64_t)((size + PIECE - 1) / PIECE), 1, copy_pieces, &c);
  }
}
