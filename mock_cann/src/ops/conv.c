/* Conv2D and DepthwiseConv2D: what their inputs and attributes mean. */
#include "ops/conv.h"

#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/conv_attrs.h"
#include "ops/family.h"
#include "ops/layout.h"

/* Outputs of one direction; the window must fit the padded length. */
static int output_length(const mc_op_call *call, const char *direction, int64_t length, int64_t before,
                         int64_t after, int64_t window, int64_t dilation, int64_t stride, int64_t *out) {
  if (before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX) {
    return mc_op_error(call, "pads for %s are %lld and %lld; they must be in [0, 2147483647]", direction,
                       (long long)before, (long long)after);
  }
  int64_t padded = 0;
  int64_t extent = 0;
  if (window < 1 || __builtin_mul_overflow(window - 1, dilation, &extent) ||
      __builtin_add_overflow(length, before + after, &padded) || extent + 1 > padded) {
    return mc_op_error(
        call, "%s: a filter of %lld with dilation %lld does not fit x's %lld with pads %lld and %lld",
        direction, (long long)window, (long long)dilation, (long long)length, (long long)before,
        (long long)after);
  }
  *out = (padded - extent - 1) / stride + 1;
  return MC_OK;
}

/* Channels and strides of the filter. Depthwise filters have x's channels where others have input channels,
 * and a multiplier where others have outputs; [c * multiplier, 1, h, w] is understood too. */
static int read_filter(const mc_op_call *call, const mc_filter_axes *axes, mc_conv *g) {
  char tx[MC_SHAPE_TEXT];
  char tf[MC_SHAPE_TEXT];
  const mc_shape *filter = &call->in[1].desc.shape;
  const bool depthwise = call->def->type[0] == 'D';
  int64_t stride[4] = {0, 0, 0, 1};
  for (int i = 2; i >= 0; --i) {
    if (__builtin_mul_overflow(stride[i + 1], filter->dims[i + 1], &stride[i])) {
      return mc_op_error(call, "filter %.160s is too large", mc_shape_text(filter, tf));
    }
  }
  const int64_t outs = filter->dims[axes->out];
  const int64_t ins = filter->dims[axes->in];
  g->kh = filter->dims[axes->row];
  g->kw = filter->dims[axes->column];
  g->f_out = stride[axes->out];
  g->f_in = stride[axes->in];
  g->f_row = stride[axes->row];
  g->f_column = stride[axes->column];
  if (depthwise && ins == g->c) {
    g->groups = g->c;
    g->gc = 1;
    g->goc = outs;
    g->f_group = stride[axes->in];
    if (__builtin_mul_overflow(g->c, outs, &g->oc)) {
      return mc_op_error(call, "filter %.160s gives too many channels", mc_shape_text(filter, tf));
    }
    return MC_OK;
  }
  /* Without the attribute the channels say it: single operators come with what their clients call "group". */
  const int64_t implied = ins > 0 && g->c % ins == 0 ? g->c / ins : 1;
  g->groups = depthwise ? g->c : mc_attrs_int(call->attrs, "groups", implied);
  g->gc = ins;
  g->oc = outs;
  if (g->groups < 1 || g->c % g->groups != 0 || outs % g->groups != 0 || ins != g->c / g->groups) {
    return mc_op_error(
        call,
        "x %.60s has %lld channels, filter %.60s takes %lld and gives %lld; with groups %lld the filter "
        "must take 1/groups of x's, and groups divide both",
        mc_shape_text(&call->in[0].desc.shape, tx), (long long)g->c, mc_shape_text(filter, tf),
        (long long)ins, (long long)outs, (long long)g->groups);
  }
  g->goc = outs / g->groups;
  g->f_group = g->goc * g->f_out;
  return MC_OK;
}

