/*
 * GridSampler2D and GridSampler3D: y takes x at the coordinates that grid gives, in [-1, 1] from edge to edge, the last
 * axis of x first. A pixel's neighbours and weights are found once and used for every channel.
 */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/widen.h"

typedef enum mode { NEAREST, LINEAR, CUBIC } mode;
typedef enum padding { ZEROS, BORDER, REFLECTION } padding;

enum { AXES = 3, WORK = 4 << 10 };

typedef struct sampler {
  int axes;
  int64_t n, c, length[AXES], pixels; /* x's dims, outermost first; pixels of y */
  mode mode;
  padding padding;
  bool align;
} sampler;

typedef struct job {
  const sampler *s;
  const float *x, *grid;
  float *y;
} job;

/* Neighbours along one axis; index -1: nothing is there. */
typedef struct taps {
  int count;
  int64_t index[4];
  float weight[4];
} taps;

static float reflect(float x, float low, float high) {
  const float range = high - low;
  const float away = x < low ? low - x : x > high ? x - high : 0;
  if (!(away > 0) || !(range > 0)) {
    return range > 0 ? x : low;
  }
  const float times = floorf(away / range);
  const float rest = away - times * range;
  const bool even = fmodf(times, 2) == 0;
  return (x < low) == even ? low + rest : high - rest;
}

static int64_t index_of(const sampler *s, int64_t i, int64_t length) {
  if (s->padding == BORDER) {
    return i < 0 ? 0 : i >= length ? length - 1 : i;
  }
  if (s->padding == REFLECTION && (i < 0 || i >= length)) {
    const float edge = s->align ? 0 : 0.5f;
    i = (int64_t)reflect((float)i, -edge, (float)length - 1 + edge);
    return i < 0 ? 0 : i >= length ? length - 1 : i;
  }
  return i < 0 || i >= length ? -1 : i;
}

static void find_taps(const sampler *s, float at, int64_t length, taps *t) {
  const float span = (float)length;
  float x = s->align ? (at + 1) / 2 * (span - 1) : ((at + 1) * span - 1) / 2;
  const float edge = s->align ? 0 : 0.5f;
  x = s->mode == NEAREST ? rintf(x) : x;
  if (s->padding == BORDER && (x < -edge || x > span - 1 + edge)) {
    x = x < 0 ? 0 : span - 1;
  } else if (s->padding == REFLECTION) {
    x = reflect(x, -edge, span - 1 + edge);
  }
  /* A coordinate that is no number, or far from the image, has nothing around it. */
  if (!(x > -1e9f && x < 1e9f)) {
    *t = (taps){.count = 1, .index = {-1}};
    return;
  }
  const int64_t base = (int64_t)floorf(x);
  const float part = x - (float)base;
  if (s->mode == NEAREST) {
    *t = (taps){.count = 1, .index = {index_of(s, (int64_t)x, length)}, .weight = {1}};
  } else if (s->mode == LINEAR) {
    *t = (taps){.count = 2,
                .index = {index_of(s, base, length), index_of(s, base + 1, length)},
                .weight = {1 - part, part}};
  } else {
    const float a = -0.75f;
    const float far = part + 1;
    const float rest = 1 - part;
    t->count = 4;
    for (int i = 0; i < 4; ++i) {
      t->index[i] = index_of(s, base - 1 + i, length);
    }
    t->weight[0] = ((a * far - 5 * a) * far + 8 * a) * far - 4 * a;
    t->weight[1] = ((a + 2) * part - (a + 3)) * part * part + 1;
    t->weight[2] = ((a + 2) * rest - (a + 3)) * rest * rest + 1;
    t->weight[3] = ((a * (rest + 1) - 5 * a) * (rest + 1) + 8 * a) * (rest + 1) - 4 * a;
  }
}

/* Combines the axes' taps into offsets in a channel of x and weights; returns how many. */
static int combine(const sampler *s, const taps *t, int64_t *offset, float *weight) {
  int count = 1;
  offset[0] = 0;
  weight[0] = 1;
  for (int axis = 0; axis < s->axes; ++axis) {
    int64_t next_offset[64];
    float next_weight[64];
    int next = 0;
    for (int i = 0; i < count; ++i) {
      for (int k = 0; k < t[axis].count; ++k) {
        if (t[axis].index[k] >= 0 && t[axis].weight[k] != 0) {
          next_offset[next] = offset[i] * s->length[axis] + t[axis].index[k];
          next_weight[next++] = weight[i] * t[axis].weight[k];
        }
      }
    }
    count = next;
    memcpy(offset, next_offset, sizeof(*offset) * (size_t)count);
    memcpy(weight, next_weight, sizeof(*weight) * (size_t)count);
  }
  return count;
}

