/* Time limits of device-side waits and kernels. */
#include "acl/acl_rt.h"

#include "acl/check.h"

/* CANN's granularity and ceiling of kernel time limits. */
enum { INTERVAL_US = 1 };
#define LONGEST_US UINT64_C(4294967295000)

aclError aclrtSetOpWaitTimeout(uint32_t timeout) {
  mc_op_wait_timeout_set(timeout > UINT32_MAX / 2000 ? INT32_MAX : timeout * 1000);
  return MC_OK;
}

aclError aclrtSetOpExecuteTimeOut(uint32_t timeout) {
  mc_op_execute_timeout_set((uint64_t)timeout * 1000000);
  return MC_OK;
}

aclError aclrtSetOpExecuteTimeOutWithMs(uint32_t timeout) {
  mc_op_execute_timeout_set((uint64_t)timeout * 1000);
  return MC_OK;
}

aclError aclrtSetOpExecuteTimeOutV2(uint64_t timeout, uint64_t *actualTimeout) {
  REQUIRE(actualTimeout);
  *actualTimeout = timeout > LONGEST_US ? LONGEST_US : timeout;
  mc_op_execute_timeout_set(*actualTimeout);
  return MC_OK;
}

aclError aclrtGetOpExecuteTimeout(uint32_t *const timeoutMs) {
  REQUIRE(timeoutMs);
  const uint64_t ms = mc_op_execute_timeout_us() / 1000;
  *timeoutMs = ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
  return MC_OK;
}

aclError aclrtGetOpTimeOutInterval(uint64_t *interval) {
  REQUIRE(interval);
  *interval = INTERVAL_US;
  return MC_OK;
}
