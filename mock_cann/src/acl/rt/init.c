/* aclInit, aclFinalize and their callbacks. */
#include "acl/acl_rt.h"

#include "acl/check.h"
#include "engine/lifecycle.h"

aclError aclInit(const char *configPath) { return mc_acl_init(__func__, configPath); }

aclError aclFinalize(void) { return mc_acl_finalize(__func__); }

aclError aclFinalizeReference(uint64_t *refCount) { return mc_acl_finalize_reference(__func__, refCount); }

aclError aclInitCallbackRegister(aclRegisterCallbackType type, aclInitCallbackFunc cbFunc, void *userData) {
  return mc_init_callback_add(__func__, (int)type, cbFunc, userData);
}

aclError aclInitCallbackUnRegister(aclRegisterCallbackType type, aclInitCallbackFunc cbFunc) {
  return mc_init_callback_remove(__func__, (int)type, cbFunc);
}

aclError aclFinalizeCallbackRegister(aclRegisterCallbackType type, aclFinalizeCallbackFunc cbFunc, void *userData) {
  return mc_finalize_callback_add(__func__, (int)type, cbFunc, userData);
}

aclError aclFinalizeCallbackUnRegister(aclRegisterCallbackType type, aclFinalizeCallbackFunc cbFunc) {
  return mc_finalize_callback_remove(__func__, (int)type, cbFunc);
}
