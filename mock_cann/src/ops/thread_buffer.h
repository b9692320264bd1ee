/* Scratch memory of the calling thread: it stays warm in that core's cache from one piece of work to the
 * next. */
#ifndef MC_OPS_THREAD_BUFFER_H
#define MC_OPS_THREAD_BUFFER_H

#include <stddef.h>

/* At least `size` bytes, 64-byte aligned, with unspecified contents, valid until the thread asks again; freed
 * when the thread ends. NULL when memory is exhausted. */
void *mc_thread_buffer(size_t size);

#endif
