/* RunGraphAsync, as its caller sees it: what is refused at once, and what is queued. */
#include "graph/session_state.h"

static const char kCall[] = "RunGraphAsync";

static mc_ge_status submit(mc_session *session, mc_slot *slot, const mc_run_tensor *in, int n_in,
                           mc_run_callback *callback) {
  mc_request *request = mc_request_create(slot, in, n_in, callback);
  if (request == NULL) {
    return MC_GE_FAILED;
  }
  *callback = (mc_run_callback){0};
  if (mc_pipeline_submit(session, request)) {
    return MC_GE_SUCCESS;
  }
  mc_request_drop(request);
  return mc_out_of_order(
      MC_GE_FAILED, kCall,
      "an earlier asynchronous run of session %llu failed before it was loaded, which stopped its "
      "queue; use a new session",
      (unsigned long long)session->id);
}

/* Refusals that the callback hears of in the calling thread. */
static mc_ge_status answer(const mc_run_callback *callback, mc_ge_status status) {
  if (callback->done != NULL) {
    callback->done(callback->self, status, NULL, 0);
  }
  return status;
}

static mc_ge_status run_async(mc_session *session, uint32_t id, const mc_run_tensor *in, int n_in,
                              mc_run_callback *callback) {
  if (!mc_session_ready(session, kCall)) {
    return MC_GE_FAILED;
  }
  mc_slot *slot = mc_slot_find(session, id);
  if (slot == NULL && session->version == 1) {
    return answer(callback, mc_out_of_order(MC_GE_GRAPH_NOT_EXIST, kCall,
                                            "graph %u does not exist in the session", id));
  }
  if (slot == NULL) {
    mc_unknown_graph_assert(session, id, kCall);
    return MC_GE_FAILED;
  }
  mc_ge_status status = mc_slot_check_mode(slot, kCall, MC_MODE_ASYNC);
  if (status != MC_GE_SUCCESS) {
    answer(callback, status);
  } else if (slot->compiled_by_user) {
    status = answer(callback,
                    mc_out_of_order(MC_GE_UNSUPPORTED, kCall, "graph %u was compiled by CompileGraph", id));
  } else {
    status = submit(session, slot, in, n_in, callback);
  }
  mc_slot_release(slot);
  return status;
}

mc_ge_status mc_session_run_async(mc_session *session, uint32_t id, const mc_run_tensor *in, int n_in,
                                  const mc_run_callback *callback) {
  mc_run_callback own = *callback;
  const mc_ge_status status = run_async(session, id, in, n_in, &own);
  if (own.drop != NULL) {
    own.drop(own.self);
  }
  return status;
}
