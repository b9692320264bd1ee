/*
 * Products with quantised operands. QuantBatchMatmulV3: integers, summed in int32, then scaled for each column and
 * each row. WeightQuantBatchMatmulV2: floats times weights that are brought back to floats on the way.
 */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/packed.h"
#include "ops/requantize.h"

enum { SCALE = 2, OFFSET, BIAS, PER_TOKEN };                                      /* QuantBatchMatmulV3 */
enum { ANTI_SCALE = 2, ANTI_OFFSET, OUT_SCALE, OUT_OFFSET, WEIGHT_BIAS }; /* the other */

typedef struct quant_product {
  bool weights;           /* WeightQuantBatchMatmulV2 */
  bool turn_a, turn_b;
  int64_t m, n, k, group; /* group: depths that share a scale, 0: all */
  mc_shape batch;
} quant_product;

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

static int64_t batch_at(const quant_product *p, const mc_shape *shape, int64_t batch) {
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
  const quant_product *p = call->state;
  float y = sum;
  if (p->weights) {
    y += column(call, in, WEIGHT_BIAS, j, 0.0f);
    return mc_op_input(call, OUT_SCALE) == NULL
               ? y
               : rintf(y * column(call, in, OUT_SCALE, j, 1.0f) + column(call, in, OUT_OFFSET, j, 0.0f));
  }
  const mc_op_value *bias = mc_op_input(call, BIAS);
  const mc_op_value *token = mc_op_input(call, PER_TOKEN);
  y *= column(call, in, SCALE, j, 1.0f);
  if (token != NULL) {
    y *= ((const float *)in[call->slot_first[PER_TOKEN]])[row];
  }
  if (bias != NULL && bias->desc.dtype != MC_INT32) {
    y += column(call, in, BIAS, j, 0.0f);
  }
  y += column(call, in, OFFSET, j, 0.0f);
  return call->out[0].desc.dtype == MC_INT8 ? rintf(y) : y;
}

static void sum_integers(const quant_product *p, const int8_t *a, const int8_t *b, int64_t i, int32_t *sums) {
  for (int64_t k = 0; k < p->k; ++k) {
    const int32_t x = a[p->turn_a ? k * p->m + i : i * p->k + k];
    for (int64_t j = 0; j < p->n; ++j) {
      sums[j] += x * b[p->turn_b ? j * p->k + k : k * p->n + j];
    }
  }
}

static void sum_floats(const quant_product *p, const float *a, const float *b, int64_t i, float *sums) {
  for (int64_t k = 0; k < p->k; ++k) {
    const float x = a[p->turn_a ? k * p->m + i : i * p->k + k];
    for (int64_t j = 0; j < p->n; ++j) {
      sums[j] += x * b[p->turn_b ? j * p->k + k : k * p->n + j];
    }
  }
}

/* (weight + offset) * scale in place; scales for all, for each column, or for each group of depths and column. */
static void anti_quantize(const mc_op_call *call, const void *const *in, float *weights) {
  const quant_product *p = call->state;
  const mc_op_value *scale = mc_op_input(call, ANTI_SCALE);
  const mc_op_value *offset = mc_op_input(call, ANTI_OFFSET);
  const bool one = mc_shape_count(&scale->desc.shape) == 1;
  const int64_t groups = p->group == 0 ? 1 : (p->k + p->group - 1) / p->group;
  for (int64_t k = 0; k < p->k; ++k) {
    for (int64_t j = 0; j < p->n; ++j) {
      const int64_t g = p->group == 0 ? 0 : k / p->group;
      const int64_t at = one ? 0 : p->turn_b ? j * groups + g : g * p->n + j;
      float *w = &weights[p->turn_b ? j * p->k + k : k * p->n + j];
      const float moved = *w + (offset == NULL ? 0.0f : mc_scale_at(offset->desc.dtype, in[ANTI_OFFSET], at));
      *w = moved * mc_scale_at(scale->desc.dtype, in[ANTI_SCALE], at);
    }
  }
}

