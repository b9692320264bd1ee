/* Cast, CastLike and BitCast. */
#include "onnx/map.h"

static bool is_packed_integer(int dtype) {
  return mc_dtype_packed_bits(dtype) != 0 && dtype != MC_FLOAT4_E2M1;
}

static bool is_float(int dtype) {
  return dtype == MC_FLOAT || dtype == MC_FLOAT16 || dtype == MC_BF16 || dtype == MC_DOUBLE;
}

/* ONNX keeps the low bits of what does not fit into a packed integer, as GE does between integers only. */
static mc_val *converted(mc_on *on, mc_val *x, int dtype) {
  const bool small = dtype == MC_FLOAT8_E5M2 || dtype == MC_FLOAT8_E4M3FN;
  mc_ge *ge = mc_ge_begin(on, "Cast");
  mc_ge_in(ge, "x", is_packed_integer(dtype) && is_float(x->dtype) ? mc_ge_cast(on, x, MC_INT8) : x);
  mc_ge_int(ge, "dst_type", dtype);
  if (small && mc_on_int(on, "saturate", 1) == 0) {
    mc_ge_bool(ge, "saturate", false);
  }
  if (dtype == MC_FLOAT8_E8M0) {
    mc_ge_string(ge, "round_mode", mc_on_string(on, "round_mode", "up"));
  }
  return mc_ge_end(ge);
}

static void map_cast(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  mc_val *like = mc_on_rule_of(on)->variant == 1 ? mc_on_need(on, 1) : NULL;
  const int dtype = like != NULL ? like->dtype : mc_on_dtype(on, "to", MC_UNDEFINED);
  if (mc_on_failed(on)) {
    return;
  }
  if (dtype == MC_UNDEFINED) {
    mc_on_fail(on, "the type of the result is not known");
    return;
  }
  mc_on_set(on, 0, x->dtype == dtype ? mc_ge_1(on, "Identity", x) : converted(on, x, dtype));
}

static void map_bitcast(mc_on *on) {
  mc_ge *ge = mc_ge_begin(on, "Bitcast");
  mc_ge_in(ge, "x", mc_on_need(on, 0));
  mc_ge_dtype(ge, "type", mc_on_dtype(on, "to", MC_UNDEFINED));
  mc_on_set(on, 0, mc_ge_end(ge));
}

static const mc_on_rule kRules[] = {
    {"Cast", 6, 0, map_cast, NULL, 0},
    {"BitCast", 26, 0, map_bitcast, NULL, 0},
    {"CastLike", 15, 0, map_cast, NULL, 1},
};

MC_ON_FAMILY(cast, kRules);
