/*
 * Sums of int8 products brought back to floats or int8, and quantisation with scales found while running:
 * AscendDequant, AscendRequant, DynamicQuant.
 *
 * A scale of DT_UINT64 holds a float in its low 32 bits; AscendRequant's also a signed 9-bit offset from bit
 * 37 on.
 */
#include "ops/requantize.h"

#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/packed.h"

enum { DEQUANT, REQUANT };

float mc_scale_at(int dtype, const void *scales, int64_t at) {
  float value = 0;
  if (dtype == MC_UINT64 || dtype == MC_INT64) {
    return mc_bits_to_float((uint32_t)((const uint64_t *)scales)[at]);
  }
  mc_convert_for(dtype, MC_FLOAT)((const char *)scales + (size_t)at * mc_dtype_size(dtype), &value, 1);
  return value;
}

static float offset_of(uint64_t scale) {
  const int32_t bits = (int32_t)(scale >> 37 & 0x1ff);
  return (float)((bits ^ 0x100) - 0x100);
}

/* The axis of channels: the second of NCHW and its like, else the last. */
static int channel_axis(const mc_desc *x) {
  const bool second = (x->format == MC_FORMAT_NCHW || x->format == MC_FORMAT_NCDHW) && x->shape.rank >= 2;
  return second ? 1 : x->shape.rank - 1;
}

static int run_sums(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_desc *x = &call->in[0].desc;
  const mc_desc *scale = &call->in[1].desc;
  const bool one = mc_shape_count(&scale->shape) == 1;
  const bool relu = mc_attrs_bool(call->attrs, "relu_flag", false);
  const bool twice = mc_attrs_bool(call->attrs, "sqrt_mode", false);
  const int axis = channel_axis(x);
  const int64_t count = mc_shape_count(&x->shape);
  const int64_t inner = one ? 1 : mc_dims_product(&x->shape, axis + 1, x->shape.rank);
  const int64_t n = one ? 1 : x->shape.dims[axis];
  const int to = call->out[0].desc.dtype;
  mc_convert *store = mc_convert_for(MC_FLOAT, to);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t channel = i / inner % n;
    const float factor = mc_scale_at(scale->dtype, in[1], channel);
    float y = (float)((const int32_t *)in[0])[i] * factor * (twice ? factor : 1.0f);
    y = relu && y < 0 ? 0.0f : y;
    if (call->def->variant == REQUANT) {
      y = rintf(y + offset_of(((const uint64_t *)in[1])[channel]));
      y = y < -128.0f ? -128.0f : y > 127.0f ? 127.0f : y;
    }
    store(&y, (char *)out[0] + (size_t)i * mc_dtype_size(to), 1);
  }
  return 0;
}

static int infer_sums(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  const mc_desc *scale = &call->in[1].desc;
  const bool requant = call->def->variant == REQUANT;
  const uint64_t types = MC_DTYPE_BIT(MC_UINT64) | (requant ? 0 : MC_DTYPE_BIT(MC_FLOAT16));
  if ((types >> scale->dtype & 1) == 0) {
    return mc_op_error(call, "the scale has dtype %s; it must be DT_UINT64%s", mc_dtype_name(scale->dtype),
                       requant ? "" : " or DT_FLOAT16");
  }
  const int64_t given = mc_shape_count(&scale->shape);
  if (given != 1 && (x->shape.rank == 0 || given != x->shape.dims[channel_axis(x)])) {
    return mc_op_error(call, "the scale has shape %.100s; it must hold 1 number or one for each channel",
                       mc_shape_text(&scale->shape, text));
  }
  const int64_t dtype = requant ? MC_INT8 : mc_attrs_int(call->attrs, "dtype", MC_FLOAT);
  if (!requant && dtype != MC_FLOAT && dtype != MC_FLOAT16) {
    return mc_op_error(call, "attribute dtype is %lld; it must be 0 (DT_FLOAT) or 1 (DT_FLOAT16)",
                       (long long)dtype);
  }
  call->out[0].desc = *x;
  call->out[0].desc.dtype = (int)dtype;
  return mc_check_sizes(call);
}

/* Which row of smooth_scales a row of x takes: group_index holds where each group ends. */
static int64_t group_of(const int32_t *ends, int64_t groups, int64_t row) {
  int64_t group = 0;
  while (group + 1 < groups && row >= ends[group]) {
    ++group;
  }
  return group;
}

