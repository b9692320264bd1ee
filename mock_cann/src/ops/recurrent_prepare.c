/* What the operators over recurrent cells check and plan alike. */
#include "engine/status.h"
#include "ops/recurrent.h"

int mc_recurrent_check(const mc_op_call *call, int slot, int64_t count) {
  char name[MC_OP_NAME];
  char text[MC_SHAPE_TEXT];
  const mc_op_value *input = slot < 0 ? NULL : mc_op_input(call, slot);
  if (input == NULL || (mc_shape_count(&input->desc.shape) == count &&
                        (MC_T_FLOATS & MC_DTYPE_BIT(input->desc.dtype)) != 0)) {
    return MC_OK;
  }
  return mc_op_error(call, "input %s is %s %.90s; it must have %lld elements of a float type",
                     mc_op_input_name(call, slot, name), mc_dtype_name(input->desc.dtype),
                     mc_shape_text(&input->desc.shape, text), (long long)count);
}

/* Bytes; 0 when that overflows. */
static size_t scratch_of(const mc_recurrent *s) {
  int64_t wide = 0;
  int64_t floats = 0;
  if (__builtin_mul_overflow(s->batch, s->gates * s->hidden, &wide) ||
      __builtin_mul_overflow(wide, s->steps + 3, &floats) || floats > INT64_MAX / 8) {
    return 0;
  }
  const int64_t packed = mc_gemm_packed_size(false, s->gates * s->hidden, s->hidden);
  const int64_t entering = mc_gemm_packed_size(false, s->hidden, s->hidden);
  if (packed < 0 || entering < 0 || __builtin_add_overflow(floats, packed + entering, &floats) ||
      floats > INT64_MAX / 8) {
    return 0;
  }
  return sizeof(float) * (size_t)(floats + 64);
}

static double cost_of(const mc_recurrent *s) {
  const double wide = (double)s->gates * (double)s->hidden;
  const double rows = (double)s->steps * (double)s->batch;
  return 500 + mc_gemm_cost_ns(rows, wide, (double)s->input) +
         (double)s->steps * (300 + mc_gemm_cost_ns((double)s->batch, wide, (double)s->hidden)) + rows * wide * 2;
}

int mc_recurrent_prepare(mc_op_call *call, const mc_recurrent *s, int directions) {
  call->scratch = scratch_of(s);
  mc_op_cost(call, directions * cost_of(s));
  return call->scratch != 0 ? MC_OK : mc_op_error(call, "the gates of all steps are too large");
}
