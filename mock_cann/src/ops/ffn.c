/*
 * FFN: y = act(x · W1 + b1) · W2 + b2. With expert_tokens the rows of x belong to experts, one after the other, each with
 * its own slice of the weights and biases. The gated activations (geglu, swiglu, reglu) activate the first half of the
 * columns and multiply it with the second. What is between the products stays float.
 */
#include <string.h>

#include "engine/engine.h"
#include "ops/activate.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/gemm.h"

enum { X, W1, W2, TOKENS, B1, B2, QUANTISED, PIECE = 1 << 14 };

typedef struct known {
  const char *name;
  mc_unary function;
  bool gated;
} known;

static const known kActivations[] = {{"gelu", MC_UNARY_GELU, false},       {"fastgelu", MC_UNARY_FAST_GELU, false},
                                     {"relu", MC_UNARY_RELU, false},       {"silu", MC_UNARY_SWISH, false},
                                     {"geglu", MC_UNARY_GELU, true},       {"swiglu", MC_UNARY_SWISH, true},
                                     {"reglu", MC_UNARY_RELU, true}};

typedef struct ffn {
  int64_t rows, k, wide, middle, n, experts; /* W1 [k, wide], W2 [middle, n]; wide is twice middle when gated */
  mc_activation act;
  bool gated, ends; /* expert_tokens holds where experts end, not how many rows they have */
} ffn;

/* One product: y [m, n] = a [m, k] · w + bias. */
typedef struct part {
  mc_matrix a, w, bias;
  void *y;
  int64_t n;
  int dtype;
} part;

static void select_part(const void *context, int64_t batch, mc_gemm *gemm, mc_matrix storage[2]) {
  (void)batch;
  const part *p = context;
  storage[0] = p->a;
  storage[1] = p->w;
  gemm->a = (mc_operand){mc_pack_rows, &storage[0], NULL};
  gemm->b = (mc_operand){mc_pack_columns, &storage[1], NULL};
  gemm->c = (mc_result){.data = p->y, .row = p->n, .dtype = p->dtype, .alpha = 1, .beta = 1, .addend = p->bias};
}

typedef struct activation {
  const ffn *f;
  float *h;
} activation;

static void activate_rows(void *arg, int64_t begin, int64_t end) {
  const activation *a = arg;
  const ffn *f = a->f;
  for (int64_t row = begin; row < end; ++row) {
    float *h = a->h + row * f->wide;
    mc_activate(&f->act, h, h, f->middle);
    for (int64_t i = 0; f->gated && i < f->middle; ++i) {
      h[i] *= h[f->middle + i];
    }
  }
}

/* Slice `expert` of an input, `count` elements each. */
static mc_matrix slice(const mc_op_call *call, const void *const *in, int slot, int64_t expert, int64_t count,
                       int64_t row) {
  const mc_op_value *value = mc_op_input(call, slot);
  if (value == NULL) {
    return (mc_matrix){NULL, 0, 1, MC_FLOAT};
  }
  const int dtype = value->desc.dtype;
  return (mc_matrix){(const char *)in[slot] + (size_t)(expert * count) * mc_dtype_size(dtype), row, 1, dtype};
}

static bool run_expert(const mc_op_call *call, const void *const *in, void *y, float *h, int64_t expert, int64_t row,
                       int64_t m) {
  const ffn *f = call->state;
  const int dtype = call->in[X].desc.dtype;
  const size_t size = mc_dtype_size(dtype);
  const part up = {{(const char *)in[X] + (size_t)(row * f->k) * size, f->k, 1, dtype},
                   slice(call, in, W1, expert, f->k * f->wide, f->wide),
                   slice(call, in, B1, expert, f->wide, 0),
                   h,
                   f->wide,
                   MC_FLOAT};
  const part down = {{h, f->wide, 1, MC_FLOAT},
                     slice(call, in, W2, expert, f->middle * f->n, f->n),
                     slice(call, in, B2, expert, f->n, 0),
                     (char *)y + (size_t)(row * f->n) * size,
                     f->n,
                     call->out[0].desc.dtype};
  activation a = {f, h};
  if (!mc_gemm_run(1, m, f->wide, f->k, select_part, &up)) {
    return false;
  }
  mc_parallel_for(m, PIECE / (f->wide + 1) + 1, activate_rows, &a);
  return mc_gemm_run(1, m, f->n, f->middle, select_part, &down);
}

