/* What a compiled graph tells: its summary, computed once, and its serialized model. */
#include <stdlib.h>
#include <string.h>

#include "graph/session_state.h"

struct mc_summary {
  atomic_int refs;
  mc_model *model;
  bool refreshable;
};

mc_summary *mc_summary_create(mc_model *model, bool refreshable) {
  mc_summary *summary = malloc(sizeof *summary);
  if (summary != NULL) {
    mc_model_retain(model);
    *summary = (mc_summary){.refs = 1, .model = model, .refreshable = refreshable};
  }
  return summary;
}

void mc_summary_release(mc_summary *summary) {
  if (summary != NULL && atomic_fetch_sub_explicit(&summary->refs, 1, memory_order_acq_rel) == 1) {
    mc_model_release(summary->model);
    free(summary);
  }
}

mc_model *mc_summary_model(const mc_summary *summary) {
  return summary->model;
}

bool mc_summary_refreshable(const mc_summary *summary) {
  return summary->refreshable;
}

/* The compiled state of a graph; NULL when it is not compiled. v1 knows only what CompileGraph made. */
static mc_summary *retain_summary(mc_slot *slot) {
  pthread_mutex_lock(&slot->lock);
  mc_summary *summary = slot->session->version == 1 && !slot->compiled_by_user ? NULL : slot->summary;
  if (summary != NULL) {
    atomic_fetch_add_explicit(&summary->refs, 1, memory_order_relaxed);
  }
  pthread_mutex_unlock(&slot->lock);
  return summary;
}

mc_summary *mc_session_summary(mc_session *session, uint32_t id) {
  static const char kCall[] = "GetCompiledGraphSummary";
  if (!mc_session_ready(session, kCall)) {
    return NULL;
  }
  mc_slot *slot = mc_slot_find(session, id);
  if (slot == NULL) {
    mc_out_of_order(MC_GE_GRAPH_NOT_EXIST, kCall, "graph %u does not exist in the session", id);
    return NULL;
  }
  mc_summary *summary = retain_summary(slot);
  if (summary == NULL) {
    mc_out_of_order(MC_GE_GRAPH_NOT_BUILT, kCall, "graph %u was not compiled; call CompileGraph first", id);
  }
  mc_slot_release(slot);
  return summary;
}

static mc_ge_status serialize(mc_slot *slot, void **bytes, size_t *size) {
  static const char kCall[] = "GetCompiledModel", kAccess[] = "ge.exec.variable_acc";
  const char *access = mc_option(mc_option_set_view(&slot->options), kAccess);
  if (access != NULL && strcmp(access, "True") == 0) {
    mc_report("E10001", access, kAccess, "GetCompiledModel does not support it", NULL);
    return MC_GE_UNSUPPORTED;
  }
  mc_summary *summary = retain_summary(slot);
  if (summary == NULL) {
    return mc_out_of_order(MC_GE_PARAM_INVALID, kCall, "graph %u was not compiled; call CompileGraph first",
                           slot->id);
  }
  *bytes = mc_model_save(summary->model, size);
  mc_summary_release(summary);
  return *bytes == NULL ? MC_GE_FAILED : MC_GE_SUCCESS;
}

mc_ge_status mc_session_compiled_model(mc_session *session, uint32_t id, void **bytes, size_t *size) {
  *bytes = NULL;
  *size = 0;
  if (!mc_session_ready(session, "GetCompiledModel")) {
    return MC_GE_FAILED;
  }
  mc_slot *slot = mc_slot_find(session, id);
  if (slot == NULL) {
    return mc_out_of_order(MC_GE_GRAPH_NOT_EXIST, "GetCompiledModel",
                           "graph %u does not exist in the session", id);
  }
  const mc_ge_status status = serialize(slot, bytes, size);
  mc_slot_release(slot);
  return status;
}

mc_ge_status mc_session_refuse_debug_json(mc_session *session, uint32_t id) {
  static const char kCall[] = "GraphDebugJSONPrint";
  if (!mc_session_ready(session, kCall)) {
    return MC_GE_FAILED;
  }
  mc_slot *slot = mc_slot_find(session, id);
  if (slot == NULL) {
    return mc_out_of_order(MC_GE_FAILED, kCall, "graph %u does not exist in the session", id);
  }
  pthread_mutex_lock(&slot->lock);
  const bool printable = slot->compiled_by_user && slot->loaded != NULL;
  pthread_mutex_unlock(&slot->lock);
  mc_slot_release(slot);
  if (!printable) {
    return mc_out_of_order(MC_GE_FAILED, kCall,
                           "graph %u was not compiled by a ge::Session's CompileGraph and loaded", id);
  }
  mc_report_inner("E19999", "%s is not emulated by mock_cann", kCall);
  return MC_GE_UNSUPPORTED;
}
