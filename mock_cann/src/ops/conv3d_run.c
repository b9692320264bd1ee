/*
 * A convolution as a matrix product: the filter, one row per output channel, times the image's columns, one
 * per output pixel. The columns are never written down: the product's packer reads them from x with its zeros,
 * where every tap is an offset from a pixel's first. With channels last both factors change places.
 *
 * Scratch: x with zeros | the filter as [groups][channel][tap].
 */
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/conv3d.h"
#include "ops/gemm.h"
#include "ops/strided.h"
#include "ops/widen.h"

typedef struct conv_state {
  mc_conv3d g;
  int64_t taps, pixels;    /* depth and long side of the product */
  int64_t sample, channel; /* elements of the padded image from sample to sample, from group to group */
  int64_t *offsets;        /* of every row of the filter matrix, in the padded image */
  int64_t step[3];         /* elements of the padded image from output to output */
  mc_strided place, reorder;
  int64_t image_size; /* floats; 0: x itself */
} conv_state;

typedef struct columns {
  const conv_state *s;
  const float *image;
} columns;

typedef struct product {
  const conv_state *s;
  const float *image, *filter, *bias;
  float *y;
  columns *columns; /* one per batch of the product */
} product;

/* Where pixel `at` of the output begins in the image. */
static int64_t pixel_at(const conv_state *s, int64_t at) {
  const int64_t *out = s->g.out;
  return at / out[2] / out[1] * s->step[0] + at / out[2] % out[1] * s->step[1] + at % out[2] * s->step[2];
}

static void pack_columns(const void *source, int64_t first, int64_t count, int64_t k0, int64_t k, int width,
                         float *panels) {
  const columns *c = source;
  int64_t at[64];
  for (int64_t p = 0; p < count; p += width) {
    const int n = (int)(count - p < width ? count - p : width);
    for (int j = 0; j < n; ++j) {
      at[j] = pixel_at(c->s, first + p + j);
    }
    const bool row = n == width && at[n - 1] - at[0] == n - 1;
    for (int64_t d = 0; d < k; ++d, panels += width) {
      const float *tap = c->image + c->s->offsets[k0 + d];
      if (row) {
        memcpy(panels, tap + at[0], sizeof(float) * (size_t)width);
        continue;
      }
      for (int j = 0; j < n; ++j) {
        panels[j] = tap[at[j]];
      }
      for (int j = n; j < width; ++j) {
        panels[j] = 0;
      }
    }
  }
}

static void select_product(const void *context, int64_t batch, mc_gemm *gemm, mc_matrix storage[2]) {
  const product *p = context;
  const conv_state *s = p->s;
  const mc_conv3d *g = &s->g;
  const int64_t sample = batch / g->groups;
  const int64_t group = batch % g->groups;
  columns *source = &p->columns[batch];
  *source = (columns){s, p->image + sample * s->sample + group * s->channel};
  const float *filter = p->filter + group * g->goc * s->taps;
  const bool last = g->channels_last;
  storage[0] = last ? (mc_matrix){filter, 1, s->taps, MC_FLOAT} : (mc_matrix){filter, s->taps, 1, MC_FLOAT};
  const mc_operand image = {.pack = pack_columns, .source = source};
  const mc_operand weights = {.pack = last ? mc_pack_columns : mc_pack_rows, .source = &storage[0]};
  gemm->m = last ? s->pixels : g->goc;
  gemm->n = last ? g->goc : s->pixels;
  gemm->k = s->taps;
  gemm->a = last ? image : weights;
  gemm->b = last ? weights : image;
  gemm->c = (mc_result){.row = last ? g->oc : s->pixels, .dtype = MC_FLOAT, .alpha = 1, .beta = 1};
  gemm->c.data = p->y + sample * g->oc * s->pixels + group * g->goc * (last ? 1 : s->pixels);
  if (p->bias != NULL) {
    gemm->c.addend = (mc_matrix){p->bias + group * g->goc, last ? 0 : 1, last ? 1 : 0, MC_FLOAT};
  }
}

static int run_conv(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const conv_state *s = call->state;
  const mc_conv3d *g = &s->g;
  float *image = scratch;
  float *filter = image + s->image_size;
  columns *room = (columns *)(filter + (g->oc * s->taps + 15) / 16 * 16);
  if (mc_shape_count(&call->out[0].desc.shape) == 0) {
    return MC_OK;
  }
  product p = {s, in[g->x], filter, g->bias < 0 ? NULL : in[g->bias], out[0], room};
  if (s->image_size > 0) {
    int64_t first = 0;
    const int64_t unit = g->channels_last ? g->c : 1;
    for (int i = 0; i < 3; ++i) {
      first = first * g->padded[i] + g->before[i];
    }
    memset(image, 0, sizeof(float) * (size_t)s->image_size);
    mc_strided_run(&s->place, image + first * unit, in[g->x]);
    p.image = image;
  }
  mc_strided_run(&s->reorder, filter, (const float *)in[g->filter] + g->f_first);
  return mc_gemm_run(g->n * g->groups, g->channels_last ? s->pixels : g->goc,
                     g->channels_last ? g->goc : s->pixels, s->taps, select_product, &p)
             ? MC_OK
             : mc_op_error(call, "out of host memory while convolving");
}

