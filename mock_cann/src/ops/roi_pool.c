/*
 * Regions in whole pixels. ROIPooling is Fast R-CNN's: the largest value of each bin of a region, whose corners are
 * rounded to pixels and belong to it. PSROIPooling is R-FCN's: the mean of each bin, taken from a channel of the bin's
 * own, within a region that ends behind its last pixel. Regions are rows [batch, x1, y1, x2, y2]; bins without pixels,
 * and regions of images that do not exist, give zeros.
 */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

enum { LARGEST, SENSITIVE };

typedef struct roi_state {
  int64_t n, c, h, w, rois;
  int64_t channels, ph, pw; /* of y */
  float scale_h, scale_w;
  bool sensitive;
} roi_state;

typedef struct job {
  const roi_state *s;
  const float *x, *rois;
  float *y;
} job;

typedef struct span {
  int64_t begin, end;
} span;

/* A whole number of pixels within [0, limit], whatever the coordinate is; NaN is 0. */
static int64_t within(float at, int64_t limit) {
  return at > 0 ? at < (float)limit ? (int64_t)at : limit : 0;
}

/* The pixels of bin `i` of `bins` along an axis of `length` pixels, between the region's corners `low` and `high`. */
static span bin_of(const roi_state *s, float low, float high, float scale, int64_t i, int64_t bins, int64_t length) {
  if (s->sensitive) {
    const float start = roundf(low) * scale;
    const float end = (roundf(high) + 1) * scale;
    const float size = (end - start > 0.1f ? end - start : 0.1f) / (float)bins;
    return (span){within(floorf((float)i * size + start), length), within(ceilf((float)(i + 1) * size + start), length)};
  }
  const float start = roundf(low * scale);
  const float pixels = roundf(high * scale) - start + 1;
  const float size = (pixels > 1 ? pixels : 1) / (float)bins;
  return (span){within(floorf((float)i * size) + start, length), within(ceilf((float)(i + 1) * size) + start, length)};
}

static float pool_bin(const roi_state *s, const float *x, span rows, span columns) {
  if (rows.end <= rows.begin || columns.end <= columns.begin) {
    return 0;
  }
  float largest = x[rows.begin * s->w + columns.begin];
  double sum = 0;
  for (int64_t row = rows.begin; row < rows.end; ++row) {
    for (int64_t column = columns.begin; column < columns.end; ++column) {
      const float value = x[row * s->w + column];
      largest = value > largest ? value : largest;
      sum += (double)value;
    }
  }
  const int64_t pixels = (rows.end - rows.begin) * (columns.end - columns.begin);
  return s->sensitive ? (float)(sum / (double)pixels) : largest;
}

static void take_regions(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const roi_state *s = j->s;
  const int64_t bins = s->ph * s->pw;
  for (int64_t at = begin; at < end; ++at) { /* a channel of a region */
    const float *roi = j->rois + at / s->channels * 5;
    const int64_t channel = at % s->channels;
    float *y = j->y + at * bins;
    if (!(roi[0] >= 0 && roi[0] < (float)s->n)) {
      memset(y, 0, sizeof(float) * (size_t)bins);
      continue;
    }
    const float *image = j->x + (int64_t)roi[0] * s->c * s->h * s->w;
    for (int64_t i = 0; i < bins; ++i) {
      const span rows = bin_of(s, roi[2], roi[4], s->scale_h, i / s->pw, s->ph, s->h);
      const span columns = bin_of(s, roi[1], roi[3], s->scale_w, i % s->pw, s->pw, s->w);
      y[i] = pool_bin(s, image + (s->sensitive ? channel * bins + i : channel) * s->h * s->w, rows, columns);
    }
  }
}

static int run_roi(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const roi_state *s = call->state;
  const int64_t count = mc_shape_count(&call->out[0].desc.shape);
  job j = {s, in[0], in[1], out[0]};
  if (mc_shape_count(&call->in[0].desc.shape) == 0) { /* the products of the other dims may be anything */
    for (int64_t i = 0; i < count; ++i) {
      j.y[i] = 0;
    }
    return MC_OK;
  }
  mc_parallel_for(s->rois * s->channels, 1024 / (s->ph * s->pw + 1) + 1, take_regions, &j);
  return MC_OK;
}

