/*
 * ROIAlign: every region of rois, [batch, x1, y1, x2, y2], becomes pooled_height x pooled_width bins of samples, which are
 * interpolated and averaged. sample_num 0 takes as many samples as the bin has pixels, rounded up. roi_end_mode 0 takes
 * regions as they are, 1 includes the last pixel, 2 moves them by half a pixel and lets them be smaller than one. In
 * pool_mode max a sample counts with the largest of its weighted neighbours, as ONNX's does.
 */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

typedef struct roi_state {
  int64_t n, c, h, w, rois, ph, pw, samples;
  float scale;
  int64_t end_mode;
  bool max;
} roi_state;

typedef struct job {
  const roi_state *s;
  const float *x, *rois;
  float *y;
} job;

typedef struct sample {
  int64_t at[4];
  float weight[4];
} sample;

/* False when the sample lies outside the image: it counts as zero. */
static bool find_sample(const roi_state *s, float y, float x, sample *p) {
  if (!(y >= -1 && y <= (float)s->h && x >= -1 && x <= (float)s->w)) {
    return false;
  }
  y = y < 0 ? 0 : y;
  x = x < 0 ? 0 : x;
  int64_t top = (int64_t)y;
  int64_t left = (int64_t)x;
  int64_t bottom = top + 1;
  int64_t right = left + 1;
  if (top >= s->h - 1) {
    top = bottom = s->h - 1;
    y = (float)top;
  }
  if (left >= s->w - 1) {
    left = right = s->w - 1;
    x = (float)left;
  }
  const float dy = y - (float)top;
  const float dx = x - (float)left;
  *p = (sample){{top * s->w + left, top * s->w + right, bottom * s->w + left, bottom * s->w + right},
                {(1 - dy) * (1 - dx), (1 - dy) * dx, dy * (1 - dx), dy * dx}};
  return true;
}

typedef struct region {
  float x, y, bin_w, bin_h;
  int64_t across, down; /* samples per bin */
} region;

static region region_of(const roi_state *s, const float *roi) {
  const float offset = s->end_mode == 2 ? 0.5f : 0;
  const float extra = s->end_mode == 1 ? 1 : 0;
  region r = {.x = roi[1] * s->scale - offset, .y = roi[2] * s->scale - offset};
  float width = (roi[3] + extra) * s->scale - offset - r.x;
  float height = (roi[4] + extra) * s->scale - offset - r.y;
  if (s->end_mode != 2) {
    width = width < 1 ? 1 : width;
    height = height < 1 ? 1 : height;
  }
  r.bin_w = width / (float)s->pw;
  r.bin_h = height / (float)s->ph;
  /* A region that is no number or far too large takes one sample and not for ever. */
  const float most = 4.0f * (float)(s->h + s->w) + 64;
  r.across = s->samples > 0 ? s->samples : r.bin_w > 0 && r.bin_w < most ? (int64_t)ceilf(r.bin_w) : 0;
  r.down = s->samples > 0 ? s->samples : r.bin_h > 0 && r.bin_h < most ? (int64_t)ceilf(r.bin_h) : 0;
  return r;
}

static float pool_bin(const roi_state *s, const float *x, const region *r, int64_t bin_y, int64_t bin_x) {
  float total = 0;
  bool first = true;
  for (int64_t iy = 0; iy < r->down; ++iy) {
    const float y = r->y + (float)bin_y * r->bin_h + ((float)iy + 0.5f) * r->bin_h / (float)r->down;
    for (int64_t ix = 0; ix < r->across; ++ix) {
      const float at = r->x + (float)bin_x * r->bin_w + ((float)ix + 0.5f) * r->bin_w / (float)r->across;
      sample p = {{0}, {0}};
      const bool inside = find_sample(s, y, at, &p);
      float sum = 0;
      float largest = 0;
      for (int k = 0; inside && k < 4; ++k) {
        const float value = p.weight[k] * x[p.at[k]];
        sum += value;
        largest = k == 0 || value > largest ? value : largest;
      }
      if (s->max) {
        total = first || largest > total ? largest : total;
        first = false;
      } else {
        total += sum;
      }
    }
  }
  const int64_t count = r->down * r->across;
  return s->max || count == 0 ? total : total / (float)count;
}

