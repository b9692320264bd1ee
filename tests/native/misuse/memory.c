/* Memory: allocation, copies, fills, registration, virtual memory. */
#include "misuse.h"

#include <string.h>

#define POLICY ACL_MEM_MALLOC_HUGE_FIRST

CASE(malloc_null) { return aclrtMalloc(NULL, 8, POLICY); }
CASE(malloc_zero) {
  void *p = (void *)1;
  NEED(aclrtSetDevice(0));
  const int status = aclrtMalloc(&p, 0, POLICY);
  EXPECT(p == (void *)1);
  return status;
}
CASE(malloc_overflow) {
  void *p = NULL;
  NEED(aclrtSetDevice(0));
  return aclrtMalloc(&p, SIZE_MAX, POLICY);
}
CASE(malloc_without_context) {
  void *p = NULL;
  return aclrtMalloc(&p, 8, POLICY);
}
CASE(malloc_more_than_there_is) {
  void *p = NULL;
  setenv("MOCK_CANN_PROFILE", "atlas-a2,memory=64M", 1);
  NEED(aclrtSetDevice(0));
  return aclrtMalloc(&p, (size_t)65 << 20, POLICY);
}
CASE(malloc_until_full) {
  void *p = NULL;
  size_t available = 0, total = 0;
  int status = 0, count = 0;
  setenv("MOCK_CANN_PROFILE", "atlas-a2,memory=64M", 1);
  NEED(aclrtSetDevice(0));
  while ((status = aclrtMalloc(&p, (size_t)4 << 20, POLICY)) == 0) {
    ++count;
  }
  NEED(aclrtGetMemInfo(ACL_HBM_MEM, &available, &total));
  EXPECT(count >= 10 && count <= 16 && total == (size_t)64 << 20 && available < (size_t)6 << 20);
  return status;
}
CASE(malloc_unknown_policy_is_default) {
  void *p = NULL;
  NEED(aclrtSetDevice(0));
  return aclrtMalloc(&p, 8, (aclrtMemMallocPolicy)99);
}
CASE(malloc_cfg_unknown_policy) {
  void *p = NULL;
  NEED(aclrtSetDevice(0));
  return aclrtMallocWithCfg(&p, 8, (aclrtMemMallocPolicy)99, NULL);
}
CASE(malloc_cfg_attrs_null) {
  void *p = NULL;
  aclrtMallocConfig config = {NULL, 1};
  NEED(aclrtSetDevice(0));
  return aclrtMallocWithCfg(&p, 8, POLICY, &config);
}
CASE(malloc_cfg_unknown_attr) {
  void *p = NULL;
  aclrtMallocAttribute attr = {(aclrtMallocAttrType)42, {0}};
  aclrtMallocConfig config = {&attr, 1};
  NEED(aclrtSetDevice(0));
  return aclrtMallocWithCfg(&p, 8, POLICY, &config);
}
CASE(malloc_cfg_device_needs_no_context) {
  void *p = NULL;
  aclrtMallocAttribute attr = {ACL_RT_MEM_ATTR_DEVICE_ID, {0}};
  aclrtMallocConfig config = {&attr, 1};
  attr.value.deviceId = 1;
  return aclrtMallocWithCfg(&p, 8, POLICY, &config);
}
CASE(free_null) { return aclrtFree(NULL); }
CASE(free_twice) {
  void *p = need_memory(64);
  NEED(aclrtFree(p));
  return aclrtFree(p);
}
CASE(free_host_pointer) {
  void *p = NULL;
  NEED(aclrtSetDevice(0));
  NEED(aclrtMallocHost(&p, 64));
  return aclrtFree(p);
}
CASE(free_inside_an_allocation) { return aclrtFree((char *)need_memory(256) + 64); }
CASE(malloc_host_null) { return aclrtMallocHost(NULL, 8); }
CASE(malloc_host_zero) {
  void *p = NULL;
  NEED(aclrtSetDevice(0));
  return aclrtMallocHost(&p, 0);
}
CASE(malloc_host_without_context) {
  void *p = NULL;
  return aclrtMallocHost(&p, 8);
}
CASE(free_host_null) { return aclrtFreeHost(NULL); }
CASE(free_host_device_pointer) { return aclrtFreeHost(need_memory(64)); }

