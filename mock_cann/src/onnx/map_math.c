/* Arithmetic, comparisons and logic of two or more operands. */
#include <string.h>

#include "onnx/typed.h"

static void set(mc_on *on, mc_val *value) { mc_on_set(on, 0, value); }

static const char *ge_of(const mc_on *on) { return mc_on_rule_of(on)->ge; }

/* Add, Sub, Mul: the low bits suffice. */
static void map_ring(mc_on *on) {
  set(on, mc_typed_2(on, ge_of(on), MC_TYPED_MODULAR, mc_on_need(on, 0), mc_on_need(on, 1)));
}

/* Operators that exist in the type or do not. */
static void map_plain(mc_on *on) {
  set(on, mc_typed_2(on, ge_of(on), MC_TYPED_EXACT, mc_on_need(on, 0), mc_on_need(on, 1)));
}

static void map_compare(mc_on *on) {
  const mc_typed_rule rule = strcmp(ge_of(on), "Equal") == 0 ? MC_TYPED_MODULAR : MC_TYPED_EXACT;
  set(on, mc_typed_test(on, ge_of(on), rule, mc_on_need(on, 0), mc_on_need(on, 1)));
}

/* a / b for 64 bits without a sign, by signed division. Half of `a` divided gives the quotient but for its last bit;
 * a divisor of 2^63 and more goes at most once. */
static mc_val *divide_u64(mc_on *on, mc_val *a, mc_val *b) {
  mc_val *one = mc_like(on, a, 1);
  mc_val *half = mc_ge_cast(on, mc_ge_2(on, "RightShift", a, one), MC_INT64);
  mc_val *signed_b = mc_ge_cast(on, b, MC_INT64);
  mc_val *large = mc_ge_2(on, "Less", signed_b, mc_ge_const_int(on, MC_INT64, 0));
  mc_val *quotient = mc_ge_cast(on, mc_ge_2(on, "Div", half, signed_b), MC_UINT64);
  quotient = mc_ge_2(on, "LeftShift", quotient, one);
  mc_val *product = mc_typed_2(on, "Mul", MC_TYPED_MODULAR, quotient, b);
  mc_val *rest = mc_typed_2(on, "Sub", MC_TYPED_MODULAR, a, product);
  mc_val *more = mc_ge_cast(on, mc_ge_2(on, "GreaterEqual", rest, b), MC_UINT64);
  mc_val *small = mc_typed_2(on, "Add", MC_TYPED_MODULAR, quotient, more);
  return mc_select(on, large, mc_ge_cast(on, mc_ge_2(on, "GreaterEqual", a, b), MC_UINT64), small);
}

static bool is(const mc_val *value, int dtype) { return value != NULL && value->dtype == dtype; }

static void map_div(mc_on *on) {
  mc_val *a = mc_on_need(on, 0);
  mc_val *b = mc_on_need(on, 1);
  set(on, is(a, MC_UINT64) ? divide_u64(on, a, b) : mc_typed_2(on, "Div", MC_TYPED_EXACT, a, b));
}

static bool real(const mc_val *value) {
  return value->dtype == MC_FLOAT || value->dtype == MC_FLOAT16 || value->dtype == MC_BF16 || value->dtype == MC_DOUBLE;
}

/* The remainder has the sign of the divisor, with fmod that of the dividend. */
static void map_mod(mc_on *on) {
  mc_val *a = mc_on_need(on, 0);
  mc_val *b = mc_on_need(on, 1);
  const bool truncated = mc_on_int(on, "fmod", 0) != 0;
  if (a != NULL && !truncated && real(a) && mc_on_version(on) < 28) {
    mc_on_fail(on, "attribute fmod is 0; up to opset 27 it must be 1 for %s", mc_dtype_name(a->dtype));
    return;
  }
  if (is(a, MC_UINT64)) {
    mc_val *product = mc_typed_2(on, "Mul", MC_TYPED_MODULAR, divide_u64(on, a, b), b);
    set(on, mc_typed_2(on, "Sub", MC_TYPED_MODULAR, a, product));
    return;
  }
  set(on, mc_typed_2(on, truncated ? "Mod" : "FloorMod", MC_TYPED_EXACT, a, b));
}

/* The result has the base's type, whatever the exponent's: mixed kinds meet in the wider one. */
static void map_pow(mc_on *on) {
  mc_val *base = mc_on_need(on, 0);
  mc_val *exponent = mc_on_need(on, 1);
  if (base == NULL || exponent == NULL || base->dtype == exponent->dtype || base->dtype == MC_UNDEFINED ||
      exponent->dtype == MC_UNDEFINED) {
    set(on, mc_typed_2(on, "Pow", MC_TYPED_MODULAR, base, exponent));
    return;
  }
  const bool wide = base->dtype == MC_DOUBLE || exponent->dtype == MC_DOUBLE || real(base) != real(exponent);
  const int dtype = !real(base) && !real(exponent) ? MC_INT64 : wide ? MC_DOUBLE : MC_FLOAT;
  mc_val *y = mc_ge_2(on, "Pow", mc_ge_cast(on, base, dtype), mc_ge_cast(on, exponent, dtype));
  set(on, mc_ge_cast(on, y, base->dtype));
}

/* Extremes of 64 bits without a sign: moved down by 2^63 they keep their order as signed numbers. */
static mc_val *extreme_u64(mc_on *on, const char *type, mc_val *a, mc_val *b) {
  mc_val *low = mc_ge_const_int(on, MC_INT64, INT64_MIN);
  mc_val *x = mc_ge_2(on, "Add", mc_ge_cast(on, a, MC_INT64), low);
  mc_val *y = mc_ge_2(on, "Add", mc_ge_cast(on, b, MC_INT64), low);
  return mc_ge_cast(on, mc_ge_2(on, "Add", mc_ge_2(on, type, x, y), low), MC_UINT64);
}