static int run_product(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const quant_product *p = call->state;
  const mc_desc *a = &call->in[0].desc;
  const mc_desc *b = &call->in[1].desc;
  const int wide = p->weights ? MC_FLOAT : MC_INT8;
  const size_t size = mc_dtype_size(wide);
  char *rows = scratch;
  char *columns = rows + (size_t)mc_shape_count(&a->shape) * size;
  float *sums = (float *)(void *)((char *)scratch + call->scratch - (size_t)p->n * 2 * sizeof(float));
  int32_t *whole = (int32_t *)(void *)(sums + p->n);
  const int to = call->out[0].desc.dtype;
  const mc_op_value *bias = p->weights ? NULL : mc_op_input(call, BIAS);
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
      whole[j] = bias != NULL && bias->desc.dtype == MC_INT32 ? ((const int32_t *)in[call->slot_first[BIAS]])[j] : 0;
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

static int read_product(const mc_op_call *call, quant_product *p) {
  char ta[MC_SHAPE_TEXT];
  char tb[MC_SHAPE_TEXT];
  mc_shape a = call->in[0].desc.shape;
  mc_shape b = call->in[1].desc.shape;
  p->weights = call->def->variant == 1;
  p->turn_a = mc_attrs_bool(call->attrs, p->weights ? "transpose_x" : "transpose_x1", false);
  p->turn_b = mc_attrs_bool(call->attrs, p->weights ? "transpose_weight" : "transpose_x2", false);
  if (a.rank < 2 || b.rank < 2 || (p->weights && b.rank != 2)) {
    return mc_op_error(call, "the operands %.90s and %.90s must have rank 2%s", mc_shape_text(&a, ta),
                       mc_shape_text(&b, tb), p->weights ? "" : " or more");
  }
  const int64_t *ad = a.dims + a.rank - 2;
  const int64_t *bd = b.dims + b.rank - 2;
  p->m = ad[p->turn_a];
  p->k = ad[!p->turn_a];
  p->n = bd[!p->turn_b];
  a.rank -= 2;
  b.rank -= 2;
  if (bd[p->turn_b] != p->k || mc_broadcast(&a, &b, &p->batch) != 0) {
    return mc_op_error(call, "the operands %.90s and %.90s do not multiply", mc_shape_text(&call->in[0].desc.shape, ta),
                       mc_shape_text(&call->in[1].desc.shape, tb));
  }
  p->group = p->weights ? mc_attrs_int(call->attrs, "antiquant_group_size", 0) : 0;
  return 0;
}

/* `count` numbers, or one, or left out. */
static int check_numbers(const mc_op_call *call, int slot, int64_t count, bool one, uint64_t types) {
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  const mc_op_value *value = mc_op_input(call, slot);
  if (value == NULL) {
    return 0;
  }
  const int64_t given = mc_shape_count(&value->desc.shape);
  if ((given != count && !(one && given == 1)) || (types >> value->desc.dtype & 1) == 0) {
    return mc_op_error(call, "input %s is %s %.80s; it must hold %lld numbers%s of an accepted type",
                       mc_op_input_name(call, slot, name), mc_dtype_name(value->desc.dtype),
                       mc_shape_text(&value->desc.shape, text), (long long)count, one ? " or 1" : "");
  }
  return 0;
}

static int check_all(const mc_op_call *call, const quant_product *p) {
  const uint64_t wide = MC_DTYPE_BIT(MC_UINT64) | MC_DTYPE_BIT(MC_INT64);
  const uint64_t narrow = MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_BF16);
  const uint64_t int32 = MC_DTYPE_BIT(MC_INT32);
  int status;
  if (!p->weights) {
    status = check_numbers(call, SCALE, p->n, true, wide | MC_T_F32 | MC_DTYPE_BIT(MC_BF16));
    status = status != 0 ? status : check_numbers(call, OFFSET, p->n, true, MC_T_F32);
    status = status != 0 ? status : check_numbers(call, BIAS, p->n, false, int32 | MC_T_FLOATS);
    return status != 0 ? status : check_numbers(call, PER_TOKEN, p->m, false, MC_T_F32);
  }
  const int64_t groups = p->group <= 0 ? 1 : (p->k + p->group - 1) / p->group;
  if (p->group < 0) {
    return mc_op_error(call, "attribute antiquant_group_size is %lld; it must not be negative", (long long)p->group);
  }
  status = check_numbers(call, ANTI_SCALE, groups * p->n, p->group == 0, narrow | wide);
  status = status != 0 ? status : check_numbers(call, ANTI_OFFSET, groups * p->n, p->group == 0, narrow | int32);
  status = status != 0 ? status : check_numbers(call, OUT_SCALE, p->n, true, MC_T_F32 | wide);
  status = status != 0 ? status : check_numbers(call, OUT_OFFSET, p->n, true, MC_T_F32);
  return status != 0 ? status : check_numbers(call, WEIGHT_BIAS, p->n, false, MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16));
}

