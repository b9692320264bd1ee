/* Streams, events, notifies. */
#include "misuse.h"

CASE(create_stream_null) { return aclrtCreateStream(NULL); }
CASE(create_stream_without_context) {
  aclrtStream stream = NULL;
  return aclrtCreateStream(&stream);
}
CASE(create_stream_unknown_flag) {
  aclrtStream stream = NULL;
  NEED(aclrtSetDevice(0));
  return aclrtCreateStreamWithConfig(&stream, 0, 0x1000);
}
CASE(destroy_stream_null) { return aclrtDestroyStream(NULL); }
CASE(destroy_stream_twice) {
  aclrtStream stream = need_stream();
  NEED(aclrtDestroyStream(stream));
  return aclrtDestroyStream(stream);
}
CASE(destroy_stream_that_is_an_event) {
  aclrtEvent event = NULL;
  NEED(aclrtSetDevice(0));
  NEED(aclrtCreateEvent(&event));
  return aclrtDestroyStream(event);
}
CASE(destroy_stream_that_is_no_handle) {
  NEED(aclrtSetDevice(0));
  return aclrtDestroyStream((aclrtStream)(uintptr_t)0x1234);
}
CASE(synchronize_stream_without_context) { return aclrtSynchronizeStream(NULL); }
CASE(synchronize_stream_destroyed) {
  aclrtStream stream = need_stream();
  NEED(aclrtDestroyStream(stream));
  return aclrtSynchronizeStream(stream);
}
CASE(synchronize_stream_timeout_zero) { return aclrtSynchronizeStreamWithTimeout(need_stream(), 0); }
CASE(synchronize_stream_timeout_negative) { return aclrtSynchronizeStreamWithTimeout(need_stream(), -2); }
CASE(synchronize_stream_expires) {
  aclrtStream stream = need_stream();
  aclrtNotify notify = NULL;
  NEED(aclrtCreateNotify(&notify, 0));
  NEED(aclrtWaitAndResetNotify(notify, stream, 0));
  const int status = aclrtSynchronizeStreamWithTimeout(stream, 20);
  aclrtStream other = NULL;
  NEED(aclrtCreateStream(&other));
  NEED(aclrtRecordNotify(notify, other));
  EXPECT(aclrtSynchronizeStream(stream) == 0);
  return status;
}
CASE(stream_query_null) { return aclrtStreamQuery(need_stream(), NULL); }
CASE(stream_abort_null) {
  NEED(aclrtSetDevice(0));
  return aclrtStreamAbort(NULL);
}
CASE(failure_mode_null) {
  NEED(aclrtSetDevice(0));
  return aclrtSetStreamFailureMode(NULL, ACL_STOP_ON_FAILURE);
}
CASE(failure_mode_back_to_continue) {
  aclrtStream stream = need_stream();
  NEED(aclrtSetStreamFailureMode(stream, ACL_STOP_ON_FAILURE));
  NEED(aclrtSetStreamFailureMode(stream, ACL_STOP_ON_FAILURE));
  return aclrtSetStreamFailureMode(stream, ACL_CONTINUE_ON_FAILURE);
}
CASE(overflow_switch_unknown) { return aclrtSetStreamOverflowSwitch(need_stream(), 2); }
CASE(overflow_switch_null) { return aclrtGetStreamOverflowSwitch(need_stream(), NULL); }
CASE(overflow_switch_on_is_not_emulated) {
  aclrtStream stream = need_stream();
  aclrtStreamAttrValue on = {.overflowSwitch = 1};
  uint32_t flag = 7;
  EXPECT(aclrtSetStreamAttribute(stream, ACL_STREAM_ATTR_FLOAT_OVERFLOW_CHECK, &on) == 207000);
  NEED(aclrtSetStreamOverflowSwitch(stream, 0));
  NEED(aclrtGetStreamOverflowSwitch(stream, &flag));
  EXPECT(flag == 0);
  return aclrtSetStreamOverflowSwitch(stream, 1);
}
CASE(stream_attribute_unknown) {
  aclrtStreamAttrValue value = {0};
  return aclrtSetStreamAttribute(need_stream(), (aclrtStreamAttr)99, &value);
}
CASE(stream_attribute_null) { return aclrtGetStreamAttribute(need_stream(), ACL_STREAM_ATTR_FAILURE_MODE, NULL); }
CASE(available_streams_null) { return aclrtGetStreamAvailableNum(NULL); }
CASE(streams_used_up) {
  aclrtStream stream = NULL;
  uint32_t left = 0;
  setenv("MOCK_CANN_PROFILE", "atlas-a2,streams=3", 1);
  NEED(aclrtSetDevice(0));
  NEED(aclrtCreateStream(&stream));
  NEED(aclrtGetStreamAvailableNum(&left));
  EXPECT(left == 2);
  NEED(aclrtCreateStream(&stream));
  NEED(aclrtCreateStream(&stream));
  return aclrtCreateStream(&stream);
}

