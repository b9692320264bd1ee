/*
 * The windows of images, laid out: Im2col gives [n, channels * window, windows] as PyTorch's unfold does,
 * ExtractImagePatches [n, rows, columns, window * channels] as TensorFlow does (with NCHW: [n, window * channels, rows,
 * columns]). What lies outside the image is zero.
 */
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/layout.h"
#include "ops/pool.h"

enum { UNFOLD, PATCHES };

typedef struct patch_state {
  mc_pool g; /* how the windows lie */
  size_t unit;
  int64_t x_n, x_c, x_h, x_w;       /* strides of x in elements */
  int64_t y_n, y_c, y_tap, y_window; /* of y: samples, channels, taps of a window, windows */
} patch_state;

typedef struct job {
  const patch_state *s;
  const char *x;
  char *y;
} job;

#define COPY_ROW(type)                                                                                       \
  for (int64_t o = 0; o < width; ++o, y += s->y_window * (int64_t)sizeof(type), left += g->columns.stride) {  \
    *(type *)(void *)y = inside && left >= 0 && left < g->columns.length                                     \
                             ? *(const type *)(const void *)(x + left * s->x_w * (int64_t)sizeof(type))      \
                             : 0;                                                                            \
  }

/* One tap of one row of windows. */
static void copy_row(const patch_state *s, const char *x, char *y, bool inside, int64_t left) {
  const mc_pool *g = &s->g;
  const int64_t width = g->columns.out;
  if (s->unit == 1) {
    COPY_ROW(uint8_t)
  } else if (s->unit == 2) {
    COPY_ROW(uint16_t)
  } else if (s->unit == 4) {
    COPY_ROW(uint32_t)
  } else {
    COPY_ROW(uint64_t)
  }
}

/* [begin, end) of samples, channels and taps. */
static void take_taps(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const patch_state *s = j->s;
  const mc_pool *g = &s->g;
  const int64_t taps = g->rows.window * g->columns.window;
  const int64_t unit = (int64_t)s->unit;
  for (int64_t at = begin; at < end; ++at) {
    const int64_t tap = at % taps;
    const int64_t c = at / taps % g->c;
    const int64_t n = at / taps / g->c;
    for (int64_t o = 0; o < g->rows.out; ++o) {
      const int64_t row = o * g->rows.stride - g->rows.before + tap / g->columns.window * g->rows.dilation;
      const int64_t left = tap % g->columns.window * g->columns.dilation - g->columns.before;
      const bool inside = row >= 0 && row < g->rows.length;
      const char *x = j->x + (n * s->x_n + c * s->x_c + (inside ? row : 0) * s->x_h) * unit;
      char *y = j->y + (n * s->y_n + c * s->y_c + tap * s->y_tap + o * g->columns.out * s->y_window) * unit;
      copy_row(s, x, y, inside, left);
    }
  }
}

static int run_patches(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const patch_state *s = call->state;
  job j = {s, in[0], out[0]};
  const int64_t taps = s->g.rows.window * s->g.columns.window;
  if (mc_shape_count(&call->out[0].desc.shape) > 0) {
    mc_parallel_for(s->g.n * s->g.c * taps, 4096 / (s->g.rows.out * s->g.columns.out + 1) + 1, take_taps, &j);
  }
  return MC_OK;
}

/* One value for both directions, or two. */
static int read_two(const mc_op_call *call, const char *name, int64_t fallback, int64_t *rows, int64_t *columns) {
  size_t n = 0;
  const int64_t *values = mc_attrs_ints(call->attrs, name, &n);
  *rows = *columns = fallback;
  if (n > 2 || (n == 0 && fallback == 0)) {
    return mc_op_error(call, "attribute %s has %zu values; it must have 1 or 2", name, n);
  }
  if (n > 0) {
    *rows = values[0];
    *columns = values[n - 1];
  }
  return MC_OK;
}

static int read_pads(const mc_op_call *call, mc_pool *g) {
  size_t n = 0;
  const int64_t *pads = mc_attrs_ints(call->attrs, "pads", &n);
  if (n != 0 && n != 1 && n != 2 && n != 4) {
    return mc_op_error(call, "attribute pads has %zu values; it must have 1, 2 or 4", n);
  }
  if (n != 0) {
    g->rows.before = pads[0];
    g->rows.after = pads[n == 4 ? 1 : 0];
    g->columns.before = pads[n == 4 ? 2 : n - 1];
    g->columns.after = pads[n - 1];
  }
  return MC_OK;
}

static int read_four(const mc_op_call *call, const char *name, bool last, int64_t *rows, int64_t *columns) {
  const int64_t *values = NULL;
  const int status = mc_need_ints(call, name, 4, &values, NULL);
  if (status == MC_OK) {
    *rows = values[mc_axis_h(last)];
    *columns = values[mc_axis_w(last)];
  }
  return status;
}