static int check_types(const mc_op_call *call, const mc_conv *g) {
  char text[MC_SHAPE_TEXT];
  const int dtype = call->in[0].desc.dtype;
  const int status = mc_check_same_dtype(call, 0, 1);
  if (status != MC_OK) {
    return status;
  }
  const mc_op_value *bias = mc_op_input(call, 2);
  if (bias != NULL) {
    const uint64_t accepted = dtype == MC_INT8 ? MC_DTYPE_BIT(MC_INT32) : MC_T_FLOATS;
    if ((accepted & MC_DTYPE_BIT(bias->desc.dtype)) == 0) {
      return mc_op_error(call, "bias has dtype %s; with a %s image it must be %s",
                         mc_dtype_name(bias->desc.dtype), mc_dtype_name(dtype),
                         dtype == MC_INT8 ? "DT_INT32" : "a float type");
    }
    if (mc_shape_count(&bias->desc.shape) != g->oc) {
      return mc_op_error(call, "bias has shape %.160s; it must have %lld values, one per output channel",
                         mc_shape_text(&bias->desc.shape, text), (long long)g->oc);
    }
  }
  if (mc_op_input(call, 3) != NULL) {
    return mc_op_error(call, "offset_w is connected; it is not emulated");
  }
  const int64_t offset = mc_attrs_int(call->attrs, "offset_x", 0);
  if (offset != 0) {
    return mc_op_error(call, "offset_x is %lld; only 0 is emulated", (long long)offset);
  }
  return MC_OK;
}

static int read_conv(const mc_op_call *call, mc_conv *g) {
  char tx[MC_SHAPE_TEXT];
  char tf[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *filter = &call->in[1].desc.shape;
  mc_filter_axes axes = {0, 1, 2, 3};
  memset(g, 0, sizeof(*g));
  if (x->rank != 4 || filter->rank != 4) {
    return mc_op_error(call, "x %.90s and filter %.90s must have rank 4", mc_shape_text(x, tx),
                       mc_shape_text(filter, tf));
  }
  int status = mc_layout(call, 0, "NHWC", &g->channels_last);
  const bool last = g->channels_last;
  g->n = x->dims[0];
  g->c = x->dims[mc_axis_c(last)];
  g->h = x->dims[mc_axis_h(last)];
  g->w = x->dims[mc_axis_w(last)];
  const int64_t *pads = NULL;
  if (status == MC_OK) {
    status = mc_conv_filter_axes(call, 1, last, &axes);
  }
  if (status == MC_OK) {
    status = read_filter(call, &axes, g);
  }
  if (status == MC_OK) {
    status = mc_conv_pair(call, "strides", true, last, &g->sh, &g->sw);
  }
  if (status == MC_OK) {
    status = mc_conv_pair(call, "dilations", false, last, &g->dh, &g->dw);
  }
  if (status == MC_OK) {
    status = mc_need_ints(call, "pads", 4, &pads, NULL);
  }
  if (status == MC_OK) {
    status = output_length(call, "height", g->h, pads[0], pads[1], g->kh, g->dh, g->sh, &g->oh);
  }
  if (status == MC_OK) {
    status = output_length(call, "width", g->w, pads[2], pads[3], g->kw, g->dw, g->sw, &g->ow);
  }
  if (status != MC_OK) {
    return status;
  }
  g->top = pads[0];
  g->left = pads[2];
  g->bias = mc_op_input(call, 2) == NULL ? -1 : call->slot_first[2];
  return check_types(call, g);
}

static int conv_infer(mc_op_call *call) {
  mc_conv g;
  const int status = read_conv(call, &g);
  if (status != MC_OK) {
    return status;
  }
  const int dtype = call->in[0].desc.dtype;
  mc_desc *y = &call->out[0].desc;
  y->dtype = dtype == MC_INT8 ? MC_INT32 : dtype;
  y->format = g.channels_last ? MC_FORMAT_NHWC : MC_FORMAT_NCHW;
  y->shape =
      g.channels_last ? (mc_shape){4, {g.n, g.oh, g.ow, g.oc}} : (mc_shape){4, {g.n, g.oc, g.oh, g.ow}};
  return mc_check_sizes(call);
}

static int conv_prepare(mc_op_call *call) {
  mc_conv g;
  const int status = read_conv(call, &g);
  return status != MC_OK ? status : mc_conv_prepare(call, &g);
}

static const mc_op_def kOps[] = {
    {.type = "Conv2D",
     .inputs = "x filter bias? offset_w?",
     .outputs = "y",
     .flags = MC_OP_LIMITS,
     .dtypes = MC_T_FLOATS | MC_DTYPE_BIT(MC_INT8),
     .infer = conv_infer,
     .prepare = conv_prepare},
    {.type = "DepthwiseConv2D",
     .inputs = "x filter bias? offset_w?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS | MC_DTYPE_BIT(MC_INT8),
     .infer = conv_infer,
     .prepare = conv_prepare},
};
MC_OP_FAMILY(conv, kOps);
