/* Layout from format and attribute. */
#include "ops/layout.h"

#include <string.h>

#include "engine/status.h"

typedef struct layouts {
  const char *first, *last;
  int first_format, last_format;
} layouts;

static int read_layout(const mc_op_call *call, int input, const char *fallback, const layouts *l,
                       bool *channels_last) {
  const char *attribute = mc_attrs_string(call->attrs, "data_format", fallback);
  const int format = call->in[input].desc.format;
  *channels_last = strcmp(attribute, l->last) == 0;
  if (!*channels_last && strcmp(attribute, l->first) != 0) {
    return mc_op_error(call, "data_format is \"%.40s\"; it must be %s or %s", attribute, l->last, l->first);
  }
  if (format == l->first_format || format == l->last_format) {
    const bool tensor_last = format == l->last_format;
    if (tensor_last != *channels_last && strcmp(attribute, fallback) != 0) {
      return mc_op_error(call, "data_format is %s but the input tensor's format is %s", attribute,
                         tensor_last ? l->last : l->first);
    }
    *channels_last = tensor_last;
  }
  return MC_OK;
}

int mc_layout(const mc_op_call *call, int input, const char *fallback, bool *channels_last) {
  static const layouts kImages = {"NCHW", "NHWC", MC_FORMAT_NCHW, MC_FORMAT_NHWC};
  return read_layout(call, input, fallback, &kImages, channels_last);
}

int mc_layout_volume(const mc_op_call *call, int input, const char *fallback, bool *channels_last) {
  static const layouts kVolumes = {"NCDHW", "NDHWC", MC_FORMAT_NCDHW, MC_FORMAT_NDHWC};
  return read_layout(call, input, fallback, &kVolumes, channels_last);
}
