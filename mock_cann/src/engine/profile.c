/*
 * The built-in profiles and the reader of their one-line form.
 *
 * Lock: `g_lock` guards the choice; a leaf. The profile never changes after mc_profile_get returned it once.
 */
#include "engine/profile.h"

#include <stdatomic.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

static const mc_profile kProfiles[] = {
    {"atlas-a2", "Ascend910B3", 8, 64 * GIB, 20, 40, 8, 192 * MIB, 1984, 65536},
    {"atlas-a3", "Ascend910_9392", 16, 64 * GIB, 24, 48, 8, 192 * MIB, 1984, 65536},
    {"atlas-300i", "Ascend310P3", 1, 24 * GIB, 8, 7, 8, 16 * MIB, 1024, 65536},
};
static const char *const kNames[] = {"atlas-a2", "atlas-a3", "atlas-300i", NULL};

static pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
static mc_profile g_profile;
static _Atomic bool g_chosen; /* from then on nothing changes any more */
static char g_problem[256];

const char *const *mc_profile_names(void) { return kNames; }

static bool parse_count(const char *text, uint64_t *value) {
  char *end = NULL;
  *value = strtoull(text, &end, 10);
  if (end == text || text[0] == '-') {
    return false;
  }
  const char *units = "KMG";
  const char *unit = *end == '\0' ? NULL : strchr(units, *end);
  if (unit != NULL) {
    *value <<= 10 * (unit - units + 1);
    ++end;
  }
  return *end == '\0' && *value > 0;
}

static bool apply(mc_profile *p, const char *key, const char *text) {
  uint64_t value = 0;
  if (strcmp(key, "soc") == 0) {
    return snprintf(p->soc, sizeof p->soc, "%s", text) < (int)sizeof p->soc;
  }
  if (!parse_count(text, &value)) {
    return false;
  }
  if (strcmp(key, "devices") == 0 && value <= 64) {
    p->devices = (int)value;
  } else if (strcmp(key, "memory") == 0 && value >= 2 * MIB && value <= 1024 * GIB) {
    p->memory = value / (2 * MIB) * (2 * MIB);
  } else if (strcmp(key, "cube_cores") == 0 && value <= 1024) {
    p->cube_cores = (int)value;
  } else if (strcmp(key, "vector_cores") == 0 && value <= 1024) {
    p->vector_cores = (int)value;
  } else if (strcmp(key, "streams") == 0 && value <= 100000) {
    p->streams = (uint32_t)value;
  } else if (strcmp(key, "events") == 0 && value <= 1000000) {
    p->events = (uint32_t)value;
  } else {
    return false;
  }
  return true;
}

static bool parse(const char *text, mc_profile *out) {
  char copy[256];
  if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy) {
    snprintf(g_problem, sizeof g_problem, "MOCK_CANN_PROFILE is longer than %zu characters", sizeof copy - 1);
    return false;
  }
  char *rest = copy;
  const char *name = strsep(&rest, ",");
  const mc_profile *base = NULL;
  for (size_t i = 0; i < sizeof kProfiles / sizeof *kProfiles; ++i) {
    base = strcmp(kProfiles[i].name, name) == 0 ? &kProfiles[i] : base;
  }
  if (base == NULL) {
    snprintf(g_problem, sizeof g_problem, "unknown profile \"%s\"; known: atlas-a2, atlas-a3, atlas-300i", name);
    return false;
  }
  *out = *base;
  while (rest != NULL) {
    char *value = strsep(&rest, ",");
    char *key = strsep(&value, "=");
    if (value == NULL || !apply(out, key, value)) {
      snprintf(g_problem, sizeof g_problem,
               "\"%s=%s\" is no setting of a profile; known: devices, memory (K, M, G), soc, cube_cores, "
               "vector_cores, streams, events",
               key, value == NULL ? "" : value);
      return false;
    }
  }
  g_problem[0] = '\0';
  return true;
}

const mc_profile *mc_profile_get(void) {
  if (atomic_load_explicit(&g_chosen, memory_order_acquire)) {
    return &g_profile;
  }
  pthread_mutex_lock(&g_lock);
  if (!g_chosen) {
    const char *text = getenv("MOCK_CANN_PROFILE");
    if (!parse(text == NULL || *text == '\0' ? kNames[0] : text, &g_profile)) {
      g_profile = (mc_profile){.name = "none"};
    }
    g_chosen = true;
  }
  pthread_mutex_unlock(&g_lock);
  return &g_profile;
}

const char *mc_profile_problem(void) { return g_problem[0] == '\0' ? NULL : g_problem; }

int mc_profile_select(const char *text) {
  pthread_mutex_lock(&g_lock);
  bool chosen = false;
  if (g_chosen) {
    snprintf(g_problem, sizeof g_problem, "profile %s is in force already", g_profile.name);
  } else if (parse(text, &g_profile)) {
    chosen = g_chosen = true;
  }
  pthread_mutex_unlock(&g_lock);
  return chosen ? 0 : -1;
}
