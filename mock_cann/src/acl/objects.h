/* Plain host objects of AscendCL that several families read: no device, no lock; one thread at a time, as in
 * CANN. */
#ifndef MC_ACL_OBJECTS_H
#define MC_ACL_OBJECTS_H

#include "acl/acl_base.h"
#include "acl/acl_mdl.h"

struct aclDataBuffer {
  void *data; /* the program's */
  size_t size;
};

/* A list of dims that the object owns. */
typedef struct mc_dim_list {
  int64_t *dims;
  size_t count;
} mc_dim_list;

typedef int64_t mc_bounds[2]; /* lower, upper; -1: no upper bound */

struct aclTensorDesc {
  aclDataType type;
  aclFormat format, storage_format, origin_format;
  mc_dim_list shape, storage_shape, origin_shape;
  mc_bounds *shape_range, *value_range;
  size_t shape_range_count, value_range_count;
  char *name, *dynamic_input; /* NULL: none */
  void *constant;             /* a copy */
  size_t constant_size;
  aclMemType place;
};

/* What aclmdlSetDynamic* chose for the runs with this dataset. */
typedef struct mc_dataset_gear {
  int64_t *values;
  int count; /* 0: nothing was chosen */
} mc_dataset_gear;

typedef struct mc_dataset_item {
  aclDataBuffer *buffer; /* the program's */
  aclTensorDesc *desc;   /* the dataset's; NULL: none */
} mc_dataset_item;

struct aclmdlDataset {
  mc_dataset_item *items;
  size_t count, room;
  mc_dataset_gear gear;
};

#endif
