/* The emulator's own interface: profiles and schedules, and the limits they set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl/acl.h"
#include "mock_cann.h"

#define CHECK(condition)                                                                                    \
  do {                                                                                                      \
    if (!(condition)) {                                                                                     \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                       \
      exit(1);                                                                                              \
    }                                                                                                       \
  } while (0)

enum { STREAMS = 10000 };

static aclrtStream g_streams[STREAMS];

int main(void) {
  CHECK(mock_cann_profile("atlas-99") == -1 && strstr(mock_cann_problem(), "atlas-a2") != NULL);
  CHECK(mock_cann_profile("atlas-a3,devices=2,streams=10000") == 0 && *mock_cann_problem() == '\0');
  CHECK(mock_cann_schedule("never") == -1);
  CHECK(mock_cann_schedule("deferred") == 0);
  CHECK(strcmp(mock_cann_profile_name(), "atlas-a3") == 0 && strcmp(mock_cann_schedule_name(), "deferred") == 0);

  uint32_t count = 0;
  aclrtStream extra = NULL;
  CHECK(aclrtGetDeviceCount(&count) == 0 && count == 2);
  CHECK(aclrtSetDevice(1) == 0);
  CHECK(mock_cann_profile("atlas-a2") == -1);
  for (int i = 0; i < STREAMS; ++i) {
    CHECK(aclrtCreateStream(&g_streams[i]) == 0);
  }
  CHECK(aclrtCreateStream(&extra) == 207008);

  /* Every stream waits for the one before it; nothing runs until the last is waited for. */
  aclrtEvent event = NULL;
  CHECK(aclrtCreateEventExWithFlag(&event, ACL_EVENT_SYNC) == 0);
  for (int i = 0; i < STREAMS; ++i) {
    CHECK(i == 0 || aclrtStreamWaitEvent(g_streams[i], event) == 0);
    CHECK(aclrtRecordEvent(event, g_streams[i]) == 0);
  }
  aclrtStreamStatus status;
  CHECK(aclrtStreamQuery(g_streams[STREAMS - 1], &status) == 0 && status == ACL_STREAM_STATUS_NOT_READY);
  CHECK(aclrtSynchronizeStream(g_streams[STREAMS - 1]) == 0);
  CHECK(aclrtStreamQuery(g_streams[0], &status) == 0 && status == ACL_STREAM_STATUS_COMPLETE);
  CHECK(aclrtDestroyEvent(event) == 0);
  for (int i = 0; i < STREAMS; ++i) {
    CHECK(aclrtDestroyStream(g_streams[i]) == 0);
  }
  CHECK(aclrtResetDevice(1) == 0);
  return 0;
}
