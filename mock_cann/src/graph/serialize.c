/* A graph as ModelDef bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/codec.h"

typedef struct named_index {
  const char *name;
  int index;
} named_index;

static int by_name(const void *a, const void *b) {
  return strcmp(((const named_index *)a)->name, ((const named_index *)b)->name);
}

/* One of the map attributes: names sorted, and the index of each. */
static void write_index_map(mc_writer *writer, const char *key, const char *value, named_index *items, size_t count) {
  if (count == 0) {
    return;
  }
  qsort(items, count, sizeof *items, by_name);
  for (int part = 0; part < 2; ++part) {
    const size_t entry = mc_write_begin(writer, 10);
    mc_write_string(writer, 1, part == 0 ? key : value);
    const size_t attr = mc_write_begin(writer, 2), list = mc_write_begin(writer, 1);
    const size_t packed = part == 0 ? 0 : mc_write_begin(writer, 3);
    for (size_t i = 0; i < count; ++i) {
      if (part == 0) {
        mc_write_string(writer, 2, items[i].name);
      } else {
        mc_write_varint(writer, (uint64_t)items[i].index);
      }
    }
    if (part == 1) {
      mc_write_end(writer, packed);
    }
    mc_write_end(writer, list);
    mc_write_end(writer, attr);
    mc_write_end(writer, entry);
  }
}

static void write_anchor_names(mc_writer *writer, const mc_node *node, bool inputs) {
  const int n = inputs ? node->n_in : node->n_out;
  named_index *items = malloc(((size_t)n + 1) * sizeof *items);
  size_t count = 0;
  if (items == NULL) {
    writer->failed = true;
    return;
  }
  for (int i = 0; i < n; ++i) {
    const char *name = inputs ? node->in[i].name : node->out[i].name;
    if (name != NULL) {
      items[count++] = (named_index){name, i};
    }
  }
  write_index_map(writer, inputs ? "_input_name_key" : "_output_name_key",
                  inputs ? "_input_name_value" : "_output_name_value", items, count);
  free(items);
}

/* Map entries sorted by key over three sources: own attributes, IR attributes and the two name maps. */
static void write_node_attrs(mc_writer *writer, const mc_node *node) {
  size_t own = 0, ir = 0;
  bool inputs = false, outputs = false;
  for (;;) {
    const char *names[4] = {own < node->attrs.count ? node->attrs.items[own].name : NULL,
                            ir < node->ir_attrs.count ? node->ir_attrs.items[ir].name : NULL,
                            inputs ? NULL : "_input_name_key", outputs ? NULL : "_output_name_key"};
    int first = -1;
    for (int i = 0; i < 4; ++i) {
      if (names[i] != NULL && (first < 0 || strcmp(names[i], names[first]) < 0)) {
        first = i;
      }
    }
    switch (first) {
    case 0:
      mc_encode_attr_entry(writer, 10, &node->attrs.items[own++], false);
      break;
    case 1:
      mc_encode_attr_entry(writer, 10, &node->ir_attrs.items[ir++], true);
      break;
    case 2:
      inputs = true;
      write_anchor_names(writer, node, true);
      break;
    case 3:
      outputs = true;
      write_anchor_names(writer, node, false);
      break;
    default:
      return;
    }
  }
}

static void write_end(mc_writer *writer, uint32_t number, const char *node, int port) {
  char digits[16];
  const int length = snprintf(digits, sizeof digits, ":%d", port);
  const size_t mark = mc_write_begin(writer, number);
  mc_write_raw(writer, node, strlen(node));
  mc_write_raw(writer, digits, (size_t)length);
  mc_write_end(writer, mark);
}

static bool is_const(const mc_node *node) {
  return node != NULL && (strcmp(node->type, "Const") == 0 || strcmp(node->type, "Constant") == 0);
}

