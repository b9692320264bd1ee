/* One import: the file is read, inputs become Data nodes, nodes are converted, outputs are collected. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/report.h"
#include "onnx/import.h"
#include "onnx/onnx.h"
#include "onnx/options.h"
#include "onnx/outputs.h"

static bool out_of_memory(mc_import *import) {
  mc_report_inner("E19999", "the ONNX model cannot be converted: out of memory");
  import->errors += 1;
  return false;
}

static bool reject_value(mc_import *import, const char *name, const char *reason) {
  mc_report("E16001", name, reason, (char *)NULL);
  import->errors += 1;
  return false;
}

/* An input may have a default: an initializer of its name. CANN makes that a constant, and so it is no input. */
static bool has_initializer(const mc_onnx_graph *source, const char *name) {
  for (int i = 0; i < source->n_initializers; ++i) {
    if (strcmp(source->initializers[i].name, name) == 0) {
      return true;
    }
  }
  return false;
}

static bool add_input(mc_on_scope *scope, const mc_onnx_info *info, mc_onnx_settings *settings) {
  mc_import *import = scope->import;
  if (!info->is_tensor || info->dtype == MC_UNDEFINED || info->dtype == MC_STRING) {
    char reason[100];
    snprintf(reason, sizeof reason, !info->is_tensor ? "only tensors can be inputs" : "GE has no element type for ONNX's %s",
             mc_onnx_type_name(info->type));
    return reject_value(import, info->name, reason);
  }
  mc_shape shape = info->shape;
  const char **symbols = info->symbols;
  for (int i = 0; i < settings->n_shapes; ++i) {
    if (strcmp(settings->shapes[i].name, info->name) == 0) {
      if (shape.rank != MC_RANK_UNKNOWN && shape.rank != settings->shapes[i].shape.rank) {
        char reason[100];
        snprintf(reason, sizeof reason, "it has %d dims in option input_shape and %d in the model",
                 settings->shapes[i].shape.rank, shape.rank);
        return reject_value(import, info->name, reason);
      }
      shape = settings->shapes[i].shape;
      symbols = NULL;
      settings->shapes[i].used = true;
    }
  }
  mc_val *value = mc_val_data_node(import, scope->area, info->name);
  if (value == NULL || !mc_on_names_put(import, &scope->names, info->name, value)) {
    return out_of_memory(import);
  }
  mc_val_declare(value, info->dtype, &shape, symbols);
  value->body->node->in[0].desc.desc = value->body->node->out[0].desc.desc;
  return true;
}

static bool ordered_inputs(mc_on_scope *scope, const mc_onnx_graph *source, mc_onnx_settings *settings) {
  mc_import *import = scope->import;
  for (int i = 0; i < settings->n_input_order; ++i) {
    const mc_onnx_info *found = NULL;
    for (int at = 0; at < source->n_inputs; ++at) {
      if (strcmp(source->inputs[at].name, settings->input_order[i]) == 0) {
        found = &source->inputs[at];
      }
    }
    if (found == NULL || mc_on_names_find(&scope->names, found->name) != NULL) {
      mc_report("E10001", settings->input_order[i], "input_data_names", "the model has no further input of that name",
                (char *)NULL);
      import->errors += 1;
      return false;
    }
    if (!add_input(scope, found, settings)) {
      return false;
    }
  }
  return true;
}

static bool add_inputs(mc_on_scope *scope, const mc_onnx_graph *source, mc_onnx_settings *settings) {
  bool ok = ordered_inputs(scope, source, settings);
  for (int i = 0; ok && i < source->n_inputs; ++i) {
    const mc_onnx_info *info = &source->inputs[i];
    if (!has_initializer(source, info->name) && mc_on_names_find(&scope->names, info->name) == NULL) {
      add_input(scope, info, settings); /* goes on after an error: all of them are reported */
    }
  }
  for (int i = 0; i < settings->n_shapes; ++i) {
    if (!settings->shapes[i].used) {
      mc_report("E10001", settings->shapes[i].name, "input_shape", "the model has no input of that name", (char *)NULL);
      scope->import->errors += 1;
    }
  }
  return scope->import->errors == 0;
}

/* The name of the value that option out_nodes means. */
static const char *wanted_name(const mc_onnx_graph *source, const mc_onnx_wanted *wanted) {
  for (int i = 0; wanted->index >= 0 && i < source->n_nodes; ++i) {
    const mc_onnx_node *node = &source->nodes[i];
    if (node->name[0] != 0 && strcmp(node->name, wanted->node) == 0 && wanted->index < node->n_outputs) {
      return node->outputs[wanted->index];
    }
  }
  return wanted->index < 0 ? wanted->node : NULL;
}

