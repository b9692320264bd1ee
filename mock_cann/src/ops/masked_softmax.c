/*
 * Softmax of scaled scores under a mask or with a bias, along the last axis: ScaledMaskedSoftmax and
 * MaskedSoftmaxWithRelPosBias; and MoeGatingTopKSoftmax, which keeps the k largest probabilities of each
 * token.
 */
#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/nest.h"
#include "ops/softmax_row.h"

enum { SCALED, BIASED };

typedef struct masked_state {
  int64_t rows, n;
  mc_nest nest; /* elements of x and of the planes */
} masked_state;

/* What is added to x * scale: -10000 where the mask of ScaledMaskedSoftmax is set, else the plane's own
 * number. */
static float added(const mc_op_call *call, const void *const *in, int slot, int64_t at) {
  const mc_op_value *value = mc_op_input(call, slot);
  float number;
  if (value == NULL) {
    return 0;
  }
  mc_convert_for(value->desc.dtype, MC_FLOAT)(
      (const char *)in[slot] + (size_t)at * mc_dtype_size(value->desc.dtype), &number, 1);
  return number;
}

static int run_masked(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const masked_state *s = call->state;
  const bool biased = call->def->variant == BIASED;
  const bool triangle = mc_attrs_bool(call->attrs, "fixed_triu_mask", false);
  const float scale = mc_attrs_float(call->attrs, biased ? "scale_value" : "scale", 1.0f);
  const mc_desc *x = &call->in[0].desc;
  const size_t size = mc_dtype_size(x->dtype);
  const int64_t queries = x->shape.rank > 1 ? x->shape.dims[x->shape.rank - 2] : 1;
  float *row = scratch;
  mc_nest_at at;
  int64_t into = mc_nest_seek(&s->nest, &at, 0);
  const int inner = s->nest.rank - 1;
  for (int64_t r = 0; r < s->rows; ++r) {
    mc_convert_for(x->dtype, MC_FLOAT)((const char *)in[0] + (size_t)(r * s->n) * size, row, s->n);
    for (int64_t i = 0; i < s->n; ++i) {
      float plane[2];
      for (int k = 0; k < 2; ++k) {
        plane[k] = added(call, in, k + 1, at.offset[k + 1] + into * s->nest.strides[k + 1][inner]);
      }
      row[i] *= scale;
      if (biased) {
        row[i] += plane[0] + plane[1];
      } else if (plane[0] != 0 || (triangle && i > r % queries)) {
        row[i] = -10000.0f;
      }
      if (++into == s->nest.dims[inner]) {
        into = 0;
        mc_nest_next(&s->nest, &at);
      }
    }
    mc_softmax_row(row, s->n);
    mc_convert_for(MC_FLOAT, x->dtype)(row, (char *)out[0] + (size_t)(r * s->n) * size, s->n);
  }
  return 0;
}

/* A plane's shape as it broadcasts to x: [windows, queries, keys] of a mask has no dim for heads. */
static mc_shape plane_shape(const mc_op_call *call, int slot) {
  mc_shape shape = call->in[slot].desc.shape;
  if (call->def->variant == BIASED && slot == 1 && shape.rank == 3) {
    shape = (mc_shape){.rank = 4, .dims = {shape.dims[0], 1, shape.dims[1], shape.dims[2]}};
  }
  return shape;
}

