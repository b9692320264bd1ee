/*
 * Cross entropies over classes: with a distribution or a class number as label, from scores or, NLLLoss, from
 * logarithms of probabilities. Computed in double and rounded once.
 */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/reduction_attr.h"

enum { DENSE, SPARSE, IGNORED = -100 };

typedef struct entropy_state {
  int64_t rows, classes;
  bool repeat_labels; /* one row of labels for all */
} entropy_state;

typedef struct job {
  const mc_op_call *call;
  const void *const *in;
  void *const *out;
  double *room; /* three rows of classes */
} job;

/* The class number of a row; -1 when it is not one. */
static int64_t class_at(const mc_desc *desc, const void *labels, int64_t row) {
  int64_t number = 0;
  mc_convert_for(desc->dtype, MC_INT64)((const char *)labels + (size_t)row * mc_dtype_size(desc->dtype),
                                        &number, 1);
  return number;
}

static double load_one(const mc_desc *desc, const void *data, int64_t at) {
  double value;
  mc_load_f64(desc, data, at, 1, &value);
  return value;
}

static void take_row(const job *j, int64_t row) {
  const mc_op_call *call = j->call;
  const entropy_state *s = call->state;
  const int64_t n = s->classes;
  double *x = j->room;
  double *label = x + n;
  double *back = label + n;
  mc_load_f64(&call->in[0].desc, j->in[0], row * n, n, x);
  double most = -INFINITY;
  for (int64_t i = 0; i < n; ++i) {
    most = x[i] > most || isnan(x[i]) ? x[i] : most;
  }
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    sum += exp(x[i] - most);
  }
  double loss = 0;
  if (call->def->variant == DENSE) {
    mc_load_f64(&call->in[1].desc, j->in[1], s->repeat_labels ? 0 : row * n, n, label);
  } else {
    const int64_t number = class_at(&call->in[1].desc, j->in[1], row);
    const bool valid = number >= 0 && number < n;
    for (int64_t i = 0; i < n; ++i) {
      label[i] = !valid ? NAN : i == number ? 1.0 : 0.0;
    }
  }
  const double log_sum = log(sum);
  for (int64_t i = 0; i < n; ++i) {
    loss += label[i] == 0 ? 0.0 : label[i] * (log_sum - (x[i] - most));
    back[i] = exp(x[i] - most) / sum - label[i];
  }
  mc_store_f64(&call->out[0].desc, &loss, j->out[0], row, 1);
  mc_store_f64(&call->out[1].desc, back, j->out[1], row * n, n);
}

static int run_entropy(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const entropy_state *s = call->state;
  const job j = {call, in, out, scratch};
  for (int64_t row = 0; row < s->rows; ++row) {
    take_row(&j, row);
  }
  return 0;
}