CASE(create_event_null) { return aclrtCreateEvent(NULL); }
CASE(create_event_without_context) {
  aclrtEvent event = NULL;
  return aclrtCreateEvent(&event);
}
CASE(create_event_flag_zero) {
  aclrtEvent event = NULL;
  NEED(aclrtSetDevice(0));
  return aclrtCreateEventWithFlag(&event, 0);
}
CASE(create_event_flag_unknown) {
  aclrtEvent event = NULL;
  NEED(aclrtSetDevice(0));
  return aclrtCreateEventExWithFlag(&event, 0x100);
}
CASE(create_event_device_only_combined) {
  aclrtEvent event = NULL;
  NEED(aclrtSetDevice(0));
  return aclrtCreateEventWithFlag(&event, ACL_EVENT_DEVICE_USE_ONLY | ACL_EVENT_SYNC);
}
CASE(destroy_event_null) { return aclrtDestroyEvent(NULL); }

static aclrtEvent plain_event(void) {
  aclrtEvent event = NULL;
  NEED(aclrtCreateEvent(&event));
  return event;
}
static aclrtEvent flag_event(uint32_t flag) {
  aclrtEvent event = NULL;
  NEED(aclrtCreateEventWithFlag(&event, flag));
  return event;
}
static aclrtEvent new_event(uint32_t flag) {
  aclrtEvent event = NULL;
  NEED(aclrtCreateEventExWithFlag(&event, flag));
  return event;
}

