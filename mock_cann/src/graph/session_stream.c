/* RunGraphWithStreamAsync and ExecuteGraphWithStreamAsync: one launch on the caller's stream. */
#include <stdlib.h>

#include "graph/session_inputs.h"

/* One launch, with the turn and the graph loaded. */
static mc_ge_status launch(mc_slot *slot, mc_stream *stream, const void *handle, const mc_run_tensor *in,
                           int n_in, mc_run_tensor **out, int *n_out) {
  const int count = mc_model_output_count(slot->model);
  if (mc_stream_device_id(stream) != slot->session->device) {
    mc_report_inner("E19999", "The stream is on device %d, graph %u is on device %d.",
                    mc_stream_device_id(stream), slot->id, slot->session->device);
    return MC_GE_FAILED;
  }
  if (slot->session->version == 1 && !mc_stream_in_primary_context(stream)) {
    mc_report_inner(
        "E19999",
        "The stream belongs to an explicit context; a ge::Session runs graph %u in the default context "
        "of its device only.",
        slot->id);
    return MC_GE_FAILED;
  }
  if (*n_out != 0 && *n_out != count) {
    return mc_refuse_output(MC_TEXT("graph %u has %d outputs, %d were given", slot->id, count, *n_out));
  }
  mc_run_tensor *tensors = *n_out == 0 && count > 0 ? calloc((size_t)count, sizeof *tensors) : *out;
  if (tensors == NULL && count > 0) {
    return MC_GE_MEMALLOC_FAILED;
  }
  mc_inputs inputs;
  mc_ge_status status = mc_inputs_open(&inputs, slot, MC_INPUTS_STREAM, in, n_in);
  if (status == MC_GE_SUCCESS) {
    status = mc_slot_launch(slot, stream, handle, &inputs, tensors, count);
  }
  for (int i = 0; i < inputs.count && status == MC_GE_SUCCESS; i++) {
    if ((slot->input_flags[i] & MC_INPUT_FROZEN) != 0) {
      slot->frozen[i] = in[i].address;
    }
  }
  mc_inputs_close(&inputs);
  if (status == MC_GE_SUCCESS) {
    *out = tensors;
    *n_out = count;
  } else if (tensors != *out) {
    free(tensors);
  }
  return status;
}

/* The stream of a launch without one: the context's default stream; for dynamic graphs their own, or
 * LoadGraph's. */
static mc_ge_status implied_stream(mc_slot *slot, mc_stream **stream) {
  static const char kCall[] = "RunGraphWithStreamAsync";
  if (mc_model_is_static(slot->model)) {
    return mc_stream_from_handle(kCall, NULL, stream) == 0 ? MC_GE_SUCCESS : MC_GE_FAILED;
  }
  if (slot->stream == NULL) {
    if (mc_device_set(kCall, slot->session->device) != 0) {
      return MC_GE_FAILED;
    }
    slot->own_stream = mc_stream_create(kCall, 0, 0, &slot->stream) == 0;
    mc_device_reset(kCall, slot->session->device);
  }
  *stream = slot->stream;
  if (*stream != NULL && !slot->own_stream) { /* LoadGraph's may have been destroyed since */
    return mc_stream_from_handle(kCall, slot->stream, stream) == 0 ? MC_GE_SUCCESS : MC_GE_FAILED;
  }
  return *stream == NULL ? MC_GE_FAILED : MC_GE_SUCCESS;
}

static mc_ge_status load_for(mc_slot *slot, void *handle, bool automatic, const mc_run_tensor *in, int n_in) {
  if (slot->loaded != NULL) {
    return MC_GE_SUCCESS;
  }
  if (!automatic) {
    return mc_out_of_order(MC_GE_FAILED, "ExecuteGraphWithStreamAsync",
                           "graph %u is not loaded; call CompileGraph and LoadGraph first", slot->id);
  }
  if (slot->session->version == 1) {
    const mc_ge_status status = mc_slot_compile_for(slot, in, n_in);
    if (status != MC_GE_SUCCESS) {
      return status;
    }
  }
  return mc_slot_load(slot, NULL, handle);
}

static mc_ge_status run(mc_slot *slot, const char *call, void *handle, const mc_run_tensor *in, int n_in,
                        mc_run_tensor **out, int *n_out) {
  mc_stream *stream = NULL;
  /* Loading may change the thread's context, which decides whether the stream is a valid one. */
  if (handle != NULL && mc_stream_from_handle(call, handle, &stream) != 0) {
    return MC_GE_FAILED;
  }
  mc_ge_status status = mc_slot_enter(slot, call, MC_MODE_STREAM);
  if (status != MC_GE_SUCCESS) {
    return status;
  }
  mc_run_mode mode = MC_MODE_NONE;
  status = load_for(slot, handle, call[0] == 'R', in, n_in);
  if (status == MC_GE_SUCCESS) {
    mode = MC_MODE_STREAM;
    status = stream == NULL ? implied_stream(slot, &stream) : MC_GE_SUCCESS;
  }
  if (status == MC_GE_SUCCESS) {
    status = launch(slot, stream, handle, in, n_in, out, n_out);
  }
  mc_slot_leave(slot, mode);
  return status;
}

static mc_ge_status find_and_run(mc_session *session, uint32_t id, const char *call, void *handle,
                                 const mc_run_tensor *in, int n_in, mc_run_tensor **out, int *n_out) {
  if (!mc_session_ready(session, call)) {
    return MC_GE_FAILED;
  }
  mc_slot *slot = mc_slot_find(session, id);
  if (slot == NULL) {
    mc_unknown_graph_assert(session, id, call);
    return MC_GE_FAILED;
  }
  const mc_ge_status status = run(slot, call, handle, in, n_in, out, n_out);
  mc_slot_release(slot);
  return status == MC_GE_SUCCESS ? MC_GE_SUCCESS : MC_GE_FAILED;
}

mc_ge_status mc_session_run_with_stream(mc_session *session, uint32_t id, void *stream,
                                        const mc_run_tensor *in, int n_in, mc_run_tensor **out, int *n_out) {
  return find_and_run(session, id, "RunGraphWithStreamAsync", stream, in, n_in, out, n_out);
}

mc_ge_status mc_session_execute_with_stream(mc_session *session, uint32_t id, void *stream,
                                            const mc_run_tensor *in, int n_in, mc_run_tensor **out,
                                            int *n_out) {
  return find_and_run(session, id, "ExecuteGraphWithStreamAsync", stream, in, n_in, out, n_out);
}
