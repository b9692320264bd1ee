/*
 * Exception callbacks: told on a thread of the runtime which task failed.
 *
 * Lock: `g_lock` guards the list; a leaf, released before anything is called.
 */
#include <stdlib.h>

#include "engine/callback.h"

enum { MOST = 16 };

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static mc_exception_callback g_callbacks[MOST]; /* 0: the one of aclrtSetExceptionInfoCallback */
static mc_mailbox *g_mailbox;

void mc_exception_callback_set(mc_exception_callback callback) {
  pthread_mutex_lock(&g_lock);
  g_callbacks[0] = callback;
  pthread_mutex_unlock(&g_lock);
}

static bool replace(mc_exception_callback from, mc_exception_callback to) {
  bool found = false;
  pthread_mutex_lock(&g_lock);
  for (int i = 1; i < MOST && !found; ++i) {
    found = g_callbacks[i] == from;
    g_callbacks[i] = found ? to : g_callbacks[i];
  }
  pthread_mutex_unlock(&g_lock);
  return found;
}

bool mc_exception_callback_add(mc_exception_callback callback) { return replace(NULL, callback); }
bool mc_exception_callback_remove(mc_exception_callback callback) { return replace(callback, NULL); }

static void tell(void *args) {
  mc_exception *exception = args;
  mc_exception_callback callbacks[MOST];
  pthread_mutex_lock(&g_lock);
  for (int i = 0; i < MOST; ++i) {
    callbacks[i] = g_callbacks[i];
  }
  pthread_mutex_unlock(&g_lock);
  for (int i = 0; i < MOST; ++i) {
    if (callbacks[i] != NULL) {
      callbacks[i](exception);
    }
  }
  free(exception);
}

void mc_exception_raise(const mc_exception *exception) {
  bool wanted = false;
  pthread_mutex_lock(&g_lock);
  for (int i = 0; i < MOST; ++i) {
    wanted = wanted || g_callbacks[i] != NULL;
  }
  if (wanted && g_mailbox == NULL) {
    g_mailbox = mc_mailbox_create(true);
  }
  mc_mailbox *mailbox = g_mailbox;
  pthread_mutex_unlock(&g_lock);
  mc_exception *copy = wanted && mailbox != NULL ? malloc(sizeof *copy) : NULL;
  if (copy != NULL) {
    *copy = *exception;
    if (!mc_mailbox_post(mailbox, tell, copy)) {
      free(copy);
    }
  }
}
