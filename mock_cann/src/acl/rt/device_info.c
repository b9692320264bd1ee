/* What a device is: attributes, capabilities, ids, limits. All from the profile. */
#include "acl/acl_rt.h"

#include <stdio.h>
#include <string.h>

#include "acl/check.h"
#include "engine/memory.h"

enum { WARP = 32, UB_BYTES = 192 << 10, GRID = 65535, THREADS = 1024, BUS_ID_LENGTH = 13 };

aclError aclrtGetDeviceInfo(uint32_t deviceId, aclrtDevAttr attr, int64_t *value) {
  REQUIRE(value);
  FAIL_UNLESS(mc_device_of_user((int)deviceId) != NULL, MC_RT_DEVICE_ID, deviceId, "deviceId", "a visible device");
  const mc_profile *profile = mc_profile_get();
  switch ((int)attr) {
  case ACL_DEV_ATTR_AICPU_CORE_NUM:
    *value = profile->cpu_cores;
    return MC_OK;
  case ACL_DEV_ATTR_AICORE_CORE_NUM:
  case ACL_DEV_ATTR_CUBE_CORE_NUM:
    *value = profile->cube_cores;
    return MC_OK;
  case ACL_DEV_ATTR_VECTOR_CORE_NUM:
    *value = profile->vector_cores;
    return MC_OK;
  case ACL_DEV_ATTR_WARP_SIZE:
    *value = WARP;
    return MC_OK;
  case ACL_DEV_ATTR_MAX_THREAD_PER_VECTOR_CORE:
  case ACL_DEV_ATTR_MAX_THREADS_PER_BLOCK:
  case ACL_DEV_ATTR_MAX_BLOCK_DIM_X:
  case ACL_DEV_ATTR_MAX_BLOCK_DIM_Y:
  case ACL_DEV_ATTR_MAX_BLOCK_DIM_Z:
    *value = THREADS;
    return MC_OK;
  case ACL_DEV_ATTR_UBUF_PER_VECTOR_CORE:
    *value = UB_BYTES;
    return MC_OK;
  case ACL_DEV_ATTR_MAX_GRID_DIM_X:
  case ACL_DEV_ATTR_MAX_GRID_DIM_Y:
  case ACL_DEV_ATTR_MAX_GRID_DIM_Z:
  case ACL_DEV_ATTR_MAX_BLOCK_PER_GRID:
    *value = GRID;
    return MC_OK;
  case ACL_DEV_ATTR_TOTAL_GLOBAL_MEM_SIZE:
    *value = (int64_t)profile->memory;
    return MC_OK;
  case ACL_DEV_ATTR_L2_CACHE_SIZE:
    *value = (int64_t)profile->l2_cache;
    return MC_OK;
  case ACL_DEV_ATTR_PHY_CHIP_ID:
    *value = mc_device_of_user((int)deviceId)->id;
    return MC_OK;
  case ACL_DEV_ATTR_IS_VIRTUAL:
    *value = 0;
    return MC_OK;
  default:
    return mc_fail(MC_RT_PARAM, "EE1003", __func__, MC_TEXT("%d", (int)attr), "attr",
                   "an attribute that the emulated device has");
  }
}

aclError aclrtGetDeviceCapability(int32_t deviceId, aclrtDevFeatureType devFeatureType, int32_t *value) {
  REQUIRE(value);
  FAIL_UNLESS(mc_device_of_user(deviceId) != NULL, MC_RT_DEVICE_ID, deviceId, "deviceId", "a visible device");
  FAIL_UNLESS(devFeatureType == ACL_FEATURE_TSCPU_TASK_UPDATE_SUPPORT_AIC_AIV ||
                  devFeatureType == ACL_FEATURE_SYSTEM_MEMQ_EVENT_CROSS_DEV,
              MC_RT_PARAM, devFeatureType, "devFeatureType", "a known feature");
  *value = 0;
  return MC_OK;
}

aclError aclGetDeviceCapability(uint32_t deviceId, aclDeviceInfo deviceInfo, int64_t *value) {
  REQUIRE(value);
  const int count = mc_device_visible_count();
  REFUSE_UNLESS(count > 0 && deviceId < (uint32_t)count, deviceId, "deviceId", "a visible device");
  const mc_profile *profile = mc_profile_get();
  switch ((int)deviceInfo) {
  case ACL_DEVICE_INFO_AI_CORE_NUM:
    *value = profile->cube_cores;
    return MC_OK;
  case ACL_DEVICE_INFO_VECTOR_CORE_NUM:
    *value = profile->vector_cores;
    return MC_OK;
  case ACL_DEVICE_INFO_L2_SIZE:
    *value = (int64_t)profile->l2_cache;
    return MC_OK;
  default:
    return mc_refuse(MC_INVALID_PARAM, "EH0007", __func__, MC_TEXT("%d", (int)deviceInfo), "deviceInfo",
                     "ACL_DEVICE_INFO_AI_CORE_NUM, _VECTOR_CORE_NUM or _L2_SIZE");
  }
}

aclError aclrtGetDeviceUtilizationRate(int32_t deviceId, aclrtUtilizationInfo *utilizationInfo) {
  REQUIRE(utilizationInfo);
  if (utilizationInfo->utilizationExtend != NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0012", __func__, "utilizationExtend", "it is reserved and must be NULL");
  }
  FAIL_UNLESS(mc_device_of_user(deviceId) != NULL, MC_RT_DEVICE_ID, deviceId, "deviceId", "a visible device");
  mc_heap *heap = mc_heap_of(mc_device_of_user(deviceId));
  uint64_t free_bytes = 1, total = 1;
  if (heap != NULL) {
    mc_heap_usage(heap, &free_bytes, &total);
  }
  *utilizationInfo = (aclrtUtilizationInfo){.memoryUtilization = (int32_t)((total - free_bytes) * 100 / total)};
  return MC_OK;
}

