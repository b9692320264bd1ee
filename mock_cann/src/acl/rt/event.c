/* Events: creation, record, wait, state and times. The engine's event.c holds what an event does. */
#include "acl/acl_rt.h"

#include "acl/check.h"

enum { KNOWN_FLAGS = ACL_EVENT_SYNC | ACL_EVENT_CAPTURE_STREAM_PROGRESS | ACL_EVENT_TIME_LINE, LEGACY_DEFAULT = 0xE };

static int check_flags(const char *function, uint32_t flag, bool new_mode) {
  const uint32_t alone = ACL_EVENT_DEVICE_USE_ONLY | ACL_EVENT_EXTERNAL | (new_mode ? ACL_EVENT_IPC : 0);
  const bool single = flag == ACL_EVENT_DEVICE_USE_ONLY || flag == ACL_EVENT_EXTERNAL ||
                      (new_mode && flag == ACL_EVENT_IPC);
  if (flag == 0 || (flag & ~(KNOWN_FLAGS | alone)) != 0 || ((flag & alone) != 0 && !single)) {
    return mc_fail(MC_RT_PARAM, "EE1003", function, MC_TEXT("%#x", flag), "flag",
                   "ACL_EVENT_SYNC, _CAPTURE_STREAM_PROGRESS and _TIME_LINE in any combination, or one other flag alone");
  }
  if (flag == ACL_EVENT_IPC) {
    return mc_fail(MC_RT_NOT_SUPPORTED, "EE1016", function, "the emulated chip shares no events between processes");
  }
  return MC_OK;
}

aclError aclrtCreateEvent(aclrtEvent *event) {
  REQUIRE(event);
  return mc_event_new(__func__, LEGACY_DEFAULT, true, true, (mc_event **)event);
}

aclError aclrtCreateEventWithFlag(aclrtEvent *event, uint32_t flag) {
  REQUIRE(event);
  TRY(check_flags(__func__, flag, false));
  return mc_event_new(__func__, flag, true, false, (mc_event **)event);
}

aclError aclrtCreateEventExWithFlag(aclrtEvent *event, uint32_t flag) {
  REQUIRE(event);
  TRY(check_flags(__func__, flag, true));
  return mc_event_new(__func__, flag, false, false, (mc_event **)event);
}

aclError aclrtDestroyEvent(aclrtEvent event) {
  mc_event *e = NULL;
  REQUIRE(event);
  TRY(live_event(__func__, event, &e));
  if (!mc_handle_retire(e)) {
    return mc_fail(MC_RT_INVALID_HANDLE, "EE1011", __func__, MC_TEXT("%p", event), "event", "it was destroyed already");
  }
  mc_event_destroy(e);
  return MC_OK;
}

/* The event and the stream of a record, wait or reset. */
static int pair(const char *function, void *event, void *stream, mc_event **e, mc_stream **s) {
  TRY(live_event(function, event, e));
  TRY(mc_stream_from_handle(function, stream, s));
  if (((*e)->flags & ACL_EVENT_DEVICE_USE_ONLY) != 0) {
    return mc_fail(MC_RT_PARAM, "EE1011", function, MC_TEXT("%p", event), "event",
                   "an event with ACL_EVENT_DEVICE_USE_ONLY is for kernels only");
  }
  return MC_OK;
}

aclError aclrtRecordEvent(aclrtEvent event, aclrtStream stream) {
  mc_event *e = NULL;
  mc_stream *s = NULL;
  REQUIRE(event);
  TRY(pair(__func__, event, stream, &e, &s));
  return mc_event_record(__func__, e, s);
}

static int refuse_external(const char *function, const mc_event *e) {
  if (e->legacy || (e->flags & ACL_EVENT_SYNC) == 0) {
    return mc_fail(MC_RT_NOT_SUPPORTED, "EE1016", function,
                   "external records and waits need an event made by aclrtCreateEventExWithFlag with ACL_EVENT_SYNC");
  }
  return mc_fail(107029, "EE1018", function, "the stream is not capturing");
}

aclError aclrtRecordEventWithFlag(aclrtEvent event, aclrtStream stream, uint32_t flag) {
  mc_event *e = NULL;
  mc_stream *s = NULL;
  REQUIRE(event);
  REFUSE_UNLESS(flag <= ACL_EVENT_RECORD_EXTERNAL, flag, "flag", "0 (default) or 1 (external)");
  TRY(pair(__func__, event, stream, &e, &s));
  return flag == ACL_EVENT_RECORD_EXTERNAL ? refuse_external(__func__, e) : mc_event_record(__func__, e, s);
}

