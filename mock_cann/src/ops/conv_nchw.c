/*
 * Channels first: filters by pixels. With phase planes every depth of the product is one contiguous stretch
 * of the image, so that the register tile reads it in place. The columns of a panel run over whole plane
 * rows; what lies between the rows of the output is computed and dropped.
 */
#include <stdatomic.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/conv.h"
#include "ops/convert.h"
#include "ops/gemm.h"
#include "ops/image.h"
#include "ops/isa.h"
#include "ops/isa/conv.h"
#include "ops/thread_buffer.h"

MC_ISA_DECLARE(mc_gemm_table, mc_gemm_table);
MC_ISA_DECLARE(mc_conv_table, mc_conv_table);

/* The image's share of this many depths stays in the second-level cache. */
enum { DEPTH = 1024 };

static int64_t least(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t round_up(int64_t a, int64_t unit) {
  return (a + unit - 1) / unit * unit;
}

/* x itself is its only plane. */
static bool is_plain(const mc_conv *g) {
  return g->kh == 1 && g->kw == 1 && g->sh == 1 && g->sw == 1 && g->top == 0 && g->left == 0 &&
         g->oh == g->h && g->ow == g->w;
}

static bool sizes(const mc_conv *g, int dtype, int64_t *filter, int64_t *image) {
  (void)dtype;
  mc_planes p;
  const int64_t rows = round_up(g->goc, MC_ISA_PICK(mc_gemm_table)->mr) * g->groups;
  if (!mc_planes_of(g, &p) || __builtin_mul_overflow(rows, mc_conv_depth(g), filter) ||
      __builtin_mul_overflow(p.channel, g->n * g->c, image) ||
      __builtin_add_overflow(*image, MC_PLANES_SLACK, image)) {
    return false;
  }
  *image = is_plain(g) ? 0 : *image;
  return true;
}

static void plan_offsets(const mc_conv *g, int64_t *offsets) {
  mc_planes p;
  mc_planes_of(g, &p);
  for (int64_t channel = 0; channel < g->gc; ++channel) {
    for (int64_t r = 0; r < g->kh; ++r) {
      for (int64_t c = 0; c < g->kw; ++c) {
        *offsets++ = channel * p.channel + mc_planes_tap(g, &p, r, c);
      }
    }
  }
}

static void pack_filter(const mc_conv *g, const float *matrix, float *filter) {
  const int width = MC_ISA_PICK(mc_gemm_table)->mr;
  const int64_t depth = mc_conv_depth(g);
  for (int64_t i = 0; i < g->groups; ++i) {
    const mc_matrix rows = {matrix + i * g->goc * depth, depth, 1, MC_FLOAT};
    mc_pack_rows(&rows, 0, g->goc, 0, depth, width, filter + i * round_up(g->goc, width) * depth);
  }
}

typedef struct walk {
  const mc_conv_job *job;
  mc_planes p;
  int64_t columns, panels; /* columns of one image's product, panels they make */
  _Atomic bool failed;
} walk;

/* Whether a panel is copied side by side before it is used: those of an image that has no slack behind it must not
 * be read in whole vectors past its end, and narrower types are widened on the way. */
static bool copies(const walk *w, int64_t count) {
  const int64_t lanes = MC_ISA_PICK(mc_gemm_table)->lanes;
  return is_plain(w->job->g) && (w->job->x_dtype != MC_FLOAT || count % lanes != 0);
}

/* Adds the bias, keeps within the limits and rounds. */
static void put_stretch(const mc_conv_job *job, float *sums, int64_t count, float bias, char *y) {
  float *to = job->dtype == MC_FLOAT ? (float *)(void *)y : sums;
  MC_ISA_PICK(mc_conv_table)->finish_row(sums, count, bias, job->low, job->high, to);
  if (job->dtype != MC_FLOAT) {
    mc_convert_for(MC_FLOAT, job->dtype)(sums, y, count);
  }
}

/* The same for a panel of whole rows; narrower types are rounded all at once, where the sums were. */
static void put_whole(const mc_conv_job *job, float *sums, int64_t rows, int64_t count, int64_t channel, char *y) {
  const int nr = MC_ISA_PICK(mc_gemm_table)->nr;
  const bool direct = job->dtype == MC_FLOAT;
  const int64_t size = (int64_t)mc_dtype_size(job->dtype);
  const int64_t plane = job->g->oh * job->g->ow;
  const float *bias = job->bias == NULL ? NULL : job->bias + channel;
  MC_ISA_PICK(mc_conv_table)
      ->finish_panel(sums, nr, rows, direct ? count : nr, bias, job->low, job->high,
                     direct ? (float *)(void *)y : sums, direct ? plane : nr);
  if (!direct) {
    mc_convert_for(MC_FLOAT, job->dtype)(sums, sums, rows * nr);
    for (int64_t i = 0; i < rows; ++i) {
      memcpy(y + i * plane * size, (const char *)sums + i * nr * size, (size_t)(count * size));
    }
  }
}

/* Columns of the product of one group and image. */
typedef struct panel {
  const void *image;    /* its first column: of x's type when the panel is copied, else floats */
  const float *filter;  /* of the group */
  int64_t first, count; /* columns */
  int64_t plane;        /* of y, where the group's first output is */
  int64_t channel;      /* that output */
} panel;

/* Finishes `rows` rows of the panel from output `from` of the group on; drops what lies between rows of y. */
static void put_rows(const walk *w, const panel *p, int64_t from, int64_t rows, float *sums) {
  const mc_conv *g = w->job->g;
  const int nr = MC_ISA_PICK(mc_gemm_table)->nr;
  const int64_t size = (int64_t)mc_dtype_size(w->job->dtype);
  const bool whole = w->p.columns == g->ow; /* nothing lies between rows */
  if (whole) {
    put_whole(w->job, sums, rows, p->count, p->channel + from,
              (char *)w->job->y + ((p->plane + from) * g->oh * g->ow + p->first) * size);
    return;
  }
  const int64_t end = p->first + p->count;
  for (int64_t i = 0; i < rows; ++i) {
    float *row = sums + i * nr;
    char *y = (char *)w->job->y + (p->plane + from + i) * g->oh * g->ow * size;
    const float bias = w->job->bias == NULL ? 0.0f : w->job->bias[p->channel + from + i];
    for (int64_t at = p->first; at < end;) {
      const int64_t line = at / w->p.columns;
      const int64_t next = least((line + 1) * w->p.columns, end);
      const int64_t x = at % w->p.columns;
      if (x < g->ow) {
        put_stretch(w->job, row + (at - p->first), least(g->ow - x, next - at), bias, y + (line * g->ow + x) * size);
      }
      at = next;
    }
  }
}

/* Each tile is finished while it is in the first-level cache; only where a depth takes several goes do all the sums of
 * the panel wait in `sums`. */
static void take_panel(const walk *w, const panel *p, float *sums, float *room) {
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const mc_conv_table *conv = MC_ISA_PICK(mc_conv_table);
  const mc_conv *g = w->job->g;
  const int64_t depth = mc_conv_depth(g);
  const int64_t vectors = (p->count + isa->lanes - 1) / isa->lanes;
  const bool copy = copies(w, p->count);
  for (int64_t k0 = 0; k0 < depth || k0 == 0; k0 += DEPTH) {
    const int64_t k = least(DEPTH, depth - k0);
    if (copy) {
      const mc_matrix columns = {p->image, w->p.channel, 1, w->job->x_dtype};
      mc_pack_columns(&columns, 0, p->count, k0, k, isa->nr, room);
    }
    for (int64_t i = 0; i < g->goc; i += isa->mr) {
      const float *a = p->filter + i * depth + k0 * isa->mr;
      float *c = depth > DEPTH ? sums + i * isa->nr : sums;
      if (copy) {
        isa->tile[vectors - 1](k, a, room, isa->nr, c, isa->nr, k0 != 0);
      } else {
        conv->shifted[vectors - 1](k, a, p->image, w->job->offsets + k0, c, isa->nr, k0 != 0);
      }
      if (k0 + k == depth) {
        put_rows(w, p, i, least(isa->mr, g->goc - i), c);
      }
    }
  }
}

static void take_panels(void *arg, int64_t begin, int64_t end) {
  walk *w = arg;
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const mc_conv *g = w->job->g;
  const int64_t rows = round_up(g->goc, isa->mr);
  const int64_t depth = mc_conv_depth(g);
  const int64_t size = is_plain(g) ? (int64_t)mc_dtype_size(w->job->x_dtype) : (int64_t)sizeof(float);
  const char *images = is_plain(g) ? w->job->x : (const void *)w->job->image;
  float *sums = mc_thread_buffer(sizeof(float) * (size_t)(isa->nr * (rows + least(depth, DEPTH))));
  if (sums == NULL) {
    atomic_store(&w->failed, true);
    return;
  }
  for (int64_t at = begin; at < end; ++at) {
    const int64_t group = at / w->panels % g->groups;
    const int64_t n = at / w->panels / g->groups;
    const int64_t first = at % w->panels * isa->nr;
    const panel p = {.image = images + ((n * g->c + group * g->gc) * w->p.channel + first) * size,
                     .filter = w->job->filter + group * rows * depth,
                     .first = first,
                     .count = least(isa->nr, w->columns - first),
                     .plane = n * g->oc + group * g->goc,
                     .channel = group * g->goc};
    take_panel(w, &p, sums, sums + isa->nr * rows);
  }
}

static bool run(const mc_conv_job *job) {
  const mc_conv *g = job->g;
  walk w = {.job = job};
  mc_planes_of(g, &w.p);
  w.columns = (g->oh - 1) * w.p.columns + g->ow;
  w.panels = (w.columns + MC_ISA_PICK(mc_gemm_table)->nr - 1) / MC_ISA_PICK(mc_gemm_table)->nr;
  const double work = 48.0 * (double)g->goc * (double)(mc_conv_depth(g) + 1);
  mc_parallel_for(g->n * g->groups * w.panels, (int64_t)(1e6 / work) + 1, take_panels, &w);
  return !atomic_load(&w.failed);
}

const mc_conv_way mc_conv_nchw = {
    .sizes = sizes, .offsets = plan_offsets, .pack = pack_filter, .image = mc_planes_fill, .run = run};
