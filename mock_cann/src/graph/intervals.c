/*
 * Memory by lifetime: buffers are placed one by one, each into the smallest gap that is free during its life. Which
 * order is best depends on the network, so three are tried: largest first (near the largest live set on networks of
 * blocks), by size times life, and by time. Where all of them waste more than a few hundredths of what lives at once at
 * most, the buffers that stick out go first in another round, as long as that may help.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "graph/program.h"

enum { ALIGN = 64, ROUNDS = 16, PATIENT = 200, MANY = 500 };

typedef struct item {
  int index;
  size_t size;
  int first, last;
  size_t offset;
  int rank; /* in another round: lowest first */
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

static int by_rank(const void *a, const void *b) {
  const item *x = a, *y = b;
  return x->rank != y->rank ? (x->rank < y->rank ? -1 : 1) : x->index - y->index;
}

/*
 * Which placed buffers live at the same time as another: those alive when it begins, and those that begin while it
 * lives. The first are found in a tree over the steps, where a life is cut into the few largest nodes that cover it; the
 * second in a list by first step. So placing costs what there is to look at, not the square of the buffers.
 */
typedef struct overlaps {
  item *items;
  int steps, leaves;  /* leaves: a power of two */
  int *begins, *next; /* by step, by item: -1 ends */
  int *node;          /* by node of the tree: first entry */
  struct entry {
    int item, next;
  } *entries;
  int n_entries;
  item **found;
  bool lowest; /* take the lowest gap that fits, not the smallest */
} overlaps;

static void forget(overlaps *o) {
  for (int i = 0; i < o->steps; ++i) {
    o->begins[i] = -1;
  }
  for (int i = 0; i < 2 * o->leaves; ++i) {
    o->node[i] = -1;
  }
  o->n_entries = 0;
}

static bool prepare(overlaps *o, item *items, int count) {
  int depth = 1;
  *o = (overlaps){.items = items, .leaves = 1};
  for (int i = 0; i < count; ++i) {
    o->steps = items[i].last >= o->steps ? items[i].last + 1 : o->steps;
  }
  for (; o->leaves < o->steps; o->leaves *= 2) {
    ++depth;
  }
  const size_t n = (size_t)count + 1;
  o->begins = malloc(((size_t)o->steps + 1) * sizeof *o->begins);
  o->next = malloc(n * sizeof *o->next);
  o->node = malloc(2 * (size_t)o->leaves * sizeof *o->node);
  o->entries = malloc(n * 2 * (size_t)depth * sizeof *o->entries);
  o->found = malloc(n * sizeof *o->found);
  return o->begins != NULL && o->next != NULL && o->node != NULL && o->entries != NULL && o->found != NULL;
}

static void release(overlaps *o) {
  free(o->begins);
  free(o->next);
  free(o->node);
  free(o->entries);
  free(o->found);
}

static void add(overlaps *o, int index) {
  const item *it = &o->items[index];
  o->next[index] = o->begins[it->first];
  o->begins[it->first] = index;
  for (int low = it->first + o->leaves, high = it->last + o->leaves + 1; low < high; low /= 2, high /= 2) {
    for (int side = 0; side < 2; ++side) {
      if ((side == 0 ? low : high) % 2 == 1) {
        const int node = side == 0 ? low++ : --high;
        o->entries[o->n_entries] = (struct entry){index, o->node[node]};
        o->node[node] = o->n_entries++;
      }
    }
  }
}

static int by_offset(const void *a, const void *b) {
  const item *x = *(item *const *)a, *y = *(item *const *)b;
  return x->offset != y->offset ? (x->offset < y->offset ? -1 : 1) : x->index - y->index;
}

/* What lives at the same time, by offset. */
static int find(overlaps *o, const item *it) {
  int count = 0;
  for (int node = it->first + o->leaves; node > 0; node /= 2) {
    for (int e = o->node[node]; e >= 0; e = o->entries[e].next) {
      o->found[count++] = &o->items[o->entries[e].item];
    }
  }
  for (int step = it->first + 1; step <= it->last; ++step) {
    for (int index = o->begins[step]; index >= 0; index = o->next[index]) {
      o->found[count++] = &o->items[index];
    }
  }
  qsort(o->found, (size_t)count, sizeof *o->found, by_offset);
  return count;
}