CASE(destroy_event_twice) {
  NEED(aclrtSetDevice(0));
  aclrtEvent event = plain_event();
  NEED(aclrtDestroyEvent(event));
  return aclrtDestroyEvent(event);
}
CASE(record_event_null) { return aclrtRecordEvent(NULL, need_stream()); }
CASE(record_event_destroyed) {
  aclrtStream stream = need_stream();
  aclrtEvent event = plain_event();
  NEED(aclrtDestroyEvent(event));
  return aclrtRecordEvent(event, stream);
}
CASE(record_event_device_only) {
  aclrtStream stream = need_stream();
  return aclrtRecordEvent(flag_event(ACL_EVENT_DEVICE_USE_ONLY), stream);
}
CASE(record_event_flag_unknown) {
  aclrtStream stream = need_stream();
  return aclrtRecordEventWithFlag(plain_event(), stream, 5);
}
CASE(record_event_external_on_legacy) {
  aclrtStream stream = need_stream();
  return aclrtRecordEventWithFlag(plain_event(), stream, ACL_EVENT_RECORD_EXTERNAL);
}
static aclrtEvent need_external_event(aclrtStream stream) {
  aclrtEvent event = NULL;
  NEED(aclrtCreateEventExWithFlag(&event, ACL_EVENT_EXTERNAL));
  NEED(aclrtRecordEvent(event, stream));
  NEED(aclrtSynchronizeStream(stream));
  return event;
}
CASE(synchronize_external_event) {
  aclrtEvent event = need_external_event(need_stream());
  EXPECT(aclrtSynchronizeEventWithTimeout(event, 100) == 207000);
  return aclrtSynchronizeEvent(event);
}
CASE(elapsed_time_of_external_event) {
  aclrtStream stream = need_stream();
  aclrtEvent timed = NULL;
  float ms = 0;
  NEED(aclrtCreateEvent(&timed));
  NEED(aclrtRecordEvent(timed, stream));
  aclrtEvent external = need_external_event(stream);
  EXPECT(aclrtEventElapsedTime(&ms, external, timed) == 207000);
  return aclrtEventElapsedTime(&ms, timed, external);
}
CASE(capture_info_of_the_default_stream) {
  aclmdlRICaptureStatus status = ACL_MODEL_RI_CAPTURE_STATUS_NONE;
  aclrtStream stream = NULL;
  NEED(aclrtSetDevice(0));
  NEED(aclrtCtxGetCurrentDefaultStream(&stream));
  return aclmdlRICaptureGetInfo(stream, &status, NULL);
}
CASE(capture_info_without_outputs) { return aclmdlRICaptureGetInfo(need_stream(), NULL, NULL); }
CASE(record_event_external_without_capture) {
  aclrtStream stream = need_stream();
  return aclrtRecordEventWithFlag(new_event(ACL_EVENT_SYNC), stream, ACL_EVENT_RECORD_EXTERNAL);
}
CASE(wait_event_never_recorded_default) {
  aclrtStream stream = need_stream();
  return aclrtStreamWaitEvent(stream, plain_event());
}
CASE(wait_event_never_recorded_time_line) {
  aclrtStream stream = need_stream();
  return aclrtStreamWaitEvent(stream, flag_event(ACL_EVENT_TIME_LINE));
}
CASE(wait_event_never_recorded_new_mode) {
  aclrtStream stream = need_stream();
  NEED(aclrtStreamWaitEvent(stream, new_event(ACL_EVENT_SYNC)));
  return aclrtSynchronizeStream(stream);
}
CASE(wait_event_null) { return aclrtStreamWaitEvent(need_stream(), NULL); }
CASE(wait_event_timeout_negative) {
  aclrtStream stream = need_stream();
  return aclrtStreamWaitEventWithTimeout(stream, plain_event(), -1);
}
CASE(wait_event_external_with_timeout) {
  aclrtStream stream = need_stream();
  return aclrtStreamWaitEventWithFlag(stream, new_event(ACL_EVENT_SYNC), 5, ACL_EVENT_WAIT_EXTERNAL);
}
CASE(wait_for_a_future_record_expires) {
  aclrtStream stream = need_stream();
  aclrtEvent event = flag_event(ACL_EVENT_SYNC);
  NEED(aclrtStreamWaitEventWithTimeout(stream, event, 20));
  EXPECT(aclrtSynchronizeStream(stream) != 0);
  return 0;
}
CASE(reset_event_new_mode) {
  aclrtStream stream = need_stream();
  return aclrtResetEvent(new_event(ACL_EVENT_SYNC), stream);
}
CASE(reset_event_time_line) {
  aclrtStream stream = need_stream();
  return aclrtResetEvent(flag_event(ACL_EVENT_TIME_LINE), stream);
}
CASE(reset_event_default) {
  aclrtStream stream = need_stream();
  return aclrtResetEvent(plain_event(), stream);
}
CASE(query_event_new_mode) {
  aclrtEventStatus status;
  NEED(aclrtSetDevice(0));
  return aclrtQueryEvent(new_event(ACL_EVENT_SYNC), &status);
}
CASE(query_event_never_recorded) {
  aclrtEventStatus status = ACL_EVENT_STATUS_RESERVED;
  NEED(aclrtSetDevice(0));
  NEED(aclrtQueryEvent(plain_event(), &status));
  EXPECT(status == ACL_EVENT_STATUS_COMPLETE);
  return 0;
}
CASE(query_event_status_never_recorded_legacy) {
  aclrtEventRecordedStatus status = ACL_EVENT_RECORDED_STATUS_COMPLETE;
  NEED(aclrtSetDevice(0));
  NEED(aclrtQueryEventStatus(plain_event(), &status));
  EXPECT(status == ACL_EVENT_RECORDED_STATUS_NOT_READY);
  return 0;
}
CASE(query_event_status_never_recorded_new_mode) {
  aclrtEventRecordedStatus status = ACL_EVENT_RECORDED_STATUS_NOT_READY;
  NEED(aclrtSetDevice(0));
  NEED(aclrtQueryEventStatus(new_event(ACL_EVENT_SYNC), &status));
  EXPECT(status == ACL_EVENT_RECORDED_STATUS_COMPLETE);
  return 0;
}
CASE(query_event_status_null) {
  NEED(aclrtSetDevice(0));
  return aclrtQueryEventStatus(plain_event(), NULL);
}
CASE(query_wait_status_new_mode) {
  aclrtEventWaitStatus status;
  NEED(aclrtSetDevice(0));
  return aclrtQueryEventWaitStatus(new_event(ACL_EVENT_SYNC), &status);
}
CASE(synchronize_event_never_recorded) {
  NEED(aclrtSetDevice(0));
  return aclrtSynchronizeEvent(plain_event());
}
CASE(synchronize_event_null) { return aclrtSynchronizeEvent(NULL); }
CASE(synchronize_event_timeout_zero) {
  NEED(aclrtSetDevice(0));
  return aclrtSynchronizeEventWithTimeout(plain_event(), 0);
}
CASE(synchronize_event_timeout_negative) {
  NEED(aclrtSetDevice(0));
  return aclrtSynchronizeEventWithTimeout(plain_event(), -2);
}
CASE(synchronize_event_expires) {
  aclrtStream stream = need_stream();
  aclrtNotify notify = NULL;
  aclrtEvent event = plain_event();
  NEED(aclrtCreateNotify(&notify, 0));
  NEED(aclrtWaitAndResetNotify(notify, stream, 0));
  NEED(aclrtRecordEvent(event, stream));
  const int status = aclrtSynchronizeEventWithTimeout(event, 20);
  NEED(aclrtStreamAbort(stream));
  return status;
}
CASE(elapsed_never_recorded) {
  float ms = 0;
  NEED(aclrtSetDevice(0));
  return aclrtEventElapsedTime(&ms, plain_event(), plain_event());
}
CASE(elapsed_without_time_line) {
  float ms = 0;
  aclrtStream stream = need_stream();
  aclrtEvent start = flag_event(ACL_EVENT_SYNC), end = flag_event(ACL_EVENT_SYNC);
  NEED(aclrtRecordEvent(start, stream));
  NEED(aclrtRecordEvent(end, stream));
  NEED(aclrtSynchronizeStream(stream));
  return aclrtEventElapsedTime(&ms, start, end);
}
CASE(elapsed_backwards_is_negative) {
  float ms = 0;
  aclrtStream stream = need_stream();
  aclrtEvent start = plain_event(), end = plain_event();
  NEED(aclrtRecordEvent(start, stream));
  NEED(aclrtSynchronizeStream(stream));
  NEED(aclrtRecordEvent(end, stream));
  NEED(aclrtSynchronizeStream(stream));
  NEED(aclrtEventElapsedTime(&ms, end, start));
  EXPECT(ms < 0);
  return 0;
}
CASE(elapsed_unfinished) {
  float ms = 0;
  aclrtStream stream = need_stream();
  aclrtNotify notify = NULL;
  aclrtEvent start = plain_event(), end = plain_event();
  NEED(aclrtCreateNotify(&notify, 0));
  NEED(aclrtRecordEvent(start, stream));
  NEED(aclrtWaitAndResetNotify(notify, stream, 0));
  NEED(aclrtRecordEvent(end, stream));
  const int status = aclrtEventElapsedTime(&ms, start, end);
  NEED(aclrtStreamAbort(stream));
  return status;
}
CASE(timestamp_never_recorded) {
  uint64_t us = 0;
  NEED(aclrtSetDevice(0));
  return aclrtEventGetTimestamp(plain_event(), &us);
}
CASE(execute_timeout_null) { return aclrtSetOpExecuteTimeOutV2(1, NULL); }
CASE(timeout_interval_null) { return aclrtGetOpTimeOutInterval(NULL); }

