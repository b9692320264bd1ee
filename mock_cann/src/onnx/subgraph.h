/*
 * Nested graphs (If, Loop, Scan) as GE subgraphs. A mapper opens one, declares its inputs, converts nodes of an ONNX graph
 * into it and emits nodes of its own there, names its outputs and closes it. What the nodes take from outside becomes Data
 * nodes behind the declared ones: mc_on_sub_captured lists the outer values in that order, for the mapper to connect.
 * Afterwards mc_on_sub_parent says of every Data node which input of the GE node it stands for.
 */
#ifndef MC_ONNX_SUBGRAPH_H
#define MC_ONNX_SUBGRAPH_H

#include "onnx/map.h"

/* Opens an empty subgraph called after the node and `label`; until mc_on_sub_close everything is emitted into it. */
mc_on_subgraph *mc_on_sub_open(mc_on *on, const char *label);
/* The next declared input; dtype MC_UNDEFINED and rank MC_RANK_UNKNOWN where nothing is known. */
mc_val *mc_on_sub_input(mc_on_subgraph *sub, const char *name, int dtype, const mc_shape *shape);
/* Converts the nodes of `source` with its inputs bound to `inputs` (as many as it declares) and writes its outputs (as many
 * as it declares) to `outputs`. */
void mc_on_sub_convert(mc_on_subgraph *sub, const mc_onnx_graph *source, mc_val *const *inputs, mc_val **outputs);
void mc_on_sub_output(mc_on_subgraph *sub, mc_val *value);
void mc_on_sub_close(mc_on_subgraph *sub);

/* Converts a graph without inputs where the node itself is: a branch that is always taken needs no subgraph. */
void mc_on_inline(mc_on *on, const char *label, const mc_onnx_graph *source, mc_val **outputs);

/* Outer values, in the order of their Data nodes, which follow the declared ones. */
int mc_on_sub_captured(const mc_on_subgraph *sub, int *declared);
mc_val *mc_on_sub_captured_value(const mc_on_subgraph *sub, int index);
mc_val *mc_on_sub_captured_inner(const mc_on_subgraph *sub, int index); /* its Data node's value */
/* An outer value that comes in as another Data node, nothing known of its contents; listed with those captured. */
mc_val *mc_on_sub_late_input(mc_on_subgraph *sub, mc_val *outer, int dtype, const mc_shape *shape);
/* While a subgraph is open: what is emitted between the two goes into the graph around it. */
void mc_on_sub_leave(mc_on_subgraph *sub);
void mc_on_sub_enter(mc_on_subgraph *sub);
/* Data node `index` (declared ones first) stands for input `input` of the node that gets the subgraph. */
void mc_on_sub_parent(mc_on_subgraph *sub, int index, int input);

/* Says what an output of a node with subgraphs is: such nodes infer nothing while importing. */
void mc_ge_declare(mc_ge *ge, int output, int dtype, const mc_shape *shape);

#endif
