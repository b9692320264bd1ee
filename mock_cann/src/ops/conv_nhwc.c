/*
 * Channels last: pixels by filters. A pixel's channels are contiguous, so a row of the product is the sum
 * over filter taps of one input pixel (or of zeros, for padding) times a panel of filters; the register tile
 * takes the pixels from where they lie.
 */
#include <stdatomic.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/conv.h"
#include "ops/convert.h"
#include "ops/gemm.h"
#include "ops/isa.h"
#include "ops/isa/conv.h"
#include "ops/thread_buffer.h"

MC_ISA_DECLARE(mc_gemm_table, mc_gemm_table);
MC_ISA_DECLARE(mc_conv_table, mc_conv_table);

enum {
  WORK = 64 << 10, /* elements worth a piece of their own */
  FEW = 16,        /* channels that are too few for a tap of their own */
  CHUNK = 64,      /* pixels for which a panel of filters is read once */
  PANEL = 20 << 10 /* floats of a panel that are used at a time: they stay near the first-level cache */
};

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t round_up(int64_t a, int64_t unit) {
  return (a + unit - 1) / unit * unit;
}

/* The pixels under a row of the filter are one tap. */
static bool merges(const mc_conv *g) {
  return g->groups == 1 && g->dw == 1 && g->kw > 1 && g->c <= FEW;
}

static int64_t taps_of(const mc_conv *g) {
  return merges(g) ? g->kh : g->kh * g->kw;
}

static int64_t tap_depth(const mc_conv *g) {
  return merges(g) ? g->kw * g->c : g->gc;
}

/* Zeros that stand for a tap outside the image. */
static int64_t zeros_of(const mc_conv *g) {
  return merges(g) ? g->kw * g->c : g->c;
}

/* Pixels in a row of the image that taps read. */
static int64_t row_pixels(const mc_conv *g) {
  return merges(g) ? (g->ow - 1) * g->sw + g->kw : g->w;
}

/* Behind the packed filter: one tap of zeros. */
static int64_t packed_size(const mc_conv *g) {
  return g->groups * round_up(g->goc, MC_ISA_PICK(mc_gemm_table)->nr) * mc_conv_depth(g);
}

static bool sizes(const mc_conv *g, int dtype, int64_t *filter, int64_t *image) {
  int64_t columns = 0;
  if (__builtin_mul_overflow(round_up(g->goc, MC_ISA_PICK(mc_gemm_table)->nr), g->groups, &columns) ||
      __builtin_mul_overflow(columns, mc_conv_depth(g), filter) ||
      __builtin_add_overflow(*filter, zeros_of(g), filter)) {
    return false;
  }
  *image = 0;
  return (dtype == MC_FLOAT && !merges(g)) ||
         !__builtin_mul_overflow(g->n * g->h * g->c, row_pixels(g), image);
}

static void pack_filter(const mc_conv *g, const float *matrix, float *filter) {
  const int width = MC_ISA_PICK(mc_gemm_table)->nr;
  const int64_t depth = mc_conv_depth(g);
  for (int64_t i = 0; i < g->groups; ++i) {
    const mc_matrix columns = {matrix + i * g->goc * depth, 1, depth, MC_FLOAT};
    mc_pack_columns(&columns, 0, g->goc, 0, depth, width, filter + i * round_up(g->goc, width) * depth);
  }
  memset(filter + packed_size(g), 0, sizeof(float) * (size_t)zeros_of(g));
}

typedef struct filling {
  const mc_conv *g;
  const char *x;
  int dtype;
  float *image;
} filling;

static void fill_rows(void *arg, int64_t begin, int64_t end) {
  const filling *f = arg;
  const mc_conv *g = f->g;
  const int64_t row = row_pixels(g) * g->c;
  const int64_t before = least(merges(g) ? g->left * g->c : 0, row);
  const int64_t width = least(g->w * g->c, row - before);
  mc_convert *widen = mc_convert_for(f->dtype, MC_FLOAT);
  for (int64_t i = begin; i < end; ++i) {
    float *to = f->image + i * row;
    memset(to, 0, sizeof(float) * (size_t)before);
    widen(f->x + i * g->w * g->c * (int64_t)mc_dtype_size(f->dtype), to + before, width);
    memset(to + before + width, 0, sizeof(float) * (size_t)(row - before - width));
  }
}

/* Rows as float, padded sideways when taps merge. */
static bool fill_image(const mc_conv *g, const void *x, int dtype, float *image) {
  filling f = {g, x, dtype, image};
  mc_parallel_for(g->n * g->h, WORK / (row_pixels(g) * g->c + 1) + 1, fill_rows, &f);
  return true;
}

typedef struct walk {
  const mc_conv_job *job;
  int64_t pixels, chunks; /* of one image, and the chunks they make */
  const float *zeros;
  _Atomic bool failed;
} walk;

