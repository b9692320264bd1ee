/* What the entry points of single operators share: arguments into a request for the graph layer, buffers into a run. */
#ifndef MC_ACL_OP_H
#define MC_ACL_OP_H

#include "acl/acl_op.h"
#include "acl/acl_op_compiler.h"
#include "acl/mdl/models.h"
#include "graph/single.h"

struct aclopAttr {
  mc_attrs attrs;
};

/* The operator-describing arguments of an entry point, as they came. */
typedef struct mc_op_args {
  const char *function, *type;
  int n_in, n_out;
  const aclTensorDesc *const *in_desc, *const *out_desc;
  const aclDataBuffer *const *in, *const *out; /* NULL: the function takes none */
  const aclopAttr *attr;
  bool host_is_constant; /* inputs placed on the host are contents to compile with */
} mc_op_args;

/* Where a run finds a tensor. */
typedef enum mc_op_use { MC_USE_ABSENT, MC_USE_DEVICE, MC_USE_HOST, MC_USE_CONSTANT } mc_op_use;

enum { MC_OP_FEW = 8 };

typedef struct mc_op_read {
  mc_single_request request;
  mc_op_use *uses; /* inputs, then outputs */
  mc_single_tensor few[MC_OP_FEW];
  mc_op_use few_uses[MC_OP_FEW];
  void *many;
} mc_op_read;

#pragma GCC visibility push(hidden)
/* Checks everything there is to check in descriptions and buffers and fills `read`, which points into the arguments; 0 or
 * what the entry point answers. mc_op_read_free afterwards in either case. */
int mc_op_read_args(const mc_op_args *args, mc_op_read *read);
void mc_op_read_free(mc_op_read *read);

/* Queues a run of `single`, whose tensors are used as `uses` says. With out_desc, the outputs' shapes are written there. */
int mc_op_launch(const char *function, mc_single *single, const mc_op_use *uses, int n_in, const aclDataBuffer *const *in,
                 int n_out, const aclDataBuffer *const *out, aclTensorDesc *const *out_desc, aclrtStream stream);

/* The list and its members exist. */
int mc_op_check_list(const char *function, int count, const void *const *list, const char *count_name,
                     const char *list_name);
/* Nobody compiled the operator: 100024. */
int mc_op_not_found(const char *function, const char *type);
#pragma GCC visibility pop

#endif
