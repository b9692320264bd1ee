/* Allocation and release of device and host memory. */
#include "acl/acl_rt.h"

#include "acl/check.h"
#include "engine/memory.h"

enum { UNIT = 32 };

/* CANN rounds a request up to 32 bytes, and aclrtMalloc adds 32 more for kernels that read a little ahead. */
static int grow(const char *function, size_t size, size_t extra, size_t *grown) {
  if (size == 0) {
    return mc_refuse(MC_INVALID_PARAM, "EH0001", "0", "size", "it must be greater than 0");
  }
  if (size > SIZE_MAX - UNIT - extra) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%zu", size), "size", "a size that can be rounded up");
  }
  *grown = (size + UNIT - 1) / UNIT * UNIT + extra;
  return MC_OK;
}

static size_t extra_of(aclrtMemMallocPolicy policy) {
  const int kind = (int)policy & 0xff;
  return kind == ACL_MEM_MALLOC_HUGE1G_ONLY || kind == ACL_MEM_MALLOC_HUGE1G_ONLY_P2P ? 0 : UNIT;
}

aclError aclrtMalloc(void **devPtr, size_t size, aclrtMemMallocPolicy policy) {
  size_t grown = 0;
  REQUIRE(devPtr);
  TRY(grow(__func__, size, extra_of(policy), &grown));
  return mc_device_malloc(__func__, grown, (int)policy, devPtr);
}

aclError aclrtMallocAlign32(void **devPtr, size_t size, aclrtMemMallocPolicy policy) {
  size_t grown = 0;
  REQUIRE(devPtr);
  TRY(grow(__func__, size, 0, &grown));
  return mc_device_malloc(__func__, grown, (int)policy, devPtr);
}

aclError aclrtMallocCached(void **devPtr, size_t size, aclrtMemMallocPolicy policy) {
  size_t grown = 0;
  REQUIRE(devPtr);
  TRY(grow(__func__, size, extra_of(policy), &grown));
  return mc_device_malloc(__func__, grown, (int)policy, devPtr);
}

/* Finds a device named by the attributes; *device stays NULL when none is. */
static int read_config(const char *function, const aclrtMallocConfig *cfg, mc_device **device) {
  *device = NULL;
  if (cfg == NULL || cfg->numAttrs == 0) {
    return MC_OK;
  }
  if (cfg->attrs == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0002", "cfg->attrs");
  }
  for (size_t i = 0; i < cfg->numAttrs; ++i) {
    const aclrtMallocAttribute *attribute = &cfg->attrs[i];
    if ((unsigned)attribute->attr > ACL_RT_MEM_ATTR_VA_FLAG || attribute->attr == ACL_RT_MEM_ATTR_RSV) {
      return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%d", (int)attribute->attr), "cfg->attrs[].attr",
                       "a module id, a device id or a VA flag");
    }
    if (attribute->attr == ACL_RT_MEM_ATTR_DEVICE_ID) {
      *device = mc_device_of_user((int)attribute->value.deviceId);
      if (*device == NULL) {
        return mc_fail(MC_RT_DEVICE_ID, "EE1003", function, MC_TEXT("%u", attribute->value.deviceId), "deviceId",
                       "a visible device");
      }
    }
  }
  return MC_OK;
}

static int malloc_configured(const char *function, void **address, size_t size, aclrtMemMallocPolicy policy,
                             const aclrtMallocConfig *cfg) {
  size_t grown = 0;
  mc_device *device = NULL;
  TRY(grow(function, size, extra_of(policy), &grown));
  const unsigned base = (unsigned)policy & 0xffu;
  const unsigned known = ACL_MEM_TYPE_LOW_BAND_WIDTH | ACL_MEM_TYPE_HIGH_BAND_WIDTH | ACL_MEM_ACCESS_USER_SPACE_READONLY;
  if (base > ACL_MEM_MALLOC_HUGE1G_ONLY_P2P || ((unsigned)policy & ~(0xffu | known)) != 0) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%#x", (unsigned)policy), "policy",
                     "one of ACL_MEM_MALLOC_*");
  }
  TRY(read_config(function, cfg, &device));
  TRY(mc_process_check(function));
  return device == NULL ? mc_device_malloc(function, grown, (int)policy, address)
                        : mc_device_malloc_on(function, device, grown, (int)policy, address);
}

aclError aclrtMallocWithCfg(void **devPtr, size_t size, aclrtMemMallocPolicy policy, aclrtMallocConfig *cfg) {
  REQUIRE(devPtr);
  return malloc_configured(__func__, devPtr, size, policy, cfg);
}

aclError aclrtMallocForTaskScheduler(void **devPtr, size_t size, aclrtMemMallocPolicy policy, aclrtMallocConfig *cfg) {
  REQUIRE(devPtr);
  return malloc_configured(__func__, devPtr, size, policy, cfg);
}

aclError aclrtFree(void *devPtr) {
  REQUIRE(devPtr);
  return mc_device_free(__func__, devPtr);
}

aclError aclrtFreeWithDevSync(void *devPtr) {
  REQUIRE(devPtr);
  TRY(mc_device_synchronize(__func__, -1));
  return mc_device_free(__func__, devPtr);
}

aclError aclrtMallocHost(void **hostPtr, size_t size) {
  REQUIRE(hostPtr);
  REQUIRE_SIZE(size);
  return mc_host_malloc(__func__, size, hostPtr);
}

aclError aclrtMallocHostWithCfg(void **ptr, uint64_t size, aclrtMallocConfig *cfg) {
  mc_device *device = NULL;
  REQUIRE(ptr);
  REQUIRE_SIZE(size);
  TRY(read_config(__func__, cfg, &device));
  return mc_host_malloc(__func__, size, ptr);
}

aclError aclrtFreeHost(void *hostPtr) {
  REQUIRE(hostPtr);
  return mc_host_free(__func__, hostPtr);
}

aclError aclrtFreeHostWithDevSync(void *hostPtr) {
  REQUIRE(hostPtr);
  TRY(mc_device_synchronize(__func__, -1));
  return mc_host_free(__func__, hostPtr);
}

aclError aclrtMemFlush(void *devPtr, size_t size) {
  REQUIRE(devPtr);
  REQUIRE_SIZE(size);
  return MC_OK; /* the alias is coherent */
}

aclError aclrtMemInvalidate(void *devPtr, size_t size) {
  REQUIRE(devPtr);
  REQUIRE_SIZE(size);
  return MC_OK;
}
