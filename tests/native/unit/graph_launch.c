/* Loaded models on streams: device memory in and out, variables, and every way to hand over a bad address. */
#include <pthread.h>

#include "graph_maker.h"

static void *device_memory(size_t size) {
  void *address = NULL;
  CHECK_INT(mc_device_malloc("test", size, 0, &address), 0);
  return address;
}

static float *view(void *address, size_t size) {
  void *result = NULL;
  char why[192];
  CHECK_INT(mc_memory_view(address, size, &result, why), 0);
  return result;
}

static mc_binding on_device(void *address, size_t size) {
  return (mc_binding){.address = address, .size = size, .shape = {.rank = MC_RANK_UNKNOWN}};
}

static void free_all(mc_graph *graph, mc_model *model, mc_loaded *loaded) {
  mc_loaded_unload(loaded);
  mc_model_release(model);
  mc_graph_destroy(graph);
}

/* y = relu(x) + w over 4 floats; the last pieces of work memory and constants on the device. */
static mc_graph *small_graph(void) {
  mc_graph *graph = mc_graph_create("small");
  mc_node *x = make_input(graph, "x", 0, MC_FLOAT, DIMS(4));
  const float w[] = {100, 200, 300, 400};
  mc_node *weight = make_const(graph, "w", MC_FLOAT, DIMS(4), w);
  CHECK(mc_graph_add_output(graph, OP2(graph, "y", "Add", OP1(graph, "relu", "Relu", x), weight), 0));
  return graph;
}

static void launches_run_in_order(mc_stream *stream) {
  mc_graph *graph = small_graph();
  mc_model *model = compiled(graph, NULL);
  CHECK(mc_model_const_size(model) >= 16);
  mc_loaded *loaded = loaded_with(model, NULL);
  void *x = device_memory(16), *y = device_memory(16);
  memcpy(view(x, 16), (float[]){-1, 2, -3, 4}, 16);
  const mc_binding in = on_device(x, 16);
  mc_binding out = on_device(y, 16);
  for (int i = 0; i < 1000; ++i) {
    CHECK_INT(mc_loaded_launch(loaded, stream, &in, 1, &out, 1, NULL, NULL), 0);
  }
  CHECK_INT(out.shape.dims[0], 4);
  /* A host input may be changed as soon as the call returned. */
  float host[] = {1, 1, 1, 1};
  const mc_binding host_in = bind(host, 16);
  void *z = device_memory(16);
  mc_binding host_out = on_device(z, 16);
  CHECK_INT(mc_loaded_launch(loaded, stream, &host_in, 1, &host_out, 1, NULL, NULL), 0);
  memset(host, 0, sizeof host);
  CHECK_INT(mc_stream_synchronize("test", stream, -1), 0);
  CHECK(memcmp(view(y, 16), (float[]){100, 202, 300, 404}, 16) == 0);
  CHECK(memcmp(view(z, 16), (float[]){101, 201, 301, 401}, 16) == 0);

  /* Unloading waits for what is queued. */
  CHECK_INT(mc_loaded_launch(loaded, stream, &in, 1, &out, 1, NULL, NULL), 0);
  free_all(graph, model, loaded);
  CHECK_INT(mc_stream_synchronize("test", stream, -1), 0);
  mc_device_free("test", x);
  mc_device_free("test", y);
  mc_device_free("test", z);
}

static void expect_failure(mc_stream *stream, int status, const char *part) {
  CHECK_INT(mc_stream_synchronize("test", stream, -1), status);
  expect_report(part);
}

