/*
 * Losses of one element at a time: a number for each pair of prediction and target, then none, their mean or
 * their sum. Computed in double and rounded once.
 */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/nest.h"
#include "ops/reduction_attr.h"

enum {
  MSE, SMOOTH_L1, L1, L2,
  KL_DIV,
  SOFT_MARGIN,
  BINARY_CROSS_ENTROPY,
  SIGMOID_CROSS_ENTROPY,
  SIGMOID_WEIGHTED,
  MOST = 4
};

typedef struct loss_state {
  int kind, inputs;
  mc_loss_reduction reduction;
  double sigma;
  int64_t count;
  bool there[MOST];
  mc_nest nest;
} loss_state;

typedef struct job {
  const mc_op_call *call;
  const void *const *in;
  void *out;
  double *sums; /* one for each piece */
} job;

static double log_at_least(double x) {
  const double y = log(x);
  return y < -100.0 ? -100.0 : y;
}

/* x: prediction, t: target, w: weight, p: weight of positive targets. */
static double value_of(const loss_state *s, double x, double t, double w, double p) {
  const double d = fabs(x - t);
  switch (s->kind) {
  case MSE:
    return d * d;
  case SMOOTH_L1:
    return d < s->sigma ? 0.5 * d * d / s->sigma : d - 0.5 * s->sigma;
  case L1:
    return d;
  case L2:
    return x * x / 2;
  case KL_DIV:
    return t > 0 ? t * (log(t) - x) : 0.0;
  case SOFT_MARGIN: /* log1p(exp(-t x)) without overflow */
    return log1p(exp(-fabs(t * x))) + (t * x < 0 ? -t * x : 0.0);
  case BINARY_CROSS_ENTROPY:
    return -w * (t * log_at_least(x) + (1 - t) * log_at_least(1 - x));
  case SIGMOID_CROSS_ENTROPY:
    return (x > 0 ? x : 0.0) - x * t + log1p(exp(-fabs(x)));
  default: /* log1p(exp(-x)) without overflow */
    return w * ((1 - t) * x + (1 + (p - 1) * t) * (log1p(exp(-fabs(x))) + (x < 0 ? -x : 0.0)));
  }
}

static void take_pieces(void *arg, int64_t begin, int64_t end) {
  enum { CHUNK = 256 };
  const job *j = arg;
  const loss_state *s = j->call->state;
  const mc_nest *nest = &s->nest;
  const int inner = nest->rank - 1;
  double values[MOST][CHUNK];
  double result[CHUNK];
  for (int64_t piece = begin; piece < end; ++piece) {
    const int64_t last = (piece + 1) * MC_LOSS_PIECE < s->count ? (piece + 1) * MC_LOSS_PIECE : s->count;
    double sum = 0;
    mc_nest_at at;
    int64_t i = piece * MC_LOSS_PIECE;
    int64_t into = mc_nest_seek(nest, &at, i);
    while (i < last) {
      int64_t n = nest->dims[inner] - into;
      n = n < last - i ? n : last - i;
      n = n < CHUNK ? n : CHUNK;
      for (int k = 0; k < s->inputs; ++k) {
        const int64_t step = nest->strides[k][inner];
        if (s->there[k]) {
          mc_load_f64(&j->call->in[k].desc, j->in[k], at.offset[k] + into * step, step == 0 ? 1 : n,
                      values[k]);
        }
        for (int64_t e = 0; e < n && (step == 0 || !s->there[k]); ++e) {
          values[k][e] = s->there[k] ? values[k][0] : 1.0;
        }
      }
      for (int64_t e = 0; e < n; ++e) {
        result[e] = value_of(s, values[0][e], s->inputs > 1 ? values[1][e] : 0,
                             s->inputs > 2 ? values[2][e] : 1, s->inputs > 3 ? values[3][e] : 1);
        sum += result[e];
      }
      if (j->sums == NULL) {
        mc_store_f64(&j->call->out[0].desc, result, j->out, i, n);
      }
      i += n;
      into += n;
      if (into == nest->dims[inner]) {
        into = 0;
        mc_nest_next(nest, &at);
      }
    }
    if (j->sums != NULL) {
      j->sums[piece] = sum;
    }
  }
}

static int run_loss(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const loss_state *s = call->state;
  const int64_t pieces = (s->count + MC_LOSS_PIECE - 1) / MC_LOSS_PIECE;
  job j = {call, in, out[0], s->reduction == MC_LOSS_NONE ? NULL : scratch};
  mc_parallel_for(pieces, 2, take_pieces, &j);
  if (j.sums == NULL) {
    return 0;
  }
  double sum = 0;
  for (int64_t i = 0; i < pieces; ++i) {
    sum += j.sums[i];
  }
  if (s->reduction == MC_LOSS_MEAN) {
    sum /= (double)s->count;
  } else if (s->reduction == MC_LOSS_BATCH_MEAN) {
    const mc_shape *x = &call->in[0].desc.shape;
    sum /= x->rank == 0 ? 1.0 : (double)x->dims[0];
  }
  mc_store_f64(&call->out[0].desc, &sum, out[0], 0, 1);
  return 0;
}

