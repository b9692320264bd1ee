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

/* One row of a plane out of one row of x; `widened` has room for a row of x. */
static void fill_row(const job *w, const char *x, int64_t shift, float *widened, float *row) {
  const mc_conv *g = w->g;
  const int64_t size = (int64_t)mc_dtype_size(w->dtype);
  int64_t from = 0;
  int64_t to = 0;
  inside(w->p.columns, g->sw, shift, g->w, &from, &to);
  memset(row, 0, sizeof(float) * (size_t)from);
  memset(row + to, 0, sizeof(float) * (size_t)(w->p.columns - to));
  if (from == to) {
    return;
  }
  x += (from * g->sw + shift) * size;
  if (g->sw == 1) {
    mc_convert_for(w->dtype, MC_FLOAT)(x, row + from, to - from);
    return;
  }
  const float *wide = (const float *)(const void *)x;
  if (w->dtype != MC_FLOAT) {
    mc_convert_for(w->dtype, MC_FLOAT)(x, widened, (to - from - 1) * g->sw + 1);
    wide = widened;
  }
  MC_ISA_PICK(mc_conv_table)->every(wide, g->sw, to - from, row + from);
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
    float *planes = w->image + channel * w->p.channel;
    const char *x = w->x + channel * g->h * g->w * size;
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
        for (int64_t i = 0; i < w->p.rows; ++i, plane += w->p.columns) {
          const int64_t y = i * g->sh + r * g->dh % g->sh - g->top;
          if (y < 0 || y >= g->h) {
            memset(plane, 0, sizeof(float) * (size_t)w->p.columns);
          } else {
            fill_row(w, x + y * g->w * size, shift, widened, plane);
          }
        }
        ++columns_seen;
      }
      ++rows_seen;
    }
  }
}

bool mc_planes_fill(const mc_conv *g, const void *x, int dtype, float *image) {
  job w = {.g = g, .x = x, .dtype = dtype, .image = image};
  mc_planes_of(g, &w.p);
  const int64_t channels = g->n * g->c;
  mc_parallel_for(channels, WORK / (w.p.channel + 1) + 1, fill_channels, &w);
  /* What whole vectors read behind the last plane must be numbers. */
  memset(image + channels * w.p.channel, 0, sizeof(float) * MC_PLANES_SLACK);
  return !atomic_load(&w.failed);
}
