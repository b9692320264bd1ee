/* From a graph to a model: CompileGraph, BuildGraph and their automatic forms. */
#include <stdlib.h>
#include <string.h>

#include "graph/session_state.h"

#define FEATURE_REFRESHABLE "ge.featureBaseRefreshable"

mc_ge_status mc_slot_compile(mc_slot *slot, const mc_desc *inputs, int n_inputs) {
  if (slot->model != NULL) {
    return MC_GE_SUCCESS;
  }
  const mc_options options = mc_option_set_view(&slot->options);
  if (mc_option(options, "ge.dynamicDims") != NULL) {
    inputs = NULL; /* the gears say what the inputs are */
  }
  mc_model *model = NULL;
  const int status = mc_model_compile(slot->graph, options, inputs, inputs == NULL ? 0 : n_inputs, &model);
  if (status != 0) {
    return (mc_ge_status)status;
  }
  const char *refreshable = mc_option(options, FEATURE_REFRESHABLE);
  mc_summary *summary = mc_summary_create(model, refreshable != NULL && strcmp(refreshable, "1") == 0);
  if (summary == NULL) {
    mc_model_release(model);
    return MC_GE_MEMALLOC_FAILED;
  }
  pthread_mutex_lock(&slot->lock);
  slot->model = model;
  slot->summary = summary;
  pthread_mutex_unlock(&slot->lock);
  return MC_GE_SUCCESS;
}

mc_ge_status mc_slot_compile_for(mc_slot *slot, const mc_run_tensor *in, int n_in) {
  if (slot->model != NULL) {
    return MC_GE_SUCCESS;
  }
  mc_desc *descs = malloc((size_t)(n_in + 1) * sizeof *descs);
  if (descs == NULL) {
    return MC_GE_MEMALLOC_FAILED;
  }
  for (int i = 0; i < n_in; i++) {
    descs[i] = (mc_desc){.dtype = in[i].dtype, .format = in[i].format, .shape = in[i].shape};
  }
  const mc_ge_status status = mc_slot_compile(slot, descs, n_in);
  free(descs);
  return status;
}

/* `mark`: v1's CompileGraph leaves a mark that the other ways to compile do not. */
static mc_ge_status compile(mc_session *session, mc_slot *slot, const char *call, const mc_desc *inputs,
                            int n_inputs, bool mark) {
  mc_ge_status status = mc_slot_enter(slot, call, MC_MODE_NONE);
  if (status != MC_GE_SUCCESS) {
    return status;
  }
  pthread_mutex_lock(&slot->lock);
  const bool running = slot->running;
  pthread_mutex_unlock(&slot->lock);
  status = running ? mc_out_of_order(MC_GE_GRAPH_ALREADY_RUNNING, call, "graph %u is running", slot->id)
                   : mc_slot_compile(slot, inputs, n_inputs);
  if (status == MC_GE_SUCCESS && mark && session->version == 1) {
    slot->compiled_by_user = true;
  }
  mc_slot_leave(slot, MC_MODE_NONE);
  return status;
}

mc_ge_status mc_session_compile(mc_session *session, uint32_t id, const mc_desc *inputs, int n_inputs) {
  if (!mc_session_ready(session, "CompileGraph")) {
    return MC_GE_FAILED;
  }
  mc_slot *slot = mc_slot_find(session, id);
  if (slot == NULL) {
    mc_out_of_order(MC_GE_GRAPH_NOT_EXIST, "CompileGraph", "graph %u does not exist in the session", id);
    return MC_GE_PARAM_INVALID;
  }
  const mc_ge_status status = compile(session, slot, "CompileGraph", inputs, n_inputs, true);
  mc_slot_release(slot);
  return status == MC_GE_SUCCESS ? MC_GE_SUCCESS : MC_GE_PARAM_INVALID;
}

mc_ge_status mc_session_build(mc_session *session, uint32_t id, const mc_desc *inputs, int n_inputs) {
  if (!mc_session_ready(session, "BuildGraph")) {
    return MC_GE_FAILED;
  }
  mc_slot *slot = mc_slot_find(session, id);
  if (slot == NULL) {
    return mc_out_of_order(MC_GE_GRAPH_NOT_EXIST, "BuildGraph", "graph %u does not exist in the session", id);
  }
  const mc_ge_status status =
      slot->compiled_by_user
          ? mc_out_of_order(MC_GE_UNSUPPORTED, "BuildGraph", "graph %u was compiled by CompileGraph", id)
          : compile(session, slot, "BuildGraph", inputs, n_inputs, false);
  mc_slot_release(slot);
  return status;
}
