/* Counters of the process, and their names in mock_cann.h. */
#include "watch/counts.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "mock_cann.h"

static _Atomic uint64_t g_counts[MC_COUNTS];

static const char *const kNames[MC_COUNTS] = {
    [MC_COUNT_MODEL_RUNS] = "model-runs",
    [MC_COUNT_OPERATOR_RUNS] = "operator-runs",
    [MC_COUNT_ACLNN_RUNS] = "aclnn-runs",
    [MC_COUNT_OPERATOR_BUILDS] = "operator-builds",
    [MC_COUNT_PLANS] = "plans",
};

void mc_count_add(mc_count count) { atomic_fetch_add_explicit(&g_counts[count], 1, memory_order_relaxed); }

long long mock_cann_count(const char *what) {
  for (int i = 0; what != NULL && i < MC_COUNTS; ++i) {
    if (strcmp(kNames[i], what) == 0) {
      return (long long)atomic_load_explicit(&g_counts[i], memory_order_relaxed);
    }
  }
  return -1;
}
