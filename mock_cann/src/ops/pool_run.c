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
  return dtype == MC_FLOAT ? 0 : sizeof(float) * (size_t)(g->n * g->c * g->h * g->w);
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

static void pool_pixel(const mc_pool *g, const float *image, int64_t oy, int64_t ox, float *sums) {
  const mc_pool_table *isa = MC_ISA_PICK(mc_pool_table);
  int64_t y0 = 0;
  int64_t y1 = 0;
  int64_t x0 = 0;
  int64_t x1 = 0;
  const int64_t rows = mc_pool_window(g, true, oy, &y0, &y1);
  const int64_t columns = mc_pool_window(g, false, ox, &x0, &x1);
  if (y0 == y1 || x0 == x1) {
    memset(sums, 0, sizeof(float) * (size_t)g->c);
    return;
  }
  memcpy(sums, image + (y0 * g->w + x0) * g->c, sizeof(float) * (size_t)g->c);
  for (int64_t y = y0; y < y1; ++y) {
    for (int64_t x = y == y0 ? x0 + 1 : x0; x < x1; ++x) {
      (g->average ? isa->add_row : isa->max_row)(image + (y * g->w + x) * g->c, g->c, sums);
    }
  }
  if (g->average) {
    isa->scale_row(factor(g, rows * columns), g->c, sums);
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
    const float *image = j->image + row / g->oh * g->h * g->w * g->c;
    for (int64_t x = 0; x < g->ow; ++x) {
      pool_pixel(g, image, row % g->oh, x, sums);
      store(j, sums, (row * g->ow + x) * g->c, g->c);
    }
  }
}

/* ---- channels first: pieces are planes ---- */

/* Windows along one combined row: those that lie inside all at once, the others one by one. */
static void pool_line(const mc_pool *g, const float *line, int64_t rows, float *y) {
  const mc_pool_table *isa = MC_ISA_PICK(mc_pool_table);
  const int64_t first = (g->left + g->sw - 1) / g->sw; /* the first window that starts inside */
  int64_t last = g->w < g->kw ? 0 : (g->w - g->kw + g->left) / g->sw + 1;
  last = last > g->ow ? g->ow : last;
  for (int64_t x = 0; x < g->ow; ++x) {
    const bool inner = x >= first && x < last;
    const int64_t n = inner ? last - x : 1;
    int64_t from = 0;
    int64_t to = 0;
    const int64_t columns = mc_pool_window(g, false, x, &from, &to);
    if (from == to) {
      y[x] = 0;
      continue;
    }
    (g->average ? isa->add_windows : isa->max_windows)(line + from, to - from, g->sw, n, y + x);
    if (g->average) {
      isa->scale_row(factor(g, rows * columns), n, y + x);
    }
    x += n - 1;
  }
}

static void take_planes(void *arg, int64_t begin, int64_t end) {
  job *j = arg;
  const mc_pool *g = j->g;
  const mc_pool_table *isa = MC_ISA_PICK(mc_pool_table);
  float *line = mc_thread_buffer(sizeof(float) * (size_t)(g->w + g->ow));
  if (line == NULL) {
    atomic_store(&j->failed, true);
    return;
  }
  float *result = line + g->w;
  for (int64_t plane = begin; plane < end; ++plane) {
    const float *image = j->image + plane * g->h * g->w;
    for (int64_t oy = 0; oy < g->oh; ++oy) {
      int64_t from = 0;
      int64_t to = 0;
      const int64_t rows = mc_pool_window(g, true, oy, &from, &to);
      if (from == to) {
        memset(result, 0, sizeof(float) * (size_t)g->ow);
      } else {
        const float *combined = image + from * g->w;
        if (to - from > 1) {
          memcpy(line, combined, sizeof(float) * (size_t)g->w);
          combined = line;
        }
        for (int64_t y = from + 1; y < to; ++y) {
          (g->average ? isa->add_row : isa->max_row)(image + y * g->w, g->w, line);
        }
        pool_line(g, combined, rows, result);
      }
      store(j, result, (plane * g->oh + oy) * g->ow, g->ow);
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
    mc_parallel_for(g->n * g->c * g->h * g->w, WORK, widen, &j);
  }
  if (g->channels_last) {
    mc_parallel_for(g->n * g->oh, WORK / (g->ow * g->c * g->kh * g->kw + 1) + 1, take_rows, &j);
  } else {
    mc_parallel_for(g->n * g->c, WORK / (g->h * g->w + 1) + 1, take_planes, &j);
  }
  return atomic_load(&j.failed) ? mc_op_error(call, "out of host memory while pooling") : MC_OK;
}
