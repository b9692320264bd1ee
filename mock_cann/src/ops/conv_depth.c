/* Depthwise convolution: one input channel per group. Channels first, a row of the output is a sum of shifted
 * rows; channels last, a pixel is a sum of input pixels, each times its own row of factors. */
#include <stdatomic.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/conv.h"
#include "ops/convert.h"
#include "ops/image.h"
#include "ops/isa.h"
#include "ops/isa/conv.h"
#include "ops/thread_buffer.h"

MC_ISA_DECLARE(mc_conv_table, mc_conv_table);

enum {
  WORK = 64 << 10,
  STRETCH = 4096, /* sums of one go: they stay in the first-level cache */
  VECTOR = 16     /* reading and writing go up to the next multiple; planes have slack for it */
};

typedef struct walk {
  const mc_conv_job *job;
  mc_planes p;
  _Atomic bool failed;
} walk;

/* ---- channels first ---- */

static bool sizes_first(const mc_conv *g, int dtype, int64_t *filter, int64_t *image) {
  (void)dtype;
  mc_planes p;
  *image = 0;
  return mc_planes_of(g, &p) && !__builtin_mul_overflow(g->oc, mc_conv_taps(g), filter);
}

static void plan_offsets(const mc_conv *g, int64_t *offsets) {
  mc_planes p;
  mc_planes_of(g, &p);
  for (int64_t r = 0; r < g->kh; ++r) {
    for (int64_t c = 0; c < g->kw; ++c) {
      *offsets++ = mc_planes_tap(g, &p, r, c);
    }
  }
}

static void pack_first(const mc_conv *g, const float *matrix, float *filter) {
  memcpy(filter, matrix, sizeof(float) * (size_t)(g->oc * mc_conv_taps(g)));
}

/* Output rows computed in one go, over the whole plane rows under them, so that vectors do not end with each
 * row. */
static int64_t rows_at_once(const walk *w) {
  const int64_t rows = STRETCH / w->p.columns + 1;
  return rows < w->job->g->oh ? rows : w->job->g->oh;
}

static void take_planes(void *arg, int64_t begin, int64_t end) {
  walk *w = arg;
  const mc_conv_job *job = w->job;
  const mc_conv *g = job->g;
  const mc_conv_table *isa = MC_ISA_PICK(mc_conv_table);
  const int64_t taps = mc_conv_taps(g);
  const int64_t size = (int64_t)mc_dtype_size(job->dtype);
  const int64_t x_size = (int64_t)mc_dtype_size(job->x_dtype);
  const int64_t step = rows_at_once(w);
  mc_convert *store = job->dtype == MC_FLOAT ? NULL : mc_convert_for(MC_FLOAT, job->dtype);
  const int64_t room = step * w->p.columns + VECTOR;
  float *sums = mc_thread_buffer(sizeof(float) * (size_t)(room + w->p.channel + MC_PLANES_SLACK + g->w));
  if (sums == NULL) {
    atomic_store(&w->failed, true);
    return;
  }
  float *image = sums + room;
  float *widened = image + w->p.channel + MC_PLANES_SLACK;
  const char *filled = NULL;
  memset(image + w->p.channel, 0, sizeof(float) * MC_PLANES_SLACK);
  for (int64_t plane = begin; plane < end; ++plane) {
    const int64_t channel = plane % g->oc;
    const char *x = (const char *)job->x + (plane / g->oc * g->c + channel / g->goc) * g->h * g->w * x_size;
    if (x != filled) { /* here, where it is used at once, not for all channels before */
      mc_planes_fill_channel(g, &w->p, x, job->x_dtype, widened, image);
      filled = x;
    }
    char *y = (char *)job->y + plane * g->oh * g->ow * size;
    for (int64_t first = 0; first < g->oh; first += step) {
      const int64_t rows = g->oh - first < step ? g->oh - first : step;
      const int64_t count = (rows - 1) * w->p.columns + g->ow;
      isa->filter_row(taps, job->filter + channel * taps, image + first * w->p.columns, job->offsets,
                      job->bias == NULL ? 0.0f : job->bias[channel], (count + VECTOR - 1) / VECTOR * VECTOR,
                      sums);
      for (int64_t i = 0; i < rows; ++i, y += g->ow * size) {
        float *row = sums + i * w->p.columns;
        isa->finish_row(row, g->ow, 0.0f, job->low, job->high, store == NULL ? (float *)(void *)y : row);
        if (store != NULL) {
          store(row, y, g->ow);
        }
      }
    }
  }
}

