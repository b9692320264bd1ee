/* The emulator's own public interface, mock_cann.h. */
#include "mock_cann.h"

#include "engine/internal.h"

#ifndef MOCK_CANN_VERSION
#error "the build defines MOCK_CANN_VERSION"
#endif

static _Atomic(const char *) g_problem = "";

int mock_cann_profile(const char *text) {
  const int status = text == NULL ? -1 : mc_profile_select(text);
  atomic_store(&g_problem, status == 0 ? "" : text == NULL ? "the profile is NULL" : mc_profile_problem());
  return status;
}

int mock_cann_schedule(const char *text) {
  const bool chosen = text != NULL && mc_schedule_select(text);
  atomic_store(&g_problem, chosen ? ""
                                  : "the schedule must be concurrent, deferred or random:SEED, chosen before work is "
                                    "queued");
  return chosen ? 0 : -1;
}

const char *mock_cann_problem(void) { return atomic_load(&g_problem); }

const char *mock_cann_profile_name(void) { return mc_profile_get()->name; }

const char *mock_cann_schedule_name(void) { return mc_schedule_name(); }

const char *mock_cann_version(void) { return MOCK_CANN_VERSION; }