/* Pixels [begin, end) of n * pixels. */
static void take_pixels(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const sampler *s = j->s;
  int64_t volume = 1;
  for (int i = 0; i < s->axes; ++i) {
    volume *= s->length[i];
  }
  for (int64_t at = begin; at < end; ++at) {
    taps t[AXES];
    int64_t offset[64];
    float weight[64];
    for (int i = 0; i < s->axes; ++i) {
      find_taps(s, j->grid[at * s->axes + s->axes - 1 - i], s->length[i], &t[i]);
    }
    const int count = combine(s, t, offset, weight);
    const float *x = j->x + at / s->pixels * s->c * volume;
    float *y = j->y + at / s->pixels * s->c * s->pixels + at % s->pixels;
    for (int64_t c = 0; c < s->c; ++c) {
      float sum = 0;
      for (int i = 0; i < count; ++i) {
        sum += weight[i] * x[c * volume + offset[i]];
      }
      y[c * s->pixels] = sum;
    }
  }
}

static int run_sampler(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const sampler *s = call->state;
  job j = {s, in[0], in[1], out[0]};
  mc_parallel_for(s->n * s->pixels, WORK / (s->c * 4 + 16) + 1, take_pixels, &j);
  return MC_OK;
}

static int read_sampler(const mc_op_call *call, sampler *s) {
  char tx[MC_SHAPE_TEXT];
  char tg[MC_SHAPE_TEXT];
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *grid = &call->in[1].desc.shape;
  const int axes = call->def->variant;
  const char *how = mc_attrs_string(call->attrs, "interpolation_mode", "bilinear");
  const char *pad = mc_attrs_string(call->attrs, "padding_mode", "zeros");
  memset(s, 0, sizeof(*s));
  s->axes = axes;
  if (x->rank != axes + 2 || grid->rank != axes + 2 || grid->dims[axes + 1] != axes || grid->dims[0] != x->dims[0]) {
    return mc_op_error(call, "x %.90s and grid %.90s: both must have rank %d, the same batch, and grid a last dim of %d",
                       mc_shape_text(x, tx), mc_shape_text(grid, tg), axes + 2, axes);
  }
  s->mode = strcmp(how, "nearest") == 0 ? NEAREST : strcmp(how, "bicubic") == 0 ? CUBIC : LINEAR;
  if (s->mode == LINEAR && strcmp(how, "bilinear") != 0) {
    return mc_op_error(call, "interpolation_mode is \"%.40s\"; it must be bilinear, nearest or bicubic", how);
  }
  s->padding = strcmp(pad, "border") == 0 ? BORDER : strcmp(pad, "reflection") == 0 ? REFLECTION : ZEROS;
  if (s->padding == ZEROS && strcmp(pad, "zeros") != 0) {
    return mc_op_error(call, "padding_mode is \"%.40s\"; it must be zeros, border or reflection", pad);
  }
  if (axes == 3 && strcmp(mc_attrs_string(call->attrs, "data_format", "NCDHW"), "NCDHW") != 0) {
    return mc_op_error(call, "data_format must be NCDHW");
  }
  s->align = mc_attrs_bool(call->attrs, "align_corners", false);
  s->n = x->dims[0];
  s->c = x->dims[1];
  s->pixels = mc_dims_product(grid, 1, axes + 1);
  memcpy(s->length, x->dims + 2, sizeof(*s->length) * (size_t)axes);
  for (int i = 0; i < axes; ++i) {
    if (s->length[i] < 1 && s->pixels > 0) {
      return mc_op_error(call, "x %.160s has no pixel to sample", mc_shape_text(x, tx));
    }
  }
  return MC_OK;
}

static int sampler_infer(mc_op_call *call) {
  sampler s;
  const int status = read_sampler(call, &s);
  if (status != MC_OK) {
    return status;
  }
  mc_desc *y = &call->out[0].desc;
  *y = call->in[0].desc;
  for (int i = 0; i < s.axes; ++i) {
    y->shape.dims[2 + i] = call->in[1].desc.shape.dims[1 + i];
  }
  return mc_check_sizes(call);
}

static int sampler_prepare(mc_op_call *call) {
  sampler *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  const int status = read_sampler(call, s);
  const double taps = s->mode == NEAREST ? 1 : pow(s->mode == LINEAR ? 2 : 4, s->axes);
  mc_op_cost(call, 100 + (double)s->n * (double)s->pixels * (20 + taps * (2 + (double)s->c)));
  call->state = s;
  return status != MC_OK ? status : mc_widen_prepare(call, run_sampler, 3u, 1u);
}

static const mc_op_def kOps[] = {
    {.type = "GridSampler2D",
     .inputs = "x grid",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = sampler_infer,
     .prepare = sampler_prepare,
     .variant = 2},
    {.type = "GridSampler3D",
     .inputs = "x grid",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = sampler_infer,
     .prepare = sampler_prepare,
     .variant = 3},
};
MC_OP_FAMILY(grid_sample, kOps);
