/* Notifies: a flag on the device that one task sets and another waits for and clears. It counts to one. */
#ifndef MC_ENGINE_NOTIFY_H
#define MC_ENGINE_NOTIFY_H

#include "engine/internal.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_notify mc_notify;

int mc_notify_new(const char *function, uint64_t flag, mc_notify **notify);
void mc_notify_destroy(mc_notify *notify);
int mc_notify_record(const char *function, mc_notify *notify, mc_stream *stream);
int mc_notify_wait(const char *function, mc_notify *notify, mc_stream *stream, uint32_t timeout_ms);
void mc_notify_reset(mc_notify *notify);
uint32_t mc_notify_id(const mc_notify *notify);

#ifdef __cplusplus
}
#endif
#endif
