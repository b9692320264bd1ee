/*
 * The fused attention operators: FlashAttentionScore, PromptFlashAttention, IncreFlashAttention and
 * FusedInferAttentionScore in the layouts BSH, SBH, BSND and BNSD. Dropout, quantised operands, pages and prefixes are
 * not emulated, and said so.
 */
#include <string.h>

#include "ops/attention.h"
#include "ops/checks.h"
#include "ops/family.h"

/* What an operator calls its inputs and attributes; -1 and NULL: it has none. */
typedef struct spelling {
  const char *heads, *kv_heads, *scale, *layout, *before, *after;
  int bias, mask, q_lengths, kv_lengths, y;
  bool training;
  uint32_t plain; /* bit i: input i may be connected; others are not emulated */
} spelling;

enum { SCORE, PROMPT, INCREMENTAL, FUSED, REPEATED = 8 };

static const spelling kSpelling[] = {
    [SCORE] = {"head_num", NULL, "scale_value", "input_layout", "pre_tockens", "next_tockens", 3, 6, -1, -1, 3, true,
               1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 6},
    [PROMPT] = {"num_heads", "num_key_value_heads", "scale_value", "input_layout", "pre_tokens", "next_tokens", 3, 4, 5,
                6, 0, false, 0x7f},
    [INCREMENTAL] = {"num_heads", "num_key_value_heads", "scale_value", "input_layout", NULL, NULL, 3, 4, -1, 5, 0,
                     false, 0x3f},
    [FUSED] = {"num_heads", "num_key_value_heads", "scale", "input_layout", "pre_tokens", "next_tokens", 3, 4, 5, 6, 0,
               false, 0x7f},
};

static int refuse_others(const mc_op_call *call, const spelling *s) {
  char name[MC_OP_NAME];
  int slots = 1;
  for (const char *c = call->def->inputs; *c != '\0'; ++c) {
    slots += *c == ' ';
  }
  for (int slot = 0; slot < slots; ++slot) {
    if (mc_op_input(call, slot) == NULL) {
      continue;
    }
    if ((s->plain >> slot & 1) == 0 || call->slot_count[slot] > 1) {
      return mc_op_error(call, "input %s is connected%s; that is not emulated", mc_op_input_name(call, slot, name),
                         call->slot_count[slot] > 1 ? " more than once" : "");
    }
  }
  return 0;
}

static int read_operands(const mc_op_call *call, const spelling *s, mc_att *a) {
  char text_q[MC_SHAPE_TEXT];
  char text_k[MC_SHAPE_TEXT];
  const mc_desc *q = &mc_op_input(call, 0)->desc, *k = &mc_op_input(call, 1)->desc, *v = &mc_op_input(call, 2)->desc;
  const char *layout = mc_attrs_string(call->attrs, s->layout, "BSH");
  const int64_t heads = mc_attrs_int(call->attrs, s->heads, 0);
  const int64_t given = s->kv_heads == NULL ? 0 : mc_attrs_int(call->attrs, s->kv_heads, 0);
  int64_t kv = given != 0 ? given : s->kv_heads != NULL ? heads : 0;
  int64_t dq[4], dk[4], dv[4];
  const bool flat = layout[0] != '\0' && strlen(layout) == 3;
  if (heads <= 0) {
    return mc_op_error(call, "attribute %s is %lld; it must be positive", s->heads, (long long)heads);
  }
  if (q->dtype != k->dtype || q->dtype != v->dtype) {
    return mc_op_error(call, "query, key and value have dtypes %s, %s and %s; they must be equal",
                       mc_dtype_name(q->dtype), mc_dtype_name(k->dtype), mc_dtype_name(v->dtype));
  }
  const bool known = mc_att_layout(layout, &q->shape, heads, dq, &a->q);
  if (known && flat && s->kv_heads == NULL) { /* as many as fit into keys of the queries' size */
    kv = k->shape.rank == 3 && dq[3] > 0 ? k->shape.dims[2] / dq[3] : heads;
  }
  if (!known || !mc_att_layout(layout, &k->shape, kv, dk, &a->k) || !mc_att_layout(layout, &v->shape, kv, dv, &a->v)) {
    return mc_op_error(call, "query %.70s and key %.70s do not fit layout '%.20s' with %lld heads (BSH, SBH, BSND, BNSD)",
                       mc_shape_text(&q->shape, text_q), mc_shape_text(&k->shape, text_k), layout, (long long)heads);
  }
  if (dq[0] != dk[0] || dk[0] != dv[0] || dk[1] != dv[1] || dk[2] != dv[2] || dq[3] != dk[3] || dk[1] <= 0 ||
      dq[1] % dk[1] != 0) {
    return mc_op_error(call, "query %.90s, key %.90s and value do not fit each other", mc_shape_text(&q->shape, text_q),
                       mc_shape_text(&k->shape, text_k));
  }
  a->batches = dq[0];
  a->heads = dq[1];
  a->kv_heads = dk[1];
  a->queries = dq[2];
  a->keys = dk[2];
  a->size = dq[3];
  a->value_size = dv[3];
  a->dtype = q->dtype;
  mc_shape *y = &call->out[s->y].desc.shape;
  call->out[s->y].desc = *q;
  y->dims[y->rank - 1] = flat ? a->heads * a->value_size : a->value_size;
  mc_att_layout(layout, y, heads, dv, &a->y);
  return 0;
}

