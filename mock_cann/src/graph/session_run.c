/* RunGraph, and what it shares with RunGraphAsync: one run on this thread with outputs on the host. */
#include <stdlib.h>

#include "graph/session_inputs.h"

/* At most one RunGraph is active in the process, whatever the session or graph; a second one is refused, not
 * queued. */
static atomic_flag active = ATOMIC_FLAG_INIT;

static mc_ge_status describe(const mc_slot *slot, int index, bool fixed, const mc_binding *binding,
                             mc_run_tensor *tensor) {
  const mc_io *io = mc_model_output(slot->model, index);
  tensor->address = binding->address;
  tensor->on_host = true;
  tensor->dtype = fixed ? io->desc.dtype : binding->dtype;
  tensor->format = io->desc.format;
  tensor->shape = fixed ? io->desc.shape : binding->shape;
  tensor->size = fixed ? (size_t)io->size : binding->size;
  if (tensor->block == NULL) {
    tensor->block = mc_tensor_block_adopt(binding->address, tensor->size);
  }
  return tensor->block == NULL ? MC_GE_MEMALLOC_FAILED : MC_GE_SUCCESS;
}

/* Outputs of known size get their blocks before the run; the run allocates the others. */
static mc_ge_status bind_outputs(const mc_slot *slot, bool fixed, mc_binding *bindings, mc_run_tensor *out,
                                 int n) {
  for (int i = 0; i < n; i++) {
    bindings[i].address = NULL;
    bindings[i].size = 0;
    bindings[i].on_host = true;
    bindings[i].shape.rank = MC_RANK_UNKNOWN;
    out[i].block = NULL;
  }
  for (int i = 0; i < n && fixed; i++) {
    const size_t size = (size_t)mc_model_output(slot->model, i)->size;
    out[i].block = mc_tensor_block_host(size);
    if (out[i].block == NULL) {
      return MC_GE_MEMALLOC_FAILED;
    }
    bindings[i].address = out[i].block->address;
    bindings[i].size = size;
  }
  return MC_GE_SUCCESS;
}

static mc_ge_status run_bound(mc_slot *slot, const mc_inputs *inputs, mc_binding *bindings,
                              mc_run_tensor *out, int n) {
  const bool fixed = mc_has_fixed_shapes(slot->model);
  mc_ge_status status = bind_outputs(slot, fixed, bindings, out, n);
  if (status == MC_GE_SUCCESS) {
    status = (mc_ge_status)mc_loaded_run_host(slot->loaded, inputs->bindings, inputs->count, bindings, n);
    for (int i = 0; i < n && status == MC_GE_SUCCESS; i++) {
      status = describe(slot, i, fixed, &bindings[i], &out[i]);
      if (status != MC_GE_SUCCESS) {
        for (int j = i + 1; j < n && !fixed; j++) {
          free(bindings[j].address);
        }
      }
    }
  }
  if (status != MC_GE_SUCCESS) {
    for (int i = 0; i < n; i++) {
      mc_tensor_block_release(out[i].block);
    }
  }
  return status;
}

static bool timed_out(const mc_slot *slot, int64_t started_ns) {
  if (slot->sync_timeout_ms <= 0 || mc_now_ns() - started_ns <= (int64_t)slot->sync_timeout_ms * 1000000) {
    return false;
  }
  mc_report_inner("E19999", "The run of graph %u took longer than stream_sync_timeout (%d ms).", slot->id,
                  slot->sync_timeout_ms);
  return true;
}

mc_ge_status mc_slot_run_host(mc_slot *slot, const mc_run_tensor *in, int n_in, mc_input_rule rule,
                              mc_run_tensor **out, int *n_out) {
  const int n = mc_model_output_count(slot->model);
  const int64_t started = slot->sync_timeout_ms > 0 ? mc_now_ns() : 0;
  enum { INLINE_OUTPUTS = 4 };
  mc_binding few[INLINE_OUTPUTS];
  mc_binding *bindings = n <= INLINE_OUTPUTS ? few : malloc((size_t)n * sizeof *bindings);
  mc_run_tensor *tensors = malloc((size_t)(n == 0 ? 1 : n) * sizeof *tensors);
  mc_tensor_block *feature = NULL;
  mc_inputs inputs;
  mc_ge_status status = mc_inputs_open(&inputs, slot, rule, in, n_in);
  if (bindings == NULL || tensors == NULL) {
    status = MC_GE_MEMALLOC_FAILED;
  }
  if (status == MC_GE_SUCCESS) {
    status = mc_slot_take_feature(slot, &feature);
  }
  if (status == MC_GE_SUCCESS) {
    status = run_bound(slot, &inputs, bindings, tensors, n);
  }
  mc_tensor_block_release(feature);
  mc_inputs_close(&inputs);
  if (status == MC_GE_SUCCESS && timed_out(slot, started)) {
    for (int i = 0; i < n; i++) {
      mc_tensor_block_release(tensors[i].block);
    }
    status = MC_GE_RUN_TIMED_OUT;
  }
  if (bindings != few) {
    free(bindings);
  }
  if (status != MC_GE_SUCCESS) {
    free(tensors);
    return status;
  }
  *out = tensors;
  *n_out = n;
  return MC_GE_SUCCESS;
}

