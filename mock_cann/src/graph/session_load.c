/* From a model to a loaded one and back: LoadGraph, its automatic form, unloading. */
#include <stdlib.h>

#include "graph/session_state.h"

/* Memory for a static model from the allocator registered for the stream, in CANN's order: const, then
 * feature. */
static mc_ge_status take_external(mc_slot *slot, mc_load_config *config) {
  mc_slot_memory *memory = &slot->memory;
  if (config->weight == NULL) {
    const size_t size = mc_asked_size(mc_model_const_size(slot->model));
    memory->const_block = mc_source_take(&memory->loader, size, NULL);
    if (memory->const_block == NULL) {
      return MC_GE_MEMALLOC_FAILED;
    }
    config->weight = memory->const_block->address;
    config->weight_size = size;
  }
  if (config->work == NULL && mc_summary_refreshable(slot->summary)) {
    config->work_deferred = true; /* taken anew for every run */
  } else if (config->work == NULL) {
    const size_t size = mc_asked_size(mc_model_feature_size(slot->model));
    memory->feature_block = mc_source_take(&memory->loader, size, NULL);
    if (memory->feature_block == NULL) {
      return MC_GE_MEMALLOC_FAILED;
    }
    config->work = memory->feature_block->address;
    config->work_size = size;
  }
  return MC_GE_SUCCESS;
}

static void use_base(const mc_base *base, void **memory, size_t *size) {
  if (base->set) {
    *memory = base->memory;
    *size = base->size;
  }
}

static mc_ge_status load_model(mc_slot *slot, void *stream) {
  mc_load_config config = {.variables = slot->session->variables};
  mc_ge_status status = MC_GE_SUCCESS;
  mc_loaded *loaded = NULL;
  use_base(&slot->const_base, &config.weight, &config.weight_size);
  use_base(&slot->feature_base, &config.work, &config.work_size);
  use_base(&slot->refreshable_base, &config.work, &config.work_size);
  if (mc_source_open_external(&slot->memory.loader, stream)) {
    if (mc_model_is_static(slot->model)) {
      status = take_external(slot, &config);
    } else {
      config.allocator = slot->memory.loader.allocator;
    }
  }
  if (status == MC_GE_SUCCESS) {
    status = (mc_ge_status)mc_model_load(slot->model, &config, &loaded);
  }
  if (status != MC_GE_SUCCESS) {
    mc_slot_memory_free(&slot->memory);
    return status;
  }
  pthread_mutex_lock(&slot->lock);
  slot->loaded = loaded;
  pthread_mutex_unlock(&slot->lock);
  return MC_GE_SUCCESS;
}

mc_ge_status mc_slot_take_feature(mc_slot *slot, mc_tensor_block **block) {
  mc_slot_memory *memory = &slot->memory;
  *block = NULL;
  if (!memory->loader.external || !mc_summary_refreshable(slot->summary) || slot->feature_base.set ||
      slot->refreshable_base.set || !mc_model_is_static(slot->model)) {
    return MC_GE_SUCCESS;
  }
  const size_t size = mc_asked_size(mc_model_feature_size(slot->model));
  mc_tensor_block *taken = mc_source_take(&memory->loader, size, memory->last_feature);
  if (taken == NULL) {
    return MC_GE_MEMALLOC_FAILED;
  }
  memory->last_feature = taken->address;
  *block = taken;
  return (mc_ge_status)mc_loaded_set_work(slot->loaded, taken->address, size);
}

