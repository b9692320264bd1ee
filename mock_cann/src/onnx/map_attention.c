/*
 * Attention: grouped heads, caches, masks, causal and sliding windows, soft caps, and the product of queries and keys
 * in its four stages. Composed of products and a softmax, because GE's fused operators show no stage in between.
 */
#include <math.h>

#include "onnx/attention.h"

typedef struct attention {
  mc_val *q, *k, *v; /* [batch, heads, length, size] */
  mc_val *past;      /* length of the cache, int64 scalar; NULL */
  mc_val *valid;     /* keys that are no padding, by batch [b, 1, 1, 1]; NULL */
  int64_t q_heads, kv_heads;
  bool flat;
} attention;

static mc_val *both(mc_on *on, mc_val *a, mc_val *b) {
  return a == NULL ? b : b == NULL ? a : mc_ge_2(on, "LogicalAnd", a, b);
}

/* Which keys a query may see by position; NULL: all. */
static mc_val *by_position(mc_on *on, const attention *a) {
  const bool causal = mc_on_int(on, "is_causal", 0) != 0;
  const int64_t left = mc_on_int(on, "left_window_size", -1), right = mc_on_int(on, "right_window_size", -1);
  mc_val *length = mc_att_dim(on, a->q, 2);
  mc_val *key = mc_ge_unsqueeze(on, mc_att_range(on, mc_att_dim(on, a->k, 2)), &(int64_t){0}, 1);
  mc_val *allowed = NULL;
  if (causal || left >= 0 || right >= 0) {
    mc_val *query = mc_ge_unsqueeze(on, mc_att_range(on, length), &(int64_t){1}, 1);
    mc_val *offset = a->past != NULL ? a->past : a->valid == NULL ? NULL : mc_ge_2(on, "Sub", a->valid, length);
    query = offset == NULL ? query : mc_ge_2(on, "Add", query, offset);
    mc_val *back = mc_ge_2(on, "Sub", query, key);
    allowed = causal ? mc_ge_2(on, "GreaterEqual", back, mc_ge_const_int(on, MC_INT64, 0)) : NULL;
    if (left >= 0) {
      allowed = both(on, allowed, mc_ge_2(on, "LessEqual", back, mc_ge_const_int(on, MC_INT64, left)));
    }
    if (right >= 0) {
      allowed = both(on, allowed, mc_ge_2(on, "GreaterEqual", back, mc_ge_const_int(on, MC_INT64, -right)));
    }
  }
  return a->valid == NULL ? allowed : both(on, allowed, mc_ge_2(on, "Less", key, a->valid));
}

/* A mask for fewer keys than there are forbids the rest. */
static mc_val *padded(mc_on *on, mc_val *mask, const attention *a) {
  const int rank = mc_val_need_rank(on, mask, "of attn_mask");
  if (mc_on_failed(on) || rank == 0 || rank > 4 || a->k == NULL) {
    mc_on_fail(on, "attn_mask has rank %d; it must be in [1, 4]", rank);
    return NULL;
  }
  const int64_t own = mask->shape.dims[rank - 1], keys = a->k->shape.rank == 4 ? a->k->shape.dims[2] : -1;
  if (own == keys && own >= 0) {
    return mask;
  }
  const int64_t zeros[8] = {0};
  mc_val *missing = mc_ge_2(on, "Sub", mc_att_dim(on, a->k, 2), mc_att_dim(on, mask, rank - 1));
  mc_val *parts[2] = {mc_ge_const_ints(on, MC_INT64, zeros, 2 * rank - 1),
                      mc_ge_reshape(on, missing, &(int64_t){1}, 1)};
  const int64_t pairs[] = {rank, 2};
  mc_val *paddings = mc_ge_reshape(on, mc_ge_concat(on, parts, 2, 0), pairs, 2);
  return mc_ge_3(on, "PadV2", mask, paddings, mc_ge_const_float(on, mask->dtype, -INFINITY));
}

/* What is added to the scores: NULL for nothing. */
static mc_val *bias_of(mc_on *on, const attention *a) {
  mc_val *mask = mc_on_in(on, 3);
  mc_val *allowed = by_position(on, a);
  mc_val *bias = allowed == NULL || a->q == NULL ? NULL : mc_att_bias(on, allowed, a->q->dtype);
  if (mask == NULL || a->q == NULL) {
    return bias;
  }
  mask = mask->dtype == MC_BOOL ? mc_att_bias(on, mask, a->q->dtype) : mc_ge_cast(on, mask, a->q->dtype);
  mask = padded(on, mask, a);
  return bias == NULL ? mask : mc_ge_2(on, "Add", mask, bias);
}

static mc_val *scaled(mc_on *on, mc_val *value, double factor, int dtype) {
  return mc_ge_2(on, "Mul", value, mc_ge_const_float(on, dtype, factor));
}

/* tanh(x / cap) * cap */
static mc_val *capped(mc_on *on, mc_val *scores, int dtype) {
  const float cap = mc_on_float(on, "softcap", 0);
  if (cap <= 0) {
    return scores;
  }
  mc_val *limit = mc_ge_const_float(on, dtype, (double)cap);
  return mc_ge_2(on, "Mul", mc_ge_1(on, "Tanh", mc_ge_2(on, "RealDiv", scores, limit)), limit);
}

