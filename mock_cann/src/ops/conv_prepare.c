/*
 * The plan of a convolution: which way, the filter as that way wants it, and where scratch holds what. A
 * constant filter is packed while compiling; another one in each run, into scratch.
 *
 * Some ways are for channels last only and win even if x and y have to be turned for them: then scratch also
 * holds x and y as they are, with their channels last.
 *
 * Scratch: prepared image | bias as float | filter as float | filter matrix | packed filter | turned x |
 * turned y.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/conv.h"
#include "ops/convert.h"
#include "ops/strided.h"

enum { ALIGN = 16, WIDEN = 64 << 10 };

typedef struct conv_state {
  mc_conv g;
  const mc_conv_way *way;
  const float *filter; /* packed while compiling, or NULL */
  int64_t *offsets;
  int64_t image_size, bias_size, dense_size, packed_size; /* floats, rounded up to ALIGN */
  mc_strided reorder;                                     /* dense filter → matrix */
  bool turned;
  mc_strided turn_x, turn_y;
  int64_t x_size, y_size; /* of the turned tensors, in floats too */
} conv_state;

static int64_t round_up(int64_t a) {
  return (a + ALIGN - 1) / ALIGN * ALIGN;
}

/* Channels first has few whole vectors of pixels in small images; turned they become many rows. */
static bool better_turned(const mc_conv *g) {
  return g->groups == 1 && g->oh * g->ow <= 128 && mc_conv_depth(g) >= 128 && g->oc >= 64;
}

/* Sets way and turned; a turned convolution is one with channels last. */
static void choose(conv_state *s, bool constant) {
  mc_conv *g = &s->g;
  if (g->gc == 1) {
    const bool last = g->channels_last && (g->goc > 1 || g->groups == 1);
    s->way = last                      ? &mc_conv_nhwc
             : g->channels_last        ? &mc_conv_depth_nhwc
             : mc_depth_strips_suit(g) ? &mc_conv_depth_strips
                                       : &mc_conv_depth_nchw;
    return;
  }
  const bool winograd = constant && mc_winograd_suits(g);
  s->turned = !g->channels_last && (winograd || better_turned(g));
  g->channels_last |= s->turned;
  s->way = winograd ? &mc_conv_winograd : g->channels_last ? &mc_conv_nhwc : &mc_conv_nchw;
}

typedef struct widening {
  const char *x;
  int dtype;
  float *y;
} widening;

static void widen_piece(void *arg, int64_t begin, int64_t end) {
  const widening *w = arg;
  mc_convert_for(w->dtype, MC_FLOAT)(w->x + begin * (int64_t)mc_dtype_size(w->dtype), w->y + begin,
                                     end - begin);
}

static void widen(const void *x, int dtype, int64_t count, float *y) {
  widening w = {x, dtype, y};
  mc_parallel_for(count, WIDEN, widen_piece, &w);
}

static void plan_reorder(conv_state *s) {
  const mc_conv *g = &s->g;
  const bool taps_first = s->way->taps_first;
  const int64_t dims[5] = {g->groups, g->goc, taps_first ? g->kh : g->gc, taps_first ? g->kw : g->kh,
                           taps_first ? g->gc : g->kw};
  const int64_t src[5] = {g->f_group, g->f_out, taps_first ? g->f_row : g->f_in,
                          taps_first ? g->f_column : g->f_row, taps_first ? g->f_in : g->f_column};
  const mc_shape shape = {5, {dims[0], dims[1], dims[2], dims[3], dims[4]}};
  int64_t dst[MC_MAX_RANK];
  mc_dense_strides(&shape, dst);
  mc_strided_plan(&s->reorder, 5, dims, dst, src, sizeof(float));
}

/* `room` has twice dense_size floats. */
static void pack_filter(const conv_state *s, const void *filter, int dtype, float *room, float *packed) {
  const mc_conv *g = &s->g;
  float *matrix = room + s->dense_size;
  widen(filter, dtype, g->oc * mc_conv_depth(g), room);
  mc_strided_run(&s->reorder, matrix, room + g->f_first);
  s->way->pack(g, matrix, packed);
}

/* A transposition of [n][rows][columns] into [n][columns][rows]. */
static void plan_turn(mc_strided *plan, int64_t n, int64_t rows, int64_t columns, int dtype) {
  const int64_t dims[3] = {n, columns, rows};
  const int64_t dst[3] = {columns * rows, rows, 1};
  const int64_t src[3] = {columns * rows, 1, columns};
  mc_strided_plan(plan, 3, dims, dst, src, mc_dtype_size(dtype));
}

