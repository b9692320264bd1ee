/* Checks that several families make while inferring: attributes that must be there, axes, sizes. Each records
 * its reason with mc_op_error and returns the status to hand back. */
#ifndef MC_OPS_CHECKS_H
#define MC_OPS_CHECKS_H

#include "ops/op.h"

/* Types whose elements have a whole number of bytes: what operators that only move data accept. */
#define MC_T_MOVABLE                                                                                         \
  (MC_T_ALL | MC_DTYPE_BIT(MC_COMPLEX64) | MC_DTYPE_BIT(MC_COMPLEX128) | MC_DTYPE_BIT(33) /* complex32 */ |  \
   MC_DTYPE_BIT(18) | MC_DTYPE_BIT(19) | MC_DTYPE_BIT(20) | MC_DTYPE_BIT(21) | MC_DTYPE_BIT(22) /* qints */ |  \
   MC_T_FLOAT8)
#define MC_T_INDEX (MC_DTYPE_BIT(MC_INT32) | MC_DTYPE_BIT(MC_INT64))

/* Maps axis in [-rank, rank) into [0, rank); `name` is the argument's. */
int mc_check_axis(const mc_op_call *call, const char *name, int64_t axis, int rank, int *out);

/* A required integer attribute. */
int mc_need_int(const mc_op_call *call, const char *name, int64_t *value);
/* A required list of integers; `count` < 0 accepts any length. */
int mc_need_ints(const mc_op_call *call, const char *name, int count, const int64_t **values, size_t *length);
/* The only integer of a required list: operators that take one per axis are emulated along one axis. */
int mc_need_only_int(const mc_op_call *call, const char *name, int64_t *value);
/* A required attribute with the same integers in lists of lists, flattened into the arena, all of `width`
 * values. */
int mc_need_int_pairs(const mc_op_call *call, const char *name, const int64_t **values, int64_t *pairs);

/* The only value of an input that holds one integer. */
int mc_need_scalar(const mc_op_call *call, int slot, int64_t *value);

/* in[a] and in[b] have one dtype. */
int mc_check_same_dtype(const mc_op_call *call, int a, int b);

/* Every output's size in bytes fits; call last. */
int mc_check_sizes(const mc_op_call *call);

/* Elements of dims [first, last), saturating: only a shape with a zero elsewhere can reach the limit once
 * sizes were checked, and such a tensor has nothing to move. */
static inline int64_t mc_dims_product(const mc_shape *shape, int first, int last) {
  int64_t product = 1;
  for (int i = first; i < last; ++i) {
    if (__builtin_mul_overflow(product, shape->dims[i], &product)) {
      return INT64_MAX;
    }
  }
  return product;
}

#endif
