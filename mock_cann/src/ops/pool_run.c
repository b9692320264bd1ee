/*
 * Pooling of floats. Channels last: rows of channels are combined tap by tap. Channels first: the rows under
 * a window are combined into one, and then windows along it. 16-bit images are widened into scratch first.
 */
#include <stdatomic.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/convert.h"
#include "ops/isa.h"
#include "ops/isa/pool.h"
#include "ops/pool.h"
#include "ops/thread_buffer.h"

MC_ISA_DECLARE(mc_pool_table, mc_pool_table);

enum { WORK = 64 << 10 };

typedef struct job {
  const mc_pool *g;
  const void *x;
  const float *image;
  float *widened;
  void *y;
  int dtype;
  _Atomic bool failed;
} job;

size_t mc_pool_scratch(const mc_pool *g, int dtype) {
  return dtype == MC_FLOAT ? 0 : sizeof(float) * (size_t)(g->n * g->c * mc_pool_pixels(g));
}

static void widen(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  mc_convert_for(j->dtype, MC_FLOAT)((const uint16_t *)j->x + begin, j->widened + begin, end - begin);
}

/* What a window's sum is multiplied with. */
static float factor(const mc_pool *g, int64_t counted) {
  return 1.0f / (float)(g->divisor != 0 ? g->divisor : counted);
}

static void store(const job *j, const float *row, int64_t at, int64_t n) {
  mc_convert_for(MC_FLOAT, j->dtype)(row, (char *)j->y + at * (int64_t)mc_dtype_size(j->dtype), n);
}

/* ---- channels last: pieces are rows of the output ---- */

static void pool_pixel(const mc_pool *g, const float *image, const mc_pool_taps *depth,
                       const mc_pool_taps *rows, int64_t ox, float *sums) {
  const mc_pool_table *isa = MC_ISA_PICK(mc_pool_table);
  const mc_pool_taps columns = mc_pool_at(g, &g->columns, ox);
  bool first = true;
  for (int64_t d = 0; d < depth->count; ++d) {
    for (int64_t r = 0; r < rows->count; ++r) {
      const int64_t z = depth->first + d * g->depth.dilation;
      const int64_t y = rows->first + r * g->rows.dilation;
      const float *line = image + (z * g->rows.length + y) * g->columns.length * g->c;
      for (int64_t i = 0; i < columns.count; ++i) {
        const float *tap = line + (columns.first + i * g->columns.dilation) * g->c;
        if (first) {
          memcpy(sums, tap, sizeof(float) * (size_t)g->c);
          first = false;
        } else {
          (g->average ? isa->add_row : isa->max_row)(tap, g->c, sums);
        }
      }
    }
  }
  if (first) {
    memset(sums, 0, sizeof(float) * (size_t)g->c);
  } else if (g->average) {
    isa->scale_row(factor(g, depth->counted * rows->counted * columns.counted), g->c, sums);
  }
}

static void take_rows(void *arg, int64_t begin, int64_t end) {
  job *j = arg;
  const mc_pool *g = j->g;
  float *sums = mc_thread_buffer(sizeof(float) * (size_t)g->c);
  if (sums == NULL) {
    atomic_store(&j->failed, true);
    return;
  }
  for (int64_t row = begin; row < end; ++row) {
    const int64_t plane = row / g->rows.out;
    const float *image = j->image + plane / g->depth.out * mc_pool_pixels(g) * g->c;
    const mc_pool_taps depth = mc_pool_at(g, &g->depth, plane % g->depth.out);
    const mc_pool_taps rows = mc_pool_at(g, &g->rows, row % g->rows.out);
    for (int64_t x = 0; x < g->columns.out; ++x) {
      pool_pixel(g, image, &depth, &rows, x, sums);
      store(j, sums, (row * g->columns.out + x) * g->c, g->c);
    }
  }
}

/* ---- channels first: pieces are planes ---- */

/* One window whose elements are apart. */
static float pool_apart(const mc_pool *g, const float *x, int64_t count) {
  float result = x[0];
  for (int64_t i = 1; i < count; ++i) {
    const float value = x[i * g->columns.dilation];
    result = g->average ? result + value : value > result || value != value ? value : result;
  }
  return result;
}

/* Windows along one combined row: those that lie inside all at once, the others one by one. `others` is what
 * the other directions count. */
