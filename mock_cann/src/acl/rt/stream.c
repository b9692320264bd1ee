/* Streams: creation, destruction, waiting, state. */
#include "acl/acl_rt.h"

#include "acl/check.h"

/* FAST_LAUNCH, FAST_SYNC, PERSISTENT, HUGE, CPU_SCHEDULE, DEVICE_USE_ONLY */
enum { KNOWN_FLAGS = 0x3f, LEAST_PRIORITY = 7, NO_TIMEOUT = -1 };

aclError aclrtCreateStream(aclrtStream *stream) {
  REQUIRE(stream);
  return mc_stream_create(__func__, 0, 0, (mc_stream **)stream);
}

aclError aclrtCreateStreamWithConfig(aclrtStream *stream, uint32_t priority, uint32_t flag) {
  REQUIRE(stream);
  FAIL_UNLESS((flag & ~(uint32_t)KNOWN_FLAGS) == 0, MC_RT_PARAM, flag, "flag", "a combination of ACL_STREAM_* flags");
  const uint32_t clamped = priority > LEAST_PRIORITY ? LEAST_PRIORITY : priority;
  return mc_stream_create(__func__, clamped, flag, (mc_stream **)stream);
}

static int destroyable(const char *function, aclrtStream handle, mc_stream **stream) {
  TRY(mc_stream_from_handle(function, handle, stream));
  if (*stream == (*stream)->context->default_stream) {
    return mc_fail(MC_RT_PARAM, "EE1011", function, MC_TEXT("%p", handle), "stream",
                   "the default stream belongs to its context and cannot be destroyed");
  }
  return MC_OK;
}

aclError aclrtDestroyStream(aclrtStream stream) {
  mc_stream *s = NULL;
  REQUIRE(stream);
  TRY(destroyable(__func__, stream, &s));
  return mc_stream_destroy(__func__, s);
}

aclError aclrtDestroyStreamForce(aclrtStream stream) {
  mc_stream *s = NULL;
  REQUIRE(stream);
  TRY(destroyable(__func__, stream, &s));
  return mc_stream_destroy_force(__func__, s);
}

aclError aclrtSynchronizeStream(aclrtStream stream) {
  mc_stream *s = NULL;
  TRY(any_stream(__func__, stream, &s));
  return mc_stream_synchronize(__func__, s, NO_TIMEOUT);
}

aclError aclrtSynchronizeStreamWithTimeout(aclrtStream stream, int32_t timeout) {
  mc_stream *s = NULL;
  FAIL_UNLESS(timeout >= -1 && timeout != 0, MC_RT_PARAM, timeout, "timeout", "-1 (no limit) or milliseconds above 0");
  TRY(any_stream(__func__, stream, &s));
  return mc_stream_synchronize(__func__, s, timeout);
}

aclError aclrtStreamQuery(aclrtStream stream, aclrtStreamStatus *status) {
  mc_stream *s = NULL;
  REQUIRE(status);
  TRY(any_stream(__func__, stream, &s));
  TRY(mc_context_check(__func__, s->context));
  const uint64_t tail = atomic_load(&s->tail);
  if (mc_stream_reached(s, tail)) {
    mc_order_host_saw(s, tail);
    *status = ACL_STREAM_STATUS_COMPLETE;
  } else {
    mc_schedule(s);
    mc_schedule_hurry(s);
    *status = ACL_STREAM_STATUS_NOT_READY;
  }
  return MC_OK;
}

aclError aclrtStreamGetPriority(aclrtStream stream, uint32_t *priority) {
  mc_stream *s = NULL;
  REQUIRE(priority);
  TRY(any_stream(__func__, stream, &s));
  *priority = s->priority;
  return MC_OK;
}

aclError aclrtStreamGetFlags(aclrtStream stream, uint32_t *flags) {
  mc_stream *s = NULL;
  REQUIRE(flags);
  TRY(any_stream(__func__, stream, &s));
  *flags = s->flags;
  return MC_OK;
}

aclError aclrtStreamGetId(aclrtStream stream, int32_t *streamId) {
  mc_stream *s = NULL;
  REQUIRE(streamId);
  TRY(any_stream(__func__, stream, &s));
  *streamId = mc_stream_id(s);
  return MC_OK;
}

aclError aclrtGetStreamAvailableNum(uint32_t *streamCount) {
  mc_context *context = NULL;
  REQUIRE(streamCount);
  TRY(mc_context_require(__func__, &context));
  pthread_mutex_lock(&context->device->lock);
  *streamCount = mc_profile_get()->streams - context->device->stream_count;
  pthread_mutex_unlock(&context->device->lock);
  return MC_OK;
}

aclError aclrtStreamAbort(aclrtStream stream) {
  mc_stream *s = NULL;
  TRY(own_stream(__func__, stream, &s));
  mc_stream_abort(s);
  return MC_OK;
}

aclError aclrtPersistentTaskClean(aclrtStream stream) {
  mc_stream *s = NULL;
  TRY(own_stream(__func__, stream, &s));
  if ((s->flags & ACL_STREAM_PERSISTENT) == 0) {
    return mc_fail(MC_RT_PARAM, "EE1011", __func__, MC_TEXT("%p", stream), "stream",
                   "it was created without ACL_STREAM_PERSISTENT");
  }
  mc_stream_abort(s);
  return MC_OK;
}

aclError aclrtDeviceGetStreamPriorityRange(int32_t *leastPriority, int32_t *greatestPriority) {
  if (leastPriority != NULL) {
    *leastPriority = LEAST_PRIORITY;
  }
  if (greatestPriority != NULL) {
    *greatestPriority = 0;
  }
  return MC_OK;
}
