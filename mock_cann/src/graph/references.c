/* Which variables an operator updates: those that are connected to inputs its results are references of. */
#include <string.h>

#include "graph/program_build.h"

/* Word `index` of a prototype string; its length, 0 when there are fewer. */
static size_t word_at(const char *words, int index, const char **word) {
  for (;;) {
    words += strspn(words, " ");
    const size_t length = strcspn(words, " ");
    if (length == 0 || index-- == 0) {
      *word = words;
      return length;
    }
    words += length;
  }
}

static bool same(const char *word, size_t length, const char *name) {
  return name != NULL && strlen(name) == length && strncmp(word, name, length) == 0;
}

/* The anchor that output `output` is a reference of, by the name that both have; -1: none. */
static int anchor_of(const mc_node *node, const mc_op_def *def, int output) {
  const char *name = NULL, *input = NULL;
  const size_t length = word_at(def->outputs, output, &name);
  for (int i = 0; length > 0 && i < node->n_in; ++i) {
    if (same(name, length, node->in[i].name)) {
      return i;
    }
  }
  for (int i = 0; length > 0 && i < node->n_in; ++i) {
    if (node->in[i].name == NULL && word_at(def->inputs, i, &input) == length && strncmp(name, input, length) == 0) {
      return i;
    }
  }
  return -1;
}

int mc_updated_input(const mc_node *node, const mc_op_def *def, int output) {
  int anchor = -1;
  if (def != NULL && (def->flags & MC_OP_REFS) != 0) {
    anchor = anchor_of(node, def, output);
  } else if (def != NULL && (def->flags & MC_OP_REF) != 0 && output == 0) {
    anchor = 0;
  }
  const mc_node *ref = anchor < 0 || anchor >= node->n_in ? NULL : node->in[anchor].from;
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
