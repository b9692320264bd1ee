/* What programs that run models share: files, device memory, datasets. */
#ifndef TESTS_NATIVE_MODELS_SESSION_H
#define TESTS_NATIVE_MODELS_SESSION_H

#include "check.h"

#include <limits.h>
#include <stdint.h>

static const char *g_folder; /* of the models; main sets it from its argument */

static inline const char *model_path(const char *name) {
  static char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s.om", g_folder, name);
  return path;
}

/* The bytes of a model's file; the caller frees them. */
static inline void *read_model(const char *name, size_t *size) {
  FILE *file = fopen(model_path(name), "rb");
  CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0);
  *size = (size_t)ftell(file);
  rewind(file);
  void *bytes = malloc(*size);
  CHECK(fread(bytes, 1, *size, file) == *size);
  fclose(file);
  return bytes;
}

static inline uint32_t load(const char *name) {
  uint32_t id = 0;
  MUST(aclmdlLoadFromFile(model_path(name), &id));
  CHECK(id > 0);
  return id;
}

static inline aclrtStream new_stream(void) {
  aclrtStream stream = NULL;
  MUST(aclrtCreateStream(&stream));
  return stream;
}

static inline void *device_memory(size_t size) {
  void *memory = NULL;
  MUST(aclrtMalloc(&memory, size, ACL_MEM_MALLOC_HUGE_FIRST));
  return memory;
}

static inline void *device_copy(const void *from, size_t size) {
  void *memory = device_memory(size);
  MUST(aclrtMemcpy(memory, size, from, size, ACL_MEMCPY_HOST_TO_DEVICE));
  return memory;
}

static inline void host_copy(void *to, const void *device, size_t size) {
  MUST(aclrtMemcpy(to, size, device, size, ACL_MEMCPY_DEVICE_TO_HOST));
}

static inline void add_buffer(aclmdlDataset *dataset, void *memory, size_t size) {
  aclDataBuffer *buffer = aclCreateDataBuffer(memory, size);
  CHECK(buffer != NULL);
  MUST(aclmdlAddDatasetBuffer(dataset, buffer));
}

static inline aclmdlDataset *dataset_of(void *memory, size_t size) {
  aclmdlDataset *dataset = aclmdlCreateDataset();
  CHECK(dataset != NULL);
  add_buffer(dataset, memory, size);
  return dataset;
}

/* With its buffers, not their memory. */
static inline void drop_dataset(aclmdlDataset *dataset) {
  for (size_t i = 0; i < aclmdlGetDatasetNumBuffers(dataset); ++i) {
    MUST(aclDestroyDataBuffer(aclmdlGetDatasetBuffer(dataset, i)));
  }
  MUST(aclmdlDestroyDataset(dataset));
}

static inline void set_shape(aclmdlDataset *dataset, size_t index, int rank, const int64_t *dims) {
  aclTensorDesc *desc = aclCreateTensorDesc(ACL_FLOAT, rank, dims, ACL_FORMAT_ND);
  MUST(aclmdlSetDatasetTensorDesc(dataset, desc, index));
  aclDestroyTensorDesc(desc);
}

static inline size_t free_memory(void) {
  size_t available = 0, total = 0;
  MUST(aclrtGetMemInfo(ACL_HBM_MEM, &available, &total));
  return available;
}

#endif