/* Which keys are seen by position: sparse_mode 0 and 4 by a band, 2 and 3 up to the query. */
static int read_sparsity(const mc_op_call *call, const spelling *s, mc_att *a) {
  const int64_t mode = mc_attrs_int(call->attrs, "sparse_mode", 0);
  const bool masked = mc_op_input(call, s->mask) != NULL;
  a->before = s->before == NULL ? INT32_MAX : mc_attrs_int(call->attrs, s->before, INT32_MAX);
  a->after = s->after == NULL ? INT32_MAX : mc_attrs_int(call->attrs, s->after, call->def->variant == PROMPT ? 0 : INT32_MAX);
  a->band = mode > 1 || (mode == 0 && masked && s->before != NULL);
  if (mode < 0 || mode > 4) {
    return mc_op_error(call, "attribute sparse_mode is %lld; 0 to 4 are emulated", (long long)mode);
  }
  if (mode == 1 && !masked) {
    return mc_op_error(call, "attribute sparse_mode is 1, which needs input atten_mask");
  }
  if (mode == 2 || mode == 3) {
    a->before = INT64_MAX / 4;
    a->after = 0;
  }
  a->shift = mode >= 3 ? a->keys - a->queries : 0;
  return 0;
}

static int check_plane(const mc_op_call *call, const mc_att *a, int slot, uint64_t types, mc_att_plane *plane) {
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  const mc_op_value *value = slot < 0 ? NULL : mc_op_input(call, slot);
  if (value != NULL && ((types >> value->desc.dtype & 1) == 0 || !mc_att_plane_make(a, &value->desc, plane))) {
    return mc_op_error(call, "input %s is %s %.80s; it must be of an accepted type and fit [%lld,%lld,%lld,%lld]",
                       mc_op_input_name(call, slot, name), mc_dtype_name(value->desc.dtype),
                       mc_shape_text(&value->desc.shape, text), (long long)a->batches, (long long)a->heads,
                       (long long)a->queries, (long long)a->keys);
  }
  return 0;
}

static int check_lengths(const mc_op_call *call, const mc_att *a, int slot) {
  char name[MC_OP_NAME];
  const mc_op_value *value = slot < 0 ? NULL : mc_op_input(call, slot);
  if (value != NULL && (value->desc.dtype != MC_INT64 || mc_shape_count(&value->desc.shape) != a->batches)) {
    return mc_op_error(call, "input %s must hold one DT_INT64 for each of the %lld batches",
                       mc_op_input_name(call, slot, name), (long long)a->batches);
  }
  return 0;
}

static int read_call(const mc_op_call *call, mc_att *a) {
  const spelling *s = &kSpelling[call->def->variant];
  const uint64_t masks = MC_T_BOOL | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_FLOAT16);
  memset(a, 0, sizeof(*a));
  a->scale = mc_attrs_float(call->attrs, s->scale, 1.0f);
  a->bias_first = s->training && mc_attrs_int(call->attrs, "pse_type", 1) == 1;
  int status = refuse_others(call, s);
  status = status != 0 ? status : read_operands(call, s, a);
  /* Of modes 2 to 4 the mask is only a pattern, which the mode says already. */
  const int64_t mode = mc_attrs_int(call->attrs, "sparse_mode", 0);
  status = status != 0 ? status : read_sparsity(call, s, a);
  status = status != 0 ? status : check_plane(call, a, s->bias, MC_T_FLOATS, &a->bias);
  status = status != 0 || mode > 1 ? status : check_plane(call, a, s->mask, masks, &a->mask);
  status = status != 0 ? status : check_lengths(call, a, s->q_lengths);
  status = status != 0 ? status : check_lengths(call, a, s->kv_lengths);
  if (status == 0 && s->training && mc_attrs_int(call->attrs, "pse_type", 1) > 1) {
    return mc_op_error(call, "attribute pse_type is %lld; 0 and 1 are emulated",
                       (long long)mc_attrs_int(call->attrs, "pse_type", 1));
  }
  if (status == 0 && mc_attrs_float(call->attrs, "keep_prob", 1.0f) != 1.0f) {
    return mc_op_error(call, "attribute keep_prob is %g; only 1 is emulated",
                       (double)mc_attrs_float(call->attrs, "keep_prob", 1.0f));
  }
  return status;
}

