/* RunGraphWithStreamAsync and ExecuteGraphWithStreamAsync: one launch on the caller's stream. */
#include <stdio.h>
#include <stdlib.h>

#include "graph/session_inputs.h"

#define TOLERANCE 64 /* as for inputs */

static mc_ge_status refuse(const char *reason) {
  mc_report("E13031", reason, NULL);
  return MC_GE_PARAM_INVALID;
}

/* ---- outputs ---- */

/* The launch's outputs while they are prepared: which the caller gave, and where the others come from. */
typedef struct outputs {
  mc_run_tensor *tensors;
  int count;
  mc_binding *bindings;
  void **blocks; /* what the launch or the source allocated */
  mc_source source;
  bool source_open;
} outputs;

static bool is_given(const mc_run_tensor *tensor) {
  return tensor->address != NULL && tensor->size != 0;
}

static mc_ge_status open_source(outputs *outputs, mc_slot *slot, const void *stream) {
  if (slot->const_base.set || slot->feature_base.set || slot->refreshable_base.set) {
    return refuse(MC_TEXT("graph %u runs in memory that the application gave, so outputs need addresses too",
                          slot->id));
  }
  if (!outputs->source_open && !mc_source_open(&outputs->source, &slot->memory, stream, slot->id)) {
    return MC_GE_MEMALLOC_FAILED;
  }
  outputs->source_open = true;
  return MC_GE_SUCCESS;
}

static mc_ge_status bind_output(outputs *outputs, mc_slot *slot, int index, const void *stream) {
  const mc_io *io = mc_model_output(slot->model, index);
  const bool is_static = mc_model_is_static(slot->model);
  const mc_run_tensor *tensor = &outputs->tensors[index];
  mc_binding *binding = &outputs->bindings[index];
  binding->address = tensor->address;
  binding->size = tensor->size;
  binding->on_host = false;
  binding->shape.rank = MC_RANK_UNKNOWN;
  outputs->blocks[index] = NULL;
  if (is_given(tensor)) {
    if (is_static && tensor->size + TOLERANCE < (size_t)io->size) {
      return refuse(MC_TEXT("output %d of graph %u has %zu bytes, the model needs %lld", index, slot->id,
                            tensor->size, (long long)io->size));
    }
    if (tensor->on_host) {
      return refuse(
          MC_TEXT("output %d of graph %u is on the host; it must be in device memory", index, slot->id));
    }
    binding->size = is_static ? (size_t)io->size : tensor->size;
    return MC_GE_SUCCESS;
  }
  mc_ge_status status = open_source(outputs, slot, stream);
  binding->address = NULL;
  binding->size = 0;
  if (status == MC_GE_SUCCESS && is_static) {
    mc_tensor_block *block = mc_source_take(&outputs->source, mc_output_room((size_t)io->size), NULL);
    if (block == NULL) {
      return MC_GE_MEMALLOC_FAILED;
    }
    outputs->blocks[index] = block;
    binding->address = block->address;
    binding->size = (size_t)io->size;
  }
  return status;
}

/* Tells the caller about outputs that were allocated, and the shapes of all outputs of a dynamic graph. */
static void describe_output(const outputs *outputs, const mc_slot *slot, int index) {
  const mc_io *io = mc_model_output(slot->model, index);
  const mc_binding *binding = &outputs->bindings[index];
  mc_run_tensor *tensor = &outputs->tensors[index];
  const bool fixed = mc_has_fixed_shapes(slot->model);
  tensor->block = outputs->blocks[index];
  if (tensor->block == NULL && fixed) {
    return;
  }
  const mc_desc desc = {.dtype = io->desc.dtype, .shape = fixed ? io->desc.shape : binding->shape};
  tensor->dtype = desc.dtype;
  tensor->format = io->desc.format;
  tensor->shape = desc.shape;
  if (tensor->block != NULL) {
    tensor->address = mc_tensor_block_address(tensor->block);
    tensor->on_host = false;
  }
  const int64_t bytes = mc_desc_bytes(&desc);
  tensor->size = bytes < 0 ? binding->size : (size_t)bytes;
}