static int need_positive(const mc_op_call *call, const char *name, int64_t *value) {
  const int status = mc_need_int(call, name, value);
  if (status == MC_OK && (*value < 1 || *value > INT16_MAX)) {
    return mc_op_error(call, "attribute %s is %lld; it must be in [1, %d]", name, (long long)*value, INT16_MAX);
  }
  return status;
}

static int need_scale(const mc_op_call *call, const char *name, float *value) {
  *value = mc_attrs_float(call->attrs, name, 0);
  if (!(*value > 0 && *value < INFINITY)) {
    return mc_op_error(call, "attribute %s is %g; it is required and must be positive", name, (double)*value);
  }
  return MC_OK;
}

static int read_bins(const mc_op_call *call, roi_state *s) {
  int status = MC_OK;
  if (!s->sensitive) {
    s->channels = s->c;
    status = need_positive(call, "pooled_h", &s->ph);
    status = status != MC_OK ? status : need_positive(call, "pooled_w", &s->pw);
    status = status != MC_OK ? status : need_scale(call, "spatial_scale_h", &s->scale_h);
    return status != MC_OK ? status : need_scale(call, "spatial_scale_w", &s->scale_w);
  }
  status = need_positive(call, "output_dim", &s->channels);
  status = status != MC_OK ? status : need_positive(call, "group_size", &s->ph);
  status = status != MC_OK ? status : need_scale(call, "spatial_scale", &s->scale_h);
  s->pw = s->ph;
  s->scale_w = s->scale_h;
  if (status == MC_OK && s->c != s->channels * s->ph * s->ph) {
    return mc_op_error(call, "x has %lld channels; output_dim %lld and group_size %lld need %lld", (long long)s->c,
                       (long long)s->channels, (long long)s->ph, (long long)(s->channels * s->ph * s->ph));
  }
  return status;
}

static int read_roi(const mc_op_call *call, roi_state *s) {
  char tx[MC_SHAPE_TEXT];
  char tr[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *rois = &call->in[1].desc.shape;
  if (x->rank != 4 || rois->rank != 2 || rois->dims[1] != 5) {
    return mc_op_error(call, "x %.90s and rois %.90s must be [n,c,h,w] and [count,5]", mc_shape_text(x, tx),
                       mc_shape_text(rois, tr));
  }
  if (call->in[0].desc.format == MC_FORMAT_NHWC) {
    return mc_op_error(call, "x has format NHWC; only channels first are emulated");
  }
  if (call->n_in > 2 && call->in[2].present) {
    return mc_op_error(call, "input roi_actual_num is not emulated; leave it out, all of rois' rows are taken");
  }
  *s = (roi_state){x->dims[0], x->dims[1], x->dims[2], x->dims[3], .rois = rois->dims[0]};
  s->sensitive = call->def->variant == SENSITIVE;
  const int status = read_bins(call, s);
  return status != MC_OK ? status : mc_check_same_dtype(call, 0, 1);
}

static int roi_infer(mc_op_call *call) {
  roi_state s;
  const int status = read_roi(call, &s);
  if (status != MC_OK) {
    return status;
  }
  call->out[0].desc = call->in[0].desc;
  call->out[0].desc.shape = (mc_shape){4, {s.rois, s.channels, s.ph, s.pw}};
  return mc_check_sizes(call);
}

static int roi_prepare(mc_op_call *call) {
  roi_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_roi(call, s);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->out[0].desc.shape) * 40);
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_roi, 3u, 1u);
}

#define ROI(name, ins, kind)                                                                                 \
  {.type = (name), .inputs = (ins), .outputs = "y", .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16),           \
   .infer = roi_infer, .prepare = roi_prepare, .variant = (kind)}

static const mc_op_def kOps[] = {
    ROI("ROIPooling", "x rois roi_actual_num?", LARGEST),
    ROI("PSROIPooling", "x rois", SENSITIVE),
};
MC_OP_FAMILY(roi_pool, kOps);
