/*
 * Maxima together with where they are. MaxPoolWithArgmax counts as TensorFlow does, (row * width + column) *
 * channels + channel in an image with channels last; the others count row * width + column in the plane of
 * one channel, also where a real NPU would give its own mask of bits.
 */
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/layout.h"
#include "ops/pool_window.h"
#include "ops/widen.h"

enum { TENSORFLOW, PLANE, WORK = 16 << 10 };

typedef struct argmax_state {
  mc_pool g;
  bool wide;       /* int64 indices */
  bool tensorflow; /* counts channels too */
} argmax_state;

typedef struct job {
  const argmax_state *s;
  const float *x;
  float *y;
  void *index;
} job;

static void take_maxima(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_pool *g = &j->s->g;
  for (int64_t at = begin; at < end; ++at) {
    const mc_pool_window w = mc_pool_window_of(g, at);
    float best = 0;
    int64_t pixel = 0;
    MC_EACH_TAP(w) {
      const float value = MC_TAP(j->x, w);
      /* The first NaN wins, as does the first of equals. */
      if ((d | r | c) == 0 || value > best || (value != value && best == best)) {
        best = value;
        pixel = w.pixel + r * g->rows.dilation * g->columns.length + c * g->columns.dilation;
      }
    }
    const int64_t channel = at % g->c;
    const int64_t index = j->s->tensorflow ? pixel * g->c + channel : pixel;
    j->y[at] = best;
    if (j->s->wide) {
      ((int64_t *)j->index)[at] = index;
    } else {
      ((int32_t *)j->index)[at] = (int32_t)index;
    }
  }
}

static int run_argmax(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const argmax_state *s = call->state;
  job j = {s, in[0], out[0], out[1]};
  mc_parallel_for(mc_shape_count(&call->out[0].desc.shape), WORK / (mc_pool_taps_of(&s->g) + 1) + 1,
                  take_maxima, &j);
  return MC_OK;
}

/* Values 1 and 2 of four are height and width in every layout; those around them are not read. */
static int read_middle(const mc_op_call *call, const char *name, bool required, int64_t fallback,
                       int64_t *rows, int64_t *columns) {
  const int64_t *values = NULL;
  *rows = *columns = fallback;
  if (!required && mc_attrs_find(call->attrs, name) == NULL) {
    return MC_OK;
  }
  const int status = mc_need_ints(call, name, 4, &values, NULL);
  if (status == MC_OK) {
    *rows = values[1];
    *columns = values[2];
  }
  return status;
}

static int read_argmax(const mc_op_call *call, argmax_state *s) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  mc_pool *g = &s->g;
  mc_pool_padding mode = MC_POOL_CALCULATED;
  memset(s, 0, sizeof(*s));
  if (x->rank != 4) {
    return mc_op_error(call, "x %.160s has rank %d; it must be 4", mc_shape_text(x, text), x->rank);
  }
  s->tensorflow = call->def->variant == TENSORFLOW;
  g->channels_last = s->tensorflow || call->in[0].desc.format == MC_FORMAT_NHWC;
  g->n = x->dims[0];
  g->c = x->dims[mc_axis_c(g->channels_last)];
  g->depth = mc_pool_whole(1);
  g->rows = mc_pool_whole(x->dims[mc_axis_h(g->channels_last)]);
  g->columns = mc_pool_whole(x->dims[mc_axis_w(g->channels_last)]);
  int status = read_middle(call, "ksize", true, 1, &g->rows.window, &g->columns.window);
  status = status != MC_OK ? status
                           : read_middle(call, "strides", true, 1, &g->rows.stride, &g->columns.stride);
  if (status == MC_OK && s->tensorflow) {
    const char *padding = mc_attrs_string(call->attrs, "padding", "");
    if (strcmp(padding, "SAME") != 0 && strcmp(padding, "VALID") != 0) {
      return mc_op_error(call, "padding is \"%.40s\"; it must be SAME or VALID", padding);
    }
    mode = padding[0] == 'S' ? MC_POOL_SAME : MC_POOL_VALID;
    s->wide = mc_attrs_int(call->attrs, "Targmax", 7) != MC_INT32;
  } else if (status == MC_OK) {
    status = read_middle(call, "dilation", false, 1, &g->rows.dilation, &g->columns.dilation);
    status = status != MC_OK ? status
                             : read_middle(call, "pads", true, 0, &g->rows.before, &g->columns.before);
    g->rows.after = g->rows.before;
    g->columns.after = g->columns.before;
    s->wide = mc_attrs_int(call->attrs, "dtype", MC_INT32) == MC_INT64;
  }
  const bool ceil = mc_attrs_bool(call->attrs, "ceil_mode", false);
  status = status != MC_OK ? status : mc_pool_place(call, "height", mode, ceil, &g->rows);
  status = status != MC_OK ? status : mc_pool_place(call, "width", mode, ceil, &g->columns);
  if (status == MC_OK && !s->wide && x->dims[0] > 0 && mc_shape_count(x) / x->dims[0] > INT32_MAX) {
    return mc_op_error(call, "x %.160s is too large for int32 indices", mc_shape_text(x, text));
  }
  return status;
}

static int argmax_infer(mc_op_call *call) {
  argmax_state s;
  const int status = read_argmax(call, &s);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  y->shape.dims[mc_axis_h(s.g.channels_last)] = s.g.rows.out;
  y->shape.dims[mc_axis_w(s.g.channels_last)] = s.g.columns.out;
  call->out[1].desc = *y;
  call->out[1].desc.dtype = s.wide ? MC_INT64 : MC_INT32;
  return mc_check_sizes(call);
}

static int argmax_prepare(mc_op_call *call) {
  argmax_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_argmax(call, s);
  if (status != MC_OK) {
    return status;
  }
  mc_op_cost(call, 50 + (double)mc_shape_count(&call->out[0].desc.shape) * (double)mc_pool_taps_of(&s->g));
  call->state = s;
  return mc_widen_prepare(call, run_argmax, 1u, 1u);
}

/* Integers of up to 16 bits and floats: those that float holds. */
#define MC_T_EXACT                                                                                           \
  (MC_T_FLOATS | MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_INT16) |                   \
   MC_DTYPE_BIT(MC_UINT16))

static const mc_op_def kOps[] = {
    {.type = "MaxPoolWithArgmax",
     .inputs = "x",
     .outputs = "y argmax",
     .dtypes = MC_T_EXACT,
     .infer = argmax_infer,
     .prepare = argmax_prepare,
     .variant = TENSORFLOW},
    {.type = "MaxPoolWithArgmaxV1",
     .inputs = "x",
     .outputs = "y argmax",
     .dtypes = MC_T_EXACT,
     .infer = argmax_infer,
     .prepare = argmax_prepare,
     .variant = PLANE},
    {.type = "MaxPoolWithArgmaxV2",
     .inputs = "x",
     .outputs = "y argmax",
     .dtypes = MC_T_EXACT,
     .infer = argmax_infer,
     .prepare = argmax_prepare,
     .variant = PLANE},
};
MC_OP_FAMILY(pool_argmax, kOps);