static void write_node(mc_writer *writer, const mc_node *node) {
  mc_write_string(writer, 1, node->name);
  mc_write_string(writer, 2, node->type);
  for (int i = 0; i < node->n_in; ++i) {
    if (node->in[i].from == NULL) {
      mc_write_string(writer, 5, "");
    } else {
      write_end(writer, 5, node->in[i].from->name, node->in[i].port);
    }
  }
  for (int i = 0; i < node->n_control; ++i) {
    write_end(writer, 5, node->control[i]->name, -1);
  }
  write_node_attrs(writer, node);
  if (node->id != 0) {
    mc_write_int(writer, 21, node->id);
  }
  if (node->n_in > 0) {
    const size_t packed = mc_write_begin(writer, 32);
    for (int i = 0; i < node->n_in; ++i) {
      mc_write_varint(writer, is_const(node->in[i].from));
    }
    mc_write_end(writer, packed);
  }
  for (int side = 0; side < 2; ++side) {
    for (int i = 0; i < (side == 0 ? node->n_in : node->n_out); ++i) {
      const size_t mark = mc_write_begin(writer, side == 0 ? 33 : 34);
      mc_encode_tensor_desc(writer, side == 0 ? &node->in[i].desc : &node->out[i].desc);
      mc_write_end(writer, mark);
    }
  }
  for (int i = 0; i < node->n_subgraphs; ++i) {
    mc_write_string(writer, 35, node->subgraphs[i]);
  }
}

static bool is_graph_input(const mc_node *node) {
  static const char *const kTypes[] = {"Data", "RefData", "AippData", "AnnData"};
  for (size_t i = 0; i < sizeof kTypes / sizeof kTypes[0]; ++i) {
    if (strcmp(node->type, kTypes[i]) == 0) {
      return true;
    }
  }
  return false;
}

static void write_graph(mc_writer *writer, const mc_graph *graph) {
  const size_t mark = mc_write_begin(writer, 7);
  mc_write_string(writer, 1, graph->name);
  for (int i = 0; i < graph->n_nodes; ++i) {
    if (is_graph_input(graph->nodes[i])) {
      write_end(writer, 4, graph->nodes[i]->name, 0);
    }
  }
  for (int i = 0; i < graph->n_outputs; ++i) {
    write_end(writer, 5, graph->outputs[i].node->name, graph->outputs[i].port);
  }
  for (int i = 0; i < graph->n_nodes; ++i) {
    const size_t node = mc_write_begin(writer, 6);
    write_node(writer, graph->nodes[i]);
    mc_write_end(writer, node);
  }
  mc_encode_attrs(writer, 11, &graph->attrs);
  mc_write_end(writer, mark);
}

static void write_model_attrs(mc_writer *writer, const mc_graph *root) {
  static const char *const kCounts[] = {"memory_size", "p2p_memory_size", "stream_num",
                                        "event_num",   "label_num",       "weight_size"};
  mc_attrs attrs = {0};
  bool ok = true;
  for (size_t i = 0; i < sizeof kCounts / sizeof kCounts[0]; ++i) {
    ok &= mc_attrs_set_int(&attrs, kCounts[i], 0);
  }
  ok &= mc_attrs_set_string(&attrs, "target_type", "");
  mc_attrs own = {0};
  ok &= mc_attrs_copy(&own, &root->model_attrs);
  for (size_t i = 0; i < own.count && ok; ++i) {
    ok = mc_attrs_set(&attrs, &own.items[i]); /* leaves an empty item behind, which frees as nothing */
  }
  writer->failed |= !ok;
  mc_encode_attrs(writer, 11, &attrs);
  mc_attrs_free(&attrs);
  mc_attrs_free(&own);
}

void *mc_graph_serialize(const mc_graph *graph, size_t *size) {
  mc_writer writer = {0};
  const mc_graph *root = graph->parent == NULL ? graph : graph->parent;
  bool *reached = calloc((size_t)root->n_subgraphs + 1, sizeof *reached);
  writer.failed = reached == NULL;
  write_graph(&writer, graph);
  if (reached != NULL && graph != root) {
    mc_graph_mark_reached(graph, root, reached);
  }
  for (int i = 0; i < root->n_subgraphs && reached != NULL; ++i) {
    if (graph == root || (reached[i] && root->subgraphs[i] != graph)) {
      write_graph(&writer, root->subgraphs[i]);
    }
  }
  write_model_attrs(&writer, root);
  free(reached);
  if (writer.failed) {
    free(writer.data);
    return NULL;
  }
  *size = writer.size;
  return writer.data;
}