static int infer_attention(mc_op_call *call) {
  mc_att a;
  const int status = read_call(call, &a);
  if (status != 0) {
    return status;
  }
  if (call->def->variant == SCORE) {
    const mc_shape statistics = {.rank = 4, .dims = {a.batches, a.heads, a.queries, REPEATED}};
    call->out[0].desc = call->out[1].desc = (mc_desc){MC_FLOAT, MC_FORMAT_ND, statistics};
    call->out[2].desc = (mc_desc){a.dtype, MC_FORMAT_ND, {.rank = 1, .dims = {0}}};
  } else if (call->def->variant == FUSED) {
    const bool wanted = mc_attrs_bool(call->attrs, "softmax_lse_flag", false);
    call->out[1].desc = (mc_desc){MC_FLOAT, MC_FORMAT_ND, {.rank = 1, .dims = {1}}};
    if (wanted) {
      call->out[1].desc.shape = (mc_shape){.rank = 4, .dims = {a.batches, a.heads, a.queries, 1}};
    }
  }
  return mc_check_sizes(call);
}

static const void *data_of(const mc_op_call *call, const void *const *in, int slot) {
  return slot < 0 || mc_op_input(call, slot) == NULL ? NULL : in[call->slot_first[slot]];
}

static int run_attention(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const spelling *s = &kSpelling[call->def->variant];
  mc_att a = *(const mc_att *)call->state;
  mc_att_stats stats = {.repeat = REPEATED};
  a.bias.data = data_of(call, in, s->bias);
  a.mask.data = data_of(call, in, s->mask);
  a.q_lengths = data_of(call, in, s->q_lengths);
  a.kv_lengths = data_of(call, in, s->kv_lengths);
  if (call->def->variant == SCORE) {
    stats.most = out[0];
    stats.sum = out[1];
  } else if (call->def->variant == FUSED) {
    if (mc_attrs_bool(call->attrs, "softmax_lse_flag", false)) {
      stats.log_sum = out[1];
    } else {
      *(float *)out[1] = 0;
    }
  }
  mc_att_run(&a, data_of(call, in, 0), data_of(call, in, 1), data_of(call, in, 2), out[s->y], &stats, scratch);
  return 0;
}

static int prepare_attention(mc_op_call *call) {
  mc_att *a = mc_op_alloc(call, sizeof(*a));
  if (a == NULL || read_call(call, a) != 0) {
    return mc_op_error(call, "out of memory while preparing");
  }
  call->scratch = mc_att_scratch(a);
  call->cost_ns = mc_att_cost(a);
  call->state = a;
  call->run = run_attention;
  return 0;
}

#define ATTENTION(name, ins, outs, types, number)                                                            \
  {.type = (name), .inputs = (ins), .outputs = (outs), .dtypes = (types), .infer = infer_attention,          \
   .prepare = prepare_attention, .variant = (number)}
#define NARROW (MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_BF16))

static const mc_op_def kOps[] = {
    ATTENTION("FlashAttentionScore",
              "query key value real_shift? drop_mask? padding_mask? atten_mask? prefix? actual_seq_qlen? "
              "actual_seq_kvlen? q_start_idx? kv_start_idx?",
              "softmax_max softmax_sum softmax_out attention_out", MC_T_FLOATS, SCORE),
    ATTENTION("PromptFlashAttention",
              "query key value pse_shift? atten_mask? actual_seq_lengths? actual_seq_lengths_kv? deq_scale1? "
              "quant_scale1? deq_scale2? quant_scale2? quant_offset2?",
              "attention_out", NARROW, PROMPT),
    ATTENTION("IncreFlashAttention",
              "query key* value* pse_shift? atten_mask? actual_seq_lengths? dequant_scale1? quant_scale1? "
              "dequant_scale2? quant_scale2? quant_offset2? antiquant_scale? antiquant_offset? block_table? "
              "kv_padding_size?",
              "attention_out", NARROW, INCREMENTAL),
    ATTENTION("FusedInferAttentionScore",
              "query key* value* pse_shift? atten_mask? actual_seq_lengths? actual_seq_lengths_kv? dequant_scale1? "
              "quant_scale1? dequant_scale2? quant_scale2? quant_offset2? antiquant_scale? antiquant_offset? "
              "block_table? query_padding_size? kv_padding_size? key_antiquant_scale? key_antiquant_offset? "
              "value_antiquant_scale? value_antiquant_offset? key_shared_prefix? value_shared_prefix? "
              "actual_shared_prefix_len? query_rope? key_rope? key_rope_antiquant_scale?",
              "attention_out softmax_lse", NARROW, FUSED),
};

MC_OP_FAMILY(flash_attention, kOps);
