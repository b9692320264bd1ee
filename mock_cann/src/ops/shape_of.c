/* Operators that answer a tensor's shape: their values are known while compiling. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"

/* Gives output `index` these integers as its contents, in the dtype that attribute `dtype` asks for. */
static int answer(mc_op_call *call, int index, mc_shape shape, const int64_t *values, int64_t count) {
  /* The attribute is an integer in prototypes; importers may store it as a type. */
  const int64_t dtype = mc_attrs_int(call->attrs, "dtype", mc_attrs_dtype(call->attrs, "dtype", MC_INT32));
  if (dtype != MC_INT32 && dtype != MC_INT64) {
    return mc_op_error(call, "dtype %lld: it must be 3 (DT_INT32) or 9 (DT_INT64)", (long long)dtype);
  }
  mc_op_value *out = &call->out[index];
  out->desc = (mc_desc){(int)dtype, MC_FORMAT_ND, shape};
  void *contents = mc_op_alloc(call, sizeof(int64_t) * (size_t)(count + 1));
  if (contents == NULL) {
    return mc_op_error(call, "out of memory for %lld values", (long long)count);
  }
  for (int64_t i = 0; i < count; ++i) {
    if (dtype == MC_INT64) {
      ((int64_t *)contents)[i] = values[i];
    } else if (values[i] > INT32_MAX) {
      return mc_op_error(call, "%lld does not fit DT_INT32; set dtype to 9 (DT_INT64)", (long long)values[i]);
    } else {
      ((int32_t *)contents)[i] = (int32_t)values[i];
    }
  }
  out->value = contents;
  return MC_OK;
}

static int shape_infer(mc_op_call *call) {
  if (call->n_in != call->n_out) {
    return mc_op_error(call, "%d inputs and %d outputs; each input has one output", call->n_in, call->n_out);
  }
  for (int i = 0; i < call->n_in; ++i) {
    const mc_shape *x = &call->in[i].desc.shape;
    const int status = answer(call, i, (mc_shape){1, {x->rank}}, x->dims, x->rank);
    if (status != MC_OK) {
      return status;
    }
  }
  return MC_OK;
}

static int size_infer(mc_op_call *call) {
  const int64_t count = mc_shape_count(&call->in[0].desc.shape);
  return answer(call, 0, (mc_shape){0, {0}}, &count, 1);
}

static int rank_infer(mc_op_call *call) {
  const int64_t rank = call->in[0].desc.shape.rank;
  return answer(call, 0, (mc_shape){0, {0}}, &rank, 1);
}

static int run_answer(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)in;
  (void)scratch;
  for (int i = 0; i < call->n_out; ++i) {
    const int64_t bytes = mc_desc_bytes(&call->out[i].desc);
    if (bytes > 0) {
      memcpy(out[i], call->out[i].value, (size_t)bytes);
    }
  }
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "Shape",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = shape_infer,
     .kernel = run_answer},
    {.type = "ShapeN",
     .inputs = "x*",
     .outputs = "y*",
     .dtypes = MC_T_MOVABLE,
     .infer = shape_infer,
     .kernel = run_answer},
    {.type = "Size",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = size_infer,
     .kernel = run_answer},
    {.type = "Rank",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = rank_infer,
     .kernel = run_answer},
};
MC_OP_FAMILY(shape_of, kOps);
