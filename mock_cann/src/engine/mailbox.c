/*
 * Mailboxes.
 *
 * Lock: mailbox->lock guards its list and counters; a leaf, never held while a letter is executed.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/callback.h"

/* One call. Shared by the mailbox and, when a stream's task waits for it, by that task. */
typedef struct letter {
  struct letter *next;
  mc_host_function function;
  void *args;
  mc_stream *stream; /* to be scheduled afterwards; NULL: nobody waits */
  _Atomic bool done;
  _Atomic int references;
} letter;

struct mc_mailbox {
  pthread_mutex_t lock;
  pthread_cond_t filled;
  letter *first, **last;
  bool closed;
  int references;
};

static void release_letter(letter *l) {
  if (atomic_fetch_sub(&l->references, 1) == 1) {
    free(l);
  }
}

static void release(mc_mailbox *m) {
  pthread_mutex_lock(&m->lock);
  const bool last = --m->references == 0;
  letter *left = last ? m->first : NULL;
  pthread_mutex_unlock(&m->lock);
  if (!last) {
    return;
  }
  while (left != NULL) {
    letter *next = left->next;
    release_letter(left);
    left = next;
  }
  pthread_mutex_destroy(&m->lock);
  pthread_cond_destroy(&m->filled);
  free(m);
}

/* The oldest letter, waiting for one until the deadline; NULL when none came. */
static letter *receive(mc_mailbox *m, int64_t deadline) {
  const struct timespec at = {deadline / 1000000000, deadline % 1000000000};
  int result = 0;
  pthread_mutex_lock(&m->lock);
  while (m->first == NULL && !m->closed && result != ETIMEDOUT) {
    result = deadline == INT64_MAX ? pthread_cond_wait(&m->filled, &m->lock)
                                   : pthread_cond_timedwait(&m->filled, &m->lock, &at);
  }
  letter *l = m->first;
  if (l != NULL) {
    m->first = l->next;
    m->last = m->first == NULL ? &m->first : m->last;
  }
  pthread_mutex_unlock(&m->lock);
  return l;
}

static void execute(letter *l) {
  mc_stream *stream = l->stream;
  l->function(l->args);
  atomic_store(&l->done, true);
  if (stream != NULL) {
    mc_schedule(stream);
  }
  release_letter(l);
}

bool mc_mailbox_pump(mc_mailbox *m, int64_t deadline) {
  letter *l = receive(m, deadline);
  const bool any = l != NULL;
  while (l != NULL) {
    execute(l);
    l = receive(m, 0);
  }
  return any;
}

static void *serve(void *arg) {
  mc_mailbox *m = arg;
  while (mc_mailbox_pump(m, INT64_MAX)) {
  }
  release(m);
  return NULL;
}

mc_mailbox *mc_mailbox_create(bool with_thread) {
  mc_mailbox *m = calloc(1, sizeof *m);
  if (m == NULL) {
    return NULL;
  }
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&m->filled, &monotonic);
  pthread_condattr_destroy(&monotonic);
  pthread_mutex_init(&m->lock, NULL);
  m->last = &m->first;
  m->references = with_thread ? 2 : 1;
  pthread_t thread;
  if (with_thread && pthread_create(&thread, NULL, serve, m) != 0) {
    m->references = 1;
    release(m);
    return NULL;
  }
  if (with_thread) {
    pthread_detach(thread);
  }
  return m;
}

void mc_mailbox_close(mc_mailbox *m) {
  pthread_mutex_lock(&m->lock);
  m->closed = true;
  pthread_cond_broadcast(&m->filled);
  pthread_mutex_unlock(&m->lock);
  release(m);
}

static void send(mc_mailbox *m, letter *l) {
  pthread_mutex_lock(&m->lock);
  l->next = NULL;
  *m->last = l;
  m->last = &l->next;
  pthread_cond_signal(&m->filled);
  pthread_mutex_unlock(&m->lock);
}

static letter *new_letter(mc_host_function function, void *args, mc_stream *stream, int references) {
  letter *l = calloc(1, sizeof *l);
  if (l != NULL) {
    l->function = function;
    l->args = args;
    l->stream = stream;
    atomic_init(&l->references, references);
  }
  return l;
}

bool mc_mailbox_post(mc_mailbox *m, mc_host_function function, void *args) {
  letter *l = new_letter(function, args, NULL, 1);
  if (l != NULL) {
    send(m, l);
  }
  return l != NULL;
}

/* payload: 0 the letter, 1 the mailbox, 2 sent, 3 block. The task owns one reference of each. */
static int run_call(mc_task *task, mc_stream *stream) {
  (void)stream;
  letter *l = (letter *)(uintptr_t)task->payload[0];
  const bool block = task->payload[3] != 0;
  if (task->payload[2] == 0) {
    task->payload[2] = 1;
    atomic_fetch_add(&l->references, 1);
    send((mc_mailbox *)(uintptr_t)task->payload[1], l);
  }
  return !block || atomic_load(&l->done) ? MC_OK : MC_TASK_BLOCKED;
}

static void drop_call(mc_task *task) {
  release_letter((letter *)(uintptr_t)task->payload[0]);
  release((mc_mailbox *)(uintptr_t)task->payload[1]);
}

int mc_launch_through(const char *name, mc_stream *stream, mc_mailbox *m, mc_host_function function, void *args,
                      bool block) {
  letter *l = new_letter(function, args, block ? stream : NULL, 1);
  if (l == NULL) {
    return mc_fail(MC_RT_RESOURCE, "EE1013", MC_TEXT("%zu", sizeof *l), "calloc");
  }
  pthread_mutex_lock(&m->lock);
  ++m->references;
  pthread_mutex_unlock(&m->lock);
  const mc_task task = {
      .run = run_call,
      .drop = drop_call,
      .name = "host function",
      /* Another thread has to run it: better soon. */
      .cost_ns = 100000,
      .payload = {(uintptr_t)l, (uintptr_t)m, 0, block},
  };
  return mc_stream_launch(name, stream, &task);
}