static void bad_addresses_fail_the_stream_by_name(mc_stream *stream) {
  mc_graph *graph = small_graph();
  mc_model *model = compiled(graph, NULL);
  mc_loaded *loaded = loaded_with(model, NULL);
  void *x = device_memory(16), *y = device_memory(16);
  const mc_binding good_in = on_device(x, 16);
  mc_binding good_out = on_device(y, 16), null_out = on_device(NULL, 16);
  CHECK_INT(mc_loaded_launch(loaded, stream, &good_in, 1, &null_out, 1, NULL, NULL), 0);
  expect_failure(stream, MC_RT_DEVICE_MEMORY, "output 'y:0'");
  mc_device_free("test", x);
  CHECK_INT(mc_loaded_launch(loaded, stream, &good_in, 1, &good_out, 1, NULL, NULL), 0);
  expect_failure(stream, MC_RT_DEVICE_MEMORY, "input 'x'");
  /* Too small is said at once. */
  mc_binding small = on_device(y, 16);
  mc_graph *larger = mc_graph_create("larger");
  CHECK(mc_graph_add_output(larger, OP1(larger, "n", "Neg", make_input(larger, "x", 0, MC_FLOAT, DIMS(100))), 0));
  mc_model *larger_model = compiled(larger, NULL);
  mc_loaded *larger_loaded = loaded_with(larger_model, NULL);
  CHECK(mc_loaded_launch(larger_loaded, stream, &small, 1, &good_out, 1, NULL, NULL) != 0);
  expect_report("has 16 bytes, 400 are needed");
  mc_device_free("test", y);
  free_all(larger, larger_model, larger_loaded);
  free_all(graph, model, loaded);
}

static void a_model_on_two_streams_at_once_is_refused(mc_stream *stream) {
  mc_stream *other = NULL;
  CHECK_INT(mc_stream_create("test", 0, 0, &other), 0);
  mc_graph *graph = small_graph();
  mc_model *model = compiled(graph, NULL);
  mc_loaded *loaded = loaded_with(model, NULL), *second = loaded_with(model, NULL);
  void *x = device_memory(16), *y = device_memory(16), *z = device_memory(16);
  const mc_binding in = on_device(x, 16);
  mc_binding out = on_device(y, 16), elsewhere = on_device(z, 16);
  CHECK_INT(mc_loaded_launch(loaded, stream, &in, 1, &out, 1, NULL, NULL), 0);
  CHECK_INT(mc_loaded_launch(loaded, other, &in, 1, &elsewhere, 1, NULL, NULL), 0);
  char streams[64];
  snprintf(streams, sizeof streams, "in use on stream %d when it was launched on stream %d", mc_stream_id(stream),
           mc_stream_id(other));
  expect_failure(other, MC_RT_MODEL_EXECUTE, streams);
  CHECK_INT(mc_stream_synchronize("test", stream, -1), 0);
  /* Synchronizing in between orders them; another loaded instance needs no order. */
  CHECK_INT(mc_loaded_launch(loaded, stream, &in, 1, &out, 1, NULL, NULL), 0);
  CHECK_INT(mc_loaded_launch(second, other, &in, 1, &elsewhere, 1, NULL, NULL), 0);
  CHECK_INT(mc_stream_synchronize("test", stream, -1), 0);
  CHECK_INT(mc_stream_synchronize("test", other, -1), 0);
  CHECK_INT(mc_loaded_launch(loaded, other, &in, 1, &elsewhere, 1, NULL, NULL), 0);
  CHECK_INT(mc_stream_synchronize("test", other, -1), 0);
  mc_device_free("test", x);
  mc_device_free("test", y);
  mc_device_free("test", z);
  mc_loaded_unload(second);
  free_all(graph, model, loaded);
  CHECK_INT(mc_stream_destroy("test", other), 0);
}

static mc_node *make_variable(mc_graph *graph, const char *name) {
  mc_node *node = mc_graph_add_node(graph, name, "Variable", 1, 1);
  node->out[0].desc.desc = (mc_desc){MC_FLOAT, MC_FORMAT_ND, DIMS(2)};
  return node;
}

