/* Counting and placing numbers between bounds: Histogram, Bincount, Bucketize, SearchSorted. */
#include <math.h>
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/known.h"

static double number_at(int dtype, const void *x, int64_t i) {
  double value = 0;
  mc_convert_for(dtype, MC_DOUBLE)((const char *)x + (size_t)i * mc_dtype_size(dtype), &value, 1);
  return value;
}

static int finish(mc_op_call *call) {
  mc_op_cost(call, 50 + (double)mc_shape_count(&call->in[0].desc.shape) * 30);
  call->run = call->def->kernel;
  return MC_OK;
}

/* ---- Histogram: bins of one width from min to max; when these are equal, from the smallest to the largest ---- */

static int infer_histogram(mc_op_call *call) {
  const int64_t bins = mc_attrs_int(call->attrs, "bins", 100);
  const float low = mc_attrs_float(call->attrs, "min", 0);
  const float high = mc_attrs_float(call->attrs, "max", 0);
  if (bins < 1) {
    return mc_op_error(call, "attribute bins is %lld; it must be at least 1", (long long)bins);
  }
  if (!(low <= high) || !isfinite(low) || !isfinite(high)) {
    return mc_op_error(call, "attributes min %g and max %g must be finite and in order", (double)low, (double)high);
  }
  call->out[0].desc = (mc_desc){call->in[0].desc.dtype, MC_FORMAT_ND, {1, {bins}}};
  if (call->in[0].desc.dtype == MC_FLOAT16) {
    call->out[0].desc.dtype = MC_FLOAT;
  }
  return mc_check_sizes(call);
}

static int run_histogram(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const int dtype = call->in[0].desc.dtype;
  const int64_t n = mc_shape_count(&call->in[0].desc.shape);
  const int64_t bins = call->out[0].desc.shape.dims[0];
  const int result = call->out[0].desc.dtype;
  const size_t size = mc_dtype_size(result);
  double low = (double)mc_attrs_float(call->attrs, "min", 0);
  double high = (double)mc_attrs_float(call->attrs, "max", 0);
  if (low == high && n > 0) {
    low = INFINITY;
    high = -INFINITY;
    for (int64_t i = 0; i < n; ++i) {
      low = fmin(low, number_at(dtype, in[0], i));
      high = fmax(high, number_at(dtype, in[0], i));
    }
  }
  if (low == high) {
    low -= 1;
    high += 1;
  }
  memset(out[0], 0, (size_t)bins * size);
  for (int64_t i = 0; i < n; ++i) {
    const double x = number_at(dtype, in[0], i);
    if (!(x >= low && x <= high)) {
      continue;
    }
    int64_t bin = (int64_t)((x - low) * (double)bins / (high - low));
    bin = bin >= bins ? bins - 1 : bin;
    char *at = (char *)out[0] + (size_t)bin * size;
    const double count = number_at(result, at, 0) + 1;
    mc_convert_for(MC_DOUBLE, result)(&count, at, 1);
  }
  return MC_OK;
}

/* ---- Bincount: how often each number below `size` occurs, or the sum of its weights ---- */

static int infer_bincount(mc_op_call *call) {
  int64_t size = 0;
  const int status = mc_need_scalar(call, 1, &size);
  const mc_desc *weights = &call->in[2].desc;
  if (status != MC_OK) {
    return status;
  }
  if (size < 0) {
    return mc_op_error(call, "input size is %lld; it must not be negative", (long long)size);
  }
  if (mc_shape_count(&weights->shape) != 0 && !mc_shape_equal(&weights->shape, &call->in[0].desc.shape)) {
    return mc_op_error(call, "input weights must be empty or have the shape of array");
  }
  call->out[0].desc = (mc_desc){weights->dtype, MC_FORMAT_ND, {1, {size}}};
  return mc_check_sizes(call);
}

static int run_bincount(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const int64_t n = mc_shape_count(&call->in[0].desc.shape);
  const bool weighted = mc_shape_count(&call->in[2].desc.shape) > 0;
  const int64_t bins = call->out[0].desc.shape.dims[0];
  const int dtype = call->out[0].desc.dtype;
  memset(out[0], 0, (size_t)bins * mc_dtype_size(dtype));
  for (int64_t i = 0; i < n; ++i) {
    const int32_t at = ((const int32_t *)in[0])[i];
    if (at < 0) {
      return mc_op_error(call, "array[%lld] is %d; it must not be negative", (long long)i, at);
    }
    if (at >= bins) {
      continue;
    }
    if (dtype == MC_INT32) {
      const uint32_t more = weighted ? ((const uint32_t *)in[2])[i] : 1;
      ((uint32_t *)out[0])[at] += more;
    } else if (dtype == MC_INT64) {
      const uint64_t more = weighted ? ((const uint64_t *)in[2])[i] : 1;
      ((uint64_t *)out[0])[at] += more;
    } else if (dtype == MC_FLOAT) {
      ((float *)out[0])[at] += weighted ? ((const float *)in[2])[i] : 1;
    } else {
      ((double *)out[0])[at] += weighted ? ((const double *)in[2])[i] : 1;
    }
  }
  return MC_OK;
}

/* ---- places between sorted bounds ---- */