CASE(memcpy_zero_comes_first) { return aclrtMemcpy(NULL, 0, NULL, 0, (aclrtMemcpyKind)99); }
CASE(memcpy_null) {
  char byte = 0;
  return aclrtMemcpy(NULL, 1, &byte, 1, ACL_MEMCPY_HOST_TO_HOST);
}
CASE(memcpy_unknown_kind) {
  char a = 0, b = 0;
  NEED(aclrtSetDevice(0));
  return aclrtMemcpy(&a, 1, &b, 1, (aclrtMemcpyKind)6);
}
CASE(memcpy_too_much) {
  char a[4] = {0}, b[8] = {0};
  NEED(aclrtSetDevice(0));
  return aclrtMemcpy(a, 4, b, 8, ACL_MEMCPY_HOST_TO_HOST);
}
CASE(memcpy_onto_itself) {
  char a[4] = {0};
  return aclrtMemcpy(a, 4, a, 4, ACL_MEMCPY_HOST_TO_HOST);
}
CASE(memcpy_without_context) {
  char a = 0, b = 0;
  return aclrtMemcpy(&a, 1, &b, 1, ACL_MEMCPY_HOST_TO_HOST);
}
CASE(memcpy_freed_device_memory) {
  char host[64] = {0};
  void *p = need_memory(64);
  NEED(aclrtFree(p));
  return aclrtMemcpy(host, 64, p, 64, ACL_MEMCPY_DEVICE_TO_HOST);
}
CASE(memcpy_past_the_end) {
  static char host[1 << 16];
  return aclrtMemcpy(need_memory(64), 1 << 16, host, 1 << 16, ACL_MEMCPY_HOST_TO_DEVICE);
}
CASE(memcpy_round_trip) {
  char in[256], out[256] = {0};
  void *p = need_memory(256);
  for (int i = 0; i < 256; ++i) {
    in[i] = (char)i;
  }
  NEED(aclrtMemcpy(p, 256, in, 256, ACL_MEMCPY_HOST_TO_DEVICE));
  NEED(aclrtMemcpy(out, 256, p, 256, ACL_MEMCPY_DEVICE_TO_HOST));
  EXPECT(memcmp(in, out, 256) == 0);
  return 0;
}
CASE(memcpy_async_zero_comes_first) { return aclrtMemcpyAsync(NULL, 0, NULL, 0, (aclrtMemcpyKind)99, NULL); }
CASE(memcpy_async_null) {
  char byte = 0;
  return aclrtMemcpyAsync(NULL, 1, &byte, 1, ACL_MEMCPY_HOST_TO_DEVICE, need_stream());
}
CASE(memcpy_async_too_much) {
  aclrtStream stream = need_stream();
  char host[8] = {0};
  return aclrtMemcpyAsync(need_memory(64), 4, host, 8, ACL_MEMCPY_HOST_TO_DEVICE, stream);
}
CASE(memcpy_async_destroyed_stream) {
  aclrtStream stream = need_stream();
  char host[8] = {0};
  NEED(aclrtDestroyStream(stream));
  return aclrtMemcpyAsync(need_memory(64), 64, host, 8, ACL_MEMCPY_HOST_TO_DEVICE, stream);
}
CASE(memcpy_async_host_to_host) {
  aclrtStream stream = need_stream();
  void *a = NULL, *b = NULL;
  NEED(aclrtMallocHost(&a, 8));
  NEED(aclrtMallocHost(&b, 8));
  return aclrtMemcpyAsync(a, 8, b, 8, ACL_MEMCPY_HOST_TO_HOST, stream);
}
CASE(memcpy_async_kind_is_corrected) {
  aclrtStream stream = need_stream();
  void *host = NULL, *device = need_memory(8);
  char back[8] = {0};
  NEED(aclrtMallocHost(&host, 8));
  memcpy(host, "ascend!", 8);
  NEED(aclrtMemcpyAsync(device, 8, host, 8, ACL_MEMCPY_DEVICE_TO_HOST, stream));
  NEED(aclrtSynchronizeStream(stream));
  NEED(aclrtMemcpy(back, 8, device, 8, ACL_MEMCPY_DEVICE_TO_HOST));
  EXPECT(strcmp(back, "ascend!") == 0);
  return 0;
}
CASE(memcpy_async_pageable_wrong_kind) {
  aclrtStream stream = need_stream();
  char host[8] = {0};
  return aclrtMemcpyAsync(need_memory(8), 8, host, 8, ACL_MEMCPY_DEVICE_TO_HOST, stream);
}
CASE(memcpy_async_bad_address_fails_at_synchronize) {
  aclrtStream stream = need_stream();
  void *freed = need_memory(64), *device = need_memory(64);
  NEED(aclrtFree(freed));
  NEED(aclrtMemcpyAsync(device, 64, freed, 64, ACL_MEMCPY_DEVICE_TO_DEVICE, stream));
  return aclrtSynchronizeStream(stream);
}
CASE(memcpy_between_devices_without_peer_access) {
  void *here = NULL, *there = NULL;
  NEED(aclrtSetDevice(1));
  NEED(aclrtMalloc(&there, 64, POLICY));
  NEED(aclrtSetDevice(0));
  NEED(aclrtMalloc(&here, 64, POLICY));
  aclrtStream stream = need_stream();
  NEED(aclrtMemcpyAsync(here, 64, there, 64, ACL_MEMCPY_DEVICE_TO_DEVICE, stream));
  EXPECT(aclrtSynchronizeStream(stream) != 0);
  NEED(aclrtDeviceEnablePeerAccess(1, 0));
  NEED(aclrtMemcpyAsync(here, 64, there, 64, ACL_MEMCPY_DEVICE_TO_DEVICE, stream));
  return aclrtSynchronizeStream(stream);
}
CASE(memcpy_with_offset_beyond) {
  aclrtStream stream = need_stream();
  void *device = need_memory(64);
  const void *source = device;
  return aclrtMemcpyAsyncWithOffset(&device, 64, 64, &source, 1, 0, ACL_MEMCPY_DEVICE_TO_DEVICE, stream);
}