/* One graph assigns, another reads what it left; before that, reading names the variable. */
static void variables_live_in_their_store(mc_stream *stream) {
  mc_variables *store = mc_variables_create();
  mc_graph *writer = mc_graph_create("writer"), *reader = mc_graph_create("reader");
  mc_node *value = make_input(writer, "v", 0, MC_FLOAT, DIMS(2));
  mc_node *assign = OP2(writer, "assign", "Assign", make_variable(writer, "state"), value);
  CHECK(assign != NULL);
  mc_node *state = make_variable(reader, "state");
  /* old = state; state = state + 1 after old was read; new = state. */
  const float one[] = {1, 1};
  mc_node *old = OP1(reader, "old", "Identity", state);
  mc_node *more = OP2(reader, "more", "Add", old, make_const(reader, "one", MC_FLOAT, DIMS(2), one));
  mc_node *update = OP2(reader, "update", "Assign", state, more);
  CHECK(mc_graph_connect_control(reader, old, update));
  CHECK(mc_graph_add_output(reader, old, 0) && mc_graph_add_output(reader, update, 0));
  mc_model *write_model = compiled(writer, NULL), *read_model = compiled(reader, NULL);
  mc_loaded *write = loaded_with(write_model, store), *read = loaded_with(read_model, store);
  void *memory = device_memory(64);
  mc_binding out[2] = {on_device(memory, 8), on_device((char *)memory + 32, 8)};
  CHECK_INT(mc_loaded_launch(read, stream, NULL, 0, out, 2, NULL, NULL), 0);
  expect_failure(stream, MC_RT_MODEL_EXECUTE, "variable 'state' is read but was never assigned");
  const float v[] = {7, 8};
  const mc_binding in = bind(v, 8);
  CHECK_INT(mc_loaded_launch(write, stream, &in, 1, NULL, 0, NULL, NULL), 0);
  for (int i = 0; i < 3; ++i) {
    CHECK_INT(mc_loaded_launch(read, stream, NULL, 0, out, 2, NULL, NULL), 0);
    CHECK_INT(mc_stream_synchronize("test", stream, -1), 0);
    const float *results = view(memory, 64);
    CHECK(results[0] == 7 + (float)i && results[1] == 8 + (float)i);
    CHECK(results[8] == 8 + (float)i && results[9] == 9 + (float)i);
  }
  mc_device_free("test", memory);
  free_all(writer, write_model, write);
  free_all(reader, read_model, read);
  mc_variables_destroy(store);
}

static void initial_values_count_at_first_use(mc_stream *stream) {
  mc_graph *graph = mc_graph_create("init");
  mc_node *state = make_variable(graph, "state");
  const float v[] = {3, 4};
  set_tensor(state, "value", MC_FLOAT, DIMS(2), v);
  CHECK(mc_graph_add_output(graph, OP1(graph, "neg", "Neg", state), 0));
  mc_model *model = compiled(graph, NULL);
  mc_loaded *loaded = loaded_with(model, NULL);
  void *memory = device_memory(8);
  mc_binding out = on_device(memory, 8);
  CHECK_INT(mc_loaded_launch(loaded, stream, NULL, 0, &out, 1, NULL, NULL), 0);
  CHECK_INT(mc_stream_synchronize("test", stream, -1), 0);
  CHECK(view(memory, 8)[0] == -3 && view(memory, 8)[1] == -4);
  mc_device_free("test", memory);
  free_all(graph, model, loaded);
}

/* An allocator that counts, over engine memory. */
typedef struct counter {
  int allocated, freed;
} counter;

static void *counted_allocate(void *self, size_t size, void **address) {
  ((counter *)self)->allocated += 1;
  *address = device_memory(size);
  return *address;
}

static void counted_free(void *self, void *block) {
  ((counter *)self)->freed += 1;
  CHECK_INT(mc_device_free("test", block), 0);
}

