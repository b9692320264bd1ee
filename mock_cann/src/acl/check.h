/* The checks every entry point begins with. The acl layer's come first and leave the thread's last error alone. */
#ifndef MC_ACL_CHECK_H
#define MC_ACL_CHECK_H

#include "engine/internal.h"
#include "engine/settings.h"
#include "engine/state_callbacks.h"

/* Pointer arguments that must be given: 100000. */
#define REQUIRE(pointer)                                                                                      \
  do {                                                                                                        \
    if ((pointer) == NULL) {                                                                                  \
      return mc_refuse(MC_INVALID_PARAM, "EH0002", #pointer);                                                 \
    }                                                                                                         \
  } while (0)

/* Sizes that must not be zero: 100000. */
#define REQUIRE_SIZE(size)                                                                                    \
  do {                                                                                                        \
    if ((size) == 0) {                                                                                        \
      return mc_refuse(MC_INVALID_PARAM, "EH0001", "0", #size, "it must be greater than 0");                  \
    }                                                                                                         \
  } while (0)

/* Anything else the acl layer refuses. `value` is an integer, `expected` says what is allowed. */
#define REFUSE_UNLESS(condition, value, parameter, expected)                                                  \
  do {                                                                                                        \
    if (!(condition)) {                                                                                       \
      return mc_refuse(MC_INVALID_PARAM, "EH0007", __func__, MC_TEXT("%lld", (long long)(value)), parameter,  \
                       expected);                                                                             \
    }                                                                                                         \
  } while (0)

/* The same in the runtime layer: `status`, and the last error is set. */
#define FAIL_UNLESS(condition, status, value, parameter, expected)                                            \
  do {                                                                                                        \
    if (!(condition)) {                                                                                       \
      return mc_fail(status, "EE1003", __func__, MC_TEXT("%lld", (long long)(value)), parameter, expected);   \
    }                                                                                                         \
  } while (0)

#define TRY(call)                                                                                             \
  do {                                                                                                        \
    const int try_status = (call);                                                                            \
    if (try_status != MC_OK) {                                                                                \
      return try_status;                                                                                      \
    }                                                                                                         \
  } while (0)

/* NULL is the default stream; otherwise a live stream of any context (synchronize and query switch by themselves). */
static inline int any_stream(const char *function, void *handle, mc_stream **stream) {
  if (handle == NULL) {
    return mc_stream_from_handle(function, NULL, stream);
  }
  TRY(mc_handle_check(function, "stream", MC_KIND_STREAM, handle));
  *stream = handle;
  return MC_OK;
}

/* A live stream of the current context; NULL is refused with 107000. */
static inline int own_stream(const char *function, void *handle, mc_stream **stream) {
  if (handle == NULL) {
    return mc_fail(MC_RT_PARAM, "EE1004", function, "stream");
  }
  return mc_stream_from_handle(function, handle, stream);
}

static inline int live_event(const char *function, void *handle, mc_event **event) {
  TRY(mc_handle_check(function, "event", MC_KIND_EVENT, handle));
  *event = handle;
  return MC_OK;
}

#endif
