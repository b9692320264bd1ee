/* External allocators of streams. The stream is a key only: it is not looked at. */
#include "acl/acl_rt_allocator.h"

#include <stdlib.h>

#include "acl/check.h"
#include "graph/c_allocator.h"

enum { BAD_ALLOC = 200000 };

aclrtAllocatorDesc aclrtAllocatorCreateDesc(void) {
  mc_c_allocator *desc = calloc(1, sizeof *desc);
  if (desc == NULL) {
    mc_report("EH0010", MC_TEXT("%zu", sizeof *desc), "calloc", (char *)NULL);
  }
  return desc;
}

aclError aclrtAllocatorDestroyDesc(aclrtAllocatorDesc allocatorDesc) {
  REQUIRE(allocatorDesc);
  free(allocatorDesc);
  return MC_OK;
}

aclError aclrtAllocatorSetObjToDesc(aclrtAllocatorDesc allocatorDesc, aclrtAllocator allocator) {
  REQUIRE(allocatorDesc);
  REQUIRE(allocator);
  ((mc_c_allocator *)allocatorDesc)->object = allocator;
  return MC_OK;
}

aclError aclrtAllocatorSetAllocFuncToDesc(aclrtAllocatorDesc allocatorDesc, aclrtAllocatorAllocFunc func) {
  REQUIRE(allocatorDesc);
  REQUIRE(func);
  ((mc_c_allocator *)allocatorDesc)->allocate = func;
  return MC_OK;
}

aclError aclrtAllocatorSetFreeFuncToDesc(aclrtAllocatorDesc allocatorDesc, aclrtAllocatorFreeFunc func) {
  REQUIRE(allocatorDesc);
  REQUIRE(func);
  ((mc_c_allocator *)allocatorDesc)->free = func;
  return MC_OK;
}

aclError aclrtAllocatorSetAllocAdviseFuncToDesc(aclrtAllocatorDesc allocatorDesc,
                                                aclrtAllocatorAllocAdviseFunc func) {
  REQUIRE(allocatorDesc);
  REQUIRE(func);
  ((mc_c_allocator *)allocatorDesc)->advise = func;
  return MC_OK;
}

aclError aclrtAllocatorSetGetAddrFromBlockFuncToDesc(aclrtAllocatorDesc allocatorDesc,
                                                     aclrtAllocatorGetAddrFromBlockFunc func) {
  REQUIRE(allocatorDesc);
  REQUIRE(func);
  ((mc_c_allocator *)allocatorDesc)->address = func;
  return MC_OK;
}

aclError aclrtAllocatorRegister(aclrtStream stream, aclrtAllocatorDesc allocatorDesc) {
  REQUIRE(stream);
  REQUIRE(allocatorDesc);
  const mc_c_allocator *desc = allocatorDesc;
  REQUIRE(desc->object);
  REQUIRE(desc->allocate);
  REQUIRE(desc->free);
  REQUIRE(desc->address);
  if (!mc_c_allocator_register(stream, desc)) {
    return mc_refuse(BAD_ALLOC, "EH0010", MC_TEXT("%zu", sizeof *desc), "malloc");
  }
  return MC_OK;
}

/* Results whose pointers are NULL are not told. */
aclError aclrtAllocatorGetByStream(aclrtStream stream, aclrtAllocatorDesc *allocatorDesc,
                                   aclrtAllocator *allocator, aclrtAllocatorAllocFunc *allocFunc,
                                   aclrtAllocatorFreeFunc *freeFunc,
                                   aclrtAllocatorAllocAdviseFunc *allocAdviseFunc,
                                   aclrtAllocatorGetAddrFromBlockFunc *getAddrFromBlockFunc) {
  REQUIRE(allocatorDesc);
  REQUIRE(stream);
  const mc_c_allocator *found = mc_c_allocator_find(stream);
  if (found == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0001", MC_TEXT("%p", stream), "stream",
                     "aclrtAllocatorRegister was not called for it");
  }
#define TELL(to, what)                                                                                       \
  if ((to) != NULL) {                                                                                        \
    *(to) = (what);                                                                                          \
  }
  *allocatorDesc = (aclrtAllocatorDesc)(uintptr_t)found;
  TELL(allocator, found->object)
  TELL(allocFunc, found->allocate)
  TELL(freeFunc, found->free)
  TELL(allocAdviseFunc, found->advise)
  TELL(getAddrFromBlockFunc, found->address)
#undef TELL
  return MC_OK;
}

aclError aclrtAllocatorUnregister(aclrtStream stream) {
  REQUIRE(stream);
  mc_allocator_unregister(stream);
  return MC_OK;
}
