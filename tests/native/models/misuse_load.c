/* Loading, sizes, descriptions, unloading. */
#include "misuse_models.h"

CASE(load_file_null_path) {
  uint32_t id = 0;
  return aclmdlLoadFromFile(NULL, &id);
}
CASE(load_file_null_id) {
  return aclmdlLoadFromFile(model_path("sum"), NULL);
}
CASE(load_file_missing) {
  uint32_t id = 77;
  begin();
  const int status = aclmdlLoadFromFile("no/such/file.om", &id);
  EXPECT(id == 77);
  return status;
}
CASE(load_file_directory) {
  uint32_t id = 0;
  begin();
  return aclmdlLoadFromFile(getenv("MODEL_FILES"), &id);
}
CASE(load_file_before_init) {
  uint32_t id = 0;
  NEED(aclrtSetDevice(0));
  return aclmdlLoadFromFile(model_path("sum"), &id);
}
CASE(load_file_missing_before_init) { /* the path is looked at first */
  uint32_t id = 0;
  return aclmdlLoadFromFile("no/such/file.om", &id);
}
CASE(load_file_after_finalize) {
  uint32_t id = 0;
  begin();
  NEED(aclFinalize());
  return aclmdlLoadFromFile(model_path("sum"), &id);
}
CASE(load_file_without_context) {
  uint32_t id = 0;
  NEED(aclInit(NULL));
  return aclmdlLoadFromFile(model_path("affine"), &id);
}
CASE(load_file_for_another_chip) {
  uint32_t id = 0;
  begin();
  return aclmdlLoadFromFile(model_path("other_chip"), &id);
}
CASE(load_file_with_memory_too_small_for_work) {
  uint32_t id = 0;
  size_t work = 0, weight = 0;
  begin();
  NEED(aclmdlQuerySize(model_path("affine"), &work, &weight));
  EXPECT(work > 1);
  return aclmdlLoadFromFileWithMem(model_path("affine"), &id, need_memory(work), work - 1, NULL, 0);
}
CASE(load_file_with_memory_too_small_for_weights) {
  uint32_t id = 0;
  size_t work = 0, weight = 0;
  begin();
  NEED(aclmdlQuerySize(model_path("affine"), &work, &weight));
  EXPECT(weight > 1);
  return aclmdlLoadFromFileWithMem(model_path("affine"), &id, NULL, 0, need_memory(weight), weight - 1);
}
CASE(load_without_device_memory) {
  uint32_t id = 0;
  void *p = NULL;
  setenv("MOCK_CANN_PROFILE", "atlas-a2,memory=64M", 1);
  begin();
  while (aclrtMalloc(&p, 4096, ACL_MEM_MALLOC_NORMAL_ONLY) == 0) {
  }
  (void)aclGetRecentErrMsg();
  (void)aclrtGetLastError(ACL_RT_THREAD_LEVEL);
  return aclmdlLoadFromFile(model_path("affine"), &id);
}
CASE(load_file_with_queues) {
  uint32_t id = 0, queue = 0;
  begin();
  return aclmdlLoadFromFileWithQ(model_path("sum"), &id, &queue, 1, &queue, 1);
}

static int load_bytes(unsigned char *bytes, size_t size) {
  uint32_t id = 77;
  begin();
  const int status = aclmdlLoadFromMem(bytes, size, &id);
  EXPECT(status == 0 || id == 77);
  return status;
}

CASE(load_mem_null) {
  return load_bytes(NULL, 8);
}
CASE(load_mem_empty) {
  return load_bytes((unsigned char *)"", 0);
}
CASE(load_mem_null_id) {
  size_t size = 0;
  return aclmdlLoadFromMem(read_model("sum", &size), 8, NULL);
}
CASE(load_mem_shorter_than_a_header) {
  size_t size = 0;
  return load_bytes(read_model("sum", &size), 16);
}
CASE(load_mem_truncated) {
  size_t size = 0;
  unsigned char *bytes = read_model("sum", &size);
  return load_bytes(bytes, size - 1);
}
CASE(load_mem_bad_magic) {
  size_t size = 0;
  unsigned char *bytes = read_model("sum", &size);
  bytes[0] ^= 1;
  return load_bytes(bytes, size);
}
CASE(load_mem_damaged) {
  size_t size = 0;
  unsigned char *bytes = read_model("sum", &size);
  bytes[size - 5] ^= 1;
  return load_bytes(bytes, size);
}
CASE(load_mem_compiled_for_silicon) {
  unsigned char bytes[512] = {'I', 'M', 'O', 'D'};
  return load_bytes(bytes, sizeof bytes);
}
CASE(load_mem_with_mem_null_id) {
  size_t size = 0;
  unsigned char *bytes = read_model("sum", &size);
  return aclmdlLoadFromMemWithMem(bytes, size, NULL, NULL, 0, NULL, 0);
}

