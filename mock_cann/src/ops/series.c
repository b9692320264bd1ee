/* Numbers made from a few parameters: LinSpace, RangeD, FillV2 and Eye. */
#include <math.h>
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/known.h"

/* Row i of an arithmetic sequence, stored in the output's type. */
static void write_sequence(const mc_op_call *call, double start, double step, void *out, int64_t count) {
  const int dtype = call->out[0].desc.dtype;
  mc_convert *store = mc_convert_for(MC_DOUBLE, dtype);
  for (int64_t i = 0; i < count; ++i) {
    const double value = start + (double)i * step;
    store(&value, (char *)out + (size_t)i * mc_dtype_size(dtype), 1);
  }
}

static int infer_linspace(mc_op_call *call) {
  int64_t num = 0;
  const int status = mc_need_scalar(call, 2, &num);
  if (status != MC_OK) {
    return status;
  }
  if (num < 1) {
    return mc_op_error(call, "input num is %lld; it must be at least 1", (long long)num);
  }
  if (mc_shape_count(&call->in[0].desc.shape) != 1 || mc_shape_count(&call->in[1].desc.shape) != 1) {
    return mc_op_error(call, "inputs start and stop must hold one number each");
  }
  call->out[0].desc = (mc_desc){call->in[0].desc.dtype, MC_FORMAT_ND, {1, {num}}};
  const int same = mc_check_same_dtype(call, 0, 1);
  return same != MC_OK ? same : mc_check_sizes(call);
}

static int run_linspace(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const int dtype = call->out[0].desc.dtype;
  const int64_t count = call->out[0].desc.shape.dims[0];
  double start = 0;
  double stop = 0;
  mc_convert_for(dtype, MC_DOUBLE)(in[0], &start, 1);
  mc_convert_for(dtype, MC_DOUBLE)(in[1], &stop, 1);
  write_sequence(call, start, count == 1 ? 0 : (stop - start) / (double)(count - 1), out[0], count);
  if (count > 1) {
    memcpy((char *)out[0] + (size_t)(count - 1) * mc_dtype_size(dtype), in[1], mc_dtype_size(dtype));
  }
  return MC_OK;
}

/* RangeD: the input counts from 0 on and only says how many numbers there are. */
static int infer_range_d(mc_op_call *call) {
  static const char *const kNames[] = {"start", "limit", "delta"};
  double p[3];
  for (int i = 0; i < 3; ++i) {
    const mc_attr *attr = mc_attrs_find(call->attrs, kNames[i]);
    if (attr == NULL || attr->kind != MC_ATTR_FLOAT || !isfinite(attr->f)) {
      return mc_op_error(call, "attribute %s is required and must be a finite number", kNames[i]);
    }
    p[i] = (double)attr->f;
  }
  if (p[2] == 0) {
    return mc_op_error(call, "attribute delta is 0; it must not be");
  }
  const double steps = ceil((p[1] - p[0]) / p[2]);
  call->out[0].desc = call->in[0].desc;
  if (steps < 0 || (double)mc_shape_count(&call->in[0].desc.shape) != steps) {
    return mc_op_error(call, "input x has %lld elements; from %g to %g by %g there are %g",
                       (long long)mc_shape_count(&call->in[0].desc.shape), p[0], p[1], p[2],
                       steps < 0 ? 0 : steps);
  }
  return MC_OK;
}

static int run_range_d(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)in;
  (void)scratch;
  write_sequence(call, (double)mc_attrs_float(call->attrs, "start", 0),
                 (double)mc_attrs_float(call->attrs, "delta", 1), out[0],
                 mc_shape_count(&call->out[0].desc.shape));
  return MC_OK;
}

static int take_dims(mc_op_call *call, const char *name, const int64_t *dims, int64_t rank, mc_shape *shape) {
  if (rank > MC_MAX_RANK) {
    return mc_op_error(call, "%s has %lld numbers; a tensor has at most %d dims", name, (long long)rank,
                       MC_MAX_RANK);
  }
  shape->rank = (int)rank;
  for (int i = 0; i < shape->rank; ++i) {
    if (dims[i] < 0) {
      return mc_op_error(call, "%s holds %lld; a dim must not be negative", name, (long long)dims[i]);
    }
    shape->dims[i] = dims[i];
  }
  return MC_OK;
}

