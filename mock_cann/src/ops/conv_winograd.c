/*
 * 3 x 3 filters with stride 1, channels last, after Winograd: 4 x 4 outputs cost 36 multiplications per
 * channel pair instead of 144. Tiles are taken in blocks whose transformed values stay in the second-level
 * cache; the 36 products use the register tile of the ordinary channels-last way. Rounding errors grow to
 * about 1e-5 of the largest output.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/conv.h"
#include "ops/convert.h"
#include "ops/gemm.h"
#include "ops/isa.h"
#include "ops/isa/conv.h"
#include "ops/isa/winograd.h"
#include "ops/thread_buffer.h"

MC_ISA_DECLARE(mc_gemm_table, mc_gemm_table);
MC_ISA_DECLARE(mc_conv_table, mc_conv_table);
MC_ISA_DECLARE(mc_winograd_table, mc_winograd_table);

enum { IN = 6, OUT = 4, POSITIONS = IN * IN, PIXELS = OUT * OUT, BLOCK_FLOATS = 256 << 10 };

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t round_up(int64_t a, int64_t unit) {
  return (a + unit - 1) / unit * unit;
}

static int64_t tiles_of(int64_t length) {
  return (length + OUT - 1) / OUT;
}

bool mc_winograd_suits(const mc_conv *g) {
  const int lanes = MC_ISA_PICK(mc_winograd_table)->lanes;
  if (g->kh != 3 || g->kw != 3 || g->sh != 1 || g->sw != 1 || g->dh != 1 || g->dw != 1 || g->groups != 1 ||
      g->c < lanes || g->oc < lanes || g->c < 16 || g->oc < 16) {
    return false;
  }
  /* Few tiles read all transformed filters for little; tiles that hang over the edge are wasted. */
  const double tiles = (double)g->n * (double)tiles_of(g->oh) * (double)tiles_of(g->ow);
  const double used = (double)g->n * (double)g->oh * (double)g->ow / (tiles * PIXELS);
  return tiles >= 12 && used >= 0.55;
}

/* Behind the packed filters: max(c, oc) zeros. */
static bool sizes(const mc_conv *g, int dtype, int64_t *filter, int64_t *image) {
  int64_t panels = 0;
  if (__builtin_mul_overflow(round_up(g->oc, MC_ISA_PICK(mc_gemm_table)->nr), POSITIONS * g->c, &panels)) {
    return false;
  }
  *image = dtype == MC_FLOAT ? 0 : g->n * g->h * g->w * g->c;
  return !__builtin_add_overflow(panels, g->c > g->oc ? g->c : g->oc, filter);
}

/* u = G f Gt for one 3 x 3 filter whose taps are `step` apart. */
static void transform_filter(const float *f, int64_t step, float u[POSITIONS]) {
  const float a = MC_WINOGRAD_A;
  const float b = MC_WINOGRAD_B;
  /* Powers of each point over the product of its distances to the others. */
  const float at_a = 1.0f / (2 * a * a * (a * a - b * b));
  const float at_b = 1.0f / (2 * b * b * (b * b - a * a));
  const float rows[IN][3] = {{1.0f / (a * a * b * b), 0, 0},  {at_a, at_a * a, at_a * a * a},
                             {at_a, -at_a * a, at_a * a * a}, {at_b, at_b * b, at_b * b * b},
                             {at_b, -at_b * b, at_b * b * b}, {0, 0, 1}};
  float half[IN][3];
  for (int i = 0; i < IN; ++i) {
    for (int x = 0; x < 3; ++x) {
      half[i][x] = rows[i][0] * f[x * step] + rows[i][1] * f[(3 + x) * step] + rows[i][2] * f[(6 + x) * step];
    }
  }
  for (int i = 0; i < IN; ++i) {
    for (int j = 0; j < IN; ++j) {
      u[i * IN + j] = half[i][0] * rows[j][0] + half[i][1] * rows[j][1] + half[i][2] * rows[j][2];
    }
  }
}

/* For each position the filters as panels, c deep. */
static void pack_filter(const mc_conv *g, const float *matrix, float *filter) {
  const int nr = MC_ISA_PICK(mc_gemm_table)->nr;
  const int64_t panels = round_up(g->oc, nr) * g->c;
  memset(filter, 0, sizeof(float) * (size_t)(POSITIONS * panels + (g->c > g->oc ? g->c : g->oc)));
  for (int64_t o = 0; o < g->oc; ++o) {
    for (int64_t i = 0; i < g->c; ++i) {
      float u[POSITIONS];
      transform_filter(matrix + o * 9 * g->c + i, g->c, u);
      float *to = filter + o / nr * nr * g->c + i * nr + o % nr;
      for (int p = 0; p < POSITIONS; ++p) {
        to[p * panels] = u[p];
      }
    }
  }
}

typedef struct walk {
  const mc_conv_job *job;
  int64_t across, down, tiles, block; /* tiles per row, rows, of all images, and per block */
  int64_t columns;                    /* of the sums: oc in whole vectors */
  const float *zeros;
  _Atomic bool failed;
} walk;

