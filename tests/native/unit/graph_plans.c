/* Plans are made once for shapes: a shape that was seen runs without planning, in graphs and in the rounds of loops. */
#include "graph_maker.h"
#include "mock_cann.h"

static void run_rows(mc_loaded *loaded, int64_t rows) {
  float x[64] = {0};
  mc_binding in = bind(x, (size_t)rows * 4 * sizeof(float)), out = {.on_host = true};
  in.shape = DIMS(rows, 4);
  CHECK_INT(mc_loaded_run_host(loaded, &in, 1, &out, 1), 0);
  free(out.address);
}

static void a_shape_is_planned_once(void) {
  mc_graph *graph = mc_graph_create("dynamic");
  mc_node *x = make_input(graph, "x", 0, MC_FLOAT, DIMS(-1, 4));
  CHECK(mc_graph_add_output(graph, OP1(graph, "soft", "SoftmaxV2", OP1(graph, "relu", "Relu", x)), 0));
  mc_model *model = compiled(graph, NULL);
  mc_loaded *loaded = loaded_with(model, NULL);
  const long long before = mock_cann_count("plans");
  CHECK(before >= 0);
  for (int64_t rows = 1; rows <= 8; ++rows) {
    run_rows(loaded, rows);
  }
  CHECK_INT(mock_cann_count("plans") - before, 8);
  for (int round = 0; round < 5; ++round) {
    for (int64_t rows = 1; rows <= 8; ++rows) {
      run_rows(loaded, rows);
    }
  }
  CHECK_INT(mock_cann_count("plans") - before, 8);
  mc_loaded_unload(loaded);
  mc_model_release(model);
  mc_graph_destroy(graph);
}

static void hang_below(mc_graph *root, mc_node *node, mc_graph *const *subgraphs, int count) {
  node->subgraphs = calloc((size_t)count, sizeof *node->subgraphs);
  for (int i = 0; i < count; ++i) {
    node->subgraphs[node->n_subgraphs++] = strdup(subgraphs[i]->name);
    CHECK(mc_graph_add_subgraph(root, subgraphs[i]));
  }
}

/* while (i < limit) { i += 1; y = If(i % 2) ? [x, x] : x }: branches of different shapes, so rounds run by contents. */
static mc_graph *loop_by_contents(void) {
  static const int32_t kOne = 1, kTwo = 2;
  mc_graph *graph = mc_graph_create("loop"), *cond = mc_graph_create("cond"), *body = mc_graph_create("body");
  mc_graph *once = mc_graph_create("once"), *twice = mc_graph_create("twice");
  mc_node *x = make_input(once, "x", 0, MC_INT32, DIMS(3));
  CHECK(mc_graph_add_output(once, OP1(once, "size", "Size", x), 0));
  x = make_input(twice, "x", 0, MC_INT32, DIMS(3));
  mc_node *filled = OP2(twice, "fill", "Fill", x, make_const(twice, "one", MC_INT32, SCALAR, &kOne));
  CHECK(mc_graph_add_output(twice, OP1(twice, "size", "Size", filled), 0));
  mc_node *i = make_input(cond, "i", 0, MC_INT32, SCALAR), *limit = make_input(cond, "limit", 2, MC_INT32, SCALAR);
  make_input(cond, "x", 1, MC_INT32, DIMS(3));
  CHECK(mc_graph_add_output(cond, OP2(cond, "less", "Less", i, limit), 0));
  i = make_input(body, "i", 0, MC_INT32, SCALAR);
  x = make_input(body, "x", 1, MC_INT32, DIMS(3));
  limit = make_input(body, "limit", 2, MC_INT32, SCALAR);
  mc_node *odd = OP2(body, "odd", "FloorMod", i, make_const(body, "two", MC_INT32, SCALAR, &kTwo));
  mc_node *choice = OP2(body, "if", "If", odd, x);
  mc_node *next = OP2(body, "next", "Add", i, make_const(body, "one", MC_INT32, SCALAR, &kOne));
  mc_node *kept = OP2(body, "kept", "Mul", x, OP2(body, "div", "FloorDiv", choice, choice));
  CHECK(mc_graph_add_output(body, next, 0) && mc_graph_add_output(body, kept, 0) && mc_graph_add_output(body, limit, 0));
  mc_node *const in[] = {make_input(graph, "i", 0, MC_INT32, SCALAR), make_input(graph, "x", 1, MC_INT32, DIMS(3)),
                         make_input(graph, "limit", 2, MC_INT32, SCALAR)};
  mc_node *loop = make_op(graph, "while", "While", 3, 3, in);
  CHECK(mc_graph_add_output(graph, loop, 0) && mc_graph_add_output(graph, loop, 1));
  hang_below(graph, loop, (mc_graph *const[]){cond, body}, 2);
  hang_below(graph, choice, (mc_graph *const[]){twice, once}, 2);
  return graph;
}

static long long plans_of_rounds(mc_loaded *loaded, int32_t limit) {
  const int32_t start = 0, x[3] = {2, 1, 3};
  mc_binding in[] = {bind(&start, sizeof start), bind(x, sizeof x), bind(&limit, sizeof limit)};
  mc_binding out[2] = {{.on_host = true}, {.on_host = true}};
  const long long before = mock_cann_count("plans");
  CHECK_INT(mc_loaded_run_host(loaded, in, 3, out, 2), 0);
  CHECK_INT(*(int32_t *)out[0].address, limit);
  CHECK_INT(((int32_t *)out[1].address)[2], 3);
  free(out[0].address);
  free(out[1].address);
  return mock_cann_count("plans") - before;
}

static void rounds_of_a_loop_share_plans(void) {
  mc_graph *graph = loop_by_contents();
  mc_model *model = compiled(graph, NULL);
  CHECK(!mc_model_is_static(model));
  mc_loaded *loaded = loaded_with(model, NULL);
  const long long first = plans_of_rounds(loaded, 10);
  CHECK(first <= 10);
  CHECK_INT(plans_of_rounds(loaded, 10), 0);
  CHECK_INT(plans_of_rounds(loaded, 300), 0);
  mc_loaded_unload(loaded);
  mc_model_release(model);
  mc_graph_destroy(graph);
}

int main(void) {
  CHECK_INT(mc_device_set("test", 0), 0);
  a_shape_is_planned_once();
  rounds_of_a_loop_share_plans();
  CHECK_INT(mc_device_reset("test", 0), 0);
  return 0;
}
