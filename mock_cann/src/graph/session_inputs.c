/* Checking and binding the inputs of one run. */
#include "graph/session_inputs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE                                                                                            \
  64 /* bytes a buffer may lack: GE's own sizes include padding that callers do not know of                  \
      */

static mc_ge_status refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

static mc_ge_status refuse(const char *format, ...) {
  char reason[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  mc_report("E13025", reason, NULL);
  return MC_GE_PARAM_INVALID;
}

bool mc_has_fixed_shapes(const mc_model *model) {
  return mc_model_is_static(model) && mc_model_gear_count(model) == 0;
}

/* Bytes the model reads of the input; -1 when the tensor's shape does not tell. */
static int64_t required_bytes(const mc_io *io, bool fixed, const mc_run_tensor *tensor) {
  return fixed ? io->size : mc_desc_bytes(&(mc_desc){.dtype = io->desc.dtype, .shape = tensor->shape});
}

static mc_ge_status check_size(const mc_slot *slot, int index, const mc_run_tensor *tensor, int64_t required,
                               mc_input_rule rule) {
  if (required < 0) {
    char text[MC_SHAPE_TEXT];
    return refuse("the shape %s of input %d of graph %u has no size", mc_shape_text(&tensor->shape, text),
                  index, slot->id);
  }
  const size_t need = (size_t)required;
  if (rule == MC_INPUTS_ASYNC && tensor->size > need) {
    return refuse("input %d of graph %u has %zu bytes, the model takes %zu", index, slot->id, tensor->size,
                  need);
  }
  if (rule != MC_INPUTS_ASYNC && tensor->size < need && need - tensor->size > TOLERANCE) {
    return refuse("input %d of graph %u has %zu bytes, the model needs %zu", index, slot->id, tensor->size,
                  need);
  }
  if (tensor->address == NULL && need > 0 && tensor->size > 0) {
    return refuse("input %d of graph %u has no address", index, slot->id);
  }
  return MC_GE_SUCCESS;
}

/* RunGraphWithStreamAsync: which inputs may be on the host. */
static mc_ge_status check_place(const mc_slot *slot, int index, const mc_run_tensor *tensor) {
  const bool marked = (slot->input_flags[index] & MC_INPUT_HOST) != 0;
  if (!mc_model_is_static(slot->model)) {
    if (marked && !tensor->on_host) {
      return refuse("input %d of graph %u is in ge.exec.hostInputIndexes and is not on the host", index,
                    slot->id);
    }
    if (tensor->on_host && !marked && mc_shape_count(&tensor->shape) != 1) {
      return refuse("input %d of graph %u is on the host, where the dynamic graph takes single elements only",
                    index, slot->id);
    }
    return MC_GE_SUCCESS;
  }
  if (tensor->on_host && !marked) {
    const char *reuse = mc_option(mc_option_set_view(&slot->options), "ge.exec.reuseZeroCopyMemory");
    if (reuse != NULL && strcmp(reuse, "1") == 0) {
      return refuse("input %d of graph %u is on the host; the graph has no memory of its own to copy it to",
                    index, slot->id);
    }
  }
  void *const first = slot->frozen[index];
  if ((slot->input_flags[index] & MC_INPUT_FROZEN) != 0 && first != NULL && first != tensor->address) {
    return refuse("input %d of graph %u is in ge.exec.frozenInputIndexes and moved from %p to %p", index,
                  slot->id, first, tensor->address);
  }
  return MC_GE_SUCCESS;
}

/* Puts a copy with zeros behind it in the place of an input that is shorter than what the model reads:
 * RunGraphAsync copies what it is given. (Elsewhere the model tolerates what may be missing.) */
static mc_ge_status stage(mc_inputs *inputs, int index, size_t required) {
  if (inputs->staged == NULL) {
    inputs->staged = calloc((size_t)inputs->count, sizeof(void *));
  }
  char *copy = inputs->staged == NULL ? NULL : calloc(1, required);
  if (copy == NULL) {
    return MC_GE_MEMALLOC_FAILED;
  }
  mc_binding *binding = &inputs->bindings[index];
  if (binding->size > 0) {
    memcpy(copy, binding->address, binding->size);
  }
  inputs->staged[index] = copy;
  binding->address = copy;
  binding->size = required;
  return MC_GE_SUCCESS;
}

/* What this process may read of an input that is on the device. */
static mc_ge_status view(const mc_slot *slot, int index, mc_binding *binding) {
  char why[192];
  binding->on_host = true;
  if (binding->size == 0 || mc_memory_view(binding->address, binding->size, &binding->address, why) == 0) {
    return MC_GE_SUCCESS;
  }
  mc_report_inner("E19999", "Input %d of graph %u cannot be read: %s", index, slot->id, why);
  return MC_GE_FAILED;
}

static mc_ge_status bind(mc_inputs *inputs, const mc_slot *slot, int index, const mc_run_tensor *tensor,
                         bool fixed, mc_input_rule rule) {
  const mc_io *io = mc_model_input(slot->model, index);
  const int64_t bytes = required_bytes(io, fixed, tensor);
  mc_ge_status status = check_size(slot, index, tensor, bytes, rule);
  if (status == MC_GE_SUCCESS && rule == MC_INPUTS_STREAM) {
    status = check_place(slot, index, tensor);
  }
  if (status != MC_GE_SUCCESS) {
    return status;
  }
  const size_t required = (size_t)bytes;
  mc_binding *binding = &inputs->bindings[index];
  binding->address = tensor->address;
  binding->size = tensor->size < required ? tensor->size : required;
  binding->on_host = tensor->on_host;
  binding->dtype = io->desc.dtype;
  binding->format = io->desc.format;
  if (fixed) {
    binding->shape.rank = MC_RANK_UNKNOWN;
  } else {
    binding->shape = tensor->shape;
  }
  if (!tensor->on_host && rule == MC_INPUTS_STREAM) {
    binding->size = required; /* what lies behind the caller's size is the device's to judge */
    return MC_GE_SUCCESS;
  }
  if (!tensor->on_host) {
    status = view(slot, index, binding);
  }
  return status == MC_GE_SUCCESS && rule == MC_INPUTS_ASYNC && binding->size < required
             ? stage(inputs, index, required)
             : status;
}

mc_ge_status mc_inputs_open(mc_inputs *inputs, const mc_slot *slot, mc_input_rule rule,
                            const mc_run_tensor *in, int n_in) {
  const int needed = mc_model_input_count(slot->model);
  inputs->count = needed;
  inputs->staged = NULL;
  inputs->bindings = inputs->inline_bindings;
  if (n_in < needed || (n_in != needed && rule != MC_INPUTS_SYNC)) {
    return refuse("graph %u has %d inputs, %d were given", slot->id, needed, n_in);
  }
  if (needed > MC_INLINE_INPUTS) {
    inputs->bindings = malloc((size_t)needed * sizeof(mc_binding));
    if (inputs->bindings == NULL) {
      return MC_GE_MEMALLOC_FAILED;
    }
  }
  const bool fixed = mc_has_fixed_shapes(slot->model);
  mc_ge_status status = MC_GE_SUCCESS;
  for (int i = 0; i < needed && status == MC_GE_SUCCESS; i++) {
    status = bind(inputs, slot, i, &in[i], fixed, rule);
  }
  return status;
}

void mc_inputs_close(mc_inputs *inputs) {
  for (int i = 0; inputs->staged != NULL && i < inputs->count; i++) {
    free(inputs->staged[i]);
  }
  free(inputs->staged);
  if (inputs->bindings != inputs->inline_bindings) {
    free(inputs->bindings);
  }
}
