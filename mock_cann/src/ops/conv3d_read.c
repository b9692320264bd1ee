/* Images, filters and attributes of three-dimensional convolutions. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/conv3d.h"
#include "ops/layout.h"

static const char *const kDirections[3] = {"depth", "height", "width"};

int mc_conv3d_triple(const mc_op_call *call, const char *name, bool required, bool channels_last,
                     int64_t values[3]) {
  const int64_t *list = NULL;
  values[0] = values[1] = values[2] = 1;
  if (!required && mc_attrs_find(call->attrs, name) == NULL) {
    return MC_OK;
  }
  const int status = mc_need_ints(call, name, 5, &list, NULL);
  if (status != MC_OK) {
    return status;
  }
  if (list[0] != 1 || list[channels_last ? 4 : 1] != 1) {
    return mc_op_error(call, "%s: the batch and channel values (layout %s) must be 1", name,
                       channels_last ? "NDHWC" : "NCDHW");
  }
  for (int i = 0; i < 3; ++i) {
    values[i] = list[i + (channels_last ? 1 : 2)];
    if (values[i] < 1 || values[i] > INT32_MAX) {
      return mc_op_error(call, "%s has %lld for %s; it must be in [1, 2147483647]", name,
                         (long long)values[i], kDirections[i]);
    }
  }
  return MC_OK;
}

int mc_conv3d_read_image(const mc_op_call *call, mc_conv3d *g) {
  char tx[MC_SHAPE_TEXT];
  char tf[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[g->x].desc.shape;
  const mc_shape *filter = &call->in[g->filter].desc.shape;
  if (x->rank != 5 || filter->rank != 5) {
    return mc_op_error(call, "x %.90s and filter %.90s must have rank 5", mc_shape_text(x, tx),
                       mc_shape_text(filter, tf));
  }
  int status = mc_layout_volume(call, g->x, "NDHWC", &g->channels_last);
  status = status != MC_OK ? status : mc_check_same_dtype(call, g->x, g->filter);
  status = status != MC_OK ? status : mc_conv3d_triple(call, "strides", true, g->channels_last, g->stride);
  status =
      status != MC_OK ? status : mc_conv3d_triple(call, "dilations", false, g->channels_last, g->dilation);
  g->n = x->dims[0];
  g->c = x->dims[g->channels_last ? 4 : 1];
  g->groups = mc_attrs_int(call->attrs, "groups", 1);
  for (int i = 0; i < 3; ++i) {
    g->length[i] = x->dims[i + (g->channels_last ? 1 : 2)];
    g->apart[i] = 1;
  }
  return status;
}

int mc_conv3d_filter(const mc_op_call *call, mc_conv3d *g, int64_t *outs, int64_t *ins, int64_t strides[5]) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *filter = &call->in[g->filter].desc;
  int axes[5] = {0, 1, 2, 3, 4}; /* out, in, depth, row, column */
  static const int kLast[5] = {0, 4, 1, 2, 3};
  static const int kDhwcn[5] = {4, 3, 0, 1, 2};
  enum { DHWCN = 31 };
  if (filter->format == MC_FORMAT_NDHWC) {
    memcpy(axes, kLast, sizeof(axes));
  } else if (filter->format == DHWCN || (filter->format == MC_FORMAT_ND && g->channels_last)) {
    memcpy(axes, kDhwcn, sizeof(axes));
  } else if (filter->format != MC_FORMAT_NCDHW && filter->format != MC_FORMAT_ND) {
    return mc_op_error(call, "filter has format %d; it must be NCDHW (30), NDHWC (27), DHWCN (31) or ND (2)",
                       filter->format);
  }
  int64_t dense[5] = {0, 0, 0, 0, 1};
  for (int i = 3; i >= 0; --i) {
    if (__builtin_mul_overflow(dense[i + 1], filter->shape.dims[i + 1], &dense[i])) {
      return mc_op_error(call, "filter %.160s is too large", mc_shape_text(&filter->shape, text));
    }
  }
  *outs = filter->shape.dims[axes[0]];
  *ins = filter->shape.dims[axes[1]];
  for (int i = 0; i < 5; ++i) {
    strides[i] = dense[axes[i]];
  }
  for (int i = 0; i < 3; ++i) {
    g->window[i] = filter->shape.dims[axes[i + 2]];
  }
  return MC_OK;
}

