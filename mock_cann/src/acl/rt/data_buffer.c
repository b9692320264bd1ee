/* Data buffers: an address and a size in one object. They never own the memory. */
#include "acl/acl_rt.h"

#include <stdlib.h>

#include "acl/check.h"
#include "acl/objects.h"

aclDataBuffer *aclCreateDataBuffer(void *data, size_t size) {
  aclDataBuffer *buffer = malloc(sizeof *buffer);
  if (buffer == NULL) {
    mc_report("EH0010", MC_TEXT("%zu", sizeof *buffer), "malloc", (char *)NULL);
    return NULL;
  }
  *buffer = (aclDataBuffer){data, size};
  return buffer;
}

aclError aclDestroyDataBuffer(const aclDataBuffer *dataBuffer) {
  REQUIRE(dataBuffer);
  free((void *)(uintptr_t)dataBuffer);
  return MC_OK;
}

aclError aclUpdateDataBuffer(aclDataBuffer *dataBuffer, void *data, size_t size) {
  REQUIRE(dataBuffer);
  *dataBuffer = (aclDataBuffer){data, size};
  return MC_OK;
}

void *aclGetDataBufferAddr(const aclDataBuffer *dataBuffer) {
  return dataBuffer == NULL ? NULL : dataBuffer->data;
}

/* The first version answers 32 bits, whatever the size. */
uint32_t aclGetDataBufferSize(const aclDataBuffer *dataBuffer) {
  return (uint32_t)aclGetDataBufferSizeV2(dataBuffer);
}

size_t aclGetDataBufferSizeV2(const aclDataBuffer *dataBuffer) {
  return dataBuffer == NULL ? 0 : dataBuffer->size;
}
