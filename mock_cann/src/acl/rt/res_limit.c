/* Core budgets of the process and of streams. Kernels here have no cores to bind, so a budget is kept and told, no more. */
#include "acl/acl_rt.h"

#include "acl/check.h"

static _Thread_local mc_stream *t_stream;

static uint32_t cores_of(int type) {
  const mc_profile *profile = mc_profile_get();
  return (uint32_t)(type == ACL_RT_DEV_RES_CUBE_CORE ? profile->cube_cores : profile->vector_cores);
}

static int check_type(const char *function, aclrtDevResLimitType type) {
  return (unsigned)type < MC_RES_LIMITS ? MC_OK
                                        : mc_fail(MC_RT_PARAM, "EE1003", function, MC_TEXT("%d", (int)type), "type",
                                                  "ACL_RT_DEV_RES_CUBE_CORE or ACL_RT_DEV_RES_VECTOR_CORE");
}

static int check_value(const char *function, aclrtDevResLimitType type, uint32_t value) {
  return value >= 1 && value <= cores_of((int)type)
             ? MC_OK
             : mc_fail(MC_RT_PARAM, "EE1003", function, MC_TEXT("%u", value), "value",
                       MC_TEXT("1 to %u", cores_of((int)type)));
}

static int find_device(const char *function, int32_t id, mc_device **device) {
  *device = mc_device_of_user(id);
  return *device != NULL
             ? MC_OK
             : mc_fail(MC_RT_DEVICE_ID, "EE1003", function, MC_TEXT("%d", id), "deviceId", "a visible device");
}

static uint32_t limit_of_device(const mc_device *device, int type) {
  const uint32_t set = mc_res_limit_get(device->id, type);
  return set == 0 ? cores_of(type) : set;
}

static uint32_t limit_of_stream(const mc_stream *stream, int type) {
  return stream->res_limits[type] == 0 ? limit_of_device(stream->device, type) : stream->res_limits[type];
}

aclError aclrtGetDeviceResLimit(int32_t deviceId, aclrtDevResLimitType type, uint32_t *value) {
  mc_device *device = NULL;
  REQUIRE(value);
  TRY(check_type(__func__, type));
  TRY(find_device(__func__, deviceId, &device));
  *value = limit_of_device(device, (int)type);
  return MC_OK;
}

aclError aclrtSetDeviceResLimit(int32_t deviceId, aclrtDevResLimitType type, uint32_t value) {
  mc_device *device = NULL;
  TRY(check_type(__func__, type));
  TRY(find_device(__func__, deviceId, &device));
  TRY(check_value(__func__, type, value));
  mc_res_limit_set(device->id, (int)type, value);
  return MC_OK;
}

aclError aclrtResetDeviceResLimit(int32_t deviceId) {
  mc_device *device = NULL;
  TRY(find_device(__func__, deviceId, &device));
  for (int type = 0; type < MC_RES_LIMITS; ++type) {
    mc_res_limit_set(device->id, type, 0);
  }
  return MC_OK;
}

aclError aclrtGetStreamResLimit(aclrtStream stream, aclrtDevResLimitType type, uint32_t *value) {
  mc_stream *s = NULL;
  REQUIRE(value);
  TRY(check_type(__func__, type));
  TRY(mc_stream_from_handle(__func__, stream, &s));
  *value = limit_of_stream(s, (int)type);
  return MC_OK;
}

aclError aclrtSetStreamResLimit(aclrtStream stream, aclrtDevResLimitType type, uint32_t value) {
  mc_stream *s = NULL;
  TRY(check_type(__func__, type));
  TRY(mc_stream_from_handle(__func__, stream, &s));
  TRY(check_value(__func__, type, value));
  s->res_limits[type] = value;
  return MC_OK;
}

aclError aclrtResetStreamResLimit(aclrtStream stream) {
  mc_stream *s = NULL;
  TRY(mc_stream_from_handle(__func__, stream, &s));
  s->res_limits[0] = s->res_limits[1] = 0;
  return MC_OK;
}

aclError aclrtUseStreamResInCurrentThread(aclrtStream stream) {
  TRY(mc_stream_from_handle(__func__, stream, &t_stream));
  return MC_OK;
}

aclError aclrtUnuseStreamResInCurrentThread(aclrtStream stream) {
  mc_stream *s = NULL;
  TRY(mc_stream_from_handle(__func__, stream, &s));
  t_stream = t_stream == s ? NULL : t_stream;
  return MC_OK;
}

aclError aclrtGetResInCurrentThread(aclrtDevResLimitType type, uint32_t *value) {
  mc_context *context = NULL;
  REQUIRE(value);
  TRY(check_type(__func__, type));
  if (t_stream != NULL && mc_handle_valid(MC_KIND_STREAM, t_stream)) {
    *value = limit_of_stream(t_stream, (int)type);
    return MC_OK;
  }
  TRY(mc_context_require(__func__, &context));
  *value = limit_of_device(context->device, (int)type);
  return MC_OK;
}
