/* The objects behind the aclnn handles. They belong to the program and are used by one thread at a time. */
#ifndef MC_OPAPI_OBJECTS_H
#define MC_OPAPI_OBJECTS_H

#include "acl/mdl/models.h"
#include "aclnn/acl_meta.h"
#include "aclnn/aclnn_base.h"
#include "graph/single.h"

/* What aclnn functions answer. */
enum { MC_NN_NULL = 161001, MC_NN_INVALID = 161002, MC_NN_INNER = 561000 };

/* A view: `data` is where the storage starts, `offset` and strides count elements. */
struct aclTensor {
  aclDataType dtype;
  aclFormat format;
  mc_shape view, storage;
  int64_t strides[MC_MAX_RANK];
  int64_t offset;
  void *data;
};

struct aclScalar {
  aclDataType dtype;
  _Alignas(16) unsigned char value[16]; /* read as whatever dtype says */
};

struct aclIntArray {
  size_t count;
  int64_t values[];
};

struct aclFloatArray {
  size_t count;
  float values[];
};

struct aclBoolArray {
  size_t count;
  bool values[];
};

/* Lists own their members. */
struct aclTensorList {
  size_t count;
  aclTensor *members[];
};

struct aclScalarList {
  size_t count;
  aclScalar *members[];
};

enum { MC_NN_IN = 8, MC_NN_OUT = 2 };

/* One call that is prepared: what GetWorkspaceSize makes and the second function runs. */
struct aclOpExecutor {
  mc_single *single;
  mc_binding in[MC_NN_IN], out[MC_NN_OUT];
  mc_single_view in_views[MC_NN_IN], out_views[MC_NN_OUT];
  unsigned char scalars[MC_NN_IN][16]; /* host inputs */
  bool repeatable;
};

#endif
