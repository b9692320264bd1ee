/*
 * Depthwise convolution with the usual filters, 3 x 3 and 5 x 5 with stride 1 or 2, channels first. A channel is done
 * in strips of rows: those of x are widened to float and spread out in the first-level cache, where the rows of y are
 * computed, and rounded. Nothing is done row by row outside the kernels: rows of 7 or 14 would pay for the calls.
 */
#include <stdatomic.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/conv.h"
#include "ops/convert.h"
#include "ops/isa.h"
#include "ops/isa/depth.h"
#include "ops/thread_buffer.h"

MC_ISA_DECLARE(mc_depth_table, mc_depth_table);

enum {
  WORK = 64 << 10,
  STRIP = 4096 /* floats of x that are spread at a time, and more than a tile's height of rows */
};

typedef struct walk {
  const mc_conv_job *job;
  mc_depth_rows rows;
  mc_depth_spread *spread;
  mc_depth_filter *filter;
  bool widens, rounds; /* in passes of their own: the kernels do not do it for these types */
  int64_t step; /* rows of y in a strip */
  _Atomic bool failed;
} walk;

/* Columns that taps read before and behind x. */
static int64_t widest_pad(const mc_conv *g) {
  const int64_t right = (g->ow - 1) * g->sw + g->kw - g->left - g->w;
  return right > g->left ? right : g->left;
}

bool mc_depth_strips_suit(const mc_conv *g) {
  return !g->channels_last && g->gc == 1 && g->kh == g->kw && (g->kh == 3 || g->kh == 5) && g->sh == g->sw &&
         g->sh <= 2 && g->dh == 1 && g->dw == 1 && g->h > 0 && g->w > 0 && widest_pad(g) < g->kw;
}

static bool sizes(const mc_conv *g, int dtype, int64_t *filter, int64_t *image) {
  (void)dtype;
  *image = 0;
  return !__builtin_mul_overflow(g->oc, mc_conv_taps(g), filter);
}

static void pack(const mc_conv *g, const float *matrix, float *filter) {
  memcpy(filter, matrix, sizeof(float) * (size_t)(g->oc * mc_conv_taps(g)));
}

static int64_t rows_under(const mc_conv *g, int64_t rows) {
  return (rows - 1) * g->sh + g->kh;
}

static void plan(walk *w) {
  const mc_conv *g = w->job->g;
  const mc_depth_table *isa = MC_ISA_PICK(mc_depth_table);
  const int64_t lanes = isa->lanes;
  const int64_t phase = (g->w + g->sw - 1) / g->sw;
  w->rows.pitch = (phase + widest_pad(g) + lanes - 1) / lanes * lanes;
  w->rows.low = w->job->low;
  w->rows.high = w->job->high;
  for (int64_t c = 0; c < g->kw; ++c) {
    const int64_t at = c - g->left + g->sw * g->kw; /* not negative, of the same phase */
    w->rows.shift[c] = at % g->sw * w->rows.pitch + at / g->sw - g->kw;
  }
  const bool half_x = w->job->x_dtype == MC_FLOAT16 && isa->spread[1] != NULL;
  const bool half_y = w->job->dtype == MC_FLOAT16 && isa->three[1][0] != NULL;
  w->spread = isa->spread[half_x];
  w->filter = (g->kh == 3 ? isa->three : isa->five)[half_y][g->sh - 1];
  w->widens = w->job->x_dtype != MC_FLOAT && !half_x;
  w->rounds = w->job->dtype != MC_FLOAT && !half_y;
  const int64_t held = STRIP / (g->sw * w->rows.pitch) + 4 * g->sh;
  w->step = held / g->sh < g->oh ? held / g->sh : g->oh;
}

/* The rows of x under `rows` rows of y from `first` on; zeros for those it does not have. */
static void spread_strip(const walk *w, const char *x, int64_t first, int64_t rows, float *widened, float *to) {
  const mc_conv *g = w->job->g;
  const int64_t row = g->sw * w->rows.pitch;
  const int64_t top = first * g->sh - g->top;
  const int64_t count = rows_under(g, rows);
  int64_t from = top < 0 ? 0 : top;
  int64_t end = top + count < g->h ? top + count : g->h;
  from = from > g->h ? g->h : from;
  end = end < from ? from : end;
  const int64_t before = from - top < count ? from - top : count;
  const int64_t behind = count - before - (end - from);
  memset(to, 0, sizeof(float) * (size_t)(before * row));
  x += from * g->w * (int64_t)mc_dtype_size(w->job->x_dtype);
  if (w->widens) {
    mc_convert_for(w->job->x_dtype, MC_FLOAT)(x, widened, (end - from) * g->w);
    x = (const char *)widened;
  }
  w->spread(x, end - from, g->w, g->sw, w->rows.pitch, to + before * row);
  memset(to + (count - behind) * row, 0, sizeof(float) * (size_t)(behind * row));
}

static void take_planes(void *arg, int64_t begin, int64_t end) {
  walk *w = arg;
  const mc_conv_job *job = w->job;
  const mc_conv *g = job->g;
  const int64_t lanes = MC_ISA_PICK(mc_depth_table)->lanes;
  const int64_t x_size = (int64_t)mc_dtype_size(job->x_dtype);
  const int64_t y_size = (int64_t)mc_dtype_size(job->dtype);
  const int64_t under = rows_under(g, w->step);
  const int64_t strip = lanes + under * g->sw * w->rows.pitch + 2 * lanes;
  const int64_t sums_size = w->rounds ? w->step * g->ow : 0;
  const int64_t widened_size = w->widens ? under * g->w : 0;
  float *image = mc_thread_buffer(sizeof(float) * (size_t)(strip + sums_size + widened_size));
  if (image == NULL) {
    atomic_store(&w->failed, true);
    return;
  }
  float *sums = image + strip;
  float *widened = sums + sums_size;
  memset(image, 0, sizeof(float) * (size_t)lanes);
  memset(image + strip - 2 * lanes, 0, sizeof(float) * 2 * (size_t)lanes);
  mc_depth_rows rows = w->rows;
  for (int64_t plane = begin; plane < end; ++plane) {
    const int64_t channel = plane % g->oc;
    const char *x = (const char *)job->x + (plane / g->oc * g->c + channel / g->goc) * g->h * g->w * x_size;
    char *y = (char *)job->y + plane * g->oh * g->ow * y_size;
    rows.filter = job->filter + channel * mc_conv_taps(g);
    rows.bias = job->bias == NULL ? 0.0f : job->bias[channel];
    for (int64_t first = 0; first < g->oh; first += w->step) {
      const int64_t count = g->oh - first < w->step ? g->oh - first : w->step;
      char *to = y + first * g->ow * y_size;
      spread_strip(w, x, first, count, widened, image + lanes);
      w->filter(&rows, image + lanes, count, g->ow, w->rounds ? (void *)sums : to);
      if (w->rounds) {
        mc_convert_for(MC_FLOAT, job->dtype)(sums, to, count * g->ow);
      }
    }
  }
}

static bool run(const mc_conv_job *job) {
  const mc_conv *g = job->g;
  walk w = {.job = job};
  plan(&w);
  mc_parallel_for(g->n * g->oc, WORK / (g->oh * g->ow * mc_conv_taps(g) + 1) + 1, take_planes, &w);
  return !atomic_load(&w.failed);
}

const mc_conv_way mc_conv_depth_strips = {.sizes = sizes, .pack = pack, .run = run};
