/* The parser's options; keys and values that it does not know are refused. */
#include "onnx/options.h"

#include <stdlib.h>
#include <string.h>

#include "engine/report.h"

static const char *const kKeys[] = {"enable_scope_fusion_passes", "ge.INPUT_NODES_SET_FP16", "ge.outputNodeName",
                                    "input_data_names", "input_shape", "is_input_adjust_hw_layout",
                                    "is_output_adjust_hw_layout", "output", "out_nodes", "log"};

static bool refuse(const char *key, const char *value, const char *reason) {
  mc_report("E10001", value, key, reason, (char *)NULL);
  return false;
}

static bool keys_known(mc_options options) {
  for (; options != NULL && *options != NULL; options += 2) {
    bool known = false;
    for (size_t i = 0; i < sizeof kKeys / sizeof kKeys[0]; ++i) {
      known |= strcmp(kKeys[i], *options) == 0;
    }
    if (!known) {
      return refuse(*options, options[1], "the ONNX parser has no such option");
    }
  }
  return true;
}

/* Layout changes are the hardware's; "false" for each listed place is the default. */
static bool no_layout_change(mc_options options, const char *key) {
  const char *value = mc_option(options, key);
  return value == NULL || strstr(value, "true") == NULL ||
         refuse(key, value, "layouts of the hardware's own are not emulated");
}

/* The parts of a list, NUL-terminated in the arena; NULL without memory. */
static const char **split(mc_import *import, const char *text, const char *separators, int *count) {
  char *copy = mc_arena_strdup(&import->arena, text);
  const char **parts = mc_arena_alloc(&import->arena, (strlen(text) / 2 + 2) * sizeof *parts);
  *count = 0;
  if (copy == NULL || parts == NULL) {
    mc_report_inner("E19999", "the ONNX model cannot be converted: out of memory");
    return NULL;
  }
  char *rest;
  for (char *part = strtok_r(copy, separators, &rest); part != NULL; part = strtok_r(NULL, separators, &rest)) {
    parts[(*count)++] = part;
  }
  return parts;
}

static bool read_outputs(mc_import *import, mc_options options, mc_onnx_settings *settings) {
  const char *key = "ge.outputNodeName";
  const char *text = mc_option(options, key);
  if (text == NULL) {
    text = mc_option(options, key = "out_nodes");
  }
  if (text == NULL || text[0] == 0) {
    return true;
  }
  int count;
  const char **parts = split(import, text, ";", &count);
  mc_onnx_wanted *wanted =
      parts == NULL ? NULL : mc_arena_alloc(&import->arena, ((size_t)count + 1) * sizeof *wanted);
  for (int i = 0; wanted != NULL && i < count; ++i) {
    wanted[i] = (mc_onnx_wanted){.node = parts[i], .index = -1};
    char *colon = strrchr((char *)(uintptr_t)parts[i], ':');
    if (colon != NULL && colon[1] != 0 && colon[1 + strspn(colon + 1, "0123456789")] == 0) {
      wanted[i].index = atoi(colon + 1);
      *colon = 0;
    }
  }
  settings->outputs = wanted;
  settings->n_outputs = count;
  return wanted != NULL && (count > 0 || refuse(key, text, "it is a list like node:0;other:1"));
}

/* "1,-1,3" or "[1,-1,3]" */
static bool read_shape(const char *text, mc_shape *shape) {
  const bool bracket = *text == '[';
  text += bracket;
  shape->rank = 0;
  while (*text != 0 && *text != ']') {
    char *end;
    const int64_t dim = strtoll(text, &end, 10);
    if (end == text || dim < -1 || shape->rank == MC_MAX_RANK) {
      return false;
    }
    shape->dims[shape->rank++] = dim;
    text = end + (*end == ',');
    if (*end != ',' && *end != 0 && *end != ']') {
      return false;
    }
  }
  return bracket ? strcmp(text, "]") == 0 : *text == 0;
}

static bool read_shapes(mc_import *import, mc_options options, mc_onnx_settings *settings) {
  const char *text = mc_option(options, "input_shape");
  int count;
  if (text == NULL || text[0] == 0) {
    return true;
  }
  const char **parts = split(import, text, ";", &count);
  if (parts == NULL) {
    return false;
  }
  settings->shapes = mc_arena_alloc(&import->arena, ((size_t)count + 1) * sizeof *settings->shapes);
  if (settings->shapes == NULL) {
    return false;
  }
  for (int i = 0; i < count; ++i) {
    char *colon = strrchr((char *)(uintptr_t)parts[i], ':');
    if (colon == NULL || !read_shape(colon + 1, &settings->shapes[i].shape)) {
      return refuse("input_shape", text, "it is a list like name:1,3,-1;other:8");
    }
    *colon = 0;
    settings->shapes[i].name = parts[i];
  }
  settings->n_shapes = count;
  return true;
}

bool mc_onnx_settings_read(mc_import *import, mc_options options, mc_onnx_settings *settings) {
  *settings = (mc_onnx_settings){0};
  const char *name = mc_option(options, "output"), *order = mc_option(options, "input_data_names");
  const char *half = mc_option(options, "ge.INPUT_NODES_SET_FP16");
  if (!keys_known(options) || !no_layout_change(options, "is_input_adjust_hw_layout") ||
      !no_layout_change(options, "is_output_adjust_hw_layout") || !read_outputs(import, options, settings) ||
      !read_shapes(import, options, settings)) {
    return false;
  }
  if (half != NULL && half[0] != 0) {
    return refuse("ge.INPUT_NODES_SET_FP16", half, "inputs of another type than the model's are not emulated");
  }
  settings->graph_name = name == NULL || name[0] == 0 ? NULL : mc_arena_strdup(&import->arena, name);
  if (order != NULL && order[0] != 0) {
    settings->input_order = split(import, order, ";,", &settings->n_input_order);
    return settings->input_order != NULL;
  }
  return true;
}
