/* GraphProto, NodeProto, AttributeProto and the types of values. */
#include <string.h>

#include "onnx/read.h"

static void read_dims(mc_onnx_source *source, mc_reader message, mc_onnx_info *info) {
  const int rank = mc_onnx_count(message, 1);
  if (rank > MC_MAX_RANK) {
    mc_wire_fail(&source->wire, "a shape has %d dims, at most %d are possible", rank, MC_MAX_RANK);
    return;
  }
  info->symbols = MC_ONNX_ARRAY(source, (size_t)rank, const char *);
  info->shape.rank = 0;
  mc_field field, member;
  while (info->symbols != NULL && mc_read_field(&message, &field)) {
    if (field.number != 1) {
      continue;
    }
    const int axis = info->shape.rank++;
    info->shape.dims[axis] = -1;
    for (mc_reader dim = mc_read_message(&message, &field); mc_read_field(&dim, &member);) {
      if (member.number == 1) {
        const int64_t value = (int64_t)member.value;
        info->shape.dims[axis] = value < 0 ? -1 : value;
      } else if (member.number == 2) {
        const char *symbol = mc_onnx_text(source, &dim, &member);
        info->symbols[axis] = symbol[0] == 0 ? NULL : symbol;
      }
    }
  }
}

static void read_type(mc_onnx_source *source, mc_reader message, mc_onnx_info *info) {
  enum { TENSOR = 1, DENOTATION = 6 };
  mc_field field, member;
  while (mc_read_field(&message, &field)) {
    info->typed |= field.number != DENOTATION;
    if (field.number != TENSOR) {
      continue;
    }
    info->is_tensor = true;
    for (mc_reader tensor = mc_read_message(&message, &field); mc_read_field(&tensor, &member);) {
      if (member.number == 1) {
        info->type = (int64_t)member.value;
        info->dtype = mc_onnx_dtype(info->type);
      } else if (member.number == 2) {
        read_dims(source, mc_read_message(&tensor, &member), info);
      }
    }
  }
}

void mc_onnx_read_info(mc_onnx_source *source, mc_reader message, mc_onnx_info *info) {
  *info = (mc_onnx_info){.name = "", .dtype = MC_UNDEFINED, .shape = {.rank = MC_RANK_UNKNOWN}};
  mc_field field;
  while (mc_read_field(&message, &field)) {
    if (field.number == 1) {
      info->name = mc_onnx_text(source, &message, &field);
    } else if (field.number == 2) {
      read_type(source, mc_read_message(&message, &field), info);
    }
  }
}

/* Field numbers of AttributeProto; a value's type may be missing in files of the first ONNX versions. */
enum {
  ATTR_NAME = 1, ATTR_F = 2, ATTR_I = 3, ATTR_S = 4, ATTR_T = 5, ATTR_G = 6, ATTR_FLOATS = 7, ATTR_INTS = 8,
  ATTR_STRINGS = 9, ATTR_TYPE = 20, ATTR_REFERENCE = 21, ATTR_SPARSE = 22
};

static void read_lists(mc_onnx_source *source, mc_reader message, mc_onnx_attr *attr) {
  size_t n_floats, n_ints;
  int n_strings;
  const uint64_t *floats = mc_onnx_numbers(source, message, ATTR_FLOATS, MC_WIRE_FIXED32, &n_floats);
  const uint64_t *ints = mc_onnx_numbers(source, message, ATTR_INTS, MC_WIRE_VARINT, &n_ints);
  attr->strings = mc_onnx_texts(source, message, ATTR_STRINGS, &n_strings);
  float *values = MC_ONNX_ARRAY(source, n_floats, float);
  if (values == NULL || floats == NULL || ints == NULL || n_floats > INT32_MAX || n_ints > INT32_MAX) {
    mc_wire_fail(&source->wire, "attribute '%.60s' is too large", attr->name);
    return;
  }
  for (size_t i = 0; i < n_floats; ++i) {
    values[i] = mc_bits_to_float((uint32_t)floats[i]);
  }
  attr->floats = values;
  attr->ints = (const int64_t *)ints;
  attr->count = attr->type == MC_ONNX_ATTR_FLOATS ? (int)n_floats : attr->type == MC_ONNX_ATTR_INTS ? (int)n_ints
                                                                                                  : n_strings;
}

static mc_onnx_attr_type type_by_field(uint32_t number) {
  switch (number) {
  case ATTR_F:
    return MC_ONNX_ATTR_FLOAT;
  case ATTR_I:
    return MC_ONNX_ATTR_INT;
  case ATTR_S:
    return MC_ONNX_ATTR_STRING;
  case ATTR_T:
    return MC_ONNX_ATTR_TENSOR;
  case ATTR_G:
    return MC_ONNX_ATTR_GRAPH;
  case ATTR_FLOATS:
    return MC_ONNX_ATTR_FLOATS;
  case ATTR_INTS:
    return MC_ONNX_ATTR_INTS;
  case ATTR_STRINGS:
    return MC_ONNX_ATTR_STRINGS;
  default:
    return 0;
  }
}

