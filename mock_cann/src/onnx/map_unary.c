/* Functions of one operand: mathematics, activations, tests. */
#include <string.h>

#include "onnx/typed.h"

static void set(mc_on *on, mc_val *value) { mc_on_set(on, 0, value); }

static const char *ge_of(const mc_on *on) { return mc_on_rule_of(on)->ge; }

static bool is_unsigned(const mc_val *x) {
  return x != NULL && (x->dtype == MC_UINT8 || x->dtype == MC_UINT16 || x->dtype == MC_UINT32 || x->dtype == MC_UINT64);
}

static bool is_integer(const mc_val *x) {
  return is_unsigned(x) || (x != NULL && (x->dtype == MC_INT8 || x->dtype == MC_INT16 || x->dtype == MC_INT32 ||
                                          x->dtype == MC_INT64));
}

static void map_plain(mc_on *on) { set(on, mc_typed_1(on, ge_of(on), MC_TYPED_EXACT, mc_on_need(on, 0))); }

/* Numbers without a sign are their own magnitude, and their sign is whether they are there. */
static void map_abs(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  set(on, is_unsigned(x) ? mc_ge_1(on, "Identity", x) : mc_typed_1(on, "Abs", MC_TYPED_EXACT, x));
}

static void map_sign(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  set(on, is_unsigned(x) ? mc_ge_cast(on, mc_ge_2(on, "NotEqual", x, mc_like(on, x, 0)), x->dtype)
                         : mc_typed_1(on, "Sign", MC_TYPED_EXACT, x));
}

/* Tests answer bool; 8-bit floats are tested in float. */
static void map_is_nan(mc_on *on) {
  set(on, mc_ge_1(on, "IsNan", mc_typed_in(on, "IsNan", MC_TYPED_EXACT, mc_on_need(on, 0))));
}

static void map_is_inf(mc_on *on) {
  mc_val *x = mc_typed_in(on, "IsInf", MC_TYPED_EXACT, mc_on_need(on, 0));
  const bool negative = mc_on_int(on, "detect_negative", 1) != 0;
  const bool positive = mc_on_int(on, "detect_positive", 1) != 0;
  mc_val *y = mc_ge_1(on, "IsInf", x);
  if (negative != positive) {
    y = mc_ge_2(on, "LogicalAnd", y, mc_ge_2(on, negative ? "Less" : "Greater", x, mc_like(on, x, 0)));
  } else if (!negative) {
    y = mc_ge_2(on, "LogicalAnd", y, mc_ge_const_int(on, MC_BOOL, 0));
  }
  set(on, y);
}

/* One node with float attributes: ONNX's names and defaults, and GE's names. */
typedef struct parameters {
  const char *onnx[2];
  float fallback[2];
  const char *ge[2];
} parameters;

enum { LEAKY, ELU, HARD_SIGMOID, THRESHOLDED, SWISH };

static const parameters kParameters[] = {
    [LEAKY] = {{"alpha"}, {0.01f}, {"negative_slope"}},
    [ELU] = {{"alpha"}, {1.0f}, {"alpha"}},
    [HARD_SIGMOID] = {{"alpha", "beta"}, {0.2f, 0.5f}, {"alpha", "beta"}},
    [THRESHOLDED] = {{"alpha"}, {1.0f}, {"alpha"}},
    [SWISH] = {{"alpha"}, {1.0f}, {"scale"}},
};

static void map_parameters(mc_on *on) {
  const parameters *p = &kParameters[mc_on_rule_of(on)->variant];
  mc_val *x = mc_on_need(on, 0);
  /* Types that GE's activation lacks, float64 above all, cannot be widened away. */
  mc_val *in = mc_typed_in(on, ge_of(on), MC_TYPED_EXACT, x);
  mc_ge *ge = mc_ge_begin(on, ge_of(on));
  mc_ge_in(ge, strcmp(ge_of(on), "HardSigmoid") == 0 ? "input_x" : "x", in);
  for (int i = 0; i < 2 && p->onnx[i] != NULL; ++i) {
    mc_ge_float(ge, p->ge[i], mc_on_float(on, p->onnx[i], p->fallback[i]));
  }
  mc_val *y = mc_ge_end(ge);
  set(on, x == NULL || x->dtype == MC_UNDEFINED ? y : mc_ge_cast(on, y, x->dtype));
}

/* clamp(alpha * x + beta, 0, 1), where GE's own activation has not the type. */
static void map_hard_sigmoid(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  if (x == NULL || x->dtype != MC_DOUBLE) {
    map_parameters(on);
    return;
  }
  mc_val *y = mc_ge_2(on, "Mul", x, mc_like(on, x, (double)mc_on_float(on, "alpha", 0.2f)));
  y = mc_ge_2(on, "Add", y, mc_like(on, x, (double)mc_on_float(on, "beta", 0.5f)));
  set(on, mc_ge_3(on, "ClipByValueV2", y, mc_like(on, x, 0), mc_like(on, x, 1)));
}

