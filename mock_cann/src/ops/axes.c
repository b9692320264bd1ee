/* Reading and merging axes. */
#include "ops/axes.h"

#include "engine/status.h"
#include "ops/checks.h"

static int collect(const mc_op_call *call, const char *what, const char *name, const int64_t *values,
                   int64_t n, int rank, uint32_t *set, int *count) {
  *set = 0;
  for (int64_t i = 0; i < n; ++i) {
    const int axis = mc_axis(values[i], rank);
    if (axis < 0 && !(rank == 0 && (values[i] == 0 || values[i] == -1))) {
      return mc_op_error(call,
                         "%s %s holds %lld, which is outside [-%d, %d), the axes of a tensor of rank %d",
                         what, name, (long long)values[i], rank, rank, rank);
    }
    if (rank == 0) {
      continue; /* a scalar's only axis is itself */
    }
    if (*set >> axis & 1) {
      return mc_op_error(call, "%s %s names axis %d twice", what, name, axis);
    }
    *set |= 1u << axis;
  }
  if (count != NULL) {
    *count = (int)n;
  }
  return MC_OK;
}

int mc_axes_from_attr(const mc_op_call *call, const char *name, int rank, uint32_t *set, int *count) {
  const int64_t *values = NULL;
  size_t n = 0;
  const int status = mc_need_ints(call, name, -1, &values, &n);
  return status != MC_OK ? status : collect(call, "attribute", name, values, (int64_t)n, rank, set, count);
}

int mc_axes_from_input(const mc_op_call *call, int slot, int rank, uint32_t *set, int *count) {
  char name[MC_OP_NAME];
  int64_t n = 0;
  const int64_t *values = mc_op_ints(call, slot, &n);
  if (values == NULL) {
    return MC_RT_PARAM;
  }
  return collect(call, "input", mc_op_input_name(call, slot, name), values, n, rank, set, count);
}

void mc_axes_plan_make(mc_axes_plan *plan, const mc_shape *shape, uint32_t set) {
  *plan = (mc_axes_plan){.kept_count = 1, .reduced_count = 1};
  for (int d = 0; d < shape->rank; ++d) {
    int64_t *product = set >> d & 1 ? &plan->reduced_count : &plan->kept_count;
    if (__builtin_mul_overflow(*product, shape->dims[d], product)) {
      *product = 0; /* sizes were checked: only an empty tensor gets here */
    }
  }
  if (plan->kept_count == 0 || plan->reduced_count == 0) {
    return;
  }
  int64_t stride = 1;
  int last = -1; /* 0 kept, 1 reduced; -1 none yet */
  for (int d = shape->rank - 1; d >= 0; --d) {
    const int64_t dim = shape->dims[d];
    if (dim == 1) {
      continue;
    }
    const int reduced = (int)(set >> d & 1);
    int *n = reduced ? &plan->reduced : &plan->kept;
    int64_t *dims = reduced ? plan->reduced_dims : plan->kept_dims;
    int64_t *strides = reduced ? plan->reduced_strides : plan->kept_strides;
    if (last == -1) {
      plan->inner_reduced = reduced;
    }
    if (last == reduced) {
      dims[*n - 1] *= dim;
    } else {
      dims[*n] = dim;
      strides[*n] = stride;
      ++*n;
    }
    last = reduced;
    stride *= dim;
  }
  /* Collected innermost first. */
  for (int side = 0; side < 2; ++side) {
    int64_t *dims = side ? plan->reduced_dims : plan->kept_dims;
    int64_t *strides = side ? plan->reduced_strides : plan->kept_strides;
    for (int i = 0, j = (side ? plan->reduced : plan->kept) - 1; i < j; ++i, --j) {
      const int64_t dim = dims[i], step = strides[i];
      dims[i] = dims[j];
      strides[i] = strides[j];
      dims[j] = dim;
      strides[j] = step;
    }
  }
}