static void transform_tile(const walk *w, int64_t tile, float *v, int64_t step) {
  const mc_conv *g = w->job->g;
  const float *pixels[POSITIONS];
  const int64_t top = tile / w->across % w->down * OUT - g->top;
  const int64_t left = tile % w->across * OUT - g->left;
  const float *image = w->job->image + tile / (w->across * w->down) * g->h * g->w * g->c;
  for (int p = 0; p < POSITIONS; ++p) {
    const int64_t y = top + p / IN;
    const int64_t x = left + p % IN;
    pixels[p] = y < 0 || y >= g->h || x < 0 || x >= g->w ? w->zeros : image + (y * g->w + x) * g->c;
  }
  MC_ISA_PICK(mc_winograd_table)->input(pixels, g->c, v, step);
}

static void multiply(const walk *w, int64_t count, const float *v, float *m) {
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const mc_conv_table *conv = MC_ISA_PICK(mc_conv_table);
  const mc_conv *g = w->job->g;
  const int64_t panels = round_up(g->oc, isa->nr) * g->c;
  for (int p = 0; p < POSITIONS; ++p) {
    const float *from = v + p * w->block * g->c;
    float *to = m + p * w->block * w->columns;
    for (int64_t j = 0; j < g->oc; j += isa->nr) {
      const int64_t vectors = (least(isa->nr, g->oc - j) + isa->lanes - 1) / isa->lanes;
      const float *b = w->job->filter + p * panels + j * g->c;
      for (int64_t t = 0; t < count; t += isa->mr) {
        const float *rows[MC_GEMM_MR_MAX];
        for (int r = 0; r < isa->mr; ++r) {
          rows[r] = from + (t + r) * g->c;
        }
        (count - t <= isa->mr / 2 ? conv->half_pixels : conv->pixels)[vectors - 1](
            1, g->c, g->c, rows, 0, b, to + t * w->columns + j, w->columns, false);
      }
    }
  }
}

/* `result` has room for 16 pixels and for those that hang over the edge. */
static void put_tile(const walk *w, int64_t tile, const float *m, int64_t step, float *result) {
  const mc_conv *g = w->job->g;
  const bool direct = w->job->dtype == MC_FLOAT;
  const int64_t size = (int64_t)mc_dtype_size(w->job->dtype);
  float *pixels[PIXELS];
  char *out[PIXELS];
  const int64_t n = tile / (w->across * w->down);
  for (int q = 0; q < PIXELS; ++q) {
    const int64_t y = tile / w->across % w->down * OUT + q / OUT;
    const int64_t x = tile % w->across * OUT + q % OUT;
    out[q] =
        y >= g->oh || x >= g->ow ? NULL : (char *)w->job->y + ((n * g->oh + y) * g->ow + x) * g->oc * size;
    pixels[q] = direct && out[q] != NULL ? (float *)(void *)out[q] : result + q * g->oc;
  }
  MC_ISA_PICK(mc_winograd_table)
      ->output(m, step, w->job->bias == NULL ? w->zeros : w->job->bias, g->oc, pixels);
  for (int q = 0; q < PIXELS; ++q) {
    if (out[q] != NULL) {
      MC_ISA_PICK(mc_conv_table)->finish_row(pixels[q], g->oc, 0.0f, w->job->low, w->job->high, pixels[q]);
    }
    if (out[q] != NULL && !direct) {
      mc_convert_for(MC_FLOAT, w->job->dtype)(pixels[q], out[q], g->oc);
    }
  }
}

static void take_blocks(void *arg, int64_t begin, int64_t end) {
  walk *w = arg;
  const mc_conv *g = w->job->g;
  const int mr = MC_ISA_PICK(mc_gemm_table)->mr;
  const int64_t values = POSITIONS * w->block * g->c;
  const int64_t sums = POSITIONS * w->block * w->columns;
  float *v = mc_thread_buffer(sizeof(float) * (size_t)(values + sums + PIXELS * g->oc));
  if (v == NULL) {
    atomic_store(&w->failed, true);
    return;
  }
  float *m = v + values;
  for (int64_t at = begin; at < end; ++at) {
    const int64_t first = at * w->block;
    const int64_t count = least(w->block, w->tiles - first);
    for (int64_t t = 0; t < round_up(count, mr); ++t) {
      /* Rows that only fill up a register tile repeat the last one. */
      transform_tile(w, first + least(t, count - 1), v + t * g->c, w->block * g->c);
    }
    multiply(w, count, v, m);
    for (int64_t t = 0; t < count; ++t) {
      put_tile(w, first + t, m + t * w->columns, w->block * w->columns, m + sums);
    }
  }
}

static bool run(const mc_conv_job *job) {
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const mc_conv *g = job->g;
  walk w = {.job = job, .across = tiles_of(g->ow), .down = tiles_of(g->oh)};
  w.tiles = g->n * w.across * w.down;
  w.columns = round_up(g->oc, isa->lanes);
  w.zeros = job->filter + POSITIONS * round_up(g->oc, isa->nr) * g->c;
  const int64_t fitting = BLOCK_FLOATS / (POSITIONS * (g->c + w.columns));
  w.block = round_up(least(fitting, w.tiles), isa->mr);
  w.block = w.block < isa->mr ? isa->mr : w.block;
  mc_parallel_for((w.tiles + w.block - 1) / w.block, 1, take_blocks, &w);
  return !atomic_load(&w.failed);
}

const mc_conv_way mc_conv_winograd = {.taps_first = true, .sizes = sizes, .pack = pack_filter, .run = run};