CASE(query_size_null_work) {
  size_t size = 0;
  return aclmdlQuerySize(model_path("sum"), NULL, &size);
}
CASE(query_size_null_weight) {
  size_t size = 0;
  return aclmdlQuerySize(model_path("sum"), &size, NULL);
}
CASE(query_size_missing_file) {
  size_t work = 7, weight = 8;
  begin();
  const int status = aclmdlQuerySize("no/such/file.om", &work, &weight);
  EXPECT(work == 7 && weight == 8);
  return status;
}
CASE(query_size_before_init) {
  size_t work = 7, weight = 8;
  const int status = aclmdlQuerySize(model_path("sum"), &work, &weight);
  EXPECT(work == 7 && weight == 8);
  return status;
}
CASE(query_size_from_empty_mem) {
  size_t work = 0, weight = 0;
  return aclmdlQuerySizeFromMem("", 0, &work, &weight);
}
CASE(query_size_from_mem_before_init) {
  size_t size = 0, work = 0, weight = 0;
  unsigned char *bytes = read_model("sum", &size);
  return aclmdlQuerySizeFromMem(bytes, size, &work, &weight);
}

CASE(get_desc_null) {
  return aclmdlGetDesc(NULL, need_model("sum"));
}
CASE(get_desc_unknown_id) {
  begin();
  return aclmdlGetDesc(aclmdlCreateDesc(), 4711);
}
CASE(get_desc_after_unload) {
  const uint32_t id = need_model("sum");
  NEED(aclmdlUnload(id));
  return aclmdlGetDesc(aclmdlCreateDesc(), id);
}
CASE(get_desc_from_null_file) {
  return aclmdlGetDescFromFile(aclmdlCreateDesc(), NULL);
}
CASE(get_desc_from_missing_file) {
  return aclmdlGetDescFromFile(aclmdlCreateDesc(), "no/such/file.om");
}
CASE(get_desc_from_empty_mem) {
  return aclmdlGetDescFromMem(aclmdlCreateDesc(), "", 0);
}
CASE(destroy_desc_null) {
  return aclmdlDestroyDesc(NULL);
}

CASE(unload_unknown) {
  begin();
  return aclmdlUnload(4711);
}
CASE(unload_twice) {
  const uint32_t id = need_model("sum");
  NEED(aclmdlUnload(id));
  return aclmdlUnload(id);
}
CASE(unload_before_init) {
  return aclmdlUnload(1);
}
CASE(unload_after_finalize) {
  const uint32_t id = need_model("sum");
  NEED(aclFinalize());
  return aclmdlUnload(id);
}
CASE(ids_end_with_the_executor) {
  const uint32_t id = need_model("sum");
  NEED(aclFinalize());
  NEED(aclInit(NULL));
  return aclmdlUnload(id);
}
CASE(memory_of_forgotten_models_comes_back_with_the_next_load) {
  size_t before = 0, after = 0, total = 0;
  uint32_t id = need_model("affine");
  NEED(aclrtGetMemInfo(ACL_HBM_MEM, &before, &total));
  NEED(aclFinalize());
  NEED(aclInit(NULL));
  NEED(aclmdlLoadFromFile(model_path("affine"), &id));
  NEED(aclrtGetMemInfo(ACL_HBM_MEM, &after, &total));
  EXPECT(before == after);
  return aclmdlUnload(id);
}
CASE(unload_after_the_device_was_reset) {
  const uint32_t id = need_model("affine");
  NEED(aclmdlExecute(id, need_dataset(1, 128), need_dataset(1, 48)));
  NEED(aclrtResetDevice(0));
  return aclmdlUnload(id);
}

CASE(set_attribute_null) {
  return aclmdlSetAttribute(need_model("sum"), ACL_MDL_ATTR_PRIORITY_INT32, NULL);
}
CASE(set_attribute_unknown) {
  aclmdlAttrValue_t value = {.mdlPriority = 1};
  return aclmdlSetAttribute(need_model("sum"), (aclmdlAttr)7, &value);
}
CASE(set_attribute_priority_beyond_range) {
  aclmdlAttrValue_t value = {.mdlPriority = 8};
  return aclmdlSetAttribute(need_model("sum"), ACL_MDL_ATTR_PRIORITY_INT32, &value);
}
CASE(set_attribute_unknown_id) {
  aclmdlAttrValue_t value = {.mdlPriority = 7};
  begin();
  return aclmdlSetAttribute(4711, ACL_MDL_ATTR_PRIORITY_INT32, &value);
}
CASE(get_attribute_null) {
  return aclmdlGetAttribute(need_model("sum"), ACL_MDL_ATTR_PRIORITY_INT32, NULL);
}
CASE(get_attribute_tells_what_was_set) {
  const uint32_t id = need_model("sum");
  aclmdlAttrValue_t value = {.mdlPriority = 5}, got = {0};
  NEED(aclmdlSetAttribute(id, ACL_MDL_ATTR_PRIORITY_INT32, &value));
  NEED(aclmdlGetAttribute(id, ACL_MDL_ATTR_PRIORITY_INT32, &got));
  EXPECT(got.mdlPriority == 5);
  return 0;
}
CASE(aipp_type_of_a_model_without) {
  aclmdlInputAippType type;
  size_t attached = 0;
  return aclmdlGetAippType(need_model("sum"), 0, &type, &attached);
}
CASE(aipp_info_of_a_model_without) {
  static aclAippInfo info;
  return aclmdlGetFirstAippInfo(need_model("sum"), 0, &info);
}