static int run_ffn(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const ffn *f = call->state;
  const int64_t *tokens = f->experts == 0 ? NULL : in[TOKENS];
  int64_t row = 0;
  for (int64_t e = 0; e < (tokens == NULL ? 1 : f->experts); ++e) {
    const int64_t left = f->rows - row;
    if (tokens != NULL && (tokens[e] < (f->ends ? row : 0) || tokens[e] > (f->ends ? f->rows : left))) {
      return mc_op_error(call, "expert_tokens[%lld] is %lld; x has %lld rows, of which %lld are left for it",
                         (long long)e, (long long)tokens[e], (long long)f->rows, (long long)left);
    }
    const int64_t m = tokens == NULL ? left : f->ends ? tokens[e] - row : tokens[e];
    if (m > 0 && !run_expert(call, in, out[0], scratch, e, row, m)) {
      return mc_op_error(call, "out of host memory for packing matrices");
    }
    row += m;
  }
  return row == f->rows ? 0
                        : mc_op_error(call, "expert_tokens give %lld of the %lld rows of x to experts; they must give all",
                                      (long long)row, (long long)f->rows);
}

static int read_activation(const mc_op_call *call, ffn *f) {
  const char *name = mc_attrs_string(call->attrs, "activation", "");
  for (size_t i = 0; i < sizeof(kActivations) / sizeof(kActivations[0]); ++i) {
    if (strcmp(kActivations[i].name, name) == 0) {
      f->act = (mc_activation){kActivations[i].function, {.p = {1}}};
      f->gated = kActivations[i].gated;
      return 0;
    }
  }
  return mc_op_error(call,
                     "attribute activation is \"%.40s\"; it must be gelu, fastgelu, relu, silu, geglu, swiglu or reglu",
                     name);
}

static int check_bias(const mc_op_call *call, int slot, int64_t experts, int64_t n) {
  char text[MC_SHAPE_TEXT];
  const mc_op_value *bias = mc_op_input(call, slot);
  if (bias == NULL) {
    return 0;
  }
  const mc_shape *s = &bias->desc.shape;
  const bool fits = experts == 0 ? s->rank == 1 && s->dims[0] == n
                                 : s->rank == 2 && s->dims[0] == experts && s->dims[1] == n;
  return fits && (MC_T_FLOATS >> bias->desc.dtype & 1) != 0
             ? 0
             : mc_op_error(call, "input bias%d is %s %.80s; it must hold %lld floats%s", slot == B1 ? 1 : 2,
                           mc_dtype_name(bias->desc.dtype), mc_shape_text(s, text), (long long)n,
                           experts == 0 ? "" : " for each expert");
}

