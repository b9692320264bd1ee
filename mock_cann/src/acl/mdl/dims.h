/* Lists of dims, as tensor descriptions keep them. */
#ifndef MC_ACL_MDL_DIMS_H
#define MC_ACL_MDL_DIMS_H

#include <stdlib.h>
#include <string.h>

#include "acl/check.h"
#include "acl/objects.h"

/* The one dim that says: not even the rank is known. */
enum { MC_DIM_UNKNOWN_RANK = -2 };

static inline int no_host_memory(size_t size) {
  return mc_refuse(ACL_ERROR_BAD_ALLOC, "EH0010", MC_TEXT("%zu", size), "malloc");
}

/* The list becomes a copy of dims[count]; unchanged on failure. */
static inline int dims_assign(mc_dim_list *list, const int64_t *dims, size_t count) {
  const size_t size = count * sizeof *dims;
  int64_t *copy = malloc(size + 1);
  if (copy == NULL) {
    return no_host_memory(size);
  }
  if (count > 0) {
    memcpy(copy, dims, size);
  }
  free(list->dims);
  *list = (mc_dim_list){copy, count};
  return MC_OK;
}

static inline bool rank_unknown(const mc_dim_list *list) {
  return list->count == 1 && list->dims[0] == MC_DIM_UNKNOWN_RANK;
}

/* A deep copy; NULL (reported) when memory is exhausted. In tensor_desc.c. */
__attribute__((visibility("hidden"))) aclTensorDesc *mc_acl_tensor_desc_copy(const aclTensorDesc *desc);

#endif
