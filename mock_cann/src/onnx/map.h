/*
 * What a mapping of an ONNX operator may use. A mapper reads the ONNX node through mc_on_*, emits GE nodes through mc_ge_*
 * and says with mc_on_set which values are the node's outputs. After the first mc_on_fail everything is a no-op and
 * values are NULL, so mappers need no checks in between. CONTRIBUTING.md has a guide.
 */
#ifndef MC_ONNX_MAP_H
#define MC_ONNX_MAP_H

#include "onnx/proto.h"

/* One ONNX node being mapped. */
typedef struct mc_on mc_on;

/* A nested graph that became a GE subgraph; onnx/subgraph.h. */
typedef struct mc_on_subgraph mc_on_subgraph;

/*
 * One tensor of the graph under construction. dtype is MC_UNDEFINED and shape.rank MC_RANK_UNKNOWN where nothing is known;
 * dims that depend on unknown dims of the model's inputs are -1.
 */
typedef struct mc_val {
  int dtype;
  mc_shape shape;
  struct mc_val_body *body;
} mc_val;

/* ---- the registry ---- */

typedef void mc_on_mapper(mc_on *on);

/* Versions are those of the operator set in which the rule holds, inclusive; 0 leaves an end open. `type` may carry a
 * domain: "com.microsoft::Gelu". The first rule that fits counts. */
typedef struct mc_on_rule {
  const char *type;
  int since, until;
  mc_on_mapper *map;
  const char *ge; /* for mappers that serve many types: the GE type to emit */
  int variant;    /* the family's own number */
} mc_on_rule;

typedef struct mc_on_family {
  const mc_on_rule *rules;
  int count;
} mc_on_family;

/* Defines a family's table; it also needs its line in families.def. */
#define MC_ON_FAMILY(name, array)                                                                            \
  extern const mc_on_family mc_on_family_##name;                                                             \
  const mc_on_family mc_on_family_##name = {(array), (int)(sizeof(array) / sizeof((array)[0]))}

/* Emits rule->ge with the node's inputs in the prototype's order and no attributes. */
mc_on_mapper mc_on_map_plain;

/* ---- the node ---- */

const mc_on_rule *mc_on_rule_of(const mc_on *on);
const char *mc_on_type(const mc_on *on);
int64_t mc_on_version(const mc_on *on); /* of the operator set of the node's domain */

