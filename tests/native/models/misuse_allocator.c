/* External allocators of streams. */
#include "acl/acl_rt_allocator.h"
#include "misuse_models.h"

static void *take(void *self, size_t size) {
  (void)self;
  (void)size;
  return NULL;
}
static void give(void *self, void *block) {
  (void)self;
  (void)block;
}
static void *address(void *block) {
  return block;
}

/* `without`: the setter that is left out, 0 to 3; 4: none. */
static aclrtAllocatorDesc desc_without(int without) {
  static int object;
  aclrtAllocatorDesc desc = aclrtAllocatorCreateDesc();
  EXPECT(desc != NULL);
  NEED(without == 0 ? 0 : aclrtAllocatorSetObjToDesc(desc, &object));
  NEED(without == 1 ? 0 : aclrtAllocatorSetAllocFuncToDesc(desc, take));
  NEED(without == 2 ? 0 : aclrtAllocatorSetFreeFuncToDesc(desc, give));
  NEED(without == 3 ? 0 : aclrtAllocatorSetGetAddrFromBlockFuncToDesc(desc, address));
  return desc;
}

static int register_without(int without) {
  int key = 0; /* any address will do */
  const int status = aclrtAllocatorRegister(&key, desc_without(without));
  if (status == 0) {
    NEED(aclrtAllocatorUnregister(&key));
  }
  return status;
}

CASE(allocator_destroy_null) {
  return aclrtAllocatorDestroyDesc(NULL);
}
CASE(allocator_set_object_null) {
  return aclrtAllocatorSetObjToDesc(desc_without(4), NULL);
}
CASE(allocator_set_object_null_desc) {
  return aclrtAllocatorSetObjToDesc(NULL, take);
}
CASE(allocator_set_alloc_null) {
  return aclrtAllocatorSetAllocFuncToDesc(desc_without(4), NULL);
}
CASE(allocator_set_free_null) {
  return aclrtAllocatorSetFreeFuncToDesc(desc_without(4), NULL);
}
CASE(allocator_set_advise_null) {
  return aclrtAllocatorSetAllocAdviseFuncToDesc(desc_without(4), NULL);
}
CASE(allocator_set_address_null) {
  return aclrtAllocatorSetGetAddrFromBlockFuncToDesc(desc_without(4), NULL);
}
CASE(allocator_register_null_stream) {
  return aclrtAllocatorRegister(NULL, desc_without(4));
}
CASE(allocator_register_null_desc) {
  return aclrtAllocatorRegister(take, NULL);
}
CASE(allocator_register_without_object) {
  return register_without(0);
}
CASE(allocator_register_without_alloc) {
  return register_without(1);
}
CASE(allocator_register_without_free) {
  return register_without(2);
}
CASE(allocator_register_without_address) {
  return register_without(3);
}
CASE(allocator_register_without_advise) {
  return register_without(4);
}
CASE(allocator_get_null_stream) {
  aclrtAllocatorDesc desc = NULL;
  return aclrtAllocatorGetByStream(NULL, &desc, NULL, NULL, NULL, NULL, NULL);
}
CASE(allocator_get_null_desc) {
  return aclrtAllocatorGetByStream(take, NULL, NULL, NULL, NULL, NULL, NULL);
}
CASE(allocator_get_unknown_stream) {
  aclrtAllocatorDesc desc = NULL;
  return aclrtAllocatorGetByStream(need_stream(), &desc, NULL, NULL, NULL, NULL, NULL);
}
CASE(allocator_unregister_null) {
  return aclrtAllocatorUnregister(NULL);
}
CASE(allocator_unregister_unknown) {
  return aclrtAllocatorUnregister(need_stream());
}
CASE(allocator_that_gives_nothing) {
  const uint32_t id = need_model("rows");
  const int64_t dims[] = {2, 4};
  aclmdlDataset *in = need_dataset(1, 128), *out = aclmdlCreateDataset();
  aclrtStream stream = need_stream();
  add(out, NULL, 0);
  NEED(aclmdlSetDatasetTensorDesc(in, aclCreateTensorDesc(ACL_FLOAT, 2, dims, ACL_FORMAT_ND), 0));
  NEED(aclrtAllocatorRegister(stream, desc_without(4)));
  return aclmdlExecuteAsync(id, in, out, stream);
}
