/*
 * LinearAttention: a state that every position decays, corrects and adds to, and that queries read. The positions follow
 * each other in the graph, so their number must be known.
 */
#include <math.h>
#include <string.h>

#include "onnx/attention.h"

typedef struct recurrence {
  mc_val *q, *k, *v;    /* [batch, heads, length, size], float */
  mc_val *decay, *beta; /* of each position, with one number or `size` of them; NULL */
  mc_val *state;        /* [batch, heads, key size, value size]; NULL: zeros */
  int64_t q_heads, kv_heads, length;
  double scale;
} recurrence;

static mc_val *step_of(mc_on *on, mc_val *value, int64_t position) {
  return value == NULL ? NULL : mc_ge_slice(on, value, 2, position, 1);
}

static mc_val *product(mc_on *on, mc_val *a, mc_val *b, bool turn_a) {
  mc_ge *ge = mc_ge_begin(on, "BatchMatMulV2");
  mc_ge_in(ge, "x1", a);
  mc_ge_in(ge, "x2", b);
  mc_ge_bool(ge, "adj_x1", turn_a);
  return mc_ge_end(ge);
}

/* One position: the state becomes the next, the result is what its queries read. */
static mc_val *advance(mc_on *on, recurrence *r, int64_t position) {
  static const int64_t kTurned[] = {0, 1, 3, 2};
  mc_val *k = step_of(on, r->k, position), *v = step_of(on, r->v, position);
  mc_val *beta = step_of(on, r->beta, position);
  if (r->decay != NULL && r->state != NULL) {
    mc_val *factor = mc_ge_1(on, "Exp", mc_ge_transpose(on, step_of(on, r->decay, position), kTurned, 4));
    r->state = mc_ge_2(on, "Mul", r->state, factor);
  }
  if (beta != NULL && r->state != NULL) {
    v = mc_ge_2(on, "Sub", v, product(on, k, r->state, false));
  }
  v = beta == NULL ? v : mc_ge_2(on, "Mul", beta, v);
  mc_val *added = product(on, k, v, true);
  r->state = r->state == NULL ? added : mc_ge_2(on, "Add", r->state, added);
  mc_val *seen = mc_att_repeat(on, r->state, r->kv_heads, r->q_heads / r->kv_heads);
  mc_val *y = product(on, step_of(on, r->q, position), seen, false);
  return mc_ge_2(on, "Mul", y, mc_ge_const_float(on, MC_FLOAT, r->scale));
}

/* The update rule says which of decay and beta there are. */
static void check_rule(mc_on *on, const recurrence *r) {
  const char *rule = mc_on_string(on, "update_rule", "gated_delta");
  const bool gated = strncmp(rule, "gated", 5) == 0, delta = strstr(rule, "delta") != NULL;
  if (strcmp(rule, "linear") != 0 && strcmp(rule, "gated") != 0 && strcmp(rule, "delta") != 0 &&
      strcmp(rule, "gated_delta") != 0) {
    mc_on_fail(on, "its update_rule '%.40s' is none of linear, gated, delta and gated_delta", rule);
  }
  if (gated != (r->decay != NULL) || delta != (r->beta != NULL)) {
    mc_on_fail(on, "its update_rule '%.40s' %s decay and %s beta", rule, gated ? "needs" : "takes no",
               delta ? "needs" : "takes no");
  }
}

/* A number (or `size` of them) for each position and head. */
static mc_val *by_head(mc_on *on, mc_val *value, int64_t heads) {
  if (value == NULL) {
    return NULL;
  }
  const bool one = value->shape.rank == 3 && value->shape.dims[2] == 1;
  return mc_att_heads(on, mc_ge_cast(on, value, MC_FLOAT), one ? 1 : heads);
}

static bool read_node(mc_on *on, recurrence *r) {
  mc_val *q = mc_on_need(on, 0);
  *r = (recurrence){.q_heads = mc_on_int(on, "q_num_heads", 0), .kv_heads = mc_on_int(on, "kv_num_heads", 0)};
  const int rank = mc_val_need_rank(on, q, "of query");
  if (mc_on_failed(on) || rank != 3 || r->q_heads <= 0 || r->kv_heads <= 0 || r->q_heads % r->kv_heads != 0) {
    mc_on_fail(on, "query has rank %d (3 is needed), q_num_heads is %lld and kv_num_heads %lld (a divisor is needed)", rank,
               (long long)r->q_heads, (long long)r->kv_heads);
    return false;
  }
  r->length = q->shape.dims[1];
  if (r->length <= 0 || q->shape.dims[2] <= 0) {
    mc_on_fail(on, "the length and the size of query must be known and not 0");
    return false;
  }
  const float scale = mc_on_float(on, "scale", 0);
  r->scale = scale != 0 ? (double)scale : 1.0 / sqrt((double)(q->shape.dims[2] / r->q_heads));
  r->q = by_head(on, q, r->q_heads);
  r->k = by_head(on, mc_on_need(on, 1), r->kv_heads);
  r->v = by_head(on, mc_on_need(on, 2), r->kv_heads);
  r->state = mc_ge_cast(on, mc_on_in(on, 3), MC_FLOAT);
  r->decay = by_head(on, mc_on_in(on, 4), r->kv_heads);
  r->beta = by_head(on, mc_on_in(on, 5), r->kv_heads);
  check_rule(on, r);
  return !mc_on_failed(on);
}

static void map_linear_attention(mc_on *on) {
  recurrence r;
  if (!read_node(on, &r)) {
    return;
  }
  const mc_val *past = mc_on_in(on, 3);
  const int dtype = mc_on_in(on, 0)->dtype;
  mc_val **read = mc_on_list(on, r.length, sizeof *read);
  for (int64_t i = 0; read != NULL && i < r.length && !mc_on_failed(on); ++i) {
    read[i] = advance(on, &r, i);
  }
  if (!mc_on_failed(on)) {
    mc_val *y = mc_ge_concat(on, read, (int)r.length, 2);
    mc_on_set(on, 0, mc_ge_cast(on, mc_att_flat(on, y), dtype));
    mc_on_set(on, 1, mc_ge_cast(on, r.state, past == NULL ? dtype : past->dtype));
  }
}

static const mc_on_rule kRules[] = {
    {"LinearAttention", 27, 0, map_linear_attention, NULL, 0},
};

MC_ON_FAMILY(linear_attention, kRules);