static int infer_masked(mc_op_call *call) {
  char name[MC_OP_NAME];
  char text_x[MC_SHAPE_TEXT];
  char text_p[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  const bool biased = call->def->variant == BIASED;
  for (int slot = 1; slot < call->n_in; ++slot) {
    const mc_op_value *value = mc_op_input(call, slot);
    mc_shape both;
    if (value == NULL) {
      continue;
    }
    const mc_shape plane = plane_shape(call, slot);
    if (value->desc.dtype != (biased ? x->dtype : MC_BOOL) || mc_broadcast(&x->shape, &plane, &both) != 0 ||
        !mc_shape_equal(&both, &x->shape)) {
      return mc_op_error(call, "input %s is %s %.80s; it must be %s and broadcast to x %.80s",
                         mc_op_input_name(call, slot, name), mc_dtype_name(value->desc.dtype),
                         mc_shape_text(&value->desc.shape, text_p),
                         mc_dtype_name(biased ? x->dtype : MC_BOOL), mc_shape_text(&x->shape, text_x));
    }
  }
  if (x->shape.rank == 0) {
    return mc_op_error(call, "input x is a scalar; it must have 1 dim or more");
  }
  call->out[0].desc = *x;
  return 0;
}

static int prepare_masked(mc_op_call *call) {
  static const mc_shape kScalar = {.rank = 0};
  const mc_shape *x = &call->in[0].desc.shape;
  masked_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  mc_shape planes[3];
  const mc_shape *shapes[3] = {x, &kScalar, &kScalar};
  for (int slot = 1; slot < call->n_in; ++slot) {
    if (!call->in[slot].present) {
      continue;
    }
    planes[slot] = plane_shape(call, slot);
    shapes[slot] = &planes[slot];
  }
  s->n = x->dims[x->rank - 1];
  s->rows = s->n == 0 ? 0 : mc_shape_count(x) / s->n;
  mc_nest_make(&s->nest, x, shapes, 3);
  call->scratch = (size_t)s->n * sizeof(float);
  mc_op_cost(call, 100 + (double)mc_shape_count(x) * 12);
  call->state = s;
  call->run = run_masked;
  return 0;
}

/* The k largest of a row, the first of equals first; the experts of a finished token are all `experts`. */
static int run_gating(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_desc *x = &call->in[0].desc;
  const int64_t n = x->shape.dims[x->shape.rank - 1];
  const int64_t rows = mc_dims_product(&x->shape, 0, x->shape.rank - 1);
  const int64_t k = mc_attrs_int(call->attrs, "k", 1);
  const bool *finished = mc_op_input(call, 1) == NULL ? NULL : in[1];
  const size_t size = mc_dtype_size(x->dtype);
  float *row = scratch;
  for (int64_t r = 0; r < rows; ++r) {
    mc_convert_for(x->dtype, MC_FLOAT)((const char *)in[0] + (size_t)(r * n) * size, row, n);
    mc_softmax_row(row, n);
    for (int64_t i = 0; i < k; ++i) {
      int64_t best = 0;
      for (int64_t e = 1; e < n; ++e) {
        best = row[e] > row[best] ? e : best;
      }
      mc_convert_for(MC_FLOAT, x->dtype)(&row[best], (char *)out[0] + (size_t)(r * k + i) * size, 1);
      ((int32_t *)out[1])[r * k + i] = (int32_t)(finished != NULL && finished[r] ? n : best);
      ((int32_t *)out[2])[r * k + i] = (int32_t)(i * rows + r);
      row[best] = -1.0f;
    }
  }
  return 0;
}

static int infer_gating(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  int64_t k = 0;
  const mc_desc *x = &call->in[0].desc;
  const mc_op_value *finished = mc_op_input(call, 1);
  const int status = mc_need_int(call, "k", &k);
  if (status != 0) {
    return status;
  }
  if (x->shape.rank < 2 || k < 1 || k > x->shape.dims[x->shape.rank - 1]) {
    return mc_op_error(call, "attribute k is %lld; for x %.100s it must be in [1, number of experts]",
                       (long long)k, mc_shape_text(&x->shape, text));
  }
  if (finished != NULL &&
      (finished->desc.dtype != MC_BOOL ||
       mc_shape_count(&finished->desc.shape) != mc_dims_product(&x->shape, 0, x->shape.rank - 1))) {
    return mc_op_error(call, "input finished must hold one DT_BOOL for each token");
  }
  for (int i = 0; i < 3; ++i) {
    call->out[i].desc = *x;
    call->out[i].desc.dtype = i == 0 ? x->dtype : MC_INT32;
    call->out[i].desc.shape.dims[x->shape.rank - 1] = k;
  }
  return mc_check_sizes(call);
}

static int prepare_gating(mc_op_call *call) {
  const mc_shape *x = &call->in[0].desc.shape;
  call->scratch = (size_t)x->dims[x->rank - 1] * sizeof(float);
  mc_op_cost(call, 100 + (double)mc_shape_count(x) * (10.0 + (double)mc_attrs_int(call->attrs, "k", 1)));
  call->run = run_gating;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "ScaledMaskedSoftmax",
     .inputs = "x mask?",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = infer_masked,
     .prepare = prepare_masked,
     .variant = SCALED},
    {.type = "MaskedSoftmaxWithRelPosBias",
     .inputs = "x atten_mask? relative_pos_bias",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = infer_masked,
     .prepare = prepare_masked,
     .variant = BIASED},
    {.type = "MoeGatingTopKSoftmax",
     .inputs = "x finished?",
     .outputs = "y expert_idx row_idx",
     .dtypes = MC_T_FLOATS,
     .infer = infer_gating,
     .prepare = prepare_gating},
};

MC_OP_FAMILY(masked_softmax, kOps);
