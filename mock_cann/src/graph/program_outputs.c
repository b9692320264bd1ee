/* What a program gives: the inputs of its NetOutput, or the outputs the graph lists. */
#include <stdio.h>

#include "graph/program_build.h"

static void add_output(mc_builder *b, const mc_node *from, int port, const mc_node *net_output, int at) {
  mc_program *program = b->program;
  const int value = b->ports[mc_node_position(from)][port];
  if (value < 0) {
    if (b->errors == 0) {
      mc_builder_reject(b, net_output == NULL ? from : net_output, "gives no tensor");
    }
    return;
  }
  char name[400];
  const char *anchor = from->out[port].name;
  snprintf(name, sizeof name, "%s:%d%s%s", from->name, port, anchor == NULL ? "" : ":", anchor == NULL ? "" : anchor);
  program->output_io[at].name = mc_arena_strdup(&program->arena, name);
  program->outputs[at] = value;
}

/* Which output an input of a subgraph's NetOutput is of the operator that runs it. */
static int place_of(mc_builder *b, const mc_node *net_output, int index) {
  const mc_attr *attr = mc_attrs_find(&net_output->in[index].desc.attrs, "_parent_node_index");
  if (b->subgraph == NULL || attr == NULL || attr->kind != MC_ATTR_INT) {
    return index;
  }
  if (attr->i < 0 || attr->i >= net_output->n_in || b->program->output_io[attr->i].name != NULL) {
    mc_builder_reject(b, net_output, "does not number its inputs with '_parent_node_index' from 0 without gaps");
    return index;
  }
  return (int)attr->i;
}

static const mc_node *net_output_of(mc_builder *b) {
  const mc_node *found = NULL;
  for (int i = 0; i < b->graph->n_nodes; ++i) {
    if (mc_node_kind_of(b->graph->nodes[i]) == MC_NODE_OUTPUT) {
      if (found != NULL) {
        mc_builder_reject(b, b->graph->nodes[i], "is the second NetOutput; a graph has at most one");
      }
      found = b->graph->nodes[i];
    }
  }
  return found;
}

void mc_builder_outputs(mc_builder *b) {
  const mc_node *net_output = net_output_of(b);
  mc_program *program = b->program;
  for (int i = 0; net_output != NULL && i < net_output->n_in; ++i) {
    if (net_output->in[i].from == NULL) {
      mc_builder_reject(b, net_output, "has an unconnected input");
    } else {
      add_output(b, net_output->in[i].from, net_output->in[i].port, net_output, place_of(b, net_output, i));
    }
    program->n_outputs += 1;
  }
  for (int i = 0; net_output == NULL && i < b->graph->n_outputs; ++i) {
    add_output(b, b->graph->outputs[i].node, b->graph->outputs[i].port, NULL, program->n_outputs++);
  }
}
