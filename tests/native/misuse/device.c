/* Devices and contexts. */
#include "misuse.h"

#include <pthread.h>

CASE(get_device_count_null) { return aclrtGetDeviceCount(NULL); }
CASE(set_device_negative) { return aclrtSetDevice(-1); }
CASE(set_device_beyond_count) { return aclrtSetDevice(1000); }
CASE(reset_device_never_set) { return aclrtResetDevice(0); }
CASE(reset_device_twice) {
  NEED(aclrtSetDevice(0));
  NEED(aclrtResetDevice(0));
  return aclrtResetDevice(0);
}
CASE(reset_device_beyond_count) { return aclrtResetDevice(1000); }
CASE(reset_device_after_force) {
  NEED(aclrtSetDevice(0));
  NEED(aclrtSetDevice(0));
  NEED(aclrtResetDeviceForce(0));
  return aclrtResetDevice(0);
}
CASE(get_device_null) { return aclrtGetDevice(NULL); }
CASE(get_device_without_context) {
  int32_t device = 0;
  return aclrtGetDevice(&device);
}
CASE(get_run_mode_null) { return aclrtGetRunMode(NULL); }
CASE(set_ts_device_unknown) { return aclrtSetTsDevice((aclrtTsId)7); }
CASE(synchronize_device_without_context) { return aclrtSynchronizeDevice(); }
CASE(synchronize_device_timeout_zero) {
  NEED(aclrtSetDevice(0));
  return aclrtSynchronizeDeviceWithTimeout(0);
}
CASE(synchronize_device_timeout_negative) {
  NEED(aclrtSetDevice(0));
  return aclrtSynchronizeDeviceWithTimeout(-2);
}
CASE(query_device_status_null) { return aclrtQueryDeviceStatus(0, NULL); }
CASE(query_device_status_beyond_count) {
  aclrtDeviceStatus status;
  return aclrtQueryDeviceStatus(1000, &status);
}
CASE(utilization_null) { return aclrtGetDeviceUtilizationRate(0, NULL); }
CASE(utilization_extend_given) {
  int extend = 0;
  aclrtUtilizationInfo info = {0};
  info.utilizationExtend = (aclrtUtilizationExtendInfo *)&extend;
  return aclrtGetDeviceUtilizationRate(0, &info);
}
CASE(can_access_peer_null) { return aclrtDeviceCanAccessPeer(NULL, 0, 1); }
CASE(can_access_peer_itself) {
  int32_t can = 0;
  return aclrtDeviceCanAccessPeer(&can, 1, 1);
}
CASE(can_access_peer_beyond_count) {
  int32_t can = 0;
  return aclrtDeviceCanAccessPeer(&can, 0, 1000);
}
CASE(enable_peer_flags) {
  NEED(aclrtSetDevice(0));
  return aclrtDeviceEnablePeerAccess(1, 1);
}
CASE(enable_peer_itself) {
  NEED(aclrtSetDevice(0));
  return aclrtDeviceEnablePeerAccess(0, 0);
}
CASE(enable_peer_without_device) { return aclrtDeviceEnablePeerAccess(1, 0); }
CASE(disable_peer_itself) {
  NEED(aclrtSetDevice(0));
  return aclrtDeviceDisablePeerAccess(0);
}
CASE(get_device_info_null) { return aclrtGetDeviceInfo(0, ACL_DEV_ATTR_CUBE_CORE_NUM, NULL); }
CASE(get_device_info_unknown_attribute) {
  int64_t value = 0;
  return aclrtGetDeviceInfo(0, (aclrtDevAttr)99999, &value);
}
CASE(get_device_capability_null) { return aclrtGetDeviceCapability(0, ACL_FEATURE_SYSTEM_MEMQ_EVENT_CROSS_DEV, NULL); }
CASE(acl_get_device_capability_beyond_count) {
  int64_t value = 0;
  return aclGetDeviceCapability(1000, ACL_DEVICE_INFO_AI_CORE_NUM, &value);
}
CASE(acl_get_device_capability_unknown) {
  int64_t value = 0;
  return aclGetDeviceCapability(0, (aclDeviceInfo)77, &value);
}
CASE(device_set_limit_unknown) { return aclrtDeviceSetLimit((aclrtDeviceLimit)99, 1); }
CASE(device_set_limit_too_large) { return aclrtDeviceSetLimit(ACL_RT_DEV_LIMIT_SIMD_STACK_SIZE, (size_t)1 << 33); }
CASE(device_get_limit_null) { return aclrtDeviceGetLimit(ACL_RT_DEV_LIMIT_SIMD_STACK_SIZE, NULL); }
CASE(pci_bus_id_short_buffer) {
  char name[8];
  return aclrtDeviceGetPCIBusId(0, name, sizeof name);
}
CASE(pci_bus_id_null) { return aclrtDeviceGetPCIBusId(0, NULL, 20); }
CASE(logic_id_null) { return aclrtGetLogicDevIdByUserDevId(0, NULL); }
CASE(logic_id_negative) {
  int32_t id = 0;
  return aclrtGetLogicDevIdByUserDevId(-1, &id);
}
CASE(sat_mode_saturation_is_not_emulated) {
  aclrtFloatOverflowMode mode = ACL_RT_OVERFLOW_MODE_UNDEF;
  NEED(aclrtSetDevice(0));
  NEED(aclrtSetDeviceSatMode(ACL_RT_OVERFLOW_MODE_INFNAN));
  EXPECT(aclrtSetDeviceSatMode(ACL_RT_OVERFLOW_MODE_SATURATION) == 207000);
  NEED(aclrtGetDeviceSatMode(&mode));
  EXPECT(mode == ACL_RT_OVERFLOW_MODE_INFNAN);
  return aclrtSetDeviceSatMode(ACL_RT_OVERFLOW_MODE_SATURATION);
}
CASE(sat_mode_unknown) {
  NEED(aclrtSetDevice(0));
  return aclrtSetDeviceSatMode(ACL_RT_OVERFLOW_MODE_UNDEF);
}
CASE(sat_mode_null) { return aclrtGetDeviceSatMode(NULL); }
CASE(visible_devices_descending) {
  uint32_t count = 0;
  setenv("ASCEND_RT_VISIBLE_DEVICES", "3,1", 1);
  return aclrtGetDeviceCount(&count);
}
CASE(visible_devices_empty) {
  uint32_t count = 0;
  setenv("ASCEND_RT_VISIBLE_DEVICES", "", 1);
  return aclrtGetDeviceCount(&count);
}
CASE(visible_devices_descending_set_device) {
  setenv("ASCEND_RT_VISIBLE_DEVICES", "3,1", 1);
  return aclrtSetDevice(0);
}
CASE(visible_devices_stop_at_a_blank) {
  uint32_t count = 0;
  setenv("ASCEND_RT_VISIBLE_DEVICES", "1,3, 5", 1);
  NEED(aclrtGetDeviceCount(&count));
  EXPECT(count == 2);
  NEED(aclrtSetDevice(1));
  return aclrtSetDevice(2);
}

