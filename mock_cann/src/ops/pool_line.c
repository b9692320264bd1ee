/* Pooling in other spellings: along the last axis (AvgPool1D), and as Caffe has it (Pooling). */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/layout.h"
#include "ops/pool.h"

/* Every row along the last axis is a plane of its own. */
static int read_line(const mc_op_call *call, mc_pool *g) {
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t *pads = NULL;
  memset(g, 0, sizeof(*g));
  if (x->rank < 1) {
    return mc_op_error(call, "x is a scalar; it must have at least one axis");
  }
  g->n = mc_dims_product(x, 0, x->rank - 1);
  g->c = 1;
  g->average = true;
  g->exclusive = !mc_attrs_bool(call->attrs, "count_include_pad", false);
  g->depth = g->rows = mc_pool_whole(1);
  g->columns = (mc_pool_axis){.length = x->dims[x->rank - 1], .dilation = 1};
  int status = mc_need_int(call, "ksize", &g->columns.window);
  status = status != MC_OK ? status : mc_need_int(call, "strides", &g->columns.stride);
  status = status != MC_OK ? status : mc_need_ints(call, "pads", 2, &pads, NULL);
  if (status != MC_OK) {
    return status;
  }
  g->columns.before = pads[0];
  g->columns.after = pads[1];
  return mc_pool_place(call, "width", MC_POOL_CALCULATED, mc_attrs_bool(call->attrs, "ceil_mode", false),
                       &g->columns);
}

static int line_infer(mc_op_call *call) {
  mc_pool g;
  const int status = read_line(call, &g);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  y->shape.dims[y->shape.rank - 1] = g.columns.out;
  return mc_check_sizes(call);
}

static int line_prepare(mc_op_call *call) {
  mc_pool g;
  const int status = read_line(call, &g);
  return status != MC_OK ? status : mc_pool_prepare(call, &g);
}

/* Two values, or one for both; `fallback` when the attribute is not there. */
static int read_two(const mc_op_call *call, const char *name, int64_t fallback, int64_t *rows,
                    int64_t *columns) {
  size_t n = 0;
  const int64_t *values = mc_attrs_ints(call->attrs, name, &n);
  *rows = *columns = fallback;
  if (values == NULL && n == 0) {
    return MC_OK;
  }
  if (n != 1 && n != 2) {
    return mc_op_error(call, "attribute %s has %zu values; it must have 1 or 2", name, n);
  }
  *rows = values[0];
  *columns = values[n - 1];
  return MC_OK;
}

/* mode 0 takes the maximum and 1 the average, where padding counts; ceil_mode 0 rounds up and 1 down. */
static int read_caffe(const mc_op_call *call, mc_pool *g) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  memset(g, 0, sizeof(*g));
  if (x->rank != 4) {
    return mc_op_error(call, "x %.160s has rank %d; it must be 4", mc_shape_text(x, text), x->rank);
  }
  const int64_t mode = mc_attrs_int(call->attrs, "mode", 0);
  const int64_t ceil = mc_attrs_int(call->attrs, "ceil_mode", 0);
  if (mode < 0 || mode > 1 || ceil < 0 || ceil > 1) {
    return mc_op_error(call, "mode is %lld and ceil_mode %lld; each must be 0 or 1", (long long)mode,
                       (long long)ceil);
  }
  int status = mc_layout(call, 0, "NCHW", &g->channels_last);
  const bool last = g->channels_last;
  g->average = mode == 1;
  g->n = x->dims[0];
  g->c = x->dims[mc_axis_c(last)];
  g->depth = mc_pool_whole(1);
  g->rows = mc_pool_whole(x->dims[mc_axis_h(last)]);
  g->columns = mc_pool_whole(x->dims[mc_axis_w(last)]);
  if (status != MC_OK || mc_attrs_bool(call->attrs, "global_pooling", false)) {
    const bool some = g->rows.length > 0 && g->columns.length > 0;
    return status != MC_OK || some ? status : mc_op_error(call, "global pooling needs at least one pixel");
  }
  size_t n = 0;
  const int64_t *pad = mc_attrs_ints(call->attrs, "pad", &n);
  if (n != 0 && n != 4) {
    return mc_op_error(call, "attribute pad has %zu values; it must have 4", n);
  }
  if (n == 4) {
    g->rows.before = pad[0];
    g->rows.after = pad[1];
    g->columns.before = pad[2];
    g->columns.after = pad[3];
  }
  const int64_t *dilation = mc_attrs_ints(call->attrs, "dilation", &n);
  if (n != 0 && n != 4) {
    return mc_op_error(call, "attribute dilation has %zu values; it must have 4", n);
  }
  g->rows.dilation = n == 4 ? dilation[mc_axis_h(last)] : 1;
  g->columns.dilation = n == 4 ? dilation[mc_axis_w(last)] : 1;
  status = read_two(call, "window", 1, &g->rows.window, &g->columns.window);
  status = status != MC_OK ? status : read_two(call, "stride", 1, &g->rows.stride, &g->columns.stride);
  status = status != MC_OK ? status
                           : mc_pool_place(call, "height", MC_POOL_CALCULATED, ceil == 0, &g->rows);
  return status != MC_OK ? status
                         : mc_pool_place(call, "width", MC_POOL_CALCULATED, ceil == 0, &g->columns);
}

static int caffe_infer(mc_op_call *call) {
  mc_pool g;
  const int status = read_caffe(call, &g);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  y->format = g.channels_last ? MC_FORMAT_NHWC : MC_FORMAT_NCHW;
  y->shape.dims[mc_axis_h(g.channels_last)] = g.rows.out;
  y->shape.dims[mc_axis_w(g.channels_last)] = g.columns.out;
  return mc_check_sizes(call);
}

static int caffe_prepare(mc_op_call *call) {
  mc_pool g;
  const int status = read_caffe(call, &g);
  return status != MC_OK ? status : mc_pool_prepare(call, &g);
}

/* AvgPool1DD's assist_matrix is what an NPU computes averages with; the attributes say it all. */
static const mc_op_def kOps[] = {
    {.type = "AvgPool1D",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_FLOATS64,
     .infer = line_infer,
     .prepare = line_prepare},
    {.type = "AvgPool1DD",
     .inputs = "x assist_matrix",
     .outputs = "y",
     .dtypes = MC_T_FLOATS64,
     .infer = line_infer,
     .prepare = line_prepare},
    {.type = "Pooling",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = caffe_infer,
     .prepare = caffe_prepare},
};
MC_OP_FAMILY(pool_line, kOps);