/* A dynamic graph takes its intermediates from the allocator registered for the stream, too. */
static void open_external(outputs *outputs, const mc_slot *slot, const void *stream) {
  if (!outputs->source_open && !mc_model_is_static(slot->model)) {
    outputs->source_open = mc_source_open_external(&outputs->source, stream);
  }
}

static mc_ge_status launch_bound(outputs *outputs, mc_slot *slot, mc_stream *stream, const void *handle,
                                 const mc_inputs *inputs) {
  mc_ge_status status = MC_GE_SUCCESS;
  mc_tensor_block *feature = NULL;
  int bound = 0;
  for (; bound < outputs->count && status == MC_GE_SUCCESS; bound++) {
    status = bind_output(outputs, slot, bound, handle);
  }
  if (status == MC_GE_SUCCESS) {
    status = mc_slot_take_feature(slot, &feature);
  }
  if (status == MC_GE_SUCCESS) {
    mc_allocator allocator;
    open_external(outputs, slot, handle);
    if (outputs->source_open) {
      allocator = mc_source_view(&outputs->source);
    }
    status = (mc_ge_status)mc_loaded_launch(slot->loaded, stream, inputs->bindings, inputs->count,
                                            outputs->bindings, outputs->count,
                                            outputs->source_open ? &allocator : NULL, outputs->blocks);
  }
  mc_tensor_block_release(feature);
  for (int i = 0; i < bound; i++) {
    if (status == MC_GE_SUCCESS) {
      describe_output(outputs, slot, i);
    } else {
      mc_tensor_block_release(outputs->blocks[i]);
    }
  }
  if (outputs->source_open) {
    mc_source_close(&outputs->source);
  }
  return status;
}

enum { INLINE_OUTPUTS = 4 };

static mc_ge_status launch_outputs(mc_slot *slot, mc_stream *stream, const void *handle,
                                   const mc_inputs *inputs, mc_run_tensor *tensors, int count) {
  mc_binding few_bindings[INLINE_OUTPUTS];
  void *few_blocks[INLINE_OUTPUTS];
  const bool few = count <= INLINE_OUTPUTS;
  outputs outputs = {.tensors = tensors, .count = count, .bindings = few_bindings, .blocks = few_blocks};
  if (!few) {
    outputs.bindings = malloc((size_t)count * (sizeof(mc_binding) + sizeof(void *)));
    if (outputs.bindings == NULL) {
      return MC_GE_MEMALLOC_FAILED;
    }
    outputs.blocks = (void **)(outputs.bindings + count);
  }
  const mc_ge_status status = launch_bound(&outputs, slot, stream, handle, inputs);
  if (!few) {
    free(outputs.bindings);
  }
  return status;
}

/* ---- one launch, with the turn and the graph loaded ---- */

static mc_ge_status launch(mc_slot *slot, mc_stream *stream, const void *handle, const mc_run_tensor *in,
                           int n_in, mc_run_tensor **out, int *n_out) {
  const int count = mc_model_output_count(slot->model);
  if (mc_stream_device_id(stream) != slot->session->device) {
    mc_report_inner("E19999", "The stream is on device %d, graph %u is on device %d.",
                    mc_stream_device_id(stream), slot->id, slot->session->device);
    return MC_GE_FAILED;
  }
  if (slot->session->version == 1 && !mc_stream_in_primary_context(stream)) {
    mc_report_inner("E19999",
                    "The stream belongs to an explicit context; a ge::Session runs graph %u in the default context "
                    "of its device only.",
                    slot->id);
    return MC_GE_FAILED;
  }
  if (*n_out != 0 && *n_out != count) {
    return refuse(MC_TEXT("graph %u has %d outputs, %d were given", slot->id, count, *n_out));
  }
  mc_run_tensor *tensors = *n_out == 0 && count > 0 ? calloc((size_t)count, sizeof *tensors) : *out;
  if (tensors == NULL && count > 0) {
    return MC_GE_MEMALLOC_FAILED;
  }
  mc_inputs inputs;
  mc_ge_status status = mc_inputs_open(&inputs, slot, MC_INPUTS_STREAM, in, n_in);
  if (status == MC_GE_SUCCESS) {
    status = launch_outputs(slot, stream, handle, &inputs, tensors, count);
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
