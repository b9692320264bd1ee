/*
 * AttentionScore and SwinAttentionScore: p = softmax(query · key * scale + masks), and p · value. The flags say which
 * operands of the two products are given transposed, as BatchMatMul's do: without them query is [.., m, k], key [.., k, n]
 * and value [.., n, size]. The second output is p before drop_mask, of which bytes that are not 0 keep an element, divided
 * by keep_prob.
 */
#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/gemm.h"
#include "ops/softmax_row.h"
#include "ops/strided.h"

enum { QUERY, KEY, VALUE, MASK, PLAIN = 0, SWIN = 1, CHUNK = 256 };

typedef struct score_state {
  int64_t batches, m, n, k; /* query · key: [m, k] · [k, n] */
  int64_t rows, size;       /* of what p · value gives; p has m columns instead of n when it is turned */
  bool turn_q, turn_k, turn_p, turn_v;
  mc_shape scores;
  int64_t masks[2][MC_MAX_RANK]; /* strides; 0 where a mask repeats */
  int first_mask, scale, drop;   /* inputs */
  float keep;
} score_state;

typedef struct arguments {
  const score_state *s;
  const mc_op_call *call;
  const void *const *in;
  void *const *out;
  float *p;
  float scale;
} arguments;

static mc_matrix matrix_of(const arguments *a, int input, int64_t batch, int64_t rows, int64_t columns, bool turn) {
  const int dtype = a->call->in[input].desc.dtype;
  const char *data = (const char *)a->in[input] + (size_t)(batch * rows * columns) * mc_dtype_size(dtype);
  return (mc_matrix){data, turn ? 1 : columns, turn ? rows : 1, dtype};
}

static void select_scores(const void *context, int64_t batch, mc_gemm *gemm, mc_matrix storage[2]) {
  const arguments *a = context;
  const score_state *s = a->s;
  storage[0] = matrix_of(a, QUERY, batch, s->m, s->k, s->turn_q);
  storage[1] = matrix_of(a, KEY, batch, s->k, s->n, s->turn_k);
  gemm->a = (mc_operand){mc_pack_rows, &storage[0], NULL};
  gemm->b = (mc_operand){mc_pack_columns, &storage[1], NULL};
  gemm->c = (mc_result){.data = a->p + batch * s->m * s->n, .row = s->n, .dtype = MC_FLOAT, .alpha = a->scale, .beta = 1};
}

static void select_values(const void *context, int64_t batch, mc_gemm *gemm, mc_matrix storage[2]) {
  const arguments *a = context;
  const score_state *s = a->s;
  const int dtype = a->call->out[0].desc.dtype;
  storage[0] = (mc_matrix){a->p + batch * s->m * s->n, s->turn_p ? 1 : s->n, s->turn_p ? s->n : 1, MC_FLOAT};
  storage[1] = matrix_of(a, VALUE, batch, s->turn_p ? s->m : s->n, s->size, s->turn_v);
  gemm->a = (mc_operand){mc_pack_rows, &storage[0], NULL};
  gemm->b = (mc_operand){mc_pack_columns, &storage[1], NULL};
  gemm->c = (mc_result){.data = (char *)a->out[0] + (size_t)(batch * s->rows * s->size) * mc_dtype_size(dtype),
                        .row = s->size,
                        .dtype = dtype,
                        .alpha = 1,
                        .beta = 1};
}

/* Adds a mask to one row of scores. */
static void add_mask(const arguments *a, int mask, int64_t row, float *p) {
  const score_state *s = a->s;
  const int input = s->first_mask + mask, last = s->scores.rank - 1;
  const int64_t step = s->masks[mask][last]; /* 0 or 1 */
  float values[CHUNK];
  int64_t at = 0;
  for (int axis = last - 1; axis >= 0; --axis) {
    at += row % s->scores.dims[axis] * s->masks[mask][axis];
    row /= s->scores.dims[axis];
  }
  for (int64_t i = 0; i < s->n; i += CHUNK) {
    const int64_t m = s->n - i < CHUNK ? s->n - i : CHUNK;
    mc_convert_for(MC_FLOAT16, MC_FLOAT)((const uint16_t *)a->in[input] + at + i * step, values, step == 0 ? 1 : m);
    for (int64_t k = 0; k < m; ++k) {
      p[i + k] += values[k * step];
    }
  }
}