static bool run_first(const mc_conv_job *job) {
  const mc_conv *g = job->g;
  walk w = {.job = job};
  mc_planes_of(g, &w.p);
  mc_parallel_for(g->n * g->oc, WORK / (g->oh * g->ow * mc_conv_taps(g) + 1) + 1, take_planes, &w);
  return !atomic_load(&w.failed);
}

const mc_conv_way mc_conv_depth_nchw = {.sizes = sizes_first,
                                        .offsets = plan_offsets,
                                        .pack = pack_first,
                                        .run = run_first};

/* ---- channels last ---- */

/* The factors tap by tap, then one pixel of zeros. */
static bool sizes_last(const mc_conv *g, int dtype, int64_t *filter, int64_t *image) {
  *image = dtype == MC_FLOAT ? 0 : g->n * g->h * g->w * g->c;
  return !__builtin_mul_overflow(g->c, mc_conv_taps(g) + 1, filter);
}

static void pack_last(const mc_conv *g, const float *matrix, float *filter) {
  const int64_t taps = mc_conv_taps(g);
  for (int64_t t = 0; t < taps; ++t) {
    for (int64_t i = 0; i < g->c; ++i) {
      filter[t * g->c + i] = matrix[i * taps + t];
    }
  }
  memset(filter + taps * g->c, 0, sizeof(float) * (size_t)g->c);
}

static void take_pixels(void *arg, int64_t begin, int64_t end) {
  walk *w = arg;
  const mc_conv_job *job = w->job;
  const mc_conv *g = job->g;
  const int64_t taps = mc_conv_taps(g);
  const float *zeros = job->filter + taps * g->c;
  mc_convert *store = job->dtype == MC_FLOAT ? NULL : mc_convert_for(MC_FLOAT, job->dtype);
  const float **rows =
      mc_thread_buffer(sizeof(float *) * (size_t)taps + (store == NULL ? 0 : sizeof(float) * (size_t)g->c));
  if (rows == NULL) {
    atomic_store(&w->failed, true);
    return;
  }
  float *sums = (float *)(void *)(rows + taps);
  for (int64_t pixel = begin; pixel < end; ++pixel) {
    const int64_t n = pixel / (g->oh * g->ow);
    const int64_t top = pixel / g->ow % g->oh * g->sh - g->top;
    const int64_t left = pixel % g->ow * g->sw - g->left;
    for (int64_t t = 0; t < taps; ++t) {
      const int64_t y = top + t / g->kw * g->dh;
      const int64_t x = left + t % g->kw * g->dw;
      rows[t] =
          y < 0 || y >= g->h || x < 0 || x >= g->w ? zeros : job->image + ((n * g->h + y) * g->w + x) * g->c;
    }
    float *to = store == NULL ? (float *)job->y + pixel * g->c : sums;
    MC_ISA_PICK(mc_conv_table)
        ->filter_pixel(taps, job->filter, rows, job->bias == NULL ? zeros : job->bias, g->c, to);
    MC_ISA_PICK(mc_conv_table)->finish_row(to, g->c, 0.0f, job->low, job->high, to);
    if (store != NULL) {
      store(sums, (uint16_t *)job->y + pixel * g->c, g->c);
    }
  }
}

static bool run_last(const mc_conv_job *job) {
  const mc_conv *g = job->g;
  walk w = {.job = job};
  mc_parallel_for(g->n * g->oh * g->ow, WORK / (g->c * mc_conv_taps(g) + 1) + 1, take_pixels, &w);
  return !atomic_load(&w.failed);
}

const mc_conv_way mc_conv_depth_nhwc = {
    .taps_first = true, .sizes = sizes_last, .pack = pack_last, .run = run_last};