/* The largest magnitude of each row becomes the largest integer. */
static int run_dynamic(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_desc *x = &call->in[0].desc;
  const int64_t n = x->shape.dims[x->shape.rank - 1];
  const int64_t rows = mc_dims_product(&x->shape, 0, x->shape.rank - 1);
  const mc_op_value *smooth = mc_op_input(call, 1);
  const mc_op_value *groups = mc_op_input(call, 2);
  const int to = call->out[0].desc.dtype;
  float *values = scratch;
  float *factors = values + n;
  for (int64_t row = 0; row < rows; ++row) {
    mc_convert_for(x->dtype, MC_FLOAT)((const char *)in[0] + (size_t)(row * n) * mc_dtype_size(x->dtype),
                                       values, n);
    if (smooth != NULL) {
      const int64_t group = groups == NULL ? 0 : group_of(in[2], mc_shape_count(&groups->desc.shape), row);
      mc_convert_for(smooth->desc.dtype, MC_FLOAT)(
          (const char *)in[1] + (size_t)(group * n) * mc_dtype_size(smooth->desc.dtype), factors, n);
    }
    float most = 0;
    for (int64_t i = 0; i < n; ++i) {
      values[i] *= smooth == NULL ? 1.0f : factors[i];
      most = fabsf(values[i]) > most ? fabsf(values[i]) : most;
    }
    const float scale = most / (to == MC_INT4 ? 7.0f : 127.0f);
    for (int64_t i = 0; i < n; ++i) {
      values[i] = scale == 0 ? 0.0f : rintf(values[i] / scale);
    }
    if (to == MC_INT4) {
      mc_pack_f32(to, values, out[0], row * n, n);
    } else {
      mc_convert_for(MC_FLOAT, to)(values, (char *)out[0] + row * n, n);
    }
    ((float *)out[1])[row] = scale;
  }
  return 0;
}

static int infer_dynamic(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  const mc_op_value *smooth = mc_op_input(call, 1);
  const mc_op_value *groups = mc_op_input(call, 2);
  const int64_t dtype = mc_attrs_int(call->attrs, "dst_type", MC_INT8);
  if (dtype != MC_INT8 && dtype != MC_INT4) {
    return mc_op_error(call, "attribute dst_type is %lld; it must be 2 (DT_INT8) or 29 (DT_INT4)",
                       (long long)dtype);
  }
  if (x->shape.rank < 2) {
    return mc_op_error(call, "input x has shape %.100s; it must have 2 dims or more",
                       mc_shape_text(&x->shape, text));
  }
  const int64_t n = x->shape.dims[x->shape.rank - 1];
  if (dtype == MC_INT4 && n % 2 != 0) {
    return mc_op_error(call, "the last dim of x is %lld; for DT_INT4 it must be even", (long long)n);
  }
  const int64_t count = groups == NULL ? 1 : mc_shape_count(&groups->desc.shape);
  if (groups != NULL && (smooth == NULL || groups->desc.dtype != MC_INT32)) {
    return mc_op_error(call, "input group_index must be DT_INT32 and come with smooth_scales");
  }
  if (smooth != NULL &&
      (smooth->desc.dtype != x->dtype || mc_shape_count(&smooth->desc.shape) != count * n)) {
    return mc_op_error(call, "input smooth_scales is %s %.80s; it must be %s with %lld rows of %lld",
                       mc_dtype_name(smooth->desc.dtype), mc_shape_text(&smooth->desc.shape, text),
                       mc_dtype_name(x->dtype), (long long)count, (long long)n);
  }
  call->out[0].desc = call->out[1].desc = *x;
  call->out[0].desc.dtype = (int)dtype;
  call->out[1].desc.dtype = MC_FLOAT;
  call->out[1].desc.shape.rank -= 1;
  return mc_check_sizes(call);
}

static int prepare(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  const bool dynamic = call->n_out == 2;
  mc_op_cost(call, 60 + (double)mc_shape_count(x) * 5);
  if (dynamic) {
    call->scratch = 2 * (size_t)x->dims[x->rank - 1] * sizeof(float);
  }
  call->run = dynamic ? run_dynamic : run_sums;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "AscendDequant",
     .inputs = "x deq_scale",
     .outputs = "y",
     .dtypes = MC_DTYPE_BIT(MC_INT32),
     .infer = infer_sums,
     .prepare = prepare,
     .variant = DEQUANT},
    {.type = "AscendRequant",
     .inputs = "x req_scale",
     .outputs = "y",
     .dtypes = MC_DTYPE_BIT(MC_INT32),
     .infer = infer_sums,
     .prepare = prepare,
     .variant = REQUANT},
    {.type = "DynamicQuant",
     .inputs = "x smooth_scales? group_index?",
     .outputs = "y scale",
     .dtypes = MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_BF16),
     .infer = infer_dynamic,
     .prepare = prepare},
};

MC_OP_FAMILY(requantize, kOps);
