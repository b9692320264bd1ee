/*
 * Rotate: an image turned by `angle` degrees counter-clockwise about `center` [x, y], in pixels from the upper left
 * corner, or its middle. Every pixel of y looks back at where it was: at the nearest pixel, or between four; whatever
 * lies outside is padding_value. With expand y has room for all of x. As torchvision's rotate.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

enum { LONGEST = 1 << 24 }; /* a side, exact in float32 */

typedef struct rotate_state {
  int64_t c, h, w;
  int64_t oh, ow;
  int64_t c_stride, pixel_stride;
  double cosine, sine;
  double center_x, center_y; /* from the image's middle */
  float padding;
  bool bilinear, expand, last, whole; /* channels last; whole numbers */
} rotate_state;

typedef struct job {
  const rotate_state *s;
  const float *x;
  float *y;
} job;

static float pixel_at(const rotate_state *s, const float *plane, double row, double column) {
  if (!(row >= 0 && row < (double)s->h && column >= 0 && column < (double)s->w)) {
    return s->padding;
  }
  return plane[((int64_t)row * s->w + (int64_t)column) * s->pixel_stride];
}

static float between(const rotate_state *s, const float *plane, double row, double column) {
  const double top = floor(row);
  const double left = floor(column);
  const double down = row - top;
  const double across = column - left;
  const double upper = (double)pixel_at(s, plane, top, left) * (1 - across) +
                       (double)pixel_at(s, plane, top, left + 1) * across;
  const double lower = (double)pixel_at(s, plane, top + 1, left) * (1 - across) +
                       (double)pixel_at(s, plane, top + 1, left + 1) * across;
  return (float)(upper * (1 - down) + lower * down);
}

static void turn_rows(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const rotate_state *s = j->s;
  const int64_t c_stride = s->last ? 1 : s->oh * s->ow;
  for (int64_t row = begin; row < end; ++row) {
    const double y = (double)row - (double)(s->oh - 1) / 2 - s->center_y;
    for (int64_t column = 0; column < s->ow; ++column) {
      const double x = (double)column - (double)(s->ow - 1) / 2 - s->center_x;
      const double from_x = s->cosine * x - s->sine * y + s->center_x + (double)(s->w - 1) / 2;
      const double from_y = s->sine * x + s->cosine * y + s->center_y + (double)(s->h - 1) / 2;
      for (int64_t c = 0; c < s->c; ++c) {
        const float *plane = j->x + c * s->c_stride;
        const float value = s->bilinear ? between(s, plane, from_y, from_x)
                                        : pixel_at(s, plane, nearbyint(from_y), nearbyint(from_x));
        j->y[c * c_stride + (row * s->ow + column) * s->pixel_stride] = s->whole ? nearbyintf(value) : value;
      }
    }
  }
}

static int run_rotate(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const rotate_state *s = call->state;
  job j = {s, in[0], out[0]};
  if (s->c > 0) {
    mc_parallel_for(s->oh, 4096 / (s->ow * s->c + 1) + 1, turn_rows, &j);
  }
  return MC_OK;
}

/* The side of y, in pixels of x's: from the first to the last that the turned image touches. Quarter turns only swap
 * sides, as in PIL. */
static int64_t side_of(double length, double across, double other) {
  const double reach = fabs(length * across) + fabs(other);
  if (across == 0 || other == 0) {
    return (int64_t)reach;
  }
  const double last = trunc((length + reach) / 2 / 1e-4) * 1e-4; /* a bit more than a whole number is that number */
  const double first = trunc((length - reach) / 2 / 1e-4) * 1e-4;
  return (int64_t)(ceil(last) - floor(first));
}

