/* Prepared calls: whether they may run again, and their end. */
#include "opapi_base/objects.h"

aclnnStatus aclSetAclOpExecutorRepeatable(aclOpExecutor *executor) {
  if (executor == NULL) {
    return mc_refuse(MC_NN_NULL, "EH0008", __func__, "executor");
  }
  executor->repeatable = true;
  return MC_OK;
}

aclnnStatus aclDestroyAclOpExecutor(aclOpExecutor *executor) {
  if (executor == NULL) {
    return mc_refuse(MC_NN_NULL, "EH0008", __func__, "executor");
  }
  mc_single_release(executor->single);
  free(executor);
  return MC_OK;
}

/* Operators are part of the emulator: there is nothing to load. */
aclnnStatus aclnnInit(const char *configPath) {
  (void)configPath;
  return MC_OK;
}

aclnnStatus aclnnFinalize(void) { return MC_OK; }
