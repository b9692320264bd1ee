/* Layouts of filters and pairs of attributes. */
#include "ops/conv_attrs.h"

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/layout.h"

int mc_conv_filter_axes(const mc_op_call *call, int input, bool channels_last, mc_filter_axes *axes) {
  switch (call->in[input].desc.format) {
  case MC_FORMAT_NCHW:
    *axes = (mc_filter_axes){0, 1, 2, 3};
    return MC_OK;
  case MC_FORMAT_HWCN:
    *axes = (mc_filter_axes){3, 2, 0, 1};
    return MC_OK;
  case MC_FORMAT_NHWC:
    *axes = (mc_filter_axes){0, 3, 1, 2};
    return MC_OK;
  case MC_FORMAT_ND: /* what belongs to the image's layout */
    *axes = channels_last ? (mc_filter_axes){3, 2, 0, 1} : (mc_filter_axes){0, 1, 2, 3};
    return MC_OK;
  default:
    return mc_op_error(call, "filter has format %d; it must be NCHW (0), NHWC (1), HWCN (16) or ND (2)",
                       call->in[input].desc.format);
  }
}

int mc_conv_pair(const mc_op_call *call, const char *name, bool required, bool channels_last, int64_t *rows,
                 int64_t *columns) {
  *rows = *columns = 1;
  if (!required && mc_attrs_find(call->attrs, name) == NULL) {
    return MC_OK;
  }
  const int64_t *values = NULL;
  const int status = mc_need_ints(call, name, 4, &values, NULL);
  if (status != MC_OK) {
    return status;
  }
  *rows = values[mc_axis_h(channels_last)];
  *columns = values[mc_axis_w(channels_last)];
  if (values[0] != 1 || values[mc_axis_c(channels_last)] != 1) {
    return mc_op_error(call, "%s [%lld,%lld,%lld,%lld]: the batch and channel values (layout %s) must be 1",
                       name, (long long)values[0], (long long)values[1], (long long)values[2],
                       (long long)values[3], channels_last ? "NHWC" : "NCHW");
  }
  if (*rows < 1 || *columns < 1 || *rows > INT32_MAX || *columns > INT32_MAX) {
    return mc_op_error(call, "%s has %lld and %lld for height and width; they must be in [1, 2147483647]",
                       name, (long long)*rows, (long long)*columns);
  }
  return MC_OK;
}
