/* Channels first: filters by pixels. With phase planes every depth of the product is one contiguous stretch of the
 * image, so that the register tile reads it in place. Long rows of the output have panels of their own; otherwise the
 * columns of a panel run on over plane rows, and what lies between the rows of the output is dropped. */
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
  int64_t per_row;         /* panels of one row of y where rows are long; 0: panels run on over the rows */
  bool whole;              /* the columns of a panel are neighbours in y */
  _Atomic bool failed;
} walk;

/* Whether a panel is copied side by side before it is used: those of an image that has no slack behind it must not
 * be read in whole vectors past its end, and narrower types are widened on the way. */
static bool copies(const walk *w, int64_t count) {
  const int64_t lanes = MC_ISA_PICK(mc_gemm_table)->lanes;
  return is_plain(w->job->g) && (w->job->x_dtype != MC_FLOAT || count % lanes != 0);
}

/* Columns of the product of one group and image. */
typedef struct panel {
  const void *image;    /* its first column: of x's type when the panel is copied, else floats */
  const float *filter;  /* of the group */
  int64_t first, count; /* columns */
  int64_t to;           /* element of y where its first output goes, when its columns are neighbours there */
  int64_t plane;        /* of y, where the group's first output is */
  int64_t channel;      /* that output */
} panel;

/* A finished tile whose rows are `ld` apart, from output `from` of the group on; drops what lies between rows of y. */
static void put_rows(const walk *w, const panel *p, int64_t from, int64_t rows, const char *tile, int64_t ld) {
  const mc_conv *g = w->job->g;
  const int64_t size = (int64_t)mc_dtype_size(w->job->dtype);
  const int64_t end = p->first + p->count;
  for (int64_t i = 0; i < rows; ++i, tile += ld * size) {
    char *y = (char *)w->job->y + (p->plane + from + i) * g->oh * g->ow * size;
    if (w->whole) {
      memcpy(y + p->to * size, tile, (size_t)(p->count * size));
      continue;
    }
    for (int64_t at = p->first; at < end;) {
      const int64_t line = at / w->p.columns;
      const int64_t next = least((line + 1) * w->p.columns, end);
      const int64_t x = at % w->p.columns;
      if (x < g->ow) {
        memcpy(y + (line * g->ow + x) * size, tile + (at - p->first) * size,
               (size_t)(least(g->ow - x, next - at) * size));
      }
      at = next;
    }
  }
}

/* The last depths of a tile: it goes to y from registers where its columns are neighbours there; others wait in
 * `room`, and so do types that are rounded in a pass of their own. */
static void put_tile(const walk *w, const panel *p, int64_t from, int64_t k, const float *a, const float *columns,
                     const int64_t *offsets, const float *sums, float *room) {
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const mc_conv_table *conv = MC_ISA_PICK(mc_conv_table);
  const mc_conv_job *job = w->job;
  const int64_t plane = job->g->oh * job->g->ow, vectors = (p->count + isa->lanes - 1) / isa->lanes;
  const bool half = job->dtype == MC_FLOAT16 && conv->finished[1][0] != NULL;
  const bool rounds = job->dtype != MC_FLOAT && !half;
  const bool direct = w->whole && !rounds;
  char *y = (char *)job->y + ((p->plane + from) * plane + p->to) * (int64_t)mc_dtype_size(job->dtype);
  const mc_conv_finish to = {.sums = sums,
                             .bias = job->bias == NULL ? NULL : job->bias + p->channel + from,
                             .low = job->low,
                             .high = job->high,
                             .rows = least(isa->mr, job->g->goc - from),
                             .count = direct ? p->count : vectors * isa->lanes,
                             .y = direct ? (void *)y : room,
                             .ldy = direct ? plane : vectors * isa->lanes};
  conv->finished[half][vectors - 1](k, a, columns, offsets, &to);
  if (rounds) {
    mc_convert_for(MC_FLOAT, job->dtype)(room, room, to.rows * to.ldy);
  }
  if (!direct) {
    put_rows(w, p, from, to.rows, (const char *)room, to.ldy);
  }
}

/* What a thread works in, one after the other. */
typedef struct room {
  float *tile;      /* finished, before it is rounded or put apart */
  float *columns;   /* a copied panel */
  int64_t *offsets; /* of its depths */
  float *sums;      /* of all outputs, while a depth takes several goes */
} room;

