/* The configuration handle of aclmdlExecuteV2. */
#include "acl/mdl/exec_config.h"

aclmdlExecConfigHandle *aclmdlCreateExecConfigHandle(void) {
  aclmdlExecConfigHandle *handle = malloc(sizeof *handle);
  if (handle == NULL) {
    (void)no_host_memory(sizeof *handle);
    return NULL;
  }
  *handle = (aclmdlExecConfigHandle){-1, -1};
  return handle;
}

aclError aclmdlDestroyExecConfigHandle(const aclmdlExecConfigHandle *handle) {
  REQUIRE(handle);
  free((void *)(uintptr_t)handle);
  return MC_OK;
}

aclError aclmdlSetExecConfigOpt(aclmdlExecConfigHandle *handle, aclmdlExecConfigAttr attr,
                                const void *attrValue, size_t valueSize) {
  REQUIRE(handle);
  REQUIRE(attrValue);
  if ((int)attr > ACL_MDL_EVENT_SYNC_TIMEOUT && (int)attr <= ACL_MDL_NPU_PERF_MODE) {
    return mc_unsupported(MC_TEXT("aclmdlSetExecConfigOpt with attribute %d", (int)attr));
  }
  REFUSE_UNLESS(attr == ACL_MDL_STREAM_SYNC_TIMEOUT || attr == ACL_MDL_EVENT_SYNC_TIMEOUT, attr, "attr",
                "an aclmdlExecConfigAttr");
  REFUSE_UNLESS(valueSize == sizeof(int32_t), valueSize, "valueSize", "4 for this attribute");
  const int32_t milliseconds = *(const int32_t *)attrValue;
  REFUSE_UNLESS(milliseconds >= -1, milliseconds, "*attrValue", "-1 (no limit) or milliseconds");
  if (attr == ACL_MDL_STREAM_SYNC_TIMEOUT) {
    handle->stream_timeout = milliseconds;
  } else {
    handle->event_timeout = milliseconds;
  }
  return MC_OK;
}
