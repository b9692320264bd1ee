/*
 * The fused attention operators: FlashAttentionScore, PromptFlashAttention, IncreFlashAttention and
 * FusedInferAttentionScore in the layouts BSH, SBH, BSND and BNSD. Dropout, quantised operands, pages and
 * prefixes are not emulated, and said so.
 */
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/flash_attention.h"

enum { REPEATED = 8 };

static int infer_attention(mc_op_call *call) {
  mc_att a;
  const int status = mc_flash_read(call, &a);
  if (status != 0) {
    return status;
  }
  if (call->def->variant == MC_FLASH_SCORE) {
    const mc_shape statistics = {.rank = 4, .dims = {a.batches, a.heads, a.queries, REPEATED}};
    call->out[0].desc = call->out[1].desc = (mc_desc){MC_FLOAT, MC_FORMAT_ND, statistics};
    call->out[2].desc = (mc_desc){a.dtype, MC_FORMAT_ND, {.rank = 1, .dims = {0}}};
  } else if (call->def->variant == MC_FLASH_FUSED) {
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
  const mc_flash_spelling *s = &mc_flash_spellings[call->def->variant];
  mc_att a = *(const mc_att *)call->state;
  mc_att_stats stats = {.repeat = REPEATED};
  a.bias.data = data_of(call, in, s->bias);
  a.mask.data = data_of(call, in, s->mask);
  a.q_lengths = data_of(call, in, s->q_lengths);
  a.kv_lengths = data_of(call, in, s->kv_lengths);
  if (call->def->variant == MC_FLASH_SCORE) {
    stats.most = out[0];
    stats.sum = out[1];
  } else if (call->def->variant == MC_FLASH_FUSED) {
    if (mc_attrs_bool(call->attrs, "softmax_lse_flag", false)) {
      stats.log_sum = out[1];
    } else {
      *(float *)out[1] = 0;
    }
  }
  mc_att_run(&a, data_of(call, in, 0), data_of(call, in, 1), data_of(call, in, 2), out[s->y], &stats,
             scratch);
  return 0;
}

static int prepare_attention(mc_op_call *call) {
  mc_att *a = mc_op_alloc(call, sizeof(*a));
  if (a == NULL || mc_flash_read(call, a) != 0) {
    return mc_op_error(call, "out of memory while preparing");
  }
  call->scratch = mc_att_scratch(a);
  call->cost_ns = mc_att_cost(a);
  call->state = a;
  call->run = run_attention;
  return 0;
}

#define ATTENTION(name, ins, outs, types, number)                                                            \
  {.type = (name),                                                                                           \
   .inputs = (ins),                                                                                          \
   .outputs = (outs),                                                                                        \
   .dtypes = (types),                                                                                        \
   .infer = infer_attention,                                                                                 \
   .prepare = prepare_attention,                                                                             \
   .variant = (number)}
#define NARROW (MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_BF16))

static const mc_op_def kOps[] = {
    ATTENTION("FlashAttentionScore",
              "query key value real_shift? drop_mask? padding_mask? atten_mask? prefix? actual_seq_qlen? "
              "actual_seq_kvlen? q_start_idx? kv_start_idx?",
              "softmax_max softmax_sum softmax_out attention_out", MC_T_FLOATS, MC_FLASH_SCORE),
    ATTENTION("PromptFlashAttention",
              "query key value pse_shift? atten_mask? actual_seq_lengths? actual_seq_lengths_kv? deq_scale1? "
              "quant_scale1? deq_scale2? quant_scale2? quant_offset2?",
              "attention_out", NARROW, MC_FLASH_PROMPT),
    ATTENTION("IncreFlashAttention",
              "query key* value* pse_shift? atten_mask? actual_seq_lengths? dequant_scale1? quant_scale1? "
              "dequant_scale2? quant_scale2? quant_offset2? antiquant_scale? antiquant_offset? block_table? "
              "kv_padding_size?",
              "attention_out", NARROW, MC_FLASH_INCREMENTAL),
    ATTENTION(
        "FusedInferAttentionScore",
        "query key* value* pse_shift? atten_mask? actual_seq_lengths? actual_seq_lengths_kv? dequant_scale1? "
        "quant_scale1? dequant_scale2? quant_scale2? quant_offset2? antiquant_scale? antiquant_offset? "
        "block_table? query_padding_size? kv_padding_size? key_antiquant_scale? key_antiquant_offset? "
        "value_antiquant_scale? value_antiquant_offset? key_shared_prefix? value_shared_prefix? "
        "actual_shared_prefix_len? query_rope? key_rope? key_rope_antiquant_scale?",
        "attention_out softmax_lse", NARROW, MC_FLASH_FUSED),
};

MC_OP_FAMILY(flash_attention, kOps);
