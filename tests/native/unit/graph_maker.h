/* Short ways to build graphs in tests. */
#ifndef UNIT_GRAPH_MAKER_H
#define UNIT_GRAPH_MAKER_H

#include "check.h"
#include "graph/model.h"

static inline mc_shape shape_of(int rank, const int64_t *dims) {
  mc_shape shape = {.rank = rank};
  for (int i = 0; i < rank; ++i) {
    shape.dims[i] = dims[i];
  }
  return shape;
}

#define DIMS(...) shape_of((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]){__VA_ARGS__})
#define SCALAR shape_of(0, NULL)

static inline mc_node *make_input(mc_graph *graph, const char *name, int index, int dtype, mc_shape shape) {
  mc_node *node = mc_graph_add_node(graph, name, "Data", 1, 1);
  CHECK(node != NULL && mc_attrs_set_int(&node->attrs, "index", index));
  node->out[0].desc.desc = node->in[0].desc.desc = (mc_desc){dtype, MC_FORMAT_ND, shape};
  return node;
}

static inline void set_tensor(mc_node *node, const char *name, int dtype, mc_shape shape, const void *data) {
  mc_attr attr = {.name = strdup(name), .kind = MC_ATTR_TENSOR};
  attr.tensor.desc = (mc_desc){dtype, MC_FORMAT_ND, shape};
  CHECK(mc_bytes_set(&attr.tensor.data, data, (size_t)mc_desc_bytes(&attr.tensor.desc)));
  CHECK(mc_attrs_set(&node->attrs, &attr));
}

static inline mc_node *make_const(mc_graph *graph, const char *name, int dtype, mc_shape shape, const void *data) {
  mc_node *node = mc_graph_add_node(graph, name, "Const", 0, 1);
  CHECK(node != NULL);
  node->out[0].desc.desc = (mc_desc){dtype, MC_FORMAT_ND, shape};
  set_tensor(node, "value", dtype, shape, data);
  return node;
}

/* An operator over the first outputs of up to four nodes (NULL: unconnected). */
static inline mc_node *make_op(mc_graph *graph, const char *name, const char *type, int n_out, int n_in,
                               mc_node *const *in) {
  mc_node *node = mc_graph_add_node(graph, name, type, n_in, n_out);
  CHECK(node != NULL);
  for (int i = 0; i < n_in; ++i) {
    CHECK(in[i] == NULL || mc_graph_connect(graph, in[i], 0, node, i));
  }
  return node;
}

#define OP1(graph, name, type, a) make_op(graph, name, type, 1, 1, (mc_node *const[]){a})
#define OP2(graph, name, type, a, b) make_op(graph, name, type, 1, 2, (mc_node *const[]){a, b})

static inline mc_model *compiled(const mc_graph *graph, mc_options options) {
  mc_model *model = NULL;
  if (mc_model_compile(graph, options, NULL, 0, &model) != 0) {
    char *text = mc_report_take();
    fprintf(stderr, "compiling failed: %s\n", text == NULL ? "" : text);
    abort();
  }
  return model;
}

static inline mc_loaded *loaded_with(mc_model *model, mc_variables *variables) {
  mc_loaded *loaded = NULL;
  const mc_load_config config = {.variables = variables};
  if (mc_model_load(model, &config, &loaded) != 0) {
    char *text = mc_report_take();
    fprintf(stderr, "loading failed: %s\n", text == NULL ? "" : text);
    abort();
  }
  return loaded;
}

/* The text of the calling thread's errors contains `part`. */
static inline void expect_report(const char *part) {
  char *text = mc_report_take();
  if (text == NULL || strstr(text, part) == NULL) {
    fprintf(stderr, "the report does not say \"%s\":\n%s\n", part, text == NULL ? "(none)" : text);
    abort();
  }
  free(text);
}

static inline mc_binding bind(const void *data, size_t size) {
  return (mc_binding){.address = (void *)(uintptr_t)data, .size = size, .on_host = true,
                      .shape = {.rank = MC_RANK_UNKNOWN}};
}

static inline mc_binding bind_shaped(const void *data, size_t size, mc_shape shape) {
  mc_binding binding = bind(data, size);
  binding.shape = shape;
  return binding;
}

#endif
