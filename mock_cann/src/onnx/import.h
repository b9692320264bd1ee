/* The importer's own state: one import, its scopes of names, and the bodies behind map.h's handles. */
#ifndef MC_ONNX_IMPORT_H
#define MC_ONNX_IMPORT_H

#include "graph/ir.h"
#include "graph/wire.h"
#include "ops/op.h"
#include "onnx/map.h"

struct mc_on_scope;

/* What is known about a value when the unknown dims of the model's inputs have one of two sample values. Where the two
 * agree nothing depends on an unknown. */
typedef struct mc_sample {
  mc_desc desc;     /* dtype MC_UNDEFINED: nothing is known */
  const void *data; /* contents, NULL: not known */
} mc_sample;

typedef struct mc_val_body {
  struct mc_graph *graph; /* where the node is; constants have none until they are used */
  mc_node *node;
  int port;
  const mc_onnx_tensor *constant; /* becomes a node when it is used */
  const char *name;               /* of the ONNX value; "" for what a mapper made */
  bool broken;                    /* its node was rejected, and reported */
  bool absent;                    /* stands for an input that a call of a function leaves out */
  bool sampled;                   /* sample[1] counts; otherwise sample[0] is exact */
  mc_sample sample[2];
  mc_val **copies;          /* of a constant: its nodes in graphs, each with this body's contents */
  int n_copies;
  mc_val *known;            /* the same as a constant, for nested graphs; NULL: not made yet */
} mc_val_body;

/* Names of values, to values. */
typedef struct mc_on_names {
  struct {
    const char *name;
    mc_val *value;
  } *slots;
  size_t capacity, used;
} mc_on_names;

typedef struct mc_on_captured {
  mc_val *outer, *inner;
} mc_on_captured;

/* A GE graph that receives nodes: the model's, or that of a nested graph. */
typedef struct mc_on_area {
  mc_graph *graph;
  struct mc_on_area *outer; /* NULL: the model's graph */
  mc_on_captured *captured; /* what a nested graph takes from outside: the Data nodes behind its declared ones */
  int n_captured, n_data;
} mc_on_area;

/* Where names are looked up: a graph, a nested graph, or the body of a function (which has its caller's area). */
typedef struct mc_on_scope {
  struct mc_import *import;
  struct mc_on_scope *outer; /* names not found here; NULL at the top and in functions */
  mc_on_area *area;
  mc_on_names names;
  const mc_onnx_opset *opsets;
  int n_opsets;
  const mc_onnx_graph *source; /* value_info and outputs; NULL in functions */
  const struct mc_on *call;    /* of a function: the node that calls it; also in graphs nested in its body */
  const mc_onnx_function *function;
  const char *prefix; /* of node names */
  int depth;          /* of nested graphs and function calls */
} mc_on_scope;

/* Nested deeper than this is refused: functions that call each other in a circle end here. */
enum { MC_ON_DEPTH = 40 };
enum { MC_GE_SUBGRAPHS = 8 };
/* Nodes of one import, those of functions counted as often as they are called: small files must not grow without end. */
enum { MC_ON_NODES = 1 << 18, MC_ON_EMITTED = 1 << 20 }; /* nodes of ONNX, nodes of GE */
/* Opsets of the default domain are known up to this one. */
enum { MC_ON_NEWEST_OPSET = 28 };

struct mc_on {
  mc_on_scope *scope;
  const mc_onnx_node *node;
  const mc_on_rule *rule;           /* or */
  const mc_onnx_function *function; /* the model's own */
  int64_t version;
  mc_val **in, **out;
  int n_in, n_out;
  int index;      /* of the node in its graph */
  int emitted;    /* GE nodes */
  char name[256]; /* unique stem for GE node names */
  bool failed;
  char why[400];
};

typedef struct mc_import {
  mc_onnx_model model;
  mc_arena arena;
  mc_graph *root;
  const char *directory; /* of external data, absolute; NULL: there is none */
  int errors;
  int nodes;     /* converted */
  int emitted;   /* GE's, of all graphs */
  int anonymous; /* counter for names */
} mc_import;

/* ---- names.c ---- */
mc_val *mc_on_names_find(const mc_on_names *names, const char *name);
bool mc_on_names_put(mc_import *import, mc_on_names *names, const char *name, mc_val *value);

/* ---- values.c ---- */
mc_val *mc_val_new(mc_import *import, const char *name);
mc_val *mc_val_constant(mc_import *import, const mc_onnx_tensor *tensor, const char *name);
/* The next Data node of an area; its samples are the caller's to set. */
mc_val *mc_val_data_node(mc_import *import, mc_on_area *area, const char *name);
/* A new Data node of the area for a value outside, nothing known of it. */
mc_val *mc_val_capture_unseen(mc_import *import, mc_on_area *area, mc_val *outer);
/* The value's end in the area's graph: constants and values of outer graphs get a node there when they are first used.
 * node NULL without memory. */
mc_graph_end mc_val_end(mc_import *import, mc_on_area *area, mc_val *value);
/* Looks a name up here and outside; NULL when there is none. */
mc_val *mc_scope_find(mc_on_scope *scope, const char *name);
/* After sample[] was set: dtype and shape, and the node's description. */
void mc_val_settle(mc_val *value);
/* Takes over what the model declares where inference knows less. */
void mc_val_declare(mc_val *value, int dtype, const mc_shape *shape, const char **symbols);
/* The two sample values of an unknown dim. */
int64_t mc_sample_dim(const char *symbol, int axis, int which);

/* ---- constants.c ---- */
/* The node of a constant: Const, or FileConstant for external data that a serialized graph could not hold. */
mc_node *mc_constant_node(mc_import *import, mc_graph *graph, const mc_val *value);

/* ---- emit.c ---- */
struct mc_ge {
  mc_on *on;
  mc_node *node;
  const mc_op_def *def;
  mc_val ***in;   /* by slot: members */
  int *n_in;      /* by slot; -1: not given */
  int *in_format; /* by slot; -1: as the value has it */
  int n_slots, n_out;
  bool guessed; /* only ranks are known: dims are samples */
  int out_format;
  mc_attrs attrs;
  mc_on_subgraph *subgraphs[MC_GE_SUBGRAPHS];
  const char *subgraph_names[MC_GE_SUBGRAPHS];
  int n_subgraphs;
  mc_val **out;
};
/* A name that no node of the graph has, from `stem`; in the arena. */
const char *mc_import_name(mc_import *import, const mc_graph *graph, const char *stem);

/* ---- subgraph.c ---- */
bool mc_ge_fill_subgraphs(mc_ge *ge);

/* ---- infer.c ---- */
/* Fills the samples of the outputs. false: the operator refused, why is in on->why's place. */
bool mc_on_infer(mc_ge *ge, char why[256]);

/* ---- convert.c ---- */
bool mc_convert_initializers(mc_on_scope *scope, const mc_onnx_graph *source);
/* Maps nodes in order; those that cannot be mapped are reported and leave their outputs unknown. */
void mc_convert_nodes(mc_on_scope *scope, const mc_onnx_node *nodes, int count);

/* ---- functions.c ---- */
/* The function of the model that a node's type names; NULL: it names none. Converting its body maps the node. */
const mc_onnx_function *mc_convert_function_of(const mc_on *on);
void mc_convert_function(mc_on *on);

/* ---- registry.c ---- */
/* NULL: no rule for this version; *known: there are rules for others. */
const mc_on_rule *mc_on_rule_find(const char *domain, const char *type, int64_t version, bool *known);

#endif
