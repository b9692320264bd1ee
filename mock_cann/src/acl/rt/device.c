/* Devices: set, reset, synchronize, peers. */
#include "acl/acl_rt.h"

#include <stdio.h>

#include "acl/check.h"

enum { NOT_SUPPORTED_HERE = 200001, FEATURE_FLAGS = 200006 };

aclError aclrtSetDevice(int32_t deviceId) {
  mc_state_callbacks_device(deviceId, MC_DEVICE_SET_PRE);
  TRY(mc_device_set(__func__, deviceId));
  mc_state_callbacks_device(deviceId, MC_DEVICE_SET_POST);
  return MC_OK;
}

static int reset(const char *function, int32_t device_id, bool force) {
  mc_state_callbacks_device(device_id, MC_DEVICE_RESET_PRE);
  TRY(mc_device_reset_all(function, device_id, force));
  mc_state_callbacks_device(device_id, MC_DEVICE_RESET_POST);
  return MC_OK;
}

aclError aclrtResetDevice(int32_t deviceId) { return reset(__func__, deviceId, false); }

aclError aclrtResetDeviceForce(int32_t deviceId) { return reset(__func__, deviceId, true); }

aclError aclrtGetDevice(int32_t *deviceId) {
  mc_context *context = NULL;
  REQUIRE(deviceId);
  if (mc_thread_context() == NULL && mc_thread_device() < 0 && mc_device_default_get() >= 0) {
    *deviceId = mc_device_default_get();
    return MC_OK;
  }
  TRY(mc_context_require(__func__, &context));
  *deviceId = mc_context_device_id(context);
  return MC_OK;
}

aclError aclrtGetDeviceCount(uint32_t *count) {
  REQUIRE(count);
  return mc_device_count(__func__, count);
}

aclError aclrtGetRunMode(aclrtRunMode *runMode) {
  REQUIRE(runMode);
  *runMode = ACL_HOST;
  return MC_OK;
}

const char *aclrtGetSocName(void) { return mc_device_soc_name(); }

aclError aclrtSetTsDevice(aclrtTsId tsId) {
  REFUSE_UNLESS(tsId == ACL_TS_ID_AICORE || tsId == ACL_TS_ID_AIVECTOR, tsId, "tsId",
                "ACL_TS_ID_AICORE or ACL_TS_ID_AIVECTOR");
  return MC_OK;
}

aclError aclrtSynchronizeDevice(void) { return mc_device_synchronize(__func__, -1); }

aclError aclrtSynchronizeDeviceWithTimeout(int32_t timeout) {
  FAIL_UNLESS(timeout >= -1 && timeout != 0, MC_RT_PARAM, timeout, "timeout", "-1 (no limit) or milliseconds above 0");
  return mc_device_synchronize(__func__, timeout);
}

aclError aclrtSetDeviceWithoutTsdVXX(int32_t deviceId) {
  (void)deviceId;
  return mc_refuse(NOT_SUPPORTED_HERE, "EH0011", __func__);
}

aclError aclrtResetDeviceWithoutTsdVXX(int32_t deviceId) {
  (void)deviceId;
  return mc_refuse(NOT_SUPPORTED_HERE, "EH0011", __func__);
}

aclError aclrtQueryDeviceStatus(int32_t deviceId, aclrtDeviceStatus *deviceStatus) {
  REQUIRE(deviceStatus);
  FAIL_UNLESS(mc_device_of_user(deviceId) != NULL, MC_RT_DEVICE_ID, deviceId, "deviceId", "a visible device");
  *deviceStatus = ACL_RT_DEVICE_STATUS_NORMAL;
  return MC_OK;
}

aclError aclrtDeviceTaskAbort(int32_t deviceId, uint32_t timeout) {
  (void)timeout;
  TRY(mc_process_check(__func__));
  mc_device *device = mc_device_of_user(deviceId);
  FAIL_UNLESS(device != NULL, MC_RT_DEVICE_ID, deviceId, "deviceId", "a visible device");
  atomic_store(&device->aborted, true);
  mc_device_abort_streams(device);
  return MC_OK;
}

static int find_peers(const char *function, int32_t peer_id, mc_device **device, mc_device **peer) {
  mc_context *context = NULL;
  TRY(mc_context_require(function, &context));
  *device = context->device;
  *peer = mc_device_of_user(peer_id);
  if (*peer == NULL) {
    return mc_fail(MC_RT_DEVICE_ID, "EE1003", function, MC_TEXT("%d", peer_id), "peerDeviceId", "a visible device");
  }
  if (*peer == *device) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%d", peer_id), "peerDeviceId",
                     "another device than the current one");
  }
  return MC_OK;
}

aclError aclrtDeviceCanAccessPeer(int32_t *canAccessPeer, int32_t deviceId, int32_t peerDeviceId) {
  REQUIRE(canAccessPeer);
  REFUSE_UNLESS(deviceId != peerDeviceId, peerDeviceId, "peerDeviceId", "another device than deviceId");
  FAIL_UNLESS(mc_device_of_user(deviceId) != NULL, MC_RT_PARAM, deviceId, "deviceId", "a visible device");
  FAIL_UNLESS(mc_device_of_user(peerDeviceId) != NULL, MC_RT_PARAM, peerDeviceId, "peerDeviceId", "a visible device");
  *canAccessPeer = 1;
  return MC_OK;
}

aclError aclrtDeviceEnablePeerAccess(int32_t peerDeviceId, uint32_t flags) {
  mc_device *device = NULL, *peer = NULL;
  if (flags != 0) {
    return mc_refuse(FEATURE_FLAGS, "EH0007", __func__, MC_TEXT("%u", flags), "flags", "0");
  }
  TRY(find_peers(__func__, peerDeviceId, &device, &peer));
  pthread_mutex_lock(&device->lock);
  device->peers |= UINT64_C(1) << peer->id;
  pthread_mutex_unlock(&device->lock);
  return MC_OK;
}

aclError aclrtDeviceDisablePeerAccess(int32_t peerDeviceId) {
  mc_device *device = NULL, *peer = NULL;
  TRY(find_peers(__func__, peerDeviceId, &device, &peer));
  pthread_mutex_lock(&device->lock);
  device->peers &= ~(UINT64_C(1) << peer->id);
  pthread_mutex_unlock(&device->lock);
  return MC_OK;
}

aclError aclrtDevicePeerAccessStatus(int32_t deviceId, int32_t peerDeviceId, int32_t *status) {
  REQUIRE(status);
  mc_device *device = mc_device_of_user(deviceId);
  mc_device *peer = mc_device_of_user(peerDeviceId);
  FAIL_UNLESS(device != NULL, MC_RT_DEVICE_ID, deviceId, "deviceId", "a visible device");
  FAIL_UNLESS(peer != NULL, MC_RT_DEVICE_ID, peerDeviceId, "peerDeviceId", "a visible device");
  pthread_mutex_lock(&device->lock);
  *status = (device->peers >> peer->id & 1) != 0 ? 1 : 0;
  pthread_mutex_unlock(&device->lock);
  return MC_OK;
}