CASE(create_context_null) { return aclrtCreateContext(NULL, 0); }
CASE(create_context_beyond_count) {
  aclrtContext context = NULL;
  return aclrtCreateContext(&context, 1000);
}
CASE(destroy_context_null) { return aclrtDestroyContext(NULL); }
CASE(destroy_primary_context) {
  aclrtContext context = NULL;
  NEED(aclrtSetDevice(0));
  NEED(aclrtGetCurrentContext(&context));
  return aclrtDestroyContext(context);
}
CASE(destroy_context_twice) {
  aclrtContext context = NULL;
  NEED(aclrtCreateContext(&context, 0));
  NEED(aclrtDestroyContext(context));
  return aclrtDestroyContext(context);
}
CASE(current_context_gone_after_destroy) {
  aclrtContext context = NULL;
  aclrtStream stream = NULL;
  NEED(aclrtCreateContext(&context, 0));
  NEED(aclrtDestroyContext(context));
  return aclrtCreateStream(&stream);
}
CASE(set_current_context_null) { return aclrtSetCurrentContext(NULL); }
CASE(set_current_context_destroyed) {
  aclrtContext context = NULL;
  NEED(aclrtCreateContext(&context, 0));
  NEED(aclrtDestroyContext(context));
  return aclrtSetCurrentContext(context);
}
CASE(get_current_context_null) { return aclrtGetCurrentContext(NULL); }
CASE(get_current_context_none) {
  aclrtContext context = NULL;
  return aclrtGetCurrentContext(&context);
}
CASE(primary_state_flags_given) {
  uint32_t flags = 0;
  int32_t active = 0;
  return aclrtGetPrimaryCtxState(0, &flags, &active);
}
CASE(primary_state_active_null) { return aclrtGetPrimaryCtxState(0, NULL, NULL); }
CASE(context_option_unknown) {
  NEED(aclrtSetDevice(0));
  return aclrtCtxSetSysParamOpt((aclSysParamOpt)9, 1);
}
CASE(context_option_never_set) {
  int64_t value = 0;
  NEED(aclrtSetDevice(0));
  return aclrtCtxGetSysParamOpt(ACL_OPT_DETERMINISTIC, &value);
}
CASE(process_option_never_set) {
  int64_t value = 7;
  EXPECT(aclrtGetSysParamOpt(ACL_OPT_DETERMINISTIC, &value) == 0 && value == 0); /* clients ask before they set it */
  return aclrtGetSysParamOpt(ACL_OPT_STRONG_CONSISTENCY, &value);
}
CASE(last_error_level_unknown) { return aclrtGetLastError((aclrtLastErrLevel)3); }

static void *create_in_thread(void *result) {
  aclrtStream stream = NULL;
  *(int *)result = aclrtCreateStream(&stream);
  return NULL;
}
CASE(a_new_thread_has_no_context) {
  pthread_t thread;
  int status = 0;
  NEED(aclrtSetDevice(0));
  pthread_create(&thread, NULL, create_in_thread, &status);
  pthread_join(thread, NULL);
  return status;
}
CASE(stream_of_another_context) {
  aclrtContext first = NULL, second = NULL;
  aclrtStream stream = NULL;
  aclrtEvent event = NULL;
  NEED(aclrtCreateContext(&first, 0));
  NEED(aclrtCreateStream(&stream));
  NEED(aclrtCreateEvent(&event));
  NEED(aclrtCreateContext(&second, 0));
  NEED(aclrtSynchronizeStream(stream));
  return aclrtRecordEvent(event, stream);
}
CASE(set_device_clears_the_explicit_context) {
  aclrtContext context = NULL, current = NULL;
  NEED(aclrtCreateContext(&context, 0));
  NEED(aclrtSetDevice(0));
  NEED(aclrtGetCurrentContext(&current));
  EXPECT(current != context);
  return aclrtSetCurrentContext(context);
}
