/* Virtual memory management. Sharing between processes is not emulated. */
#include "acl/acl_rt.h"

#include "acl/check.h"
#include "engine/virtual_memory.h"

static int reserve(const char *function, void **address, size_t size, size_t alignment, uint64_t flags) {
  if (address == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0002", "virPtr");
  }
  if (size == 0 || flags > 1) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%zu, %llu", size, (unsigned long long)flags),
                     "size, flags", "a size above 0 and flags 0 (normal pages) or 1 (huge pages)");
  }
  if (alignment != 0) {
    return mc_fail(MC_RT_PARAM, "EE1003", function, MC_TEXT("%zu", alignment), "alignment", "0");
  }
  return mc_address_reserve(function, size, address);
}

aclError aclrtReserveMemAddress(void **virPtr, size_t size, size_t alignment, void *expectPtr, uint64_t flags) {
  (void)expectPtr;
  return reserve(__func__, virPtr, size, alignment, flags);
}

aclError aclrtReserveMemAddressNoUCMemory(void **virPtr, size_t size, size_t alignment, void *expectPtr,
                                          uint64_t flags) {
  (void)expectPtr;
  return reserve(__func__, virPtr, size, alignment, flags);
}

aclError aclrtReleaseMemAddress(void *virPtr) {
  REQUIRE(virPtr);
  return mc_address_release(__func__, virPtr);
}

static bool is_ddr(aclrtMemAttr attr) {
  return attr == ACL_DDR_MEM || attr == ACL_DDR_MEM_HUGE || attr == ACL_DDR_MEM_NORMAL || attr == ACL_DDR_MEM_P2P_HUGE ||
         attr == ACL_DDR_MEM_P2P_NORMAL;
}

/* The page that goes with an attribute; 0 for one that names no memory. */
static uint32_t page_of(aclrtMemAttr attr) {
  switch ((int)attr) {
  case ACL_HBM_MEM_NORMAL:
  case ACL_HBM_MEM_P2P_NORMAL:
  case ACL_DDR_MEM_NORMAL:
  case ACL_DDR_MEM_P2P_NORMAL:
  case ACL_MEM_NORMAL:
  case ACL_MEM_P2P_NORMAL:
    return MC_PAGE_NORMAL;
  case ACL_HBM_MEM_HUGE:
  case ACL_HBM_MEM_P2P_HUGE:
  case ACL_DDR_MEM_HUGE:
  case ACL_DDR_MEM_P2P_HUGE:
  case ACL_MEM_HUGE:
  case ACL_MEM_P2P_HUGE:
    return MC_PAGE_HUGE;
  case ACL_HBM_MEM_HUGE1G:
  case ACL_HBM_MEM_P2P_HUGE1G:
  case ACL_MEM_HUGE1G:
  case ACL_MEM_P2P_HUGE1G:
    return MC_PAGE_GIGA;
  default:
    return 0;
  }
}

static int check_properties(const char *function, const aclrtPhysicalMemProp *prop) {
  const bool device = prop->location.type == ACL_MEM_LOCATION_TYPE_DEVICE;
  const bool place = device || prop->location.type == ACL_MEM_LOCATION_TYPE_HOST ||
                     prop->location.type == ACL_MEM_LOCATION_TYPE_HOST_NUMA;
  const char *problem = NULL;
  problem = prop->handleType != ACL_MEM_HANDLE_TYPE_NONE ? "handleType must be ACL_MEM_HANDLE_TYPE_NONE" : problem;
  problem = prop->allocationType != ACL_MEM_ALLOCATION_TYPE_PINNED ? "allocationType must be pinned" : problem;
  problem = !place ? "location.type must be device or host" : problem;
  problem = device && is_ddr(prop->memAttr) ? "device memory cannot have a DDR attribute" : problem;
  problem = page_of(prop->memAttr) == 0 ? "memAttr names no kind of page" : problem;
  return problem == NULL ? MC_OK : mc_refuse(MC_INVALID_PARAM, "EH0012", function, "prop", problem);
}