/* Wait's rules for legacy events that were made without ACL_EVENT_SYNC. */
static int wait(const char *function, mc_event *e, mc_stream *s, int timeout_ms) {
  if (e->legacy && !e->default_legacy && (e->flags & ACL_EVENT_SYNC) == 0) {
    return mc_fail(MC_RT_NOT_SUPPORTED, "EE1016", function,
                   "an event made by aclrtCreateEventWithFlag without ACL_EVENT_SYNC cannot be waited for");
  }
  return mc_event_wait(function, e, s, timeout_ms);
}

aclError aclrtStreamWaitEvent(aclrtStream stream, aclrtEvent event) {
  mc_event *e = NULL;
  mc_stream *s = NULL;
  REQUIRE(event);
  TRY(pair(__func__, event, stream, &e, &s));
  return wait(__func__, e, s, mc_op_wait_timeout_ms());
}

aclError aclrtStreamWaitEventWithTimeout(aclrtStream stream, aclrtEvent event, int32_t timeout) {
  mc_event *e = NULL;
  mc_stream *s = NULL;
  FAIL_UNLESS(timeout >= 0, MC_RT_PARAM, timeout, "timeout", "0 (no limit) or milliseconds above 0");
  TRY(pair(__func__, event, stream, &e, &s));
  return wait(__func__, e, s, timeout);
}

aclError aclrtStreamWaitEventWithFlag(aclrtStream stream, aclrtEvent event, uint32_t timeout, uint32_t flag) {
  mc_event *e = NULL;
  mc_stream *s = NULL;
  REQUIRE(event);
  REFUSE_UNLESS(flag <= ACL_EVENT_WAIT_EXTERNAL, flag, "flag", "0 (default) or 1 (external)");
  REFUSE_UNLESS(flag == ACL_EVENT_WAIT_DEFAULT || timeout == 0, timeout, "timeout", "0 with an external wait");
  TRY(pair(__func__, event, stream, &e, &s));
  return flag == ACL_EVENT_WAIT_EXTERNAL ? refuse_external(__func__, e) : wait(__func__, e, s, (int)timeout);
}

aclError aclrtResetEvent(aclrtEvent event, aclrtStream stream) {
  mc_event *e = NULL;
  mc_stream *s = NULL;
  REQUIRE(event);
  TRY(pair(__func__, event, stream, &e, &s));
  if (!e->legacy || (!e->default_legacy && (e->flags & ACL_EVENT_SYNC) == 0)) {
    return mc_fail(MC_RT_NOT_SUPPORTED, "EE1016", __func__,
                   "only events of aclrtCreateEvent, or with ACL_EVENT_SYNC of aclrtCreateEventWithFlag, can be reset");
  }
  return mc_event_reset(__func__, e, s);
}

static int refuse_new_mode(const char *function, const mc_event *e) {
  return e->legacy ? MC_OK
                   : mc_fail(MC_RT_NOT_SUPPORTED, "EE1016", function,
                             "the event was made by aclrtCreateEventExWithFlag; use aclrtQueryEventStatus");
}

aclError aclrtQueryEvent(aclrtEvent event, aclrtEventStatus *status) {
  mc_event *e = NULL;
  REQUIRE(event);
  REQUIRE(status);
  TRY(live_event(__func__, event, &e));
  TRY(refuse_new_mode(__func__, e));
  *status = mc_event_state(e) == 1 ? ACL_EVENT_STATUS_NOT_READY : ACL_EVENT_STATUS_COMPLETE;
  return MC_OK;
}

aclError aclrtQueryEventStatus(aclrtEvent event, aclrtEventRecordedStatus *status) {
  mc_event *e = NULL;
  REQUIRE(event);
  REQUIRE(status);
  TRY(live_event(__func__, event, &e));
  const int state = mc_event_state(e);
  const bool complete = state == 2 || (state == 0 && !e->legacy);
  *status = complete ? ACL_EVENT_RECORDED_STATUS_COMPLETE : ACL_EVENT_RECORDED_STATUS_NOT_READY;
  return MC_OK;
}

