/*
 * LayerNorm, LayerNormV3 and RmsNorm: every row of x, the elements from begin_norm_axis on, is normalised by
 * itself. Row statistics are summed as isa/reduce.c does and taken around the mean, so that a large mean
 * costs no digits.
 */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/isa.h"
#include "ops/isa/reduce.h"
#include "ops/isa/rows.h"
#include "ops/row_io.h"

MC_ISA_DECLARE(mc_reduce_table, mc_reduce_kernels);
MC_ISA_DECLARE(mc_rows_table, mc_rows_kernels);

enum { VARIANCE, RSTD, RMS, PIECE = 16384 };

typedef struct norm_state {
  int kind;
  int64_t rows, n, parameters; /* gamma and beta have `parameters` elements, repeated over a row */
  float epsilon;
  mc_row_io io, gamma_io, beta_io;
  mc_convert *store_mean, *store_spread; /* from float */
  size_t mean_size, spread_size;
  const mc_reduce_table *reduce;
  const mc_rows_table *kernels;
} norm_state;

typedef struct job {
  const norm_state *s;
  const char *x;
  const float *gamma, *beta; /* n floats each */
  char *y, *mean, *spread;   /* mean is NULL for RmsNorm */
} job;

static void put(mc_convert *store, size_t size, char *to, int64_t at, float value) {
  char *out = to + (size_t)at * size;
  if (store != NULL) {
    store(&value, out, 1);
  } else {
    memcpy(out, &value, sizeof(value));
  }
}

static void norm_rows(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const norm_state *s = j->s;
  float buffer[MC_ROW_CHUNK], result[MC_ROW_CHUNK];
  const int64_t step = mc_row_step(&s->io, s->n);
  for (int64_t row = begin; row < end; ++row) {
    const char *x = j->x + (size_t)(row * s->n) * s->io.in_size;
    char *y = j->y + (size_t)(row * s->n) * s->io.out_size;
    double sum = 0, squares = 0;
    for (int64_t i = 0; s->kind != RMS && i < s->n; i += step) {
      const int64_t m = s->n - i < step ? s->n - i : step;
      sum += s->reduce->sum_f32(mc_row_load(&s->io, x, i, m, buffer), m);
    }
    const float mean = (float)(sum / (double)s->n);
    for (int64_t i = 0; i < s->n; i += step) {
      const int64_t m = s->n - i < step ? s->n - i : step;
      squares += s->reduce->square_sum_f32(mc_row_load(&s->io, x, i, m, buffer), mean, m);
    }
    const double variance = squares / (double)s->n;
    const float rstd = (float)(1.0 / sqrt(variance + (double)s->epsilon));
    for (int64_t i = 0; i < s->n; i += step) {
      const int64_t m = s->n - i < step ? s->n - i : step;
      float *to = mc_row_target(&s->io, y, i, result);
      s->kernels->normalized_affine(mc_row_load(&s->io, x, i, m, buffer), mean, rstd, j->gamma + i,
                                    j->beta + i, to, m);
      mc_row_store(&s->io, result, y, i, m);
    }
    if (s->kind != RMS) {
      put(s->store_mean, s->mean_size, j->mean, row, mean);
    }
    put(s->store_spread, s->spread_size, j->spread, row, s->kind == VARIANCE ? (float)variance : rstd);
  }
}

/* The parameter as n floats: itself when it is that already, else spread into `room`. */
static const float *spread_parameter(const norm_state *s, const mc_row_io *io, const void *parameter,
                                     float *room) {
  if (io->load == NULL && s->parameters == s->n) {
    return parameter;
  }
  for (int64_t i = 0; i < s->n; i += s->parameters) {
    if (io->load != NULL) {
      io->load(parameter, room + i, s->parameters);
    } else {
      memcpy(room + i, parameter, (size_t)s->parameters * sizeof(float));
    }
  }
  return room;
}

static int run_norm(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const norm_state *s = call->state;
  if (s->rows == 0 || s->n == 0) {
    return 0;
  }
  float *room = scratch;
  job j = {.s = s, .x = in[0], .y = out[0], .mean = s->kind == RMS ? NULL : out[1],
           .spread = out[s->kind == RMS ? 1 : 2]};
  j.gamma = spread_parameter(s, &s->gamma_io, in[1], room);
  if (s->kind == RMS) {
    memset(room + s->n, 0, (size_t)s->n * sizeof(float));
    j.beta = room + s->n;
  } else {
    j.beta = spread_parameter(s, &s->beta_io, in[2], room + s->n);
  }
  const int64_t grain = PIECE / s->n < 1 ? 1 : PIECE / s->n;
  mc_parallel_for(s->rows, grain, norm_rows, &j);
  return 0;
}

/* The trailing dims of x from `first` on, as many elements as the parameter has. */
static int check_parameter(const mc_op_call *call, int slot, int first) {
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_desc *parameter = &call->in[slot].desc;
  char name[MC_OP_NAME];
  char text_p[MC_SHAPE_TEXT];
  char text_x[MC_SHAPE_TEXT];
  if (!(MC_T_FLOATS >> parameter->dtype & 1)) {
    return mc_op_error(call, "input %s has dtype %s; it must be a 16- or 32-bit float",
                       mc_op_input_name(call, slot, name), mc_dtype_name(parameter->dtype));
  }
  if (mc_shape_count(&parameter->shape) != mc_dims_product(x, first, x->rank)) {
    return mc_op_error(call,
                       "input %s has shape %.80s; for x of shape %.80s it must have the dims from axis %d on",
                       mc_op_input_name(call, slot, name), mc_shape_text(&parameter->shape, text_p),
                       mc_shape_text(x, text_x), first);
  }
  return 0;
}

