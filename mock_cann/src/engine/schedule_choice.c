/* Which schedule is in force: MOCK_CANN_SCHEDULE, or what a program asks for before its first work. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/schedule.h"

static pthread_once_t g_once = PTHREAD_ONCE_INIT;
static _Atomic mc_schedule_kind g_kind; /* set before the first work, under the lock; read without */
static char g_name[40] = "concurrent";
static uint64_t g_random; /* guarded by the scheduler's lock, as is g_used */
static bool g_used;

static bool parse(const char *text) {
  char *end = NULL;
  if (strcmp(text, "concurrent") == 0 || strcmp(text, "deferred") == 0) {
    g_kind = text[0] == 'c' ? MC_CONCURRENT : MC_DEFERRED;
  } else if (strncmp(text, "random:", 7) == 0 && text[7] != '\0') {
    g_random = strtoull(text + 7, &end, 10) * 2 + 1;
    if (*end != '\0') {
      return false;
    }
    g_kind = MC_RANDOM;
  } else {
    return false;
  }
  snprintf(g_name, sizeof g_name, "%s", text);
  return true;
}

static void begin(void) {
  const char *schedule = getenv("MOCK_CANN_SCHEDULE");
  pthread_mutex_lock(&mc_ready.lock);
  if (schedule != NULL && !g_used && !parse(schedule)) {
    fprintf(stderr, "mock_cann: MOCK_CANN_SCHEDULE=%s is none of concurrent, deferred, random:SEED; using concurrent\n",
            schedule);
  }
  g_used = true;
  pthread_mutex_unlock(&mc_ready.lock);
}

void mc_schedule_begin(void) { pthread_once(&g_once, begin); }

bool mc_schedule_select(const char *text) {
  pthread_mutex_lock(&mc_ready.lock);
  const bool chosen = mc_ready.now.first == NULL && mc_ready.later.first == NULL && parse(text);
  g_used = g_used || chosen;
  pthread_mutex_unlock(&mc_ready.lock);
  return chosen;
}

const char *mc_schedule_name(void) {
  mc_schedule_begin();
  return g_name;
}

mc_schedule_kind mc_schedule_kind_get(void) { return g_kind; }

bool mc_schedule_is_concurrent(void) { return g_kind == MC_CONCURRENT; }

uint64_t mc_schedule_draw(uint64_t below) {
  g_random ^= g_random << 13;
  g_random ^= g_random >> 7;
  g_random ^= g_random << 17;
  return g_random % below;
}
