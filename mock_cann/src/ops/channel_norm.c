/* Channels that lie together are rows; channels that alternate are columns. */
#include "ops/channel_norm.h"

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/isa.h"

MC_ISA_DECLARE(mc_reduce_table, mc_reduce_kernels);
MC_ISA_DECLARE(mc_rows_table, mc_rows_kernels);

enum { PIECE = 16384 };

typedef struct job {
  const mc_channels *c;
  const char *x;
  char *y;
  const float *center, *scale, *shift;
  double *sums;
  float *mean, *variance;
} job;

void mc_channels_make(mc_channels *c, const mc_desc *x, bool last) {
  const mc_shape *shape = &x->shape;
  const int axis = last ? shape->rank - 1 : 1;
  c->batches = mc_dims_product(shape, 0, axis);
  c->channels = shape->dims[axis];
  c->inner = mc_dims_product(shape, axis + 1, shape->rank);
  c->io = mc_row_io_make(x->dtype, x->dtype);
  c->reduce = MC_ISA_PICK(mc_reduce_kernels);
  c->rows = MC_ISA_PICK(mc_rows_kernels);
}

static bool empty(const mc_channels *c) { return c->batches == 0 || c->channels == 0 || c->inner == 0; }

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* [begin, end) counts rows of `inner` elements, or (inner = 1) batches of channels. */
static void apply(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_channels *c = j->c;
  float buffer[MC_ROW_CHUNK], result[MC_ROW_CHUNK];
  const bool columns = c->inner == 1;
  const int64_t n = columns ? c->channels : c->inner;
  const int64_t step = mc_row_step(&c->io, n);
  for (int64_t row = begin; row < end; ++row) {
    const char *x = j->x + (size_t)(row * n) * c->io.in_size;
    char *y = j->y + (size_t)(row * n) * c->io.out_size;
    const int64_t channel = row % c->channels;
    for (int64_t i = 0; i < n; i += step) {
      const int64_t m = smaller(step, n - i);
      const float *from = mc_row_load(&c->io, x, i, m, buffer);
      float *to = mc_row_target(&c->io, y, i, result);
      if (columns) {
        c->rows->normalized_columns(from, j->center + i, j->scale + i, j->shift + i, to, m);
      } else {
        c->rows->normalized(from, j->center[channel], j->scale[channel], j->shift[channel], to, m);
      }
      mc_row_store(&c->io, result, y, i, m);
    }
  }
}

void mc_channels_apply(const mc_channels *c, const void *x, const float *center, const float *scale,
                       const float *shift, void *y) {
  job j = {.c = c, .x = x, .y = y, .center = center, .scale = scale, .shift = shift};
  if (empty(c)) {
    return;
  }
  const bool columns = c->inner == 1;
  const int64_t n = columns ? c->channels : c->inner;
  const int64_t grain = PIECE / n < 1 ? 1 : PIECE / n;
  mc_parallel_for(columns ? c->batches : c->batches * c->channels, grain, apply, &j);
}

/* Channels [begin, end), each spread over the batches in rows. */
static void row_moments(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_channels *c = j->c;
  float buffer[MC_ROW_CHUNK];
  const int64_t step = mc_row_step(&c->io, c->inner);
  const double count = (double)c->batches * (double)c->inner;
  for (int64_t channel = begin; channel < end; ++channel) {
    double sum[2] = {0, 0};
    for (int pass = 0; pass < 2; ++pass) {
      for (int64_t b = 0; b < c->batches; ++b) {
        const char *x = j->x + (size_t)((b * c->channels + channel) * c->inner) * c->io.in_size;
        for (int64_t i = 0; i < c->inner; i += step) {
          const int64_t m = smaller(step, c->inner - i);
          const float *from = mc_row_load(&c->io, x, i, m, buffer);
          sum[pass] += pass == 0 ? c->reduce->sum_f32(from, m)
                                 : c->reduce->square_sum_f32(from, j->mean[channel], m);
        }
      }
      (pass == 0 ? j->mean : j->variance)[channel] = (float)(sum[pass] / count);
    }
  }
}

/* Channels [begin, end) as columns of all batches. */
static void column_moments(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const mc_channels *c = j->c;
  float buffer[MC_ROW_CHUNK];
  for (int64_t first = begin; first < end; first += MC_ROW_CHUNK) {
    const int64_t m = smaller(MC_ROW_CHUNK, end - first);
    for (int pass = 0; pass < 2; ++pass) {
      for (int64_t i = 0; i < m; ++i) {
        j->sums[first + i] = 0;
      }
      for (int64_t b = 0; b < c->batches; ++b) {
        const float *from = mc_row_load(&c->io, j->x, b * c->channels + first, m, buffer);
        if (pass == 0) {
          c->reduce->fold[MC_FOLD_SUM][MC_FOLD_F32].rows(from, m, 1, 0, j->sums + first);
        } else {
          c->rows->square_sum_columns(from, j->mean + first, j->sums + first, m);
        }
      }
      float *to = pass == 0 ? j->mean : j->variance;
      for (int64_t i = 0; i < m; ++i) {
        to[first + i] = (float)(j->sums[first + i] / (double)c->batches);
      }
    }
  }
}

void mc_channels_moments(const mc_channels *c, const void *x, double *sums, float *mean, float *variance) {
  job j = {.c = c, .x = x, .sums = sums, .mean = mean, .variance = variance};
  if (empty(c)) {
    for (int64_t i = 0; i < c->channels; ++i) {
      mean[i] = variance[i] = 0;
    }
    return;
  }
  const int64_t each = c->batches * c->inner;
  const int64_t grain = PIECE / each < 1 ? 1 : PIECE / each;
  mc_parallel_for(c->channels, grain, c->inner == 1 ? column_moments : row_moments, &j);
}

uint32_t mc_channels_cost(const mc_channels *c, int passes) {
  const double ns = 100 + (double)c->batches * (double)c->channels * (double)c->inner * 0.25 * passes;
  return ns > 4e9 ? UINT32_MAX : (uint32_t)ns;
}