static void finish_rows(void *arg, int64_t begin, int64_t end) {
  const arguments *a = arg;
  const score_state *s = a->s;
  const int dtype = a->call->out[1].desc.dtype;
  const int8_t *drop = a->call->in[s->drop].present ? a->in[s->drop] : NULL;
  for (int64_t row = begin; row < end; ++row) {
    float *p = a->p + row * s->n;
    for (int mask = 0; mask < s->scale - s->first_mask; ++mask) {
      if (a->call->in[s->first_mask + mask].present) {
        add_mask(a, mask, row, p);
      }
    }
    mc_softmax_row(p, s->n);
    mc_convert_for(MC_FLOAT, dtype)(p, (char *)a->out[1] + (size_t)(row * s->n) * mc_dtype_size(dtype), s->n);
    for (int64_t i = 0; drop != NULL && i < s->n; ++i) {
      p[i] = drop[row * s->n + i] != 0 ? p[i] / s->keep : 0.0f;
    }
  }
}

static int run_score(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const score_state *s = call->state;
  arguments a = {s, call, in, out, scratch, 1};
  mc_convert_for(call->in[s->scale].desc.dtype, MC_FLOAT)(in[s->scale], &a.scale, 1);
  bool done = mc_gemm_run(s->batches, s->m, s->n, s->k, select_scores, &a);
  if (done && mc_shape_count(&s->scores) > 0) {
    mc_parallel_for(s->batches * s->m, 1024 / (s->n + 1) + 1, finish_rows, &a);
  }
  done = done && mc_gemm_run(s->batches, s->rows, s->size, s->turn_p ? s->m : s->n, select_values, &a);
  return done ? 0 : mc_op_error(call, "out of host memory for packing matrices");
}

/* The mask's strides over the scores, to which it must broadcast. */
static int read_mask(const mc_op_call *call, score_state *s, int mask) {
  char name[MC_OP_NAME], text[MC_SHAPE_TEXT], whole[MC_SHAPE_TEXT];
  const mc_op_value *value = mc_op_input(call, s->first_mask + mask);
  int64_t dense[MC_MAX_RANK];
  mc_shape both;
  if (value == NULL) {
    return 0;
  }
  if (value->desc.dtype != MC_FLOAT16 || mc_broadcast(&s->scores, &value->desc.shape, &both) != 0 ||
      !mc_shape_equal(&both, &s->scores)) {
    return mc_op_error(call, "input %s is %s %.60s; it must be DT_FLOAT16 and broadcast to the scores %.60s",
                       mc_op_input_name(call, s->first_mask + mask, name), mc_dtype_name(value->desc.dtype),
                       mc_shape_text(&value->desc.shape, text), mc_shape_text(&s->scores, whole));
  }
  mc_dense_strides(&value->desc.shape, dense);
  const int missing = s->scores.rank - value->desc.shape.rank;
  for (int i = missing; i < s->scores.rank; ++i) {
    s->masks[mask][i] = value->desc.shape.dims[i - missing] == 1 ? 0 : dense[i - missing];
  }
  return 0;
}

static int read_extras(const mc_op_call *call, score_state *s) {
  char text[MC_SHAPE_TEXT];
  const mc_op_value *drop = mc_op_input(call, s->drop);
  const mc_desc *scale = &call->in[s->scale].desc;
  size_t count = 0;
  const int64_t *axes = mc_attrs_ints(call->attrs, "softmax_axes", &count);
  if (count > 1 || (count == 1 && axes[0] != -1 && axes[0] != s->scores.rank - 1)) {
    return mc_op_error(call, "attribute softmax_axes has %zu axes, the first %lld; only the last one is emulated", count,
                       (long long)axes[0]);
  }
  if (scale->dtype != MC_FLOAT16 || mc_shape_count(&scale->shape) != 1) {
    return mc_op_error(call, "input scale is %s %.80s; it must be one DT_FLOAT16", mc_dtype_name(scale->dtype),
                       mc_shape_text(&scale->shape, text));
  }
  s->keep = mc_attrs_float(call->attrs, "keep_prob", 1);
  if (drop != NULL && (drop->desc.dtype != MC_INT8 || mc_shape_count(&drop->desc.shape) != mc_shape_count(&s->scores))) {
    return mc_op_error(call, "input drop_mask is %s %.80s; it must be DT_INT8 with %lld elements",
                       mc_dtype_name(drop->desc.dtype), mc_shape_text(&drop->desc.shape, text),
                       (long long)mc_shape_count(&s->scores));
  }
  if (!(s->keep > 0 && s->keep <= 1)) {
    return mc_op_error(call, "attribute keep_prob is %g; it must be in (0, 1]", (double)s->keep);
  }
  int status = 0;
  for (int mask = 0; mask < s->scale - s->first_mask && status == 0; ++mask) {
    status = read_mask(call, s, mask);
  }
  return status;
}

