/* Copies and fills as work: at once or on a stream, with CANN's rules about where memory is. */
#ifndef MC_ENGINE_TRANSFER_H
#define MC_ENGINE_TRANSFER_H

#include "engine/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

/* aclrtMemcpyKind */
enum { MC_H2H, MC_H2D, MC_D2H, MC_D2D, MC_COPY_DEFAULT, MC_COPY_BUFFER, MC_COPY_INNER, MC_COPY_INTER };

typedef struct mc_rect {
  void *dst;
  const void *src;
  size_t dst_pitch, src_pitch, width, height;
} mc_rect;

int mc_transfer_now(const char *function, const mc_rect *rect);
int mc_transfer_on(const char *function, const mc_rect *rect, mc_stream *stream);

/* A pattern of 1 or 4 bytes. */
int mc_fill_now(const char *function, void *address, uint32_t value, size_t unit, size_t count);
int mc_fill_on(const char *function, void *address, uint32_t value, size_t unit, size_t count, mc_stream *stream);

/* What the locations of both ends make of the kind; *blocking: one end is pageable, the copy happens at once.
 * MC_RT_PARAM when the kind cannot be meant, MC_RT_NOT_SUPPORTED for host to host. */
int mc_transfer_kind(const char *function, const void *dst, const void *src, int kind, bool *blocking);

#ifdef __cplusplus
}
#endif
#endif