static int infer_bucketize(mc_op_call *call) {
  const mc_attr *bounds = mc_attrs_find(call->attrs, "boundaries");
  if (bounds == NULL || bounds->kind != MC_ATTR_LIST_FLOAT) {
    return mc_op_error(call, "attribute boundaries is required and must be a list of numbers");
  }
  for (size_t i = 1; i < bounds->count; ++i) {
    if (!(bounds->floats[i - 1] <= bounds->floats[i])) {
      return mc_op_error(call, "attribute boundaries must ascend; entry %zu is %g", i, (double)bounds->floats[i]);
    }
  }
  call->out[0].desc = call->in[0].desc;
  return mc_index_type(call, "dtype", MC_INT32, &call->out[0].desc.dtype);
}

static void put(void *out, int dtype, int64_t at, int64_t value) {
  if (dtype == MC_INT64) {
    ((int64_t *)out)[at] = value;
  } else {
    ((int32_t *)out)[at] = (int32_t)value;
  }
}

/* right: a number that equals a bound lies behind it. */
static int run_bucketize(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_attr *bounds = mc_attrs_find(call->attrs, "boundaries");
  const bool right = mc_attrs_bool(call->attrs, "right", true);
  const int64_t n = mc_shape_count(&call->in[0].desc.shape);
  for (int64_t i = 0; i < n; ++i) {
    const double x = number_at(call->in[0].desc.dtype, in[0], i);
    size_t at = 0;
    for (size_t end = bounds->count; at < end;) {
      const size_t middle = (at + end) / 2;
      const double bound = (double)bounds->floats[middle];
      if (right ? bound <= x : bound < x) {
        at = middle + 1;
      } else {
        end = middle;
      }
    }
    put(out[0], call->out[0].desc.dtype, i, (int64_t)at);
  }
  return MC_OK;
}

static int infer_search(mc_op_call *call) {
  char text_a[MC_SHAPE_TEXT];
  char text_b[MC_SHAPE_TEXT];
  const mc_shape *sorted = &call->in[0].desc.shape;
  const mc_shape *values = &call->in[1].desc.shape;
  bool fits = sorted->rank == 1 || (sorted->rank > 0 && sorted->rank == values->rank);
  for (int i = 0; fits && sorted->rank > 1 && i < sorted->rank - 1; ++i) {
    fits = sorted->dims[i] == values->dims[i];
  }
  if (!fits) {
    return mc_op_error(call, "sorted_sequence %.80s must be a vector or agree with values %.80s but for the last dim",
                       mc_shape_text(sorted, text_a), mc_shape_text(values, text_b));
  }
  if (call->in[2].present && (call->in[2].desc.dtype != MC_INT64 || !mc_shape_equal(sorted, &call->in[2].desc.shape))) {
    return mc_op_error(call, "input sorter must be DT_INT64 of the shape of sorted_sequence");
  }
  call->out[0].desc = call->in[1].desc;
  const int status = mc_index_type(call, "dtype", MC_INT64, &call->out[0].desc.dtype);
  return status != MC_OK ? status : mc_check_same_dtype(call, 0, 1);
}

static int run_search(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_shape *sorted = &call->in[0].desc.shape;
  const mc_shape *values = &call->in[1].desc.shape;
  const int dtype = call->in[0].desc.dtype;
  const bool right = mc_attrs_bool(call->attrs, "right", false);
  const int64_t length = sorted->dims[sorted->rank - 1];
  const int64_t n = mc_shape_count(values);
  const int64_t each = sorted->rank == 1 ? n : values->dims[values->rank - 1];
  const bool real = mc_dtype_is_float(dtype);
  mc_convert *load = mc_convert_for(dtype, real ? MC_DOUBLE : MC_INT64);
  const size_t size = mc_dtype_size(dtype);
  for (int64_t i = 0; i < n; ++i) {
    const int64_t row = i / each * length;
    union {
      double real;
      int64_t whole;
    } x, bound;
    load((const char *)in[1] + (size_t)i * size, &x, 1);
    int64_t at = 0;
    for (int64_t end = length; at < end;) {
      const int64_t middle = (at + end) / 2;
      const int64_t place = in[2] == NULL ? middle : ((const int64_t *)in[2])[row + middle];
      if (place < 0 || place >= length) {
        return mc_op_error(call, "sorter holds %lld; it must be in [0, %lld)", (long long)place, (long long)length);
      }
      load((const char *)in[0] + (size_t)(row + place) * size, &bound, 1);
      const bool before = real ? (right ? bound.real <= x.real : bound.real < x.real)
                               : (right ? bound.whole <= x.whole : bound.whole < x.whole);
      if (before) {
        at = middle + 1;
      } else {
        end = middle;
      }
    }
    put(out[0], call->out[0].desc.dtype, i, at);
  }
  return MC_OK;
}

#define SMALL                                                                                                \
  (MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8))

static const mc_op_def kOps[] = {
    {.type = "Histogram", .inputs = "x", .outputs = "y", .dtypes = SMALL, .infer = infer_histogram,
     .prepare = finish, .kernel = run_histogram},
    {.type = "Bincount", .inputs = "array size weights", .outputs = "bins", .dtypes = MC_DTYPE_BIT(MC_INT32),
     .value_inputs = 2, .infer = infer_bincount, .prepare = finish, .kernel = run_bincount},
    {.type = "Bucketize", .inputs = "x", .outputs = "y",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_DOUBLE) | MC_T_INDEX, .infer = infer_bucketize, .prepare = finish,
     .kernel = run_bucketize},
    {.type = "SearchSorted", .inputs = "sorted_sequence values sorter?", .outputs = "out", .dtypes = SMALL,
     .infer = infer_search, .prepare = finish, .kernel = run_search},
};
MC_OP_FAMILY(buckets, kOps);
