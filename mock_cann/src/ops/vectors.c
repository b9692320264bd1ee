/* Products and distances of vectors: Dot, Ger, Cross, Cdist. Sums are made in double, integers wrap. */
#include <math.h>
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { ANY_AXIS = -65530 };

typedef union number {
  double real;
  int64_t whole;
} number;

static number load(int dtype, const void *x, int64_t i) {
  number value = {0};
  const int wide = mc_dtype_is_float(dtype) ? MC_DOUBLE : MC_INT64;
  mc_convert_for(dtype, wide)((const char *)x + (size_t)i * mc_dtype_size(dtype), &value, 1);
  return value;
}

static void store(int dtype, void *y, int64_t i, number value) {
  const int wide = mc_dtype_is_float(dtype) ? MC_DOUBLE : MC_INT64;
  mc_convert_for(wide, dtype)(&value, (char *)y + (size_t)i * mc_dtype_size(dtype), 1);
}

/* sum + sign * a * b. */
static number multiply_add(int dtype, number sum, number a, number b, int sign) {
  if (mc_dtype_is_float(dtype)) {
    sum.real += sign * a.real * b.real;
  } else {
    const uint64_t product = (uint64_t)a.whole * (uint64_t)b.whole;
    sum.whole = (int64_t)(sign > 0 ? (uint64_t)sum.whole + product : (uint64_t)sum.whole - product);
  }
  return sum;
}

static int finish(mc_op_call *call) {
  const double ns = 50 + (double)mc_shape_count(&call->in[0].desc.shape) * 20 +
                    (double)mc_shape_count(&call->out[0].desc.shape) * 20;
  mc_op_cost(call, ns);
  call->run = call->def->kernel;
  return MC_OK;
}

static int check_vectors(const mc_op_call *call) {
  for (int i = 0; i < 2; ++i) {
    if (call->in[i].desc.shape.rank != 1) {
      return mc_op_error(call, "input %d has rank %d; it must be a vector", i, call->in[i].desc.shape.rank);
    }
  }
  return mc_check_same_dtype(call, 0, 1);
}

static int infer_dot(mc_op_call *call) {
  const int status = check_vectors(call);
  if (status == MC_OK && call->in[0].desc.shape.dims[0] != call->in[1].desc.shape.dims[0]) {
    return mc_op_error(call, "the vectors have %lld and %lld elements; they must have as many",
                       (long long)call->in[0].desc.shape.dims[0], (long long)call->in[1].desc.shape.dims[0]);
  }
  call->out[0].desc = (mc_desc){call->in[0].desc.dtype, MC_FORMAT_ND, {0, {0}}};
  return status;
}

static int run_dot(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const int dtype = call->in[0].desc.dtype;
  number sum = {0};
  for (int64_t i = 0; i < call->in[0].desc.shape.dims[0]; ++i) {
    sum = multiply_add(dtype, sum, load(dtype, in[0], i), load(dtype, in[1], i), 1);
  }
  store(dtype, out[0], 0, sum);
  return MC_OK;
}

static int infer_ger(mc_op_call *call) {
  const int status = check_vectors(call);
  call->out[0].desc = (mc_desc){call->in[0].desc.dtype, MC_FORMAT_ND,
                                {2, {call->in[0].desc.shape.dims[0], call->in[1].desc.shape.dims[0]}}};
  return status != MC_OK ? status : mc_check_sizes(call);
}

static int run_ger(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const int dtype = call->in[0].desc.dtype;
  const mc_shape *y = &call->out[0].desc.shape;
  for (int64_t i = 0; i < y->dims[0]; ++i) {
    for (int64_t k = 0; k < y->dims[1]; ++k) {
      store(dtype, out[0], i * y->dims[1] + k,
            multiply_add(dtype, (number){0}, load(dtype, in[0], i), load(dtype, in[1], k), 1));
    }
  }
  return MC_OK;
}

/* The axis of three, the first one when none is named. */
static int cross_axis(const mc_op_call *call, int *axis) {
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t dim = mc_attrs_int(call->attrs, "dim", ANY_AXIS);
  *axis = 0;
  while (dim == ANY_AXIS && *axis < x->rank && x->dims[*axis] != 3) {
    ++*axis;
  }
  const int status = dim == ANY_AXIS ? MC_OK : mc_check_axis(call, "attribute dim", dim, x->rank, axis);
  if (status == MC_OK && (*axis >= x->rank || x->dims[*axis] != 3)) {
    return mc_op_error(call, "a cross product needs an axis of length 3; %s",
                       dim == ANY_AXIS ? "x1 has none" : "that of attribute dim is not");
  }
  return status;
}