/* Each tile is finished at once; only where a depth takes several goes do all the sums of the panel wait. */
static void take_panel(const walk *w, const panel *p, const room *room) {
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const mc_conv *g = w->job->g;
  const int64_t depth = mc_conv_depth(g);
  const int64_t vectors = (p->count + isa->lanes - 1) / isa->lanes;
  const bool copy = copies(w, p->count);
  for (int64_t k0 = 0; k0 < depth || k0 == 0; k0 += DEPTH) {
    const int64_t k = least(DEPTH, depth - k0);
    const float *image = copy ? room->columns : p->image;
    const int64_t *offsets = copy ? room->offsets : w->job->offsets + k0;
    if (copy) {
      const mc_matrix columns = {p->image, w->p.channel, 1, w->job->x_dtype};
      mc_pack_columns(&columns, 0, p->count, k0, k, isa->nr, room->columns);
    }
    for (int64_t i = 0; i < g->goc; i += isa->mr) {
      const float *a = p->filter + i * depth + k0 * isa->mr;
      float *sums = depth > DEPTH ? room->sums + i * isa->nr : NULL;
      if (k0 + k == depth) {
        put_tile(w, p, i, k, a, image, offsets, k0 == 0 ? NULL : sums, room->tile);
      } else {
        MC_ISA_PICK(mc_conv_table)->shifted[vectors - 1](k, a, image, offsets, sums, isa->nr, k0 != 0);
      }
    }
  }
}

/* Where panel `at` of an image is: panels of stretches of rows are of nearly equal width. */
static void place(const walk *w, int64_t at, panel *p) {
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const mc_conv *g = w->job->g;
  if (w->per_row == 0) {
    p->first = p->to = at * isa->nr;
    p->count = least(isa->nr, w->columns - p->first);
    return;
  }
  const int64_t row = at / w->per_row;
  const int64_t part = at % w->per_row;
  const int64_t vectors = (g->ow + isa->lanes - 1) / isa->lanes;
  const int64_t x = vectors * part / w->per_row * isa->lanes;
  p->first = row * w->p.columns + x;
  p->to = row * g->ow + x;
  p->count = least(vectors * (part + 1) / w->per_row * isa->lanes, g->ow) - x;
}

static void take_panels(void *arg, int64_t begin, int64_t end) {
  walk *w = arg;
  const mc_gemm_table *isa = MC_ISA_PICK(mc_gemm_table);
  const mc_conv *g = w->job->g;
  const int64_t rows = round_up(g->goc, isa->mr);
  const int64_t depth = mc_conv_depth(g);
  const int64_t deep = least(depth, DEPTH);
  const int64_t size = is_plain(g) ? (int64_t)mc_dtype_size(w->job->x_dtype) : (int64_t)sizeof(float);
  const char *images = is_plain(g) ? w->job->x : (const void *)w->job->image;
  const int64_t floats = isa->nr * ((depth > DEPTH ? rows : 0) + isa->mr + deep);
  room room = {.tile = mc_thread_buffer(sizeof(float) * (size_t)floats + sizeof(int64_t) * (size_t)deep)};
  if (room.tile == NULL) {
    atomic_store(&w->failed, true);
    return;
  }
  room.columns = room.tile + isa->mr * isa->nr;
  room.sums = room.columns + deep * isa->nr;
  room.offsets = (int64_t *)(void *)(room.tile + floats);
  for (int64_t i = 0; i < deep; ++i) {
    room.offsets[i] = i * isa->nr;
  }
  for (int64_t at = begin; at < end; ++at) {
    const int64_t group = at / w->panels % g->groups;
    const int64_t n = at / w->panels / g->groups;
    panel p = {.filter = w->job->filter + group * rows * depth,
               .plane = n * g->oc + group * g->goc,
               .channel = group * g->goc};
    place(w, at % w->panels, &p);
    p.image = images + ((n * g->c + group * g->gc) * w->p.channel + p.first) * size;
    take_panel(w, &p, &room);
  }
}

static bool run(const mc_conv_job *job) {
  const mc_conv *g = job->g;
  const int64_t nr = MC_ISA_PICK(mc_gemm_table)->nr;
  walk w = {.job = job};
  mc_planes_of(g, &w.p);
  w.columns = (g->oh - 1) * w.p.columns + g->ow;
  w.per_row = w.p.columns != g->ow && g->ow >= 2 * nr ? (g->ow + nr - 1) / nr : 0;
  w.whole = w.p.columns == g->ow || w.per_row != 0;
  w.panels = w.per_row != 0 ? g->oh * w.per_row : (w.columns + nr - 1) / nr;
  const double work = 48.0 * (double)g->goc * (double)(mc_conv_depth(g) + 1);
  mc_parallel_for(g->n * g->groups * w.panels, (int64_t)(1e6 / work) + 1, take_panels, &w);
  return !atomic_load(&w.failed);
}

const mc_conv_way mc_conv_nchw = {
    .sizes = sizes, .offsets = plan_offsets, .pack = pack_filter, .image = mc_planes_fill, .run = run};
