/* Activations: functions of one operand with the parameters neural networks give them. */
#include "ops/family.h"
#include "ops/unary.h"

static int prepare_plain(mc_op_call *call) { return mc_unary_prepare(call, call->def->variant, NULL); }

static float attr(const mc_op_call *call, const char *name, float fallback) {
  return mc_attrs_float(call->attrs, name, fallback);
}

static int prepare_leaky_relu(mc_op_call *call) {
  const float p[4] = {attr(call, "negative_slope", 0.0f)};
  return mc_unary_prepare(call, MC_UNARY_LEAKY_RELU, p);
}

/* x < 0: alpha * scale * (e^(input_scale * x) - 1), otherwise scale * x. */
static int prepare_elu(mc_op_call *call) {
  const float scale = attr(call, "scale", 1.0f);
  const float p[4] = {attr(call, "alpha", 1.0f) * scale, attr(call, "input_scale", 1.0f), scale};
  return mc_unary_prepare(call, MC_UNARY_ELU, p);
}

/* x < 0: alpha1 * (e^(x / alpha2) - 1), otherwise alpha3 * x. */
static int prepare_celu(mc_op_call *call) {
  const float p[4] = {attr(call, "alpha1", 1.0f), attr(call, "alpha2", 1.0f), attr(call, "alpha3", 1.0f)};
  if (p[1] == 0.0f) {
    return mc_op_error(call, "attribute alpha2 is 0; it must not be");
  }
  return mc_unary_prepare(call, MC_UNARY_CELU, p);
}

static int prepare_swish(mc_op_call *call) {
  const float p[4] = {attr(call, "scale", 1.0f)};
  return mc_unary_prepare(call, MC_UNARY_SWISH, p);
}

static int prepare_hard_sigmoid(mc_op_call *call) {
  const float p[4] = {attr(call, "alpha", 0.16666666f), attr(call, "beta", 0.5f)};
  return mc_unary_prepare(call, MC_UNARY_HARD_SIGMOID, p);
}

/* HardShrink and SoftShrink. */
static int prepare_shrink(mc_op_call *call) {
  const float p[4] = {attr(call, "lambd", 0.5f)};
  return mc_unary_prepare(call, call->def->variant, p);
}

static int prepare_thresholded_relu(mc_op_call *call) {
  const float p[4] = {attr(call, "alpha", 1.0f)};
  return mc_unary_prepare(call, MC_UNARY_THRESHOLDED_RELU, p);
}

static int prepare_celu_v2(mc_op_call *call) {
  const float alpha = attr(call, "alpha", 1.0f);
  const float p[4] = {alpha, alpha, 1.0f};
  return alpha == 0.0f ? mc_op_error(call, "attribute alpha is 0; it must not be")
                       : mc_unary_prepare(call, MC_UNARY_CELU, p);
}

/* x - bias above lambd, x + bias below -lambd. */
static int prepare_shrink_by(mc_op_call *call) {
  const float p[4] = {attr(call, "lambd", 0.5f), attr(call, "bias", 0.0f)};
  return mc_unary_prepare(call, MC_UNARY_SHRINK, p);
}

/* Between 0 and 6 * scale. */
static int prepare_relu6d(mc_op_call *call) {
  const float p[4] = {6.0f * attr(call, "scale", 1.0f)};
  return mc_unary_prepare(call, MC_UNARY_RELU_TO, p);
}

static int prepare_nan_to_num(mc_op_call *call) {
  static const char *const kNames[] = {"nan", "posinf", "neginf"};
  float p[4] = {0};
  for (int i = 0; i < 3; ++i) {
    const mc_attr *found = mc_attrs_find(call->attrs, kNames[i]);
    if (found == NULL || found->kind != MC_ATTR_FLOAT) {
      return mc_op_error(call, "attribute %s is required and must be a number", kNames[i]);
    }
    p[i] = found->f;
  }
  return mc_unary_prepare(call, MC_UNARY_NAN_TO_NUM, p);
}

#define F16_F32 (MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16))
#define RELU_TYPES                                                                                           \
  (MC_T_FLOATS64 | MC_T_SIGNED | MC_DTYPE_BIT(MC_UINT8) | MC_DTYPE_BIT(MC_UINT16))
#define OP(name, function, types, prepare) MC_UNARY_OP(name, MC_UNARY_##function, types, prepare)
#define OP_LONG(name, function, types, prepare_function)                                                     \
  {.type = (name), .inputs = "input_x", .outputs = "output_y", .dtypes = (types),                            \
   .flags = MC_OP_ELEMENTWISE, .inplace = 1, .infer = mc_infer_same, .prepare = (prepare_function),          \
   .tile = mc_map_tile, .variant = MC_UNARY_##function}

static const mc_op_def kOps[] = {
    OP("Relu", RELU, RELU_TYPES, prepare_plain),
    OP("Relu6", RELU6, MC_T_NUMBERS, prepare_plain),
    OP("LeakyRelu", LEAKY_RELU, MC_T_FLOATS64, prepare_leaky_relu),
    OP("Elu", ELU, MC_T_FLOATS64, prepare_elu),
    OP("Celu", CELU, F16_F32, prepare_celu),
    OP("Selu", SELU, MC_T_FLOATS64, prepare_plain),
    OP("Sigmoid", SIGMOID, MC_T_FLOATS64, prepare_plain),
    OP("LogSigmoid", LOG_SIGMOID, MC_T_FLOATS, prepare_plain),
    OP("Tanh", TANH, MC_T_FLOATS64, prepare_plain),
    OP("Softplus", SOFTPLUS, MC_T_FLOATS64, prepare_plain),
    OP("Softsign", SOFTSIGN, MC_T_FLOATS64, prepare_plain),
    OP("Gelu", GELU, MC_T_FLOATS, prepare_plain),
    OP("FastGelu", FAST_GELU, MC_T_FLOATS, prepare_plain),
    OP("Swish", SWISH, MC_T_FLOATS, prepare_swish),
    OP("HardSwish", HARD_SWISH, MC_T_FLOATS, prepare_plain),
    OP_LONG("HardSigmoid", HARD_SIGMOID, MC_T_FLOATS, prepare_hard_sigmoid),
    OP("Mish", MISH, MC_T_FLOATS, prepare_plain),
    OP_LONG("HardShrink", HARD_SHRINK, MC_T_FLOATS, prepare_shrink),
    OP_LONG("SoftShrink", SOFT_SHRINK, MC_T_FLOATS, prepare_shrink),
    OP("CeluV2", CELU, MC_T_FLOATS, prepare_celu_v2),
    OP_LONG("Shrink", SHRINK, F16_F32, prepare_shrink_by),
    OP("Relu6D", RELU_TO, MC_T_NUMBERS, prepare_relu6d),
    OP("NanToNum", NAN_TO_NUM, MC_T_FLOATS, prepare_nan_to_num),
    OP("ThresholdedRelu", THRESHOLDED_RELU, F16_F32, prepare_thresholded_relu),
};

MC_OP_FAMILY(activation, kOps);
