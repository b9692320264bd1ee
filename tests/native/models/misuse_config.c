/* Loading with a configuration handle. */
#include "misuse_models.h"

static void set(aclmdlConfigHandle *handle, aclmdlConfigAttr attr, const void *value, size_t size) {
  NEED(aclmdlSetConfigOpt(handle, attr, value, size));
}

static aclmdlConfigHandle *config_of(size_t type) {
  aclmdlConfigHandle *handle = aclmdlCreateConfigHandle();
  begin();
  set(handle, ACL_MDL_LOAD_TYPE_SIZET, &type, sizeof type);
  return handle;
}

static void set_path(aclmdlConfigHandle *handle, const char *path) {
  set(handle, ACL_MDL_PATH_PTR, &path, sizeof path);
}

static int load_with(aclmdlConfigHandle *handle) {
  uint32_t id = 0;
  const int status = aclmdlLoadWithConfig(handle, &id);
  EXPECT(status != 0 || id > 0);
  NEED(aclmdlDestroyConfigHandle(handle));
  if (status == 0) {
    NEED(aclmdlExecute(id, need_dataset(2, 128), need_dataset(1, 128)));
    NEED(aclmdlUnload(id));
  }
  return status;
}

CASE(config_destroy_null) {
  return aclmdlDestroyConfigHandle(NULL);
}
CASE(config_set_null_handle) {
  size_t type = 1;
  return aclmdlSetConfigOpt(NULL, ACL_MDL_LOAD_TYPE_SIZET, &type, sizeof type);
}
CASE(config_set_null_value) {
  return aclmdlSetConfigOpt(aclmdlCreateConfigHandle(), ACL_MDL_LOAD_TYPE_SIZET, NULL, 8);
}
CASE(config_set_wrong_size) {
  size_t type = 1;
  return aclmdlSetConfigOpt(aclmdlCreateConfigHandle(), ACL_MDL_LOAD_TYPE_SIZET, &type, 4);
}
CASE(config_set_unknown_attribute) {
  size_t type = 1;
  return aclmdlSetConfigOpt(aclmdlCreateConfigHandle(), (aclmdlConfigAttr)1000, &type, sizeof type);
}
CASE(config_set_attribute_of_other_products) {
  size_t type = 1;
  return aclmdlSetConfigOpt(aclmdlCreateConfigHandle(), ACL_MDL_FIFO_SIZET, &type, sizeof type);
}
CASE(config_priority_beyond_range) {
  int32_t priority = 8;
  return aclmdlSetConfigOpt(aclmdlCreateConfigHandle(), ACL_MDL_PRIORITY_INT32, &priority, sizeof priority);
}
CASE(config_load_null_handle) {
  uint32_t id = 0;
  return aclmdlLoadWithConfig(NULL, &id);
}
CASE(config_load_null_id) {
  return aclmdlLoadWithConfig(config_of(ACL_MDL_LOAD_FROM_FILE), NULL);
}
CASE(config_without_load_type) {
  begin();
  return load_with(aclmdlCreateConfigHandle());
}
CASE(config_unknown_load_type) {
  return load_with(config_of(9));
}
CASE(config_file_without_path) {
  return load_with(config_of(ACL_MDL_LOAD_FROM_FILE));
}
CASE(config_mem_without_address) {
  return load_with(config_of(ACL_MDL_LOAD_FROM_MEM));
}
CASE(config_mem_without_size) {
  const char *bytes = "x";
  aclmdlConfigHandle *handle = config_of(ACL_MDL_LOAD_FROM_MEM);
  set(handle, ACL_MDL_MEM_ADDR_PTR, &bytes, sizeof bytes);
  return load_with(handle);
}
CASE(config_queues_missing) {
  aclmdlConfigHandle *handle = config_of(ACL_MDL_LOAD_FROM_FILE_WITH_Q);
  set_path(handle, model_path("sum"));
  return load_with(handle);
}
CASE(config_weight_path_with_file) {
  const char *path = "weights";
  aclmdlConfigHandle *handle = config_of(ACL_MDL_LOAD_FROM_FILE);
  set_path(handle, model_path("sum"));
  set(handle, ACL_MDL_WEIGHT_PATH_PTR, &path, sizeof path);
  return load_with(handle);
}
CASE(config_missing_file) {
  aclmdlConfigHandle *handle = config_of(ACL_MDL_LOAD_FROM_FILE);
  set_path(handle, "no/such/file.om");
  return load_with(handle);
}
CASE(config_file) {
  char path[PATH_MAX];
  int32_t priority = 7;
  aclmdlConfigHandle *handle = config_of(ACL_MDL_LOAD_FROM_FILE);
  strcpy(path, model_path("sum"));
  set_path(handle, path);
  set(handle, ACL_MDL_PRIORITY_INT32, &priority, sizeof priority);
  memset(path, 0, sizeof path); /* it was copied */
  return load_with(handle);
}
CASE(config_mem_with_mem) {
  size_t size = 0, work = 0, weight = 0;
  unsigned char *bytes = read_model("sum", &size);
  aclmdlConfigHandle *handle = config_of(ACL_MDL_LOAD_FROM_MEM_WITH_MEM);
  NEED(aclmdlQuerySizeFromMem(bytes, size, &work, &weight));
  work += 64;
  void *memory = need_memory(work);
  set(handle, ACL_MDL_MEM_ADDR_PTR, &bytes, sizeof bytes);
  set(handle, ACL_MDL_MEM_SIZET, &size, sizeof size);
  set(handle, ACL_MDL_WORKSPACE_ADDR_PTR, &memory, sizeof memory);
  set(handle, ACL_MDL_WORKSPACE_SIZET, &work, sizeof work);
  return load_with(handle);
}
CASE(config_mem_with_mem_too_small) {
  size_t size = 0, work = 1;
  unsigned char *bytes = read_model("affine", &size);
  aclmdlConfigHandle *handle = config_of(ACL_MDL_LOAD_FROM_MEM_WITH_MEM);
  void *memory = need_memory(64);
  set(handle, ACL_MDL_MEM_ADDR_PTR, &bytes, sizeof bytes);
  set(handle, ACL_MDL_MEM_SIZET, &size, sizeof size);
  set(handle, ACL_MDL_WORKSPACE_ADDR_PTR, &memory, sizeof memory);
  set(handle, ACL_MDL_WORKSPACE_SIZET, &work, sizeof work);
  return load_with(handle);
}
CASE(config_external_weight_null) {
  return aclmdlSetExternalWeightAddress(aclmdlCreateConfigHandle(), NULL, (void *)1, 1);
}
CASE(config_external_weight_twice) {
  aclmdlConfigHandle *handle = aclmdlCreateConfigHandle();
  NEED(aclmdlSetExternalWeightAddress(handle, "w", (void *)1, 1));
  return aclmdlSetExternalWeightAddress(handle, "w", (void *)2, 1);
}

CASE(exec_config_destroy_null) {
  return aclmdlDestroyExecConfigHandle(NULL);
}
CASE(exec_config_null_value) {
  return aclmdlSetExecConfigOpt(aclmdlCreateExecConfigHandle(), ACL_MDL_STREAM_SYNC_TIMEOUT, NULL, 4);
}
CASE(exec_config_wrong_size) {
  int64_t timeout = 5;
  return aclmdlSetExecConfigOpt(aclmdlCreateExecConfigHandle(), ACL_MDL_STREAM_SYNC_TIMEOUT, &timeout, 8);
}
CASE(exec_config_unknown_attribute) {
  int32_t value = 5;
  return aclmdlSetExecConfigOpt(aclmdlCreateExecConfigHandle(), (aclmdlExecConfigAttr)99, &value, 4);
}
CASE(exec_config_negative_timeout) {
  int32_t timeout = -2;
  return aclmdlSetExecConfigOpt(aclmdlCreateExecConfigHandle(), ACL_MDL_STREAM_SYNC_TIMEOUT, &timeout, 4);
}