static bool add_outputs(mc_on_scope *scope, const mc_onnx_graph *source, const mc_onnx_settings *settings) {
  mc_import *import = scope->import;
  const int count = settings->outputs != NULL ? settings->n_outputs : source->n_outputs;
  mc_val **values = mc_arena_alloc(&import->arena, ((size_t)count + 1) * sizeof *values);
  const char **names = mc_arena_alloc(&import->arena, ((size_t)count + 1) * sizeof *names);
  if (values == NULL || names == NULL) {
    return out_of_memory(import);
  }
  for (int i = 0; i < count; ++i) {
    names[i] = settings->outputs != NULL ? wanted_name(source, &settings->outputs[i]) : source->outputs[i].name;
    values[i] = names[i] == NULL ? NULL : mc_scope_find(scope, names[i]);
    if (values[i] == NULL || (values[i]->body->broken && import->errors == 0)) {
      reject_value(import, settings->outputs != NULL ? settings->outputs[i].node : names[i],
                   "it is an output, but no node, input or initializer gives it");
    } else if (values[i]->body->constant != NULL && values[i]->body->constant->data == NULL) {
      reject_value(import, names[i], values[i]->body->constant->why);
    }
  }
  return import->errors == 0 && (mc_import_outputs(import, scope->area, values, names, count) || out_of_memory(import));
}

static bool convert(mc_import *import, mc_onnx_settings *settings) {
  const mc_onnx_graph *source = import->model.graph;
  const char *name = settings->graph_name != NULL ? settings->graph_name : source->name;
  import->root = mc_graph_create(name[0] == 0 ? "onnx" : name);
  if (import->root == NULL) {
    return out_of_memory(import);
  }
  mc_on_area area = {.graph = import->root};
  mc_on_scope scope = {.import = import, .area = &area, .opsets = import->model.opsets,
                       .n_opsets = import->model.n_opsets, .source = source, .prefix = ""};
  if (!mc_convert_initializers(&scope, source)) {
    return out_of_memory(import);
  }
  if (!add_inputs(&scope, source, settings)) {
    return false;
  }
  mc_convert_nodes(&scope, source->nodes, source->n_nodes);
  return add_outputs(&scope, source, settings);
}

uint32_t mc_onnx_import(const void *bytes, size_t size, const char *directory, mc_options options, mc_graph **graph) {
  mc_import import = {0};
  mc_onnx_settings settings;
  char why[256];
  *graph = NULL;
  if (!mc_onnx_settings_read(&import, options, &settings)) {
    mc_arena_free(&import.arena);
    return MC_ONNX_PARAM_INVALID;
  }
  if (!mc_onnx_read(bytes, size, directory, &import.model, why)) {
    mc_report("E13005", "the ONNX model", why, (char *)NULL);
    mc_arena_free(&import.arena);
    return MC_ONNX_FAILED;
  }
  char *absolute = directory == NULL ? NULL : realpath(directory, NULL);
  import.directory = absolute;
  const bool ok = convert(&import, &settings);
  free(absolute);
  if (ok) {
    mc_graph_drop_unreached(import.root); /* subgraphs that were converted again */
    *graph = import.root;
  } else {
    mc_graph_destroy(import.root);
  }
  mc_onnx_model_free(&import.model);
  mc_arena_free(&import.arena);
  return ok ? MC_ONNX_OK : MC_ONNX_FAILED;
}

static uint32_t refuse_file(const char *code, const char *path, const char *reason) {
  mc_report(code, path, reason, (char *)NULL);
  return MC_ONNX_FAILED;
}

uint32_t mc_onnx_import_file(const char *path, mc_options options, mc_graph **graph) {
  struct stat status;
  *graph = NULL;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &status) != 0) {
    const int reason = errno;
    if (file >= 0) {
      close(file);
    }
    return refuse_file(reason == ENOENT ? "E13000" : "E13001", path, strerror(reason));
  }
  void *bytes = MAP_FAILED;
  if (S_ISREG(status.st_mode) && status.st_size > 0) {
    bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  }
  close(file);
  if (bytes == MAP_FAILED) {
    return refuse_file("E13004", path, "it is no file with contents");
  }
  const char *slash = strrchr(path, '/');
  char *directory = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
  const uint32_t result = directory == NULL ? refuse_file("E13004", path, "out of memory")
                                            : mc_onnx_import(bytes, (size_t)status.st_size, directory, options, graph);
  free(directory);
  munmap(bytes, (size_t)status.st_size);
  return result;
}
