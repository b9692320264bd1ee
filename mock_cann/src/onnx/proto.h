/*
 * An ONNX file as it is: what ModelProto says, read and checked for bounds, nothing of it interpreted. Everything lives
 * in one arena; the bytes of tensors stay in the file (or in the mapped external file) where they can.
 */
#ifndef MC_ONNX_PROTO_H
#define MC_ONNX_PROTO_H

#include "base/arena.h"
#include "base/tensor.h"

/* TensorProto.DataType */
enum {
  MC_ONNX_UNDEFINED = 0,
  MC_ONNX_FLOAT = 1,
  MC_ONNX_UINT8 = 2,
  MC_ONNX_INT8 = 3,
  MC_ONNX_UINT16 = 4,
  MC_ONNX_INT16 = 5,
  MC_ONNX_INT32 = 6,
  MC_ONNX_INT64 = 7,
  MC_ONNX_STRING = 8,
  MC_ONNX_BOOL = 9,
  MC_ONNX_FLOAT16 = 10,
  MC_ONNX_DOUBLE = 11,
  MC_ONNX_UINT32 = 12,
  MC_ONNX_UINT64 = 13,
  MC_ONNX_COMPLEX64 = 14,
  MC_ONNX_COMPLEX128 = 15,
  MC_ONNX_BFLOAT16 = 16,
  MC_ONNX_FLOAT8E4M3FN = 17,
  MC_ONNX_FLOAT8E4M3FNUZ = 18,
  MC_ONNX_FLOAT8E5M2 = 19,
  MC_ONNX_FLOAT8E5M2FNUZ = 20,
  MC_ONNX_UINT4 = 21,
  MC_ONNX_INT4 = 22,
  MC_ONNX_FLOAT4E2M1 = 23,
  MC_ONNX_FLOAT8E8M0 = 24,
  MC_ONNX_UINT2 = 25,
  MC_ONNX_INT2 = 26
};

/* ge::DataType of an element type; MC_UNDEFINED where GE has none. The other way for messages: "FLOAT". */
int mc_onnx_dtype(int64_t onnx_type);
const char *mc_onnx_type_name(int64_t onnx_type);

typedef struct mc_onnx_graph mc_onnx_graph;

typedef struct mc_onnx_tensor {
  const char *name;
  int64_t type; /* TensorProto.DataType */
  int dtype;    /* ge::DataType, MC_UNDEFINED where GE has none */
  mc_shape shape;
  const void *data; /* dense, little-endian; NULL with `why` when the contents cannot be had */
  size_t size;
  const char *why;
  const char *location; /* of external data: the file; NULL: the contents are in the model */
  int64_t offset;
} mc_onnx_tensor;

/* AttributeProto.AttributeType */
typedef enum mc_onnx_attr_type {
  MC_ONNX_ATTR_FLOAT = 1,
  MC_ONNX_ATTR_INT = 2,
  MC_ONNX_ATTR_STRING = 3,
  MC_ONNX_ATTR_TENSOR = 4,
  MC_ONNX_ATTR_GRAPH = 5,
  MC_ONNX_ATTR_FLOATS = 6,
  MC_ONNX_ATTR_INTS = 7,
  MC_ONNX_ATTR_STRINGS = 8,
  MC_ONNX_ATTR_TENSORS = 9,
  MC_ONNX_ATTR_GRAPHS = 10,
  MC_ONNX_ATTR_SPARSE_TENSOR = 11,
  MC_ONNX_ATTR_OTHER = 12
} mc_onnx_attr_type;

typedef struct mc_onnx_attr {
  const char *name;
  const char *reference; /* inside functions: the function's attribute that gives the value; NULL otherwise */
  mc_onnx_attr_type type;
  float f;
  int64_t i;
  const char *s;
  const mc_onnx_tensor *tensor;
  const mc_onnx_graph *graph;
  const float *floats;
  const int64_t *ints;
  const char *const *strings;
  int count; /* of the lists */
} mc_onnx_attr;

typedef struct mc_onnx_node {
  const char *name, *op_type, *domain; /* domain "" is ONNX's own */
  const char **inputs, **outputs;      /* "" marks what is left out */
  const mc_onnx_attr *attrs;
  int n_inputs, n_outputs, n_attrs;
} mc_onnx_node;

typedef struct mc_onnx_info {
  const char *name;
  bool is_tensor; /* false: a sequence, map, optional or sparse tensor, or no type at all */
  bool typed;
  int dtype;
  int64_t type;
  mc_shape shape;       /* rank unknown when the file says nothing */
  const char **symbols; /* by axis: the name of an unknown dim or NULL; NULL: none */
} mc_onnx_info;

struct mc_onnx_graph {
  const char *name;
  const mc_onnx_node *nodes;
  const mc_onnx_tensor *initializers;
  const mc_onnx_info *inputs, *outputs, *values;
  int n_nodes, n_initializers, n_inputs, n_outputs, n_values;
};

typedef struct mc_onnx_opset {
  const char *domain;
  int64_t version;
} mc_onnx_opset;

typedef struct mc_onnx_function {
  const char *name, *domain;
  const char **inputs, **outputs;
  const mc_onnx_attr *defaults;
  const mc_onnx_node *nodes;
  const mc_onnx_opset *opsets;
  int n_inputs, n_outputs, n_defaults, n_nodes, n_opsets;
} mc_onnx_function;

typedef struct mc_onnx_map {
  struct mc_onnx_map *next;
  void *address;
  size_t size;
  const char *path;
} mc_onnx_map;

typedef struct mc_onnx_model {
  mc_arena arena;
  int64_t ir_version;
  const mc_onnx_graph *graph;
  const mc_onnx_opset *opsets;
  const mc_onnx_function *functions;
  int n_opsets, n_functions;
  mc_onnx_map *maps;       /* external files */
  uint64_t external_bytes; /* of tensors in them */
} mc_onnx_model;

/*
 * Reads the bytes, which must outlive the model. External data is resolved below `directory` (NULL: there is none).
 * false: `why` (256 bytes) says what is wrong.
 */
bool mc_onnx_read(const void *bytes, size_t size, const char *directory, mc_onnx_model *model, char why[256]);
void mc_onnx_model_free(mc_onnx_model *model);

#endif
