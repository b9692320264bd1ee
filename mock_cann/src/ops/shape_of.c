/* Operators that answer a tensor's shape: their values are known while compiling. */
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/known.h"

/* Gives output `index` these integers as its contents, in the dtype that attribute `dtype` asks for. */
static int answer(mc_op_call *call, int index, mc_shape shape, const int64_t *values, int64_t count) {
  int dtype = MC_INT32;
  const int status = mc_index_type(call, "dtype", MC_INT32, &dtype);
  void *contents = status != MC_OK ? NULL : mc_known_output(call, index, dtype, &shape);
  if (contents == NULL) {
    return MC_RT_PARAM;
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

/* Where each of the tensors that are to be joined begins: 0 everywhere but along concat_dim. */
static int concat_offset_infer(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  int64_t dim = 0;
  int64_t sum = 0;
  int64_t rank = -1;
  const int status = mc_need_scalar(call, 0, &dim);
  if (status != MC_OK) {
    return status;
  }
  if (call->n_in - 1 != call->n_out) {
    return mc_op_error(call, "%d inputs and %d outputs; each shape has one output", call->n_in - 1, call->n_out);
  }
  for (int i = 0; i < call->n_out; ++i) {
    const mc_op_value *x = &call->in[i + 1];
    int axis = 0;
    if (x->desc.dtype != MC_INT32 || x->desc.shape.rank != 1 || (rank >= 0 && x->desc.shape.dims[0] != rank)) {
      return mc_op_error(call, "input x%d is %s %.80s; shapes are vectors of DT_INT32 of one length", i,
                         mc_dtype_name(x->desc.dtype), mc_shape_text(&x->desc.shape, text));
    }
    rank = x->desc.shape.dims[0];
    int32_t *y = mc_check_axis(call, "input concat_dim", dim, (int)rank, &axis) != MC_OK
                     ? NULL
                     : mc_known_output(call, i, MC_INT32, &x->desc.shape);
    if (y == NULL) {
      return MC_RT_PARAM;
    }
    if (sum > INT32_MAX) {
      return mc_op_error(call, "offset %lld does not fit DT_INT32", (long long)sum);
    }
    y[axis] = (int32_t)sum;
    sum += ((const int32_t *)x->value)[axis];
  }
  return MC_OK;
}

/* Dims of several tensors: axes is a list of [input, axis] pairs. */
static int gather_shapes_infer(mc_op_call *call) {
  const int64_t *pairs = NULL;
  int64_t count = 0;
  const int status = mc_need_int_pairs(call, "axes", &pairs, &count);
  int64_t *dims = status != MC_OK ? NULL : mc_op_alloc(call, sizeof(int64_t) * (size_t)(count + 1));
  if (dims == NULL) {
    return status != MC_OK ? status : mc_op_error(call, "out of memory for %lld dims", (long long)count);
  }
  for (int64_t i = 0; i < count; ++i) {
    if (pairs[2 * i] < 0 || pairs[2 * i] >= call->n_in) {
      return mc_op_error(call, "attribute axes names input %lld; there are %d", (long long)pairs[2 * i], call->n_in);
    }
    const mc_shape *x = &call->in[pairs[2 * i]].desc.shape;
    if (pairs[2 * i + 1] < 0 || pairs[2 * i + 1] >= x->rank) {
      return mc_op_error(call, "attribute axes names axis %lld of input %lld, which has rank %d",
                         (long long)pairs[2 * i + 1], (long long)pairs[2 * i], x->rank);
    }
    dims[i] = x->dims[pairs[2 * i + 1]];
  }
  return answer(call, 0, (mc_shape){1, {count}}, dims, count);
}

static const mc_op_def kOps[] = {
    {.type = "Shape",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = shape_infer,
     .kernel = mc_run_known},
    {.type = "ShapeN",
     .inputs = "x*",
     .outputs = "y*",
     .dtypes = MC_T_MOVABLE,
     .infer = shape_infer,
     .kernel = mc_run_known},
    {.type = "Size",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = size_infer,
     .kernel = mc_run_known},
    {.type = "Rank",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = rank_infer,
     .kernel = mc_run_known},
    {.type = "ConcatOffset",
     .inputs = "concat_dim x*",
     .outputs = "y*",
     .dtypes = MC_DTYPE_BIT(MC_INT32),
     .value_inputs = 3,
     .infer = concat_offset_infer,
     .kernel = mc_run_known},
    {.type = "GatherShapes",
     .inputs = "x*",
     .outputs = "shape",
     .dtypes = MC_T_MOVABLE,
     .infer = gather_shapes_infer,
     .kernel = mc_run_known},
};
MC_OP_FAMILY(shape_of, kOps);
