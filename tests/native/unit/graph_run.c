/* Graphs compiled and run on the host: values from arithmetic done here. */
#include <math.h>

#include "graph_maker.h"

static void run(mc_loaded *loaded, const mc_binding *in, int n_in, mc_binding *out, int n_out) {
  if (mc_loaded_run_host(loaded, in, n_in, out, n_out) != 0) {
    char *text = mc_report_take();
    fprintf(stderr, "running failed: %s\n", text == NULL ? "" : text);
    abort();
  }
}

static void free_all(mc_graph *graph, mc_model *model, mc_loaded *loaded) {
  mc_loaded_unload(loaded);
  mc_model_release(model);
  mc_graph_destroy(graph);
}

static void one_add(void) {
  mc_graph *graph = mc_graph_create("add");
  mc_node *a = make_input(graph, "a", 0, MC_FLOAT, DIMS(4)), *b = make_input(graph, "b", 1, MC_FLOAT, DIMS(4));
  mc_node *sum = OP2(graph, "sum", "Add", a, b);
  CHECK(mc_graph_add_output(graph, sum, 0));
  mc_model *model = compiled(graph, NULL);
  CHECK(mc_model_is_static(model));
  CHECK_INT(mc_model_input(model, 0)->size, 16);
  CHECK_INT(mc_model_output(model, 0)->desc.shape.dims[0], 4);
  CHECK_TEXT(mc_model_input(model, 1)->name, "b");
  CHECK_INT(mc_model_feature_size(model), 0); /* the output's memory is the caller's */
  mc_loaded *loaded = loaded_with(model, NULL);
  const float x[] = {1, 2, 3, 4}, y[] = {10, 20, 30, 40};
  const mc_binding in[] = {bind(x, 16), bind(y, 16)};
  mc_binding out = bind(NULL, 0);
  run(loaded, in, 2, &out, 1);
  CHECK_INT(out.size, 16);
  CHECK_INT(out.dtype, MC_FLOAT);
  for (int i = 0; i < 4; ++i) {
    CHECK(((float *)out.address)[i] == x[i] + y[i]);
  }
  free(out.address);
  out = bind(NULL, 0);
  CHECK(mc_loaded_run_host(loaded, in, 1, &out, 1) != 0);
  expect_report("1 input tensors were given");
  free_all(graph, model, loaded);
}

/* Outputs that are inputs, constants, and the same tensor twice, each need bytes of their own. */
static void outputs_that_alias_are_copied(void) {
  mc_graph *graph = mc_graph_create("alias");
  mc_node *a = make_input(graph, "a", 0, MC_FLOAT, DIMS(2));
  const float c[] = {5, 6};
  mc_node *constant = make_const(graph, "c", MC_FLOAT, DIMS(2), c);
  mc_node *same = OP1(graph, "same", "Identity", a);
  mc_node *neg = OP1(graph, "neg", "Neg", a);
  const int64_t dims[] = {1, 2};
  mc_node *shape = make_const(graph, "shape", MC_INT64, DIMS(2), dims);
  mc_node *view = OP2(graph, "view", "Reshape", neg, shape);
  mc_node *const outputs[] = {a, constant, same, neg, neg, view};
  mc_node *net = make_op(graph, "Node_Output", "NetOutput", 0, 6, outputs);
  CHECK(net != NULL);
  mc_model *model = compiled(graph, NULL);
  CHECK_INT(mc_model_output_count(model), 6);
  mc_loaded *loaded = loaded_with(model, NULL);
  const float x[] = {1, -2};
  const float expected[6][2] = {{1, -2}, {5, 6}, {1, -2}, {-1, 2}, {-1, 2}, {-1, 2}};
  const mc_binding in = bind(x, 8);
  mc_binding out[6] = {{0}};
  run(loaded, &in, 1, out, 6);
  for (int i = 0; i < 6; ++i) {
    CHECK(memcmp(out[i].address, expected[i], 8) == 0);
    free(out[i].address);
  }
  CHECK_INT(out[5].shape.rank, 2);
  free_all(graph, model, loaded);
}

