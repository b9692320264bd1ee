/* One atomic a setting: no lock, no order between them. */
#include "engine/settings.h"

#include <stdatomic.h>

static _Atomic int64_t g_options[MC_PROCESS_OPTIONS];
/* Determinism (option 0) is off from the start: torch_npu asks the process for it before anybody sets it. */
static _Atomic unsigned g_options_set = 1;
static _Atomic uint32_t g_wait_ms;
static _Atomic uint64_t g_execute_us;
static _Atomic uint32_t g_cores[64][MC_RES_LIMITS];
/* Stack sizes and printf buffers, in the order of aclrtDeviceLimit: CANN's documented defaults. */
static _Atomic size_t g_limits[MC_DEVICE_LIMITS] = {32768, 32768, 32768, 1048576, 1048576};

void mc_process_option_set(int option, int64_t value) {
  atomic_store(&g_options[option], value);
  atomic_fetch_or(&g_options_set, 1u << option);
}

bool mc_process_option_get(int option, int64_t *value) {
  if ((atomic_load(&g_options_set) & 1u << option) == 0) {
    return false;
  }
  *value = atomic_load(&g_options[option]);
  return true;
}

void mc_op_wait_timeout_set(uint32_t milliseconds) { atomic_store(&g_wait_ms, milliseconds); }
int mc_op_wait_timeout_ms(void) { return (int)atomic_load_explicit(&g_wait_ms, memory_order_relaxed); }

void mc_op_execute_timeout_set(uint64_t microseconds) { atomic_store(&g_execute_us, microseconds); }
uint64_t mc_op_execute_timeout_us(void) { return atomic_load(&g_execute_us); }

void mc_res_limit_set(int logic_id, int type, uint32_t value) { atomic_store(&g_cores[logic_id][type], value); }
uint32_t mc_res_limit_get(int logic_id, int type) { return atomic_load(&g_cores[logic_id][type]); }

void mc_limit_set(int limit, size_t value) { atomic_store(&g_limits[limit], value); }
size_t mc_limit_get(int limit) { return atomic_load(&g_limits[limit]); }