/* A gap between those that live at the same time, or the end. */
static size_t find_offset(overlaps *o, const item *it) {
  size_t best = SIZE_MAX, best_gap = SIZE_MAX, end = 0;
  const int count = find(o, it);
  for (int i = 0; i < count; ++i) {
    const item *other = o->found[i];
    if (other->offset > end && other->offset - end >= it->size &&
        (o->lowest ? best == SIZE_MAX : other->offset - end < best_gap)) {
      best_gap = other->offset - end;
      best = end;
    }
    if (other->offset + other->size > end) {
      end = other->offset + other->size;
    }
  }
  return best == SIZE_MAX ? end : best;
}

static size_t place(overlaps *o, int count, int (*order)(const void *, const void *)) {
  qsort(o->items, (size_t)count, sizeof *o->items, order);
  forget(o);
  size_t total = 0;
  for (int i = 0; i < count; ++i) {
    item *it = &o->items[i];
    it->offset = find_offset(o, it);
    add(o, i);
    total = it->offset + it->size > total ? it->offset + it->size : total;
  }
  return total;
}

static void take(mc_interval *intervals, const item *items, int count) {
  for (int i = 0; i < count; ++i) {
    intervals[items[i].index].offset = items[i].offset;
  }
}

/* What lives at the busiest step: no plan can need less. SIZE_MAX / 2 without memory. */
static size_t busiest(const item *items, int count, int steps) {
  size_t *change = calloc(2 * (size_t)steps + 4, sizeof *change); /* by step: bytes that come, bytes that go */
  size_t most = 0, live = 0;
  if (change == NULL) {
    return SIZE_MAX / 2;
  }
  for (int i = 0; i < count; ++i) {
    change[2 * items[i].first] += items[i].size;
    change[2 * items[i].last + 3] += items[i].size;
  }
  for (int step = 0; step < steps; ++step) {
    live += change[2 * step];
    live -= change[2 * step + 1];
    most = live > most ? live : most;
  }
  free(change);
  return most;
}

/* Buffers above `bound` go before others: before all of them, or half of those that went before; otherwise the order
 * stays. */
static void promote(item *items, int count, size_t bound, bool all) {
  for (int i = 0; i < count; ++i) {
    const bool sticks_out = items[i].offset + items[i].size > bound;
    items[i].rank = !sticks_out ? 2 * i : all ? i - count : i - 1;
  }
}

/* How many more rounds a plan of this size is worth; those of large graphs cost more. */
static int rounds_for(size_t total, size_t bound, int count) {
  const int patient = count <= MANY ? PATIENT : PATIENT / (count / MANY);
  return total > bound + bound / 11 ? patient : total > bound + bound / 50 && patient > ROUNDS ? ROUNDS : 0;
}

size_t mc_place_intervals(mc_interval *intervals, int count) {
  item *items = malloc(((size_t)count + 1) * sizeof *items);
  overlaps o = {0};
  size_t total = SIZE_MAX;
  for (int i = 0; items != NULL && i < count; ++i) {
    items[i] = (item){.index = i, .size = (intervals[i].size + ALIGN - 1) / ALIGN * ALIGN,
                      .first = intervals[i].first, .last = intervals[i].last};
  }
  if (items != NULL && prepare(&o, items, count)) {
    int (*const orders[])(const void *, const void *) = {by_size, by_life, by_time};
    const size_t bound = busiest(items, count, o.steps);
    for (int start = 0; start < 3 && total > bound; ++start) {
      for (int round = 0; round <= rounds_for(total, bound, count); ++round) {
        if (round > 0) {
          promote(items, count, bound, round % 3 == 0);
        }
        o.lowest = round % 2 == 1;
        const size_t needed = place(&o, count, round == 0 ? orders[start] : by_rank);
        if (needed < total) {
          total = needed;
          take(intervals, items, count);
        }
      }
    }
  }
  release(&o);
  free(items);
  return total;
}
