/* FakeQuantWithMinMaxVars: floats as they would be after quantisation and back. */
#include <math.h>

#include "ops/checks.h"
#include "ops/family.h"

/* Rounds to the numbers that num_bits can tell apart between min and max, moved so that zero is one of them.
 */
static int run_fake(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const float *x = in[0];
  float *y = out[0];
  const float low = *(const float *)in[1];
  const float high = *(const float *)in[2];
  const float least = mc_attrs_bool(call->attrs, "narrow_range", false) ? 1.0f : 0.0f;
  const float most = (float)((1 << mc_attrs_int(call->attrs, "num_bits", 8)) - 1);
  const float scale = (high - low) / (most - least);
  const float zero = least - low / scale;
  const float nudged = zero < least ? least : zero > most ? most : floorf(zero + 0.5f);
  const float low_at = (least - nudged) * scale;
  const float high_at = (most - nudged) * scale;
  const int64_t count = mc_shape_count(&call->out[0].desc.shape);
  for (int64_t i = 0; i < count; ++i) {
    const float kept = x[i] < low_at ? low_at : x[i] > high_at ? high_at : x[i];
    y[i] = low == 0 && high == 0 ? 0.0f : floorf((kept - low_at) / scale + 0.5f) * scale + low_at;
  }
  return 0;
}

static int infer_fake(mc_op_call *call) {
  const int64_t bits = mc_attrs_int(call->attrs, "num_bits", 8);
  if (bits < 2 || bits > 16) {
    return mc_op_error(call, "attribute num_bits is %lld; it must be in [2, 16]", (long long)bits);
  }
  for (int i = 1; i < 3; ++i) {
    if (call->in[i].desc.dtype != MC_FLOAT || mc_shape_count(&call->in[i].desc.shape) != 1) {
      return mc_op_error(call, "input %s must be one DT_FLOAT", i == 1 ? "min" : "max");
    }
  }
  return mc_infer_same(call);
}

static const mc_op_def kOps[] = {
    {.type = "FakeQuantWithMinMaxVars",
     .inputs = "x min max",
     .outputs = "y",
     .dtypes = MC_T_F32,
     .inplace = 1,
     .infer = infer_fake,
     .kernel = run_fake},
};

MC_OP_FAMILY(fake_quant, kOps);
