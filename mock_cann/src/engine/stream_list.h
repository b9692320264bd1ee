/* Lists of ready streams, through the streams themselves: a stream is in one list at most. The scheduler's lock guards
 * them. */
#ifndef MC_ENGINE_STREAM_LIST_H
#define MC_ENGINE_STREAM_LIST_H

#include "engine/internal.h"

typedef struct stream_list {
  mc_stream *first, *last;
} stream_list;

static inline void list_append(stream_list *list, mc_stream *s) {
  s->in_list = true;
  s->list_next = NULL;
  *(list->last == NULL ? &list->first : &list->last->list_next) = s;
  list->last = s;
}

/* Takes the n-th stream out; NULL when there are not as many. */
static inline mc_stream *list_take(stream_list *list, int n) {
  mc_stream *before = NULL, *s = list->first;
  while (n-- > 0 && s != NULL) {
    before = s;
    s = s->list_next;
  }
  if (s == NULL) {
    return NULL;
  }
  *(before == NULL ? &list->first : &before->list_next) = s->list_next;
  list->last = list->last == s ? before : list->last;
  s->list_next = NULL;
  s->in_list = false;
  return s;
}

/* Takes `s` out; false when it is not in this list. */
static inline bool list_remove(stream_list *list, const mc_stream *s) {
  int n = 0;
  for (const mc_stream *o = list->first; o != NULL; o = o->list_next, ++n) {
    if (o == s) {
      list_take(list, n);
      return true;
    }
  }
  return false;
}

/* Moves all of `from` behind `list`. */
static inline void list_splice(stream_list *list, stream_list *from) {
  if (from->first != NULL) {
    *(list->last == NULL ? &list->first : &list->last->list_next) = from->first;
    list->last = from->last;
    *from = (stream_list){NULL, NULL};
  }
}

#endif
