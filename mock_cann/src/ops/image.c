/* Filling phase planes. */
#include "ops/image.h"

#include <stdatomic.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/convert.h"
#include "ops/isa.h"
#include "ops/isa/conv.h"
#include "ops/thread_buffer.h"

MC_ISA_DECLARE(mc_conv_table, mc_conv_table);

enum { WORK = 32 << 10 };

/* Phases of one direction: taps k * dilation mod stride for k < size, numbered in the order of first use. */
static int64_t phase_number(int64_t stride, int64_t dilation, int64_t tap) {
  if (stride == 1) {
    return 0;
  }
  const int64_t phase = tap * dilation % stride;
  int64_t number = 0;
  for (int64_t k = 0; k < tap; ++k) {
    if (k * dilation % stride == phase) {
      return phase_number(stride, dilation, k);
    }
    bool first = true;
    for (int64_t before = 0; before < k && first; ++before) {
      first = before * dilation % stride != k * dilation % stride;
    }
    number += first;
  }
  return number;
}

static int64_t phase_count(int64_t stride, int64_t dilation, int64_t size) {
  int64_t most = stride == 1 ? 1 : 0;
  size = stride == 1 ? 0 : size;
  for (int64_t k = 0; k < size; ++k) {
    const int64_t number = phase_number(stride, dilation, k);
    most = number + 1 > most ? number + 1 : most;
  }
  return most;
}

bool mc_planes_of(const mc_conv *g, mc_planes *p) {
  p->rows = g->oh + (g->kh - 1) * g->dh / g->sh;
  p->columns = g->ow + (g->kw - 1) * g->dw / g->sw;
  p->row_phases = phase_count(g->sh, g->dh, g->kh);
  p->column_phases = phase_count(g->sw, g->dw, g->kw);
  return !__builtin_mul_overflow(p->rows, p->columns, &p->channel) &&
         !__builtin_mul_overflow(p->channel, p->row_phases * p->column_phases, &p->channel);
}

int64_t mc_planes_tap(const mc_conv *g, const mc_planes *p, int64_t row, int64_t column) {
  const int64_t plane =
      phase_number(g->sh, g->dh, row) * p->column_phases + phase_number(g->sw, g->dw, column);
  return (plane * p->rows + row * g->dh / g->sh) * p->columns + column * g->dw / g->sw;
}

typedef struct job {
  const mc_conv *g;
  mc_planes p;
  const char *x;
  int dtype;
  float *image;
  void (*every)(const float *x, int64_t stride, int64_t n, float *y);
  _Atomic bool failed;
} job;

/* The stretch of plane columns [*from, *to) whose x column, column * stride + shift, is within [0, width). */
static void inside(int64_t columns, int64_t stride, int64_t shift, int64_t width, int64_t *from,
                   int64_t *to) {
  *from = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
  *to = shift >= width ? 0 : (width - shift + stride - 1) / stride;
  *to = *to > columns ? columns : *to;
  *from = *from > *to ? *to : *from;
}

/* The columns of one plane and where they come from: all its rows do alike. */
typedef struct columns {
  int64_t from, to; /* plane columns that x has; zeros beside them */
  int64_t first;    /* x column of `from` */
  mc_convert *widen; /* NULL: x is float already */
} columns;

/* One row of a plane out of one row of x; `widened` has room for a row of x. */
static void fill_row(const job *w, const columns *c, const char *x, float *widened, float *row) {
  const int64_t stride = w->g->sw;
  const int64_t count = c->to - c->from;
  for (int64_t i = 0; i < c->from; ++i) {
    row[i] = 0;
  }
  for (int64_t i = c->to; i < w->p.columns; ++i) {
    row[i] = 0;
  }
  if (count == 0) {
    return;
  }
  row += c->from;
  if (c->widen != NULL) {
    float *to = stride == 1 ? row : widened;
    c->widen(x + c->first * (int64_t)mc_dtype_size(w->dtype), to, (count - 1) * stride + 1);
    if (stride != 1) {
      w->every(widened, stride, count, row);
    }
  } else if (stride == 1) {
    memcpy(row, x + c->first * (int64_t)sizeof(float), sizeof(float) * (size_t)count);
  } else {
    w->every((const float *)(const void *)x + c->first, stride, count, row);
  }
}

/* All planes of one channel. */
static void fill_channel(const job *w, const char *x, float *widened, float *planes) {
  const mc_conv *g = w->g;
  const int64_t line = g->w * (int64_t)mc_dtype_size(w->dtype);
  int64_t rows_seen = 0;
  for (int64_t r = 0; r < g->kh; ++r) {
    if (phase_number(g->sh, g->dh, r) != rows_seen) {
      continue;
    }
    int64_t columns_seen = 0;
    for (int64_t c = 0; c < g->kw; ++c) {
      if (phase_number(g->sw, g->dw, c) != columns_seen) {
        continue;
      }
      float *plane = planes + (rows_seen * w->p.column_phases + columns_seen) * w->p.rows * w->p.columns;
      const int64_t shift = c * g->dw % g->sw - g->left;
      columns taken = {.widen = w->dtype == MC_FLOAT ? NULL : mc_convert_for(w->dtype, MC_FLOAT)};
      inside(w->p.columns, g->sw, shift, g->w, &taken.from, &taken.to);
      taken.first = taken.from * g->sw + shift;
      int64_t y = r * g->dh % g->sh - g->top;
      for (int64_t i = 0; i < w->p.rows; ++i, plane += w->p.columns, y += g->sh) {
        if (y < 0 || y >= g->h) {
          memset(plane, 0, sizeof(float) * (size_t)w->p.columns);
        } else {
          fill_row(w, &taken, x + y * line, widened, plane);
        }
      }
      ++columns_seen;
    }
    ++rows_seen;
  }
}

void mc_planes_fill_channel(const mc_conv *g, const mc_planes *p, const void *x, int dtype, float *widened,
                            float *planes) {
  const job w = {.g = g, .p = *p, .dtype = dtype, .every = MC_ISA_PICK(mc_conv_table)->every};
  fill_channel(&w, x, widened, planes);
}

static void fill_channels(void *arg, int64_t begin, int64_t end) {
  job *w = arg;
  const mc_conv *g = w->g;
  const bool widens = g->sw != 1 && w->dtype != MC_FLOAT;
  float *widened = widens ? mc_thread_buffer(sizeof(float) * (size_t)g->w) : NULL;
  if (widens && widened == NULL) {
    atomic_store(&w->failed, true);
    return;
  }
  const int64_t size = (int64_t)mc_dtype_size(w->dtype);
  for (int64_t channel = begin; channel < end; ++channel) {
    fill_channel(w, w->x + channel * g->h * g->w * size, widened, w->image + channel * w->p.channel);
  }
}

bool mc_planes_fill(const mc_conv *g, const void *x, int dtype, float *image) {
  job w = {.g = g, .x = x, .dtype = dtype, .image = image, .every = MC_ISA_PICK(mc_conv_table)->every};
  mc_planes_of(g, &w.p);
  const int64_t channels = g->n * g->c;
  mc_parallel_for(channels, WORK / (w.p.channel + 1) + 1, fill_channels, &w);
  /* What whole vectors read behind the last plane must be numbers. */
  memset(image + channels * w.p.channel, 0, sizeof(float) * MC_PLANES_SLACK);
  return !atomic_load(&w.failed);
}
