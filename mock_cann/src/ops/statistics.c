/* Reductions in two passes or of two tensors: ReduceLogSum, ReduceLogSumExp, ReduceStd, ReduceStdV2Update,
 * ReduceMeanWithCount, EuclideanNorm and SquareSumV1. All of them are computed in double and rounded once. */
#include <math.h>
#include <string.h>

#include "engine/status.h"
#include "ops/axes.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { LOG_SUM, LOG_SUM_EXP, STD, STD_UPDATE, MEAN_COUNT, NORM, SQUARE_SUM };

typedef struct statistic {
  mc_axes_plan plan;
  mc_convert *load, *store;
  size_t size;
} statistic;

/* The reduced axes: input 1, or the attribute that the operator calls so; an empty list means all where the operator
 * says so. */
static int axes_of(const mc_op_call *call, uint32_t *set) {
  const int rank = call->in[0].desc.shape.rank;
  const int variant = call->def->variant;
  const char *name = variant == STD || variant == STD_UPDATE ? "dim" : variant == SQUARE_SUM ? "axis" : "axes";
  int count = 0;
  if (strstr(call->def->inputs, "axes") != NULL) {
    return mc_axes_from_input(call, 1, rank, set, NULL);
  }
  if (mc_attrs_find(call->attrs, name) == NULL && (variant == STD || variant == NORM)) {
    *set = (1u << rank) - 1;
    return MC_OK;
  }
  const int status = mc_axes_from_attr(call, name, rank, set, &count);
  if (status == MC_OK && count == 0 && (variant == STD || variant == NORM)) {
    *set = (1u << rank) - 1;
  }
  return status;
}

static bool keeps(const mc_op_call *call) {
  const bool short_name = call->def->variant == STD || call->def->variant == STD_UPDATE;
  return mc_attrs_bool(call->attrs, short_name ? "keepdim" : "keep_dims", false);
}

static int infer_statistic(mc_op_call *call) {
  char text_x[MC_SHAPE_TEXT];
  char text_other[MC_SHAPE_TEXT];
  uint32_t set = 0;
  const mc_desc *x = &call->in[0].desc;
  int status = axes_of(call, &set);
  if (status != MC_OK) {
    return status;
  }
  const bool paired = call->def->variant == STD_UPDATE || call->def->variant == MEAN_COUNT;
  for (int i = 1; paired && i < call->n_in; ++i) {
    mc_shape shape;
    if (mc_broadcast(&x->shape, &call->in[i].desc.shape, &shape) != 0 || !mc_shape_equal(&shape, &x->shape)) {
      return mc_op_error(call, "input %d has shape %.80s, which does not broadcast to x %.80s", i,
                         mc_shape_text(&call->in[i].desc.shape, text_other), mc_shape_text(&x->shape, text_x));
    }
    status = mc_check_same_dtype(call, 0, i);
    if (status != MC_OK) {
      return status;
    }
  }
  mc_desc y = *x;
  y.shape.rank = 0;
  for (int d = 0; d < x->shape.rank; ++d) {
    if (!(set >> d & 1)) {
      y.shape.dims[y.shape.rank++] = x->shape.dims[d];
    } else if (keeps(call)) {
      y.shape.dims[y.shape.rank++] = 1;
    }
  }
  for (int i = 0; i < call->n_out; ++i) {
    call->out[i].desc = y;
  }
  return mc_check_sizes(call);
}

static int64_t offset_of(int64_t index, int rank, const int64_t *dims, const int64_t *strides) {
  int64_t offset = 0;
  for (int d = rank - 1; d >= 0; --d) {
    offset += index % dims[d] * strides[d];
    index /= dims[d];
  }
  return offset;
}

static double value_at(const statistic *s, const void *x, int64_t i) {
  double value = 0;
  s->load((const char *)x + (size_t)i * s->size, &value, 1);
  return value;
}

/* Element i of x as the place of an operand that broadcasts to it. */
static int64_t place_in(const mc_op_call *call, int input, int64_t i) {
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *other = &call->in[input].desc.shape;
  int64_t place = 0;
  int64_t stride = 1;
  for (int d = x->rank - 1, k = other->rank - 1; k >= 0; --d, --k) {
    place += (other->dims[k] == 1 ? 0 : i % x->dims[d]) * stride;
    stride *= other->dims[k];
    i /= x->dims[d];
  }
  return place;
}

/* The deviations' sum of squares is corrected by the number of values that the mean already took. */
static double deviation(const mc_op_call *call, double squares, double n, bool root) {
  const bool unbiased = mc_attrs_bool(call->attrs, "unbiased", true);
  const double taken =
      call->def->variant == STD ? (double)unbiased : unbiased ? (double)mc_attrs_int(call->attrs, "correction", 1) : 0;
  const double variance = squares / (n - taken > 0 ? n - taken : 0);
  return root ? sqrt(variance) : variance;
}

