/* Damaged graphs through the whole compiler: an error or a model that runs, never a crash. */
#include "graph_maker.h"

/* With `late`, a shape comes from an input: such a graph runs operator by operator. */
static mc_graph *seed_graph(bool late) {
  mc_graph *graph = mc_graph_create("seed");
  mc_node *x = make_input(graph, "x", 0, MC_FLOAT, DIMS(4, 6)), *s = make_input(graph, "s", 1, MC_INT64, DIMS(2));
  const float w[6] = {1, 2, 3, 4, 5, 6};
  const int64_t dims[] = {6, -1};
  const int32_t axis = 1;
  mc_node *bias = make_const(graph, "w", MC_FLOAT, DIMS(6), w);
  mc_node *sum = OP2(graph, "sum", "Add", x, bias);
  mc_node *relu = OP1(graph, "relu", "Relu", sum);
  mc_node *shape = make_const(graph, "dims", MC_INT64, DIMS(2), dims);
  mc_node *view = OP2(graph, "view", "Reshape", relu, shape);
  mc_node *cat = make_op(graph, "cat", "ConcatV2", 1, 3,
                         (mc_node *const[]){view, view, make_const(graph, "axis", MC_INT32, SCALAR, &axis)});
  mc_node *state = mc_graph_add_node(graph, "state", "Variable", 1, 1);
  state->out[0].desc.desc = (mc_desc){MC_FLOAT, MC_FORMAT_ND, DIMS(6)};
  mc_node *assign = OP2(graph, "assign", "Assign", state, bias);
  mc_node *outputs[] = {cat, OP1(graph, "n", "Neg", view), assign, relu, OP2(graph, "last", "Reshape", x, late ? s : shape)};
  CHECK(make_op(graph, "Node_Output", "NetOutput", 0, 5, outputs) != NULL);
  CHECK(mc_graph_connect_control(graph, sum, assign));
  return graph;
}

/* True when it compiled and ran. */
static bool try_model(const mc_graph *graph) {
  bool ran = false;
  mc_model *model = NULL;
  if (mc_model_compile(graph, NULL, NULL, 0, &model) != 0) {
    char *text = mc_report_take();
    CHECK(text != NULL); /* refused, and said why */
    free(text);
    return false;
  }
  mc_loaded *loaded = NULL;
  const mc_load_config config = {0};
  if (mc_model_load(model, &config, &loaded) == 0) {
    static int64_t bytes[512];
    mc_binding in[4], out[8] = {{0}};
    const int n_in = mc_model_input_count(model), n_out = mc_model_output_count(model);
    bool small = n_in <= 4 && n_out <= 8;
    for (int i = 0; i < n_in && small; ++i) {
      in[i] = bind(bytes, sizeof bytes);
      small = mc_model_input(model, i)->size <= (int64_t)sizeof bytes;
    }
    if (small && mc_loaded_run_host(loaded, in, n_in, out, n_out) == 0) {
      ran = true;
      for (int i = 0; i < n_out; ++i) {
        free(out[i].address);
      }
    }
  }
  mc_loaded_unload(loaded);
  mc_model_release(model);
  free(mc_report_take());
  return ran;
}

static void damage(uint8_t *bytes, size_t *size, random_state *random) {
  for (uint64_t n = random_below(random, 3) + 1; n > 0; --n) {
    const size_t at = random_below(random, *size);
    switch (random_below(random, 4)) {
    case 0:
      bytes[at] = (uint8_t)random_next(random);
      break;
    case 1:
      bytes[at] ^= (uint8_t)(1u << random_below(random, 8));
      break;
    case 2:
      bytes[at] = (uint8_t)random_below(random, 8);
      break;
    default:
      *size -= 1;
      memmove(&bytes[at], &bytes[at + 1], *size - at);
    }
  }
}

static void damaged_graphs_never_crash(bool late) {
  mc_graph *graph = seed_graph(late);
  size_t size;
  uint8_t *bytes = mc_graph_serialize(graph, &size), *mutated = malloc(size);
  random_state random = {31337};
  int ran = 0;
  CHECK(late || try_model(graph));
  for (int round = 0; round < 2500; ++round) {
    size_t left = size;
    char why[256];
    memcpy(mutated, bytes, size);
    damage(mutated, &left, &random);
    mc_graph *damaged = mc_graph_parse(mutated, left, NULL, why);
    if (damaged != NULL) {
      ran += try_model(damaged);
    }
    mc_graph_destroy(damaged);
  }
  CHECK(late || ran > 100); /* otherwise the executor was never tried */
  free(mutated);
  free(bytes);
  mc_graph_destroy(graph);
}

int main(void) {
  CHECK_INT(mc_device_set("test", 0), 0);
  damaged_graphs_never_crash(false);
  damaged_graphs_never_crash(true);
  CHECK_INT(mc_device_reset("test", 0), 0);
  return 0;
}
