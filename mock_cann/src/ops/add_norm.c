/*
 * Sums that are normalised at once: AddRmsNorm and AddLayerNorm give the sum, rounded to its type, beside its
 * normalisation by rows, and the statistics in float.
 */
#include <math.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/reduction_attr.h"

enum { RMS, LAYER };

typedef struct job {
  const mc_op_call *call;
  const void *const *in;
  void *const *out;
  int64_t n;
  double *room; /* four rows for each piece of work */
  const double *gamma, *beta, *bias;
} job;

static const mc_op_value *bias_of(const mc_op_call *call) {
  return call->def->variant == LAYER ? mc_op_input(call, 4) : NULL;
}

/* The bias is as long as a row, or as the whole sum. */
static bool long_bias(const mc_op_call *call) {
  return mc_shape_count(&bias_of(call)->desc.shape) != mc_shape_count(&call->in[2].desc.shape);
}

static void take_row(const job *j, int64_t row, double *x) {
  const mc_op_call *call = j->call;
  const int64_t n = j->n;
  const bool layer = call->def->variant == LAYER;
  const int sum_out = layer ? 3 : 2, rstd_out = layer ? 2 : 1;
  double *other = x + n;
  mc_load_f64(&call->in[0].desc, j->in[0], row * n, n, x);
  mc_load_f64(&call->in[1].desc, j->in[1], row * n, n, other);
  double mean = 0, squares = 0;
  for (int64_t i = 0; i < n; ++i) {
    x[i] += other[i] + (j->bias != NULL ? j->bias[i] : 0.0);
  }
  if (bias_of(call) != NULL && j->bias == NULL) {
    mc_load_f64(&bias_of(call)->desc, j->in[4], row * n, n, other);
    for (int64_t i = 0; i < n; ++i) {
      x[i] += other[i];
    }
  }
  mc_store_f64(&call->out[sum_out].desc, x, j->out[sum_out], row * n, n);
  for (int64_t i = 0; i < n && layer; ++i) {
    mean += x[i] / (double)n;
  }
  for (int64_t i = 0; i < n; ++i) {
    squares += (x[i] - mean) * (x[i] - mean);
  }
  const double epsilon = (double)mc_attrs_float(call->attrs, "epsilon", layer ? 1e-5f : 1e-6f);
  const double rstd = 1.0 / sqrt(squares / (double)n + epsilon);
  for (int64_t i = 0; i < n; ++i) {
    x[i] = (x[i] - mean) * rstd * j->gamma[i] + (layer ? j->beta[i] : 0.0);
  }
  mc_store_f64(&call->out[0].desc, x, j->out[0], row * n, n);
  mc_store_f64(&call->out[rstd_out].desc, &rstd, j->out[rstd_out], row, 1);
  if (layer) {
    mc_store_f64(&call->out[1].desc, &mean, j->out[1], row, 1);
  }
}

static int run_add_norm(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const int64_t n = mc_shape_count(&call->in[2].desc.shape);
  const int64_t rows = n == 0 ? 0 : mc_shape_count(&call->in[0].desc.shape) / n;
  double *room = scratch;
  double *gamma = room, *beta = room + n, *bias = room + 2 * n;
  job j = {.call = call, .in = in, .out = out, .n = n, .gamma = gamma, .beta = beta, .room = room + 3 * n};
  mc_load_f64(&call->in[2].desc, in[2], 0, n, gamma);
  if (call->def->variant == LAYER) {
    mc_load_f64(&call->in[3].desc, in[3], 0, n, beta);
  }
  if (bias_of(call) != NULL && !long_bias(call)) {
    mc_load_f64(&bias_of(call)->desc, in[4], 0, n, bias);
    j.bias = bias;
  }
  for (int64_t row = 0; row < rows; ++row) {
    take_row(&j, row, j.room);
  }
  return 0;
}

static int infer_add_norm(mc_op_call *call) {
  char text_x[MC_SHAPE_TEXT];
  char text_g[MC_SHAPE_TEXT];
  const bool layer = call->def->variant == LAYER;
  const mc_desc *x = &call->in[0].desc;
  const mc_desc *gamma = &call->in[2].desc;
  const int first = x->shape.rank - gamma->shape.rank;
  if (!mc_shape_equal(&x->shape, &call->in[1].desc.shape) || x->dtype != call->in[1].desc.dtype) {
    return mc_op_error(call, "x1 %.80s and x2 %.80s must have one shape and type",
                       mc_shape_text(&x->shape, text_x), mc_shape_text(&call->in[1].desc.shape, text_g));
  }
  bool fits = gamma->shape.rank > 0 && first >= 0 && (MC_T_FLOATS >> gamma->dtype & 1) != 0;
  for (int d = first; fits && d < x->shape.rank; ++d) {
    fits = gamma->shape.dims[d - first] == x->shape.dims[d];
  }
  if (!fits || (layer && (!mc_shape_equal(&gamma->shape, &call->in[3].desc.shape) ||
                          (MC_T_FLOATS >> call->in[3].desc.dtype & 1) == 0))) {
    return mc_op_error(call, "input gamma has shape %.80s; it (and beta) must have the last dims of x1 %.80s",
                       mc_shape_text(&gamma->shape, text_g), mc_shape_text(&x->shape, text_x));
  }
  const mc_op_value *bias = bias_of(call);
  if (bias != NULL && ((MC_T_FLOATS >> bias->desc.dtype & 1) == 0 ||
                       (long_bias(call) && mc_shape_count(&bias->desc.shape) != mc_shape_count(&x->shape)))) {
    return mc_op_error(call, "input bias has shape %.80s; it must have gamma's or x1's %.80s",
                       mc_shape_text(&bias->desc.shape, text_g), mc_shape_text(&x->shape, text_x));
  }
  for (int i = 0; i < call->n_out; ++i) {
    const bool statistic = i == 1 || (layer && i == 2);
    call->out[i].desc = *x;
    call->out[i].desc.dtype = statistic ? MC_FLOAT : x->dtype;
    for (int d = first; statistic && d < x->shape.rank; ++d) {
      call->out[i].desc.shape.dims[d] = 1;
    }
  }
  return mc_check_sizes(call);
}

static int prepare_add_norm(mc_op_call *call) {
  call->scratch = 5 * (size_t)mc_shape_count(&call->in[2].desc.shape) * sizeof(double);
  mc_op_cost(call, 100 + (double)mc_shape_count(&call->in[0].desc.shape) * 5);
  call->run = run_add_norm;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "AddRmsNorm",
     .inputs = "x1 x2 gamma",
     .outputs = "y rstd x",
     .dtypes = MC_T_FLOATS,
     .infer = infer_add_norm,
     .prepare = prepare_add_norm,
     .variant = RMS},
    {.type = "AddLayerNorm",
     .inputs = "x1 x2 gamma beta bias?",
     .outputs = "y mean rstd x",
     .dtypes = MC_T_FLOATS,
     .infer = infer_add_norm,
     .prepare = prepare_add_norm,
     .variant = LAYER},
};

MC_OP_FAMILY(add_norm, kOps);