static void pool_line(const mc_pool *g, const float *line, int64_t others, float *y) {
  const mc_pool_table *isa = MC_ISA_PICK(mc_pool_table);
  const mc_pool_axis *a = &g->columns;
  const int64_t first = (a->before + a->stride - 1) / a->stride; /* the first window that starts inside */
  int64_t last = a->length < a->window ? 0 : (a->length - a->window + a->before) / a->stride + 1;
  last = a->dilation > 1 ? 0 : last > a->out ? a->out : last;
  for (int64_t x = 0; x < a->out; ++x) {
    const bool inner = x >= first && x < last;
    const int64_t n = inner ? last - x : 1;
    const mc_pool_taps taps = mc_pool_at(g, a, x);
    if (taps.count == 0) {
      y[x] = 0;
      continue;
    }
    if (a->dilation > 1) {
      y[x] = pool_apart(g, line + taps.first, taps.count);
    } else {
      (g->average ? isa->add_windows : isa->max_windows)(line + taps.first, taps.count, a->stride, n, y + x);
    }
    if (g->average) {
      isa->scale_row(factor(g, others * taps.counted), n, y + x);
    }
    x += n - 1;
  }
}

/* The rows under a window combined: one of them, or `room`; NULL when the window has none. */
static const float *combine_rows(const mc_pool *g, const float *image, const mc_pool_taps *depth,
                                 const mc_pool_taps *rows, float *room) {
  const mc_pool_table *isa = MC_ISA_PICK(mc_pool_table);
  const float *combined = NULL;
  for (int64_t d = 0; d < depth->count; ++d) {
    for (int64_t r = 0; r < rows->count; ++r) {
      const int64_t z = depth->first + d * g->depth.dilation;
      const int64_t y = rows->first + r * g->rows.dilation;
      const float *line = image + (z * g->rows.length + y) * g->columns.length;
      if (combined == NULL) {
        combined = line;
        continue;
      }
      if (combined != room) {
        memcpy(room, combined, sizeof(float) * (size_t)g->columns.length);
        combined = room;
      }
      (g->average ? isa->add_row : isa->max_row)(line, g->columns.length, room);
    }
  }
  return combined;
}

static void take_planes(void *arg, int64_t begin, int64_t end) {
  job *j = arg;
  const mc_pool *g = j->g;
  const int64_t width = g->columns.out;
  float *room = mc_thread_buffer(sizeof(float) * (size_t)(g->columns.length + width));
  if (room == NULL) {
    atomic_store(&j->failed, true);
    return;
  }
  float *result = room + g->columns.length;
  for (int64_t plane = begin; plane < end; ++plane) {
    const float *image = j->image + plane * mc_pool_pixels(g);
    for (int64_t at = 0; at < g->depth.out * g->rows.out; ++at) {
      const mc_pool_taps depth = mc_pool_at(g, &g->depth, at / g->rows.out);
      const mc_pool_taps rows = mc_pool_at(g, &g->rows, at % g->rows.out);
      const float *line = combine_rows(g, image, &depth, &rows, room);
      if (line == NULL) {
        memset(result, 0, sizeof(float) * (size_t)width);
      } else {
        pool_line(g, line, depth.counted * rows.counted, result);
      }
      store(j, result, (plane * g->depth.out * g->rows.out + at) * width, width);
    }
  }
}

int mc_pool_run_floats(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_pool *g = call->state;
  job j = {.g = g, .x = in[0], .image = in[0], .y = out[0], .dtype = call->out[0].desc.dtype};
  if (mc_shape_count(&call->out[0].desc.shape) == 0) {
    return MC_OK;
  }
  if (j.dtype != MC_FLOAT) {
    j.image = j.widened = scratch;
    mc_parallel_for(g->n * g->c * mc_pool_pixels(g), WORK, widen, &j);
  }
  if (g->channels_last) {
    mc_parallel_for(g->n * g->depth.out * g->rows.out,
                    WORK / (g->columns.out * g->c * mc_pool_taps_of(g) + 1) + 1, take_rows, &j);
  } else {
    mc_parallel_for(g->n * g->c, WORK / (mc_pool_pixels(g) + 1) + 1, take_planes, &j);
  }
  return atomic_load(&j.failed) ? mc_op_error(call, "out of host memory while pooling") : MC_OK;
}
