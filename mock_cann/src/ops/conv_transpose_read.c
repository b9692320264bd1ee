/* The inputs and attributes of transposed convolutions as the geometry of the convolution that computes them.
 */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/conv_attrs.h"
#include "ops/conv_transpose.h"
#include "ops/layout.h"

bool mc_transpose_is_caffe(const mc_op_call *call) {
  return strcmp(call->def->type, "Deconvolution") == 0;
}

static int input_of(const mc_op_call *call, int slot) {
  return mc_op_input(call, slot) == NULL ? -1 : call->slot_first[slot];
}

mc_transpose_roles mc_transpose_roles_of(const mc_op_call *call) {
  const bool caffe = mc_transpose_is_caffe(call);
  const bool by_attribute = caffe || call->def->type[strlen(call->def->type) - 1] == 'D';
  const bool backprop = strstr(call->def->type, "Backprop") != NULL;
  const int first = by_attribute ? 0 : 1;
  mc_transpose_roles r = {.x = first, .filter = first + 1, .size = by_attribute ? -1 : 0, .bias = -1};
  if (backprop) {
    r.filter = first;
    r.x = first + 1;
  } else {
    r.bias = input_of(call, first + 2);
  }
  return r;
}

/* The length of one direction of y, and the padding of the inner convolution. */
static int place(const mc_op_call *call, const char *direction, int64_t length, int64_t wanted,
                 int64_t before, int64_t after, int64_t window, int64_t dilation, int64_t stride,
                 int64_t extra, int64_t *out, int64_t *inner) {
  int64_t extent = 0;
  int64_t full = 0;
  if (window < 1 || length < 1 || __builtin_mul_overflow(window - 1, dilation, &extent) ||
      __builtin_mul_overflow(length - 1, stride, &full) || __builtin_add_overflow(full, extent + 1, &full)) {
    return mc_op_error(call,
                       "%s: x has %lld, the filter %lld; both must be at least 1 and the result not overflow",
                       direction, (long long)length, (long long)window);
  }
  if (before < 0 || after < 0 || before > extent || after > extent) {
    return mc_op_error(call, "pads for %s are %lld and %lld; they must be in [0, %lld], the filter's reach",
                       direction, (long long)before, (long long)after, (long long)extent);
  }
  *out = wanted != 0 ? wanted : full - before - after + extra;
  *inner = extent - before;
  /* The convolution whose gradient this is maps *out onto x's length. */
  const int64_t rest = *out + before + after - extent - 1;
  if (*out < 1 || rest < 0 || rest / stride + 1 != length) {
    return mc_op_error(
        call, "%s of y would be %lld: with this filter, stride and pads x would have %lld, not %lld",
        direction, (long long)*out, (long long)(rest < 0 ? 0 : rest / stride + 1), (long long)length);
  }
  return MC_OK;
}

/* input_size: four values in y's layout, zeros for what follows from x. */
static int read_size(const mc_op_call *call, const mc_transpose_roles *r, const int64_t **size) {
  static const int64_t kNone[4] = {0, 0, 0, 0};
  if (mc_transpose_is_caffe(call)) {
    *size = kNone;
    return MC_OK;
  }
  if (r->size < 0) {
    return mc_need_ints(call, "input_size", 4, size, NULL);
  }
  int64_t count = 0;
  *size = mc_op_ints(call, r->size, &count);
  if (*size == NULL) {
    return MC_RT_PARAM;
  }
  return count == 4 ? MC_OK
                    : mc_op_error(call, "input_size has %lld values; it must have 4", (long long)count);
}

/* Deconvolution's two strides, by default 1, and its pads, by default 0. */
static int read_caffe(const mc_op_call *call, int64_t *sh, int64_t *sw, const int64_t **pads) {
  static const int64_t kNone[4] = {0, 0, 0, 0};
  const int64_t *strides = NULL;
  int status = MC_OK;
  *sh = *sw = 1;
  *pads = kNone;
  if (mc_attrs_find(call->attrs, "strides") != NULL) {
    status = mc_need_ints(call, "strides", 2, &strides, NULL);
    *sh = status == MC_OK ? strides[0] : 1;
    *sw = status == MC_OK ? strides[1] : 1;
  }
  if (*sh < 1 || *sw < 1 || *sh > INT32_MAX || *sw > INT32_MAX) {
    return mc_op_error(call, "strides are %lld and %lld; they must be in [1, 2147483647]", (long long)*sh,
                       (long long)*sw);
  }
  return status != MC_OK || mc_attrs_find(call->attrs, "pads") == NULL
             ? status
             : mc_need_ints(call, "pads", 4, pads, NULL);
}

