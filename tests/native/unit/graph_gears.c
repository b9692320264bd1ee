/* Gears and input_shape options, and the .om container. */
#include "graph_maker.h"

/* y = x + 1 for x [-1, 3]. */
static mc_graph *batch_graph(void) {
  mc_graph *graph = mc_graph_create("batch");
  mc_node *x = make_input(graph, "x", 0, MC_FLOAT, DIMS(-1, 3));
  const float one = 1;
  CHECK(mc_graph_add_output(graph, OP2(graph, "y", "Add", x, make_const(graph, "one", MC_FLOAT, SCALAR, &one)), 0));
  return graph;
}

static const char *const kBatch[] = {"input_shape", "x:-1,3", "ge.dynamicBatchSize", "1,4,2", "ge.socVersion",
                                     "Ascend910B3", NULL};

static void check_batch_model(mc_model *model) {
  int width;
  CHECK(mc_model_is_static(model));
  CHECK_INT(mc_model_gear_kind(model), MC_GEAR_BATCH);
  CHECK_INT(mc_model_gear_count(model), 3);
  CHECK_INT(mc_model_gear(model, 1, &width)[0], 4);
  CHECK_INT(width, 1);
  CHECK(mc_model_gear(model, 3, &width) == NULL);
  CHECK_INT(mc_model_input_count(model), 2);
  CHECK_TEXT(mc_model_input(model, 1)->name, "ascend_mbatch_shape_data");
  CHECK_INT(mc_model_input(model, 0)->desc.shape.dims[0], -1);
  CHECK_INT(mc_model_input(model, 0)->upper.dims[0], 4);
  CHECK_INT(mc_model_input(model, 0)->size, 48);
  CHECK_INT(mc_model_output(model, 0)->desc.shape.dims[0], -1);
  CHECK_INT(mc_model_output(model, 0)->size, 48);
  CHECK_INT(mc_model_gear_find(model, (int64_t[]){2}, 1), 0);
  CHECK_INT(mc_model_gear_find(model, (int64_t[]){3}, 1), 145013);
  CHECK_INT(mc_model_gear_find(model, (int64_t[]){2, 2}, 2), 145012);
  mc_shape shape;
  CHECK_INT(mc_model_gear_shape(model, (int64_t[]){2}, 1, true, 0, &shape), 0);
  CHECK_INT(shape.dims[0], 2);
  CHECK_TEXT(mc_model_soc_version(model), "Ascend910B3");
}

/* The gear comes in the extra input: 8-byte words where there is room, else 4-byte ones; else the largest. */
static void run_gear(mc_loaded *loaded, const void *gear, size_t gear_size, int64_t batch) {
  float x[12];
  for (int i = 0; i < 12; ++i) {
    x[i] = (float)i;
  }
  const mc_binding in[] = {bind(x, sizeof x), bind(gear, gear_size)};
  mc_binding out = {0};
  CHECK_INT(mc_loaded_run_host(loaded, in, 2, &out, 1), 0);
  CHECK_INT(out.shape.dims[0], batch);
  CHECK_INT(out.size, batch * 12);
  CHECK(((float *)out.address)[batch * 3 - 1] == (float)(batch * 3));
  free(out.address);
}

static void offline_gears_come_in_an_input(void) {
  mc_graph *graph = batch_graph();
  mc_model *model = compiled(graph, kBatch);
  check_batch_model(model);
  mc_loaded *loaded = loaded_with(model, NULL);
  run_gear(loaded, &(int64_t){2}, 8, 2);
  run_gear(loaded, &(int32_t){1}, 4, 1);
  run_gear(loaded, &(int64_t){77}, 8, 4);
  mc_loaded_unload(loaded);
  mc_model_release(model);
  mc_graph_destroy(graph);
}

static void session_gears_come_with_the_shapes(void) {
  mc_graph *graph = batch_graph();
  const char *const options[] = {"ge.inputShape", "x:-1,-1", "ge.dynamicDims", "2,3;4,5", "ge.dynamicNodeType", "1", NULL};
  mc_model *model = compiled(graph, options);
  CHECK_INT(mc_model_input_count(model), 1);
  CHECK_INT(mc_model_gear_kind(model), MC_GEAR_DIMS);
  CHECK_INT(mc_model_gear_find(model, (int64_t[]){4, 5}, 2), 0);
  mc_loaded *loaded = loaded_with(model, NULL);
  float x[20] = {0};
  mc_binding in = bind_shaped(x, sizeof x, DIMS(4, 5)), out = {0};
  CHECK_INT(mc_loaded_run_host(loaded, &in, 1, &out, 1), 0);
  CHECK_INT(out.shape.dims[1], 5);
  free(out.address);
  in.shape = DIMS(2, 5);
  out = (mc_binding){0};
  CHECK(mc_loaded_run_host(loaded, &in, 1, &out, 1) != 0);
  expect_report("no gear of the model");
  mc_loaded_unload(loaded);
  mc_model_release(model);
  mc_graph_destroy(graph);
}

static void expect_refused(const char *code, const char *const *options) {
  mc_graph *graph = batch_graph();
  mc_model *model = NULL;
  CHECK(mc_model_compile(graph, options, NULL, 0, &model) != 0);
  expect_report(code);
  mc_graph_destroy(graph);
}

#define REFUSED(code, ...) expect_refused(code, (const char *const[]){__VA_ARGS__, NULL})