static void dynamic_outputs_come_from_the_allocator(mc_stream *stream) {
  mc_graph *graph = mc_graph_create("dynamic");
  mc_node *x = make_input(graph, "x", 0, MC_FLOAT, DIMS(-1));
  CHECK(mc_graph_add_output(graph, OP1(graph, "n", "Neg", x), 0));
  mc_model *model = compiled(graph, NULL);
  mc_loaded *loaded = loaded_with(model, NULL);
  counter count = {0, 0};
  const mc_allocator allocator = {.self = &count, .allocate = counted_allocate, .free = counted_free};
  float v[50];
  for (int n = 1; n <= 50; n += 7) {
    for (int i = 0; i < n; ++i) {
      v[i] = (float)(i + n);
    }
    const mc_binding in = bind_shaped(v, (size_t)n * 4, DIMS(n));
    mc_binding out = {0};
    void *block = NULL;
    CHECK_INT(mc_loaded_launch(loaded, stream, &in, 1, &out, 1, &allocator, &block), 0);
    CHECK(block != NULL && out.address != NULL);
    CHECK_INT(out.shape.dims[0], n);
    CHECK_INT(out.size, n * 4);
    CHECK_INT(mc_stream_synchronize("test", stream, -1), 0);
    CHECK(view(out.address, out.size)[n - 1] == -(float)(n - 1 + n));
    counted_free(&count, block);
  }
  CHECK_INT(count.allocated, count.freed);
  const mc_binding short_in = bind_shaped(v, 200, DIMS(50));
  void *memory = device_memory(64);
  mc_binding small = on_device(memory, 64);
  CHECK(mc_loaded_launch(loaded, stream, &short_in, 1, &small, 1, NULL, NULL) != 0);
  expect_report("has 64 bytes, 200 are needed");
  mc_device_free("test", memory);
  free_all(graph, model, loaded);
}

/* One model, a loaded instance and a stream per thread, more shapes than the plan cache holds. */
static void *run_shapes(void *arg) {
  mc_model *model = arg;
  mc_stream *stream = NULL;
  CHECK_INT(mc_device_set("test", 0), 0);
  CHECK_INT(mc_stream_create("test", 0, 0, &stream), 0);
  mc_loaded *loaded = loaded_with(model, NULL);
  void *memory = device_memory(4096);
  float v[100];
  for (int round = 0; round < 120; ++round) {
    const int n = 1 + round * 7 % 23;
    for (int i = 0; i < n; ++i) {
      v[i] = (float)(i - round);
    }
    const mc_binding in = bind_shaped(v, (size_t)n * 4, DIMS(n, 1));
    mc_binding out = on_device(memory, 4096);
    CHECK_INT(mc_loaded_launch(loaded, stream, &in, 1, &out, 1, NULL, NULL), 0);
    CHECK_INT(mc_stream_synchronize("test", stream, -1), 0);
    const float *y = view(memory, 4096);
    for (int i = 0; i < n; ++i) {
      for (int k = 0; k < 3; ++k) {
        CHECK(y[i * 3 + k] == 2 * ((float)(i - round) + (float)k));
      }
    }
  }
  mc_loaded_unload(loaded);
  mc_device_free("test", memory);
  CHECK_INT(mc_stream_destroy("test", stream), 0);
  CHECK_INT(mc_device_reset("test", 0), 0);
  return NULL;
}

static void threads_share_a_model(void) {
  mc_graph *graph = mc_graph_create("shared");
  mc_node *x = make_input(graph, "x", 0, MC_FLOAT, DIMS(-1, 1));
  const float k[] = {0, 1, 2};
  mc_node *sum = OP2(graph, "sum", "Add", x, make_const(graph, "k", MC_FLOAT, DIMS(3), k));
  CHECK(mc_graph_add_output(graph, OP2(graph, "twice", "Add", sum, sum), 0));
  mc_model *model = compiled(graph, NULL);
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) {
    CHECK_INT(pthread_create(&threads[i], NULL, run_shapes, model), 0);
  }
  for (int i = 0; i < 4; ++i) {
    pthread_join(threads[i], NULL);
  }
  mc_model_release(model);
  mc_graph_destroy(graph);
}

int main(void) {
  CHECK_INT(mc_device_set("test", 0), 0);
  mc_stream *stream = NULL;
  CHECK_INT(mc_stream_create("test", 0, 0, &stream), 0);
  launches_run_in_order(stream);
  bad_addresses_fail_the_stream_by_name(stream);
  a_model_on_two_streams_at_once_is_refused(stream);
  variables_live_in_their_store(stream);
  initial_values_count_at_first_use(stream);
  dynamic_outputs_come_from_the_allocator(stream);
  threads_share_a_model();
  CHECK_INT(mc_stream_destroy("test", stream), 0);
  CHECK_INT(mc_device_reset("test", 0), 0);
  return 0;
}