/* Scores [batch, classes] and labels of the same shape (a batch of one repeats) or [batch]. */
static int infer_entropy(mc_op_call *call) {
  char text_x[MC_SHAPE_TEXT];
  char text_l[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  const mc_desc *l = &call->in[1].desc;
  const bool dense = call->def->variant == DENSE;
  if (dense && l->dtype != x->dtype) {
    return mc_op_error(call, "input labels has dtype %s; it must be features', %s", mc_dtype_name(l->dtype),
                       mc_dtype_name(x->dtype));
  }
  if (!dense && (MC_T_INDEX >> l->dtype & 1) == 0) {
    return mc_op_error(call, "input labels has dtype %s; it must be DT_INT32 or DT_INT64",
                       mc_dtype_name(l->dtype));
  }
  const int classes_axis = x->shape.rank - 1;
  bool fits = dense ? x->shape.rank == 2 && l->shape.rank == 2 && x->shape.dims[1] == l->shape.dims[1] &&
                          (l->shape.dims[0] == 1 || l->shape.dims[0] == x->shape.dims[0])
                    : x->shape.rank >= 1 && l->shape.rank == classes_axis;
  for (int d = 0; !dense && fits && d < l->shape.rank; ++d) {
    fits = l->shape.dims[d] == x->shape.dims[d];
  }
  if (!fits) {
    return mc_op_error(call, "input labels has shape %.80s; for features %.80s it must be %s",
                       mc_shape_text(&l->shape, text_l), mc_shape_text(&x->shape, text_x),
                       dense ? "[batch, classes]" : "features' without its last dim");
  }
  call->out[0].desc = call->out[1].desc = *x;
  call->out[0].desc.shape.rank = classes_axis;
  return mc_check_sizes(call);
}

static int prepare_entropy(mc_op_call *call) {
  entropy_state *s = mc_op_alloc(call, sizeof(*s));
  const mc_shape *x = &call->in[0].desc.shape;
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  s->rows = mc_dims_product(x, 0, x->rank - 1);
  s->classes = x->dims[x->rank - 1];
  s->repeat_labels = call->def->variant == DENSE && call->in[1].desc.shape.dims[0] == 1;
  call->scratch = 3 * (size_t)s->classes * sizeof(double);
  mc_op_cost(call, 100 + (double)mc_shape_count(x) * 20);
  call->state = s;
  call->run = run_entropy;
  return 0;
}

/* -weight[target] * x[row][target], which is 0 for a row whose target is ignore_index. */
static int run_nll(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_desc *x = &call->in[0].desc;
  const int64_t classes = x->shape.dims[x->shape.rank - 1];
  const int64_t rows = x->shape.rank == 1 ? 1 : x->shape.dims[0];
  const int64_t ignored = mc_attrs_int(call->attrs, "ignore_index", IGNORED);
  const bool weighted = call->n_in > 2 && call->in[2].present;
  mc_loss_reduction reduction;
  int status = mc_loss_reduction_of(call, false, &reduction);
  double sum = 0;
  double total = 0;
  for (int64_t row = 0; row < rows && status == 0; ++row) {
    const int64_t target = class_at(&call->in[1].desc, in[1], row);
    double loss = 0;
    if (target != ignored) {
      if (target < 0 || target >= classes) {
        return mc_op_error(
            call, "input target holds %lld in row %lld; it must be in [0, %lld) or ignore_index %lld",
            (long long)target, (long long)row, (long long)classes, (long long)ignored);
      }
      const double weight = weighted ? load_one(&call->in[2].desc, in[2], target) : 1.0;
      loss = -weight * load_one(x, in[0], row * classes + target);
      total += weight;
    }
    sum += loss;
    if (reduction == MC_LOSS_NONE) {
      mc_store_f64(&call->out[0].desc, &loss, out[0], row, 1);
    }
  }
  if (reduction != MC_LOSS_NONE) {
    const double y = reduction == MC_LOSS_MEAN ? sum / total : sum;
    mc_store_f64(&call->out[0].desc, &y, out[0], 0, 1);
  }
  mc_store_f64(&call->out[1].desc, &total, out[1], 0, 1);
  return status;
}

static int infer_nll(mc_op_call *call) {
  char text_x[MC_SHAPE_TEXT];
  char text_t[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  const mc_desc *t = &call->in[1].desc;
  const bool weighted = call->n_in > 2 && call->in[2].present;
  const int rank = x->shape.rank;
  mc_loss_reduction reduction;
  if ((MC_T_INDEX >> t->dtype & 1) == 0) {
    return mc_op_error(call, "input target has dtype %s; it must be DT_INT32 or DT_INT64",
                       mc_dtype_name(t->dtype));
  }
  if (rank < 1 || rank > 2 || mc_shape_count(&t->shape) != (rank == 1 ? 1 : x->shape.dims[0])) {
    return mc_op_error(call,
                       "input x %.70s must be [classes] or [batch, classes], target %.70s one number a row",
                       mc_shape_text(&x->shape, text_x), mc_shape_text(&t->shape, text_t));
  }
  if (weighted && (call->in[2].desc.dtype != x->dtype ||
                   mc_shape_count(&call->in[2].desc.shape) != x->shape.dims[rank - 1])) {
    return mc_op_error(call, "input weight is %s %.80s; it must be one %s for each of the %lld classes",
                       mc_dtype_name(call->in[2].desc.dtype), mc_shape_text(&call->in[2].desc.shape, text_t),
                       mc_dtype_name(x->dtype), (long long)x->shape.dims[rank - 1]);
  }
  const int status = mc_loss_reduction_of(call, false, &reduction);
  if (status != 0) {
    return status;
  }
  call->out[0].desc = call->out[1].desc = *x;
  call->out[0].desc.shape = mc_loss_shape(&t->shape, reduction);
  call->out[1].desc.shape.rank = 0;
  return mc_check_sizes(call);
}

static const mc_op_def kOps[] = {
    {.type = "SoftmaxCrossEntropyWithLogits",
     .inputs = "features labels",
     .outputs = "loss backprop",
     .dtypes = MC_T_FLOATS64,
     .infer = infer_entropy,
     .prepare = prepare_entropy,
     .variant = DENSE},
    {.type = "SparseSoftmaxCrossEntropyWithLogits",
     .inputs = "features labels",
     .outputs = "loss backprop",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_DOUBLE),
     .infer = infer_entropy,
     .prepare = prepare_entropy,
     .variant = SPARSE},
    {.type = "NLLLoss",
     .inputs = "x target weight?",
     .outputs = "y total_weight",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_BF16),
     .infer = infer_nll,
     .kernel = run_nll},
};

MC_OP_FAMILY(cross_entropy, kOps);