static void take_regions(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const roi_state *s = j->s;
  for (int64_t at = begin; at < end; ++at) { /* a channel of a region */
    const float *roi = j->rois + at / s->c * 5;
    const float batch = roi[0];
    const region r = region_of(s, roi);
    float *y = j->y + at * s->ph * s->pw;
    if (!(batch >= 0 && batch < (float)s->n)) {
      memset(y, 0, sizeof(float) * (size_t)(s->ph * s->pw));
      continue;
    }
    const float *x = j->x + ((int64_t)batch * s->c + at % s->c) * s->h * s->w;
    for (int64_t i = 0; i < s->ph * s->pw; ++i) {
      y[i] = pool_bin(s, x, &r, i / s->pw, i % s->pw);
    }
  }
}

static int run_roi(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const roi_state *s = call->state;
  job j = {s, in[0], in[1], out[0]};
  mc_parallel_for(s->rois * s->c, 1024 / (s->ph * s->pw + 1) + 1, take_regions, &j);
  return MC_OK;
}

static int read_roi(const mc_op_call *call, roi_state *s) {
  char tx[MC_SHAPE_TEXT];
  char tr[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *rois = &call->in[1].desc.shape;
  const char *mode = mc_attrs_string(call->attrs, "pool_mode", "avg");
  memset(s, 0, sizeof(*s));
  if (x->rank != 4 || rois->rank != 2 || rois->dims[1] != 5 || x->dims[2] < 1 || x->dims[3] < 1) {
    return mc_op_error(call, "features %.90s and rois %.90s must be [n,c,h,w] with pixels, and [count,5]",
                       mc_shape_text(x, tx), mc_shape_text(rois, tr));
  }
  *s = (roi_state){x->dims[0], x->dims[1], x->dims[2], x->dims[3], .rois = rois->dims[0]};
  int status = mc_need_int(call, "pooled_height", &s->ph);
  status = status != MC_OK ? status : mc_need_int(call, "pooled_width", &s->pw);
  s->samples = mc_attrs_int(call->attrs, "sample_num", 2);
  s->end_mode = mc_attrs_int(call->attrs, "roi_end_mode", 1);
  s->scale = mc_attrs_float(call->attrs, "spatial_scale", 1.0f);
  s->max = strcmp(mode, "max") == 0;
  if (status == MC_OK && (s->ph < 1 || s->pw < 1 || s->samples < 0)) {
    return mc_op_error(call, "pooled_height %lld and pooled_width %lld must be at least 1, sample_num %lld at least 0",
                       (long long)s->ph, (long long)s->pw, (long long)s->samples);
  }
  if (status == MC_OK && (s->end_mode < 0 || s->end_mode > 2 || (!s->max && strcmp(mode, "avg") != 0))) {
    return mc_op_error(call, "roi_end_mode is %lld and pool_mode \"%.40s\"; they must be 0, 1 or 2, and avg or max",
                       (long long)s->end_mode, mode);
  }
  return status;
}

static int roi_infer(mc_op_call *call) {
  roi_state s;
  const int status = read_roi(call, &s);
  if (status != MC_OK) {
    return status;
  }
  call->out[0].desc = call->in[0].desc;
  call->out[0].desc.shape = (mc_shape){4, {s.rois, s.c, s.ph, s.pw}};
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

static const mc_op_def kOps[] = {
    {.type = "ROIAlign",
     .inputs = "features rois rois_n?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = roi_infer,
     .prepare = roi_prepare},
};
MC_OP_FAMILY(roi_align, kOps);