/* Which reduction an operator without the attribute does. */
static int reduction_of(const mc_op_call *call, mc_loss_reduction *reduction) {
  const char *type = call->def->type;
  if (call->def->variant == L2) {
    *reduction = MC_LOSS_SUM;
    return 0;
  }
  if (strcmp(type, "SmoothL1Loss") == 0 || strcmp(type, "SigmoidCrossEntropyWithLogits") == 0) {
    *reduction = MC_LOSS_NONE;
    return 0;
  }
  if (call->def->variant == KL_DIV && mc_attrs_find(call->attrs, "reduction") == NULL) {
    return mc_op_error(call, "attribute reduction is required and must be a string");
  }
  return mc_loss_reduction_of(call, call->def->variant == KL_DIV, reduction);
}

static int infer_loss(mc_op_call *call) {
  char name[MC_OP_NAME];
  char text_x[MC_SHAPE_TEXT];
  char text_y[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  mc_loss_reduction reduction;
  for (int i = 1; i < call->n_in; ++i) {
    const mc_desc *y = &call->in[i].desc;
    mc_shape both = x->shape;
    if (!call->in[i].present) {
      continue;
    }
    if (y->dtype != x->dtype) {
      return mc_op_error(call, "input %s has dtype %s; it must have the first input's, %s",
                         mc_op_input_name(call, i, name), mc_dtype_name(y->dtype), mc_dtype_name(x->dtype));
    }
    const bool fits =
        i == 1 ? mc_shape_equal(&x->shape, &y->shape)
               : mc_broadcast(&x->shape, &y->shape, &both) == 0 && mc_shape_equal(&both, &x->shape);
    if (!fits) {
      return mc_op_error(call, "input %s has shape %.80s; it must %s the first input's, %.80s",
                         mc_op_input_name(call, i, name), mc_shape_text(&y->shape, text_y),
                         i == 1 ? "equal" : "broadcast to", mc_shape_text(&x->shape, text_x));
    }
  }
  const int64_t p = mc_attrs_int(call->attrs, "p", 1);
  if (call->def->variant == L1 && p != 1) {
    return mc_op_error(call, "attribute p is %lld; only 1, the absolute difference, is emulated",
                       (long long)p);
  }
  const double sigma = (double)mc_attrs_float(call->attrs, "sigma", 1.0f);
  if (call->def->variant == SMOOTH_L1 && !(sigma >= 0)) {
    return mc_op_error(call, "attribute sigma is %g; it must not be negative", sigma);
  }
  const int status = reduction_of(call, &reduction);
  if (status != 0) {
    return status;
  }
  call->out[0].desc = *x;
  call->out[0].desc.shape = mc_loss_shape(&x->shape, reduction);
  return mc_check_sizes(call);
}

static int prepare_loss(mc_op_call *call) {
  const mc_shape *shapes[MOST];
  loss_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL || reduction_of(call, &s->reduction) != 0) {
    return mc_op_error(call, "out of memory while preparing");
  }
  s->kind = call->def->variant;
  s->inputs = call->n_in;
  s->sigma = (double)mc_attrs_float(call->attrs, "sigma", 1.0f);
  s->count = mc_shape_count(&call->in[0].desc.shape);
  for (int i = 0; i < s->inputs; ++i) {
    s->there[i] = call->in[i].present;
    shapes[i] = &call->in[s->there[i] ? i : 0].desc.shape;
  }
  mc_nest_make(&s->nest, &call->in[0].desc.shape, shapes, s->inputs);
  if (s->reduction != MC_LOSS_NONE) {
    call->scratch = (size_t)(s->count / MC_LOSS_PIECE + 1) * sizeof(double);
  }
  mc_op_cost(call, 100 + (double)s->count * (s->kind < KL_DIV ? 3 : 30));
  call->state = s;
  call->run = run_loss;
  return 0;
}

#define LOSS(name, ins, outs, types, number)                                                                 \
  {.type = (name),                                                                                           \
   .inputs = (ins),                                                                                          \
   .outputs = (outs),                                                                                        \
   .dtypes = (types),                                                                                        \
   .infer = infer_loss,                                                                                      \
   .prepare = prepare_loss,                                                                                  \
   .variant = (number)}

static const mc_op_def kOps[] = {
    LOSS("MseLoss", "predict label", "y", MC_T_FLOATS, MSE),
    LOSS("SmoothL1Loss", "predict label", "loss", MC_T_FLOATS, SMOOTH_L1),
    LOSS("SmoothL1LossV2", "predict label", "loss", MC_T_FLOATS, SMOOTH_L1),
    LOSS("LpLoss", "predict label", "y", MC_T_FLOATS, L1),
    LOSS("L2Loss", "x", "y", MC_T_FLOATS64, L2),
    LOSS("KLDiv", "x target", "y", MC_T_FLOATS64, KL_DIV),
    LOSS("SoftMarginLoss", "input_x input_y", "output_z", MC_T_FLOATS, SOFT_MARGIN),
    LOSS("BinaryCrossEntropy", "x y weight?", "output", MC_T_FLOATS, BINARY_CROSS_ENTROPY),
    LOSS("SigmoidCrossEntropyWithLogits", "predict target", "loss", MC_T_FLOATS, SIGMOID_CROSS_ENTROPY),
    LOSS("SigmoidCrossEntropyWithLogitsV2", "predict target weight? pos_weight?", "loss", MC_T_FLOATS,
         SIGMOID_WEIGHTED),
};

MC_OP_FAMILY(loss, kOps);