/* Random elementwise graphs, small and large, against the same sums done in double here. */
static void elementwise_graphs_compute_what_they_say(void) {
  random_state random = {99};
  for (int round = 0; round < 60; ++round) {
    enum { MOST = 40 };
    const int n = 3 + (int)random_below(&random, MOST - 3);
    const int64_t count = round % 10 == 0 ? 150001 : 1 + (int64_t)random_below(&random, 3000);
    mc_graph *graph = mc_graph_create("random");
    mc_node *nodes[MOST + 3];
    float *values[MOST + 3];
    mc_binding in[2];
    for (int i = 0; i < 2; ++i) {
      char name[8];
      snprintf(name, sizeof name, "x%d", i);
      nodes[i] = make_input(graph, name, i, MC_FLOAT, DIMS(count));
      values[i] = malloc((size_t)count * 4);
      for (int64_t k = 0; k < count; ++k) {
        values[i][k] = (float)random_below(&random, 17) - 8;
      }
      in[i] = bind(values[i], (size_t)count * 4);
    }
    const float half = 0.5f;
    nodes[2] = make_const(graph, "half", MC_FLOAT, SCALAR, &half);
    values[2] = malloc((size_t)count * 4);
    for (int64_t k = 0; k < count; ++k) {
      values[2][k] = half;
    }
    for (int i = 3; i < n + 3; ++i) {
      static const char *const kTypes[] = {"Add", "Sub", "Maximum", "Minimum", "Neg", "Abs"};
      const int type = (int)random_below(&random, 6), a = (int)random_below(&random, (uint64_t)i);
      const int b = random_below(&random, 3) == 0 ? i - 1 : (int)random_below(&random, (uint64_t)i);
      char name[16];
      snprintf(name, sizeof name, "n%d", i);
      nodes[i] = type < 4 ? OP2(graph, name, kTypes[type], nodes[a], nodes[b]) : OP1(graph, name, kTypes[type], nodes[a]);
      values[i] = malloc((size_t)count * 4);
      for (int64_t k = 0; k < count; ++k) {
        const float x = values[a][k], y = values[b][k];
        values[i][k] = type == 0 ? x + y : type == 1 ? x - y : type == 2 ? fmaxf(x, y) : type == 3 ? fminf(x, y)
                       : type == 4 ? -x : fabsf(x);
      }
    }
    int outputs[6], n_out = 0;
    outputs[n_out++] = n + 2;
    while (n_out < 1 + round % 5) {
      outputs[n_out++] = 3 + (int)random_below(&random, (uint64_t)n);
    }
    for (int i = 0; i < n_out; ++i) {
      CHECK(mc_graph_add_output(graph, nodes[outputs[i]], 0));
    }
    mc_model *model = compiled(graph, NULL);
    mc_loaded *loaded = loaded_with(model, NULL);
    mc_binding out[6] = {{0}};
    run(loaded, in, 2, out, n_out);
    for (int i = 0; i < n_out; ++i) {
      const int64_t got = mc_shape_count(&out[i].shape);
      CHECK(got == count || got == 1); /* made of the scalar alone */
      for (int64_t k = 0; k < got; ++k) {
        CHECK(((float *)out[i].address)[k] == values[outputs[i]][k]);
      }
      free(out[i].address);
    }
    for (int i = 0; i < n + 3; ++i) {
      free(values[i]);
    }
    free_all(graph, model, loaded);
  }
}

static void chains_run_fused_and_need_no_memory(void) {
  mc_graph *graph = mc_graph_create("chain");
  mc_node *last = make_input(graph, "x", 0, MC_FLOAT, DIMS(64, 1024));
  for (int i = 0; i < 8; ++i) {
    char name[8];
    snprintf(name, sizeof name, "n%d", i);
    last = OP1(graph, name, i % 2 == 0 ? "Neg" : "Relu", last);
  }
  CHECK(mc_graph_add_output(graph, last, 0));
  mc_model *model = compiled(graph, NULL);
  CHECK_INT(mc_model_feature_size(model), 0);
  mc_model_release(model);
  mc_graph_destroy(graph);
}

static void constants_are_folded_away(void) {
  mc_graph *graph = mc_graph_create("fold");
  mc_node *x = make_input(graph, "x", 0, MC_FLOAT, DIMS(2, 3));
  const float two[] = {2, 2, 2};
  mc_node *a = make_const(graph, "a", MC_FLOAT, DIMS(3), two), *b = make_const(graph, "b", MC_FLOAT, DIMS(3), two);
  mc_node *sum = OP2(graph, "sum", "Add", a, b);
  mc_node *shape = OP1(graph, "shape", "Shape", x);
  mc_node *flat = OP2(graph, "flat", "Reshape", OP2(graph, "y", "Add", x, sum), shape);
  CHECK(mc_graph_add_output(graph, flat, 0));
  mc_model *model = compiled(graph, NULL);
  CHECK_INT(mc_model_const_size(model), 0); /* neither a nor b is read at run time */
  mc_loaded *loaded = loaded_with(model, NULL);
  const float v[] = {1, 2, 3, 4, 5, 6};
  const mc_binding in = bind(v, sizeof v);
  mc_binding out = {0};
  run(loaded, &in, 1, &out, 1);
  for (int i = 0; i < 6; ++i) {
    CHECK(((float *)out.address)[i] == v[i] + 4);
  }
  free(out.address);
  free_all(graph, model, loaded);
}

