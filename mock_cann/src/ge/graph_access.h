/* The IR behind a ge::Graph, for the libraries that compile and import graphs. Exported by libgraph. */
#ifndef MC_GE_GRAPH_ACCESS_H
#define MC_GE_GRAPH_ACCESS_H

#include "graph/graph.h"
#include "graph/ir.h"

extern "C" {
/* NULL when the graph has no nodes yet (IsValid() is false). Belongs to the ge::Graph and lives as long as
 * any copy of it; calls that replace the content (loading, CopyFrom) replace this too. */
mc_graph *mc_graph_of(const ge::Graph &graph);

/* Makes `graph` the ge::Graph of `content` and takes it over. Copies made before keep what they had. */
void mc_graph_wrap(ge::Graph &graph, mc_graph *content);
}

#endif