/* For each block of mr pixels, for each tap, where the channels of its mr input pixels are. */
static void find_rows(const walk *w, int64_t n, int64_t first, int64_t count, int mr, const float **rows) {
  const mc_conv *g = w->job->g;
  const int64_t width = row_pixels(g);
  const float *image = w->job->image + n * g->h * width * g->c;
  const bool merged = merges(g);
  const int64_t taps = taps_of(g);
  const int64_t columns = merged ? 1 : g->kw;
  for (int64_t p = 0; p < round_up(count, mr); ++p) {
    const float **row = rows + p / mr * mr * taps + p % mr;
    const int64_t top = (first + p) / g->ow * g->sh - g->top;
    const int64_t left = (first + p) % g->ow * g->sw - (merged ? 0 : g->left);
    for (int64_t r = 0; r < g->kh; ++r) {
      const int64_t y = top + r * g->dh;
      for (int64_t c = 0; c < columns; ++c, row += mr) {
        const int64_t x = left + c * g->dw;
        const bool inside = p < count && y >= 0 && y < g->h && x >= 0 && x < width;
        *row = inside ? image + (y * width + x) * g->c : w->zeros;
      }
    }
  }
}

static void put_rows(const walk *w, int64_t pixel, int64_t count, int64_t channel, int64_t columns,
                     float *sums) {
  const mc_conv *g = w->job->g;
  const int nr = MC_ISA_PICK(mc_gemm_table)->nr;
  const mc_conv_table *isa = MC_ISA_PICK(mc_conv_table);
  mc_convert *store = w->job->dtype == MC_FLOAT ? NULL : mc_convert_for(MC_FLOAT, w->job->dtype);
  const int64_t size = (int64_t)mc_dtype_size(w->job->dtype);
  for (int64_t p = 0; p < count; ++p, sums += nr) {
    char *y = (char *)w->job->y + ((pixel + p) * g->oc + channel) * size;
    float *to = store == NULL ? (float *)(void *)y : sums;
    if (w->job->bias == NULL) {
      isa->finish_row(sums, columns, 0.0f, w->job->low, w->job->high, to);
    } else {
      isa->finish_pixel(sums, columns, w->job->bias + channel, w->job->low, w->job->high, to);
    }
    if (store != NULL) {
      store(sums, y, columns);
    }
  }
}

static void sum_chunk(const walk *w, int64_t pixel, int64_t count, int64_t group, const float *const *rows,
                      float *sums) {
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const mc_conv_table *conv = MC_ISA_PICK(mc_conv_table);
  const mc_conv *g = w->job->g;
  const int64_t taps = taps_of(g);
  const int64_t depth = mc_conv_depth(g);
  const int64_t own = tap_depth(g);
  const int64_t step = PANEL / (taps * isa->nr) + 1;
  const float *filter = w->job->filter + group * round_up(g->goc, isa->nr) * depth;
  for (int64_t j = 0; j < g->goc; j += isa->nr) {
    const int64_t columns = least(isa->nr, g->goc - j);
    const int64_t vectors = (columns + isa->lanes - 1) / isa->lanes;
    if (depth == 0) {
      memset(sums, 0, sizeof(float) * (size_t)(CHUNK * isa->nr));
    }
    for (int64_t k0 = 0; k0 < own; k0 += step) {
      const int64_t k = least(step, own - k0);
      const float *b = filter + j * depth + k0 * isa->nr;
      for (int64_t p = 0; p < count; p += isa->mr) {
        const bool half = count - p <= isa->mr / 2;
        (half ? conv->half_pixels : conv->pixels)[vectors - 1](
            taps, k, own, rows + p * taps, group * g->gc + k0, b, sums + p * isa->nr, isa->nr, k0 != 0);
      }
    }
    put_rows(w, pixel, count, group * g->goc + j, columns, sums);
  }
}

static void take_chunks(void *arg, int64_t begin, int64_t end) {
  walk *w = arg;
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const mc_conv *g = w->job->g;
  const int64_t taps = taps_of(g);
  float *sums =
      mc_thread_buffer(sizeof(float) * (size_t)(CHUNK * isa->nr) + sizeof(float *) * (size_t)(CHUNK * taps));
  if (sums == NULL) {
    atomic_store(&w->failed, true);
    return;
  }
  const float **rows = (const float **)(void *)(sums + CHUNK * isa->nr);
  for (int64_t at = begin; at < end; ++at) {
    const int64_t n = at / w->chunks;
    const int64_t first = at % w->chunks * CHUNK;
    const int64_t count = least(CHUNK, w->pixels - first);
    find_rows(w, n, first, count, isa->mr, rows);
    for (int64_t group = 0; group < g->groups; ++group) {
      sum_chunk(w, n * w->pixels + first, count, group, rows, sums);
    }
  }
}

static bool run(const mc_conv_job *job) {
  const mc_conv *g = job->g;
  walk w = {.job = job, .pixels = g->oh * g->ow, .zeros = job->filter + packed_size(g)};
  w.chunks = (w.pixels + CHUNK - 1) / CHUNK;
  const double work = (double)CHUNK * (double)g->oc * (double)(mc_conv_depth(g) + 1);
  mc_parallel_for(g->n * w.chunks, (int64_t)(1e6 / work) + 1, take_chunks, &w);
  return !atomic_load(&w.failed);
}

const mc_conv_way mc_conv_nhwc = {
    .taps_first = true, .sizes = sizes, .pack = pack_filter, .image = fill_image, .run = run};
