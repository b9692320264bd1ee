/* MaskedSelect takes the elements where a mask is true, MaskedScatter replaces them, one after the other;
 * IndexFillD replaces and scales by two tensors. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/known.h"
#include "ops/nest.h"

static int check_mask(const mc_op_call *call, mc_shape *shape) {
  char text_x[MC_SHAPE_TEXT];
  char text_mask[MC_SHAPE_TEXT];
  if (call->in[1].desc.dtype != MC_BOOL) {
    return mc_op_error(call, "input mask is %s; it must be DT_BOOL", mc_dtype_name(call->in[1].desc.dtype));
  }
  if (mc_broadcast(&call->in[0].desc.shape, &call->in[1].desc.shape, shape) != 0) {
    return mc_op_error(call, "x of shape %.90s and mask of shape %.90s do not broadcast",
                       mc_shape_text(&call->in[0].desc.shape, text_x),
                       mc_shape_text(&call->in[1].desc.shape, text_mask));
  }
  return MC_OK;
}

/* Copies the elements of the broadcast x where the mask is true to y (when not NULL); returns how many there are. */
static int64_t select_true(const mc_op_call *call, const mc_shape *shape, const void *x, const bool *mask, char *y) {
  const mc_shape *shapes[] = {&call->in[0].desc.shape, &call->in[1].desc.shape};
  const size_t size = mc_dtype_size(call->in[0].desc.dtype);
  int64_t found = 0;
  mc_nest nest;
  mc_nest_at at;
  mc_nest_make(&nest, shape, shapes, 2);
  if (nest.count == 0) {
    return 0;
  }
  const int inner = nest.rank - 1;
  mc_nest_seek(&nest, &at, 0);
  for (int64_t done = 0; done < nest.count; done += nest.dims[inner]) {
    for (int64_t i = 0; i < nest.dims[inner]; ++i) {
      if (!mask[at.offset[1] + i * nest.strides[1][inner]]) {
        continue;
      }
      if (y != NULL) {
        const int64_t from = at.offset[0] + i * nest.strides[0][inner];
        memcpy(y + (size_t)found * size, (const char *)x + (size_t)from * size, size);
      }
      ++found;
    }
    mc_nest_next(&nest, &at);
  }
  return found;
}

static int infer_select(mc_op_call *call) {
  mc_shape shape;
  const int status = check_mask(call, &shape);
  if (status != MC_OK) {
    return status;
  }
  const int64_t found = select_true(call, &shape, call->in[0].value, call->in[1].value, NULL);
  char *y = mc_known_output(call, 0, call->in[0].desc.dtype, &(mc_shape){1, {found}});
  if (y == NULL) {
    return MC_RT_PARAM;
  }
  select_true(call, &shape, call->in[0].value, call->in[1].value, y);
  return MC_OK;
}

static int guess_select(mc_op_call *call, int64_t count) {
  mc_shape shape;
  call->out[0].desc = (mc_desc){call->in[0].desc.dtype, MC_FORMAT_ND, {1, {count}}};
  return check_mask(call, &shape);
}

static int infer_scatter(mc_op_call *call) {
  mc_shape shape;
  char text[MC_SHAPE_TEXT];
  int status = mc_check_same_dtype(call, 0, 2);
  status = status != MC_OK ? status : check_mask(call, &shape);
  call->out[0].desc = call->in[0].desc;
  if (status == MC_OK && !mc_shape_equal(&shape, &call->in[0].desc.shape)) {
    return mc_op_error(call, "mask broadcasts x to %.100s; it must fit into x", mc_shape_text(&shape, text));
  }
  return status;
}

