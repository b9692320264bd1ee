/* How graph things look in protobuf; shared by the parser, the writer and the .om container. */
#ifndef MC_GRAPH_CODEC_H
#define MC_GRAPH_CODEC_H

#include "graph/ir.h"
#include "graph/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "NCHW"; "FORMAT_RESERVED" for unknown numbers. The other way: 40 for unknown texts. */
const char *mc_format_text(int format);
int mc_format_from_text(const char *text);

/* AttrDef. decode leaves attr->name alone and returns false when the attribute counts as absent (a list without
 * val_type) or the wire failed. `untyped` decodes and encodes lists without val_type: the reserved index maps. */
bool mc_decode_attr(mc_reader reader, mc_attr *attr, bool untyped);
void mc_encode_attr(mc_writer *writer, const mc_attr *attr, bool untyped);

/* One entry of a map<string, AttrDef> into the set. */
void mc_decode_attr_entry(mc_reader reader, mc_attrs *attrs);
void mc_encode_attrs(mc_writer *writer, uint32_t number, const mc_attrs *attrs);
void mc_encode_attr_entry(mc_writer *writer, uint32_t number, const mc_attr *attr, bool untyped);

/* TensorDescriptor. */
void mc_decode_tensor_desc(mc_reader reader, mc_tensor_desc *desc);
void mc_encode_tensor_desc(mc_writer *writer, const mc_tensor_desc *desc);
void mc_tensor_desc_free(mc_tensor_desc *desc);
bool mc_tensor_desc_copy(mc_tensor_desc *to, const mc_tensor_desc *from);

/* OpDef without its edges. */
void mc_decode_node(mc_reader reader, mc_graph *graph);

/* Attributes that hold index maps instead of the operator's own values. */
bool mc_attr_is_reserved(const char *name);

/* Node names for lookups (ir_names.c). */
struct mc_names *mc_names_create(void);
void mc_names_destroy(struct mc_names *names);
mc_node *mc_names_find(const struct mc_names *names, const char *name);
bool mc_names_add(struct mc_names *names, mc_node *node);
void mc_names_remove(struct mc_names *names, mc_node *node);

/* Reads back what an external weight file holds; drops the attributes that pointed to it. */
bool mc_read_external_weights(mc_graph *graph, const char *directory, char why[256]);

#ifdef __cplusplus
}
#endif
#endif