static int read_score(const mc_op_call *call, score_state *s) {
  char tq[MC_SHAPE_TEXT], tk[MC_SHAPE_TEXT], tv[MC_SHAPE_TEXT];
  const mc_shape *q = &call->in[QUERY].desc.shape, *k = &call->in[KEY].desc.shape, *v = &call->in[VALUE].desc.shape;
  const int rank = q->rank, masks = call->def->variant == SWIN ? 2 : 1;
  *s = (score_state){.turn_q = mc_attrs_bool(call->attrs, "query_transpose", false),
                     .turn_k = mc_attrs_bool(call->attrs, "key_transpose", false),
                     .turn_p = mc_attrs_bool(call->attrs, "bmm_score_transpose_a", false),
                     .turn_v = mc_attrs_bool(call->attrs, "bmm_score_transpose_b", false),
                     .first_mask = MASK,
                     .scale = MASK + masks,
                     .drop = MASK + masks + 1};
  int status = mc_check_same_dtype(call, QUERY, KEY);
  status = status != 0 ? status : mc_check_same_dtype(call, QUERY, VALUE);
  if (status != 0) {
    return status;
  }
  bool fits = rank >= 2 && k->rank == rank && v->rank == rank;
  for (int i = 0; fits && i < rank - 2; ++i) {
    fits = q->dims[i] == k->dims[i] && q->dims[i] == v->dims[i];
  }
  if (fits) {
    const int64_t *dq = q->dims + rank - 2, *dk = k->dims + rank - 2, *dv = v->dims + rank - 2;
    s->m = dq[s->turn_q ? 1 : 0];
    s->k = dq[s->turn_q ? 0 : 1];
    s->n = dk[s->turn_k ? 0 : 1];
    s->rows = s->turn_p ? s->n : s->m;
    s->size = dv[s->turn_v ? 0 : 1];
    fits = dk[s->turn_k ? 1 : 0] == s->k && dv[s->turn_v ? 1 : 0] == (s->turn_p ? s->m : s->n);
  }
  if (!fits) {
    return mc_op_error(call, "query %.50s, key %.50s and value %.50s%s do not multiply", mc_shape_text(q, tq),
                       mc_shape_text(k, tk), mc_shape_text(v, tv),
                       s->turn_q || s->turn_k || s->turn_p || s->turn_v ? " with these flags of transposition" : "");
  }
  s->batches = mc_dims_product(q, 0, rank - 2);
  s->scores = *q;
  s->scores.dims[rank - 2] = s->m;
  s->scores.dims[rank - 1] = s->n;
  return read_extras(call, s);
}

static int infer_score(mc_op_call *call) {
  score_state s;
  const int status = read_score(call, &s);
  if (status != 0) {
    return status;
  }
  call->out[0].desc = call->out[1].desc = (mc_desc){call->in[QUERY].desc.dtype, MC_FORMAT_ND, s.scores};
  call->out[0].desc.shape.dims[s.scores.rank - 2] = s.rows;
  call->out[0].desc.shape.dims[s.scores.rank - 1] = s.size;
  return mc_check_sizes(call);
}

static int prepare_score(mc_op_call *call) {
  score_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL || read_score(call, s) != 0) {
    return mc_op_error(call, "out of memory while preparing");
  }
  call->scratch = sizeof(float) * (size_t)mc_shape_count(&s->scores) + 64;
  mc_op_cost(call, 100 + (double)s->batches * (mc_gemm_cost_ns((double)s->m, (double)s->n, (double)s->k) * 2 +
                                               (double)s->m * (double)s->n * 10));
  call->state = s;
  call->run = run_score;
  return 0;
}

#define SCORE(name, ins, outs, number)                                                                       \
  {.type = (name), .inputs = (ins), .outputs = (outs), .dtypes = MC_DTYPE_BIT(MC_FLOAT16),                   \
   .infer = infer_score, .prepare = prepare_score, .variant = (number)}

static const mc_op_def kOps[] = {
    SCORE("AttentionScore", "query key value padding_mask scale drop_mask?", "attention_score softmax_output", PLAIN),
    SCORE("SwinAttentionScore", "query key value padding_mask1? padding_mask2? scale drop_mask?",
          "attention_score softmax", SWIN),
};

MC_OP_FAMILY(attention_score, kOps);