static int run_scatter(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_shape *x = &call->in[0].desc.shape;
  const mc_shape *shapes[] = {&call->in[1].desc.shape};
  const size_t size = mc_dtype_size(call->in[0].desc.dtype);
  const int64_t given = mc_shape_count(&call->in[2].desc.shape);
  int64_t taken = 0;
  mc_nest nest;
  mc_nest_at at;
  mc_nest_make(&nest, x, shapes, 1);
  if (nest.count == 0) {
    return MC_OK;
  }
  if (out[0] != in[0]) {
    memcpy(out[0], in[0], (size_t)nest.count * size);
  }
  const int inner = nest.rank - 1;
  mc_nest_seek(&nest, &at, 0);
  for (int64_t done = 0; done < nest.count; ++done) {
    const int64_t i = done % nest.dims[inner];
    if (((const bool *)in[1])[at.offset[0] + i * nest.strides[0][inner]]) {
      if (taken == given) {
        return mc_op_error(call, "updates has %lld elements, fewer than the mask asks for", (long long)given);
      }
      memcpy((char *)out[0] + (size_t)done * size, (const char *)in[2] + (size_t)taken++ * size, size);
    }
    if (i + 1 == nest.dims[inner]) {
      mc_nest_next(&nest, &at);
    }
  }
  return MC_OK;
}

/* y = x * assist1 + assist2, in which assist1 is 0 where assist2 has the value. */
static int infer_index_fill(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  int64_t dim = 0;
  int axis = 0;
  int status = mc_need_int(call, "dim", &dim);
  status = status != MC_OK ? status : mc_check_axis(call, "attribute dim", dim, x->rank, &axis);
  status = status != MC_OK ? status : mc_infer_broadcast(call);
  if (status == MC_OK && !mc_shape_equal(x, &call->out[0].desc.shape)) {
    return mc_op_error(call, "assist1 and assist2 must have the shape of x");
  }
  return status;
}

static int run_index_fill(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const int dtype = call->in[0].desc.dtype;
  const size_t size = mc_dtype_size(dtype);
  mc_convert *load = mc_convert_for(dtype, MC_DOUBLE);
  mc_convert *store = mc_convert_for(MC_DOUBLE, dtype);
  const mc_shape *shapes[] = {&call->in[1].desc.shape, &call->in[2].desc.shape};
  mc_nest nest;
  mc_nest_at at;
  mc_nest_make(&nest, &call->out[0].desc.shape, shapes, 2);
  if (nest.count == 0) {
    return MC_OK;
  }
  const int inner = nest.rank - 1;
  mc_nest_seek(&nest, &at, 0);
  for (int64_t done = 0; done < nest.count; ++done) {
    const int64_t i = done % nest.dims[inner];
    double v[3];
    load((const char *)in[0] + (size_t)done * size, &v[0], 1);
    load((const char *)in[1] + (size_t)(at.offset[0] + i * nest.strides[0][inner]) * size, &v[1], 1);
    load((const char *)in[2] + (size_t)(at.offset[1] + i * nest.strides[1][inner]) * size, &v[2], 1);
    const double y = (v[1] == 0 ? 0 : v[0] * v[1]) + v[2];
    store(&y, (char *)out[0] + (size_t)done * size, 1);
    if (i + 1 == nest.dims[inner]) {
      mc_nest_next(&nest, &at);
    }
  }
  return MC_OK;
}

static int prepare_plain(mc_op_call *call) {
  mc_op_cost(call, 30 + (double)mc_shape_count(&call->out[0].desc.shape) * 5);
  call->run = call->def->kernel;
  return MC_OK;
}

#define SELECT(name, types)                                                                                  \
  {.type = (name), .inputs = "x mask", .outputs = "y", .dtypes = (types), .value_inputs = 3,                 \
   .infer = infer_select, .kernel = mc_run_known, .guess = guess_select}

static const mc_op_def kOps[] = {
    SELECT("MaskedSelect", MC_T_MOVABLE & ~MC_T_BOOL),
    SELECT("MaskedSelectV2", MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16)),
    {.type = "MaskedScatter", .inputs = "x mask updates", .outputs = "y", .inplace = 1,
     .dtypes = MC_T_FLOATS64 | MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8) | MC_T_BOOL, .infer = infer_scatter,
     .prepare = prepare_plain, .kernel = run_scatter},
    {.type = "IndexFillD", .inputs = "x assist1 assist2", .outputs = "y", .inplace = 1,
     .dtypes = MC_T_FLOATS | MC_DTYPE_BIT(MC_INT32), .infer = infer_index_fill, .prepare = prepare_plain,
     .kernel = run_index_fill},
};
MC_OP_FAMILY(masked, kOps);
