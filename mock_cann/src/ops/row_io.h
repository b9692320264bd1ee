/* Rows of any floating-point type seen as rows of float: converted through a buffer, or in place when they
 * are float. */
#ifndef MC_OPS_ROW_IO_H
#define MC_OPS_ROW_IO_H

#include "ops/convert.h"

/* Elements converted at a time; a multiple of every vector width. */
enum { MC_ROW_CHUNK = 1024 };

typedef struct mc_row_io {
  mc_convert *load, *store; /* NULL: float already */
  size_t in_size, out_size;
} mc_row_io;

static inline mc_row_io mc_row_io_make(int in_dtype, int out_dtype) {
  return (mc_row_io){.load = in_dtype == MC_FLOAT ? NULL : mc_convert_for(in_dtype, MC_FLOAT),
                     .store = out_dtype == MC_FLOAT ? NULL : mc_convert_for(MC_FLOAT, out_dtype),
                     .in_size = mc_dtype_size(in_dtype),
                     .out_size = mc_dtype_size(out_dtype)};
}

/* Elements that may be handled in one go: all when nothing is converted. */
static inline int64_t mc_row_step(const mc_row_io *io, int64_t n) {
  return (io->load != NULL || io->store != NULL) && n > MC_ROW_CHUNK ? MC_ROW_CHUNK : n;
}

/* Elements [at, at + n) of the row at x as floats, either where they are or in buffer. */
static inline const float *mc_row_load(const mc_row_io *io, const void *x, int64_t at, int64_t n,
                                       float *buffer) {
  const void *from = (const char *)x + (size_t)at * io->in_size;
  if (io->load == NULL) {
    return from;
  }
  io->load(from, buffer, n);
  return buffer;
}

/* Where to put the results of elements [at, ...): the row at y itself, or buffer. */
static inline float *mc_row_target(const mc_row_io *io, void *y, int64_t at, float *buffer) {
  return io->store == NULL ? (float *)(void *)((char *)y + (size_t)at * io->out_size) : buffer;
}

/* Brings results that were put into buffer to the row at y. */
static inline void mc_row_store(const mc_row_io *io, const float *buffer, void *y, int64_t at, int64_t n) {
  if (io->store != NULL) {
    io->store(buffer, (char *)y + (size_t)at * io->out_size, n);
  }
}

#endif
