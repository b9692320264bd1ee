/* What has been seen so far along an axis: Cummax and Cummin with their places, CumulativeLogsumexp. */
#include <math.h>
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { LARGEST, SMALLEST, LOGSUMEXP };

static int axis_of(const mc_op_call *call, int *axis) {
  const int rank = call->in[0].desc.shape.rank;
  int64_t value = 0;
  int status = MC_OK;
  if (call->def->variant == LOGSUMEXP) {
    status = mc_need_scalar(call, 1, &value);
  } else {
    status = mc_need_int(call, call->def->variant == LARGEST ? "dim" : "axis", &value);
  }
  return status != MC_OK ? status : mc_check_axis(call, "its axis", value, rank, axis);
}

static int infer_extremes(mc_op_call *call) {
  int axis = 0;
  const int status = axis_of(call, &axis);
  call->out[0].desc = call->in[0].desc;
  if (call->n_out > 1) {
    call->out[1].desc = call->in[0].desc;
    call->out[1].desc.dtype = MC_INT32;
  }
  if (status == MC_OK && call->in[0].desc.shape.dims[axis] > INT32_MAX) {
    return mc_op_error(call, "axis %d is longer than places of DT_INT32 can say", axis);
  }
  return status;
}

/* The later of equals counts; a NaN stays. */
static bool replaces(double x, double best, int64_t a, int64_t b, bool real, bool largest) {
  if (real) {
    return x != x || (best == best && (largest ? x >= best : x <= best));
  }
  return largest ? a >= b : a <= b;
}

/* Unsigned 64-bit numbers keep their order as signed ones below 2^63. */
static int64_t shifted(int dtype, int64_t value) {
  return dtype == MC_UINT64 ? (int64_t)((uint64_t)value ^ UINT64_C(1) << 63) : value;
}

static int run_extremes(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_shape *shape = &call->in[0].desc.shape;
  const int dtype = call->in[0].desc.dtype;
  const size_t size = mc_dtype_size(dtype);
  const bool real = mc_dtype_is_float(dtype);
  const int64_t axis = *(const int64_t *)call->state;
  const int64_t n = shape->dims[axis];
  const int64_t inner = mc_dims_product(shape, (int)axis + 1, shape->rank);
  const int64_t columns = mc_shape_count(shape) == 0 ? 0 : mc_dims_product(shape, 0, (int)axis) * inner;
  mc_convert *load = mc_convert_for(dtype, real ? MC_DOUBLE : MC_INT64);
  for (int64_t column = 0; column < columns; ++column) {
    const int64_t first = column / inner * n * inner + column % inner;
    union {
      double real;
      int64_t whole;
    } x = {0}, best = {0};
    int64_t place = 0;
    for (int64_t i = 0; i < n; ++i) {
      load((const char *)in[0] + (size_t)(first + i * inner) * size, &x, 1);
      if (i == 0 || replaces(x.real, best.real, shifted(dtype, x.whole), shifted(dtype, best.whole), real,
                             call->def->variant == LARGEST)) {
        best = x;
        place = i;
      }
      memcpy((char *)out[0] + (size_t)(first + i * inner) * size,
             (const char *)in[0] + (size_t)(first + place * inner) * size, size);
      ((int32_t *)out[1])[first + i * inner] = (int32_t)place;
    }
  }
  return MC_OK;
}

static double log_add(double a, double b) {
  const double high = a > b || b != b ? a : b;
  const double low = a > b || b != b ? b : a;
  return isinf(high) && high < 0 ? high : high + log1p(exp(low - high));
}

static int run_logsumexp(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_shape *shape = &call->in[0].desc.shape;
  const int dtype = call->in[0].desc.dtype;
  const size_t size = mc_dtype_size(dtype);
  const int64_t axis = *(const int64_t *)call->state;
  const bool exclusive = mc_attrs_bool(call->attrs, "exclusive", false);
  const bool reverse = mc_attrs_bool(call->attrs, "reverse", false);
  const int64_t n = shape->dims[axis];
  const int64_t inner = mc_dims_product(shape, (int)axis + 1, shape->rank);
  const int64_t columns = mc_shape_count(shape) == 0 ? 0 : mc_dims_product(shape, 0, (int)axis) * inner;
  for (int64_t column = 0; column < columns; ++column) {
    const int64_t first = column / inner * n * inner + column % inner;
    double sum = -INFINITY;
    for (int64_t i = 0; i < n; ++i) {
      const size_t at = (size_t)(first + (reverse ? n - 1 - i : i) * inner) * size;
      double x = 0;
      mc_convert_for(dtype, MC_DOUBLE)((const char *)in[0] + at, &x, 1);
      const double before = sum;
      sum = i == 0 ? x : log_add(sum, x);
      mc_convert_for(MC_DOUBLE, dtype)(exclusive ? &before : &sum, (char *)out[0] + at, 1);
    }
  }
  return MC_OK;
}

static int prepare_extremes(mc_op_call *call) {
  int axis = 0;
  const int status = axis_of(call, &axis);
  int64_t *state = mc_op_alloc(call, sizeof(*state));
  if (status != MC_OK || state == NULL) {
    return status != MC_OK ? status : mc_op_error(call, "out of memory while preparing");
  }
  *state = axis;
  mc_op_cost(call, 50 + (double)mc_shape_count(&call->in[0].desc.shape) * 20);
  call->state = state;
  call->run = call->def->kernel;
  return MC_OK;
}

#define OP(name, kind)                                                                                       \
  {.type = (name), .inputs = "x", .outputs = "y indices", .dtypes = MC_T_NUMBERS, .infer = infer_extremes,   \
   .prepare = prepare_extremes, .kernel = run_extremes, .variant = (kind)}

static const mc_op_def kOps[] = {
    OP("Cummax", LARGEST),
    OP("Cummin", SMALLEST),
    {.type = "CumulativeLogsumexp", .inputs = "x axis", .outputs = "y", .value_inputs = 2,
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_DOUBLE), .infer = infer_extremes,
     .prepare = prepare_extremes, .kernel = run_logsumexp, .variant = LOGSUMEXP},
};
MC_OP_FAMILY(extremes, kOps);
