/*
 * Models under the ids that AscendCL's programs know: loaded ones, counted from 1 over the whole process and
 * never given twice.
 *
 * A thread that uses an entry holds a reference; unloading takes the id away at once and the model goes when
 * the last reference does. Ids end with the executor that made them: after it was finalised and made again
 * they are unknown.
 */
#ifndef MC_GRAPH_MODEL_TABLE_H
#define MC_GRAPH_MODEL_TABLE_H

#include <pthread.h>
#include <stdatomic.h>

#include "graph/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Static models keep to the way of their first execution. */
typedef enum mc_execution { MC_EXECUTION_NONE, MC_EXECUTION_SYNC, MC_EXECUTION_ASYNC } mc_execution;

typedef struct mc_model_entry {
  uint32_t id;
  mc_loaded *loaded;
  int device; /* user-visible id */
  _Atomic uint32_t priority;
  atomic_int execution; /* mc_execution */

  /* Guards what follows; a leaf. */
  pthread_mutex_t lock;
  int64_t *gear; /* values of the gear chosen last */
  int gear_count;
  mc_stream *stream; /* of synchronous execution; may be stale after a reset of the device */
  uint32_t stream_generation;

  /* model_table.c's own */
  atomic_int users;
  uint64_t epoch;
  struct mc_model_entry *next;
} mc_model_entry;

/* Takes `loaded` over, also on failure. 0 when memory is exhausted. */
uint32_t mc_model_table_add(mc_loaded *loaded, int device, uint32_t priority);
/* Retained; NULL for an unknown id. */
mc_model_entry *mc_model_table_find(uint32_t id);
void mc_model_entry_release(mc_model_entry *entry);
/* Forgets the id; waits for the model's launched work unless another thread is using the entry, which then
 * does. False for an unknown id. */
bool mc_model_table_remove(uint32_t id);

/* Remembers a gear; false when memory is exhausted. */
bool mc_model_entry_set_gear(mc_model_entry *entry, const int64_t *values, int count);
/* The shape of an output under the gear chosen last; false when none was. */
bool mc_model_entry_output_shape(mc_model_entry *entry, int index, mc_shape *shape);
/* The stream of synchronous execution, made in the current context at first use. 0 or a reported status. */
int mc_model_entry_stream(const char *function, mc_model_entry *entry, mc_stream **stream);

/* Milliseconds that synchronous execution waits in this thread, until it sets another; -1: no limit. */
void mc_execution_timeout_set(int milliseconds);
int mc_execution_timeout(void);

/* Reads a model's file. 145002 (reported) when there is no readable file; otherwise as mc_model_restore. */
int mc_model_file_check(const char *path);
int mc_model_file_restore(const char *path, mc_model **model);

#ifdef __cplusplus
}
#endif
#endif
