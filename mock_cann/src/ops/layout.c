/* Layout from format and attribute. */
#include "ops/layout.h"

#include <string.h>

#include "engine/status.h"

int mc_layout(const mc_op_call *call, int input, const char *fallback, bool *channels_last) {
  const char *attribute = mc_attrs_string(call->attrs, "data_format", fallback);
  const int format = call->in[input].desc.format;
  *channels_last = strcmp(attribute, "NHWC") == 0;
  if (!*channels_last && strcmp(attribute, "NCHW") != 0) {
    return mc_op_error(call, "data_format is \"%.40s\"; it must be NHWC or NCHW", attribute);
  }
  if (format == MC_FORMAT_NCHW || format == MC_FORMAT_NHWC) {
    const bool tensor_last = format == MC_FORMAT_NHWC;
    if (tensor_last != *channels_last && strcmp(attribute, fallback) != 0) {
      return mc_op_error(call, "data_format is %s but the input tensor's format is %s", attribute,
                         tensor_last ? "NHWC" : "NCHW");
    }
    *channels_last = tensor_last;
  }
  return MC_OK;
}