/* Why the node cannot be mapped; the first reason counts. The node's name, type and opset are added. */
void mc_on_fail(mc_on *on, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool mc_on_failed(const mc_on *on);

/* Attributes; of a wrong type they fail the node. Lists and texts live as long as the import. */
bool mc_on_has(mc_on *on, const char *name);
int64_t mc_on_int(mc_on *on, const char *name, int64_t fallback);
float mc_on_float(mc_on *on, const char *name, float fallback);
const char *mc_on_string(mc_on *on, const char *name, const char *fallback);
const int64_t *mc_on_ints(mc_on *on, const char *name, int *count); /* NULL when absent */
const float *mc_on_floats(mc_on *on, const char *name, int *count);
const char *const *mc_on_strings(mc_on *on, const char *name, int *count);
const mc_onnx_tensor *mc_on_tensor(mc_on *on, const char *name);
const mc_onnx_graph *mc_on_graph(mc_on *on, const char *name);
/* The ge::DataType of an attribute that holds a TensorProto.DataType; fails the node for a type GE does not have. */
int mc_on_dtype(mc_on *on, const char *name, int fallback);

/* Inputs and outputs. in: NULL when left out. need: fails the node then. */
int mc_on_inputs(const mc_on *on); /* trailing ones that are left out do not count */
mc_val *mc_on_in(mc_on *on, int index);
mc_val *mc_on_need(mc_on *on, int index);
int mc_on_outputs(const mc_on *on);
bool mc_on_wants(const mc_on *on, int index); /* false: the output has no name */
void mc_on_set(mc_on *on, int index, mc_val *value);
/* What the model itself says about output `index` (value_info, graph outputs); NULL when nothing. */
const mc_onnx_info *mc_on_info(const mc_on *on, int index);

/* Zeroed memory that lives as long as the import; NULL (and a failed node) without memory. */
void *mc_on_alloc(mc_on *on, size_t size);
/* The same for a list whose length comes from the model's dims or attributes: anything, until it is asked here. Fails the
 * node when `count` is negative or more than a list made while converting should have. */
void *mc_on_list(mc_on *on, int64_t count, size_t each);
/* a * b for such a length; INT64_MAX when it is larger than that or a factor is negative. */
int64_t mc_on_times(int64_t a, int64_t b);

/* ---- values ---- */

/* Contents where they are constant (initializers, Constant, what was computed from them): dense, aligned. NULL otherwise.
 * An empty tensor has non-NULL contents. */
const void *mc_val_data(mc_on *on, mc_val *value);
/* The same as integers or doubles, from any numeric dtype; `count` of them. NULL when not known. */
const int64_t *mc_val_ints(mc_on *on, mc_val *value, int64_t *count);
const double *mc_val_floats(mc_on *on, mc_val *value, int64_t *count);
/* As above, but fails the node with a text that names the input when the contents are not constant. */
const int64_t *mc_val_need_ints(mc_on *on, mc_val *value, const char *what, int64_t *count);
/* The rank, or a failed node (and 0) when it is not known. */
int mc_val_need_rank(mc_on *on, mc_val *value, const char *what);
int64_t mc_val_count(const mc_val *value); /* elements; -1 when not known */

/* New constants. The data is copied. */
mc_val *mc_ge_const(mc_on *on, int dtype, const mc_shape *shape, const void *data);
mc_val *mc_ge_const_ints(mc_on *on, int dtype, const int64_t *values, int64_t count); /* a vector; dtype int32 or int64 */
mc_val *mc_ge_const_int(mc_on *on, int dtype, int64_t value);                         /* a scalar of any numeric dtype */
mc_val *mc_ge_const_float(mc_on *on, int dtype, double value);                        /* a scalar of any numeric dtype */
mc_val *mc_ge_const_tensor(mc_on *on, const mc_onnx_tensor *tensor);

/* ---- GE nodes ---- */

typedef struct mc_ge mc_ge;

/* A node of a type of the emulator's registry; inputs and attributes by GE's names. */
mc_ge *mc_ge_begin(mc_on *on, const char *type);
void mc_ge_in(mc_ge *ge, const char *name, mc_val *value);                          /* NULL: left out */
void mc_ge_ins(mc_ge *ge, const char *name, mc_val *const *values, int count);      /* a dynamic input */
void mc_ge_format(mc_ge *ge, const char *name, int format);                         /* of an input or output */
void mc_ge_int(mc_ge *ge, const char *name, int64_t value);
void mc_ge_float(mc_ge *ge, const char *name, float value);
void mc_ge_bool(mc_ge *ge, const char *name, bool value);
void mc_ge_string(mc_ge *ge, const char *name, const char *value);
void mc_ge_dtype(mc_ge *ge, const char *name, int dtype);
void mc_ge_ints(mc_ge *ge, const char *name, const int64_t *values, size_t count);
void mc_ge_floats(mc_ge *ge, const char *name, const float *values, size_t count);
void mc_ge_strings(mc_ge *ge, const char *name, const char *const *values, size_t count);
void mc_ge_outs(mc_ge *ge, int count); /* members of a dynamic output */
/* A subgraph of the node under GE's name for it ("then_branch"); several under one name are a dynamic subgraph. */
void mc_ge_subgraph(mc_ge *ge, const char *name, mc_on_subgraph *subgraph);
/* Adds the node and infers its outputs; a refused node fails the ONNX node with the operator's own words. Returns output
 * 0; `out` gives the others afterwards. */
mc_val *mc_ge_end(mc_ge *ge);
mc_val *mc_ge_out(mc_ge *ge, int index);

/* The commonest nodes in one call; inputs in the prototype's order. */
mc_val *mc_ge_1(mc_on *on, const char *type, mc_val *a);
mc_val *mc_ge_2(mc_on *on, const char *type, mc_val *a, mc_val *b);
mc_val *mc_ge_3(mc_on *on, const char *type, mc_val *a, mc_val *b, mc_val *c);

/* Small compositions that many mappers need; the value itself where there is nothing to do. */
mc_val *mc_ge_cast(mc_on *on, mc_val *value, int dtype);
mc_val *mc_ge_reshape(mc_on *on, mc_val *value, const int64_t *dims, int rank); /* at most one -1 */
mc_val *mc_ge_transpose(mc_on *on, mc_val *value, const int64_t *perm, int rank);
mc_val *mc_ge_squeeze(mc_on *on, mc_val *value, const int64_t *axes, int count);
mc_val *mc_ge_unsqueeze(mc_on *on, mc_val *value, const int64_t *axes, int count); /* axes of the result, ascending */
mc_val *mc_ge_shape(mc_on *on, mc_val *value); /* int64 vector */
mc_val *mc_ge_concat(mc_on *on, mc_val *const *values, int count, int64_t axis);
mc_val *mc_ge_slice(mc_on *on, mc_val *value, int axis, int64_t first, int64_t size); /* size -1: to the end */

#endif