static int axes_of(const mc_op_call *call, int *norm, int *params) {
  const int rank = call->in[0].desc.shape.rank;
  const int64_t a = mc_attrs_int(call->attrs, "begin_norm_axis", 0);
  const int64_t b = mc_attrs_int(call->attrs, "begin_params_axis", 0);
  int status = mc_check_axis(call, "attribute begin_norm_axis", a, rank, norm);
  status = status != 0 ? status : mc_check_axis(call, "attribute begin_params_axis", b, rank, params);
  if (status == 0 && *params < *norm) {
    return mc_op_error(call,
                       "attribute begin_params_axis is %lld; it must not be before begin_norm_axis %lld",
                       (long long)b, (long long)a);
  }
  return status;
}

static int infer_layer_norm(mc_op_call *call) {
  int norm = 0;
  int params = 0;
  int status = axes_of(call, &norm, &params);
  status = status != 0 ? status : check_parameter(call, 1, params);
  status = status != 0 ? status : check_parameter(call, 2, params);
  if (status != 0) {
    return status;
  }
  const mc_desc *x = &call->in[0].desc;
  call->out[0].desc = call->out[1].desc = *x;
  for (int d = norm; d < x->shape.rank; ++d) {
    call->out[1].desc.shape.dims[d] = 1;
  }
  call->out[2].desc = call->out[1].desc;
  return mc_check_sizes(call);
}

/* RmsNorm normalises the trailing dims that gamma has. */
static int infer_rms_norm(mc_op_call *call) {
  const mc_desc *x = &call->in[0].desc;
  const int first = x->shape.rank - call->in[1].desc.shape.rank;
  char text[MC_SHAPE_TEXT];
  if (first < 0 || call->in[1].desc.shape.rank == 0) {
    return mc_op_error(call, "input gamma has shape %.100s; it must have 1 to %d dims",
                       mc_shape_text(&call->in[1].desc.shape, text), x->shape.rank);
  }
  const int status = check_parameter(call, 1, first);
  if (status != 0) {
    return status;
  }
  call->out[0].desc = call->out[1].desc = *x;
  call->out[1].desc.dtype = MC_FLOAT;
  for (int d = first; d < x->shape.rank; ++d) {
    call->out[1].desc.shape.dims[d] = 1;
  }
  return mc_check_sizes(call);
}

static int prepare_norm(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  const int kind = call->def->variant;
  const int spread = kind == RMS ? 1 : 2;
  int norm = x->rank - call->in[1].desc.shape.rank;
  int params = norm;
  norm_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  if (kind != RMS && axes_of(call, &norm, &params) != 0) {
    return mc_op_error(call, "the axes changed between inference and preparation");
  }
  static const float kEpsilon[] = {[VARIANCE] = 1e-7f, [RSTD] = 1e-5f, [RMS] = 1e-6f};
  s->kind = kind;
  s->rows = mc_dims_product(x, 0, norm);
  s->n = mc_dims_product(x, norm, x->rank);
  s->parameters = mc_dims_product(x, params, x->rank);
  s->epsilon = mc_attrs_float(call->attrs, "epsilon", kEpsilon[kind]);
  s->io = mc_row_io_make(call->in[0].desc.dtype, call->out[0].desc.dtype);
  s->gamma_io = mc_row_io_make(call->in[1].desc.dtype, MC_FLOAT);
  s->beta_io = mc_row_io_make(call->in[kind == RMS ? 1 : 2].desc.dtype, MC_FLOAT);
  const mc_row_io mean_io = mc_row_io_make(MC_FLOAT, call->out[1].desc.dtype);
  const mc_row_io spread_io = mc_row_io_make(MC_FLOAT, call->out[spread].desc.dtype);
  s->store_mean = mean_io.store;
  s->mean_size = mean_io.out_size;
  s->store_spread = spread_io.store;
  s->spread_size = spread_io.out_size;
  s->reduce = MC_ISA_PICK(mc_reduce_kernels);
  s->kernels = MC_ISA_PICK(mc_rows_kernels);
  if (s->rows > 0 && s->n > 0) {
    call->scratch = 2 * (size_t)s->n * sizeof(float);
  }
  mc_op_cost(call, 100 + (double)s->rows * (double)s->n * 0.6);
  call->state = s;
  call->run = run_norm;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "LayerNorm",
     .inputs = "x gamma beta",
     .outputs = "y mean variance",
     .dtypes = MC_T_FLOATS,
     .inplace = 1,
     .infer = infer_layer_norm,
     .prepare = prepare_norm,
     .variant = VARIANCE},
    {.type = "LayerNormV3",
     .inputs = "x gamma beta",
     .outputs = "y mean rstd",
     .dtypes = MC_T_FLOATS,
     .inplace = 1,
     .infer = infer_layer_norm,
     .prepare = prepare_norm,
     .variant = RSTD},
    {.type = "RmsNorm",
     .inputs = "x gamma",
     .outputs = "y rstd",
     .dtypes = MC_T_FLOATS,
     .inplace = 1,
     .infer = infer_rms_norm,
     .prepare = prepare_norm,
     .variant = RMS},
};

MC_OP_FAMILY(layer_norm, kOps);
