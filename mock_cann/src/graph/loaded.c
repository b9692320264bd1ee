/* Loading and unloading: constants, work memory, variables. */
#include "graph/loaded.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_ASKED = 512, GE_PARAM = 145000 };

int mc_block_allocate(mc_block *block, const mc_allocator *allocator, size_t size, const char *what) {
  *block = (mc_block){.size = size, .allocator = *allocator, .owned = true};
  if (allocator->allocate == NULL) {
    return size == 0 ? 0 : mc_device_malloc(what, size, 0, &block->address);
  }
  block->size = size == 0 ? LEAST_ASKED : size;
  block->handle = allocator->allocate(allocator->self, block->size, &block->address);
  if (block->handle == NULL || block->address == NULL) {
    mc_report_inner("E19999", "The external allocator gave no memory for %s (%zu bytes).", what, block->size);
    mc_block_free(block);
    return MC_GE_NO_MEMORY;
  }
  return 0;
}

void mc_block_free(mc_block *block) {
  if (block->owned && block->allocator.allocate != NULL) {
    if (block->handle != NULL) {
      block->allocator.free(block->allocator.self, block->handle);
    }
  } else if (block->owned && block->address != NULL) {
    mc_device_free("model memory", block->address);
  }
  *block = (mc_block){0};
}

static int use_given(mc_block *block, void *memory, size_t size, size_t needed, const char *what) {
  if (size < needed) {
    mc_report("E10001", MC_TEXT("%zu", size), what, MC_TEXT("the model needs %zu bytes", needed), (char *)NULL);
    return GE_PARAM;
  }
  *block = (mc_block){.address = memory, .size = size};
  return 0;
}

static int load_constants(mc_loaded *loaded, const mc_load_config *config) {
  const size_t size = loaded->model->const_size;
  int status = config->weight != NULL
                   ? use_given(&loaded->weight, config->weight, config->weight_size, size, "weight memory size")
                   : mc_block_allocate(&loaded->weight, &config->allocator, size, "constants");
  if (status != 0 || size == 0) {
    return status;
  }
  void *view;
  char why[192];
  status = mc_memory_view(loaded->weight.address, size, &view, why);
  if (status != 0) {
    mc_report_inner("E19999", "The memory for the constants of graph '%s' cannot be used: %s",
                    loaded->model->graph->name, why);
    return status;
  }
  mc_model_write_consts(loaded->model, view);
  return 0;
}

static int load_work(mc_loaded *loaded, const mc_load_config *config) {
  if (config->work != NULL) {
    return mc_loaded_set_work(loaded, config->work, config->work_size);
  }
  if (!loaded->model->is_static || config->work_deferred) {
    return 0;
  }
  return mc_block_allocate(&loaded->work, &config->allocator, loaded->model->feature_size, "work memory");
}

static int load_variables(mc_loaded *loaded, const mc_load_config *config) {
  const mc_program *program = &loaded->model->program;
  loaded->variables = config->variables;
  if (loaded->variables == NULL && program->n_variables > 0) {
    loaded->variables = mc_variables_create();
    loaded->own_variables = true;
    if (loaded->variables == NULL) {
      return MC_GE_NO_MEMORY;
    }
  }
  int status = 0;
  for (int i = 0; i < program->n_variables && status == 0; ++i) {
    status = mc_variables_bind(loaded->variables, program, i, &loaded->bound_variables[i]);
  }
  return status;
}

int mc_loaded_set_work(mc_loaded *loaded, void *work, size_t size) {
  mc_block given;
  const int status = use_given(&given, work, size, loaded->model->feature_size, "work memory size");
  if (status == 0) {
    mc_block_free(&loaded->work);
    loaded->work = given;
  }
  return status;
}

mc_model *mc_loaded_model(const mc_loaded *loaded) { return loaded->model; }

static mc_loaded *create(mc_model *model) {
  mc_loaded *loaded = calloc(1, sizeof *loaded);
  if (loaded == NULL) {
    return NULL;
  }
  mc_context *context = mc_context_current();
  loaded->device = context == NULL ? -1 : mc_context_device_id(context);
  pthread_mutex_init(&loaded->lock, NULL);
  pthread_mutex_init(&loaded->host_lock, NULL);
  mc_model_retain(model);
  loaded->model = model;
  loaded->bound_variables = calloc((size_t)model->program.n_variables + 1, sizeof *loaded->bound_variables);
  loaded->static_bounds = calloc((size_t)model->n_plans + 1, sizeof *loaded->static_bounds);
  bool ok = loaded->bound_variables != NULL && loaded->static_bounds != NULL;
  for (int i = 0; ok && i < model->n_plans; ++i) {
    loaded->static_bounds[i] = mc_bound_create(model->plans[i]);
    ok = loaded->static_bounds[i] != NULL;
  }
  if (!ok) {
    mc_loaded_unload(loaded);
    return NULL;
  }
  return loaded;
}

int mc_model_load(mc_model *model, const mc_load_config *config, mc_loaded **result) {
  const mc_load_config none = {0};
  config = config == NULL ? &none : config;
  *result = NULL;
  mc_loaded *loaded = create(model);
  if (loaded == NULL) {
    return MC_GE_NO_MEMORY;
  }
  loaded->allocator = config->allocator;
  int status = load_constants(loaded, config);
  status = status != 0 ? status : load_work(loaded, config);
  status = status != 0 ? status : load_variables(loaded, config);
  if (status != 0) {
    mc_loaded_unload(loaded);
    return status;
  }
  *result = loaded;
  return 0;
}

/* A queued run keeps its stream alive, so the stream of an active run may be waited for without the lock. */
static void settle(mc_loaded *loaded) {
  for (;;) {
    pthread_mutex_lock(&loaded->lock);
    mc_stream *stream = loaded->active == NULL ? NULL : loaded->active->stream;
    pthread_mutex_unlock(&loaded->lock);
    if (stream == NULL) {
      return;
    }
    mc_stream_settle(stream);
  }
}

void mc_loaded_unload(mc_loaded *loaded) {
  if (loaded == NULL) {
    return;
  }
  settle(loaded);
  for (int i = 0; i < MC_PLAN_CACHE; ++i) {
    mc_bound_release(loaded->bounds[i]);
  }
  for (int i = 0; loaded->static_bounds != NULL && i < loaded->model->n_plans; ++i) {
    mc_bound_release(loaded->static_bounds[i]);
  }
  mc_run_free_all(loaded);
  mc_work_release(loaded->dynamic_work);
  mc_block_free(&loaded->weight);
  mc_block_free(&loaded->work);
  if (loaded->own_variables) {
    mc_variables_destroy(loaded->variables);
  }
  free(loaded->bound_variables);
  free(loaded->static_bounds);
  mc_model_release(loaded->model);
  pthread_mutex_destroy(&loaded->lock);
  pthread_mutex_destroy(&loaded->host_lock);
  free(loaded);
}
