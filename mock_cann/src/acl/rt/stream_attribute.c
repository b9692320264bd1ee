/* What can be set on a stream: failure mode, overflow switch, tag; and the handle that configures a new one. */
#include "acl/acl_rt.h"

#include <stdlib.h>
#include <string.h>

#include "acl/check.h"

static int set_failure_mode(const char *function, mc_stream *s, uint64_t mode) {
  const bool stop = (mode & 1) != 0;
  if ((s->flags & ACL_STREAM_CPU_SCHEDULE) != 0) {
    return mc_fail(MC_RT_NOT_SUPPORTED, "EE1016", function, "the stream is scheduled by the CPU");
  }
  pthread_mutex_lock(&s->lock);
  const bool refused = s->stop_mode && !stop;
  s->stop_mode = s->stop_mode || stop;
  pthread_mutex_unlock(&s->lock);
  if (refused) {
    return mc_fail(MC_RT_NOT_SUPPORTED, "EE1016", function, "a stream in stop mode cannot go back to continue mode");
  }
  if (stop) {
    /* One stopping stream puts its whole context in stop mode. */
    atomic_store(&s->context->stop_mode, true);
  }
  return MC_OK;
}

aclError aclrtSetStreamFailureMode(aclrtStream stream, uint64_t mode) {
  mc_stream *s = NULL;
  TRY(own_stream(__func__, stream, &s));
  return set_failure_mode(__func__, s, mode);
}

/* No kernel looks for overflow: a program that asks for the check must not believe that it found none. */
static int set_overflow_check(bool on) { return on ? mc_unsupported("The check of a stream for overflow") : MC_OK; }

aclError aclrtSetStreamOverflowSwitch(aclrtStream stream, uint32_t flag) {
  mc_stream *s = NULL;
  REFUSE_UNLESS(flag <= 1, flag, "flag", "0 or 1");
  TRY(mc_stream_from_handle(__func__, stream, &s));
  return set_overflow_check(flag == 1);
}

aclError aclrtGetStreamOverflowSwitch(aclrtStream stream, uint32_t *flag) {
  mc_stream *s = NULL;
  REQUIRE(flag);
  TRY(mc_stream_from_handle(__func__, stream, &s));
  *flag = 0;
  return MC_OK;
}

aclError aclrtSetStreamAttribute(aclrtStream stream, aclrtStreamAttr stmAttrType, aclrtStreamAttrValue *value) {
  mc_stream *s = NULL;
  REQUIRE(value);
  TRY(mc_stream_from_handle(__func__, stream, &s));
  switch ((int)stmAttrType) {
  case ACL_STREAM_ATTR_FAILURE_MODE:
    return set_failure_mode(__func__, s, value->failureMode);
  case ACL_STREAM_ATTR_FLOAT_OVERFLOW_CHECK:
    return set_overflow_check(value->overflowSwitch == 1);
  case ACL_STREAM_ATTR_USER_CUSTOM_TAG:
    s->user_tag = value->userCustomTag;
    return MC_OK;
  case ACL_STREAM_ATTR_CACHE_OP_INFO:
    s->cache_op_info = value->cacheOpInfoSwitch == 1;
    return MC_OK;
  case ACL_STREAM_ATTR_PRIORITY:
    s->priority = value->streamPriority > 7 ? 7 : value->streamPriority;
    return MC_OK;
  default:
    return mc_fail(MC_RT_PARAM, "EE1003", __func__, MC_TEXT("%d", (int)stmAttrType), "stmAttrType",
                   "one of aclrtStreamAttr");
  }
}

aclError aclrtGetStreamAttribute(aclrtStream stream, aclrtStreamAttr stmAttrType, aclrtStreamAttrValue *value) {
  mc_stream *s = NULL;
  REQUIRE(value);
  TRY(mc_stream_from_handle(__func__, stream, &s));
  switch ((int)stmAttrType) {
  case ACL_STREAM_ATTR_FAILURE_MODE:
    value->failureMode = s->stop_mode ? 1 : 0;
    return MC_OK;
  case ACL_STREAM_ATTR_FLOAT_OVERFLOW_CHECK:
    value->overflowSwitch = 0;
    return MC_OK;
  case ACL_STREAM_ATTR_USER_CUSTOM_TAG:
    value->userCustomTag = s->user_tag;
    return MC_OK;
  case ACL_STREAM_ATTR_CACHE_OP_INFO:
    value->cacheOpInfoSwitch = s->cache_op_info ? 1 : 0;
    return MC_OK;
  case ACL_STREAM_ATTR_PRIORITY:
    value->streamPriority = s->priority;
    return MC_OK;
  default:
    return mc_fail(MC_RT_PARAM, "EE1003", __func__, MC_TEXT("%d", (int)stmAttrType), "stmAttrType",
                   "one of aclrtStreamAttr");
  }
}

aclrtStreamConfigHandle *aclrtCreateStreamConfigHandle(void) { return calloc(1, sizeof(aclrtStreamConfigHandle)); }

aclError aclrtDestroyStreamConfigHandle(aclrtStreamConfigHandle *handle) {
  REQUIRE(handle);
  free(handle);
  return MC_OK;
}

aclError aclrtSetStreamConfigOpt(aclrtStreamConfigHandle *handle, aclrtStreamConfigAttr attr, const void *attrValue,
                                 size_t valueSize) {
  REQUIRE(handle);
  REQUIRE(attrValue);
  const struct {
    void *field;
    size_t size;
  } fields[] = {
      [ACL_RT_STREAM_WORK_ADDR_PTR] = {&handle->workptr, sizeof handle->workptr},
      [ACL_RT_STREAM_WORK_SIZE] = {&handle->workSize, sizeof handle->workSize},
      [ACL_RT_STREAM_FLAG] = {&handle->flag, sizeof handle->flag},
      [ACL_RT_STREAM_PRIORITY] = {&handle->priority, sizeof handle->priority},
  };
  REFUSE_UNLESS((unsigned)attr < sizeof fields / sizeof *fields, attr, "attr", "one of ACL_RT_STREAM_*");
  REFUSE_UNLESS(valueSize == fields[attr].size, valueSize, "valueSize", MC_TEXT("%zu", fields[attr].size));
  memcpy(fields[attr].field, attrValue, valueSize);
  return MC_OK;
}

aclError aclrtCreateStreamV2(aclrtStream *stream, const aclrtStreamConfigHandle *handle) {
  REQUIRE(stream);
  REQUIRE(handle);
  return aclrtCreateStreamWithConfig(stream, handle->priority, (uint32_t)handle->flag);
}
