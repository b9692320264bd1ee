/* Dropout: the identity at inference; with a mask made elsewhere, what is kept is divided by keep_prob. */
#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { BITS, BYTES, CHUNK = 1024, CHUNKS = 16 };

typedef struct job {
  const mc_op_call *call;
  const char *x;
  const uint8_t *mask;
  char *y;
  float keep;
  int64_t count;
} job;

static void mask_chunks(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const int dtype = j->call->in[0].desc.dtype;
  const size_t size = mc_dtype_size(dtype);
  const bool bits = j->call->def->variant == BITS;
  float values[CHUNK];
  for (int64_t chunk = begin; chunk < end; ++chunk) {
    const int64_t at = chunk * CHUNK;
    const int64_t n = j->count - at < CHUNK ? j->count - at : CHUNK;
    mc_convert_for(dtype, MC_FLOAT)(j->x + (size_t)at * size, values, n);
    for (int64_t i = 0; i < n; ++i) {
      const bool kept = bits ? j->mask[(at + i) / 8] >> ((at + i) % 8) & 1 : j->mask[at + i] != 0;
      values[i] = kept ? values[i] / j->keep : 0.0f;
    }
    mc_convert_for(MC_FLOAT, dtype)(values, j->y + (size_t)at * size, n);
  }
}

static int run_mask(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  job j = {
      .call = call, .x = in[0], .mask = in[1], .y = out[0], .count = mc_shape_count(&call->in[0].desc.shape)};
  mc_convert_for(call->in[2].desc.dtype, MC_FLOAT)(in[2], &j.keep, 1);
  if (j.keep == 0.0f) { /* nothing is kept */
    memset(out[0], 0, (size_t)mc_desc_bytes(&call->out[0].desc));
    return 0;
  }
  mc_parallel_for((j.count + CHUNK - 1) / CHUNK, CHUNKS, mask_chunks, &j);
  return 0;
}

static int infer_mask(mc_op_call *call) {
  char text[MC_SHAPE_TEXT];
  const mc_desc *x = &call->in[0].desc;
  const mc_desc *mask = &call->in[1].desc;
  const mc_desc *keep = &call->in[2].desc;
  const bool bits = call->def->variant == BITS;
  const uint64_t types = MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(bits ? MC_UINT1 : MC_BOOL);
  if ((types >> mask->dtype & 1) == 0) {
    return mc_op_error(call, "input mask has dtype %s; it must be DT_UINT8 or %s", mc_dtype_name(mask->dtype),
                       bits ? "DT_UINT1" : "DT_BOOL");
  }
  const int64_t count = mc_shape_count(&x->shape);
  const int64_t flags = mc_shape_count(&mask->shape);
  const int64_t room =
      mask->dtype == MC_UINT8 && bits ? flags > INT64_MAX / 8 ? INT64_MAX : flags * 8 : flags;
  if (bits ? room < count : room != count) {
    return mc_op_error(call, "input mask has shape %.100s, room for %lld flags; x has %lld elements",
                       mc_shape_text(&mask->shape, text), (long long)room, (long long)count);
  }
  if (mc_shape_count(&keep->shape) != 1 || keep->dtype != x->dtype) {
    return mc_op_error(call, "input keep_prob is %s %.100s; it must be one %s", mc_dtype_name(keep->dtype),
                       mc_shape_text(&keep->shape, text), mc_dtype_name(x->dtype));
  }
  call->out[0].desc = *x;
  return 0;
}

static int prepare_mask(mc_op_call *call) {
  mc_op_cost(call, 50 + (double)mc_shape_count(&call->in[0].desc.shape));
  call->run = run_mask;
  return 0;
}

static int run_copy(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  memmove(out[0], in[0], (size_t)mc_desc_bytes(&call->out[0].desc));
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "Dropout",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_F32,
     .flags = MC_OP_VIEW,
     .inplace = 1,
     .infer = mc_infer_same,
     .kernel = run_copy},
    {.type = "DropOutDoMask",
     .inputs = "x mask keep_prob",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .inplace = 1,
     .infer = infer_mask,
     .prepare = prepare_mask,
     .variant = BITS},
    {.type = "DropOutDoMaskV3",
     .inputs = "x mask keep_prob",
     .outputs = "y",
     .dtypes = MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16),
     .inplace = 1,
     .infer = infer_mask,
     .prepare = prepare_mask,
     .variant = BYTES},
};

MC_OP_FAMILY(dropout, kOps);
