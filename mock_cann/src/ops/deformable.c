/*
 * DeformableOffsets takes for every output pixel and filter tap the pixel of x that lies at the tap's place moved by an
 * offset, times a mask, into an image in which every output is a block of taps; DeformableConv2D multiplies these with a
 * filter. offsets has, channel by channel, every group's and tap's horizontal offset, then the vertical ones, then (when
 * modulated) the masks. Images are NCHW or NHWC.
 *
 * Scratch of the convolution: the taps as [channels * window, pixels] of one image.
 */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/gemm.h"
#include "ops/layout.h"
#include "ops/widen.h"

enum { OFFSETS, CONVOLUTION };

typedef struct deform {
  bool last, modulated;
  int64_t n, c, h, w, oh, ow, kh, kw;
  int64_t sh, sw, dh, dw, top, left;
  int64_t sets; /* of offsets; each serves c / sets channels */
  int64_t oc, groups, gc, goc;
  int64_t f_out, f_in, f_row, f_column; /* strides of the filter */
} deform;

typedef struct job {
  const deform *g;
  const float *x, *offsets; /* of one image */
  float *to;
  bool blocks; /* into an image of blocks, else into columns */
} job;

static float pixel(const deform *g, const float *x, int64_t c, int64_t y, int64_t at) {
  if (y < 0 || y >= g->h || at < 0 || at >= g->w) {
    return 0;
  }
  return g->last ? x[(y * g->w + at) * g->c + c] : x[(c * g->h + y) * g->w + at];
}

static float sample(const deform *g, const float *x, int64_t c, float y, float at) {
  if (!(y > -1 && y < (float)g->h && at > -1 && at < (float)g->w)) {
    return 0;
  }
  const float fy = floorf(y);
  const float fx = floorf(at);
  const float dy = y - fy;
  const float dx = at - fx;
  const int64_t iy = (int64_t)fy;
  const int64_t ix = (int64_t)fx;
  return (1 - dy) * ((1 - dx) * pixel(g, x, c, iy, ix) + dx * pixel(g, x, c, iy, ix + 1)) +
         dy * ((1 - dx) * pixel(g, x, c, iy + 1, ix) + dx * pixel(g, x, c, iy + 1, ix + 1));
}

/* Rows [begin, end) of channel and tap. */
static void take_taps(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const deform *g = j->g;
  const int64_t taps = g->kh * g->kw;
  const int64_t pixels = g->oh * g->ow;
  const int64_t parts = (g->modulated ? 3 : 2) * g->sets * taps;
  for (int64_t row = begin; row < end; ++row) {
    const int64_t c = row / taps;
    const int64_t tap = row % taps;
    const int64_t at = c / (g->c / g->sets) * taps + tap;
    for (int64_t p = 0; p < pixels; ++p) {
      float part[3] = {0, 0, 1};
      for (int k = 0; k < (g->modulated ? 3 : 2); ++k) {
        const int64_t channel = k * g->sets * taps + at;
        part[k] = g->last ? j->offsets[p * parts + channel] : j->offsets[channel * pixels + p];
      }
      const float y = (float)(p / g->ow * g->sh - g->top + tap / g->kw * g->dh) + part[1];
      const float x = (float)(p % g->ow * g->sw - g->left + tap % g->kw * g->dw) + part[0];
      const float value = sample(g, j->x, c, y, x) * part[2];
      if (!j->blocks) {
        j->to[row * pixels + p] = value;
        continue;
      }
      const int64_t by = p / g->ow * g->kh + tap / g->kw;
      const int64_t bx = p % g->ow * g->kw + tap % g->kw;
      const int64_t wide = g->ow * g->kw;
      j->to[g->last ? (by * wide + bx) * g->c + c : (c * g->oh * g->kh + by) * wide + bx] = value;
    }
  }
}

typedef struct product {
  const deform *g;
  const float *columns, *filter, *bias;
  float *y;
} product;

static void select_product(const void *context, int64_t group, mc_gemm *gemm, mc_matrix storage[2]) {
  const product *p = context;
  const deform *g = p->g;
  const int64_t pixels = g->oh * g->ow;
  const int64_t depth = g->gc * g->kh * g->kw;
  storage[0] = (mc_matrix){p->filter + group * g->goc * depth, depth, 1, MC_FLOAT};
  storage[1] = (mc_matrix){p->columns + group * depth * pixels, pixels, 1, MC_FLOAT};
  const mc_operand rows = {.pack = g->last ? mc_pack_columns : mc_pack_rows, .source = &storage[0]};
  const mc_operand taps = {.pack = g->last ? mc_pack_rows : mc_pack_columns, .source = &storage[1]};
  if (g->last) { /* both factors transposed */
    storage[0] = (mc_matrix){storage[0].data, 1, depth, MC_FLOAT};
    storage[1] = (mc_matrix){storage[1].data, 1, pixels, MC_FLOAT};
  }
  gemm->m = g->last ? pixels : g->goc;
  gemm->n = g->last ? g->goc : pixels;
  gemm->k = depth;
  gemm->a = g->last ? taps : rows;
  gemm->b = g->last ? rows : taps;
  gemm->c = (mc_result){.row = g->last ? g->oc : pixels, .dtype = MC_FLOAT, .alpha = 1, .beta = 1};
  gemm->c.data = p->y + group * g->goc * (g->last ? 1 : pixels);
  if (p->bias != NULL) {
    gemm->c.addend = (mc_matrix){p->bias + group * g->goc, g->last ? 0 : 1, g->last ? 1 : 0, MC_FLOAT};
  }
}

