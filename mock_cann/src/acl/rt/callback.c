/* Host functions, report threads, exception and state callbacks. */
#include "acl/acl_rt.h"

#include "acl/check.h"
#include "engine/callback.h"

#define NO_INFO UINT32_C(0xFFFFFFFF)

/* The program sees the opaque aclrtExceptionInfo; it is our mc_exception. */
static const mc_exception *info_of(const aclrtExceptionInfo *info) { return (const mc_exception *)info; }

aclError aclrtLaunchHostFunc(aclrtStream stream, aclrtHostFunc fn, void *args) {
  mc_stream *s = NULL;
  if (fn == NULL) {
    return mc_fail(MC_RT_PARAM, "EE1004", __func__, "fn");
  }
  TRY(mc_stream_from_handle(__func__, stream, &s));
  return mc_host_func_launch(__func__, s, fn, args);
}

aclError aclrtSubscribeReport(uint64_t threadId, aclrtStream stream) {
  mc_stream *s = NULL;
  TRY(mc_stream_from_handle(__func__, stream, &s));
  return mc_report_subscribe(__func__, threadId, s);
}

aclError aclrtUnSubscribeReport(uint64_t threadId, aclrtStream stream) {
  mc_stream *s = NULL;
  TRY(mc_stream_from_handle(__func__, stream, &s));
  return mc_report_unsubscribe(__func__, threadId, s);
}

aclError aclrtLaunchCallback(aclrtCallback fn, void *userData, aclrtCallbackBlockType blockType, aclrtStream stream) {
  mc_stream *s = NULL;
  REFUSE_UNLESS(blockType == ACL_CALLBACK_NO_BLOCK || blockType == ACL_CALLBACK_BLOCK, blockType, "blockType",
                "ACL_CALLBACK_NO_BLOCK or ACL_CALLBACK_BLOCK");
  if (fn == NULL) {
    return mc_fail(MC_RT_PARAM, "EE1004", __func__, "fn");
  }
  TRY(mc_stream_from_handle(__func__, stream, &s));
  return mc_report_launch(__func__, s, fn, userData, blockType == ACL_CALLBACK_BLOCK);
}

aclError aclrtProcessReport(int32_t timeout) {
  REFUSE_UNLESS(timeout >= -1 && timeout != 0, timeout, "timeout", "-1 (no limit) or milliseconds above 0");
  TRY(mc_process_check(__func__));
  return mc_report_process(__func__, timeout);
}

aclError aclrtSetExceptionInfoCallback(aclrtExceptionInfoCallback callback) {
  mc_exception_callback_set((mc_exception_callback)(void (*)(void))callback);
  return MC_OK;
}

aclError aclrtExceptionInfoCallbackRegister(aclrtExceptionInfoCallback callback) {
  if (callback == NULL) {
    return mc_fail(MC_RT_PARAM, "EE1004", __func__, "callback");
  }
  return mc_exception_callback_add((mc_exception_callback)(void (*)(void))callback)
             ? MC_OK
             : mc_fail(MC_RT_RESOURCE, "EE1023", __func__, "no more callbacks can be registered");
}

aclError aclrtExceptionInfoCallbackUnregister(aclrtExceptionInfoCallback callback) {
  if (callback == NULL) {
    return mc_fail(MC_RT_PARAM, "EE1004", __func__, "callback");
  }
  return mc_exception_callback_remove((mc_exception_callback)(void (*)(void))callback)
             ? MC_OK
             : mc_fail(MC_RT_PARAM, "EE1018", __func__, "the callback is not registered");
}

uint32_t aclrtGetTaskIdFromExceptionInfo(const aclrtExceptionInfo *info) {
  return info == NULL ? NO_INFO : info_of(info)->task;
}

uint32_t aclrtGetStreamIdFromExceptionInfo(const aclrtExceptionInfo *info) {
  return info == NULL ? NO_INFO : info_of(info)->stream;
}

uint32_t aclrtGetThreadIdFromExceptionInfo(const aclrtExceptionInfo *info) {
  return info == NULL ? NO_INFO : info_of(info)->thread;
}

uint32_t aclrtGetDeviceIdFromExceptionInfo(const aclrtExceptionInfo *info) {
  return info == NULL ? NO_INFO : info_of(info)->device;
}

uint32_t aclrtGetErrorCodeFromExceptionInfo(const aclrtExceptionInfo *info) {
  return info == NULL ? NO_INFO : info_of(info)->code;
}

aclError aclrtRegDeviceStateCallback(const char *regName, aclrtDeviceStateCallback callback, void *args) {
  REQUIRE(regName);
  return mc_state_callback_device_set(regName, (mc_device_state_callback)(void (*)(void))callback, args) == 0
             ? MC_OK
             : mc_fail(MC_RT_RESOURCE, "EE1023", __func__, "no more callbacks can be registered");
}

aclError aclrtRegStreamStateCallback(const char *regName, aclrtStreamStateCallback callback, void *args) {
  REQUIRE(regName);
  return mc_state_callback_stream_set(regName, (mc_stream_state_callback)(void (*)(void))callback, args) == 0
             ? MC_OK
             : mc_fail(MC_RT_RESOURCE, "EE1023", __func__, "no more callbacks can be registered");
}