static int run_floats(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const conv_state *s = call->state;
  const mc_conv *g = &s->g;
  if (mc_shape_count(&call->out[0].desc.shape) == 0) {
    return MC_OK;
  }
  float *image = scratch;
  float *bias = image + s->image_size;
  float *room = bias + s->bias_size;
  float *packed = room + 2 * s->dense_size;
  float *turned_x = packed + s->packed_size;
  float *turned_y = turned_x + s->x_size;
  const void *x = in[0];
  if (s->turned) {
    mc_strided_run(&s->turn_x, turned_x, x);
    x = turned_x;
  }
  mc_conv_job job = {.g = g,
                     .x = x,
                     .x_dtype = call->in[0].desc.dtype,
                     .image = x,
                     .filter = s->filter,
                     .offsets = s->offsets,
                     .low = call->limited ? call->low : -INFINITY,
                     .high = call->limited ? call->high : INFINITY,
                     .y = s->turned ? turned_y : out[0],
                     .dtype = call->out[0].desc.dtype};
  if (s->image_size > 0) {
    if (s->way->image == NULL) {
      widen(x, call->in[0].desc.dtype, g->n * g->h * g->w * g->c, image);
    } else if (!s->way->image(g, x, call->in[0].desc.dtype, image)) {
      return mc_op_error(call, "out of host memory while convolving");
    }
    job.image = image;
  }
  if (g->bias >= 0) {
    mc_convert_for(call->in[g->bias].desc.dtype, MC_FLOAT)(in[g->bias], bias, g->oc);
    job.bias = bias;
  }
  if (s->filter == NULL) {
    pack_filter(s, in[1], call->in[1].desc.dtype, room, packed);
    job.filter = packed;
  }
  if (!s->way->run(&job)) {
    return mc_op_error(call, "out of host memory while convolving");
  }
  if (s->turned) {
    mc_strided_run(&s->turn_y, out[0], turned_y);
  }
  return MC_OK;
}

/* Packs the filter into the plan when its contents are known. */
static int pack_constant(mc_op_call *call, conv_state *s) {
  if (call->in[1].value == NULL) {
    return MC_OK;
  }
  float *packed = mc_op_alloc(call, sizeof(float) * (size_t)s->packed_size);
  float *room = malloc(sizeof(float) * 2 * (size_t)(s->dense_size + 1));
  if (packed == NULL || room == NULL) {
    free(room);
    return mc_op_error(call, "out of memory for the packed filter");
  }
  pack_filter(s, call->in[1].value, call->in[1].desc.dtype, room, packed);
  free(room);
  s->filter = packed;
  s->dense_size = s->packed_size = 0;
  return MC_OK;
}

static bool add_sizes(conv_state *s, size_t *bytes) {
  int64_t floats = ALIGN; /* never nothing: NULL is not an address to add to */
  const int64_t parts[] = {s->image_size,  s->bias_size, s->dense_size, s->dense_size,
                           s->packed_size, s->x_size,    s->y_size};
  for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); ++i) {
    if (__builtin_add_overflow(floats, parts[i], &floats)) {
      return false;
    }
  }
  *bytes = sizeof(float) * (size_t)floats;
  return floats <= INT64_MAX / (int64_t)sizeof(float);
}

int mc_conv_prepare(mc_op_call *call, const mc_conv *g) {
  conv_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  s->g = *g;
  call->state = s;
  const double sums = (double)g->n * (double)g->oh * (double)g->ow * (double)g->oc;
  const double ns = 300 + sums * (double)mc_conv_depth(g) / 40;
  mc_op_cost(call, ns);
  if (call->in[0].desc.dtype == MC_INT8) {
    call->run = mc_conv_run_ints;
    return MC_OK;
  }
  call->run = run_floats;
  if (mc_shape_count(&call->out[0].desc.shape) == 0) {
    return MC_OK;
  }
  choose(s, call->in[1].value != NULL);
  g = &s->g;
  if (s->turned) {
    plan_turn(&s->turn_x, g->n, g->c, g->h * g->w, call->in[0].desc.dtype);
    plan_turn(&s->turn_y, g->n, g->oh * g->ow, g->oc, call->in[0].desc.dtype);
    s->x_size = round_up(g->n * g->c * g->h * g->w);
    s->y_size = round_up(g->n * g->oc * g->oh * g->ow);
  }
  if (!s->way->sizes(g, call->in[0].desc.dtype, &s->packed_size, &s->image_size)) {
    return mc_op_error(call, "the convolution's scratch memory overflows");
  }
  s->image_size = round_up(s->image_size);
  s->bias_size = g->bias < 0 ? 0 : round_up(g->oc);
  s->dense_size = round_up(g->oc * mc_conv_depth(g));
  s->packed_size = round_up(s->packed_size);
  plan_reorder(s);
  if (s->way->offsets != NULL) {
    s->offsets = mc_op_alloc(call, sizeof(int64_t) * (size_t)(mc_conv_depth(g) + 1));
    if (s->offsets == NULL) {
      return mc_op_error(call, "out of memory for the plan");
    }
    s->way->offsets(g, s->offsets);
  }
  const int status = pack_constant(call, s);
  if (status == MC_OK && !add_sizes(s, &call->scratch)) {
    return mc_op_error(call, "the convolution's scratch memory overflows");
  }
  return status;
}
