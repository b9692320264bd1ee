/*
 * SoftmaxV2 and LogSoftmaxV2: a tensor [outer, n, inner] normalised along n.
 *
 * Rows (inner = 1) and blocks of columns are handled apart. Axes that are not neighbours are gathered into rows
 * first, and their results scattered back. 16-bit types are converted chunk by chunk and
 * their exponentials computed twice, which is cheaper than keeping them.
 */
#include <math.h>

#include "engine/engine.h"
#include "ops/axes.h"
#include "ops/family.h"
#include "ops/isa.h"
#include "ops/isa/reduce.h"
#include "ops/isa/rows.h"
#include "ops/row_io.h"
#include "ops/strided.h"

MC_ISA_DECLARE(mc_reduce_table, mc_reduce_kernels);
MC_ISA_DECLARE(mc_rows_table, mc_rows_kernels);

enum { COLUMNS = 256, PIECE = 16384 };

typedef struct softmax_state {
  int64_t outer, n, inner;
  bool log;
  mc_row_io io;
  const mc_reduce_table *reduce;
  const mc_rows_table *rows;
  bool apart; /* the axes are not neighbours: rows are gathered and scattered */
  mc_strided gather, scatter;
  int64_t rows_in_size; /* of the gathered rows, in bytes; results follow them in scratch */
} softmax_state;

typedef struct job {
  const softmax_state *s;
  const char *in;
  char *out;
} job;

static void softmax_row(const softmax_state *s, const char *in, char *out) {
  float buffer[MC_ROW_CHUNK], result[MC_ROW_CHUNK];
  /* Whole rows when they fit the buffer: then max, sum and scaling see one chunk. */
  const int64_t step = s->n < MC_ROW_CHUNK ? s->n : MC_ROW_CHUNK;
  const bool kept = s->io.store == NULL && !s->log;
  float max = -INFINITY;
  double sum = 0;
  for (int64_t i = 0; i < s->n; i += step) {
    const int64_t m = s->n - i < step ? s->n - i : step;
    const float part = s->reduce->max_f32(mc_row_load(&s->io, in, i, m, buffer), m);
    max = part > max || part != part ? part : max;
  }
  for (int64_t i = 0; i < s->n; i += step) {
    const int64_t m = s->n - i < step ? s->n - i : step;
    float *y = kept ? mc_row_target(&s->io, out, i, result) : result;
    s->rows->exp_shifted(mc_row_load(&s->io, in, i, m, buffer), max, y, m);
    sum += s->reduce->sum_f32(y, m);
  }
  const float scale = (float)(1.0 / sum);
  const float log_sum = (float)log(sum);
  for (int64_t i = 0; i < s->n; i += step) {
    const int64_t m = s->n - i < step ? s->n - i : step;
    float *y = mc_row_target(&s->io, out, i, result);
    if (kept) {
      s->rows->scaled(y, scale, y, m);
      continue;
    }
    const float *x = mc_row_load(&s->io, in, i, m, buffer);
    if (s->log) {
      s->rows->shifted(x, max, log_sum, y, m);
    } else {
      s->rows->exp_shifted(x, max, y, m);
      s->rows->scaled(y, scale, y, m);
    }
    mc_row_store(&s->io, result, out, i, m);
  }
}

/* m columns, `inner` elements from one element of a column to the next. */
static void softmax_columns(const softmax_state *s, const char *in, char *out, int64_t m) {
  float buffer[COLUMNS], result[COLUMNS], max[COLUMNS];
  double sum[COLUMNS] = {0};
  for (int64_t c = 0; c < m; ++c) {
    max[c] = -INFINITY;
  }
  for (int64_t i = 0; i < s->n; ++i) {
    s->reduce->fold[MC_FOLD_MAX][MC_FOLD_F32].rows(mc_row_load(&s->io, in, i * s->inner, m, buffer), m, 1, 0,
                                                   max);
  }
  for (int64_t i = 0; i < s->n; ++i) {
    s->rows->exp_shifted_columns(mc_row_load(&s->io, in, i * s->inner, m, buffer), max, result, m);
    s->reduce->fold[MC_FOLD_SUM][MC_FOLD_F32].rows(result, m, 1, 0, sum);
  }
  float factor[COLUMNS];
  for (int64_t c = 0; c < m; ++c) {
    factor[c] = s->log ? (float)log(sum[c]) : (float)(1.0 / sum[c]);
  }
  for (int64_t i = 0; i < s->n; ++i) {
    const float *x = mc_row_load(&s->io, in, i * s->inner, m, buffer);
    float *y = mc_row_target(&s->io, out, i * s->inner, result);
    if (s->log) {
      s->rows->shifted_columns(x, max, factor, y, m);
    } else {
      s->rows->exp_shifted_columns(x, max, y, m);
      s->rows->scaled_columns(y, factor, y, m);
    }
    mc_row_store(&s->io, result, out, i * s->inner, m);
  }
}

static void double_column(const softmax_state *s, const double *x, double *y) {
  double max = -INFINITY;
  double sum = 0;
  for (int64_t i = 0; i < s->n; ++i) {
    const double v = x[i * s->inner];
    max = v > max || v != v ? v : max;
  }
  for (int64_t i = 0; i < s->n; ++i) {
    sum += exp(x[i * s->inner] - max);
  }
  const double log_sum = log(sum);
  for (int64_t i = 0; i < s->n; ++i) {
    const double v = x[i * s->inner] - max;
    y[i * s->inner] = s->log ? v - log_sum : exp(v) / sum;
  }
}

