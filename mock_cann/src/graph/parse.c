/* ModelDef bytes into a graph: nodes first, then edges by name, then subgraphs are checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/codec.h"

/* Splits "node:port" at the last colon. Returns false when there is no colon: an unconnected input. */
static bool split_end(char *text, int64_t *port) {
  char *colon = strrchr(text, ':');
  if (colon == NULL) {
    return false;
  }
  char *end;
  *port = strtoll(colon + 1, &end, 10);
  if (end == colon + 1 || *end != 0) {
    return false;
  }
  *colon = 0;
  return true;
}

static void connect_input(mc_wire *wire, mc_graph *graph, mc_node *node, char *text, int *index) {
  int64_t port = 0;
  if (!split_end(text, &port)) {
    *index += 1;
    return;
  }
  mc_node *from = mc_graph_find(graph, text);
  if (from == NULL) {
    mc_wire_fail(wire, "node '%.60s' takes an input from '%.60s', which is not in graph '%.40s'", node->name, text,
                 graph->name);
  } else if (port == -1) {
    mc_graph_connect_control(graph, from, node); /* a repeated control edge adds nothing */
  } else if (port > INT32_MAX || !mc_graph_connect(graph, from, (int)port, node, (*index)++)) {
    mc_wire_fail(wire, "node '%.50s' takes output %lld of '%.50s', which has %d outputs", node->name,
                 (long long)port, from->name, from->n_out);
  }
}

static void connect_node(mc_reader reader, mc_graph *graph, mc_node *node) {
  int index = 0;
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    if (field.number == 5) {
      char *text = mc_read_string(&reader, &field);
      if (text != NULL) {
        connect_input(reader.wire, graph, node, text, &index);
      }
      free(text);
    }
  }
}

static void read_output(const mc_reader *reader, const mc_field *field, mc_graph *graph) {
  char *text = mc_read_string(reader, field);
  int64_t port = 0;
  if (text != NULL) {
    const bool has_port = split_end(text, &port);
    mc_node *node = mc_graph_find(graph, text);
    if (node == NULL || port < 0 || port >= node->n_out) {
      mc_wire_fail(reader->wire, "graph '%.50s' has the output '%.60s' (port %lld), which does not exist",
                   graph->name, text, has_port ? (long long)port : 0);
    } else if (!mc_graph_add_output(graph, node, (int)port)) {
      mc_wire_fail(reader->wire, "out of memory");
    }
  }
  free(text);
}

/* `NetOutput` is the graph's outputs where the message lists none. */
static void outputs_of_net_output(mc_wire *wire, mc_graph *graph) {
  for (int i = 0; i < graph->n_nodes && graph->n_outputs == 0; ++i) {
    const mc_node *node = graph->nodes[i];
    for (int input = 0; strcmp(node->type, "NetOutput") == 0 && input < node->n_in; ++input) {
      if (node->in[input].from != NULL && !mc_graph_add_output(graph, node->in[input].from, node->in[input].port)) {
        mc_wire_fail(wire, "out of memory");
      }
    }
  }
}

static mc_graph *read_graph(mc_reader reader) {
  mc_graph *graph = mc_graph_create("");
  if (graph == NULL) {
    mc_wire_fail(reader.wire, "out of memory");
    return NULL;
  }
  mc_field field;
  for (mc_reader pass = reader; mc_read_field(&pass, &field);) {
    if (field.number == 1) {
      char *name = mc_read_string(&pass, &field);
      if (name != NULL) {
        free(graph->name);
        graph->name = name;
      }
    } else if (field.number == 6) {
      mc_decode_node(mc_read_message(&pass, &field), graph);
    } else if (field.number == 11) {
      mc_decode_attr_entry(mc_read_message(&pass, &field), &graph->attrs);
    }
  }
  int index = 0;
  for (mc_reader pass = reader; mc_read_field(&pass, &field);) {
    if (field.number == 6) {
      connect_node(mc_read_message(&pass, &field), graph, graph->nodes[index++]);
    } else if (field.number == 5) {
      read_output(&pass, &field, graph);
    } else if (field.number == 4) {
      char *text = mc_read_string(&pass, &field);
      int64_t port;
      if (text != NULL && split_end(text, &port) && mc_graph_find(graph, text) == NULL) {
        mc_wire_fail(pass.wire, "graph '%.60s' has the input '%.60s', which does not exist", graph->name, text);
      }
      free(text);
    }
  }
  outputs_of_net_output(reader.wire, graph);
  return graph;
}

static void check_subgraphs(mc_wire *wire, const mc_graph *root, const mc_graph *graph) {
  for (int i = 0; i < graph->n_nodes; ++i) {
    const mc_node *node = graph->nodes[i];
    for (int s = 0; s < node->n_subgraphs; ++s) {
      if (mc_graph_subgraph(root, node->subgraphs[s]) == NULL) {
        mc_wire_fail(wire, "node '%.60s' needs the subgraph '%.60s', which is not in the model", node->name,
                     node->subgraphs[s]);
      }
    }
  }
}

static mc_graph *read_model(mc_reader reader) {
  mc_graph *root = NULL;
  mc_attrs attrs = {0};
  mc_field field;
  while (mc_read_field(&reader, &field)) {
    if (field.number == 11) {
      mc_decode_attr_entry(mc_read_message(&reader, &field), &attrs);
    } else if (field.number == 7) {
      mc_graph *graph = read_graph(mc_read_message(&reader, &field));
      if (root == NULL) {
        root = graph;
      } else if (graph != NULL && !mc_graph_add_subgraph(root, graph)) {
        mc_wire_fail(reader.wire, "the model has two subgraphs named '%.100s'", graph->name);
        mc_graph_destroy(graph);
      }
    }
  }
  if (root == NULL) {
    mc_wire_fail(reader.wire, "the model holds no graph");
    mc_attrs_free(&attrs);
    return NULL;
  }
  root->model_attrs = attrs;
  if (root->n_subgraphs > 0) {
    check_subgraphs(reader.wire, root, root);
    for (int i = 0; i < root->n_subgraphs; ++i) {
      check_subgraphs(reader.wire, root, root->subgraphs[i]);
    }
  }
  return root;
}

mc_graph *mc_graph_parse(const void *bytes, size_t size, const char *directory, char why[256]) {
  mc_wire wire = {0};
  mc_graph *graph = read_model(mc_reader_of(&wire, bytes, size));
  if (wire.failed) {
    snprintf(why, 256, "not a valid graph: %s", wire.why);
    mc_graph_destroy(graph);
    return NULL;
  }
  bool complete = mc_read_external_weights(graph, directory, why);
  for (int i = 0; complete && i < graph->n_subgraphs; ++i) {
    complete = mc_read_external_weights(graph->subgraphs[i], directory, why);
  }
  if (!complete) {
    mc_graph_destroy(graph);
    return NULL;
  }
  return graph;
}
