/* Where and NonZero: the places of elements that are not zero, in row-major order. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/known.h"
#include "ops/nonzero.h"

enum { CHUNK = 512 };

/* Quantized integers are the integers below them; a complex number is a pair. */
static int plain_type(int dtype, int *parts) {
  *parts = dtype == MC_COMPLEX64 || dtype == MC_COMPLEX128 || dtype == 33 ? 2 : 1;
  switch (dtype) {
  case 18: return MC_INT8;
  case 19: return MC_INT16;
  case 20: return MC_INT32;
  case 21: return MC_UINT8;
  case 22: return MC_UINT16;
  case 33: return MC_FLOAT16;
  case MC_COMPLEX64: return MC_FLOAT;
  case MC_COMPLEX128: return MC_DOUBLE;
  default: return dtype;
  }
}

bool mc_nonzero_type(int dtype) {
  int parts = 0;
  return mc_lane_of(plain_type(dtype, &parts)) != MC_LANE_COUNT;
}

void mc_nonzero(int dtype, const void *x, bool *truth, int64_t n) {
  int parts = 0;
  mc_convert *convert = mc_convert_for(plain_type(dtype, &parts), MC_BOOL);
  bool half[2 * CHUNK];
  for (int64_t i = 0; i < n; i += CHUNK) {
    const int64_t m = n - i < CHUNK ? n - i : CHUNK;
    convert((const char *)x + (size_t)i * mc_dtype_size(dtype), half, m * parts);
    for (int64_t k = 0; k < m; ++k) {
      truth[i + k] = parts == 1 ? half[k] : half[2 * k] || half[2 * k + 1];
    }
  }
}

static int64_t count_true(const bool *truth, int64_t n) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; ++i) {
    count += truth[i];
  }
  return count;
}

/* y: [found, rank], or its transpose. */
static int describe_where(mc_op_call *call, int64_t found) {
  const int rank = call->in[0].desc.shape.rank;
  const bool transposed = mc_attrs_bool(call->attrs, "transpose", false);
  int dtype = MC_INT64;
  const int status =
      strcmp(call->def->type, "NonZero") == 0 ? mc_index_type(call, "dtype", MC_INT64, &dtype) : MC_OK;
  call->out[0].desc = (mc_desc){
      dtype, MC_FORMAT_ND, {2, {transposed ? rank : found, transposed ? found : rank}}};
  return status;
}

static int infer_where(mc_op_call *call) {
  const mc_op_value *x = &call->in[0];
  const bool transposed = mc_attrs_bool(call->attrs, "transpose", false);
  const int rank = x->desc.shape.rank;
  const int64_t n = mc_shape_count(&x->desc.shape);
  bool *truth = mc_op_alloc(call, (size_t)n + 1);
  if (truth == NULL) {
    return mc_op_error(call, "out of memory for %lld flags", (long long)n);
  }
  if (n > 0) {
    mc_nonzero(x->desc.dtype, x->value, truth, n);
  }
  const int64_t found = count_true(truth, n);
  const int status = describe_where(call, found);
  const mc_desc desc = call->out[0].desc;
  const int dtype = desc.dtype;
  void *y = status != MC_OK ? NULL : mc_known_output(call, 0, dtype, &desc.shape);
  if (y == NULL) {
    return MC_RT_PARAM;
  }
  int64_t index[MC_MAX_RANK] = {0};
  int64_t at = 0;
  for (int64_t i = 0; i < n; ++i) {
    for (int d = 0; truth[i] && d < rank; ++d) {
      const int64_t to = transposed ? d * found + at : at * rank + d;
      if (dtype == MC_INT64) {
        ((int64_t *)y)[to] = index[d];
      } else {
        ((int32_t *)y)[to] = (int32_t)index[d];
      }
    }
    at += truth[i];
    for (int d = rank - 1; d >= 0 && ++index[d] == x->desc.shape.dims[d]; --d) {
      index[d] = 0;
    }
  }
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "Where", .inputs = "x", .outputs = "y", .dtypes = MC_T_MOVABLE, .value_inputs = 1,
     .infer = infer_where, .kernel = mc_run_known, .guess = describe_where},
    {.type = "NonZero", .inputs = "x", .outputs = "y", .dtypes = MC_T_ALL, .value_inputs = 1,
     .infer = infer_where, .kernel = mc_run_known, .guess = describe_where},
};
MC_OP_FAMILY(where, kOps);
