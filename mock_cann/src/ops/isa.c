/* Which instruction set's kernels this process uses. */
#include "ops/isa.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mc_isa_level g_level; /* written once under g_once */
static pthread_once_t g_once = PTHREAD_ONCE_INIT;

static mc_isa_level best(void) {
#ifdef MC_HAVE_X86_ISA
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return MC_ISA_AVX512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return MC_ISA_AVX2;
  }
#endif
  return MC_ISA_BASELINE;
}

static void decide(void) {
  static const char *const kNames[] = {"baseline", "avx2", "avx512"};
  const char *wanted = getenv("MOCK_CANN_ISA");
  g_level = best();
  if (wanted == NULL || *wanted == '\0') {
    return;
  }
  for (int i = 0; i <= (int)g_level; ++i) {
    if (strcmp(wanted, kNames[i]) == 0) {
      g_level = (mc_isa_level)i;
      return;
    }
  }
  fprintf(stderr,
          "mock_cann: MOCK_CANN_ISA=%s is not baseline, avx2 or avx512, or this machine lacks it; using %s\n",
          wanted, kNames[g_level]);
}

mc_isa_level mc_isa(void) {
  pthread_once(&g_once, decide);
  return g_level;
}
