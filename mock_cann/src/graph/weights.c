/* External weights: constants whose bytes stand in a file beside the model. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/codec.h"

/* A model may name files below its own directory only. */
static bool stays_inside(const char *path) {
  if (path[0] == '/' || path[0] == 0) {
    return false;
  }
  for (const char *part = path; part != NULL; part = strchr(part, '/')) {
    part += *part == '/';
    if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == 0)) {
      return false;
    }
  }
  return true;
}

static bool read_file(const char *path, size_t size, mc_bytes *bytes) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    return false;
  }
  /* The length comes from the model: check it against the file before allocating. */
  bool ok = fseek(file, 0, SEEK_END) == 0 && ftell(file) >= 0 && (size_t)ftell(file) >= size;
  char *data = ok ? malloc(size + 1) : NULL;
  ok = data != NULL && fseek(file, 0, SEEK_SET) == 0 && fread(data, 1, size, file) == size;
  fclose(file);
  if (!ok) {
    free(data);
    return false;
  }
  data[size] = 0;
  free(bytes->data);
  *bytes = (mc_bytes){data, size};
  return true;
}

static bool read_weight(mc_node *node, const char *location, const char *directory, char why[256]) {
  const int64_t length = mc_attrs_int(&node->attrs, "length", -1);
  mc_attr *value = (mc_attr *)(uintptr_t)mc_attrs_find(&node->attrs, "value");
  if (value == NULL || value->kind != MC_ATTR_TENSOR || length < 0) {
    snprintf(why, 256, "constant '%.80s' has a location but no value tensor or no length", node->name);
    return false;
  }
  if (directory == NULL || !stays_inside(location)) {
    snprintf(why, 256, "constant '%.60s' keeps its data in '%.80s', which %s", node->name, location,
             directory == NULL ? "can only be found when the model is loaded from a file"
                               : "is outside the model's directory");
    return false;
  }
  char path[PATH_MAX];
  if ((size_t)snprintf(path, sizeof path, "%s/%s", directory, location) >= sizeof path ||
      !read_file(path, (size_t)length, &value->tensor.data)) {
    snprintf(why, 256, "constant '%.60s': cannot read %lld bytes of its data from '%.100s'", node->name,
             (long long)length, location);
    return false;
  }
  mc_attrs_remove(&node->attrs, "location");
  mc_attrs_remove(&node->attrs, "length");
  return true;
}

bool mc_read_external_weights(mc_graph *graph, const char *directory, char why[256]) {
  for (int i = 0; i < graph->n_nodes; ++i) {
    mc_node *node = graph->nodes[i];
    const bool constant = strcmp(node->type, "Const") == 0 || strcmp(node->type, "Constant") == 0;
    const char *location = constant ? mc_attrs_string(&node->attrs, "location", NULL) : NULL;
    if (location != NULL && !read_weight(node, location, directory, why)) {
      return false;
    }
  }
  return true;
}
