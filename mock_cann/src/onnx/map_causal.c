/* CausalConvWithState: every channel by itself, over what came before (zeros at first); the state is what comes before the
 * next input. */
#include <string.h>

#include "onnx/map.h"

/* `past` or k - 1 zeros, then the input. */
static mc_val *with_past(mc_on *on, mc_val *x, mc_val *past, int64_t k) {
  if (past != NULL) {
    mc_val *parts[] = {past, x};
    return mc_ge_concat(on, parts, 2, 2);
  }
  const int64_t before[] = {0, 0, 0, 0, k - 1, 0};
  mc_val *paddings = mc_ge_const_ints(on, MC_INT64, before, 6);
  return mc_ge_3(on, "PadV3", x, paddings, mc_ge_const_float(on, x->dtype, 0));
}

static mc_val *convolved(mc_on *on, mc_val *x, mc_val *weight, mc_val *bias) {
  static const int64_t kOnes[] = {1, 1, 1, 1}, kRow = 2;
  const int64_t none[] = {0, 0, 0, 0};
  mc_ge *ge = mc_ge_begin(on, "Conv2D");
  mc_ge_in(ge, "x", mc_ge_unsqueeze(on, x, &kRow, 1));
  mc_ge_in(ge, "filter", mc_ge_unsqueeze(on, weight, &kRow, 1));
  mc_ge_in(ge, "bias", bias);
  mc_ge_ints(ge, "strides", kOnes, 4);
  mc_ge_ints(ge, "dilations", kOnes, 4);
  mc_ge_ints(ge, "pads", none, 4);
  mc_ge_int(ge, "groups", weight->shape.dims[0]);
  mc_ge_string(ge, "data_format", "NCHW");
  mc_ge_format(ge, "x", MC_FORMAT_NCHW);
  mc_ge_format(ge, "filter", MC_FORMAT_NCHW);
  mc_ge_format(ge, "y", MC_FORMAT_NCHW);
  return mc_ge_squeeze(on, mc_ge_end(ge), &kRow, 1);
}

/* The last k - 1 positions: they begin where the input is long. */
static mc_val *state_after(mc_on *on, mc_val *padded, mc_val *x, int64_t k) {
  static const int64_t kNone[] = {0, 0};
  const int64_t sizes[] = {-1, -1, k - 1};
  mc_val *parts[] = {mc_ge_const_ints(on, MC_INT64, kNone, 2), mc_ge_slice(on, mc_ge_shape(on, x), 0, 2, 1)};
  return mc_ge_3(on, "Slice", padded, mc_ge_concat(on, parts, 2, 0), mc_ge_const_ints(on, MC_INT64, sizes, 3));
}

static void map_causal_conv(mc_on *on) {
  mc_val *x = mc_on_need(on, 0), *weight = mc_on_need(on, 1);
  const char *activation = mc_on_string(on, "activation", "none");
  const bool swish = strcmp(activation, "silu") == 0 || strcmp(activation, "swish") == 0;
  if (mc_on_failed(on) || weight->shape.rank != 3 || weight->shape.dims[0] < 1 || weight->shape.dims[2] < 1) {
    mc_on_fail(on, "its weight must have a known shape [channels, 1, k]");
    return;
  }
  if (!swish && strcmp(activation, "none") != 0) {
    mc_on_fail(on, "its activation '%.40s' is none of silu, swish and none", activation);
    return;
  }
  const int64_t k = weight->shape.dims[2];
  mc_val *padded = with_past(on, x, mc_on_in(on, 3), k);
  mc_val *y = convolved(on, padded, weight, mc_on_in(on, 2));
  mc_on_set(on, 0, swish ? mc_ge_1(on, "Swish", y) : y);
  if (mc_on_wants(on, 1)) {
    mc_on_set(on, 1, state_after(on, padded, x, k));
  }
}

static const mc_on_rule kRules[] = {{"CausalConvWithState", 27, 0, map_causal_conv, NULL, 0}};

MC_ON_FAMILY(causal, kRules);
