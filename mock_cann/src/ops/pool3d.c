/* Pooling of volumes. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/layout.h"
#include "ops/pool.h"

enum { AVERAGE = 1 };

/* Depth, height and width out of a list with one value for all, three values, or five in the layout. */
static int read_triple(const mc_op_call *call, const char *name, bool required, bool last, int64_t values[3]) {
  const int64_t *list = NULL;
  size_t n = 0;
  values[0] = values[1] = values[2] = 1;
  if (!required && mc_attrs_find(call->attrs, name) == NULL) {
    return MC_OK;
  }
  const int status = mc_need_ints(call, name, -1, &list, &n);
  if (status != MC_OK) {
    return status;
  }
  if (n != 1 && n != 3 && n != 5) {
    return mc_op_error(call, "attribute %s has %zu values; it must have 1, 3 or 5", name, n);
  }
  if (n == 5 && (list[0] != 1 || list[last ? 4 : 1] != 1)) {
    return mc_op_error(call, "attribute %s: the batch and channel values (layout %s) must be 1", name,
                       last ? "NDHWC" : "NCDHW");
  }
  for (int i = 0; i < 3; ++i) {
    values[i] = list[n == 1 ? 0 : n == 3 ? i : i + (last ? 1 : 2)];
  }
  return MC_OK;
}

static int read_mode(const mc_op_call *call, mc_pool_padding *mode) {
  *mode = MC_POOL_CALCULATED;
  if (call->def->variant == AVERAGE) {
    return MC_OK;
  }
  const char *text = mc_attrs_string(call->attrs, "padding", "");
  if (strcmp(text, "SAME") == 0) {
    *mode = MC_POOL_SAME;
  } else if (strcmp(text, "VALID") == 0) {
    *mode = MC_POOL_VALID;
  } else if (strcmp(text, "CALCULATED") != 0) {
    return mc_op_error(call, "padding is \"%.40s\"; it must be SAME, VALID or CALCULATED", text);
  }
  return MC_OK;
}

static int read_pads(const mc_op_call *call, mc_pool *g) {
  const int64_t *pads = NULL;
  if (call->def->variant != AVERAGE && mc_attrs_find(call->attrs, "pads") == NULL) {
    return MC_OK;
  }
  const int status = mc_need_ints(call, "pads", 6, &pads, NULL);
  if (status == MC_OK) {
    g->depth.before = pads[0];
    g->depth.after = pads[1];
    g->rows.before = pads[2];
    g->rows.after = pads[3];
    g->columns.before = pads[4];
    g->columns.after = pads[5];
  }
  return status;
}

static int read_volume(const mc_op_call *call, mc_pool *g) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  memset(g, 0, sizeof(*g));
  if (x->rank != 5) {
    return mc_op_error(call, "x %.160s has rank %d; it must be 5", mc_shape_text(x, text), x->rank);
  }
  int64_t sizes[3];
  int64_t strides[3];
  int64_t dilations[3];
  mc_pool_padding mode = MC_POOL_VALID;
  int status = mc_layout_volume(call, 0, "NDHWC", &g->channels_last);
  const bool last = g->channels_last;
  status = status != MC_OK ? status : read_triple(call, "ksize", true, last, sizes);
  status = status != MC_OK ? status : read_triple(call, "strides", true, last, strides);
  status = status != MC_OK ? status : read_triple(call, "dilation", false, last, dilations);
  status = status != MC_OK ? status : read_mode(call, &mode);
  if (status != MC_OK) {
    return status;
  }
  const bool average = call->def->variant == AVERAGE;
  g->average = average;
  g->exclusive = average && !mc_attrs_bool(call->attrs, "count_include_pad", true);
  g->divisor = average ? mc_attrs_int(call->attrs, "divisor_override", 0) : 0;
  g->n = x->dims[0];
  g->c = x->dims[last ? 4 : 1];
  mc_pool_axis *const axes[3] = {&g->depth, &g->rows, &g->columns};
  static const char *const kNames[3] = {"depth", "height", "width"};
  const bool ceil = average ? mc_attrs_bool(call->attrs, "ceil_mode", false)
                            : mc_attrs_int(call->attrs, "ceil_mode", 0) != 0;
  for (int i = 0; i < 3; ++i) {
    *axes[i] = (mc_pool_axis){.length = x->dims[i + (last ? 1 : 2)],
                              .window = sizes[i],
                              .stride = strides[i],
                              .dilation = dilations[i]};
  }
  status = read_pads(call, g);
  for (int i = 0; i < 3 && status == MC_OK; ++i) {
    status = mc_pool_place(call, kNames[i], mode, ceil, axes[i]);
  }
  return status;
}

static int volume_infer(mc_op_call *call) {
  mc_pool g;
  const int status = read_volume(call, &g);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  y->format = g.channels_last ? MC_FORMAT_NDHWC : MC_FORMAT_NCDHW;
  const int first = g.channels_last ? 1 : 2;
  y->shape.dims[first] = g.depth.out;
  y->shape.dims[first + 1] = g.rows.out;
  y->shape.dims[first + 2] = g.columns.out;
  return mc_check_sizes(call);
}

static int volume_prepare(mc_op_call *call) {
  mc_pool g;
  const int status = read_volume(call, &g);
  return status != MC_OK ? status : mc_pool_prepare(call, &g);
}

/* AvgPool3DD's filter and multiplier are what an NPU computes averages with; the attributes say it all. */
static const mc_op_def kOps[] = {
    {.type = "MaxPool3D",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_FLOATS64 | MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_UINT16),
     .infer = volume_infer,
     .prepare = volume_prepare},
    {.type = "AvgPool3D",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_FLOATS64,
     .infer = volume_infer,
     .prepare = volume_prepare,
     .variant = AVERAGE},
    {.type = "AvgPool3DD",
     .inputs = "x filter? multiplier?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS64,
     .infer = volume_infer,
     .prepare = volume_prepare,
     .variant = AVERAGE},
};
MC_OP_FAMILY(pool3d, kOps);
