/* What libraries tell the profiler. No profiler ever runs here, and then CANN's answers are these too: callbacks are taken
 * and never called, reports go nowhere. */
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

typedef int32_t (*prof_callback)(uint32_t type, void *data, uint32_t size);

int32_t MsprofRegisterCallback(uint32_t module, prof_callback callback);
int32_t MsprofReportApi(uint32_t aging, const void *api);
int32_t MsprofReportCompactInfo(uint32_t aging, const void *data, uint32_t size);
int32_t MsprofReportAdditionalInfo(uint32_t aging, const void *data, uint32_t size);
uint64_t MsprofGetHashId(const char *text, size_t size);
uint64_t MsprofSysCycleTime(void);

int32_t MsprofRegisterCallback(uint32_t module, prof_callback callback) {
  (void)module;
  (void)callback;
  return 0;
}

int32_t MsprofReportApi(uint32_t aging, const void *api) {
  (void)aging;
  (void)api;
  return 0;
}

int32_t MsprofReportCompactInfo(uint32_t aging, const void *data, uint32_t size) {
  (void)aging;
  (void)data;
  (void)size;
  return 0;
}

int32_t MsprofReportAdditionalInfo(uint32_t aging, const void *data, uint32_t size) {
  (void)aging;
  (void)data;
  (void)size;
  return 0;
}

/* The same number for the same text, another for another one. */
uint64_t MsprofGetHashId(const char *text, size_t size) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; text != NULL && i < size; ++i) {
    hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
  }
  return hash;
}

uint64_t MsprofSysCycleTime(void) { return (uint64_t)mc_now_ns(); }