/* FillV2: one number everywhere, float as the attribute that holds it. */
static int infer_fill_v2(mc_op_call *call) {
  const int64_t *dims = NULL;
  int64_t rank = 0;
  if (call->n_in == 0) {
    size_t n = 0;
    const int status = mc_need_ints(call, "dims", -1, &dims, &n);
    if (status != MC_OK) {
      return status;
    }
    rank = (int64_t)n;
  } else if ((dims = mc_op_ints(call, 0, &rank)) == NULL) {
    return MC_RT_PARAM;
  }
  call->out[0].desc = (mc_desc){MC_FLOAT, MC_FORMAT_ND, {0, {0}}};
  const int status = take_dims(call, "dims", dims, rank, &call->out[0].desc.shape);
  return status != MC_OK ? status : mc_check_sizes(call);
}

static int run_fill_v2(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)in;
  (void)scratch;
  const float value = mc_attrs_float(call->attrs, "value", 0);
  const int64_t count = mc_shape_count(&call->out[0].desc.shape);
  for (int64_t i = 0; i < count; ++i) {
    ((float *)out[0])[i] = value;
  }
  return MC_OK;
}

static int infer_eye(mc_op_call *call) {
  int64_t rows = 0;
  size_t batch = 0;
  int status = mc_need_int(call, "num_rows", &rows);
  if (status != MC_OK) {
    return status;
  }
  const int64_t asked = mc_attrs_int(call->attrs, "num_columns", 0);
  const int64_t *dims = mc_attrs_ints(call->attrs, "batch_shape", &batch);
  const int dtype = mc_attr_type(call, "dtype", MC_FLOAT);
  if (rows < 1) {
    return mc_op_error(call, "attribute num_rows is %lld; it must be at least 1", (long long)rows);
  }
  if (mc_lane_of(dtype) == MC_LANE_COUNT) {
    return mc_op_error(call, "attribute dtype is %d (%s), which is not emulated", dtype, mc_dtype_name(dtype));
  }
  mc_shape y;
  status = take_dims(call, "batch_shape", dims, (int64_t)batch, &y);
  if (status == MC_OK && y.rank > MC_MAX_RANK - 2) {
    return mc_op_error(call, "batch_shape has %d dims; at most %d are supported", y.rank, MC_MAX_RANK - 2);
  }
  y.dims[y.rank++] = rows;
  y.dims[y.rank++] = asked > 0 ? asked : rows;
  call->out[0].desc = (mc_desc){dtype, MC_FORMAT_ND, y};
  return status != MC_OK ? status : mc_check_sizes(call);
}

static int run_eye(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)in;
  (void)scratch;
  const mc_desc *y = &call->out[0].desc;
  const size_t size = mc_dtype_size(y->dtype);
  const int64_t count = mc_shape_count(&y->shape);
  const int64_t rows = y->shape.dims[y->shape.rank - 2];
  const int64_t columns = y->shape.dims[y->shape.rank - 1];
  const double one = 1;
  if (count == 0) {
    return MC_OK;
  }
  memset(out[0], 0, (size_t)count * size);
  for (int64_t first = 0; first < count; first += rows * columns) {
    for (int64_t i = 0; i < rows && i < columns; ++i) {
      mc_convert_for(MC_DOUBLE, y->dtype)(&one, (char *)out[0] + (size_t)(first + i * columns + i) * size, 1);
    }
  }
  return MC_OK;
}

static int prepare_series(mc_op_call *call) {
  mc_op_cost(call, 30 + (double)mc_shape_count(&call->out[0].desc.shape) * 3);
  call->run = call->def->kernel;
  return MC_OK;
}

#define SMALL                                                                                                \
  (MC_T_FLOATS64 | MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_INT16) |                 \
   MC_DTYPE_BIT(MC_INT32))

static const mc_op_def kOps[] = {
    {.type = "LinSpace", .inputs = "start stop num", .outputs = "output", .dtypes = SMALL, .value_inputs = 4,
     .infer = infer_linspace, .prepare = prepare_series, .kernel = run_linspace},
    {.type = "RangeD", .inputs = "x", .outputs = "y", .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_INT32),
     .infer = infer_range_d, .prepare = prepare_series, .kernel = run_range_d},
    {.type = "FillV2", .inputs = "dims", .outputs = "y", .dtypes = MC_T_INDEX,
     .value_inputs = 1, .infer = infer_fill_v2, .prepare = prepare_series, .kernel = run_fill_v2},
    {.type = "FillV2D", .inputs = "", .outputs = "y", .dtypes = MC_T_F32, .infer = infer_fill_v2,
     .prepare = prepare_series, .kernel = run_fill_v2},
    {.type = "Eye", .inputs = "", .outputs = "y", .dtypes = MC_T_ALL, .infer = infer_eye,
     .prepare = prepare_series, .kernel = run_eye},
};
MC_OP_FAMILY(series, kOps);
