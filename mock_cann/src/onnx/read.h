/* The parts that read an ONNX file, between their files. After a failure of the wire every read is empty. */
#ifndef MC_ONNX_READ_H
#define MC_ONNX_READ_H

#include "graph/wire.h"
#include "onnx/proto.h"

typedef struct mc_onnx_source {
  mc_wire wire;
  mc_onnx_model *model;
  const char *directory; /* of external data; NULL: there is none */
} mc_onnx_source;

/* A zeroed array of `count` elements; NULL and a failed wire when memory is exhausted. */
void *mc_onnx_array(mc_onnx_source *source, size_t count, size_t size);
#define MC_ONNX_ARRAY(source, count, type) ((type *)mc_onnx_array((source), (count), sizeof(type)))

/* How often a field occurs in a message. */
int mc_onnx_count(mc_reader message, uint32_t number);
/* The text of a string field, in the arena; "" after a failure. */
const char *mc_onnx_text(mc_onnx_source *source, const mc_reader *reader, const mc_field *field);
/* All texts of a repeated string field. */
const char **mc_onnx_texts(mc_onnx_source *source, mc_reader message, uint32_t number, int *count);
/* All numbers of a repeated scalar field, packed or not, as 64-bit words in wire order. */
const uint64_t *mc_onnx_numbers(mc_onnx_source *source, mc_reader message, uint32_t number, mc_wire_type type,
                                size_t *count);

void mc_onnx_read_tensor(mc_onnx_source *source, mc_reader message, mc_onnx_tensor *tensor);
void mc_onnx_read_sparse(mc_onnx_source *source, mc_reader message, mc_onnx_tensor *tensor);
void mc_onnx_read_attr(mc_onnx_source *source, mc_reader message, mc_onnx_attr *attr);
void mc_onnx_read_node(mc_onnx_source *source, mc_reader message, mc_onnx_node *node);
void mc_onnx_read_info(mc_onnx_source *source, mc_reader message, mc_onnx_info *info);
void mc_onnx_read_graph(mc_onnx_source *source, mc_reader message, mc_onnx_graph *graph);

typedef struct mc_onnx_place {
  const char *location;
  int64_t offset, length; /* length -1: to the end */
} mc_onnx_place;

/* `size` bytes at a place of an external file; NULL and *why when they cannot be had. */
const void *mc_onnx_external(mc_onnx_source *source, const mc_onnx_place *place, size_t size, const char **why);

#endif