static int read_angle(const mc_op_call *call, rotate_state *s) {
  const mc_attr *attr = mc_attrs_find(call->attrs, "angle");
  if (attr == NULL || attr->kind != MC_ATTR_FLOAT || !(fabsf(attr->f) <= FLT_MAX)) {
    return mc_op_error(call, "attribute angle is required and must be a number of degrees");
  }
  const double degrees = fmod((double)attr->f, 360);
  const double quarters = degrees / 90;
  const double pi = 3.14159265358979323846;
  s->cosine = cos(degrees / 180 * pi);
  s->sine = sin(degrees / 180 * pi);
  if (quarters == nearbyint(quarters)) { /* exactly, so that pixels meet pixels */
    s->cosine = nearbyint(s->cosine);
    s->sine = nearbyint(s->sine);
  }
  return MC_OK;
}

/* One of two words; *second says which. */
static int read_word(const mc_op_call *call, const char *name, const char *first, const char *other, bool *second) {
  const char *text = mc_attrs_string(call->attrs, name, first);
  *second = other != NULL && strcmp(text, other) == 0;
  if (!*second && strcmp(text, first) != 0) {
    return mc_op_error(call, "attribute %s is \"%.40s\"; it must be %s%s%s", name, text, first,
                       other == NULL ? "" : " or ", other == NULL ? "" : other);
  }
  return MC_OK;
}

static int read_rotate(const mc_op_call *call, rotate_state *s) {
  char text[MC_SHAPE_TEXT];
  size_t n = 0;
  bool first = false;
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t *center = mc_attrs_ints(call->attrs, "center", &n);
  memset(s, 0, sizeof(*s));
  int status = read_word(call, "data_format", "HWC", "CHW", &first);
  status = status != MC_OK ? status : read_word(call, "interpolation", "nearest", "bilinear", &s->bilinear);
  status = status != MC_OK ? status : read_word(call, "padding_mode", "constant", NULL, &(bool){false});
  status = status != MC_OK ? status : read_angle(call, s);
  if (status != MC_OK) {
    return status;
  }
  s->last = !first;
  s->expand = mc_attrs_bool(call->attrs, "expand", false);
  s->whole = call->in[0].desc.dtype == MC_UINT8;
  s->padding = mc_attrs_float(call->attrs, "padding_value", 0);
  if (x->rank != 3 || x->dims[first] > LONGEST || x->dims[first + 1] > LONGEST) {
    return mc_op_error(call, "x has shape %.120s; it must be [%s] with sides of at most %d", mc_shape_text(x, text),
                       first ? "c,h,w" : "h,w,c", LONGEST);
  }
  s->c = x->dims[first ? 0 : 2];
  s->h = s->oh = x->dims[first];
  s->w = s->ow = x->dims[first + 1];
  s->c_stride = s->last ? 1 : s->h * s->w;
  s->pixel_stride = s->last ? s->c : 1;
  if (n != 0 && (n != 2 || s->expand)) {
    return mc_op_error(call, "attribute center has %zu values; it must have two, x and y, and be left out with expand",
                       n);
  }
  if (n == 2) {
    s->center_x = (double)center[0] - (double)s->w / 2;
    s->center_y = (double)center[1] - (double)s->h / 2;
  }
  if (s->expand) {
    s->ow = side_of((double)s->w, s->cosine, (double)s->h * s->sine);
    s->oh = side_of((double)s->h, s->cosine, (double)s->w * s->sine);
  }
  return MC_OK;
}

static int rotate_infer(mc_op_call *call) {
  rotate_state s;
  const int status = read_rotate(call, &s);
  if (status != MC_OK) {
    return status;
  }
  call->out[0].desc = call->in[0].desc;
  call->out[0].desc.shape = s.last ? (mc_shape){3, {s.oh, s.ow, s.c}} : (mc_shape){3, {s.c, s.oh, s.ow}};
  return mc_check_sizes(call);
}

static int rotate_prepare(mc_op_call *call) {
  rotate_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_rotate(call, s);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->out[0].desc.shape) * (s->bilinear ? 20 : 8));
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_rotate, 1u, 1u);
}

static const mc_op_def kOps[] = {
    {.type = "Rotate",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_UINT8),
     .infer = rotate_infer,
     .prepare = rotate_prepare},
};
MC_OP_FAMILY(rotate_image, kOps);
