/* Reads the calls of the fused attention operators; what is not emulated is named. */
#include "ops/flash_attention.h"

#include <string.h>

#include "ops/checks.h"

const mc_flash_spelling mc_flash_spellings[] = {
    [MC_FLASH_SCORE] = {"head_num", NULL, "scale_value", "input_layout", "pre_tockens", "next_tockens", 3, 6,
                        -1, -1, 3, true, 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 6},
    [MC_FLASH_PROMPT] = {"num_heads", "num_key_value_heads", "scale_value", "input_layout", "pre_tokens",
                         "next_tokens", 3, 4, 5, 6, 0, false, 0x7f},
    [MC_FLASH_INCREMENTAL] = {"num_heads", "num_key_value_heads", "scale_value", "input_layout", NULL, NULL,
                              3, 4, -1, 5, 0, false, 0x3f},
    [MC_FLASH_FUSED] = {"num_heads", "num_key_value_heads", "scale", "input_layout", "pre_tokens",
                        "next_tokens", 3, 4, 5, 6, 0, false, 0x7f},
};

static int refuse_others(const mc_op_call *call, const mc_flash_spelling *s) {
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
      return mc_op_error(call, "input %s is connected%s; that is not emulated",
                         mc_op_input_name(call, slot, name),
                         call->slot_count[slot] > 1 ? " more than once" : "");
    }
  }
  return 0;
}

static int read_operands(const mc_op_call *call, const mc_flash_spelling *s, mc_att *a) {
  char text_q[MC_SHAPE_TEXT];
  char text_k[MC_SHAPE_TEXT];
  const mc_desc *q = &mc_op_input(call, 0)->desc, *k = &mc_op_input(call, 1)->desc,
                *v = &mc_op_input(call, 2)->desc;
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
  if (!known || !mc_att_layout(layout, &k->shape, kv, dk, &a->k) ||
      !mc_att_layout(layout, &v->shape, kv, dv, &a->v)) {
    return mc_op_error(
        call, "query %.70s and key %.70s do not fit layout '%.20s' with %lld heads (BSH, SBH, BSND, BNSD)",
        mc_shape_text(&q->shape, text_q), mc_shape_text(&k->shape, text_k), layout, (long long)heads);
  }
  if (dq[0] != dk[0] || dk[0] != dv[0] || dk[1] != dv[1] || dk[2] != dv[2] || dq[3] != dk[3] || dk[1] <= 0 ||
      dq[1] % dk[1] != 0) {
    return mc_op_error(call, "query %.90s, key %.90s and value do not fit each other",
                       mc_shape_text(&q->shape, text_q), mc_shape_text(&k->shape, text_k));
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
static int read_sparsity(const mc_op_call *call, const mc_flash_spelling *s, mc_att *a) {
  const int64_t mode = mc_attrs_int(call->attrs, "sparse_mode", 0);
  const bool masked = mc_op_input(call, s->mask) != NULL;
  a->before = s->before == NULL ? INT32_MAX : mc_attrs_int(call->attrs, s->before, INT32_MAX);
  a->after = s->after == NULL
                 ? INT32_MAX
                 : mc_attrs_int(call->attrs, s->after, call->def->variant == MC_FLASH_PROMPT ? 0 : INT32_MAX);
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

static int check_plane(const mc_op_call *call, const mc_att *a, int slot, uint64_t types,
                       mc_att_plane *plane) {
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  const mc_op_value *value = slot < 0 ? NULL : mc_op_input(call, slot);
  if (value != NULL &&
      ((types >> value->desc.dtype & 1) == 0 || !mc_att_plane_make(a, &value->desc, plane))) {
    return mc_op_error(call,
                       "input %s is %s %.80s; it must be of an accepted type and fit [%lld,%lld,%lld,%lld]",
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

int mc_flash_read(const mc_op_call *call, mc_att *a) {
  const mc_flash_spelling *s = &mc_flash_spellings[call->def->variant];
  const uint64_t masks =
      MC_T_BOOL | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_INT8) | MC_DTYPE_BIT(MC_FLOAT16);
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
