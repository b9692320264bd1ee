/* Where an address is, what memory there is, and host memory that a program registers itself. */
#include "acl/acl_rt.h"

#include <stdio.h>
#include <string.h>

#include "acl/check.h"
#include "engine/memory.h"

enum { LAST_MEM_ATTR = ACL_MEM_P2P_HUGE1G };

aclError aclrtGetMemInfo(aclrtMemAttr attr, size_t *free, size_t *total) {
  mc_context *context = NULL;
  REQUIRE(free);
  REQUIRE(total);
  FAIL_UNLESS((unsigned)attr <= LAST_MEM_ATTR, MC_RT_MEMORY_TYPE, attr, "attr", "one of aclrtMemAttr");
  TRY(mc_context_require(__func__, &context));
  mc_heap *heap = mc_heap_of(context->device);
  uint64_t free_bytes = 0, total_bytes = 0;
  if (heap == NULL) {
    return mc_fail(MC_RT_DEVICE_SETUP, "EE1023", __func__, "the host has no address space left for the device");
  }
  mc_heap_usage(heap, &free_bytes, &total_bytes);
  *free = free_bytes;
  *total = total_bytes;
  return MC_OK;
}

aclError aclrtGetMemUsageInfo(int32_t deviceId, aclrtMemUsageInfo *memUsageInfo, size_t inputNum, size_t *outputNum) {
  REQUIRE(memUsageInfo);
  REQUIRE(outputNum);
  FAIL_UNLESS(inputNum > 0, MC_RT_PARAM, inputNum, "inputNum", "above 0");
  mc_device *device = mc_device_of_user(deviceId);
  FAIL_UNLESS(device != NULL, MC_RT_DEVICE_ID, deviceId, "deviceId", "a visible device");
  mc_heap *heap = mc_heap_of(device);
  uint64_t free_bytes = 0, total = 0;
  if (heap != NULL) {
    mc_heap_usage(heap, &free_bytes, &total);
  }
  memset(memUsageInfo, 0, sizeof *memUsageInfo);
  snprintf(memUsageInfo->name, sizeof memUsageInfo->name, "APP");
  memUsageInfo->curMemSize = total - free_bytes;
  memUsageInfo->memPeakSize = heap == NULL ? 0 : mc_heap_peak(heap);
  *outputNum = 1;
  return MC_OK;
}

aclError aclrtPointerGetAttributes(const void *ptr, aclrtPtrAttributes *attributes) {
  REQUIRE(ptr);
  REQUIRE(attributes);
  TRY(mc_process_check(__func__));
  mc_range range;
  memset(attributes, 0, sizeof *attributes);
  if (!mc_map_find((uintptr_t)ptr, &range)) {
    attributes->location.type = ACL_MEM_LOCATION_TYPE_UNREGISTERED;
    return MC_OK;
  }
  const bool host = range.kind == MC_RANGE_HOST || range.kind == MC_RANGE_REGISTERED;
  attributes->location.type = host ? ACL_MEM_LOCATION_TYPE_HOST : ACL_MEM_LOCATION_TYPE_DEVICE;
  attributes->location.id = (uint32_t)mc_device_user_id(range.device);
  attributes->pageSize = range.page;
  return MC_OK;
}

aclError aclrtMemGetAddressRange(void *ptr, void **pbase, size_t *psize) {
  REQUIRE(ptr);
  mc_range range;
  if (!mc_map_find((uintptr_t)ptr, &range) || mc_heap_owner((uintptr_t)ptr) == NULL) {
    return mc_fail(MC_RT_PARAM, "EE1011", __func__, MC_TEXT("%p", ptr), "ptr", "it is in no device allocation");
  }
  if (pbase != NULL) {
    *pbase = (void *)range.start;
  }
  if (psize != NULL) {
    *psize = range.size;
  }
  return MC_OK;
}

aclError aclrtHostRegister(void *ptr, uint64_t size, aclrtHostRegisterType type, void **devPtr) {
  REQUIRE(ptr);
  REQUIRE(devPtr);
  REQUIRE_SIZE(size);
  FAIL_UNLESS(type == ACL_HOST_REGISTER_MAPPED, MC_RT_NOT_SUPPORTED, type, "type", "ACL_HOST_REGISTER_MAPPED");
  return mc_host_register(__func__, ptr, size, devPtr);
}

aclError aclrtHostRegisterV2(void *ptr, uint64_t size, uint32_t flag) {
  const uint32_t known = ACL_HOST_REG_MAPPED | ACL_HOST_REG_IOMEMORY | ACL_HOST_REG_READONLY | ACL_HOST_REG_PINNED;
  REQUIRE(ptr);
  REQUIRE_SIZE(size);
  FAIL_UNLESS((flag & ~known) == 0, MC_RT_PARAM, flag, "flag", "a combination of ACL_HOST_REG_*");
  return mc_host_register(__func__, ptr, size, NULL);
}

aclError aclrtHostGetDevicePointer(void *pHost, void **pDevice, uint32_t flag) {
  REQUIRE(pHost);
  REQUIRE(pDevice);
  REFUSE_UNLESS(flag == 0, flag, "flag", "0");
  mc_range range;
  if (!mc_map_find((uintptr_t)pHost, &range) || range.kind == MC_RANGE_DEVICE) {
    return mc_fail(MC_RT_HOST_NOT_REGISTERED, "EE1011", __func__, MC_TEXT("%p", pHost), "pHost",
                   "it is not registered host memory");
  }
  *pDevice = pHost;
  return MC_OK;
}

aclError aclrtHostUnregister(void *ptr) {
  REQUIRE(ptr);
  return mc_host_unregister(__func__, ptr);
}

aclError aclrtCheckMemType(void **addrList, uint32_t size, uint32_t memType, uint32_t *checkResult, uint32_t reserve) {
  REQUIRE(addrList);
  REQUIRE(checkResult);
  (void)reserve;
  (void)memType;
  bool all_known = true;
  for (uint32_t i = 0; i < size; ++i) {
    all_known = all_known && mc_memory_place(addrList[i]) == MC_PLACE_DEVICE;
  }
  *checkResult = all_known ? 1 : 0;
  return MC_OK;
}
