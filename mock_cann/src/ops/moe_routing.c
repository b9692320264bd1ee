/*
 * Mixtures of experts behind their gate: MoeInitRouting sends rows to experts, MoeComputeExpertTokens counts them.
 *
 * row_idx of MoeInitRouting numbers the pairs of row and choice by choice first (choice * rows + row), and so does
 * expanded_row_idx, which says where in expanded_x such a pair went.
 */
#include <stdlib.h>
#include <string.h>

#include "ops/checks.h"
#include "ops/family.h"

/* ---- MoeInitRouting ---- */

typedef struct choice {
  int32_t expert;
  int64_t place; /* in expert_idx */
} choice;

static int compare(const void *left, const void *right) {
  const choice *a = left, *b = right;
  return a->expert != b->expert ? (a->expert < b->expert ? -1 : 1) : (a->place > b->place) - (a->place < b->place);
}

static int run_init(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t pairs = mc_shape_count(&call->in[1].desc.shape);
  const int64_t kept = call->out[0].desc.shape.dims[0];
  const size_t bytes = (size_t)x->dims[1] * mc_dtype_size(call->in[0].desc.dtype);
  const int32_t *rows = in[1], *experts = in[2];
  int32_t *place_of = out[1], *sorted = out[2];
  choice *choices = scratch;
  for (int64_t i = 0; i < pairs; ++i) {
    choices[i] = (choice){experts[i], i};
    place_of[i] = -1;
  }
  if (pairs > 0) {
    qsort(choices, (size_t)pairs, sizeof(*choices), compare);
  }
  for (int64_t i = 0; i < pairs; ++i) {
    const int32_t pair = rows[choices[i].place];
    if (pair < 0 || pair >= pairs || place_of[pair] >= 0) {
      return mc_op_error(call, "row_idx[%lld] is %d; row_idx must hold every number of [0, %lld) once",
                         (long long)choices[i].place, (int)pair, (long long)pairs);
    }
    place_of[pair] = (int32_t)i;
    sorted[i] = choices[i].expert;
    if (i < kept && bytes > 0) {
      memcpy((char *)out[0] + (size_t)i * bytes, (const char *)in[0] + (size_t)(pair % x->dims[0]) * bytes, bytes);
    }
  }
  return 0;
}

static int infer_init(mc_op_call *call) {
  char tx[MC_SHAPE_TEXT], tr[MC_SHAPE_TEXT], te[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc, *rows = &call->in[1].desc, *experts = &call->in[2].desc;
  int64_t active = 0;
  const int status = mc_need_int(call, "active_num", &active);
  if (status != 0) {
    return status;
  }
  if (active < 0) {
    return mc_op_error(call, "attribute active_num is %lld; it must be 0 or more", (long long)active);
  }
  const int64_t pairs = mc_shape_count(&rows->shape);
  if (x->shape.rank != 2 || rows->shape.rank != 2 || rows->shape.dims[0] != x->shape.dims[0] || pairs > INT32_MAX ||
      !mc_shape_equal(&rows->shape, &experts->shape) || rows->dtype != MC_INT32 || experts->dtype != MC_INT32) {
    return mc_op_error(call, "x %.50s, row_idx %s %.50s and expert_idx %s %.50s must be [rows,size], and DT_INT32 [rows,k] twice",
                       mc_shape_text(&x->shape, tx), mc_dtype_name(rows->dtype), mc_shape_text(&rows->shape, tr),
                       mc_dtype_name(experts->dtype), mc_shape_text(&experts->shape, te));
  }
  const int64_t kept = active < x->shape.dims[0] ? active : x->shape.dims[0];
  call->out[0].desc = *x;
  call->out[0].desc.shape.dims[0] = kept * rows->shape.dims[1];
  call->out[1].desc = call->out[2].desc = (mc_desc){MC_INT32, MC_FORMAT_ND, {1, {pairs}}};
  return mc_check_sizes(call);
}

static int prepare_init(mc_op_call *call) {
  const int64_t pairs = mc_shape_count(&call->in[1].desc.shape);
  call->scratch = sizeof(choice) * (size_t)pairs;
  mc_op_cost(call, 100 + (double)pairs * 60 + (double)mc_desc_bytes(&call->out[0].desc) / 8);
  call->run = run_init;
  return 0;
}

/* ---- MoeComputeExpertTokens: how many rows went to each expert and those before it ---- */

static int run_tokens(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const int64_t rows = call->in[0].desc.shape.dims[0];
  const int32_t *experts = in[0];
  int32_t *ends = out[0];
  int64_t at = 0;
  for (int64_t i = 1; i < rows; ++i) {
    if (experts[i] < experts[i - 1]) {
      return mc_op_error(call, "sorted_experts[%lld] is %d behind %d; they must ascend", (long long)i, (int)experts[i],
                         (int)experts[i - 1]);
    }
  }
  for (int64_t e = 0; e < call->out[0].desc.shape.dims[0]; ++e) {
    while (at < rows && experts[at] <= e) {
      ++at;
    }
    ends[e] = (int32_t)at;
  }
  return 0;
}

static int infer_tokens(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  int64_t experts = 0;
  const mc_shape *sorted = &call->in[0].desc.shape;
  const int status = mc_need_int(call, "num_experts", &experts);
  if (status != 0) {
    return status;
  }
  if (sorted->rank != 1 || sorted->dims[0] > INT32_MAX || experts < 1) {
    return mc_op_error(call, "sorted_experts has shape %.80s and num_experts is %lld; a vector and 1 or more are needed",
                       mc_shape_text(sorted, text), (long long)experts);
  }
  call->out[0].desc = (mc_desc){MC_INT32, MC_FORMAT_ND, {1, {experts}}};
  return mc_check_sizes(call);
}

static int prepare_tokens(mc_op_call *call) {
  mc_op_cost(call, 50 + (double)mc_shape_count(&call->in[0].desc.shape));
  call->run = run_tokens;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "MoeInitRouting",
     .inputs = "x row_idx expert_idx",
     .outputs = "expanded_x expanded_row_idx expanded_expert_idx",
     .dtypes = MC_T_FLOATS,
     .infer = infer_init,
     .prepare = prepare_init},
    {.type = "MoeComputeExpertTokens",
     .inputs = "sorted_experts",
     .outputs = "total_rows_before_expert",
     .dtypes = MC_DTYPE_BIT(MC_INT32),
     .infer = infer_tokens,
     .prepare = prepare_tokens},
};

MC_OP_FAMILY(moe_routing, kOps);
