/*
 * CropAndResize: each box [y1, x1, y2, x2], in parts of the image between its first and last pixel, of image box_index is
 * resized to crop_size; what lies outside becomes extrapolation_value. Channels are last when x's format says so, first
 * otherwise. The result is float32; of a float16 image it is float16; CropAndResizeV2 says it by attribute dtype.
 */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/layout.h"
#include "ops/widen.h"

enum { FIRST, SECOND };

typedef struct crop_state {
  bool last, nearest;
  int64_t n, c, h, w, boxes, oh, ow;
  float outside;
} crop_state;

typedef struct job {
  const crop_state *s;
  const float *x, *boxes;
  const int32_t *index;
  float *y;
} job;

/* The coordinate in [0, length) of output `at`. */
static float place(float from, float to, int64_t length, int64_t at, int64_t count) {
  const float span = (float)(length - 1);
  return count > 1 ? from * span + (float)at * (to - from) * span / (float)(count - 1) : 0.5f * (from + to) * span;
}

static float take(const crop_state *s, const float *x, float y, float at, int64_t c) {
  const int64_t pixel = s->last ? s->c : 1;
  const float *image = x + (s->last ? c : c * s->h * s->w);
  if (s->nearest) {
    return image[((int64_t)roundf(y) * s->w + (int64_t)roundf(at)) * pixel];
  }
  const int64_t top = (int64_t)floorf(y);
  const int64_t left = (int64_t)floorf(at);
  const int64_t bottom = (int64_t)ceilf(y);
  const int64_t right = (int64_t)ceilf(at);
  const float dy = y - (float)top;
  const float dx = at - (float)left;
  const float upper = image[(top * s->w + left) * pixel] * (1 - dx) + image[(top * s->w + right) * pixel] * dx;
  const float lower = image[(bottom * s->w + left) * pixel] * (1 - dx) + image[(bottom * s->w + right) * pixel] * dx;
  return upper * (1 - dy) + lower * dy;
}

static void take_boxes(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const crop_state *s = j->s;
  const int64_t pixels = s->oh * s->ow;
  for (int64_t at = begin; at < end; ++at) { /* a pixel of a box */
    const int64_t box = at / pixels;
    const int64_t p = at % pixels;
    const float *b = j->boxes + box * 4;
    const int64_t image = j->index[box];
    const float y = place(b[0], b[2], s->h, p / s->ow, s->oh);
    const float x = place(b[1], b[3], s->w, p % s->ow, s->ow);
    const bool inside = image >= 0 && image < s->n && y >= 0 && y <= (float)(s->h - 1) && x >= 0 &&
                        x <= (float)(s->w - 1);
    for (int64_t c = 0; c < s->c; ++c) {
      const int64_t to = s->last ? at * s->c + c : (box * s->c + c) * pixels + p;
      j->y[to] = inside ? take(s, j->x + image * s->c * s->h * s->w, y, x, c) : s->outside;
    }
  }
}

static int run_crop(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const crop_state *s = call->state;
  job j = {s, in[0], in[1], in[2], out[0]};
  mc_parallel_for(s->boxes * s->oh * s->ow, 4096 / (s->c + 1) + 1, take_boxes, &j);
  return MC_OK;
}

static int read_crop(const mc_op_call *call, crop_state *s) {
  char tx[MC_SHAPE_TEXT];
  char tb[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *boxes = &call->in[1].desc.shape;
  const mc_desc *index = &call->in[2].desc;
  const char *method = mc_attrs_string(call->attrs, "method", "bilinear");
  int64_t count = 0;
  const int64_t *size = mc_op_ints(call, 3, &count);
  memset(s, 0, sizeof(*s));
  if (size == NULL) {
    return MC_RT_PARAM;
  }
  if (count != 2 || size[0] < 1 || size[1] < 1) {
    return mc_op_error(call, "crop_size must have two values of at least 1");
  }
  if (x->rank != 4 || boxes->rank != 2 || boxes->dims[1] != 4 || index->dtype != MC_INT32 ||
      mc_shape_count(&index->shape) != boxes->dims[0] || (MC_T_FLOATS & MC_DTYPE_BIT(call->in[1].desc.dtype)) == 0) {
    return mc_op_error(call, "x %.80s must have rank 4, boxes %.80s be floats [count,4], and box_index DT_INT32 with one "
                             "image for each box",
                       mc_shape_text(x, tx), mc_shape_text(boxes, tb));
  }
  s->nearest = strcmp(method, "nearest") == 0;
  if (!s->nearest && strcmp(method, "bilinear") != 0) {
    return mc_op_error(call, "method is \"%.40s\"; it must be bilinear or nearest", method);
  }
  s->last = call->in[0].desc.format == MC_FORMAT_NHWC;
  s->n = x->dims[0];
  s->c = x->dims[mc_axis_c(s->last)];
  s->h = x->dims[mc_axis_h(s->last)];
  s->w = x->dims[mc_axis_w(s->last)];
  s->boxes = boxes->dims[0];
  s->oh = size[0];
  s->ow = size[1];
  s->outside = mc_attrs_float(call->attrs, "extrapolation_value", 0.0f);
  return s->h > 0 && s->w > 0 ? MC_OK : mc_op_error(call, "x %.120s has no pixel", mc_shape_text(x, tx));
}

static int crop_infer(mc_op_call *call) {
  crop_state s;
  const int status = read_crop(call, &s);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  y->shape = s.last ? (mc_shape){4, {s.boxes, s.oh, s.ow, s.c}} : (mc_shape){4, {s.boxes, s.c, s.oh, s.ow}};
  y->dtype = call->def->variant == SECOND ? mc_attrs_dtype(call->attrs, "dtype", MC_FLOAT)
             : y->dtype == MC_FLOAT16     ? MC_FLOAT16
                                          : MC_FLOAT;
  if (y->dtype != MC_FLOAT && y->dtype != MC_FLOAT16 && y->dtype != MC_UINT8) {
    return mc_op_error(call, "dtype is %s; it must be DT_FLOAT, DT_FLOAT16 or DT_UINT8", mc_dtype_name(y->dtype));
  }
  return mc_check_sizes(call);
}

static int crop_prepare(mc_op_call *call) {
  crop_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_crop(call, s);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->out[0].desc.shape) * 5);
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_crop, 3u, 1u);
}

#define MC_T_CROPPED                                                                                         \
  (MC_T_FLOATS64 | MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_UINT16))

static const mc_op_def kOps[] = {
    {.type = "CropAndResize",
     .inputs = "x boxes box_index crop_size",
     .outputs = "y",
     .dtypes = MC_T_CROPPED,
     .value_inputs = 8u,
     .infer = crop_infer,
     .prepare = crop_prepare,
     .variant = FIRST},
    {.type = "CropAndResizeV2",
     .inputs = "x boxes box_index crop_size",
     .outputs = "y",
     .dtypes = MC_T_CROPPED,
     .value_inputs = 8u,
     .infer = crop_infer,
     .prepare = crop_prepare,
     .variant = SECOND},
};
MC_OP_FAMILY(crop_resize, kOps);
