/* The pooling operators: what their inputs and attributes mean. */
#include "ops/pool.h"

#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/layout.h"

static bool is_average(const mc_op_call *call) {
  return call->def->type[0] == 'A';
}

static int read_padding(const mc_op_call *call, mc_pool_padding *mode) {
  const bool newer = strstr(call->def->type, "V3") != NULL || strcmp(call->def->type, "AvgPoolV2") == 0;
  const char *name = newer ? "padding_mode" : "padding";
  const char *text = mc_attrs_string(call->attrs, name, newer ? "CALCULATED" : "");
  *mode = strcmp(text, "SAME") == 0 ? MC_POOL_SAME : strcmp(text, "VALID") == 0 ? MC_POOL_VALID : MC_POOL_CALCULATED;
  if (*mode == MC_POOL_CALCULATED && (!newer || strcmp(text, "CALCULATED") != 0)) {
    return mc_op_error(call, "%s is \"%.40s\"; it must be SAME%s VALID%s", name, text, newer ? "," : " or",
                       newer ? " or CALCULATED" : "");
  }
  return MC_OK;
}

/* The spatial pair of four values in the image's layout: an attribute, or an input of MaxPoolV2. */
static int read_pair(const mc_op_call *call, const char *name, int slot, bool last, int64_t *rows,
                     int64_t *columns) {
  const int64_t *values = NULL;
  if (strcmp(call->def->type, "MaxPoolV2") == 0) {
    int64_t count = 0;
    values = mc_op_ints(call, slot, &count);
    if (values == NULL) {
      return MC_RT_PARAM;
    }
    if (count != 4) {
      return mc_op_error(call, "%s has %lld values; it must have 4", name, (long long)count);
    }
  } else {
    const int status = mc_need_ints(call, name, 4, &values, NULL);
    if (status != MC_OK) {
      return status;
    }
  }
  *rows = values[mc_axis_h(last)];
  *columns = values[mc_axis_w(last)];
  if (values[0] != 1 || values[mc_axis_c(last)] != 1 || *rows < 1 || *columns < 1 || *rows > INT32_MAX ||
      *columns > INT32_MAX) {
    return mc_op_error(
        call,
        "%s [%lld,%lld,%lld,%lld]: in layout %s the batch and channel values must be 1 and the others "
        "in [1, 2147483647]",
        name, (long long)values[0], (long long)values[1], (long long)values[2], (long long)values[3],
        last ? "NHWC" : "NCHW");
  }
  return MC_OK;
}

static int read_image(const mc_op_call *call, const char *fallback, mc_pool *g) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  memset(g, 0, sizeof(*g));
  if (x->rank != 4) {
    return mc_op_error(call, "x %.160s has rank %d; it must be 4", mc_shape_text(x, text), x->rank);
  }
  const int status = mc_layout(call, 0, fallback, &g->channels_last);
  g->n = x->dims[0];
  g->c = x->dims[mc_axis_c(g->channels_last)];
  g->depth = mc_pool_whole(1);
  g->rows = mc_pool_whole(x->dims[mc_axis_h(g->channels_last)]);
  g->columns = mc_pool_whole(x->dims[mc_axis_w(g->channels_last)]);
  return status;
}

static int read_pool(const mc_op_call *call, mc_pool *g) {
  const bool newer = strstr(call->def->type, "V3") != NULL || strcmp(call->def->type, "AvgPoolV2") == 0;
  mc_pool_padding mode = MC_POOL_VALID;
  int status = read_image(call, newer ? "NCHW" : "NHWC", g);
  if (status == MC_OK) {
    status = read_padding(call, &mode);
  }
  if (status != MC_OK) {
    return status;
  }
  g->average = is_average(call);
  g->exclusive = !newer || mc_attrs_bool(call->attrs, "exclusive", true);
  g->divisor = newer ? mc_attrs_int(call->attrs, "divisor_override", 0) : 0;
  if (newer && mc_attrs_bool(call->attrs, "global_pooling", false)) {
    if (g->rows.length == 0 || g->columns.length == 0) {
      return mc_op_error(call, "x has height %lld and width %lld; global pooling needs at least one pixel",
                         (long long)g->rows.length, (long long)g->columns.length);
    }
    return MC_OK;
  }
  if (mode == MC_POOL_CALCULATED && mc_attrs_find(call->attrs, "pads") != NULL) {
    const int64_t *pads = NULL;
    status = mc_need_ints(call, "pads", 4, &pads, NULL);
    if (status != MC_OK) {
      return status;
    }
    g->rows.before = pads[0];
    g->rows.after = pads[1];
    g->columns.before = pads[2];
    g->columns.after = pads[3];
  }
  status = read_pair(call, "ksize", 1, g->channels_last, &g->rows.window, &g->columns.window);
  if (status == MC_OK) {
    status = read_pair(call, "strides", 2, g->channels_last, &g->rows.stride, &g->columns.stride);
  }
  const bool ceil = newer && mc_attrs_bool(call->attrs, "ceil_mode", false);
  if (status == MC_OK) {
    status = mc_pool_place(call, "height", mode, ceil, &g->rows);
  }
  if (status == MC_OK) {
    status = mc_pool_place(call, "width", mode, ceil, &g->columns);
  }
  return status;
}