/* The filter as [oc][channel][row][column]. */
static void order_filter(const deform *g, const float *filter, float *to) {
  for (int64_t o = 0; o < g->oc; ++o) {
    for (int64_t i = 0; i < g->gc; ++i) {
      for (int64_t t = 0; t < g->kh * g->kw; ++t) {
        *to++ = filter[o * g->f_out + i * g->f_in + t / g->kw * g->f_row + t % g->kw * g->f_column];
      }
    }
  }
}

static int run_deform(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const deform *g = call->state;
  const bool convolution = call->def->variant == CONVOLUTION;
  const int64_t taps = g->kh * g->kw;
  const int64_t pixels = g->oh * g->ow;
  const int64_t parts = (g->modulated ? 3 : 2) * g->sets * taps;
  float *filter = scratch;
  float *columns = filter + (convolution ? g->oc * g->gc * taps : 0);
  if (mc_shape_count(&call->out[0].desc.shape) == 0) {
    return MC_OK;
  }
  if (convolution) {
    order_filter(g, in[1], filter);
  }
  for (int64_t n = 0; n < g->n; ++n) {
    job j = {.g = g,
             .x = (const float *)in[0] + n * g->c * g->h * g->w,
             .offsets = (const float *)in[convolution ? 2 : 1] + n * parts * pixels,
             .to = convolution ? columns : (float *)out[0] + n * g->c * taps * pixels,
             .blocks = !convolution};
    mc_parallel_for(g->c * taps, 1024 / (pixels + 1) + 1, take_taps, &j);
    product p = {g, columns, filter, convolution ? in[3] : NULL, (float *)out[0] + n * g->oc * pixels};
    if (convolution &&
        !mc_gemm_run(g->groups, g->last ? pixels : g->goc, g->last ? g->goc : pixels, g->gc * taps, select_product, &p)) {
      return mc_op_error(call, "out of host memory while convolving");
    }
  }
  return MC_OK;
}

static int place(const mc_op_call *call, int64_t length, int64_t before, int64_t after, int64_t window, int64_t dilation,
                 int64_t stride, int64_t *out) {
  const int64_t extent = (window - 1) * dilation + 1;
  if (window < 1 || before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX || stride < 1 || dilation < 1 ||
      stride > INT32_MAX || dilation > INT32_MAX / (window + 1) || extent > length + before + after) {
    return mc_op_error(call, "a window of %lld with dilation %lld and stride %lld does not fit x's %lld with pads %lld "
                             "and %lld",
                       (long long)window, (long long)dilation, (long long)stride, (long long)length, (long long)before,
                       (long long)after);
  }
  *out = (length + before + after - extent) / stride + 1;
  return MC_OK;
}

/* The filter's dims and strides, and the channels they give. */
static int read_filter(const mc_op_call *call, deform *g) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *filter = &call->in[1].desc;
  if (filter->shape.rank != 4) {
    return mc_op_error(call, "filter %.120s must have rank 4", mc_shape_text(&filter->shape, text));
  }
  const bool hwcn = filter->format == MC_FORMAT_HWCN || (g->last && filter->format == MC_FORMAT_ND);
  const int64_t *d = filter->shape.dims;
  g->kh = d[hwcn ? 0 : 2];
  g->kw = d[hwcn ? 1 : 3];
  g->gc = d[hwcn ? 2 : 1];
  g->oc = d[hwcn ? 3 : 0];
  g->f_out = hwcn ? 1 : d[1] * d[2] * d[3];
  g->f_in = hwcn ? d[3] : d[2] * d[3];
  g->f_row = hwcn ? d[1] * d[2] * d[3] : d[3];
  g->f_column = hwcn ? d[2] * d[3] : 1;
  g->groups = mc_attrs_int(call->attrs, "groups", 1);
  if (g->groups < 1 || g->gc * g->groups != g->c || g->oc % g->groups != 0) {
    return mc_op_error(call, "filter %.120s does not fit %lld channels in %lld groups",
                       mc_shape_text(&filter->shape, text), (long long)g->c, (long long)g->groups);
  }
  g->goc = g->oc / g->groups;
  if (mc_op_input(call, 3) != NULL && mc_shape_count(&mc_op_input(call, 3)->desc.shape) != g->oc) {
    return mc_op_error(call, "bias must have %lld values, one per output channel", (long long)g->oc);
  }
  return MC_OK;
}

