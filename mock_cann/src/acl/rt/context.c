/* Contexts, their options, and the thread's last error. */
#include "acl/acl_rt.h"

#include "acl/check.h"

enum { CONTEXT_OPTIONS = 3, PROCESS_OPTIONS = 4 };

aclError aclrtCreateContext(aclrtContext *context, int32_t deviceId) {
  REQUIRE(context);
  TRY(mc_process_check(__func__));
  mc_device *device = mc_device_of_user(deviceId);
  FAIL_UNLESS(device != NULL, MC_RT_DEVICE_ID, deviceId, "deviceId", "a visible device");
  mc_context *created = mc_context_create(device, false);
  if (created == NULL) {
    return mc_fail(MC_RT_RESOURCE, "EE1023", __func__, "the context cannot be created");
  }
  pthread_mutex_lock(&device->lock);
  created->next = device->contexts;
  device->contexts = created;
  pthread_mutex_unlock(&device->lock);
  mc_thread_device_set(device->id);
  mc_thread_context_set(created);
  *context = created;
  return MC_OK;
}

aclError aclrtDestroyContext(aclrtContext context) {
  REQUIRE(context);
  TRY(mc_process_check(__func__));
  mc_context *c = context;
  if (!mc_context_alive(c)) {
    return mc_fail(MC_RT_NO_CONTEXT, "EE1017", __func__, "context", "it was destroyed or is no context");
  }
  if (c->primary) {
    return mc_fail(MC_RT_NO_CONTEXT, "EE1017", __func__, "context",
                   "a device's default context goes with aclrtResetDevice");
  }
  if (!mc_handle_retire(c)) {
    return mc_fail(MC_RT_CONTEXT_RELEASED, "EE1017", __func__, "context", "another thread destroys it");
  }
  pthread_mutex_lock(&c->device->lock);
  mc_context **place = &c->device->contexts;
  while (*place != NULL && *place != c) {
    place = &(*place)->next;
  }
  if (*place == c) {
    *place = c->next;
  }
  pthread_mutex_unlock(&c->device->lock);
  if (mc_thread_context() == c) {
    mc_thread_device_set(-1);
  }
  mc_context_destroy(c);
  return MC_OK;
}

aclError aclrtSetCurrentContext(aclrtContext context) {
  REQUIRE(context);
  TRY(mc_process_check(__func__));
  if (!mc_context_alive(context)) {
    return mc_fail(MC_RT_PARAM, "EE1018", __func__, "the context was destroyed or is no context");
  }
  mc_thread_context_set(context);
  mc_thread_device_set(((mc_context *)context)->device->id);
  return MC_OK;
}

aclError aclrtGetCurrentContext(aclrtContext *context) {
  mc_context *current = NULL;
  REQUIRE(context);
  TRY(mc_context_require(__func__, &current));
  *context = current;
  return MC_OK;
}

aclError aclrtCtxGetCurrentDefaultStream(aclrtStream *stream) {
  mc_context *current = NULL;
  REQUIRE(stream);
  TRY(mc_context_require(__func__, &current));
  *stream = current->default_stream;
  return MC_OK;
}

aclError aclrtGetPrimaryCtxState(int32_t deviceId, uint32_t *flags, int32_t *active) {
  REQUIRE(active);
  if (flags != NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0012", __func__, "flags", "it is reserved and must be NULL");
  }
  mc_device *device = mc_device_of_user(deviceId);
  FAIL_UNLESS(device != NULL, MC_RT_DEVICE_ID, deviceId, "deviceId", "a visible device");
  *active = __atomic_load_n(&device->primary, __ATOMIC_ACQUIRE) != NULL ? 1 : 0;
  return MC_OK;
}

aclError aclrtCtxSetSysParamOpt(aclSysParamOpt opt, int64_t value) {
  mc_context *current = NULL;
  REFUSE_UNLESS((unsigned)opt < CONTEXT_OPTIONS, opt, "opt", "0, 1 or 2");
  TRY(mc_context_require(__func__, &current));
  pthread_mutex_lock(&current->lock);
  current->options[opt] = value;
  current->options_set |= 1u << opt;
  pthread_mutex_unlock(&current->lock);
  return MC_OK;
}

aclError aclrtCtxGetSysParamOpt(aclSysParamOpt opt, int64_t *value) {
  mc_context *current = NULL;
  REQUIRE(value);
  REFUSE_UNLESS((unsigned)opt < CONTEXT_OPTIONS, opt, "opt", "0, 1 or 2");
  TRY(mc_context_require(__func__, &current));
  pthread_mutex_lock(&current->lock);
  const bool set = (current->options_set & 1u << opt) != 0;
  const int64_t found = current->options[opt];
  pthread_mutex_unlock(&current->lock);
  FAIL_UNLESS(set, 107021, opt, "opt", "an option that was set before");
  *value = found;
  return MC_OK;
}

aclError aclrtSetSysParamOpt(aclSysParamOpt opt, int64_t value) {
  REFUSE_UNLESS((unsigned)opt < PROCESS_OPTIONS, opt, "opt", "0, 1, 2 or 3");
  mc_process_option_set(opt, value);
  return MC_OK;
}

aclError aclrtGetSysParamOpt(aclSysParamOpt opt, int64_t *value) {
  REQUIRE(value);
  REFUSE_UNLESS((unsigned)opt < PROCESS_OPTIONS, opt, "opt", "0, 1, 2 or 3");
  FAIL_UNLESS(mc_process_option_get(opt, value), 107021, opt, "opt", "an option that was set before");
  return MC_OK;
}

aclError aclrtPeekAtLastError(aclrtLastErrLevel level) {
  REFUSE_UNLESS(level == ACL_RT_THREAD_LEVEL, level, "level", "ACL_RT_THREAD_LEVEL");
  return mc_last_error_peek();
}

aclError aclrtGetLastError(aclrtLastErrLevel level) {
  REFUSE_UNLESS(level == ACL_RT_THREAD_LEVEL, level, "level", "ACL_RT_THREAD_LEVEL");
  return mc_last_error_take();
}
