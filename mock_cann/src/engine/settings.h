/* Settings of the process that programs may change at any time, each on its own. */
#ifndef MC_ENGINE_SETTINGS_H
#define MC_ENGINE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MC_PROCESS_OPTIONS = 4, MC_DEVICE_LIMITS = 5, MC_RES_LIMITS = 2 };

/* aclrtSetSysParamOpt: false when never set. Option 0, determinism, is 0 from the start. */
void mc_process_option_set(int option, int64_t value);
bool mc_process_option_get(int option, int64_t *value);

/* aclrtSetOpWaitTimeout in ms for waits queued from now on; 0: none. */
void mc_op_wait_timeout_set(uint32_t milliseconds);
int mc_op_wait_timeout_ms(void);

/* aclrtSetOpExecuteTimeOut*: microseconds. */
void mc_op_execute_timeout_set(uint64_t microseconds);
uint64_t mc_op_execute_timeout_us(void);

/* aclrtSetDeviceResLimit: cores the process may use of a device; 0: all. */
void mc_res_limit_set(int logic_id, int type, uint32_t value);
uint32_t mc_res_limit_get(int logic_id, int type);

/* aclrtDeviceSetLimit: stack and printf sizes. */
void mc_limit_set(int limit, size_t value);
size_t mc_limit_get(int limit);

#ifdef __cplusplus
}
#endif
#endif
