/* The text aclGetRecentErrMsg hands out: it belongs to the thread until its next call. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"

static pthread_key_t g_key;
static pthread_once_t g_once = PTHREAD_ONCE_INIT;

static void start(void) { pthread_key_create(&g_key, free); }

const char *mc_report_recent(void) {
  if (!mc_process_usable()) {
    return "the process was forked after the runtime was used; start the child with spawn, or exec";
  }
  pthread_once(&g_once, start);
  char *before = pthread_getspecific(g_key);
  char *text = mc_report_take();
  if (mc_context_current() == NULL && before != NULL) {
    /* Without a context CANN keeps the former text and puts what is new in front of it. */
    if (text == NULL) {
      return before;
    }
    char *joined = malloc(strlen(text) + strlen(before) + 1);
    if (joined != NULL) {
      strcat(strcpy(joined, text), before);
      free(text);
      text = joined;
    }
  }
  pthread_setspecific(g_key, text);
  free(before);
  return text;
}