aclError aclrtQueryEventWaitStatus(aclrtEvent event, aclrtEventWaitStatus *status) {
  mc_event *e = NULL;
  REQUIRE(event);
  REQUIRE(status);
  TRY(live_event(__func__, event, &e));
  TRY(refuse_new_mode(__func__, e));
  pthread_mutex_lock(&e->lock);
  const bool pending = e->pending_waits > 0 && (e->default_legacy || (e->flags & ACL_EVENT_SYNC) != 0);
  mc_stream *stream = e->stream;
  pthread_mutex_unlock(&e->lock);
  if (pending && stream != NULL) {
    mc_schedule_hurry(stream);
  }
  *status = pending ? ACL_EVENT_WAIT_STATUS_NOT_READY : ACL_EVENT_WAIT_STATUS_COMPLETE;
  return MC_OK;
}

/* Events for work outside of a captured graph: the host neither waits for them nor times them. */
static int refuse_made_external(const char *function, const mc_event *e) {
  return e->flags != ACL_EVENT_EXTERNAL
             ? MC_OK
             : mc_fail(MC_RT_NOT_SUPPORTED, "EE1016", function, "the event was created with ACL_EVENT_EXTERNAL");
}

aclError aclrtSynchronizeEvent(aclrtEvent event) {
  mc_event *e = NULL;
  REQUIRE(event);
  TRY(live_event(__func__, event, &e));
  TRY(refuse_made_external(__func__, e));
  return mc_event_synchronize(__func__, e, -1);
}

aclError aclrtSynchronizeEventWithTimeout(aclrtEvent event, int32_t timeout) {
  mc_event *e = NULL;
  REQUIRE(event);
  FAIL_UNLESS(timeout >= -1 && timeout != 0, MC_RT_PARAM, timeout, "timeout", "-1 (no limit) or milliseconds above 0");
  TRY(live_event(__func__, event, &e));
  TRY(refuse_made_external(__func__, e));
  return mc_event_synchronize(__func__, e, timeout);
}

/* The time of the newest record, or why there is none. */
static int time_of(const char *function, mc_event *e, bool needs_time_line, int64_t *time_ns) {
  const int state = mc_event_state(e);
  pthread_mutex_lock(&e->lock);
  *time_ns = e->time_ns;
  pthread_mutex_unlock(&e->lock);
  if (state == 0) {
    return mc_fail(MC_RT_INTERNAL, "EE1019", function, "the event was not recorded");
  }
  if (state == 1) {
    return mc_fail(MC_RT_EVENT_TIME, "EE1019", function, "the event's record is not finished; synchronize first");
  }
  if (needs_time_line && (e->flags & ACL_EVENT_TIME_LINE) == 0) {
    return mc_fail(MC_RT_EVENT_TIME, "EE1019", function, "the event keeps no time; create it with ACL_EVENT_TIME_LINE");
  }
  return MC_OK;
}

aclError aclrtEventElapsedTime(float *ms, aclrtEvent startEvent, aclrtEvent endEvent) {
  mc_event *start = NULL, *end = NULL;
  int64_t from = 0, to = 0;
  REQUIRE(ms);
  REQUIRE(startEvent);
  REQUIRE(endEvent);
  TRY(live_event(__func__, startEvent, &start));
  TRY(live_event(__func__, endEvent, &end));
  TRY(refuse_made_external(__func__, start));
  TRY(refuse_made_external(__func__, end));
  TRY(time_of(__func__, start, true, &from));
  TRY(time_of(__func__, end, true, &to));
  *ms = (float)((double)(to - from) / 1e6);
  return MC_OK;
}

aclError aclrtEventGetTimestamp(aclrtEvent event, uint64_t *timestamp) {
  mc_event *e = NULL;
  int64_t time_ns = 0;
  REQUIRE(timestamp);
  REQUIRE(event);
  TRY(live_event(__func__, event, &e));
  TRY(time_of(__func__, e, false, &time_ns));
  *timestamp = (uint64_t)time_ns / 1000;
  return MC_OK;
}

aclError aclrtGetEventId(aclrtEvent event, uint32_t *eventId) {
  mc_event *e = NULL;
  REQUIRE(event);
  REQUIRE(eventId);
  TRY(live_event(__func__, event, &e));
  if (e->id == 0) {
    return mc_fail(MC_RT_PARAM, "EE1011", __func__, MC_TEXT("%p", event), "event",
                   "events of aclrtCreateEventExWithFlag have no id");
  }
  *eventId = e->id;
  return MC_OK;
}

aclError aclrtGetEventAvailNum(uint32_t *eventCount) {
  mc_context *context = NULL;
  REQUIRE(eventCount);
  TRY(mc_context_require(__func__, &context));
  pthread_mutex_lock(&context->device->lock);
  *eventCount = mc_profile_get()->events - context->device->event_count;
  pthread_mutex_unlock(&context->device->lock);
  return MC_OK;
}
