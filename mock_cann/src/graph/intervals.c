/*
 * Memory by lifetime: buffers are placed one by one, each into the smallest gap that is free during its life. Which
 * order is best depends on the network, so three are tried: largest first (near the largest live set on networks of
 * blocks), by size times life, and by time.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "graph/program.h"

enum { ALIGN = 64, TRY_ALL = 4096 };

typedef struct item {
  int index;
  size_t size;
  int first, last;
  size_t offset;
} item;

static int by_time(const void *a, const void *b) {
  const item *x = a, *y = b;
  if (x->first != y->first) {
    return x->first < y->first ? -1 : 1;
  }
  return x->last != y->last ? (x->last > y->last ? -1 : 1) : x->index - y->index;
}

static int by_size(const void *a, const void *b) {
  const item *x = a, *y = b;
  return x->size != y->size ? (x->size > y->size ? -1 : 1) : by_time(a, b);
}

static int by_life(const void *a, const void *b) {
  const item *x = a, *y = b;
  const double p = (double)x->size * (x->last - x->first + 1), q = (double)y->size * (y->last - y->first + 1);
  return p != q ? (p > q ? -1 : 1) : x->index - y->index;
}

/* `placed` is sorted by offset; gaps are what lies between those that live at the same time. */
static size_t find_offset(const item *it, item *const *placed, int count) {
  size_t best = SIZE_MAX, best_gap = SIZE_MAX, end = 0;
  for (int i = 0; i < count; ++i) {
    const item *other = placed[i];
    if (other->last < it->first || other->first > it->last) {
      continue;
    }
    if (other->offset > end && other->offset - end >= it->size && other->offset - end < best_gap) {
      best_gap = other->offset - end;
      best = end;
    }
    if (other->offset + other->size > end) {
      end = other->offset + other->size;
    }
  }
  return best == SIZE_MAX ? end : best;
}

static size_t place(item *items, int count, int (*order)(const void *, const void *), item **placed) {
  qsort(items, (size_t)count, sizeof *items, order);
  size_t total = 0;
  for (int i = 0; i < count; ++i) {
    item *it = &items[i];
    it->offset = find_offset(it, placed, i);
    int at = i;
    for (; at > 0 && placed[at - 1]->offset > it->offset; --at) {
      placed[at] = placed[at - 1];
    }
    placed[at] = it;
    total = it->offset + it->size > total ? it->offset + it->size : total;
  }
  return total;
}

static void take(mc_interval *intervals, const item *items, int count) {
  for (int i = 0; i < count; ++i) {
    intervals[items[i].index].offset = items[i].offset;
  }
}

size_t mc_place_intervals(mc_interval *intervals, int count) {
  item *items = malloc(((size_t)count + 1) * sizeof *items);
  item **placed = malloc(((size_t)count + 1) * sizeof *placed);
  size_t total = SIZE_MAX;
  if (items != NULL && placed != NULL) {
    for (int i = 0; i < count; ++i) {
      items[i] = (item){.index = i, .size = (intervals[i].size + ALIGN - 1) / ALIGN * ALIGN,
                        .first = intervals[i].first, .last = intervals[i].last};
    }
    int (*const orders[])(const void *, const void *) = {by_size, by_life, by_time};
    for (int i = 0; i < (count <= TRY_ALL ? 3 : 1); ++i) {
      const size_t needed = place(items, count, orders[i], placed);
      if (needed < total) {
        total = needed;
        take(intervals, items, count);
      }
    }
  }
  free(items);
  free(placed);
  return total;
}
