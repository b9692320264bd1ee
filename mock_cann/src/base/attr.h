/* Attributes: named values of graphs, nodes and tensor descriptions. */
#ifndef MC_BASE_ATTR_H
#define MC_BASE_ATTR_H

#include "base/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mc_attr_kind {
  MC_ATTR_INT,
  MC_ATTR_FLOAT,
  MC_ATTR_BOOL,
  MC_ATTR_STRING, /* bytes with a length; also NUL-terminated */
  MC_ATTR_BYTES,
  MC_ATTR_DTYPE,  /* ge::DataType number in `i` */
  MC_ATTR_TENSOR, /* description and dense little-endian data */
  MC_ATTR_LIST_INT,
  MC_ATTR_LIST_FLOAT,
  MC_ATTR_LIST_BOOL,
  MC_ATTR_LIST_STRING,
  MC_ATTR_LIST_DTYPE,
  MC_ATTR_LIST_LIST_INT,
  MC_ATTR_RAW /* any other kind: its encoded AttrDef, kept so that load and save lose nothing */
} mc_attr_kind;

typedef struct mc_bytes {
  char *data; /* owned; one NUL behind the last byte */
  size_t size;
} mc_bytes;

typedef struct mc_int_list {
  int64_t *values;
  size_t count;
} mc_int_list;

typedef struct mc_attr {
  char *name;
  mc_attr_kind kind;
  size_t count; /* of the lists */
  union {
    int64_t i;
    float f;
    bool b;
    mc_bytes bytes; /* STRING, BYTES, RAW */
    struct {
      mc_desc desc;
      mc_bytes data;
    } tensor;
    int64_t *ints; /* LIST_INT, LIST_DTYPE */
    float *floats;
    bool *bools;
    mc_bytes *strings;
    mc_int_list *int_lists;
  };
} mc_attr;

/* Sorted by name. Zero-initialised is empty. */
typedef struct mc_attrs {
  mc_attr *items;
  size_t count, capacity;
} mc_attrs;

const mc_attr *mc_attrs_find(const mc_attrs *attrs, const char *name);

/* Typed reads: the default when the attribute is absent or of another kind. */
int64_t mc_attrs_int(const mc_attrs *attrs, const char *name, int64_t fallback);
float mc_attrs_float(const mc_attrs *attrs, const char *name, float fallback);
bool mc_attrs_bool(const mc_attrs *attrs, const char *name, bool fallback);
const char *mc_attrs_string(const mc_attrs *attrs, const char *name, const char *fallback);
int mc_attrs_dtype(const mc_attrs *attrs, const char *name, int fallback);
/* NULL and *count = 0 when absent. The array belongs to attrs. */
const int64_t *mc_attrs_ints(const mc_attrs *attrs, const char *name, size_t *count);

/* Replaces an attribute of the same name. The set takes ownership of what *attr owns, also on failure.
 * Returns false when memory is exhausted. */
bool mc_attrs_set(mc_attrs *attrs, mc_attr *attr);
bool mc_attrs_set_int(mc_attrs *attrs, const char *name, int64_t value);
bool mc_attrs_set_string(mc_attrs *attrs, const char *name, const char *value);
bool mc_attrs_remove(mc_attrs *attrs, const char *name);

bool mc_attrs_copy(mc_attrs *to, const mc_attrs *from);
void mc_attrs_free(mc_attrs *attrs);
void mc_attr_free(mc_attr *attr);

bool mc_bytes_set(mc_bytes *bytes, const void *data, size_t size);

#ifdef __cplusplus
}
#endif

#endif