CASE(memcpy2d_zero_comes_first) { return aclrtMemcpy2d(NULL, 0, NULL, 0, 0, 5, (aclrtMemcpyKind)99); }
CASE(memcpy2d_null) { return aclrtMemcpy2d(NULL, 8, NULL, 8, 4, 4, ACL_MEMCPY_HOST_TO_DEVICE); }
CASE(memcpy2d_pitch) {
  char host[64] = {0};
  return aclrtMemcpy2d(need_memory(64), 4, host, 8, 8, 4, ACL_MEMCPY_HOST_TO_DEVICE);
}
CASE(memcpy2d_host_to_host) {
  char host[64] = {0};
  return aclrtMemcpy2d(need_memory(64), 8, host, 8, 8, 4, ACL_MEMCPY_HOST_TO_HOST);
}
CASE(memcpy2d_device_to_device) {
  return aclrtMemcpy2d(need_memory(64), 8, need_memory(64), 8, 8, 4, ACL_MEMCPY_DEVICE_TO_DEVICE);
}
CASE(memcpy2d_too_high) {
  char host[64] = {0};
  return aclrtMemcpy2d(need_memory(64), 8, host, 8, 8, 5242881, ACL_MEMCPY_HOST_TO_DEVICE);
}
CASE(memcpy2d_copies_rows) {
  char in[12] = "abcdefghijk", out[12] = {0};
  void *device = need_memory(64);
  NEED(aclrtMemcpy2d(device, 8, in, 4, 3, 3, ACL_MEMCPY_HOST_TO_DEVICE));
  NEED(aclrtMemcpy2d(out, 3, device, 8, 3, 3, ACL_MEMCPY_DEVICE_TO_HOST));
  EXPECT(memcmp(out, "abcefgijk", 9) == 0);
  return 0;
}

CASE(memset_zero_comes_first) { return aclrtMemset(NULL, 0, 0, 0); }
CASE(memset_null) { return aclrtMemset(NULL, 8, 0, 8); }
CASE(memset_too_much) { return aclrtMemset(need_memory(64), 4, 0, 8); }
CASE(memset_pageable) {
  char host[8];
  NEED(aclrtSetDevice(0));
  return aclrtMemset(host, 8, 0, 8);
}
CASE(memset_async_too_much) {
  aclrtStream stream = need_stream();
  return aclrtMemsetAsync(need_memory(64), 4, 0, 8, stream);
}
CASE(memset_d32_unaligned) { return aclrtMemsetD32((char *)need_memory(64) + 1, 16, 0, 2); }
CASE(memset_d32_short) { return aclrtMemsetD32(need_memory(64), 4, 0, 2); }

