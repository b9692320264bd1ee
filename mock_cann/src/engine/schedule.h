/*
 * What the files of the scheduler share: the lists of ready streams and who looks at them.
 *
 * Lock: `mc_ready.lock` guards the lists, the workers' state, the lent job and the choice of the schedule. It is the
 * innermost of the engine's locks; nothing runs while it is held.
 */
#ifndef MC_ENGINE_SCHEDULE_H
#define MC_ENGINE_SCHEDULE_H

#include "engine/stream_list.h"

typedef enum mc_schedule_kind { MC_CONCURRENT, MC_DEFERRED, MC_RANDOM } mc_schedule_kind;

typedef struct mc_ready_streams {
  pthread_mutex_t lock;
  stream_list now;
  stream_list later; /* ready too, but left alone until a worker has slept or done other work */
} mc_ready_streams;
extern mc_ready_streams mc_ready;

/* schedule_choice.c */
mc_schedule_kind mc_schedule_kind_get(void); /* no lock needed: it is set before the first work */
void mc_schedule_begin(void);                /* from now on the choice is made; nothing the second time */
uint64_t mc_schedule_draw(uint64_t below);   /* with the lock: the next of the random schedule's numbers */

/* scheduler.c */
mc_stream *mc_ready_take(void); /* with the lock: the oldest stream that still has work nobody runs; or NULL */

/* workers.c */
void mc_worker_begin(void);      /* before the first work; nothing the second time */
void mc_worker_wake(void);       /* with the lock: a worker looks as soon as it can */
bool mc_worker_is_ticking(void); /* with the lock: whether one looks at the next tick in any case */

#endif