static void map_hard_swish(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  if (x == NULL || x->dtype != MC_DOUBLE) {
    set(on, mc_typed_1(on, "HardSwish", MC_TYPED_EXACT, x));
    return;
  }
  mc_val *y = mc_ge_2(on, "Add", mc_ge_2(on, "Mul", x, mc_like(on, x, 1.0 / 6)), mc_like(on, x, 0.5));
  set(on, mc_ge_2(on, "Mul", x, mc_ge_3(on, "ClipByValueV2", y, mc_like(on, x, 0), mc_like(on, x, 1))));
}

static void map_thresholded(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  if (x == NULL || x->dtype != MC_DOUBLE) {
    map_parameters(on);
    return;
  }
  mc_val *above = mc_ge_2(on, "Greater", x, mc_like(on, x, (double)mc_on_float(on, "alpha", 1.0f)));
  set(on, mc_select(on, above, x, mc_like(on, x, 0)));
}

/* x * sigmoid(alpha * x). */
static void map_swish(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  if (x == NULL || x->dtype != MC_DOUBLE) {
    map_parameters(on);
    return;
  }
  mc_val *scaled = mc_ge_2(on, "Mul", x, mc_like(on, x, (double)mc_on_float(on, "alpha", 1.0f)));
  set(on, mc_ge_2(on, "Mul", x, mc_ge_1(on, "Sigmoid", scaled)));
}

/* a * sigmoid(alpha * a) * b. */
static void map_swiglu(mc_on *on) {
  mc_val *a = mc_on_need(on, 0);
  mc_val *scaled = mc_ge_2(on, "Mul", a, mc_like(on, a, (double)mc_on_float(on, "alpha", 1.0f)));
  mc_val *gate = mc_ge_2(on, "Mul", a, mc_ge_1(on, "Sigmoid", scaled));
  set(on, mc_ge_2(on, "Mul", gate, mc_on_need(on, 1)));
}

/* x * tanh(softplus(x)). */
static void map_mish(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  set(on, x != NULL && x->dtype == MC_DOUBLE
              ? mc_ge_2(on, "Mul", x, mc_ge_1(on, "Tanh", mc_ge_1(on, "Softplus", x)))
              : mc_typed_1(on, "Mish", MC_TYPED_EXACT, x));
}

/* gamma * (x above zero, alpha * (e^x - 1) below): Elu with its scale. */
static void map_selu(mc_on *on) {
  const float alpha = mc_on_float(on, "alpha", 1.67326319217681884765625f);
  const float gamma = mc_on_float(on, "gamma", 1.05070102214813232421875f);
  mc_val *x = mc_on_need(on, 0);
  mc_ge *ge = mc_ge_begin(on, "Elu");
  mc_ge_in(ge, "x", mc_typed_in(on, "Elu", MC_TYPED_EXACT, x));
  mc_ge_float(ge, "alpha", alpha);
  mc_ge_float(ge, "scale", gamma);
  mc_val *y = mc_ge_end(ge);
  set(on, x == NULL || x->dtype == MC_UNDEFINED ? y : mc_ge_cast(on, y, x->dtype));
}

/* max(0, x) + min(0, alpha * (e^(x / alpha) - 1)). */
static void map_celu(mc_on *on) {
  const float alpha = mc_on_float(on, "alpha", 1.0f);
  mc_val *x = mc_on_need(on, 0);
  mc_ge *ge = mc_ge_begin(on, "Celu");
  mc_ge_in(ge, "x", mc_typed_in(on, "Celu", MC_TYPED_EXACT, x));
  mc_ge_float(ge, "alpha1", alpha);
  mc_ge_float(ge, "alpha2", alpha);
  mc_val *y = mc_ge_end(ge);
  set(on, x == NULL || x->dtype == MC_UNDEFINED ? y : mc_ge_cast(on, y, x->dtype));
}

/* x * P(X <= x) by the error function; GE's Gelu is the approximation by tanh. */
static void map_gelu(mc_on *on) {
  const char *how = mc_on_string(on, "approximate", "none");
  mc_val *x = mc_on_need(on, 0);
  if (strcmp(how, "tanh") == 0 && (x == NULL || x->dtype != MC_DOUBLE)) {
    set(on, mc_ge_1(on, "Gelu", x));
    return;
  }
  mc_val *wide = x == NULL || x->dtype == MC_DOUBLE || x->dtype == MC_UNDEFINED ? x : mc_ge_cast(on, x, MC_FLOAT);
  mc_val *inner = NULL;
  if (strcmp(how, "tanh") == 0) {
    mc_val *cube = mc_ge_2(on, "Mul", mc_ge_2(on, "Mul", wide, wide), wide);
    inner = mc_ge_2(on, "Add", wide, mc_ge_2(on, "Mul", cube, mc_like(on, wide, 0.044715)));
    inner = mc_ge_1(on, "Tanh", mc_ge_2(on, "Mul", inner, mc_like(on, wide, 0.7978845608028654)));
  } else if (strcmp(how, "none") == 0) {
    inner = mc_ge_1(on, "Erf", mc_ge_2(on, "Mul", wide, mc_like(on, wide, 0.7071067811865476)));
  } else {
    mc_on_fail(on, "attribute approximate is \"%.20s\"; it must be none or tanh", how);
  }
  mc_val *half = mc_ge_2(on, "Mul", wide, mc_like(on, wide, 0.5));
  mc_val *y = mc_ge_2(on, "Mul", half, mc_ge_2(on, "Add", inner, mc_like(on, wide, 1)));
  set(on, x == NULL || x->dtype == MC_UNDEFINED ? y : mc_ge_cast(on, y, x->dtype));
}