static int pool_infer(mc_op_call *call) {
  mc_pool g;
  const int status = read_pool(call, &g);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  y->dtype = call->in[0].desc.dtype;
  y->format = g.channels_last ? MC_FORMAT_NHWC : MC_FORMAT_NCHW;
  const int64_t oh = g.rows.out;
  const int64_t ow = g.columns.out;
  y->shape = g.channels_last ? (mc_shape){4, {g.n, oh, ow, g.c}} : (mc_shape){4, {g.n, g.c, oh, ow}};
  return mc_check_sizes(call);
}

/* The average over every axis behind the channels: x is seen as n * c planes of one row. */
static int read_global(const mc_op_call *call, mc_pool *g) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  memset(g, 0, sizeof(*g));
  if (x->rank < 3) {
    return mc_op_error(call, "x %.160s has rank %d; it must be at least 3", mc_shape_text(x, text), x->rank);
  }
  g->channels_last = call->in[0].desc.format == MC_FORMAT_NHWC;
  const int first = g->channels_last ? 1 : 2;
  g->n = x->dims[0];
  g->c = x->dims[g->channels_last ? x->rank - 1 : 1];
  g->depth = g->rows = mc_pool_whole(1);
  g->columns = mc_pool_whole(mc_dims_product(x, first, first + x->rank - 2));
  g->average = g->exclusive = true;
  if (g->columns.length == 0) {
    return mc_op_error(call, "x %.160s has no pixel to average", mc_shape_text(x, text));
  }
  return MC_OK;
}

static int global_infer(mc_op_call *call) {
  mc_pool g;
  const int status = read_global(call, &g);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  for (int i = g.channels_last ? 1 : 2; i < y->shape.rank - (g.channels_last ? 1 : 0); ++i) {
    y->shape.dims[i] = 1;
  }
  return MC_OK;
}

static int pool_prepare(mc_op_call *call) {
  mc_pool g;
  const int status = read_pool(call, &g);
  return status != MC_OK ? status : mc_pool_prepare(call, &g);
}

static int global_prepare(mc_op_call *call) {
  mc_pool g;
  const int status = read_global(call, &g);
  return status != MC_OK ? status : mc_pool_prepare(call, &g);
}

#define MC_T_MAX (MC_T_FLOATS64 | MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_UINT16))

static const mc_op_def kOps[] = {
    {.type = "MaxPool",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MAX,
     .infer = pool_infer,
     .prepare = pool_prepare},
    {.type = "MaxPoolV2",
     .inputs = "x ksize strides",
     .outputs = "y",
     .dtypes = MC_T_MAX,
     .value_inputs = 1u << 1 | 1u << 2,
     .infer = pool_infer,
     .prepare = pool_prepare},
    {.type = "MaxPoolV3",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MAX,
     .infer = pool_infer,
     .prepare = pool_prepare},
    {.type = "AvgPool",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_FLOATS64,
     .infer = pool_infer,
     .prepare = pool_prepare},
    {.type = "AvgPoolV2",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_FLOATS64,
     .infer = pool_infer,
     .prepare = pool_prepare},
    {.type = "GlobalAveragePool",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_FLOATS64,
     .infer = global_infer,
     .prepare = global_prepare},
};
MC_OP_FAMILY(pool, kOps);
