/* ModelProto and FunctionProto, and what reading any message of ONNX needs. */
#include "onnx/read.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

void *mc_onnx_array(mc_onnx_source *source, size_t count, size_t size) {
  size_t bytes;
  void *array = NULL;
  if (!__builtin_mul_overflow(count + 1, size, &bytes)) {
    array = mc_arena_alloc(&source->model->arena, bytes);
  }
  if (array == NULL) {
    mc_wire_fail(&source->wire, "out of memory");
  }
  return array;
}

int mc_onnx_count(mc_reader message, uint32_t number) {
  mc_field field;
  int count = 0;
  while (mc_read_field(&message, &field)) {
    count += field.number == number;
  }
  return count;
}

/* The bytes of the character at `text`, 0 when there is none in UTF-8: overlong forms and surrogates are none. */
static size_t character(const unsigned char *text, size_t size) {
  const unsigned char lead = text[0];
  if (lead < 0x80) {
    return 1;
  }
  const size_t length = lead < 0xC2 || lead > 0xF4 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length == 0 || length > size) {
    return 0;
  }
  const unsigned char lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  bool valid = text[1] >= lowest && text[1] <= highest;
  for (size_t i = 2; i < length; ++i) {
    valid = valid && (text[i] & 0xC0) == 0x80;
  }
  return valid ? length : 0;
}

/* Names reach graphs, files and Python, which take nothing else. */
static bool is_utf8(const unsigned char *text, size_t size) {
  size_t length;
  for (size_t i = 0; i < size; i += length) {
    length = character(text + i, size - i);
    if (length == 0) {
      return false;
    }
  }
  return true;
}

const char *mc_onnx_text(mc_onnx_source *source, const mc_reader *reader, const mc_field *field) {
  if (field->type != MC_WIRE_BYTES) {
    mc_wire_fail(reader->wire, "field %u should be a string", field->number);
    return "";
  }
  char *text = mc_onnx_array(source, field->size, 1);
  if (text == NULL) {
    return "";
  }
  if (memchr(field->data, 0, field->size) != NULL) {
    mc_wire_fail(reader->wire, "the string in field %u has a NUL character", field->number);
    return "";
  }
  if (!is_utf8(field->data, field->size)) {
    mc_wire_fail(reader->wire, "the string in field %u is no UTF-8", field->number);
    return "";
  }
  memcpy(text, field->data, field->size);
  return text;
}

const char **mc_onnx_texts(mc_onnx_source *source, mc_reader message, uint32_t number, int *count) {
  const int n = mc_onnx_count(message, number);
  const char **texts = MC_ONNX_ARRAY(source, (size_t)n, const char *);
  mc_field field;
  *count = 0;
  while (texts != NULL && mc_read_field(&message, &field)) {
    if (field.number == number) {
      texts[(*count)++] = mc_onnx_text(source, &message, &field);
    }
  }
  return texts;
}

const uint64_t *mc_onnx_numbers(mc_onnx_source *source, mc_reader message, uint32_t number, mc_wire_type type,
                                size_t *count) {
  mc_field field;
  size_t room = 0;
  uint64_t value;
  *count = 0;
  for (mc_reader scan = message; mc_read_field(&scan, &field);) {
    if (field.number == number) {
      const size_t width = type == MC_WIRE_FIXED32 ? 4 : type == MC_WIRE_FIXED64 ? 8 : 1;
      room += field.type == type ? 1 : field.size / width + 1;
    }
  }
  uint64_t *values = MC_ONNX_ARRAY(source, room, uint64_t);
  while (values != NULL && mc_read_field(&message, &field)) {
    mc_reader packed = {0};
    while (field.number == number && mc_read_packed(&message, &field, &packed, type, &value)) {
      values[(*count)++] = value;
    }
  }
  return values;
}