/* x + bias below -lambd, x - bias above lambd, 0 between; integers are computed in double. */
static void map_shrink(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  const double bias = (double)mc_on_float(on, "bias", 0.0f);
  const double lambd = (double)mc_on_float(on, "lambd", 0.5f);
  mc_val *wide = is_integer(x) ? mc_ge_cast(on, x, MC_DOUBLE) : x;
  mc_val *below = mc_ge_2(on, "Less", wide, mc_like(on, wide, -lambd));
  mc_val *above = mc_ge_2(on, "Greater", wide, mc_like(on, wide, lambd));
  mc_val *y = mc_select(on, above, mc_ge_2(on, "Sub", wide, mc_like(on, wide, bias)), mc_like(on, wide, 0));
  y = mc_select(on, below, mc_ge_2(on, "Add", wide, mc_like(on, wide, bias)), y);
  set(on, x == NULL || x->dtype == MC_UNDEFINED ? y : mc_ge_cast(on, y, x->dtype));
}

#define PLAIN(type, since, ge) {type, since, 0, map_plain, ge, 0}

static const mc_on_rule kRules[] = {
    {"Abs", 6, 0, map_abs, NULL, 0},
    PLAIN("Neg", 6, "Neg"),
    {"Sign", 9, 0, map_sign, NULL, 0},
    PLAIN("Exp", 6, "Exp"),
    PLAIN("Log", 6, "Log"),
    PLAIN("Sqrt", 6, "Sqrt"),
    PLAIN("Reciprocal", 6, "Reciprocal"),
    PLAIN("Floor", 6, "Floor"),
    PLAIN("Ceil", 6, "Ceil"),
    PLAIN("Round", 11, "Rint"),
    PLAIN("Sin", 7, "Sin"),
    PLAIN("Cos", 7, "Cos"),
    PLAIN("Tan", 7, "Tan"),
    PLAIN("Asin", 7, "Asin"),
    PLAIN("Acos", 7, "Acos"),
    PLAIN("Atan", 7, "Atan"),
    PLAIN("Sinh", 9, "Sinh"),
    PLAIN("Cosh", 9, "Cosh"),
    PLAIN("Asinh", 9, "Asinh"),
    PLAIN("Acosh", 9, "Acosh"),
    PLAIN("Atanh", 9, "Atanh"),
    PLAIN("Erf", 9, "Erf"),
    PLAIN("Sigmoid", 6, "Sigmoid"),
    PLAIN("Tanh", 6, "Tanh"),
    PLAIN("Relu", 6, "Relu"),
    PLAIN("Softplus", 1, "Softplus"),
    PLAIN("Softsign", 1, "Softsign"),
    PLAIN("Not", 1, "LogicalNot"),
    PLAIN("BitwiseNot", 18, "Invert"),
    {"IsNaN", 9, 0, map_is_nan, NULL, 0},
    {"IsInf", 10, 0, map_is_inf, NULL, 0},
    {"LeakyRelu", 6, 0, map_parameters, "LeakyRelu", LEAKY},
    {"Elu", 6, 0, map_parameters, "Elu", ELU},
    {"HardSigmoid", 6, 0, map_hard_sigmoid, "HardSigmoid", HARD_SIGMOID},
    {"ThresholdedRelu", 10, 0, map_thresholded, "ThresholdedRelu", THRESHOLDED},
    {"Swish", 24, 0, map_swish, "Swish", SWISH},
    {"SwiGLU", 28, 0, map_swiglu, NULL, 0},
    {"HardSwish", 14, 0, map_hard_swish, NULL, 0},
    {"Mish", 18, 0, map_mish, NULL, 0},
    {"Selu", 6, 0, map_selu, NULL, 0},
    {"Celu", 12, 0, map_celu, NULL, 0},
    {"Gelu", 20, 0, map_gelu, NULL, 0},
    {"Shrink", 9, 0, map_shrink, NULL, 0},
};
MC_ON_FAMILY(unary, kRules);
