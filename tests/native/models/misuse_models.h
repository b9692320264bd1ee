/* What the cases about models share. MODEL_FILES names the folder of the models. */
#ifndef MISUSE_MODELS_H
#define MISUSE_MODELS_H

#include <limits.h>
#include <string.h>

#include "../misuse/misuse.h"

static inline const char *model_path(const char *name) {
  static char path[PATH_MAX];
  const char *folder = getenv("MODEL_FILES");
  EXPECT(folder != NULL);
  snprintf(path, sizeof path, "%s/%s.om", folder, name);
  return path;
}

static inline unsigned char *read_model(const char *name, size_t *size) {
  FILE *file = fopen(model_path(name), "rb");
  EXPECT(file != NULL && fseek(file, 0, SEEK_END) == 0);
  *size = (size_t)ftell(file);
  rewind(file);
  unsigned char *bytes = malloc(*size);
  EXPECT(fread(bytes, 1, *size, file) == *size);
  fclose(file);
  return bytes;
}

static bool g_device_set;

/* Arguments are evaluated in any order, so whoever comes first sets the device. */
static inline void need_device(void) {
  if (!g_device_set) {
    NEED(aclrtSetDevice(0));
    g_device_set = true;
  }
}

static inline void begin(void) {
  NEED(aclInit(NULL));
  need_device();
}

static inline uint32_t need_model(const char *name) {
  uint32_t id = 0;
  begin();
  NEED(aclmdlLoadFromFile(model_path(name), &id));
  return id;
}

static inline void add(aclmdlDataset *dataset, void *memory, size_t size) {
  NEED(aclmdlAddDatasetBuffer(dataset, aclCreateDataBuffer(memory, size)));
}

/* `count` buffers of `size` bytes of device memory each. */
static inline aclmdlDataset *need_dataset(int count, size_t size) {
  aclmdlDataset *dataset = aclmdlCreateDataset();
  EXPECT(dataset != NULL);
  need_device();
  for (int i = 0; i < count; ++i) {
    void *memory = NULL;
    NEED(aclrtMalloc(&memory, 4096, ACL_MEM_MALLOC_HUGE_FIRST));
    NEED(aclrtMemset(memory, 4096, 0, 4096));
    add(dataset, memory, size);
  }
  return dataset;
}

#endif