static int infer_cross(mc_op_call *call) {
  int axis = 0;
  call->out[0].desc = call->in[0].desc;
  if (!mc_shape_equal(&call->in[0].desc.shape, &call->in[1].desc.shape)) {
    return mc_op_error(call, "inputs x1 and x2 must have one shape");
  }
  const int status = mc_check_same_dtype(call, 0, 1);
  return status != MC_OK ? status : cross_axis(call, &axis);
}

static int run_cross(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  int axis = 0;
  const int status = cross_axis(call, &axis);
  const mc_shape *x = &call->in[0].desc.shape;
  const int dtype = call->in[0].desc.dtype;
  const int64_t inner = mc_dims_product(x, axis + 1, x->rank);
  const int64_t columns = mc_shape_count(x) / 3;
  for (int64_t column = 0; column < columns; ++column) {
    const int64_t first = column / inner * 3 * inner + column % inner;
    for (int k = 0; k < 3; ++k) {
      const int64_t a = first + (k + 1) % 3 * inner;
      const int64_t b = first + (k + 2) % 3 * inner;
      number y = multiply_add(dtype, (number){0}, load(dtype, in[0], a), load(dtype, in[1], b), 1);
      y = multiply_add(dtype, y, load(dtype, in[0], b), load(dtype, in[1], a), -1);
      store(dtype, out[0], first + k * inner, y);
    }
  }
  return status;
}

/* Distances in the p-norm along the last axis, for operands that broadcast. */
static int infer_cdist(mc_op_call *call) {
  const float p = mc_attrs_float(call->attrs, "p", 2.0f);
  if (!(p >= 0)) {
    return mc_op_error(call, "attribute p is %g; it must not be negative", (double)p);
  }
  const int status = mc_infer_broadcast(call);
  if (status == MC_OK && call->out[0].desc.shape.rank < 1) {
    return mc_op_error(call, "the inputs are scalars; they must have an axis of coordinates");
  }
  call->out[0].desc.shape.rank -= 1;
  return status;
}

static int64_t place_in(const mc_shape *operand, const mc_shape *whole, int64_t i) {
  int64_t place = 0;
  int64_t stride = 1;
  for (int d = whole->rank - 1, k = operand->rank - 1; k >= 0; --d, --k) {
    place += (operand->dims[k] == 1 ? 0 : i % whole->dims[d]) * stride;
    stride *= operand->dims[k];
    i /= whole->dims[d];
  }
  return place;
}

static int run_cdist(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const int dtype = call->in[0].desc.dtype;
  const double p = (double)mc_attrs_float(call->attrs, "p", 2.0f);
  mc_shape whole;
  mc_broadcast(&call->in[0].desc.shape, &call->in[1].desc.shape, &whole);
  const int64_t n = whole.dims[whole.rank - 1];
  const int64_t rows = mc_shape_count(&call->out[0].desc.shape);
  for (int64_t row = 0; row < rows; ++row) {
    number sum = {0};
    for (int64_t i = row * n; i < (row + 1) * n; ++i) {
      const double d = fabs(load(dtype, in[0], place_in(&call->in[0].desc.shape, &whole, i)).real -
                            load(dtype, in[1], place_in(&call->in[1].desc.shape, &whole, i)).real);
      sum.real = isinf(p) ? (d > sum.real || d != d ? d : sum.real) : p == 0 ? sum.real + (d != 0) : sum.real + pow(d, p);
    }
    sum.real = isinf(p) || p == 0 ? sum.real : pow(sum.real, 1 / p);
    store(dtype, out[0], row, sum);
  }
  return MC_OK;
}

#define F16_F32 (MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16))
#define OP(name, in, result, types, part)                                                                    \
  {.type = (name), .inputs = (in), .outputs = (result), .dtypes = (types), .infer = infer_##part,            \
   .prepare = finish, .kernel = run_##part}

static const mc_op_def kOps[] = {
    OP("Dot", "input_x input_y", "output",
       MC_T_FLOATS | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_INT32), dot),
    OP("Ger", "x1 x2", "y", F16_F32, ger),
    OP("Cross", "x1 x2", "y", MC_T_NUMBERS & ~MC_DTYPE_BIT(MC_BF16), cross),
    OP("Cdist", "x1 x2", "y", F16_F32, cdist),
};
MC_OP_FAMILY(vectors, kOps);
