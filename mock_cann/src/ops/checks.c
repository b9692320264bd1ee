/* The checks of checks.h. */
#include "ops/checks.h"

#include "engine/status.h"

int mc_check_axis(const mc_op_call *call, const char *name, int64_t axis, int rank, int *out) {
  *out = mc_axis(axis, rank);
  if (*out < 0) {
    return mc_op_error(call, "%s %lld is outside [-%d, %d), the axes of a tensor of rank %d", name,
                       (long long)axis, rank, rank, rank);
  }
  return MC_OK;
}

int mc_need_int(const mc_op_call *call, const char *name, int64_t *value) {
  const mc_attr *attr = mc_attrs_find(call->attrs, name);
  if (attr == NULL || attr->kind != MC_ATTR_INT) {
    return mc_op_error(call, "attribute %s is required and must be an integer", name);
  }
  *value = attr->i;
  return MC_OK;
}

int mc_need_ints(const mc_op_call *call, const char *name, int count, const int64_t **values,
                 size_t *length) {
  size_t n = 0;
  const mc_attr *attr = mc_attrs_find(call->attrs, name);
  *values = mc_attrs_ints(call->attrs, name, &n);
  if (attr == NULL || (*values == NULL && attr->count != 0)) {
    return mc_op_error(call, "attribute %s is required and must be a list of integers", name);
  }
  if (count >= 0 && n != (size_t)count) {
    return mc_op_error(call, "attribute %s has %zu values; it must have %d", name, n, count);
  }
  if (length != NULL) {
    *length = n;
  }
  return MC_OK;
}

int mc_need_only_int(const mc_op_call *call, const char *name, int64_t *value) {
  size_t count = 0;
  const int64_t *values = NULL;
  const int status = mc_need_ints(call, name, -1, &values, &count);
  if (status == MC_OK && count != 1) {
    return mc_op_error(call, "attribute %s has %zu values; only one is emulated", name, count);
  }
  *value = status == MC_OK ? values[0] : 0;
  return status;
}

int mc_need_int_pairs(const mc_op_call *call, const char *name, const int64_t **values, int64_t *pairs) {
  const mc_attr *attr = mc_attrs_find(call->attrs, name);
  if (attr == NULL || attr->kind != MC_ATTR_LIST_LIST_INT) {
    return mc_op_error(call, "attribute %s is required and must be a list of [before, after] pairs", name);
  }
  int64_t *flat = mc_op_alloc(call, sizeof(int64_t) * 2 * (attr->count + 1));
  if (flat == NULL) {
    return mc_op_error(call, "out of memory for attribute %s", name);
  }
  for (size_t i = 0; i < attr->count; ++i) {
    const mc_int_list *list = &attr->int_lists[i];
    if (list->count != 2) {
      return mc_op_error(call, "attribute %s: entry %zu has %zu values; each must be a [before, after] pair",
                         name, i, list->count);
    }
    flat[2 * i] = list->values[0];
    flat[2 * i + 1] = list->values[1];
  }
  *values = flat;
  *pairs = (int64_t)attr->count;
  return MC_OK;
}

int mc_need_scalar(const mc_op_call *call, int slot, int64_t *value) {
  char name[MC_OP_NAME];
  int64_t count = 0;
  const int64_t *values = mc_op_ints(call, slot, &count);
  if (values == NULL) {
    return MC_RT_PARAM;
  }
  if (count != 1) {
    return mc_op_error(call, "input %s has %lld values; it must have one", mc_op_input_name(call, slot, name),
                       (long long)count);
  }
  *value = values[0];
  return MC_OK;
}

int mc_check_same_dtype(const mc_op_call *call, int a, int b) {
  if (call->in[a].desc.dtype != call->in[b].desc.dtype) {
    return mc_op_error(call, "inputs %d and %d have dtypes %s and %s; they must be equal", a, b,
                       mc_dtype_name(call->in[a].desc.dtype), mc_dtype_name(call->in[b].desc.dtype));
  }
  return MC_OK;
}

int mc_check_sizes(const mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  for (int i = 0; i < call->n_out; ++i) {
    if (mc_desc_bytes(&call->out[i].desc) < 0) {
      return mc_op_error(call, "output %d would have shape %.160s, whose size in bytes overflows", i,
                         mc_shape_text(&call->out[i].desc.shape, text));
    }
  }
  return MC_OK;
}