CASE(host_register_null) {
  void *device = NULL;
  return aclrtHostRegister(NULL, 8, ACL_HOST_REGISTER_MAPPED, &device);
}
CASE(host_register_unknown_type) {
  char host[64];
  void *device = NULL;
  NEED(aclrtSetDevice(0));
  return aclrtHostRegister(host, 64, (aclrtHostRegisterType)99, &device);
}
CASE(host_register_twice) {
  static char host[4096];
  NEED(aclrtSetDevice(0));
  NEED(aclrtHostRegisterV2(host, 4096, ACL_HOST_REG_MAPPED));
  return aclrtHostRegisterV2(host, 4096, ACL_HOST_REG_MAPPED);
}
CASE(host_register_unknown_flag) {
  static char host[4096];
  NEED(aclrtSetDevice(0));
  return aclrtHostRegisterV2(host, 4096, 1);
}
CASE(host_unregister_unknown) {
  char host[64];
  return aclrtHostUnregister(host);
}
CASE(host_device_pointer_flag) {
  char host[64];
  void *device = NULL;
  return aclrtHostGetDevicePointer(host, &device, 1);
}
CASE(pointer_attributes_null) { return aclrtPointerGetAttributes(NULL, NULL); }
CASE(pointer_attributes_tell_the_place) {
  char pageable = 0;
  void *pinned = NULL;
  aclrtPtrAttributes attributes;
  void *device = need_memory(64);
  NEED(aclrtMallocHost(&pinned, 64));
  NEED(aclrtPointerGetAttributes(device, &attributes));
  EXPECT(attributes.location.type == ACL_MEM_LOCATION_TYPE_DEVICE);
  NEED(aclrtPointerGetAttributes((char *)pinned + 3, &attributes));
  EXPECT(attributes.location.type == ACL_MEM_LOCATION_TYPE_HOST);
  NEED(aclrtPointerGetAttributes(&pageable, &attributes));
  EXPECT(attributes.location.type == ACL_MEM_LOCATION_TYPE_UNREGISTERED);
  return 0;
}
CASE(mem_info_null) { return aclrtGetMemInfo(ACL_HBM_MEM, NULL, NULL); }
CASE(mem_info_unknown_attribute) {
  size_t a = 0, b = 0;
  NEED(aclrtSetDevice(0));
  return aclrtGetMemInfo((aclrtMemAttr)18, &a, &b);
}
CASE(mem_info_without_context) {
  size_t a = 0, b = 0;
  return aclrtGetMemInfo(ACL_HBM_MEM, &a, &b);
}
CASE(mem_usage_none) {
  aclrtMemUsageInfo info;
  size_t count = 0;
  return aclrtGetMemUsageInfo(0, &info, 0, &count);
}

