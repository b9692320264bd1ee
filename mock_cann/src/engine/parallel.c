/*
 * Loops shared with idle workers. The caller takes pieces like everybody else, so that a loop never waits for a thread
 * that has not started; nobody spins: the caller sleeps when only others still work on their last piece.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "engine/internal.h"

typedef struct loop {
  void (*body)(void *arg, int64_t begin, int64_t end);
  void *arg;
  int64_t count, piece;
  _Atomic int64_t next;
  pthread_mutex_t lock; /* guards left; a leaf */
  pthread_cond_t done;
  int left; /* workers that have left the loop */
} loop;

static _Thread_local bool t_inside;

static void take_pieces(loop *l) {
  t_inside = true;
  int64_t begin = 0;
  while ((begin = atomic_fetch_add(&l->next, l->piece)) < l->count) {
    const int64_t end = l->count - begin < l->piece ? l->count : begin + l->piece;
    l->body(l->arg, begin, end);
  }
  t_inside = false;
}

static void join_in(void *arg) {
  loop *l = arg;
  take_pieces(l);
  pthread_mutex_lock(&l->lock);
  ++l->left;
  pthread_cond_signal(&l->done);
  pthread_mutex_unlock(&l->lock);
}

void mc_parallel_for(int64_t count, int64_t grain, void (*body)(void *arg, int64_t begin, int64_t end), void *arg) {
  grain = grain < 1 ? 1 : grain;
  const int threads = mc_worker_limit();
  if (count <= grain || threads < 2 || t_inside) {
    if (count > 0) {
      body(arg, 0, count);
    }
    return;
  }
  /* A few pieces per thread even out what other work on the machine takes away. */
  int64_t piece = (count + 4 * threads - 1) / (4 * threads);
  piece = piece < grain ? grain : piece;
  const int64_t pieces = (count + piece - 1) / piece;
  loop l = {.body = body, .arg = arg, .count = count, .piece = piece};
  pthread_mutex_init(&l.lock, NULL);
  pthread_cond_init(&l.done, NULL);
  const int helpers = pieces - 1 < threads - 1 ? (int)(pieces - 1) : threads - 1;
  const bool lent = mc_worker_lend(join_in, &l, helpers);
  take_pieces(&l);
  if (lent) {
    const int started = mc_worker_recall();
    pthread_mutex_lock(&l.lock);
    while (l.left < started) {
      pthread_cond_wait(&l.done, &l.lock);
    }
    pthread_mutex_unlock(&l.lock);
  }
  pthread_mutex_destroy(&l.lock);
  pthread_cond_destroy(&l.done);
}
