/*
 * AdvanceStep: one decoding step of vLLM's sequences over a paged cache. The first num_queries sequences take their sampled
 * token; its position is the old length, and its slot is where the sequence's block table has that position. What stands
 * behind num_queries stays as it is.
 */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"

enum { TOKENS, SAMPLED, POSITIONS, LENGTHS, SLOTS, TABLES, INPUTS };

static int run_advance(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  static const int kFrom[4] = {TOKENS, POSITIONS, LENGTHS, SLOTS};
  const int64_t queries = mc_attrs_int(call->attrs, "num_queries", 0);
  const int64_t block = mc_attrs_int(call->attrs, "block_size", 1);
  const int64_t blocks = call->in[TABLES].desc.shape.dims[1];
  for (int i = 0; i < 4; ++i) {
    const int64_t bytes = mc_desc_bytes(&call->out[i].desc);
    if (bytes > 0) {
      memmove(out[i], in[kFrom[i]], (size_t)bytes);
    }
  }
  for (int64_t q = 0; q < queries; ++q) {
    const int64_t position = ((const int64_t *)in[LENGTHS])[q];
    if (position < 0 || position / block >= blocks) {
      return mc_op_error(call, "seq_lens[%lld] is %lld; the %lld blocks of %lld hold positions in [0, %lld)", (long long)q,
                         (long long)position, (long long)blocks, (long long)block, (long long)(blocks * block));
    }
    const int64_t table = ((const int64_t *)in[TABLES])[q * blocks + position / block];
    int64_t slot = 0;
    if (__builtin_mul_overflow(table, block, &slot) || __builtin_add_overflow(slot, position % block, &slot)) {
      return mc_op_error(call, "block_tables[%lld,%lld] is %lld; its slots overflow", (long long)q,
                         (long long)(position / block), (long long)table);
    }
    ((int64_t *)out[0])[q] = ((const int64_t *)in[SAMPLED])[q];
    ((int64_t *)out[1])[q] = position;
    ((int64_t *)out[2])[q] = position + 1;
    ((int64_t *)out[3])[q] = slot;
  }
  return MC_OK;
}

static int infer_advance(mc_op_call *call) {
  char name[MC_OP_NAME], text[MC_SHAPE_TEXT];
  int64_t seqs = 0, queries = 0, block = 0, room = 0;
  int status = mc_need_int(call, "num_seqs", &seqs);
  status = status != MC_OK ? status : mc_need_int(call, "num_queries", &queries);
  status = status != MC_OK ? status : mc_need_int(call, "block_size", &block);
  if (status != MC_OK) {
    return status;
  }
  if (queries < 0 || queries > seqs || block < 1) {
    return mc_op_error(call, "num_seqs is %lld, num_queries %lld and block_size %lld; queries must be in [0, num_seqs], and a block holds 1 or more",
                       (long long)seqs, (long long)queries, (long long)block);
  }
  for (int slot = 0; slot < INPUTS; ++slot) {
    const mc_desc *input = &call->in[slot].desc;
    const int64_t least = slot == SAMPLED ? queries : seqs;
    const bool fits = slot == TABLES ? input->shape.rank == 2 && input->shape.dims[0] >= queries
                      : slot == SAMPLED ? mc_shape_count(&input->shape) >= least
                                        : mc_shape_count(&input->shape) == least;
    if (input->dtype != MC_INT64 || !fits) {
      return mc_op_error(call, "input %s is %s %.80s; with num_seqs %lld and num_queries %lld it must be DT_INT64 %s",
                         mc_op_input_name(call, slot, name), mc_dtype_name(input->dtype),
                         mc_shape_text(&input->shape, text), (long long)seqs, (long long)queries,
                         slot == TABLES ? "with a row for each query" : slot == SAMPLED ? "with a token for each query"
                                                                                        : "with a number for each sequence");
    }
  }
  if (__builtin_mul_overflow(call->in[TABLES].desc.shape.dims[1], block, &room)) {
    return mc_op_error(call, "attribute block_size is %lld; the positions of %lld blocks overflow", (long long)block,
                       (long long)call->in[TABLES].desc.shape.dims[1]);
  }
  call->out[0].desc = call->in[TOKENS].desc;
  call->out[1].desc = call->in[POSITIONS].desc;
  call->out[2].desc = call->in[LENGTHS].desc;
  call->out[3].desc = call->in[SLOTS].desc;
  return MC_OK;
}

static int prepare_advance(mc_op_call *call) {
  mc_op_cost(call, 60 + (double)mc_attrs_int(call->attrs, "num_seqs", 0) * 10);
  call->run = run_advance;
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "AdvanceStep",
     .inputs = "input_tokens sampled_token_ids input_positions seq_lens slot_mapping block_tables",
     .outputs = "input_tokens input_positions seq_lens slot_mapping",
     .dtypes = MC_DTYPE_BIT(MC_INT64),
     .flags = MC_OP_REF,
     .infer = infer_advance,
     .prepare = prepare_advance},
};
MC_OP_FAMILY(advance_step, kOps);