/* Softmax over keys; a query that may see no key at all gets zeros. */
static mc_val *softmax(mc_on *on, mc_val *scores, mc_val *bias, int dtype) {
  const int64_t last = -1;
  mc_ge *ge = mc_ge_begin(on, "SoftmaxV2");
  mc_ge_in(ge, "x", mc_on_has(on, "softmax_precision")
                        ? mc_ge_cast(on, scores, mc_on_dtype(on, "softmax_precision", MC_FLOAT))
                        : scores);
  mc_ge_ints(ge, "axes", &last, 1);
  mc_val *y = mc_ge_cast(on, mc_ge_end(ge), dtype);
  if (bias == NULL) {
    return y;
  }
  ge = mc_ge_begin(on, "ReduceMax");
  mc_ge_in(ge, "x", bias);
  mc_ge_in(ge, "axes", mc_ge_const_ints(on, MC_INT64, &last, 1));
  mc_ge_bool(ge, "keep_dims", true);
  mc_val *nothing = mc_ge_2(on, "Equal", mc_ge_end(ge), mc_ge_const_float(on, dtype, -INFINITY));
  return mc_ge_3(on, "SelectV2", nothing, mc_ge_const_float(on, dtype, 0), y);
}

/* The new keys (or values) behind those of the cache. */
static mc_val *with_past(mc_on *on, mc_val *past, mc_val *value) {
  mc_val *parts[2] = {past, value};
  return past == NULL || value == NULL ? value : mc_ge_concat(on, parts, 2, 2);
}

static void read_inputs(mc_on *on, attention *a) {
  const int64_t each[] = {-1, 1, 1, 1};
  mc_val *valid = mc_on_in(on, 6), *past = mc_on_in(on, 4);
  *a = (attention){.q = mc_on_need(on, 0), .k = mc_on_need(on, 1), .v = mc_on_need(on, 2),
                   .q_heads = mc_on_int(on, "q_num_heads", 0), .kv_heads = mc_on_int(on, "kv_num_heads", 0)};
  const int rank = mc_val_need_rank(on, a->q, "of Q");
  if (mc_on_failed(on)) {
    return;
  }
  if (rank != 3 && rank != 4) {
    mc_on_fail(on, "Q has rank %d; it must be 3 or 4", rank);
    return;
  }
  a->flat = rank == 3;
  if (a->flat) {
    a->q = mc_att_heads(on, a->q, a->q_heads);
    a->k = mc_att_heads(on, a->k, a->kv_heads);
    a->v = mc_att_heads(on, a->v, a->kv_heads);
  } else {
    a->q_heads = a->q->shape.dims[1];
    a->kv_heads = a->k->shape.rank == 4 ? a->k->shape.dims[1] : -1;
  }
  if (a->q_heads <= 0 || a->kv_heads <= 0 || a->q_heads % a->kv_heads != 0) {
    mc_on_fail(on, "it has %lld heads of queries and %lld of keys; both must be known, the first a multiple of the second",
               (long long)a->q_heads, (long long)a->kv_heads);
  }
  a->past = past == NULL ? NULL : mc_att_dim(on, past, 2);
  a->valid = valid == NULL ? NULL : mc_ge_reshape(on, mc_ge_cast(on, valid, MC_INT64), each, 4);
  a->k = with_past(on, past, a->k);
  a->v = with_past(on, mc_on_in(on, 5), a->v);
}

static void map_attention(mc_on *on) {
  attention a;
  read_inputs(on, &a);
  if (mc_on_failed(on)) {
    return;
  }
  mc_on_set(on, 1, a.k);
  mc_on_set(on, 2, a.v);
  const int64_t size = a.q->shape.dims[3], groups = a.q_heads / a.kv_heads;
  const int dtype = a.q->dtype;
  const float given = mc_on_float(on, "scale", 0);
  if (size <= 0 && given == 0) {
    mc_on_fail(on, "the size of its heads is not known, and scale is not given");
  }
  const double factor = sqrt(given != 0 ? (double)given : 1.0 / sqrt((double)size));
  mc_val *bias = bias_of(on, &a);
  mc_ge *ge = mc_ge_begin(on, "BatchMatMulV2");
  mc_ge_in(ge, "x1", scaled(on, a.q, factor, dtype));
  mc_ge_in(ge, "x2", scaled(on, mc_att_repeat(on, a.k, a.kv_heads, groups), factor, dtype));
  mc_ge_bool(ge, "adj_x2", true);
  mc_val *stages[4];
  stages[0] = mc_ge_end(ge);
  stages[1] = capped(on, stages[0], dtype);
  stages[2] = bias == NULL ? stages[1] : mc_ge_2(on, "Add", stages[1], bias);
  stages[3] = softmax(on, stages[2], bias, dtype);
  const int64_t mode = mc_on_int(on, "qk_matmul_output_mode", 0);
  if (mode < 0 || mode > 3) {
    mc_on_fail(on, "qk_matmul_output_mode is %lld; it must be in [0, 3]", (long long)mode);
    return;
  }
  mc_val *y = mc_ge_2(on, "BatchMatMulV2", stages[3], mc_att_repeat(on, a.v, a.kv_heads, groups));
  mc_on_set(on, 0, a.flat ? mc_att_flat(on, y) : y);
  mc_on_set(on, 3, stages[mode]);
}

static const mc_on_rule kRules[] = {
    {"Attention", 23, 0, map_attention, NULL, 0},
};

MC_ON_FAMILY(attention, kRules);