/* Loads the graph if nobody did: the first generation compiles for the inputs of this run, the second one for
 * the shapes of the graph. */
static mc_ge_status load_if_needed(mc_slot *slot, const mc_run_tensor *in, int n_in) {
  mc_ge_status status = mc_slot_enter(slot, "RunGraph", MC_MODE_RUN);
  if (status != MC_GE_SUCCESS) {
    return status;
  }
  if (slot->session->version == 1) {
    status = mc_slot_compile_for(slot, in, n_in);
  }
  if (status == MC_GE_SUCCESS && slot->loaded == NULL) {
    status = mc_slot_load(slot, NULL, NULL);
  }
  mc_slot_leave(slot, MC_MODE_NONE);
  return status;
}

static mc_ge_status run_alone(mc_slot *slot, const mc_run_tensor *in, int n_in, mc_run_tensor **out,
                              int *n_out) {
  if (mc_option(mc_option_set_view(&slot->own), "ge.exec.hostInputIndexes") != NULL) {
    mc_report_inner("E19999",
                    "Assert failed: graph %u has ge.exec.hostInputIndexes, which RunGraph does not serve.",
                    slot->id);
    return MC_GE_FAILED;
  }
  const int device = slot->session->device;
  if (mc_device_set("RunGraph", device) != 0) {
    return MC_GE_FAILED;
  }
  const mc_ge_status status = mc_slot_run_host(slot, in, n_in, MC_INPUTS_SYNC, out, n_out);
  mc_device_reset("RunGraph", device);
  return status;
}

static mc_ge_status run(mc_slot *slot, const mc_run_tensor *in, int n_in, mc_run_tensor **out, int *n_out) {
  bool loaded;
  mc_ge_status status = mc_slot_begin_run(slot, "RunGraph", MC_MODE_RUN, &loaded);
  if (status == MC_GE_SUCCESS && !loaded) {
    status = load_if_needed(slot, in, n_in);
    if (status == MC_GE_SUCCESS) {
      status = mc_slot_begin_run(slot, "RunGraph", MC_MODE_RUN, &loaded);
    }
  }
  if (status != MC_GE_SUCCESS) {
    return status;
  }
  if (atomic_flag_test_and_set_explicit(&active, memory_order_acquire)) {
    status = mc_out_of_order(MC_GE_SESS_ALREADY_RUNNING, "RunGraph",
                             "another RunGraph is active in this process; at most one is at a time");
  } else {
    status = run_alone(slot, in, n_in, out, n_out);
    atomic_flag_clear_explicit(&active, memory_order_release);
  }
  mc_slot_end_run(slot);
  return status;
}

mc_ge_status mc_session_run(mc_session *session, uint32_t id, const mc_run_tensor *in, int n_in,
                            mc_run_tensor **out, int *n_out) {
  *out = NULL;
  *n_out = 0;
  if (!mc_session_ready(session, "RunGraph")) {
    return MC_GE_FAILED;
  }
  mc_slot *slot = mc_slot_find(session, id);
  if (slot == NULL && session->version == 1) {
    return mc_out_of_order(MC_GE_GRAPH_NOT_EXIST, "RunGraph", "graph %u does not exist in the session", id);
  }
  if (slot == NULL) {
    mc_unknown_graph_assert(session, id, "RunGraph");
    return MC_GE_FAILED;
  }
  const mc_ge_status status =
      slot->compiled_by_user
          ? mc_out_of_order(MC_GE_UNSUPPORTED, "RunGraph", "graph %u was compiled by CompileGraph", id)
          : run(slot, in, n_in, out, n_out);
  mc_slot_release(slot);
  return status == MC_GE_SUCCESS || status == MC_GE_UNSUPPORTED ? status : MC_GE_FAILED;
}