CASE(create_notify_null) { return aclrtCreateNotify(NULL, 0); }
CASE(create_notify_flag_unknown) {
  aclrtNotify notify = NULL;
  NEED(aclrtSetDevice(0));
  return aclrtCreateNotify(&notify, 2);
}
CASE(record_notify_null) { return aclrtRecordNotify(NULL, need_stream()); }
CASE(destroy_notify_twice) {
  aclrtNotify notify = NULL;
  NEED(aclrtSetDevice(0));
  NEED(aclrtCreateNotify(&notify, 0));
  NEED(aclrtDestroyNotify(notify));
  return aclrtDestroyNotify(notify);
}
CASE(notify_batch_reset_none) {
  aclrtNotify notify = NULL;
  NEED(aclrtSetDevice(0));
  NEED(aclrtCreateNotify(&notify, 0));
  return aclrtNotifyBatchReset(&notify, 0);
}
CASE(two_records_collapse_into_one) {
  aclrtStream stream = need_stream(), waiting = NULL;
  aclrtNotify notify = NULL;
  NEED(aclrtCreateStream(&waiting));
  NEED(aclrtCreateNotify(&notify, 0));
  NEED(aclrtRecordNotify(notify, stream));
  NEED(aclrtRecordNotify(notify, stream));
  NEED(aclrtSynchronizeStream(stream));
  NEED(aclrtWaitAndResetNotify(notify, waiting, 0));
  NEED(aclrtSynchronizeStream(waiting));
  NEED(aclrtWaitAndResetNotify(notify, waiting, 0));
  const int status = aclrtSynchronizeStreamWithTimeout(waiting, 20);
  NEED(aclrtStreamAbort(waiting));
  return status;
}
CASE(persistent_clean_of_an_ordinary_stream) { return aclrtPersistentTaskClean(need_stream()); }
CASE(res_limit_type) {
  uint32_t value = 0;
  return aclrtGetDeviceResLimit(0, (aclrtDevResLimitType)2, &value);
}
CASE(res_limit_null) { return aclrtGetDeviceResLimit(0, ACL_RT_DEV_RES_CUBE_CORE, NULL); }
CASE(res_limit_device) { return aclrtSetDeviceResLimit(1000, ACL_RT_DEV_RES_CUBE_CORE, 1); }
CASE(res_limit_is_kept) {
  uint32_t value = 0;
  NEED(aclrtSetDeviceResLimit(0, ACL_RT_DEV_RES_CUBE_CORE, 3));
  NEED(aclrtGetDeviceResLimit(0, ACL_RT_DEV_RES_CUBE_CORE, &value));
  EXPECT(value == 3);
  NEED(aclrtSetStreamResLimit(need_stream(), ACL_RT_DEV_RES_VECTOR_CORE, 2));
  NEED(aclrtResetDeviceResLimit(0));
  NEED(aclrtGetDeviceResLimit(0, ACL_RT_DEV_RES_CUBE_CORE, &value));
  EXPECT(value == 20);
  return 0;
}