static mc_val *pair(mc_on *on, const char *type, mc_val *a, mc_val *b) {
  return is(a, MC_UINT64) && strcmp(type, "Add") != 0 ? extreme_u64(on, type, a, b)
                                                      : mc_typed_2(on, type, MC_TYPED_EXACT, a, b);
}

enum { FOLD, MEAN };

static void map_variadic(mc_on *on) {
  mc_val *y = mc_on_need(on, 0);
  const int n = mc_on_inputs(on);
  for (int i = 1; i < n; ++i) {
    y = pair(on, ge_of(on), y, mc_on_need(on, i));
  }
  if (mc_on_rule_of(on)->variant == MEAN) {
    y = mc_typed_2(on, "Div", MC_TYPED_EXACT, y, mc_like(on, y, n));
  }
  set(on, n == 1 ? mc_ge_1(on, "Identity", y) : y);
}

static void map_shift(mc_on *on) {
  const char *direction = mc_on_string(on, "direction", "");
  const bool left = strcmp(direction, "LEFT") == 0;
  if (!left && strcmp(direction, "RIGHT") != 0) {
    mc_on_fail(on, "attribute direction is \"%.20s\"; it must be LEFT or RIGHT", direction);
  }
  set(on, mc_ge_2(on, left ? "LeftShift" : "RightShift", mc_on_need(on, 0), mc_on_need(on, 1)));
}

static void map_xor(mc_on *on) {
  set(on, mc_typed_test(on, "NotEqual", MC_TYPED_EXACT, mc_on_need(on, 0), mc_on_need(on, 1)));
}

static void map_where(mc_on *on) {
  set(on, mc_select(on, mc_on_need(on, 0), mc_on_need(on, 1), mc_on_need(on, 2)));
}

/* x * slope below zero; the slope broadcasts. */
static void map_prelu(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *slope = mc_on_need(on, 1);
  mc_val *scaled = mc_typed_2(on, "Mul", MC_TYPED_MODULAR, x, slope);
  if (x != NULL && slope != NULL && real(x) && x->dtype != MC_DOUBLE && mc_val_count(slope) == 1) {
    const int64_t one = 1;
    set(on, mc_ge_2(on, "PRelu", x, mc_ge_reshape(on, slope, &one, 1)));
    return;
  }
  set(on, mc_select(on, mc_ge_2(on, "Less", x, mc_like(on, x, 0)), scaled, x));
}

/* Attributes up to opset 6, inputs from 11 on; either bound may be missing. */
static void map_clip(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  const bool inputs = mc_on_version(on) >= 11;
  mc_val *low = inputs ? mc_on_in(on, 1) : NULL;
  mc_val *high = inputs ? mc_on_in(on, 2) : NULL;
  if (!inputs && mc_on_has(on, "min")) {
    low = mc_like(on, x, (double)mc_on_float(on, "min", 0));
  }
  if (!inputs && mc_on_has(on, "max")) {
    high = mc_like(on, x, (double)mc_on_float(on, "max", 0));
  }
  if (low != NULL && high != NULL) {
    set(on, mc_ge_3(on, "ClipByValueV2", x, low, high));
  } else if (low != NULL || high != NULL) {
    set(on, pair(on, low != NULL ? "Maximum" : "Minimum", x, low != NULL ? low : high));
  } else {
    set(on, mc_ge_1(on, "Identity", x));
  }
}

static const mc_on_rule kRules[] = {
    {"Add", 7, 0, map_ring, "Add", 0},
    {"Sub", 7, 0, map_ring, "Sub", 0},
    {"Mul", 7, 0, map_ring, "Mul", 0},
    {"Div", 7, 0, map_div, NULL, 0},
    {"Mod", 10, 0, map_mod, NULL, 0},
    {"Pow", 7, 0, map_pow, NULL, 0},
    {"Sum", 6, 0, map_variadic, "Add", FOLD},
    {"Mean", 6, 0, map_variadic, "Add", MEAN},
    {"Max", 6, 0, map_variadic, "Maximum", FOLD},
    {"Min", 6, 0, map_variadic, "Minimum", FOLD},
    {"Equal", 7, 0, map_compare, "Equal", 0},
    {"Greater", 7, 0, map_compare, "Greater", 0},
    {"GreaterOrEqual", 12, 0, map_compare, "GreaterEqual", 0},
    {"Less", 7, 0, map_compare, "Less", 0},
    {"LessOrEqual", 12, 0, map_compare, "LessEqual", 0},
    {"And", 7, 0, map_plain, "LogicalAnd", 0},
    {"Or", 7, 0, map_plain, "LogicalOr", 0},
    {"Xor", 7, 0, map_xor, NULL, 0},
    {"BitwiseAnd", 18, 0, map_plain, "BitwiseAnd", 0},
    {"BitwiseOr", 18, 0, map_plain, "BitwiseOr", 0},
    {"BitwiseXor", 18, 0, map_plain, "BitwiseXor", 0},
    {"BitShift", 11, 0, map_shift, NULL, 0},
    {"Where", 9, 0, map_where, NULL, 0},
    {"PRelu", 7, 0, map_prelu, NULL, 0},
    {"Clip", 6, 0, map_clip, NULL, 0},
};
MC_ON_FAMILY(math, kRules);
