/* Notifies within one process. Sharing them between processes is not emulated. */
#include "acl/acl_rt.h"

#include "acl/check.h"
#include "engine/notify.h"

static int live_notify(const char *function, aclrtNotify handle, mc_notify **notify) {
  TRY(mc_handle_check(function, "notify", MC_KIND_NOTIFY, handle));
  *notify = handle;
  return MC_OK;
}

aclError aclrtCreateNotify(aclrtNotify *notify, uint64_t flag) {
  REQUIRE(notify);
  FAIL_UNLESS(flag <= 1, MC_RT_PARAM, flag, "flag", "0 (default) or 1 (device use only)");
  return mc_notify_new(__func__, flag, (mc_notify **)notify);
}

aclError aclrtDestroyNotify(aclrtNotify notify) {
  mc_notify *n = NULL;
  REQUIRE(notify);
  TRY(live_notify(__func__, notify, &n));
  if (!mc_handle_retire(n)) {
    return mc_fail(MC_RT_INVALID_HANDLE, "EE1011", __func__, MC_TEXT("%p", notify), "notify", "it was destroyed already");
  }
  mc_notify_destroy(n);
  return MC_OK;
}

aclError aclrtRecordNotify(aclrtNotify notify, aclrtStream stream) {
  mc_notify *n = NULL;
  mc_stream *s = NULL;
  REQUIRE(notify);
  TRY(live_notify(__func__, notify, &n));
  TRY(mc_stream_from_handle(__func__, stream, &s));
  return mc_notify_record(__func__, n, s);
}

aclError aclrtWaitAndResetNotify(aclrtNotify notify, aclrtStream stream, uint32_t timeout) {
  mc_notify *n = NULL;
  mc_stream *s = NULL;
  REQUIRE(notify);
  TRY(live_notify(__func__, notify, &n));
  TRY(mc_stream_from_handle(__func__, stream, &s));
  return mc_notify_wait(__func__, n, s, timeout);
}

aclError aclrtGetNotifyId(aclrtNotify notify, uint32_t *notifyId) {
  mc_notify *n = NULL;
  REQUIRE(notify);
  REQUIRE(notifyId);
  TRY(live_notify(__func__, notify, &n));
  *notifyId = mc_notify_id(n);
  return MC_OK;
}

aclError aclrtNotifyBatchReset(aclrtNotify *notifies, size_t num) {
  REQUIRE(notifies);
  FAIL_UNLESS(num > 0, MC_RT_PARAM, num, "num", "above 0");
  for (size_t i = 0; i < num; ++i) {
    mc_notify *n = NULL;
    TRY(live_notify(__func__, notifies[i], &n));
    mc_notify_reset(n);
  }
  return MC_OK;
}
