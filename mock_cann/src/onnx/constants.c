/* Constants as GE nodes. Their bytes move into the graph, unless a serialized graph (2 GiB at most) could not hold them:
 * then external data stays in its file, and the graph says where. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/import.h"

enum { TOGETHER = 1 << 30, SMALL = 1 << 16 };

static bool stays_in_file(const mc_import *import, const mc_onnx_tensor *tensor) {
  const size_t width = mc_dtype_size(tensor->dtype);
  return tensor->location != NULL && import->directory != NULL && import->model.external_bytes > TOGETHER &&
         tensor->size >= SMALL && width > 0 && (size_t)tensor->offset % width == 0;
}

static bool set_shape(mc_node *node, const mc_shape *shape) {
  mc_attr attr = {.kind = MC_ATTR_LIST_INT, .name = strdup("shape"), .count = (size_t)shape->rank};
  attr.ints = malloc(((size_t)shape->rank + 1) * sizeof *attr.ints);
  if (attr.name == NULL || attr.ints == NULL) {
    mc_attr_free(&attr);
    return false;
  }
  memcpy(attr.ints, shape->dims, (size_t)shape->rank * sizeof *attr.ints);
  return mc_attrs_set(&node->attrs, &attr);
}

static bool fill_file(const mc_import *import, mc_node *node, const mc_onnx_tensor *tensor) {
  char path[4096];
  mc_attr dtype = {.kind = MC_ATTR_DTYPE, .name = strdup("dtype"), .i = tensor->dtype};
  snprintf(path, sizeof path, "%s/%s", import->directory, tensor->location);
  if (dtype.name == NULL || !mc_attrs_set(&node->attrs, &dtype)) {
    return false;
  }
  return set_shape(node, &tensor->shape) && mc_attrs_set_string(&node->attrs, "file_path", path) &&
         mc_attrs_set_int(&node->attrs, "offset", tensor->offset) &&
         mc_attrs_set_int(&node->attrs, "length", (int64_t)tensor->size);
}

static bool fill_value(mc_node *node, const mc_desc *desc, const mc_onnx_tensor *tensor) {
  mc_attr attr = {.kind = MC_ATTR_TENSOR, .name = strdup("value")};
  attr.tensor.desc = *desc;
  if (attr.name == NULL || !mc_bytes_set(&attr.tensor.data, tensor->data, tensor->size)) {
    mc_attr_free(&attr);
    return false;
  }
  return mc_attrs_set(&node->attrs, &attr);
}

mc_node *mc_constant_node(mc_import *import, mc_graph *graph, const mc_val *value) {
  const mc_onnx_tensor *tensor = value->body->constant;
  const bool file = stays_in_file(import, tensor);
  const char *name = mc_import_name(import, graph, value->body->name[0] == 0 ? "Const" : value->body->name);
  mc_node *node = name == NULL ? NULL : mc_graph_add_node(graph, name, file ? "FileConstant" : "Const", 0, 1);
  if (node == NULL || (node->out[0].name = strdup("y")) == NULL) {
    return NULL;
  }
  return (file ? fill_file(import, node, tensor) : fill_value(node, &value->body->sample[0].desc, tensor)) ? node : NULL;
}
