/* What compiling costs, counted in basic blocks that run: twice the nodes, twice the blocks. The graph layer is compiled
 * into this program with a counter at every block, so the count is the same on every machine. */
#include "graph_maker.h"

static uint64_t blocks;

void __sanitizer_cov_trace_pc(void);
void __attribute__((no_sanitize_coverage)) __sanitizer_cov_trace_pc(void) { ++blocks; }

typedef enum shape_kind { BLOCKS, CHAIN, FAN } shape_kind;

/* Residual blocks of products, softmaxes and elementwise operators; a chain of elementwise ones; or many readers of one. */
static mc_graph *network(shape_kind kind, int nodes) {
  static const float kWeights[16] = {0};
  mc_graph *graph = mc_graph_create("net");
  mc_node *x = make_input(graph, "x", 0, MC_FLOAT, DIMS(4, 4)), *first = x;
  mc_node *w = make_const(graph, "w", MC_FLOAT, DIMS(4, 4), kWeights);
  for (int i = 0; graph->n_nodes < nodes; ++i) {
    char name[5][32];
    for (int k = 0; k < 5; ++k) {
      snprintf(name[k], sizeof name[k], "n%d_%d", i, k);
    }
    if (kind == CHAIN) {
      x = OP1(graph, name[0], i % 7 == 6 ? "SoftmaxV2" : "Relu", x);
    } else if (kind == FAN) {
      x = OP2(graph, name[1], "Add", OP1(graph, name[0], "Sqrt", first), x);
    } else {
      mc_node *product = OP2(graph, name[0], "MatMulV2", x, w);
      mc_node *active = OP1(graph, name[1], "Relu", OP2(graph, name[2], "Mul", product, x));
      x = OP2(graph, name[4], "Add", OP1(graph, name[3], "SoftmaxV2", active), x);
    }
  }
  CHECK(mc_graph_add_output(graph, x, 0));
  return graph;
}

static uint64_t cost(shape_kind kind, int nodes) {
  mc_graph *graph = network(kind, nodes);
  size_t size;
  char why[256];
  blocks = 0;
  void *bytes = mc_graph_serialize(graph, &size);
  mc_graph *again = mc_graph_parse(bytes, size, NULL, why);
  CHECK(again != NULL);
  mc_model_release(compiled(again, NULL));
  const uint64_t counted = blocks;
  mc_graph_destroy(graph);
  mc_graph_destroy(again);
  free(bytes);
  return counted;
}

int main(void) {
  static const char *const kNames[] = {"blocks", "chain", "fan"};
  for (shape_kind kind = BLOCKS; kind <= FAN; ++kind) {
    uint64_t last = 0;
    for (int nodes = 500; nodes <= 4000; nodes *= 2) {
      const uint64_t now = cost(kind, nodes);
      printf("%s: %d nodes, %.1f blocks a node\n", kNames[kind], nodes, (double)now / nodes);
      CHECK(now > 0);
      CHECK(last == 0 || (double)now <= 2.1 * (double)last); /* sorting may cost its logarithm */
      last = now;
    }
  }
  return 0;
}
