/* What box is emulated. Chosen once, by MOCK_CANN_PROFILE ("atlas-a2", or "atlas-a2,devices=2,memory=8G") or by
 * mc_profile_select before first use. */
#ifndef MC_ENGINE_PROFILE_H
#define MC_ENGINE_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_profile {
  char name[32];
  char soc[32];
  int devices;
  uint64_t memory; /* HBM (or DDR) bytes a device */
  int cube_cores, vector_cores, cpu_cores;
  uint64_t l2_cache;
  uint32_t streams; /* per device */
  uint32_t events;  /* with an id, per device */
} mc_profile;

/* The profile in force. A bad MOCK_CANN_PROFILE leaves `devices` 0, and mc_profile_problem says why. */
const mc_profile *mc_profile_get(void);
const char *mc_profile_problem(void); /* NULL when fine */

/* 0, or -1 with the reason in mc_profile_problem when `text` is no profile or one is in force already. */
int mc_profile_select(const char *text);

/* Names of the built-in profiles, NULL-terminated. */
const char *const *mc_profile_names(void);

#ifdef __cplusplus
}
#endif
#endif
