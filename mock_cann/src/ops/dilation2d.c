/* Dilation2D: grey morphology, y = the maximum over a window of x + filter [height, width, channels]. Padding never wins. */
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/layout.h"
#include "ops/pool_window.h"
#include "ops/widen.h"

typedef struct job {
  const mc_pool *g;
  const float *x, *filter;
  float *y;
} job;

static void take_outputs(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_pool *g = j->g;
  const int64_t pixels = g->rows.out * g->columns.out;
  for (int64_t at = begin; at < end; ++at) {
    const mc_pool_window w = mc_pool_window_of(g, at);
    const int64_t pixel = g->channels_last ? at / g->c % pixels : at % pixels;
    const int64_t channel = g->channels_last ? at % g->c : at / pixels % g->c;
    const mc_pool_taps rows = mc_pool_at(g, &g->rows, pixel / g->columns.out);
    const mc_pool_taps columns = mc_pool_at(g, &g->columns, pixel % g->columns.out);
    /* The taps before the image were left out: the first one's place in the filter. */
    const int64_t first_row =
        (rows.first + g->rows.before - pixel / g->columns.out * g->rows.stride) / g->rows.dilation;
    const int64_t first_column =
        (columns.first + g->columns.before - pixel % g->columns.out * g->columns.stride) / g->columns.dilation;
    float best = 0;
    MC_EACH_TAP(w) {
      const float weight = j->filter[((first_row + r) * g->columns.window + first_column + c) * g->c + channel];
      const float value = MC_TAP(j->x, w) + weight;
      best = (d | r | c) == 0 || value > best || value != value ? value : best;
    }
    j->y[at] = best;
  }
}

static int run_dilation(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_pool *g = call->state;
  job j = {g, in[0], in[1], out[0]};
  mc_parallel_for(mc_shape_count(&call->out[0].desc.shape), 8192 / (mc_pool_taps_of(g) + 1) + 1, take_outputs, &j);
  return MC_OK;
}

static int read_pair(const mc_op_call *call, const char *name, bool last, int64_t *rows, int64_t *columns) {
  const int64_t *values = NULL;
  const int status = mc_need_ints(call, name, 4, &values, NULL);
  if (status == MC_OK) {
    *rows = values[mc_axis_h(last)];
    *columns = values[mc_axis_w(last)];
  }
  return status;
}

static int read_dilation(const mc_op_call *call, mc_pool *g) {
  char tx[MC_SHAPE_TEXT];
  char tf[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *filter = &call->in[1].desc.shape;
  const char *text = mc_attrs_string(call->attrs, "padding_mode", "SAME");
  memset(g, 0, sizeof(*g));
  if (x->rank != 4 || filter->rank != 3) {
    return mc_op_error(call, "x %.90s must have rank 4 and filter %.90s rank 3", mc_shape_text(x, tx),
                       mc_shape_text(filter, tf));
  }
  int status = mc_layout(call, 0, "NHWC", &g->channels_last);
  status = status != MC_OK ? status : mc_check_same_dtype(call, 0, 1);
  const bool last = g->channels_last;
  const mc_pool_padding mode = strcmp(text, "SAME") == 0    ? MC_POOL_SAME
                               : strcmp(text, "VALID") == 0 ? MC_POOL_VALID
                                                            : MC_POOL_CALCULATED;
  if (mode == MC_POOL_CALCULATED && strcmp(text, "CALCULATED") != 0) {
    return mc_op_error(call, "padding_mode is \"%.40s\"; it must be SAME, VALID or CALCULATED", text);
  }
  g->n = x->dims[0];
  g->c = x->dims[mc_axis_c(last)];
  if (filter->dims[2] != g->c) {
    return mc_op_error(call, "filter %.90s must have x's %lld channels last", mc_shape_text(filter, tf), (long long)g->c);
  }
  g->depth = mc_pool_whole(1);
  g->rows = (mc_pool_axis){.length = x->dims[mc_axis_h(last)], .window = filter->dims[0]};
  g->columns = (mc_pool_axis){.length = x->dims[mc_axis_w(last)], .window = filter->dims[1]};
  status = status != MC_OK ? status : read_pair(call, "strides", last, &g->rows.stride, &g->columns.stride);
  status = status != MC_OK ? status : read_pair(call, "rates", last, &g->rows.dilation, &g->columns.dilation);
  if (status == MC_OK && mode == MC_POOL_CALCULATED && mc_attrs_find(call->attrs, "pads") != NULL) {
    const int64_t *pads = NULL;
    status = mc_need_ints(call, "pads", 4, &pads, NULL);
    if (status == MC_OK) {
      g->rows.before = pads[0];
      g->rows.after = pads[1];
      g->columns.before = pads[2];
      g->columns.after = pads[3];
    }
  }
  const bool ceil = mc_attrs_bool(call->attrs, "ceil_mode", false);
  status = status != MC_OK ? status : mc_pool_place(call, "height", mode, ceil, &g->rows);
  return status != MC_OK ? status : mc_pool_place(call, "width", mode, ceil, &g->columns);
}

static int dilation_infer(mc_op_call *call) {
  mc_pool g;
  const int status = read_dilation(call, &g);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  y->shape.dims[mc_axis_h(g.channels_last)] = g.rows.out;
  y->shape.dims[mc_axis_w(g.channels_last)] = g.columns.out;
  return mc_check_sizes(call);
}

static int dilation_prepare(mc_op_call *call) {
  mc_pool *g = mc_op_alloc(call, sizeof(*g));
  if (g == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_dilation(call, g);
  mc_op_cost(call, 50 + (double)mc_shape_count(&call->out[0].desc.shape) * (double)mc_pool_taps_of(g) * 1.5);
  call->state = g;
  return status != MC_OK ? status : mc_widen_prepare(call, run_dilation, 3u, 1u);
}

static const mc_op_def kOps[] = {
    {.type = "Dilation2D",
     .inputs = "x filter",
     .outputs = "y",
     .dtypes = MC_T_FLOATS | MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_INT16) |
               MC_DTYPE_BIT(MC_UINT16), /* those whose sums float holds */
     .infer = dilation_infer,
     .prepare = dilation_prepare},
};
MC_OP_FAMILY(dilation2d, kOps);