static void reduce_one(const mc_op_call *call, const void *const *in, int64_t first, double result[2]) {
  const statistic *s = call->state;
  const mc_axes_plan *p = &s->plan;
  const int variant = call->def->variant;
  const int64_t n = p->reduced_count;
  double sum = 0;
  double pivot = 0;
  if (variant == LOG_SUM_EXP || variant == STD) {
    double largest = -INFINITY;
    for (int64_t i = 0; i < n; ++i) {
      const double x = value_at(s, in[0], first + offset_of(i, p->reduced, p->reduced_dims, p->reduced_strides));
      largest = x > largest || x != x ? x : largest;
      sum += x;
    }
    pivot = variant == STD ? sum / (double)n : isfinite(largest) ? largest : 0;
    sum = 0;
  }
  for (int64_t i = 0; i < n; ++i) {
    const int64_t at = first + offset_of(i, p->reduced, p->reduced_dims, p->reduced_strides);
    const double x = value_at(s, in[0], at);
    if (variant == LOG_SUM_EXP) {
      sum += exp(x - pivot);
    } else if (variant == STD || variant == STD_UPDATE) {
      const double d = x - (variant == STD ? pivot : value_at(s, in[1], place_in(call, 1, at)));
      sum += d * d;
    } else if (variant == MEAN_COUNT) {
      sum += x * value_at(s, in[1], place_in(call, 1, at)) / value_at(s, in[2], place_in(call, 2, at));
    } else {
      sum += variant == LOG_SUM ? x : x * x;
    }
  }
  const bool root = variant == STD || mc_attrs_bool(call->attrs, "if_std", false);
  result[1] = pivot;
  result[0] = variant == LOG_SUM                         ? log(sum)
              : variant == LOG_SUM_EXP                   ? log(sum) + pivot
              : variant == STD || variant == STD_UPDATE  ? deviation(call, sum, (double)n, root)
              : variant == NORM                          ? sqrt(sum)
                                                         : sum;
}

static int run_statistic(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const statistic *s = call->state;
  for (int64_t i = 0; i < s->plan.kept_count; ++i) {
    double result[2];
    reduce_one(call, in, offset_of(i, s->plan.kept, s->plan.kept_dims, s->plan.kept_strides), result);
    for (int k = 0; k < call->n_out; ++k) {
      s->store(&result[k], (char *)out[k] + (size_t)i * s->size, 1);
    }
  }
  return MC_OK;
}

static int prepare_statistic(mc_op_call *call) {
  uint32_t set = 0;
  const int status = axes_of(call, &set);
  statistic *s = mc_op_alloc(call, sizeof(*s));
  if (status != MC_OK || s == NULL) {
    return status != MC_OK ? status : mc_op_error(call, "out of memory while preparing");
  }
  const int dtype = call->in[0].desc.dtype;
  mc_axes_plan_make(&s->plan, &call->in[0].desc.shape, set);
  s->load = mc_convert_for(dtype, MC_DOUBLE);
  s->store = mc_convert_for(MC_DOUBLE, dtype);
  s->size = mc_dtype_size(dtype);
  mc_op_cost(call, 50 + (double)s->plan.kept_count * (double)s->plan.reduced_count * 20);
  call->state = s;
  call->run = run_statistic;
  return MC_OK;
}

#define F16_F32 (MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16))
#define OP(name, in, result, types, values, kind)                                                            \
  {.type = (name), .inputs = (in), .outputs = (result), .dtypes = (types), .value_inputs = (values),         \
   .infer = infer_statistic, .prepare = prepare_statistic, .variant = (kind)}

static const mc_op_def kOps[] = {
    OP("ReduceLogSum", "x axes", "y", MC_T_FLOATS64, 2, LOG_SUM),
    OP("ReduceLogSumExp", "x axes", "y", F16_F32, 2, LOG_SUM_EXP),
    OP("ReduceStd", "x", "y1 y2", F16_F32, 0, STD),
    OP("ReduceStdV2Update", "x mean", "output_var", MC_T_FLOATS, 0, STD_UPDATE),
    OP("ReduceMeanWithCount", "x count count_sum", "y", MC_T_FLOATS, 0, MEAN_COUNT),
    OP("EuclideanNorm", "x axes", "y", MC_T_NUMBERS, 2, NORM),
    OP("EuclideanNormD", "x", "y", F16_F32 | MC_DTYPE_BIT(MC_INT32), 0, NORM),
    OP("SquareSumV1", "x", "y", MC_T_FLOATS, 0, SQUARE_SUM),
};
MC_OP_FAMILY(statistics, kOps);