/* Our kernels overflow to infinity, as the hardware does in this mode. */
aclError aclrtSetDeviceSatMode(aclrtFloatOverflowMode mode) {
  mc_context *context = NULL;
  FAIL_UNLESS((unsigned)mode <= ACL_RT_OVERFLOW_MODE_INFNAN, MC_RT_PARAM, mode, "mode",
              "ACL_RT_OVERFLOW_MODE_SATURATION or ACL_RT_OVERFLOW_MODE_INFNAN");
  TRY(mc_context_require(__func__, &context));
  if (mode == ACL_RT_OVERFLOW_MODE_SATURATION) {
    return mc_unsupported("aclrtSetDeviceSatMode with ACL_RT_OVERFLOW_MODE_SATURATION");
  }
  return MC_OK;
}

aclError aclrtGetDeviceSatMode(aclrtFloatOverflowMode *mode) {
  mc_context *context = NULL;
  REQUIRE(mode);
  TRY(mc_context_require(__func__, &context));
  *mode = ACL_RT_OVERFLOW_MODE_INFNAN;
  return MC_OK;
}

aclError aclrtDeviceSetLimit(aclrtDeviceLimit limit, size_t value) {
  REFUSE_UNLESS((unsigned)limit < MC_DEVICE_LIMITS, limit, "limit", "one of ACL_RT_DEV_LIMIT_*");
  REFUSE_UNLESS(value <= UINT32_MAX, value, "value", "a number of 32 bits");
  mc_limit_set((int)limit, value);
  return MC_OK;
}

aclError aclrtDeviceGetLimit(aclrtDeviceLimit limit, size_t *value) {
  REQUIRE(value);
  REFUSE_UNLESS((unsigned)limit < MC_DEVICE_LIMITS, limit, "limit", "one of ACL_RT_DEV_LIMIT_*");
  *value = mc_limit_get((int)limit);
  return MC_OK;
}

aclError aclrtDeviceGetUuid(int32_t deviceId, aclrtUuid *uuid) {
  REQUIRE(uuid);
  mc_device *device = mc_device_of_user(deviceId);
  FAIL_UNLESS(device != NULL, MC_RT_DEVICE_ID, deviceId, "deviceId", "a visible device");
  memset(uuid, 0, sizeof *uuid);
  snprintf(uuid->bytes, sizeof uuid->bytes, "mock-npu-%d", device->id);
  return MC_OK;
}

aclError aclrtDeviceGetPCIBusId(int32_t deviceId, char *pciBusId, int32_t len) {
  REQUIRE(pciBusId);
  mc_device *device = mc_device_of_user(deviceId);
  FAIL_UNLESS(device != NULL, MC_RT_DEVICE_ID, deviceId, "deviceId", "a visible device");
  FAIL_UNLESS(len >= BUS_ID_LENGTH, MC_RT_PARAM, len, "len", "at least 13");
  snprintf(pciBusId, (size_t)len, "0000:%02x:00.0", (unsigned)(device->id + 1) & 0xffu);
  return MC_OK;
}

aclError aclrtDeviceGetByPCIBusId(const char *pciBusId, int32_t *deviceId) {
  REQUIRE(pciBusId);
  REQUIRE(deviceId);
  char name[16];
  for (int i = 0; i < mc_device_visible_count(); ++i) {
    TRY(aclrtDeviceGetPCIBusId(i, name, sizeof name));
    if (strcmp(name, pciBusId) == 0) {
      *deviceId = i;
      return MC_OK;
    }
  }
  return mc_fail(MC_RT_PARAM, "EE1003", __func__, pciBusId, "pciBusId", "the bus id of a visible device");
}

/* Logic and physical ids are the same here; user ids count what ASCEND_RT_VISIBLE_DEVICES leaves. */
static int convert(const char *function, int32_t from, bool from_user, bool to_user, int32_t *to) {
  const mc_device *device = from_user ? mc_device_of_user(from) : mc_device_at(from);
  const int user = device == NULL ? -1 : mc_device_user_id(device);
  if (device == NULL || user < 0) {
    return mc_fail(MC_RT_DEVICE_ID, "EE1003", function, MC_TEXT("%d", from), "device id", "a visible device");
  }
  *to = to_user ? user : device->id;
  return MC_OK;
}

#define CONVERSION(name, from, to, from_user, to_user)                                                        \
  aclError name(const int32_t from, int32_t *const to) {                                                      \
    REQUIRE(to);                                                                                              \
    return convert(__func__, from, from_user, to_user, to);                                                   \
  }
CONVERSION(aclrtGetLogicDevIdByUserDevId, userDevid, logicDevId, true, false)
CONVERSION(aclrtGetUserDevIdByLogicDevId, logicDevId, userDevid, false, true)
CONVERSION(aclrtGetLogicDevIdByPhyDevId, phyDevId, logicDevId, false, false)
CONVERSION(aclrtGetPhyDevIdByLogicDevId, logicDevId, phyDevId, false, false)
CONVERSION(aclrtGetUserDevIdByPhyDevId, phyDevId, userDevId, false, true)
CONVERSION(aclrtGetPhyDevIdByUserDevId, userDevId, phyDevId, true, false)