static void every_unsupported_node_is_reported(void) {
  mc_graph *graph = mc_graph_create("bad");
  mc_node *x = make_input(graph, "x", 0, MC_FLOAT, DIMS(2));
  mc_node *s = make_input(graph, "s", 1, MC_COMPLEX64, DIMS(2));
  mc_node *a = OP1(graph, "first", "Reluu", x), *b = OP1(graph, "second", "NoSuchThing", x);
  mc_node *c = OP1(graph, "third", "Tanh", s);
  CHECK(mc_graph_add_output(graph, a, 0) && mc_graph_add_output(graph, b, 0) && mc_graph_add_output(graph, c, 0));
  mc_model *model = NULL;
  CHECK(mc_model_compile(graph, NULL, NULL, 0, &model) != 0 && model == NULL);
  char *text = mc_report_take();
  CHECK(text != NULL && strstr(text, "first") != NULL && strstr(text, "second") != NULL);
  CHECK(strstr(text, "E13010") != NULL && strstr(text, "Relu") != NULL);
  free(text);
  CHECK(mc_graph_remove(graph, a) && mc_graph_remove(graph, b));
  CHECK(mc_model_compile(graph, NULL, NULL, 0, &model) != 0);
  text = mc_report_take();
  CHECK(text != NULL && strstr(text, "third") != NULL && strstr(text, "DT_COMPLEX64") != NULL);
  CHECK(strstr(text, "DT_FLOAT16") != NULL);
  free(text);
  mc_graph_destroy(graph);
}

static void unknown_dims_are_planned_per_shape(void) {
  mc_graph *graph = mc_graph_create("dynamic");
  mc_node *x = make_input(graph, "x", 0, MC_FLOAT, DIMS(-1, 3));
  const int64_t dims[] = {-1};
  mc_node *shape = make_const(graph, "shape", MC_INT64, DIMS(1), dims);
  mc_node *flat = OP2(graph, "flat", "Reshape", OP1(graph, "neg", "Neg", x), shape);
  CHECK(mc_graph_add_output(graph, flat, 0) && mc_graph_add_output(graph, mc_graph_find(graph, "neg"), 0));
  mc_model *model = compiled(graph, NULL);
  CHECK(!mc_model_is_static(model));
  CHECK_INT(mc_model_output(model, 0)->desc.shape.rank, 1);
  CHECK_INT(mc_model_output(model, 0)->desc.shape.dims[0], -1);
  CHECK_INT(mc_model_output(model, 1)->desc.shape.dims[0], -1);
  CHECK_INT(mc_model_output(model, 1)->desc.shape.dims[1], 3);
  mc_loaded *loaded = loaded_with(model, NULL);
  for (int64_t n = 1; n < 40; ++n) { /* more shapes than the cache holds */
    float v[120];
    for (int i = 0; i < 120; ++i) {
      v[i] = (float)i;
    }
    const mc_binding in = bind_shaped(v, (size_t)n * 12, DIMS(n, 3));
    mc_binding out[2] = {{0}};
    run(loaded, &in, 1, out, 2);
    CHECK_INT(out[0].shape.dims[0], n * 3);
    CHECK_INT(out[1].shape.dims[0], n);
    for (int i = 0; i < n * 3; ++i) {
      CHECK(((float *)out[0].address)[i] == -(float)i);
    }
    free(out[0].address);
    free(out[1].address);
  }
  const float v[6] = {0};
  mc_binding in = bind_shaped(v, 24, DIMS(2, 4)), out[2] = {{0}};
  CHECK(mc_loaded_run_host(loaded, &in, 1, out, 2) != 0);
  expect_report("has shape [2,4]; the graph takes [-1,3]");
  free_all(graph, model, loaded);
}

/* The shape of y is in an input: known only when it runs. */
static void shapes_in_data_are_followed(void) {
  mc_graph *graph = mc_graph_create("data");
  mc_node *x = make_input(graph, "x", 0, MC_FLOAT, DIMS(6)), *s = make_input(graph, "s", 1, MC_INT64, DIMS(2));
  mc_node *y = OP2(graph, "y", "Reshape", OP1(graph, "neg", "Neg", x), s);
  CHECK(mc_graph_add_output(graph, y, 0));
  mc_model *model = compiled(graph, NULL);
  CHECK(!mc_model_is_static(model));
  CHECK_INT(mc_model_output(model, 0)->desc.shape.rank, MC_RANK_UNKNOWN);
  mc_loaded *loaded = loaded_with(model, NULL);
  const float v[] = {1, 2, 3, 4, 5, 6};
  for (int64_t rows = 1; rows <= 3; ++rows) {
    const int64_t dims[] = {rows, 6 / rows};
    const mc_binding in[] = {bind(v, sizeof v), bind(dims, sizeof dims)};
    mc_binding out = {0};
    run(loaded, in, 2, &out, 1);
    CHECK_INT(out.shape.dims[0], rows);
    CHECK(((float *)out.address)[5] == -6);
    free(out.address);
  }
  const int64_t wrong[] = {4, 4};
  const mc_binding in[] = {bind(v, sizeof v), bind(wrong, sizeof wrong)};
  mc_binding out = {0};
  CHECK(mc_loaded_run_host(loaded, in, 2, &out, 1) != 0);
  expect_report("Node 'y'");
  free_all(graph, model, loaded);
}

int main(void) {
  CHECK_INT(mc_device_set("test", 0), 0);
  one_add();
  outputs_that_alias_are_copied();
  elementwise_graphs_compute_what_they_say();
  chains_run_fused_and_need_no_memory();
  constants_are_folded_away();
  every_unsupported_node_is_reported();
  unknown_dims_are_planned_per_shape();
  shapes_in_data_are_followed();
  CHECK_INT(mc_device_reset("test", 0), 0);
  return 0;
}
