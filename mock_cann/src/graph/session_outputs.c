/* The outputs of a launch: given by the caller, or taken from the stream's allocator or the graph's own. */
#include <stdlib.h>

#include "graph/session_inputs.h"

#define TOLERANCE 64 /* as for inputs */

mc_ge_status mc_refuse_output(const char *reason) {
  mc_report("E13031", reason, NULL);
  return MC_GE_PARAM_INVALID;
}

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
    return mc_refuse_output(MC_TEXT(
        "graph %u runs in memory that the application gave, so outputs need addresses too", slot->id));
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
      return mc_refuse_output(MC_TEXT("output %d of graph %u has %zu bytes, the model needs %lld", index,
                                      slot->id, tensor->size, (long long)io->size));
    }
    if (tensor->on_host) {
      return mc_refuse_output(
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
  const mc_desc desc = {.dtype = fixed ? io->desc.dtype : binding->dtype,
                        .shape = fixed ? io->desc.shape : binding->shape};
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

mc_ge_status mc_slot_launch(mc_slot *slot, mc_stream *stream, const void *handle, const mc_inputs *inputs,
                            mc_run_tensor *tensors, int count) {
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