int mc_conv3d_check_rest(const mc_op_call *call, const mc_conv3d *g, int offset_slot) {
  char text[MC_SHAPE_TEXT];
  const bool ints = call->in[g->x].desc.dtype == MC_INT8;
  const uint64_t accepted = ints ? MC_DTYPE_BIT(MC_INT32) : MC_T_FLOATS;
  if (g->bias >= 0) {
    const mc_desc *bias = &call->in[g->bias].desc;
    if ((accepted & MC_DTYPE_BIT(bias->dtype)) == 0 || mc_shape_count(&bias->shape) != g->oc) {
      return mc_op_error(call, "bias is %s %.90s; it must be %s with %lld values, one per output channel",
                         mc_dtype_name(bias->dtype), mc_shape_text(&bias->shape, text),
                         ints ? "DT_INT32" : "a float type", (long long)g->oc);
    }
  }
  if (mc_op_input(call, offset_slot) != NULL || mc_attrs_int(call->attrs, "offset_x", 0) != 0) {
    return mc_op_error(call, "offset_w and offset_x are not emulated");
  }
  return MC_OK;
}

static int place(const mc_op_call *call, mc_conv3d *g, int i, int64_t before, int64_t after) {
  int64_t extent = 0;
  int64_t padded = 0;
  if (before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX) {
    return mc_op_error(call, "pads for %s are %lld and %lld; they must be in [0, 2147483647]",
                       kDirections[i], (long long)before, (long long)after);
  }
  if (g->window[i] < 1 || __builtin_mul_overflow(g->window[i] - 1, g->dilation[i], &extent) ||
      __builtin_add_overflow(g->length[i], before + after, &padded) || extent >= padded) {
    return mc_op_error(
        call, "%s: a filter of %lld with dilation %lld does not fit x's %lld with pads %lld and %lld",
        kDirections[i], (long long)g->window[i], (long long)g->dilation[i], (long long)g->length[i],
        (long long)before, (long long)after);
  }
  g->out[i] = (padded - extent - 1) / g->stride[i] + 1;
  g->before[i] = before;
  g->padded[i] = padded;
  return MC_OK;
}

int mc_conv3d_read(const mc_op_call *call, mc_conv3d *g) {
  char tx[MC_SHAPE_TEXT];
  char tf[MC_SHAPE_TEXT];
  int64_t outs = 0;
  int64_t ins = 0;
  int64_t strides[5];
  const int64_t *pads = NULL;
  memset(g, 0, sizeof(*g));
  g->filter = 1;
  g->bias = mc_op_input(call, 2) == NULL ? -1 : call->slot_first[2];
  int status = mc_conv3d_read_image(call, g);
  status = status != MC_OK ? status : mc_conv3d_filter(call, g, &outs, &ins, strides);
  status = status != MC_OK ? status : mc_need_ints(call, "pads", 6, &pads, NULL);
  for (int i = 0; status == MC_OK && i < 3; ++i) {
    status = place(call, g, i, pads[2 * i], pads[2 * i + 1]);
  }
  if (status != MC_OK) {
    return status;
  }
  if (g->groups < 1 || g->c % g->groups != 0 || outs % g->groups != 0 || ins != g->c / g->groups) {
    return mc_op_error(
        call, "x %.60s has %lld channels, filter %.60s takes %lld and gives %lld; with groups %lld it must "
              "take 1/groups of x's, and groups divide both",
        mc_shape_text(&call->in[0].desc.shape, tx), (long long)g->c,
        mc_shape_text(&call->in[1].desc.shape, tf), (long long)ins, (long long)outs, (long long)g->groups);
  }
  g->oc = outs;
  g->gc = ins;
  g->goc = outs / g->groups;
  g->f_out = strides[0];
  g->f_in = strides[1];
  g->f_group = g->goc * g->f_out;
  memcpy(g->f_tap, strides + 2, sizeof(g->f_tap));
  return mc_conv3d_check_rest(call, g, 3);
}
