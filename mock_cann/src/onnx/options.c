/* The parser's options; keys and values that it does not know are refused. */
#include "onnx/options.h"

#include <errno.h>
#include <limits.h>
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

/* The next word of a list, its length behind; NULL at the end. Unlike strtok's, words may be empty. */
static const char *next_word(const char **rest, char separator, size_t *length) {
  const char *word = *rest;
  if (word != NULL) {
    const char *end = strchr(word, separator);
    *length = end == NULL ? strlen(word) : (size_t)(end - word);
    *rest = end == NULL ? NULL : end + 1;
  }
  return word;
}

static bool is_one_of(const char *word, size_t length, const char *const *known) {
  for (; *known != NULL; ++known) {
    if (strlen(*known) == length && strncmp(*known, word, length) == 0) {
      return true;
    }
  }
  return false;
}

/* Layout changes are the hardware's; "false" for each listed place is the default. */
static bool no_layout_change(mc_options options, const char *key) {
  static const char *const kTrue[] = {"true", NULL}, *const kFalse[] = {"false", NULL};
  const char *value = mc_option(options, key), *rest = value, *word;
  size_t length;
  while ((word = next_word(&rest, ',', &length)) != NULL && value[0] != 0) {
    if (is_one_of(word, length, kTrue)) {
      return refuse(key, value, "layouts of the hardware's own are not emulated");
    }
    if (!is_one_of(word, length, kFalse)) {
      return refuse(key, value, "it is a list of true and false, like false,false");
    }
  }
  return true;
}

static bool log_level_known(mc_options options) {
  static const char *const kLevels[] = {"", "debug", "info", "warning", "error", "null", NULL};
  const char *value = mc_option(options, "log");
  return value == NULL || is_one_of(value, strlen(value), kLevels) ||
         refuse("log", value, "it is one of debug, info, warning, error and null");
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
  const char *text = mc_option(options, key), *other = mc_option(options, "out_nodes");
  if (text != NULL && other != NULL && strcmp(text, other) != 0) {
    return refuse("out_nodes", other, "ge.outputNodeName is another name of this option and has another value");
  }
  if (text == NULL) {
    key = "out_nodes";
    text = other;
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
      const long index = strtol(colon + 1, NULL, 10);
      wanted[i].index = index < INT_MAX ? (int)index : INT_MAX;
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
    errno = 0;
    const int64_t dim = strtoll(text, &end, 10);
    if (end == text || errno != 0 || dim < -1 || shape->rank == MC_MAX_RANK) {
      return false;
    }
    shape->dims[shape->rank++] = dim;
    const bool more = *end == ',';
    text = end + more;
    if (more == (*text == 0 || *text == ']')) { /* a comma and nothing behind it, or something and no comma */
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
    for (int before = 0; before < i; ++before) {
      if (strcmp(parts[before], parts[i]) == 0) {
        return refuse("input_shape", mc_option(options, "input_shape"), "it gives two shapes to one input");
      }
    }
  }
  settings->n_shapes = count;
  return true;
}

bool mc_onnx_settings_read(mc_import *import, mc_options options, mc_onnx_settings *settings) {
  *settings = (mc_onnx_settings){0};
  const char *name = mc_option(options, "output"), *order = mc_option(options, "input_data_names");
  const char *half = mc_option(options, "ge.INPUT_NODES_SET_FP16");
  if (!keys_known(options) || !log_level_known(options) || !no_layout_change(options, "is_input_adjust_hw_layout") ||
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
