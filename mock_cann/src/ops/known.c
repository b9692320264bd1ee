/* Contents known while compiling. */
#include "ops/known.h"

#include <string.h>

#include "engine/status.h"

void *mc_known_output(mc_op_call *call, int index, int dtype, const mc_shape *shape) {
  char text[MC_SHAPE_TEXT];
  mc_op_value *out = &call->out[index];
  out->desc = (mc_desc){dtype, MC_FORMAT_ND, *shape};
  const int64_t bytes = mc_desc_bytes(&out->desc);
  if (bytes < 0) {
    mc_op_error(call, "output %d would have shape %.160s, whose size in bytes overflows", index,
                mc_shape_text(shape, text));
    return NULL;
  }
  void *contents = mc_op_alloc(call, (size_t)bytes + 1);
  if (contents == NULL) {
    mc_op_error(call, "out of memory for the %lld bytes of output %d", (long long)bytes, index);
  }
  out->value = contents;
  return contents;
}

int mc_run_known(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)in;
  (void)scratch;
  for (int i = 0; i < call->n_out; ++i) {
    const int64_t bytes = mc_desc_bytes(&call->out[i].desc);
    if (bytes > 0) {
      memcpy(out[i], call->out[i].value, (size_t)bytes);
    }
  }
  return MC_OK;
}

int mc_attr_type(const mc_op_call *call, const char *name, int fallback) {
  return (int)mc_attrs_int(call->attrs, name, mc_attrs_dtype(call->attrs, name, fallback));
}

int mc_index_type(const mc_op_call *call, const char *name, int fallback, int *dtype) {
  *dtype = mc_attr_type(call, name, fallback);
  if (*dtype != MC_INT32 && *dtype != MC_INT64) {
    return mc_op_error(call, "attribute %s is %d (%s); it must be 3 (DT_INT32) or 9 (DT_INT64)", name, *dtype,
                       mc_dtype_name(*dtype));
  }
  return MC_OK;
}