static int infer_product(mc_op_call *call) {
  quant_product p;
  int status = read_product(call, &p);
  status = status != 0 ? status : check_all(call, &p);
  if (status != 0) {
    return status;
  }
  const int b = call->in[1].desc.dtype;
  const uint64_t ints = MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_INT4);
  if ((ints >> b & 1) == 0 || (!p.weights && b != call->in[0].desc.dtype)) {
    return mc_op_error(call, "input %s has dtype %s, which is not emulated here", p.weights ? "weight" : "x2",
                       mc_dtype_name(b));
  }
  int64_t dtype = mc_attrs_int(call->attrs, "dtype", -1);
  uint64_t results = MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_BF16) | MC_DTYPE_BIT(MC_INT8);
  if (p.weights && dtype < 0) {
    dtype = mc_op_input(call, OUT_SCALE) != NULL ? MC_INT8 : call->in[0].desc.dtype;
  }
  results |= p.weights ? 0 : MC_DTYPE_BIT(MC_INT32);
  if (dtype < 0 || dtype > 63 || (results >> dtype & 1) == 0) {
    return mc_op_error(call, "attribute dtype is %lld; it must be DT_FLOAT16, DT_BF16, DT_INT8%s", (long long)dtype,
                       p.weights ? "" : " or DT_INT32");
  }
  mc_desc *y = &call->out[0].desc;
  *y = (mc_desc){.dtype = (int)dtype, .format = MC_FORMAT_ND, .shape = p.batch};
  y->shape.dims[y->shape.rank++] = p.m;
  y->shape.dims[y->shape.rank++] = p.n;
  return mc_check_sizes(call);
}

static int prepare_product(mc_op_call *call) {
  quant_product *p = mc_op_alloc(call, sizeof(*p));
  if (p == NULL || read_product(call, p) != 0) {
    return mc_op_error(call, "out of memory while preparing");
  }
  const int64_t elements = mc_shape_count(&call->in[0].desc.shape) + mc_shape_count(&call->in[1].desc.shape);
  call->scratch = (size_t)(elements + 64) * (p->weights ? sizeof(float) : 1) + (size_t)p->n * 2 * sizeof(float);
  call->scratch = (call->scratch + 63) / 64 * 64;
  const double ns = 100 + (double)mc_shape_count(&call->out[0].desc.shape) * (double)(p->k + 5);
  call->cost_ns = ns > 4e9 ? UINT32_MAX : (uint32_t)ns;
  call->state = p;
  call->run = run_product;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "QuantBatchMatmulV3", .inputs = "x1 x2 scale offset? bias? pertoken_scale?", .outputs = "y",
     .dtypes = MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_INT4), .infer = infer_product, .prepare = prepare_product},
    {.type = "WeightQuantBatchMatmulV2",
     .inputs = "x weight antiquant_scale antiquant_offset? quant_scale? quant_offset? bias?", .outputs = "y",
     .dtypes = MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_BF16), .infer = infer_product,
     .prepare = prepare_product, .variant = 1},
};

MC_OP_FAMILY(quant_matmul, kOps);
