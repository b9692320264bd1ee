/* Offline compilation: which options it takes, one compilation, one file. */
#include "graph/offline.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/offline_options.h"
#include "graph/session_options.h"
#include "graph/session_status.h"

/* Guards the two below; nothing is called while it is held. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool initialised;
static mc_option_set global;

static uint32_t check_keys(mc_options options, const char *const *keys) {
  for (; options != NULL && options[0] != NULL; options += 2) {
    const char *const *known = keys;
    while (*known != NULL && strcmp(*known, options[0]) != 0) {
      known++;
    }
    if (*known == NULL) {
      mc_report("E10001", options[0], "options", "offline compilation has no option of this name", NULL);
      return MC_GRAPH_PARAM_INVALID;
    }
  }
  return 0;
}

static uint32_t check_options(mc_options options, const char *const *keys, const char *stage) {
  const char *tuning = mc_option(options, "ge.autoTuneMode");
  if (tuning != NULL && *tuning != '\0') {
    mc_report("E10055", "ge.autoTuneMode is not supported; remove it", NULL);
    return MC_GE_PARAM_INVALID;
  }
  const uint32_t status = check_keys(options, keys);
  if (status != 0) {
    return status;
  }
  return mc_options_check(options, MC_LEVEL_SESSION, stage) == MC_GE_SUCCESS ? 0 : MC_GRAPH_PARAM_INVALID;
}

uint32_t mc_offline_initialize(mc_options options) {
  const uint32_t status = check_options(options, mc_offline_global_keys, "aclgrphBuildInitialize");
  if (status != 0) {
    return status;
  }
  const char *soc = mc_option(options, "ge.socVersion");
  if (soc == NULL || *soc == '\0') {
    mc_report("E10001", "", "ge.socVersion", "aclgrphBuildInitialize needs it", NULL);
    return MC_GRAPH_PARAM_INVALID;
  }
  mc_option_set copy = {0};
  if (!mc_option_set_copy(&copy, options)) {
    return MC_GRAPH_FAILED;
  }
  pthread_mutex_lock(&lock);
  if (!initialised) { /* a repeated call succeeds and changes nothing */
    mc_option_set old = global;
    global = copy;
    copy = old;
    initialised = true;
  }
  pthread_mutex_unlock(&lock);
  mc_option_set_free(&copy);
  return 0;
}

void mc_offline_finalize(void) {
  pthread_mutex_lock(&lock);
  mc_option_set old = global;
  global = (mc_option_set){0};
  initialised = false;
  pthread_mutex_unlock(&lock);
  mc_option_set_free(&old);
}

/* The options of one build: its own before those of initialise. */
static uint32_t merge_options(mc_options options, mc_option_set *merged) {
  pthread_mutex_lock(&lock);
  const bool ready = initialised;
  const bool done =
      ready && mc_option_set_copy(merged, options) && mc_option_set_fill(merged, mc_option_set_view(&global));
  pthread_mutex_unlock(&lock);
  if (!ready) {
    mc_report("E10062", "Calling aclgrphBuildModel",
              "offline compilation is not initialised; call aclgrphBuildInitialize first", NULL);
  }
  return done ? 0 : MC_GRAPH_FAILED;
}

uint32_t mc_offline_build(const mc_graph *graph, mc_options options, void **bytes, size_t *size) {
  mc_option_set merged = {0};
  *bytes = NULL;
  *size = 0;
  uint32_t status = merge_options(options, &merged);
  if (status == 0) {
    status = check_options(options, mc_offline_build_keys, "aclgrphBuildModel");
  }
  if (status == 0 && (graph == NULL || graph->n_nodes == 0)) {
    mc_report("E10001", "", "graph", "the graph is empty; set its inputs and outputs first", NULL);
    status = MC_GRAPH_PARAM_INVALID;
  }
  mc_model *model = NULL;
  if (status == 0) {
    status = (uint32_t)mc_model_compile(graph, mc_option_set_view(&merged), NULL, 0, &model);
  }
  mc_option_set_free(&merged);
  if (status != 0) {
    return status;
  }
  *bytes = mc_model_save(model, size);
  mc_model_release(model);
  return *bytes == NULL ? MC_GRAPH_FAILED : 0;
}

static uint32_t write_file(const char *path, const void *bytes, size_t size) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) {
    mc_report("E13001", path, strerror(errno), NULL);
    return MC_GRAPH_FAILED;
  }
  bool written = fwrite(bytes, 1, size, file) == size;
  int error = errno;
  if (fclose(file) != 0 && written) {
    written = false;
    error = errno;
  }
  if (!written) {
    mc_report("E13006", path, strerror(error), NULL);
    remove(path);
  }
  return written ? 0 : MC_GRAPH_FAILED;
}

uint32_t mc_offline_save(const char *file, const void *bytes, size_t size) {
  if (file == NULL || *file == '\0') {
    mc_report("E10001", "", "output_file", "aclgrphSaveModel needs a file name", NULL);
    return MC_GRAPH_PARAM_INVALID;
  }
  if (bytes == NULL || size == 0) {
    mc_report("E10001", "", "model", "the model is empty; build it first", NULL);
    return MC_GRAPH_PARAM_INVALID;
  }
  const size_t length = strlen(file);
  const bool complete = length > 3 && strcmp(file + length - 3, ".om") == 0;
  char *path = malloc(length + 4);
  if (path == NULL) {
    return MC_GRAPH_FAILED;
  }
  memcpy(path, file, length);
  memcpy(path + length, complete ? "" : ".om", complete ? 1 : 4);
  const uint32_t status = write_file(path, bytes, size);
  free(path);
  return status;
}