CASE(reserve_flags) {
  void *p = NULL;
  NEED(aclrtSetDevice(0));
  return aclrtReserveMemAddress(&p, 1 << 21, 0, NULL, 2);
}
CASE(reserve_zero) {
  void *p = NULL;
  return aclrtReserveMemAddress(&p, 0, 0, NULL, 0);
}
static aclrtPhysicalMemProp huge_pages(void) {
  aclrtPhysicalMemProp prop;
  memset(&prop, 0, sizeof prop);
  prop.handleType = ACL_MEM_HANDLE_TYPE_NONE;
  prop.allocationType = ACL_MEM_ALLOCATION_TYPE_PINNED;
  prop.memAttr = ACL_HBM_MEM_HUGE;
  prop.location.type = ACL_MEM_LOCATION_TYPE_DEVICE;
  return prop;
}
CASE(malloc_physical_flags) {
  aclrtDrvMemHandle handle = NULL;
  const aclrtPhysicalMemProp prop = huge_pages();
  return aclrtMallocPhysical(&handle, 1 << 21, &prop, 1);
}
CASE(malloc_physical_unregistered) {
  aclrtDrvMemHandle handle = NULL;
  aclrtPhysicalMemProp prop = huge_pages();
  prop.location.type = ACL_MEM_LOCATION_TYPE_UNREGISTERED;
  return aclrtMallocPhysical(&handle, 1 << 21, &prop, 0);
}
CASE(malloc_physical_ddr_on_device) {
  aclrtDrvMemHandle handle = NULL;
  aclrtPhysicalMemProp prop = huge_pages();
  prop.memAttr = ACL_DDR_MEM_HUGE;
  return aclrtMallocPhysical(&handle, 1 << 21, &prop, 0);
}
CASE(malloc_physical_granularity) {
  aclrtDrvMemHandle handle = NULL;
  const aclrtPhysicalMemProp prop = huge_pages();
  NEED(aclrtSetDevice(0));
  return aclrtMallocPhysical(&handle, 4096, &prop, 0);
}
CASE(granularity_option) {
  aclrtPhysicalMemProp prop = huge_pages();
  size_t granularity = 0;
  return aclrtMemGetAllocationGranularity(&prop, (aclrtMemGranularityOptions)7, &granularity);
}
CASE(map_twice) {
  void *p = NULL;
  aclrtDrvMemHandle handle = NULL;
  const aclrtPhysicalMemProp prop = huge_pages();
  NEED(aclrtSetDevice(0));
  NEED(aclrtReserveMemAddress(&p, 1 << 22, 0, NULL, 0));
  NEED(aclrtMallocPhysical(&handle, 1 << 21, &prop, 0));
  NEED(aclrtMapMem(p, 1 << 21, 0, handle, 0));
  return aclrtMapMem(p, 1 << 21, 0, handle, 0);
}
CASE(release_while_mapped) {
  void *p = NULL;
  aclrtDrvMemHandle handle = NULL;
  const aclrtPhysicalMemProp prop = huge_pages();
  NEED(aclrtSetDevice(0));
  NEED(aclrtReserveMemAddress(&p, 1 << 22, 0, NULL, 0));
  NEED(aclrtMallocPhysical(&handle, 1 << 21, &prop, 0));
  NEED(aclrtMapMem(p, 1 << 21, 0, handle, 0));
  return aclrtReleaseMemAddress(p);
}
CASE(mapped_memory_is_shared_by_its_mappings) {
  void *p = NULL;
  char *second = NULL;
  char out[16] = {0};
  aclrtDrvMemHandle handle = NULL;
  const aclrtPhysicalMemProp prop = huge_pages();
  NEED(aclrtSetDevice(0));
  NEED(aclrtReserveMemAddress(&p, 1 << 22, 0, NULL, 0));
  NEED(aclrtMallocPhysical(&handle, 1 << 21, &prop, 0));
  second = (char *)p + (1 << 21);
  NEED(aclrtMapMem(p, 1 << 21, 0, handle, 0));
  NEED(aclrtMapMem(second, 1 << 21, 0, handle, 0));
  NEED(aclrtMemcpy(p, 16, "seen from there", 16, ACL_MEMCPY_HOST_TO_DEVICE));
  NEED(aclrtMemcpy(out, 16, second, 16, ACL_MEMCPY_DEVICE_TO_HOST));
  EXPECT(strcmp(out, "seen from there") == 0);
  NEED(aclrtUnmapMem(p));
  NEED(aclrtUnmapMem(second));
  NEED(aclrtFreePhysical(handle));
  NEED(aclrtReleaseMemAddress(p));
  return aclrtUnmapMem(p);
}
CASE(batch_no_sizes) {
  size_t fail = 0;
  return aclrtMemcpyBatch(NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, &fail);
}
CASE(batch_fail_index_null) {
  size_t size = 1;
  return aclrtMemcpyBatch(NULL, NULL, NULL, &size, 1, NULL, NULL, 0, NULL);
}
CASE(batch_all_zero) {
  size_t size = 0, fail = 7;
  const int status = aclrtMemcpyBatch(NULL, NULL, NULL, &size, 1, NULL, NULL, 0, &fail);
  EXPECT(fail == SIZE_MAX);
  return status;
}
CASE(batch_mixed_directions) {
  char host[8] = {0};
  void *device = need_memory(8);
  void *dsts[2] = {device, host}, *srcs[2] = {host, device};
  size_t maxs[2] = {8, 8}, sizes[2] = {8, 8}, indexes[1] = {0}, fail = 0;
  aclrtMemcpyBatchAttr attr;
  memset(&attr, 0, sizeof attr);
  const int status = aclrtMemcpyBatch(dsts, maxs, srcs, sizes, 2, &attr, indexes, 1, &fail);
  EXPECT(fail == 1);
  return status;
}
