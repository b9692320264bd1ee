/* Operators become nodes. */
#ifndef MC_GE_GRAPH_ASSEMBLE_H
#define MC_GE_GRAPH_ASSEMBLE_H

#include "ge/graph/graph_impl.h"

namespace mc {
/* Adds every operator that is linked with `ops`, in either direction, and is no node of the graph yet, with
 * its edges and subgraphs. False after a report: an empty operator, a name that is taken, or no memory; a
 * graph without content stays without. */
MC_HIDDEN bool Assemble(const std::shared_ptr<ge::GraphImpl> &impl, const std::vector<ge::Operator> &ops);

/* Adds one operator without its links; NULL after a report. */
MC_HIDDEN mc_node *AddNode(mc_graph *graph, const ge::OperatorImpl &op);

/* The node an operator became; NULL when it is not in the graph (any more). */
MC_HIDDEN mc_node *NodeOf(const ge::GraphImpl &impl, const ge::Operator &op);

/* Makes the ends the graph's outputs, in this order: a NetOutput node takes them. Replaces earlier outputs.
 */
MC_HIDDEN bool SetOutputs(const std::shared_ptr<ge::GraphImpl> &impl, const std::vector<mc_graph_end> &ends);
}  // namespace mc

#endif