static int read_ffn(const mc_op_call *call, ffn *f) {
  char name[MC_OP_NAME], tx[MC_SHAPE_TEXT], t1[MC_SHAPE_TEXT], t2[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[X].desc, *w1 = &call->in[W1].desc, *w2 = &call->in[W2].desc;
  const mc_op_value *tokens = mc_op_input(call, TOKENS);
  *f = (ffn){.ends = mc_attrs_bool(call->attrs, "tokens_index_flag", false)};
  for (int slot = QUANTISED; slot < call->n_in; ++slot) {
    if (mc_op_input(call, slot) != NULL) {
      return mc_op_error(call, "input %s is connected; quantised forms are not emulated",
                         mc_op_input_name(call, slot, name));
    }
  }
  if (mc_attrs_int(call->attrs, "output_dtype", -1) != -1) {
    return mc_op_error(call, "attribute output_dtype is %lld; only -1, the type of x, is emulated",
                       (long long)mc_attrs_int(call->attrs, "output_dtype", -1));
  }
  int status = read_activation(call, f);
  status = status != 0 ? status : mc_check_same_dtype(call, X, W1);
  status = status != 0 ? status : mc_check_same_dtype(call, X, W2);
  if (status != 0) {
    return status;
  }
  const int rank = tokens == NULL ? 2 : 3;
  if (tokens != NULL && (tokens->desc.dtype != MC_INT64 || tokens->desc.shape.rank != 1)) {
    return mc_op_error(call, "input expert_tokens is %s %.80s; it must be a vector of DT_INT64",
                       mc_dtype_name(tokens->desc.dtype), mc_shape_text(&tokens->desc.shape, tx));
  }
  f->experts = tokens == NULL ? 0 : tokens->desc.shape.dims[0];
  const int64_t *d1 = w1->shape.dims + rank - 2, *d2 = w2->shape.dims + rank - 2;
  const bool ranks = x->shape.rank >= 2 && w1->shape.rank == rank && w2->shape.rank == rank;
  const bool experts = tokens == NULL || (w1->shape.dims[0] == f->experts && w2->shape.dims[0] == f->experts);
  if (!ranks || !experts || x->shape.dims[x->shape.rank - 1] != d1[0] || d1[1] != d2[0] * (f->gated ? 2 : 1)) {
    return mc_op_error(call, "x %.50s, weight1 %.50s and weight2 %.50s must be [..,k], %s[k,%sm] and %s[m,n]%s",
                       mc_shape_text(&x->shape, tx), mc_shape_text(&w1->shape, t1), mc_shape_text(&w2->shape, t2),
                       rank == 3 ? "experts x " : "", f->gated ? "2 * " : "", rank == 3 ? "experts x " : "",
                       rank == 3 ? ", one expert for each of expert_tokens" : "");
  }
  f->rows = mc_dims_product(&x->shape, 0, x->shape.rank - 1);
  f->k = d1[0];
  f->wide = d1[1];
  f->middle = d2[0];
  f->n = d2[1];
  status = check_bias(call, B1, f->experts, f->wide);
  return status != 0 ? status : check_bias(call, B2, f->experts, f->n);
}

static int infer_ffn(mc_op_call *call) {
  ffn f;
  const int status = read_ffn(call, &f);
  if (status != 0) {
    return status;
  }
  call->out[0].desc = call->in[X].desc;
  call->out[0].desc.shape.dims[call->in[X].desc.shape.rank - 1] = f.n;
  return mc_check_sizes(call);
}

static int prepare_ffn(mc_op_call *call) {
  ffn *f = mc_op_alloc(call, sizeof(*f));
  int64_t floats = 0;
  if (f == NULL || read_ffn(call, f) != 0 || __builtin_mul_overflow(f->rows, f->wide, &floats) ||
      floats > INT64_MAX / 8) {
    return mc_op_error(call, "out of memory while preparing");
  }
  call->scratch = sizeof(float) * (size_t)floats + 64;
  mc_op_cost(call, mc_gemm_cost_ns((double)f->rows, (double)f->wide, (double)f->k) +
                       mc_gemm_cost_ns((double)f->rows, (double)f->n, (double)f->middle) + (double)floats);
  call->state = f;
  call->run = run_ffn;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "FFN",
     .inputs = "x weight1 weight2 expert_tokens? bias1? bias2? scale? offset? deq_scale1? deq_scale2? "
               "antiquant_scale1? antiquant_scale2? antiquant_offset1? antiquant_offset2?",
     .outputs = "y",
     .dtypes = MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_BF16),
     .infer = infer_ffn,
     .prepare = prepare_ffn},
};

MC_OP_FAMILY(ffn, kOps);