static void read_value(mc_onnx_source *source, const mc_reader *message, const mc_field *field, mc_onnx_attr *attr) {
  if (field->number == ATTR_F) {
    attr->f = mc_bits_to_float((uint32_t)field->value);
  } else if (field->number == ATTR_I) {
    attr->i = (int64_t)field->value;
  } else if (field->number == ATTR_S) {
    attr->s = mc_onnx_text(source, message, field);
  } else if (field->number == ATTR_T || field->number == ATTR_SPARSE) {
    mc_onnx_tensor *tensor = MC_ONNX_ARRAY(source, 1, mc_onnx_tensor);
    if (tensor != NULL) {
      (field->number == ATTR_T ? mc_onnx_read_tensor : mc_onnx_read_sparse)(
          source, mc_read_message(message, field), tensor);
      attr->tensor = tensor;
    }
  } else if (field->number == ATTR_G) {
    mc_onnx_graph *graph = MC_ONNX_ARRAY(source, 1, mc_onnx_graph);
    if (graph != NULL) {
      mc_onnx_read_graph(source, mc_read_message(message, field), graph);
      attr->graph = graph;
    }
  }
}

void mc_onnx_read_attr(mc_onnx_source *source, mc_reader message, mc_onnx_attr *attr) {
  *attr = (mc_onnx_attr){.name = "", .s = ""};
  mc_field field;
  for (mc_reader reader = message; mc_read_field(&reader, &field);) {
    if (field.number == ATTR_NAME) {
      attr->name = mc_onnx_text(source, &reader, &field);
    } else if (field.number == ATTR_TYPE) {
      attr->type = field.value > 11 ? MC_ONNX_ATTR_OTHER : (mc_onnx_attr_type)field.value;
    } else if (field.number == ATTR_REFERENCE) {
      attr->reference = mc_onnx_text(source, &reader, &field);
    }
  }
  for (mc_reader reader = message; mc_read_field(&reader, &field);) {
    if (attr->type == 0) {
      attr->type = type_by_field(field.number);
    }
    read_value(source, &reader, &field, attr);
  }
  if (attr->type == MC_ONNX_ATTR_FLOATS || attr->type == MC_ONNX_ATTR_INTS || attr->type == MC_ONNX_ATTR_STRINGS) {
    read_lists(source, message, attr);
  }
}

void mc_onnx_read_node(mc_onnx_source *source, mc_reader message, mc_onnx_node *node) {
  enum { INPUT = 1, OUTPUT = 2, NAME = 3, TYPE = 4, ATTR = 5, DOMAIN = 7 };
  *node = (mc_onnx_node){.name = "", .op_type = "", .domain = ""};
  mc_onnx_attr *attrs = MC_ONNX_ARRAY(source, (size_t)mc_onnx_count(message, ATTR), mc_onnx_attr);
  node->attrs = attrs;
  node->inputs = mc_onnx_texts(source, message, INPUT, &node->n_inputs);
  node->outputs = mc_onnx_texts(source, message, OUTPUT, &node->n_outputs);
  mc_field field;
  while (attrs != NULL && mc_read_field(&message, &field)) {
    if (field.number == NAME) {
      node->name = mc_onnx_text(source, &message, &field);
    } else if (field.number == TYPE) {
      node->op_type = mc_onnx_text(source, &message, &field);
    } else if (field.number == DOMAIN) {
      node->domain = mc_onnx_text(source, &message, &field);
      node->domain = strcmp(node->domain, "ai.onnx") == 0 ? "" : node->domain;
    } else if (field.number == ATTR) {
      mc_onnx_read_attr(source, mc_read_message(&message, &field), &attrs[node->n_attrs++]);
    }
  }
}

void mc_onnx_read_graph(mc_onnx_source *source, mc_reader message, mc_onnx_graph *graph) {
  enum { NODE = 1, NAME = 2, INITIALIZER = 5, INPUT = 11, OUTPUT = 12, VALUE = 13, SPARSE = 15 };
  *graph = (mc_onnx_graph){.name = ""};
  const size_t n_initializers = (size_t)mc_onnx_count(message, INITIALIZER) + (size_t)mc_onnx_count(message, SPARSE);
  mc_onnx_node *nodes = MC_ONNX_ARRAY(source, (size_t)mc_onnx_count(message, NODE), mc_onnx_node);
  mc_onnx_tensor *initializers = MC_ONNX_ARRAY(source, n_initializers, mc_onnx_tensor);
  mc_onnx_info *inputs = MC_ONNX_ARRAY(source, (size_t)mc_onnx_count(message, INPUT), mc_onnx_info);
  mc_onnx_info *outputs = MC_ONNX_ARRAY(source, (size_t)mc_onnx_count(message, OUTPUT), mc_onnx_info);
  mc_onnx_info *values = MC_ONNX_ARRAY(source, (size_t)mc_onnx_count(message, VALUE), mc_onnx_info);
  graph->nodes = nodes;
  graph->initializers = initializers;
  graph->inputs = inputs;
  graph->outputs = outputs;
  graph->values = values;
  mc_field field;
  while (!source->wire.failed && mc_read_field(&message, &field)) {
    if (field.number == NAME) {
      graph->name = mc_onnx_text(source, &message, &field);
    } else if (field.number == NODE) {
      mc_onnx_read_node(source, mc_read_message(&message, &field), &nodes[graph->n_nodes++]);
    } else if (field.number == INITIALIZER) {
      mc_onnx_read_tensor(source, mc_read_message(&message, &field), &initializers[graph->n_initializers++]);
    } else if (field.number == SPARSE) {
      mc_onnx_read_sparse(source, mc_read_message(&message, &field), &initializers[graph->n_initializers++]);
    } else if (field.number == INPUT) {
      mc_onnx_read_info(source, mc_read_message(&message, &field), &inputs[graph->n_inputs++]);
    } else if (field.number == OUTPUT) {
      mc_onnx_read_info(source, mc_read_message(&message, &field), &outputs[graph->n_outputs++]);
    } else if (field.number == VALUE) {
      mc_onnx_read_info(source, mc_read_message(&message, &field), &values[graph->n_values++]);
    }
  }
}