/* Strides of a volume in elements, without its samples and channels, and from channel to channel. */
static void volume_strides(const mc_conv3d *g, const int64_t length[3], int64_t strides[3], int64_t *channel) {
  strides[2] = g->channels_last ? g->c : 1;
  strides[1] = strides[2] * length[2];
  strides[0] = strides[1] * length[1];
  *channel = g->channels_last ? 1 : strides[0] * length[0];
}

/* x's place among zeros; none when it has no zeros. */
static bool plan_image(conv_state *s) {
  const mc_conv3d *g = &s->g;
  int64_t dst[5];
  int64_t src[5];
  bool same = true;
  int64_t size = g->n;
  for (int i = 0; i < 3; ++i) {
    same = same && g->padded[i] == g->length[i] && g->before[i] == 0 && g->apart[i] == 1;
    if (__builtin_mul_overflow(size, g->padded[i], &size)) {
      return false;
    }
  }
  if (__builtin_mul_overflow(size, g->c, &size) || size > INT64_MAX / 16) {
    return false;
  }
  volume_strides(g, g->padded, dst + 2, &dst[1]);
  volume_strides(g, g->length, src + 2, &src[1]);
  dst[0] = size / (g->n == 0 ? 1 : g->n);
  src[0] = g->c * g->length[0] * g->length[1] * g->length[2];
  s->sample = dst[0];
  s->channel = g->gc * dst[1];
  int64_t at = 0;
  for (int64_t c = 0; c < g->gc; ++c) {
    for (int64_t t = 0; t < g->window[0] * g->window[1] * g->window[2]; ++t) {
      const int64_t z = t / g->window[2] / g->window[1];
      const int64_t y = t / g->window[2] % g->window[1];
      const int64_t x = t % g->window[2];
      s->offsets[at++] = c * dst[1] + z * g->dilation[0] * dst[2] + y * g->dilation[1] * dst[3] +
                         x * g->dilation[2] * dst[4];
    }
  }
  for (int i = 0; i < 3; ++i) {
    s->step[i] = dst[2 + i] * g->stride[i];
    dst[2 + i] *= g->apart[i];
  }
  if (!same) {
    const int64_t dims[5] = {g->n, g->c, g->length[0], g->length[1], g->length[2]};
    s->image_size = (size + 15) / 16 * 16;
    mc_strided_plan(&s->place, 5, dims, dst, src, sizeof(float));
  }
  return true;
}

int mc_conv3d_prepare(mc_op_call *call, const mc_conv3d *geometry) {
  conv_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  s->g = *geometry;
  const mc_conv3d *g = &s->g;
  call->state = s;
  s->taps = g->gc * g->window[0] * g->window[1] * g->window[2];
  s->pixels = g->out[0] * g->out[1] * g->out[2];
  mc_op_cost(call, 500 + (double)mc_shape_count(&call->out[0].desc.shape) * (double)s->taps / 30);
  if (call->in[g->x].desc.dtype == MC_INT8) {
    call->run = mc_conv3d_run_ints;
    return MC_OK;
  }
  s->offsets = mc_op_alloc(call, sizeof(int64_t) * (size_t)(s->taps + 1));
  if (s->offsets == NULL || !plan_image(s)) {
    return mc_op_error(call, "x with its zeros is too large");
  }
  const int64_t dims[6] = {g->groups, g->goc, g->gc, g->window[0], g->window[1], g->window[2]};
  const int64_t src[6] = {g->f_group, g->f_out, g->f_in, g->f_tap[0], g->f_tap[1], g->f_tap[2]};
  const mc_shape shape = {6, {dims[0], dims[1], dims[2], dims[3], dims[4], dims[5]}};
  int64_t dst[MC_MAX_RANK];
  mc_dense_strides(&shape, dst);
  mc_strided_plan(&s->reorder, 6, dims, dst, src, sizeof(float));
  call->scratch = sizeof(float) * (size_t)(s->image_size + (g->oc * s->taps + 15) / 16 * 16) +
                  sizeof(columns) * (size_t)(g->n * g->groups + 1);
  const uint32_t inputs = 1u << g->x | 1u << g->filter | (g->bias < 0 ? 0 : 1u << g->bias);
  return mc_widen_prepare(call, run_conv, inputs, 1u);
}
