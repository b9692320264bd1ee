/* OpDef messages into nodes; edges come later, by name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/codec.h"

static const char *const kReserved[] = {"_input_name_key", "_input_name_value", "_ir_attr_names",
                                        "_ir_inputs_key",  "_ir_inputs_value",  "_ir_outputs_key",
                                        "_ir_outputs_value", "_opt_input",      "_output_name_key",
                                        "_output_name_value"};

bool mc_attr_is_reserved(const char *name) {
  for (size_t i = 0; i < sizeof kReserved / sizeof kReserved[0]; ++i) {
    if (strcmp(kReserved[i], name) == 0) {
      return true;
    }
  }
  return false;
}

/* The name maps: where[value[i]].name = key[i]. */
static const mc_attr *reserved_list(const mc_attrs *attrs, const char *name, mc_attr_kind kind) {
  const mc_attr *attr = mc_attrs_find(attrs, name);
  return attr != NULL && attr->kind == kind ? attr : NULL;
}

static void name_anchors(mc_wire *wire, mc_node *node, bool inputs) {
  const mc_attr *keys = reserved_list(&node->attrs, inputs ? "_input_name_key" : "_output_name_key", MC_ATTR_LIST_STRING);
  const mc_attr *values = reserved_list(&node->attrs, inputs ? "_input_name_value" : "_output_name_value", MC_ATTR_LIST_INT);
  if (keys == NULL || values == NULL || wire->failed) {
    return;
  }
  for (size_t i = 0; i < keys->count && i < values->count; ++i) {
    const int64_t at = values->ints[i];
    if (at < 0 || at >= (inputs ? node->n_in : node->n_out)) {
      continue; /* an optional input that has no anchor */
    }
    char **name = inputs ? &node->in[at].name : &node->out[at].name;
    free(*name);
    *name = strdup(keys->strings[i].data);
    if (*name == NULL) {
      mc_wire_fail(wire, "out of memory");
    }
  }
}

/* Index maps become anchor names; the operator's IR description moves to ir_attrs. */
static void apply_reserved(mc_wire *wire, mc_node *node) {
  name_anchors(wire, node, true);
  name_anchors(wire, node, false);
  static const char *const kNames[] = {"_input_name_key", "_input_name_value", "_output_name_key",
                                       "_output_name_value"};
  for (size_t i = 0; i < sizeof kNames / sizeof kNames[0]; ++i) {
    mc_attrs_remove(&node->attrs, kNames[i]);
  }
  for (size_t i = 0; i < node->attrs.count;) {
    if (!mc_attr_is_reserved(node->attrs.items[i].name)) {
      ++i;
      continue;
    }
    mc_attr moved = node->attrs.items[i];
    node->attrs.items[i] = (mc_attr){.name = strdup(moved.name)};
    const bool kept = node->attrs.items[i].name != NULL && mc_attrs_set(&node->ir_attrs, &moved);
    if (!kept) {
      mc_wire_fail(wire, "out of memory");
      return;
    }
    char name[64];
    snprintf(name, sizeof name, "%s", node->attrs.items[i].name);
    mc_attrs_remove(&node->attrs, name);
  }
}

typedef struct op_head {
  char *name, *type;
  int data_inputs, input_descs, output_descs, subgraphs;
} op_head;

/* What must be known before the node exists. */
static op_head read_head(mc_reader reader) {
  op_head head = {0};
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    if (field.number == 1 || field.number == 2) {
      char **text = field.number == 1 ? &head.name : &head.type;
      free(*text);
      *text = mc_read_string(&reader, &field);
    } else if (field.number == 5) {
      const bool control = field.size >= 3 && memcmp(field.data + field.size - 3, ":-1", 3) == 0;
      head.data_inputs += !control;
    }
    head.input_descs += field.number == 33;
    head.output_descs += field.number == 34;
    head.subgraphs += field.number == 35;
  }
  return head;
}

static void fill_node(mc_reader reader, mc_node *node) {
  int in = 0, out = 0;
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    if (field.number == 10) {
      mc_decode_attr_entry(mc_read_message(&reader, &field), &node->attrs);
    } else if (field.number == 21) {
      node->id = (int64_t)field.value;
    } else if (field.number == 33) {
      mc_decode_tensor_desc(mc_read_message(&reader, &field), &node->in[in++].desc);
    } else if (field.number == 34) {
      mc_decode_tensor_desc(mc_read_message(&reader, &field), &node->out[out++].desc);
    } else if (field.number == 35) {
      node->subgraphs[node->n_subgraphs] = mc_read_string(&reader, &field);
      node->n_subgraphs += node->subgraphs[node->n_subgraphs] != NULL;
    }
  }
  apply_reserved(reader.wire, node);
}

void mc_decode_node(mc_reader reader, mc_graph *graph) {
  op_head head = read_head(reader);
  const int n_in = head.data_inputs > head.input_descs ? head.data_inputs : head.input_descs;
  if (!reader.wire->failed) {
    const char *name = head.name == NULL ? "" : head.name;
    mc_node *node = mc_graph_add_node(graph, name, head.type == NULL ? "" : head.type, n_in, head.output_descs);
    if (node != NULL && head.subgraphs > 0) {
      node->subgraphs = calloc((size_t)head.subgraphs, sizeof *node->subgraphs);
    }
    if (node == NULL && mc_graph_find(graph, name) != NULL) {
      mc_wire_fail(reader.wire, "graph '%.60s' has two nodes named '%.60s'", graph->name, name);
    } else if (node == NULL || (head.subgraphs > 0 && node->subgraphs == NULL)) {
      mc_wire_fail(reader.wire, "out of memory");
    } else {
      fill_node(reader, node);
    }
  }
  free(head.name);
  free(head.type);
}