mc_ge_status mc_slot_load(mc_slot *slot, mc_options options, void *stream) {
  mc_stream *resolved = NULL;
  mc_ge_status status = mc_slot_compile(slot, NULL, 0);
  if (status == MC_GE_SUCCESS) {
    status = mc_slot_read_input_options(slot, options);
  }
  if (status != MC_GE_SUCCESS) {
    return status;
  }
  /* Before the device is set, which makes its primary context the thread's. */
  if (stream != NULL && mc_stream_from_handle("LoadGraph", stream, &resolved) != 0) {
    return MC_GE_PARAM_INVALID;
  }
  if (mc_device_set("LoadGraph", slot->session->device) != 0) {
    return MC_GE_FAILED;
  }
  status = load_model(slot, stream);
  mc_device_reset("LoadGraph", slot->session->device);
  if (status == MC_GE_SUCCESS) {
    slot->stream = resolved;
    slot->own_stream = false;
  }
  return status;
}

void mc_slot_unload(mc_slot *slot) {
  pthread_mutex_lock(&slot->lock);
  mc_runner *runner = slot->runner;
  slot->runner = NULL;
  pthread_mutex_unlock(&slot->lock);
  if (runner != NULL) {
    mc_runner_stop(runner); /* it uses what follows */
  }
  pthread_mutex_lock(&slot->lock);
  mc_loaded *loaded = slot->loaded;
  mc_model *model = slot->model;
  mc_summary *summary = slot->summary;
  slot->loaded = NULL;
  slot->model = NULL;
  slot->summary = NULL;
  pthread_mutex_unlock(&slot->lock);
  if (loaded != NULL) {
    const bool on_device = mc_device_set("UnloadGraph", slot->session->device) == 0;
    mc_loaded_unload(loaded);
    if (slot->own_stream) {
      mc_stream_destroy("UnloadGraph", slot->stream);
    }
    mc_slot_memory_free(&slot->memory);
    if (on_device) {
      mc_device_reset("UnloadGraph", slot->session->device);
    }
  }
  if (model != NULL) {
    mc_model_release(model);
    mc_summary_release(summary);
  }
  free(slot->input_flags);
  free(slot->frozen);
  slot->input_flags = NULL;
  slot->frozen = NULL;
  slot->stream = NULL;
  slot->own_stream = false;
}

static mc_ge_status load(mc_slot *slot, mc_options options, void *stream) {
  mc_ge_status status = mc_slot_enter(slot, "LoadGraph", MC_MODE_NONE);
  if (status != MC_GE_SUCCESS) {
    return status;
  }
  pthread_mutex_lock(&slot->lock);
  const bool running = slot->running, loaded = slot->loaded != NULL;
  const bool compiled = slot->session->version != 1 || slot->compiled_by_user;
  pthread_mutex_unlock(&slot->lock);
  if (!compiled) {
    status = mc_out_of_order(MC_GE_GRAPH_NOT_BUILT, "LoadGraph", "graph %u was not compiled by CompileGraph",
                             slot->id);
  } else if (running) {
    status = mc_out_of_order(MC_GE_GRAPH_ALREADY_RUNNING, "LoadGraph", "graph %u is running", slot->id);
  } else if (loaded) {
    status =
        mc_out_of_order(MC_GE_GRAPH_REPEAT_OPERATION, "LoadGraph", "graph %u is loaded already", slot->id);
  } else {
    status = mc_slot_load(slot, options, stream);
  }
  mc_slot_leave(slot, MC_MODE_NONE);
  return status;
}

mc_ge_status mc_session_load(mc_session *session, uint32_t id, mc_options options, void *stream) {
  if (!mc_session_ready(session, "LoadGraph")) {
    return MC_GE_FAILED;
  }
  if (options != NULL && mc_option(options, "") != NULL) {
    mc_report("E10059", "LoadGraph", "the key of an option is empty", NULL);
    return MC_GE_FAILED;
  }
  mc_slot *slot = mc_slot_find(session, id);
  if (slot == NULL) {
    mc_unknown_graph_assert(session, id, "LoadGraph");
    return MC_GE_FAILED;
  }
  const mc_ge_status status = load(slot, options, stream);
  mc_slot_release(slot);
  return status == MC_GE_SUCCESS ? MC_GE_SUCCESS : MC_GE_FAILED;
}
