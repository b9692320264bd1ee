/* The memory planner on random lifetimes: nothing that lives at once overlaps, and little is wasted. */
#include "check.h"
#include "graph/program.h"

static size_t rounded(size_t size) { return (size + 63) / 64 * 64; }

/* The largest total of what lives at one step: no plan can need less. */
static size_t largest_live_set(const mc_interval *intervals, int count, int steps) {
  size_t largest = 0;
  for (int step = 0; step < steps; ++step) {
    size_t live = 0;
    for (int i = 0; i < count; ++i) {
      live += intervals[i].first <= step && step <= intervals[i].last ? rounded(intervals[i].size) : 0;
    }
    largest = live > largest ? live : largest;
  }
  return largest;
}

static void check_plan(const mc_interval *intervals, int count, size_t total) {
  for (int i = 0; i < count; ++i) {
    CHECK(intervals[i].offset % 64 == 0);
    CHECK(intervals[i].offset + intervals[i].size <= total);
    for (int k = 0; k < i; ++k) {
      const mc_interval *a = &intervals[i], *b = &intervals[k];
      const bool together = a->first <= b->last && b->first <= a->last;
      const bool apart = a->offset + a->size <= b->offset || b->offset + b->size <= a->offset;
      CHECK(!together || apart || a->size == 0 || b->size == 0);
    }
  }
}

static void random_lifetimes_never_overlap(void) {
  random_state random = {4711};
  for (int round = 0; round < 300; ++round) {
    mc_interval intervals[120];
    const int count = (int)random_below(&random, 120) + 1, steps = 60;
    for (int i = 0; i < count; ++i) {
      const int first = (int)random_below(&random, (uint64_t)steps);
      const int last = first + (int)random_below(&random, (uint64_t)(steps - first));
      intervals[i] = (mc_interval){.size = random_below(&random, 5) == 0 ? 0 : random_below(&random, 100000), .first = first, .last = last};
    }
    const size_t total = mc_place_intervals(intervals, count);
    check_plan(intervals, count, total);
    CHECK(total >= largest_live_set(intervals, count, steps));
  }
}

/* A network as they are: a chain whose tensors shrink, with residual connections over a few steps. */
static void a_residual_network_wastes_less_than_a_tenth(void) {
  random_state random = {11};
  for (int round = 0; round < 50; ++round) {
    mc_interval intervals[400];
    int count = 0;
    size_t size = 1 << 20;
    const int blocks = 16;
    for (int block = 0; block < blocks; ++block) {
      if (block % 4 == 3) {
        size /= 2;
      }
      const int at = block * 4;
      intervals[count++] = (mc_interval){.size = size, .first = at, .last = at + 4}; /* the residual */
      intervals[count++] = (mc_interval){.size = size / (1 + random_below(&random, 2)), .first = at + 1, .last = at + 2};
      intervals[count++] = (mc_interval){.size = size, .first = at + 2, .last = at + 3};
      intervals[count++] = (mc_interval){.size = size, .first = at + 3, .last = at + 4};
    }
    const size_t total = mc_place_intervals(intervals, count);
    check_plan(intervals, count, total);
    const size_t least = largest_live_set(intervals, count, blocks * 4 + 1);
    CHECK(total <= least + least / 10);
  }
}

/* Lifetimes of a random network: every operator reads one to three of the results before it, mostly late ones. */
static int random_network(random_state *random, mc_interval *intervals, int nodes, int kind) {
  for (int i = 0; i < nodes; ++i) {
    const size_t size = kind == 0   ? random_below(random, 100000) + 1
                        : kind == 1 ? (size_t)1 << (10 + random_below(random, 8))
                                    : 65536 * (1 + random_below(random, 4));
    intervals[i] = (mc_interval){.size = size, .first = i, .last = i + 1};
    for (uint64_t reads = random_below(random, 3) + 1; reads > 0; --reads) {
      const int back = random_below(random, 8) == 0 ? (int)random_below(random, 64) : (int)random_below(random, 6);
      const int from = i - 1 - back;
      if (from >= 0 && intervals[from].last < i) {
        intervals[from].last = i;
      }
    }
  }
  return nodes;
}

static void random_networks_waste_less_than_a_tenth(void) {
  random_state random = {2024};
  for (int round = 0; round < 600; ++round) {
    mc_interval intervals[500];
    const int count = random_network(&random, intervals, 20 + (int)random_below(&random, 480), round % 3);
    const size_t total = mc_place_intervals(intervals, count);
    check_plan(intervals, count, total);
    const size_t least = largest_live_set(intervals, count, count + 1);
    CHECK(total <= least + least / 10);
  }
}

static void nothing_needs_nothing(void) {
  CHECK_INT(mc_place_intervals(NULL, 0), 0);
}

int main(void) {
  random_lifetimes_never_overlap();
  a_residual_network_wastes_less_than_a_tenth();
  random_networks_waste_less_than_a_tenth();
  nothing_needs_nothing();
  return 0;
}