aclError aclrtMallocPhysical(aclrtDrvMemHandle *handle, size_t size, const aclrtPhysicalMemProp *prop, uint64_t flags) {
  REQUIRE(handle);
  REQUIRE(prop);
  REQUIRE_SIZE(size);
  REFUSE_UNLESS(flags == 0, flags, "flags", "0");
  TRY(check_properties(__func__, prop));
  TRY(mc_process_check(__func__));
  mc_device *device = mc_device_of_user((int)prop->location.id);
  FAIL_UNLESS(device != NULL, MC_RT_DEVICE_ID, prop->location.id, "prop->location.id", "a visible device");
  return mc_physical_create(__func__, device, size, page_of(prop->memAttr), (int)prop->memAttr,
                            (mc_physical **)handle);
}

aclError aclrtFreePhysical(aclrtDrvMemHandle handle) {
  REQUIRE(handle);
  return mc_physical_destroy(__func__, handle);
}

aclError aclrtMapMem(void *virPtr, size_t size, size_t offset, aclrtDrvMemHandle handle, uint64_t flags) {
  REQUIRE(virPtr);
  REQUIRE(handle);
  REQUIRE_SIZE(size);
  REFUSE_UNLESS(flags == 0, flags, "flags", "0");
  FAIL_UNLESS(offset == 0, MC_RT_PARAM, offset, "offset", "0");
  return mc_map_physical(__func__, virPtr, size, handle);
}

aclError aclrtUnmapMem(void *virPtr) {
  REQUIRE(virPtr);
  return mc_unmap_physical(__func__, virPtr);
}

aclError aclrtMemSetAccess(void *virPtr, size_t size, aclrtMemAccessDesc *desc, size_t count) {
  FAIL_UNLESS(virPtr != NULL && desc != NULL && size > 0 && count > 0, MC_RT_PARAM, count, "virPtr, size, desc, count",
              "a mapped range and at least one description");
  mc_range range;
  FAIL_UNLESS(mc_map_find((uintptr_t)virPtr, &range) && range.kind == MC_RANGE_MAPPED, MC_RT_PARAM, (intptr_t)virPtr,
              "virPtr", "an address with memory mapped to it");
  return MC_OK; /* every device of the emulated box reaches all mapped memory */
}

aclError aclrtMemGetAllocationGranularity(aclrtPhysicalMemProp *prop, aclrtMemGranularityOptions option,
                                          size_t *granularity) {
  REQUIRE(prop);
  REQUIRE(granularity);
  REFUSE_UNLESS(option == ACL_RT_MEM_ALLOC_GRANULARITY_MINIMUM || option == ACL_RT_MEM_ALLOC_GRANULARITY_RECOMMENDED,
                option, "option", "ACL_RT_MEM_ALLOC_GRANULARITY_MINIMUM or _RECOMMENDED");
  TRY(check_properties(__func__, prop));
  *granularity = page_of(prop->memAttr);
  return MC_OK;
}

aclError aclrtMemRetainAllocationHandle(void *virPtr, aclrtDrvMemHandle *handle) {
  REQUIRE(virPtr);
  REQUIRE(handle);
  mc_range range;
  FAIL_UNLESS(mc_map_find((uintptr_t)virPtr, &range) && range.kind == MC_RANGE_MAPPED, MC_RT_PARAM, (intptr_t)virPtr,
              "virPtr", "an address with memory mapped to it");
  *handle = range.extra;
  return MC_OK;
}

aclError aclrtMemGetAllocationPropertiesFromHandle(aclrtDrvMemHandle handle, aclrtPhysicalMemProp *prop) {
  REQUIRE(handle);
  REQUIRE(prop);
  FAIL_UNLESS(mc_physical_valid(handle), MC_RT_PARAM, (intptr_t)handle, "handle", "memory of aclrtMallocPhysical");
  *prop = (aclrtPhysicalMemProp){
      .handleType = ACL_MEM_HANDLE_TYPE_NONE,
      .allocationType = ACL_MEM_ALLOCATION_TYPE_PINNED,
      .memAttr = (aclrtMemAttr)mc_physical_attribute(handle),
      .location = {.id = (uint32_t)mc_device_user_id(mc_physical_device(handle)), .type = ACL_MEM_LOCATION_TYPE_DEVICE},
  };
  return MC_OK;
}