static void wrong_gears_are_refused_by_code(void) {
  REFUSED("E10035", "input_shape", "x:-1,3", "dynamic_batch_size", "1");
  REFUSED("E10037", "input_shape", "x:-1,3", "dynamic_dims", "1,2;3");
  REFUSED("E10037", "input_shape", "x:-1,3", "dynamic_dims", "a;b");
  REFUSED("E10038", "input_shape", "x:-1,3", "dynamic_batch_size", "1,0");
  REFUSED("E10039", "input_shape", "x:-1,3", "dynamic_batch_size", "1,2,1");
  REFUSED("E10040", "input_shape", "x:2,3", "dynamic_batch_size", "1,2");
  REFUSED("E10009", "input_shape", "x:-1,3", "dynamic_batch_size", "1,2", "dynamic_dims", "1;2");
  REFUSED("E10018", "input_shape", "x:2,-1", "dynamic_batch_size", "1,2");
  REFUSED("E10001", "input_shape", "x:2,-1", "dynamic_image_size", "1,2;3,4");
  REFUSED("E10018", "input_shape", "x:2,-1", "input_format", "NCHW", "dynamic_image_size", "1,2;3,4");
  REFUSED("E10002", "input_shape", "z:2,3");
  REFUSED("E10002", "input_shape", "x:2,y");
  REFUSED("E10002", "input_shape", "x:2,3;x:2,3");
  REFUSED("E10002", "input_shape", "x");
  REFUSED("E10002", "input_shape", "x:-2");
  char many[1024] = "1";
  for (int i = 2; i <= 101; ++i) {
    snprintf(many + strlen(many), sizeof many - strlen(many), ",%d", i);
  }
  REFUSED("E10036", "input_shape", "x:-1,3", "dynamic_batch_size", many);
}

static void input_shapes_fix_and_bound_dims(void) {
  mc_graph *graph = batch_graph();
  mc_model *model = compiled(graph, (const char *const[]){"input_shape", "x:5,3", NULL});
  CHECK(mc_model_is_static(model));
  CHECK_INT(mc_model_output(model, 0)->size, 60);
  mc_model_release(model);
  model = compiled(graph, (const char *const[]){"input_shape", "x:1~4,3", NULL});
  CHECK(!mc_model_is_static(model));
  CHECK_INT(mc_model_input(model, 0)->upper.dims[0], 4);
  CHECK_INT(mc_model_input(model, 0)->size, 48);
  mc_loaded *loaded = loaded_with(model, NULL);
  float x[15] = {0};
  mc_binding in = bind_shaped(x, sizeof x, DIMS(5, 3)), out = {0};
  CHECK(mc_loaded_run_host(loaded, &in, 1, &out, 1) != 0);
  expect_report("has shape [5,3]");
  mc_loaded_unload(loaded);
  mc_model_release(model);
  /* Descriptions given at compile replace the graph's. */
  const mc_desc desc = {MC_FLOAT16, MC_FORMAT_ND, DIMS(7, 1)};
  CHECK(mc_model_compile(graph, NULL, &desc, 1, &model) != 0); /* x is float16 now, the constant is not */
  expect_report("'y'");
  const mc_desc seven = {MC_FLOAT, MC_FORMAT_ND, DIMS(7, 1)};
  CHECK_INT(mc_model_compile(graph, NULL, &seven, 1, &model), 0);
  CHECK_INT(mc_model_output(model, 0)->size, 28);
  mc_model_release(model);
  mc_graph_destroy(graph);
}

static void models_survive_the_container(void) {
  mc_graph *graph = batch_graph();
  mc_model *model = compiled(graph, kBatch), *restored = NULL;
  size_t size, again;
  char *bytes = mc_model_save(model, &size), *twice = mc_model_save(model, &again);
  CHECK(size == again && memcmp(bytes, twice, size) == 0);
  free(twice);
  CHECK_INT(mc_model_restore("memory", bytes, size, &restored), 0);
  check_batch_model(restored);
  twice = mc_model_save(restored, &again);
  CHECK(size == again && memcmp(bytes, twice, size) == 0);
  free(twice);
  mc_model_release(restored);

  CHECK_INT(mc_model_restore("memory", bytes, 10, &restored), 145006);
  expect_report("less than a model's header");
  CHECK_INT(mc_model_restore("memory", bytes, size - 1, &restored), 145006);
  expect_report("the header speaks of");
  char silicon[512] = "IMOD";
  CHECK_INT(mc_model_restore("memory", silicon, sizeof silicon, &restored), 500002);
  expect_report("build the model again from its .air or ONNX");
  char other[512] = "PK";
  CHECK_INT(mc_model_restore("memory", other, sizeof other, &restored), 500002);
  expect_report("magic number");

  random_state random = {5};
  for (size_t cut = 0; cut < size; cut += 1 + random_below(&random, 7)) {
    CHECK(mc_model_restore("memory", bytes, cut, &restored) != 0 && restored == NULL);
  }
  for (int round = 0; round < 3000; ++round) {
    char *mutated = malloc(size);
    memcpy(mutated, bytes, size);
    mutated[random_below(&random, size)] ^= (char)(1 << random_below(&random, 8));
    CHECK(mc_model_restore("memory", mutated, size, &restored) != 0 && restored == NULL); /* the checksums see every bit */
    free(mutated);
  }
  free(mc_report_take());
  free(bytes);
  mc_model_release(model);
  mc_graph_destroy(graph);
}

int main(void) {
  CHECK_INT(mc_device_set("test", 0), 0);
  offline_gears_come_in_an_input();
  session_gears_come_with_the_shapes();
  wrong_gears_are_refused_by_code();
  input_shapes_fix_and_bound_dims();
  models_survive_the_container();
  CHECK_INT(mc_device_reset("test", 0), 0);
  return 0;
}
