/* Products with quantised operands, row by row. */
#include "ops/quant_matmul.h"

#include <math.h>
#include <string.h>

#include "ops/convert.h"
#include "ops/packed.h"
#include "ops/requantize.h"

/* A whole operand as floats or, of integers, as int8. */
static void widen(const mc_desc *desc, const void *data, int to, void *out) {
  const int64_t count = mc_shape_count(&desc->shape);
  if (mc_dtype_packed_bits(desc->dtype) == 0) {
    mc_convert_for(desc->dtype, to)(data, out, count);
  } else if (to == MC_FLOAT) {
    mc_unpack_f32(desc->dtype, data, 0, count, out);
  } else {
    mc_unpack_i8(desc->dtype, data, 0, count, out);
  }
}

static int64_t batch_at(const mc_quant_product *p, const mc_shape *shape, int64_t batch) {
  int64_t at = 0;
  int64_t stride = 1;
  for (int d = p->batch.rank - 1; d >= 0; --d) {
    const int own = d - (p->batch.rank - (shape->rank - 2));
    if (own >= 0) {
      at += shape->dims[own] == 1 ? 0 : batch % p->batch.dims[d] * stride;
      stride *= shape->dims[own];
    }
    batch /= p->batch.dims[d];
  }
  return at * p->k;
}

/* A number of an input with one number or one for each column; `none` when it is left out. */
static float column(const mc_op_call *call, const void *const *in, int slot, int64_t j, float none) {
  const mc_op_value *value = mc_op_input(call, slot);
  if (value == NULL) {
    return none;
  }
  const int at = call->slot_first[slot];
  return mc_scale_at(value->desc.dtype, in[at], mc_shape_count(&value->desc.shape) == 1 ? 0 : j);
}

/* The result of one element: a sum of integers (with its int32 bias) or of floats. */
static float finished(const mc_op_call *call, const void *const *in, float sum, int64_t row, int64_t j) {
  const mc_quant_product *p = call->state;
  float y = sum;
  if (p->weights) {
    y += column(call, in, MC_QUANT_WEIGHT_BIAS, j, 0.0f);
    return mc_op_input(call, MC_QUANT_OUT_SCALE) == NULL
               ? y
               : rintf(y * column(call, in, MC_QUANT_OUT_SCALE, j, 1.0f) +
                       column(call, in, MC_QUANT_OUT_OFFSET, j, 0.0f));
  }
  const mc_op_value *bias = mc_op_input(call, MC_QUANT_BIAS);
  const mc_op_value *token = mc_op_input(call, MC_QUANT_PER_TOKEN);
  y *= column(call, in, MC_QUANT_SCALE, j, 1.0f);
  if (token != NULL) {
    y *= ((const float *)in[call->slot_first[MC_QUANT_PER_TOKEN]])[row];
  }
  if (bias != NULL && bias->desc.dtype != MC_INT32) {
    y += column(call, in, MC_QUANT_BIAS, j, 0.0f);
  }
  y += column(call, in, MC_QUANT_OFFSET, j, 0.0f);
  return call->out[0].desc.dtype == MC_INT8 ? rintf(y) : y;
}

static void sum_integers(const mc_quant_product *p, const int8_t *a, const int8_t *b, int64_t i,
                         int32_t *sums) {
  for (int64_t k = 0; k < p->k; ++k) {
    const int32_t x = a[p->turn_a ? k * p->m + i : i * p->k + k];
    for (int64_t j = 0; j < p->n; ++j) {
      sums[j] += x * b[p->turn_b ? j * p->k + k : k * p->n + j];
    }
  }
}

static void sum_floats(const mc_quant_product *p, const float *a, const float *b, int64_t i, float *sums) {
  for (int64_t k = 0; k < p->k; ++k) {
    const float x = a[p->turn_a ? k * p->m + i : i * p->k + k];
    for (int64_t j = 0; j < p->n; ++j) {
      sums[j] += x * b[p->turn_b ? j * p->k + k : k * p->n + j];
    }
  }
}

/* (weight + offset) * scale in place; scales for all, for each column, or for each group of depths and
 * column. */
static void anti_quantize(const mc_op_call *call, const void *const *in, float *weights) {
  const mc_quant_product *p = call->state;
  const mc_op_value *scale = mc_op_input(call, MC_QUANT_ANTI_SCALE);
  const mc_op_value *offset = mc_op_input(call, MC_QUANT_ANTI_OFFSET);
  const bool one = mc_shape_count(&scale->desc.shape) == 1;
  const int64_t groups = p->group == 0 ? 1 : (p->k + p->group - 1) / p->group;
  for (int64_t k = 0; k < p->k; ++k) {
    for (int64_t j = 0; j < p->n; ++j) {
      const int64_t g = p->group == 0 ? 0 : k / p->group;
      const int64_t at = one ? 0 : p->turn_b ? j * groups + g : g * p->n + j;
      float *w = &weights[p->turn_b ? j * p->k + k : k * p->n + j];
      const float moved =
          *w + (offset == NULL ? 0.0f : mc_scale_at(offset->desc.dtype, in[MC_QUANT_ANTI_OFFSET], at));
      *w = moved * mc_scale_at(scale->desc.dtype, in[MC_QUANT_ANTI_SCALE], at);
    }
  }
}

int mc_quant_product_run(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_quant_product *p = call->state;
  const mc_desc *a = &call->in[0].desc;
  const mc_desc *b = &call->in[1].desc;
  const int wide = p->weights ? MC_FLOAT : MC_INT8;
  const size_t size = mc_dtype_size(wide);
  char *rows = scratch;
  char *columns = rows + (size_t)mc_shape_count(&a->shape) * size;
  float *sums = (float *)(void *)((char *)scratch + call->scratch - (size_t)p->n * 2 * sizeof(float));
  int32_t *whole = (int32_t *)(void *)(sums + p->n);
  const int to = call->out[0].desc.dtype;
  const mc_op_value *bias = p->weights ? NULL : mc_op_input(call, MC_QUANT_BIAS);
  widen(a, in[0], wide, rows);
  widen(b, in[1], wide, columns);
  if (p->weights) {
    anti_quantize(call, in, (float *)(void *)columns);
  }
  const int64_t batches = mc_shape_count(&p->batch);
  for (int64_t r = 0; r < batches * p->m; ++r) {
    const char *left = rows + (size_t)(batch_at(p, &a->shape, r / p->m) * p->m) * size;
    const char *right = columns + (size_t)(batch_at(p, &b->shape, r / p->m) * p->n) * size;
    for (int64_t j = 0; j < p->n; ++j) {
      sums[j] = 0;
      whole[j] = bias != NULL && bias->desc.dtype == MC_INT32
                     ? ((const int32_t *)in[call->slot_first[MC_QUANT_BIAS]])[j]
                     : 0;
    }
    if (p->weights) {
      sum_floats(p, (const float *)(const void *)left, (const float *)(const void *)right, r % p->m, sums);
    } else {
      sum_integers(p, (const int8_t *)left, (const int8_t *)right, r % p->m, whole);
    }
    char *y = (char *)out[0] + (size_t)(r * p->n) * mc_dtype_size(to);
    if (to == MC_INT32) {
      memcpy(y, whole, (size_t)p->n * sizeof(int32_t));
      continue;
    }
    for (int64_t j = 0; j < p->n; ++j) {
      sums[j] = finished(call, in, p->weights ? sums[j] : (float)whole[j], r % p->m, j);
    }
    mc_convert_for(MC_FLOAT, to)(sums, y, p->n);
  }
  return 0;
}
