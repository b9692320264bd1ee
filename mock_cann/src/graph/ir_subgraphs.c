/* Which subgraphs of a root are run by whom. */
#include <stdlib.h>
#include <string.h>

#include "graph/ir.h"

void mc_graph_mark_reached(const mc_graph *graph, const mc_graph *root, bool *reached) {
  for (int i = 0; i < graph->n_nodes; ++i) {
    for (int s = 0; s < graph->nodes[i]->n_subgraphs; ++s) {
      for (int at = 0; at < root->n_subgraphs; ++at) {
        if (!reached[at] && strcmp(root->subgraphs[at]->name, graph->nodes[i]->subgraphs[s]) == 0) {
          reached[at] = true;
          mc_graph_mark_reached(root->subgraphs[at], root, reached);
        }
      }
    }
  }
}

void mc_graph_drop_unreached(mc_graph *root) {
  bool *reached = calloc((size_t)root->n_subgraphs + 1, sizeof *reached);
  if (reached == NULL) {
    return; /* they cost memory, nothing else */
  }
  mc_graph_mark_reached(root, root, reached);
  int kept = 0;
  for (int i = 0; i < root->n_subgraphs; ++i) {
    if (reached[i]) {
      root->subgraphs[kept++] = root->subgraphs[i];
    } else {
      mc_graph_destroy(root->subgraphs[i]);
    }
  }
  root->n_subgraphs = kept;
  free(reached);
}
