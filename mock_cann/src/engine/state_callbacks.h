/* Callbacks a program registered by name for what happens to devices and streams. */
#ifndef MC_ENGINE_STATE_CALLBACKS_H
#define MC_ENGINE_STATE_CALLBACKS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MC_DEVICE_SET_PRE = 0, MC_DEVICE_SET_POST, MC_DEVICE_RESET_PRE, MC_DEVICE_RESET_POST };
enum { MC_STREAM_CREATE_POST = 1, MC_STREAM_DESTROY_PRE = 2 };

typedef void (*mc_device_state_callback)(int32_t device_id, int state, void *args);
typedef void (*mc_stream_state_callback)(void *stream, int state, void *args);

/* Replaces the callback of that name; NULL removes it. 0, or -1 when memory is exhausted. */
int mc_state_callback_device_set(const char *name, mc_device_state_callback callback, void *args);
int mc_state_callback_stream_set(const char *name, mc_stream_state_callback callback, void *args);

/* Calls all of them, with no lock held. */
void mc_state_callbacks_device(int32_t device_id, int state);
void mc_state_callbacks_stream(void *stream, int state);

#ifdef __cplusplus
}
#endif
#endif