static const mc_onnx_opset *read_opsets(mc_onnx_source *source, mc_reader message, uint32_t number, int *count) {
  const int n = mc_onnx_count(message, number);
  mc_onnx_opset *opsets = MC_ONNX_ARRAY(source, (size_t)n, mc_onnx_opset);
  mc_field field, member;
  *count = 0;
  while (opsets != NULL && mc_read_field(&message, &field)) {
    if (field.number != number) {
      continue;
    }
    mc_onnx_opset *opset = &opsets[(*count)++];
    opset->domain = "";
    for (mc_reader inner = mc_read_message(&message, &field); mc_read_field(&inner, &member);) {
      if (member.number == 1) {
        opset->domain = mc_onnx_text(source, &inner, &member);
      } else if (member.number == 2) {
        opset->version = (int64_t)member.value;
      }
    }
    if (strcmp(opset->domain, "ai.onnx") == 0) {
      opset->domain = "";
    }
  }
  return opsets;
}

static void read_function(mc_onnx_source *source, mc_reader message, mc_onnx_function *function) {
  enum { NAME = 1, INPUT = 4, OUTPUT = 5, NODE = 7, OPSET = 9, DOMAIN = 10, DEFAULT = 11 };
  function->name = function->domain = "";
  mc_onnx_node *nodes = MC_ONNX_ARRAY(source, (size_t)mc_onnx_count(message, NODE), mc_onnx_node);
  mc_onnx_attr *defaults = MC_ONNX_ARRAY(source, (size_t)mc_onnx_count(message, DEFAULT), mc_onnx_attr);
  function->nodes = nodes;
  function->defaults = defaults;
  function->inputs = mc_onnx_texts(source, message, INPUT, &function->n_inputs);
  function->outputs = mc_onnx_texts(source, message, OUTPUT, &function->n_outputs);
  function->opsets = read_opsets(source, message, OPSET, &function->n_opsets);
  mc_field field;
  while (nodes != NULL && defaults != NULL && mc_read_field(&message, &field)) {
    if (field.number == NAME) {
      function->name = mc_onnx_text(source, &message, &field);
    } else if (field.number == DOMAIN) {
      function->domain = mc_onnx_text(source, &message, &field);
    } else if (field.number == NODE) {
      mc_onnx_read_node(source, mc_read_message(&message, &field), &nodes[function->n_nodes++]);
    } else if (field.number == DEFAULT) {
      mc_onnx_read_attr(source, mc_read_message(&message, &field), &defaults[function->n_defaults++]);
    }
  }
}

static void read_model(mc_onnx_source *source, mc_reader message) {
  enum { IR_VERSION = 1, GRAPH = 7, OPSET = 8, FUNCTION = 25 };
  mc_onnx_model *model = source->model;
  mc_onnx_function *functions = MC_ONNX_ARRAY(source, (size_t)mc_onnx_count(message, FUNCTION), mc_onnx_function);
  model->functions = functions;
  model->opsets = read_opsets(source, message, OPSET, &model->n_opsets);
  mc_field field;
  while (functions != NULL && mc_read_field(&message, &field)) {
    if (field.number == IR_VERSION) {
      model->ir_version = (int64_t)field.value;
    } else if (field.number == GRAPH) {
      mc_onnx_graph *graph = MC_ONNX_ARRAY(source, 1, mc_onnx_graph);
      if (graph != NULL) {
        mc_onnx_read_graph(source, mc_read_message(&message, &field), graph);
        model->graph = graph;
      }
    } else if (field.number == FUNCTION) {
      read_function(source, mc_read_message(&message, &field), &functions[model->n_functions++]);
    }
  }
}

bool mc_onnx_read(const void *bytes, size_t size, const char *directory, mc_onnx_model *model, char why[256]) {
  *model = (mc_onnx_model){0};
  mc_onnx_source source = {.model = model, .directory = directory};
  read_model(&source, mc_reader_of(&source.wire, bytes, size));
  if (!source.wire.failed && model->graph == NULL) {
    mc_wire_fail(&source.wire, "there is no graph in it");
  }
  if (source.wire.failed) {
    snprintf(why, 256, "%s", source.wire.why);
    mc_onnx_model_free(model);
    return false;
  }
  return true;
}

void mc_onnx_model_free(mc_onnx_model *model) {
  for (mc_onnx_map *map = model->maps; map != NULL; map = map->next) {
    munmap(map->address, map->size);
  }
  mc_arena_free(&model->arena);
  *model = (mc_onnx_model){0};
}