static int read_channels(const mc_op_call *call, const mc_transpose_roles *r, mc_conv *g) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *filter = &call->in[r->filter].desc.shape;
  mc_filter_axes axes = {0, 1, 2, 3};
  const int status = mc_conv_filter_axes(call, r->filter, g->channels_last, &axes);
  if (status != MC_OK) {
    return status;
  }
  int64_t stride[4] = {0, 0, 0, 1};
  for (int i = 2; i >= 0; --i) {
    if (__builtin_mul_overflow(stride[i + 1], filter->dims[i + 1], &stride[i])) {
      return mc_op_error(call, "filter %.160s is too large", mc_shape_text(filter, text));
    }
  }
  g->groups = mc_attrs_int(call->attrs, "groups", 1);
  g->kh = filter->dims[axes.row];
  g->kw = filter->dims[axes.column];
  g->goc = filter->dims[axes.in];
  if (g->groups < 1 || filter->dims[axes.out] != g->c || g->c % g->groups != 0 ||
      __builtin_mul_overflow(g->goc, g->groups, &g->oc)) {
    return mc_op_error(call,
                       "filter %.120s: its output channels must be x's %lld, which groups %lld must divide",
                       mc_shape_text(filter, text), (long long)g->c, (long long)g->groups);
  }
  g->gc = g->c / g->groups;
  g->f_in = stride[axes.out];
  g->f_out = stride[axes.in];
  g->f_group = g->gc * stride[axes.out];
  g->f_row = -stride[axes.row];
  g->f_column = -stride[axes.column];
  g->f_first =
      g->kh < 1 || g->kw < 1 ? 0 : (g->kh - 1) * stride[axes.row] + (g->kw - 1) * stride[axes.column];
  return MC_OK;
}

int mc_transpose_read(const mc_op_call *call, const mc_transpose_roles *r, mc_conv *g, int64_t *sh,
                      int64_t *sw) {
  char tx[MC_SHAPE_TEXT];
  char tf[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[r->x].desc.shape;
  const int64_t *size = NULL;
  const int64_t *pads = NULL;
  int64_t extra[2] = {0, 0};
  memset(g, 0, sizeof(*g));
  if (x->rank != 4 || call->in[r->filter].desc.shape.rank != 4) {
    return mc_op_error(call, "x %.90s and filter %.90s must have rank 4", mc_shape_text(x, tx),
                       mc_shape_text(&call->in[r->filter].desc.shape, tf));
  }
  int status = mc_layout(call, r->x, mc_transpose_is_caffe(call) ? "NCHW" : "NHWC", &g->channels_last);
  const bool last = g->channels_last;
  g->n = x->dims[0];
  g->c = x->dims[mc_axis_c(last)];
  g->h = x->dims[mc_axis_h(last)];
  g->w = x->dims[mc_axis_w(last)];
  if (status == MC_OK) {
    status = mc_check_same_dtype(call, r->x, r->filter);
  }
  if (status == MC_OK) {
    status = read_channels(call, r, g);
  }
  if (status == MC_OK) {
    status = mc_transpose_is_caffe(call) ? read_caffe(call, sh, sw, &pads)
                                         : mc_conv_pair(call, "strides", true, last, sh, sw);
  }
  if (status == MC_OK) {
    status = mc_conv_pair(call, "dilations", false, last, &g->dh, &g->dw);
  }
  if (status == MC_OK && pads == NULL) {
    status = mc_need_ints(call, "pads", 4, &pads, NULL);
  }
  if (status == MC_OK) {
    status = read_size(call, r, &size);
  }
  if (status == MC_OK && mc_attrs_find(call->attrs, "output_padding") != NULL) {
    const int64_t *values = NULL;
    status = mc_need_ints(call, "output_padding", 4, &values, NULL);
    extra[0] = status == MC_OK ? values[mc_axis_h(last)] : 0;
    extra[1] = status == MC_OK ? values[mc_axis_w(last)] : 0;
  }
  if (status == MC_OK) {
    status = place(call, "height", g->h, size[mc_axis_h(last)], pads[0], pads[1], g->kh, g->dh, *sh, extra[0],
                   &g->oh, &g->top);
  }
  if (status == MC_OK) {
    status = place(call, "width", g->w, size[mc_axis_w(last)], pads[2], pads[3], g->kw, g->dw, *sw, extra[1],
                   &g->ow, &g->left);
  }
  if (status != MC_OK) {
    return status;
  }
  if ((size[0] != 0 && size[0] != g->n) || (size[mc_axis_c(last)] != 0 && size[mc_axis_c(last)] != g->oc)) {
    return mc_op_error(
        call, "input_size asks for batch %lld and %lld channels; x and filter give %lld and %lld",
        (long long)size[0], (long long)size[mc_axis_c(last)], (long long)g->n, (long long)g->oc);
  }
  if (r->bias >= 0 && (mc_shape_count(&call->in[r->bias].desc.shape) != g->oc ||
                       (MC_T_FLOATS & MC_DTYPE_BIT(call->in[r->bias].desc.dtype)) == 0)) {
    return mc_op_error(call, "bias has shape %.90s and dtype %s; it must have %lld values of a float type",
                       mc_shape_text(&call->in[r->bias].desc.shape, tx),
                       mc_dtype_name(call->in[r->bias].desc.dtype), (long long)g->oc);
  }
  g->sh = g->sw = 1;
  return MC_OK;
}
