/*
 * The graph as GE means it: nodes with typed anchors, data and control edges, attributes, subgraphs. Mutable, owned by
 * one thread at a time; the compiler reads it and keeps nothing of it. The serialized form is the ModelDef protobuf.
 */
#ifndef MC_GRAPH_IR_H
#define MC_GRAPH_IR_H

#include "base/attr.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mc_node mc_node;
typedef struct mc_graph mc_graph;

/* A tensor description of an anchor, with what the serialized form carries beside dtype, format and shape. */
typedef struct mc_tensor_desc {
  char *name;         /* may be NULL */
  mc_desc desc;       /* storage dtype, format, shape */
  int origin_format;
  mc_shape origin_shape;
  bool origin_shape_set;
  int64_t size;       /* TensorDescriptor.size */
  mc_attrs attrs;     /* other attributes, kept */
} mc_tensor_desc;

typedef struct mc_input {
  char *name;    /* GE input name ("x", "x0" ...); may be NULL in files that carry none */
  mc_node *from; /* NULL: unconnected */
  int port;
  mc_tensor_desc desc;
} mc_input;

typedef struct mc_output {
  char *name;
  mc_tensor_desc desc;
} mc_output;

struct mc_node {
  char *name, *type;
  mc_graph *graph;
  mc_input *in;
  mc_output *out;
  int n_in, n_out;
  mc_node **control; /* nodes that must run before */
  int n_control;
  char **subgraphs; /* names */
  int n_subgraphs;
  mc_attrs attrs; /* without the reserved index maps, which are rebuilt on save */
  /* the reserved maps' content that names alone do not give: _opt_input, _ir_attr_names, _ir_inputs*, _ir_outputs* */
  mc_attrs ir_attrs;
  int64_t id;
  void *user; /* scratch for one pass at a time */
};

typedef struct mc_graph_end {
  mc_node *node;
  int port;
} mc_graph_end;

struct mc_graph {
  char *name;
  mc_node **nodes; /* insertion order */
  int n_nodes;
  mc_graph_end *outputs; /* GraphDef.output / SetOutputs; NetOutput's inputs when that node exists */
  int n_outputs;
  mc_attrs attrs, model_attrs;
  mc_graph **subgraphs; /* owned by the root graph */
  int n_subgraphs;
  mc_graph *parent;       /* the root graph; NULL for a root */
  struct mc_names *names; /* of nodes: rename with mc_node_rename */
};

mc_graph *mc_graph_create(const char *name); /* NULL when memory is exhausted */
void mc_graph_destroy(mc_graph *graph);
mc_graph *mc_graph_clone(const mc_graph *graph);

mc_node *mc_graph_find(const mc_graph *graph, const char *node_name);
bool mc_node_rename(mc_node *node, const char *name); /* false: taken, or memory is exhausted */

/* Subgraphs belong to the root of `graph`. add takes ownership; false (still the caller's) when the name is taken. */
mc_graph *mc_graph_subgraph(const mc_graph *graph, const char *name);
bool mc_graph_add_subgraph(mc_graph *graph, mc_graph *subgraph);
/* Marks, by the root's order, the subgraphs that the graph's nodes run, and those that these run. */
void mc_graph_mark_reached(const mc_graph *graph, const mc_graph *root, bool *reached);
/* Destroys the root's subgraphs that no node runs. */
void mc_graph_drop_unreached(mc_graph *root);

/* Nodes and edges; false (nothing changed) on exhausted memory, duplicate name, foreign node, bad port, or an input
 * that is connected already. */
mc_node *mc_graph_add_node(mc_graph *graph, const char *name, const char *type, int n_in, int n_out);
bool mc_node_resize(mc_node *node, int n_in, int n_out);
bool mc_graph_connect(mc_graph *graph, mc_node *from, int port, mc_node *to, int index);
bool mc_graph_connect_control(mc_graph *graph, mc_node *from, mc_node *to);
bool mc_graph_disconnect(mc_graph *graph, mc_node *to, int index);
bool mc_graph_disconnect_control(mc_graph *graph, mc_node *from, mc_node *to);
bool mc_graph_remove(mc_graph *graph, mc_node *node);
bool mc_graph_add_output(mc_graph *graph, mc_node *node, int port);

/* Nodes such that producers come first; false when there is a cycle. `order` has n_nodes places. */
bool mc_graph_sort(const mc_graph *graph, mc_node **order);

/* ModelDef bytes. `why` (256 bytes) says what is wrong and where; mutated or truncated input is an error, never
 * more. size may exceed 2 GiB only with external weights, resolved relative to `directory` (may be NULL). */
mc_graph *mc_graph_parse(const void *bytes, size_t size, const char *directory, char why[256]);
/* malloc'ed bytes, deterministic (map keys sorted); NULL when memory is exhausted. */
void *mc_graph_serialize(const mc_graph *graph, size_t *size);

#ifdef __cplusplus
}
#endif
#endif
