/* Which variables an operator updates: those that are connected to inputs its results are references of. */
#include <string.h>

#include "graph/program_build.h"

int mc_updated_input(const mc_node *node, const mc_op_def *def, int output) {
  const int anchor = def != NULL && (def->flags & MC_OP_REF) != 0 ? mc_prototype_twin(node, def, output) : -1;
  const mc_node *ref = anchor < 0 ? NULL : node->in[anchor].from;
  const bool variable =
      ref != NULL && (mc_node_kind_of(ref) == MC_NODE_VARIABLE || strcmp(ref->type, "RefData") == 0);
  return variable ? anchor : -1;
}

void mc_builder_assign_results(mc_builder *b, const mc_node *node, const mc_op_def *def, const int *in, int out) {
  const int declared = mc_prototype_count(def->outputs);
  for (int i = 0; i < declared; ++i) {
    const int updated = mc_updated_input(node, def, i);
    if (updated >= 0) {
      mc_builder_set_inputs(b, mc_builder_op(b, node, MC_PROG_ASSIGN, 0), (int[]){in[updated], out + i}, 2);
      if (i < node->n_out) {
        b->ports[mc_node_position(node)][i] = in[updated];
      }
    }
  }
}
