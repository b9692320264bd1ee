/* Editing graphs: what is refused leaves the graph as it was. */
#include "check.h"
#include "graph/ir.h"

static void editing_is_checked(void) {
  mc_graph *graph = mc_graph_create("g"), *other = mc_graph_create("h");
  mc_node *a = mc_graph_add_node(graph, "a", "Data", 0, 1);
  mc_node *b = mc_graph_add_node(graph, "b", "Add", 2, 1);
  mc_node *foreign = mc_graph_add_node(other, "a", "Data", 0, 1);
  CHECK(a != NULL && b != NULL && foreign != NULL);
  CHECK(mc_graph_add_node(graph, "a", "Relu", 1, 1) == NULL);
  CHECK_INT(graph->n_nodes, 2);

  CHECK(!mc_graph_connect(graph, foreign, 0, b, 0));
  CHECK(!mc_graph_connect(graph, a, 1, b, 0));
  CHECK(!mc_graph_connect(graph, a, 0, b, 2));
  CHECK(mc_graph_connect(graph, a, 0, b, 0));
  CHECK(!mc_graph_connect(graph, a, 0, b, 0)); /* connected already */
  CHECK(mc_graph_connect(graph, a, 0, b, 1));
  CHECK(mc_graph_connect_control(graph, a, b));
  CHECK(!mc_graph_connect_control(graph, a, b));
  CHECK(!mc_graph_connect_control(graph, a, a));
  CHECK(mc_graph_add_output(graph, b, 0));
  CHECK(!mc_graph_add_output(graph, b, 1));

  CHECK(!mc_node_rename(b, "a"));
  CHECK(mc_node_rename(b, "sum"));
  CHECK(mc_graph_find(graph, "sum") == b && mc_graph_find(graph, "b") == NULL);

  CHECK(mc_graph_remove(graph, a));
  CHECK(b->in[0].from == NULL && b->in[1].from == NULL);
  CHECK_INT(b->n_control, 0);
  CHECK(mc_graph_find(graph, "a") == NULL);
  CHECK(!mc_graph_remove(graph, foreign));
  CHECK(mc_graph_remove(graph, b));
  CHECK_INT(graph->n_outputs, 0);
  mc_graph_destroy(graph);
  mc_graph_destroy(other);
}

/* Random edges from lower to higher rank, nodes inserted in a shuffled order. */
static void sorting_puts_producers_first(void) {
  random_state random = {77};
  enum { N = 200 };
  for (int round = 0; round < 20; ++round) {
    mc_graph *graph = mc_graph_create("g");
    mc_node *nodes[N], *order[N];
    int rank[N];
    for (int i = 0; i < N; ++i) {
      rank[i] = i;
    }
    for (int i = N - 1; i > 0; --i) {
      const int j = (int)random_below(&random, (uint64_t)i + 1), swap = rank[i];
      rank[i] = rank[j];
      rank[j] = swap;
    }
    for (int i = 0; i < N; ++i) {
      char name[16];
      snprintf(name, sizeof name, "n%d", rank[i]);
      nodes[rank[i]] = mc_graph_add_node(graph, name, "Add", 2, 1);
    }
    for (int i = 1; i < N; ++i) {
      CHECK(mc_graph_connect(graph, nodes[random_below(&random, (uint64_t)i)], 0, nodes[i], 0));
      mc_graph_connect_control(graph, nodes[random_below(&random, (uint64_t)i)], nodes[i]);
    }
    CHECK(mc_graph_sort(graph, order));
    int position[N];
    for (int i = 0; i < N; ++i) {
      position[atoi(order[i]->name + 1)] = i;
    }
    for (int i = 1; i < N; ++i) {
      CHECK(position[atoi(nodes[i]->in[0].from->name + 1)] < position[i]);
      for (int c = 0; c < nodes[i]->n_control; ++c) {
        CHECK(position[atoi(nodes[i]->control[c]->name + 1)] < position[i]);
      }
    }
    CHECK(mc_graph_connect(graph, nodes[N - 1], 0, nodes[0], 0));
    CHECK(mc_graph_connect(graph, nodes[0], 0, nodes[N - 1], 1));
    CHECK(!mc_graph_sort(graph, order));
    mc_graph_destroy(graph);
  }
}

static void a_long_chain_is_no_problem(void) {
  enum { N = 50000 };
  mc_graph *graph = mc_graph_create("chain");
  mc_node *last = mc_graph_add_node(graph, "last", "Relu", 1, 1), *to = last;
  for (int i = 0; i < N; ++i) {
    char name[16];
    snprintf(name, sizeof name, "n%d", i);
    mc_node *from = mc_graph_add_node(graph, name, "Relu", 1, 1);
    CHECK(mc_graph_connect(graph, from, 0, to, 0));
    to = from;
  }
  mc_node **order = malloc((N + 1) * sizeof *order);
  CHECK(mc_graph_sort(graph, order));
  CHECK(order[0] == to && order[N] == last);
  free(order);
  mc_graph *copy = mc_graph_clone(graph);
  CHECK_INT(copy->n_nodes, N + 1);
  CHECK_TEXT(mc_graph_find(copy, "last")->in[0].from->name, "n0");
  mc_graph_destroy(copy);
  mc_graph_destroy(graph);
}

int main(void) {
  editing_is_checked();
  sorting_puts_producers_first();
  a_long_chain_is_no_problem();
  return 0;
}