/* Unlike a pool's, pads may be larger than the window: windows of zeros only. */
static int place(const mc_op_call *call, mc_pool_axis *a, mc_pool_padding mode) {
  if (mode != MC_POOL_CALCULATED) {
    return mc_pool_place(call, "image", mode, false, a);
  }
  const int64_t before = a->before;
  const int64_t after = a->after;
  if (before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX) {
    return mc_op_error(call, "pads holds %lld and %lld; they must be in [0, 2147483647]", (long long)before,
                       (long long)after);
  }
  mc_pool_axis wide = *a;
  wide.length += before + after;
  wide.before = wide.after = 0;
  const int status = mc_pool_place(call, "image with its pads", MC_POOL_CALCULATED, false, &wide);
  a->out = wide.out;
  return status;
}

static int read_patches(const mc_op_call *call, patch_state *s) {
  char text[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const bool unfold = call->def->variant == UNFOLD;
  const bool last = !unfold && call->in[0].desc.format != MC_FORMAT_NCHW;
  const char *name = unfold ? "padding_mode" : "padding";
  const char *padding = mc_attrs_string(call->attrs, name, unfold ? "CALCULATED" : "");
  mc_pool *g = &s->g;
  memset(s, 0, sizeof(*s));
  if (x->rank != 4) {
    return mc_op_error(call, "x %.160s has rank %d; it must be 4", mc_shape_text(x, text), x->rank);
  }
  const bool same = strcmp(padding, "SAME") == 0;
  const bool calculated = unfold && strcmp(padding, "CALCULATED") == 0;
  if (!same && !calculated && strcmp(padding, "VALID") != 0) {
    return mc_op_error(call, "%s is \"%.40s\"; it must be SAME, VALID%s", name, padding, unfold ? " or CALCULATED" : "");
  }
  g->n = x->dims[0];
  g->c = x->dims[mc_axis_c(last)];
  g->depth = mc_pool_whole(1);
  g->rows = mc_pool_whole(x->dims[mc_axis_h(last)]);
  g->columns = mc_pool_whole(x->dims[mc_axis_w(last)]);
  int status = MC_OK;
  mc_pool_axis *r = &g->rows;
  mc_pool_axis *c = &g->columns;
  if (unfold) {
    status = read_two(call, "ksizes", 0, &r->window, &c->window);
    status = status != MC_OK ? status : read_two(call, "strides", 1, &r->stride, &c->stride);
    status = status != MC_OK ? status : read_two(call, "dilations", 1, &r->dilation, &c->dilation);
    status = status != MC_OK ? status : read_pads(call, g);
  } else {
    status = read_four(call, "ksizes", last, &r->window, &c->window);
    status = status != MC_OK ? status : read_four(call, "strides", last, &r->stride, &c->stride);
    status = status != MC_OK ? status : read_four(call, "rates", last, &r->dilation, &c->dilation);
  }
  const mc_pool_padding mode = same ? MC_POOL_SAME : calculated ? MC_POOL_CALCULATED : MC_POOL_VALID;
  status = status != MC_OK ? status : place(call, r, mode);
  status = status != MC_OK ? status : place(call, c, mode);
  if (status != MC_OK) {
    return status;
  }
  const int64_t taps = r->window * c->window;
  const int64_t windows = r->out * c->out;
  s->unit = mc_dtype_size(call->in[0].desc.dtype);
  s->x_w = last ? g->c : 1;
  s->x_h = s->x_w * c->length;
  s->x_c = last ? 1 : r->length * c->length;
  s->x_n = g->c * r->length * c->length;
  s->y_n = g->c * taps * windows;
  s->y_window = last ? g->c * taps : 1;
  s->y_tap = last ? g->c : unfold ? windows : g->c * windows;
  s->y_c = last ? 1 : unfold ? taps * windows : windows;
  return MC_OK;
}

static int patches_infer(mc_op_call *call) {
  patch_state s;
  const int status = read_patches(call, &s);
  if (status != MC_OK) {
    return status;
  }
  const mc_pool *g = &s.g;
  const int64_t wide = g->c * g->rows.window * g->columns.window;
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  if (call->def->variant == UNFOLD) {
    y->format = MC_FORMAT_ND;
    y->shape = (mc_shape){3, {g->n, wide, g->rows.out * g->columns.out}};
  } else if (y->format == MC_FORMAT_NCHW) {
    y->shape = (mc_shape){4, {g->n, wide, g->rows.out, g->columns.out}};
  } else {
    y->shape = (mc_shape){4, {g->n, g->rows.out, g->columns.out, wide}};
  }
  return mc_check_sizes(call);
}

static int patches_prepare(mc_op_call *call) {
  patch_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_patches(call, s);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->out[0].desc.shape) * 0.8);
  call->state = s;
  call->run = run_patches;
  return status;
}

static const mc_op_def kOps[] = {
    {.type = "Im2col",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_NUMBERS,
     .infer = patches_infer,
     .prepare = patches_prepare,
     .variant = UNFOLD},
    {.type = "ExtractImagePatches",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_NUMBERS,
     .infer = patches_infer,
     .prepare = patches_prepare,
     .variant = PATCHES},
};
MC_OP_FAMILY(patches, kOps);