static int read_deform(const mc_op_call *call, deform *g) {
  char text[MC_SHAPE_TEXT];
  const bool convolution = call->def->variant == CONVOLUTION;
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *offsets = &call->in[convolution ? 2 : 1].desc.shape;
  const int64_t *strides = NULL;
  const int64_t *pads = NULL;
  const int64_t *dilations = NULL;
  const int64_t *window = NULL;
  static const int64_t kOnes[4] = {1, 1, 1, 1};
  memset(g, 0, sizeof(*g));
  if (x->rank != 4 || offsets->rank != 4) {
    return mc_op_error(call, "x %.120s and offsets must have rank 4", mc_shape_text(x, text));
  }
  int status = mc_layout(call, 0, convolution ? "NHWC" : "NCHW", &g->last);
  const int h = mc_axis_h(g->last);
  const int w = mc_axis_w(g->last);
  g->n = x->dims[0];
  g->c = x->dims[mc_axis_c(g->last)];
  g->h = x->dims[h];
  g->w = x->dims[w];
  g->modulated = mc_attrs_bool(call->attrs, "modulated", true);
  g->sets = mc_attrs_int(call->attrs, "deformable_groups", 1);
  status = status != MC_OK ? status : mc_need_ints(call, "strides", 4, &strides, NULL);
  status = status != MC_OK ? status : mc_need_ints(call, "pads", 4, &pads, NULL);
  dilations = kOnes;
  if (status == MC_OK && mc_attrs_find(call->attrs, "dilations") != NULL) {
    status = mc_need_ints(call, "dilations", 4, &dilations, NULL);
  }
  if (status == MC_OK && convolution) {
    status = read_filter(call, g);
  } else if (status == MC_OK) {
    status = mc_need_ints(call, "ksize", 2, &window, NULL);
    g->kh = status == MC_OK ? window[0] : 0;
    g->kw = status == MC_OK ? window[1] : 0;
  }
  if (status != MC_OK) {
    return status;
  }
  g->sh = strides[h];
  g->sw = strides[w];
  g->dh = dilations[h];
  g->dw = dilations[w];
  g->top = pads[0];
  g->left = pads[2];
  status = place(call, g->h, pads[0], pads[1], g->kh, g->dh, g->sh, &g->oh);
  status = status != MC_OK ? status : place(call, g->w, pads[2], pads[3], g->kw, g->dw, g->sw, &g->ow);
  if (status != MC_OK) {
    return status;
  }
  const int64_t channels = (g->modulated ? 3 : 2) * g->sets * g->kh * g->kw;
  if (g->sets < 1 || g->c % g->sets != 0 || offsets->dims[0] != g->n ||
      offsets->dims[mc_axis_c(g->last)] != channels || offsets->dims[h] != g->oh || offsets->dims[w] != g->ow) {
    return mc_op_error(call, "offsets %.100s must have %lld channels of %lld x %lld, and deformable_groups %lld divide "
                             "x's channels",
                       mc_shape_text(offsets, text), (long long)channels, (long long)g->oh, (long long)g->ow,
                       (long long)g->sets);
  }
  return MC_OK;
}

static int deform_infer(mc_op_call *call) {
  deform g;
  const int status = read_deform(call, &g);
  if (status != MC_OK) {
    return status;
  }
  const bool convolution = call->def->variant == CONVOLUTION;
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  y->format = g.last ? MC_FORMAT_NHWC : MC_FORMAT_NCHW;
  y->shape.dims[mc_axis_c(g.last)] = convolution ? g.oc : g.c;
  y->shape.dims[mc_axis_h(g.last)] = g.oh * (convolution ? 1 : g.kh);
  y->shape.dims[mc_axis_w(g.last)] = g.ow * (convolution ? 1 : g.kw);
  return mc_check_sizes(call);
}

static int deform_prepare(mc_op_call *call) {
  deform *g = mc_op_alloc(call, sizeof(*g));
  if (g == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_deform(call, g);
  if (status != MC_OK) {
    return status;
  }
  const int64_t rows = g->c * g->kh * g->kw;
  int64_t floats = 0;
  if (__builtin_mul_overflow(rows, g->oh * g->ow, &floats) || floats > INT64_MAX / 64) {
    return mc_op_error(call, "the taps of one image are too large");
  }
  call->state = g;
  call->scratch = call->def->variant == CONVOLUTION
                      ? sizeof(float) * (size_t)(floats + g->oc * g->gc * g->kh * g->kw + 16)
                      : 0;
  mc_op_cost(call, 200 + (double)g->n * (double)floats * 10);
  return mc_widen_prepare(call, run_deform, 15u, 1u);
}

static const mc_op_def kOps[] = {
    {.type = "DeformableOffsets",
     .inputs = "x offsets",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = deform_infer,
     .prepare = deform_prepare,
     .variant = OFFSETS},
    {.type = "DeformableConv2D",
     .inputs = "x filter offsets bias?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = deform_infer,
     .prepare = deform_prepare,
     .variant = CONVOLUTION},
};
MC_OP_FAMILY(deformable, kOps);