/* Positions are columns: outer * inner of them. */
static void run_columns(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const softmax_state *s = j->s;
  while (begin < end) {
    const int64_t column = begin % s->inner;
    const int64_t first = begin / s->inner * s->n * s->inner + column;
    const char *in = j->in + (size_t)first * s->io.in_size;
    char *out = j->out + (size_t)first * s->io.out_size;
    const int64_t left = s->inner - column < end - begin ? s->inner - column : end - begin;
    int64_t m = 1;
    if (s->io.in_size == sizeof(double)) {
      double_column(s, (const double *)(const void *)in, (double *)(void *)out);
    } else if (s->inner == 1) {
      softmax_row(s, in, out);
    } else {
      m = left < COLUMNS ? left : COLUMNS;
      softmax_columns(s, in, out, m);
    }
    begin += m;
  }
}

static int run_softmax(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const softmax_state *s = call->state;
  job j = {s, in[0], out[0]};
  if (s->apart) {
    mc_strided_run(&s->gather, scratch, in[0]);
    j = (job){s, scratch, (char *)scratch + s->rows_in_size};
  }
  const int64_t grain = PIECE / s->n < 1 ? 1 : PIECE / s->n;
  if (s->outer * s->inner <= grain) {
    run_columns(&j, 0, s->outer * s->inner);
  } else {
    mc_parallel_for(s->outer * s->inner, grain, run_columns, &j);
  }
  if (s->apart) {
    mc_strided_run(&s->scatter, out[0], j.out);
  }
  return 0;
}

static int run_nothing(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)call, (void)in, (void)out, (void)scratch;
  return 0;
}

static int axes_of(const mc_op_call *call, uint32_t *set) {
  const int rank = call->in[0].desc.shape.rank;
  if (mc_attrs_find(call->attrs, "axes") == NULL) {
    *set = rank == 0 ? 0 : 1u << (rank - 1);
    return 0;
  }
  return mc_axes_from_attr(call, "axes", rank, set, NULL);
}

static int infer_softmax(mc_op_call *call) {
  uint32_t set = 0;
  const int status = axes_of(call, &set);
  call->out[0].desc = call->in[0].desc;
  if (status != 0 || !mc_attrs_bool(call->attrs, "half_to_float", false)) {
    return status;
  }
  if (call->in[0].desc.dtype != MC_FLOAT16 && call->in[0].desc.dtype != MC_BF16) {
    return mc_op_error(call, "attribute half_to_float needs a 16-bit float; x is %s",
                       mc_dtype_name(call->in[0].desc.dtype));
  }
  call->out[0].desc.dtype = MC_FLOAT;
  return 0;
}

/* Rows of the reduced stretches, one for each place in the kept ones. */
static void prepare_apart(mc_op_call *call, softmax_state *s, const mc_axes_plan *plan) {
  int64_t dims[2 * MC_MAX_RANK], there[2 * MC_MAX_RANK], rows[2 * MC_MAX_RANK];
  const int rank = plan->kept + plan->reduced;
  int64_t stride = 1;
  for (int i = rank - 1; i >= 0; --i) {
    const bool kept = i < plan->kept;
    const int from = kept ? i : i - plan->kept;
    dims[i] = (kept ? plan->kept_dims : plan->reduced_dims)[from];
    there[i] = (kept ? plan->kept_strides : plan->reduced_strides)[from];
    rows[i] = stride;
    stride *= dims[i];
  }
  s->apart = true;
  s->n = plan->reduced_count;
  mc_strided_plan(&s->gather, rank, dims, rows, there, s->io.in_size);
  mc_strided_plan(&s->scatter, rank, dims, there, rows, s->io.out_size);
  s->rows_in_size = (stride * (int64_t)s->io.in_size + 63) / 64 * 64;
  call->scratch = (size_t)s->rows_in_size + (size_t)stride * s->io.out_size;
}

static int prepare_softmax(mc_op_call *call) {
  uint32_t set = 0;
  int status = axes_of(call, &set);
  mc_axes_plan plan;
  if (status != 0) {
    return status;
  }
  mc_axes_plan_make(&plan, &call->in[0].desc.shape, set);
  softmax_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  *s = (softmax_state){.n = 1, .outer = 1, .inner = 1, .log = call->def->variant != 0};
  s->io = mc_row_io_make(call->in[0].desc.dtype, call->out[0].desc.dtype);
  s->reduce = MC_ISA_PICK(mc_reduce_kernels);
  s->rows = MC_ISA_PICK(mc_rows_kernels);
  call->state = s;
  if (plan.kept_count == 0 || plan.reduced_count == 0) {
    call->run = run_nothing;
    return 0;
  }
  if (plan.reduced == 1) {
    s->n = plan.reduced_dims[0];
    s->inner = plan.reduced_strides[0];
  } else if (plan.reduced > 1) {
    prepare_apart(call, s, &plan);
  }
  s->outer = plan.kept_count / s->inner;
  mc_op_cost(call, 50 + (double)(plan.kept_count * s->n) * 2.0);
  call->run = run_softmax;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "SoftmaxV2",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_FLOATS64,
     .inplace = 1,
     .infer = infer_softmax,
     .prepare = prepare_softmax},
    {.type = "LogSoftmaxV2",
     .inputs = "logits",
     .outputs = "logsoftmax",
     .dtypes = MC_T_FLOATS64,
     .inplace = 1,
     .infer = infer_softmax,
     .prepare = prepare_softmax,
     .variant = 1},
};

MC_OP_FAMILY(softmax, kOps);
