/* Einsum, which GE has. */
#include "onnx/map.h"

static void map_einsum(mc_on *on) {
  const int count = mc_on_inputs(on);
  mc_val **values = mc_on_alloc(on, (size_t)(count + 1) * sizeof *values);
  for (int i = 0; values != NULL && i < count; ++i) {
    values[i] = mc_on_need(on, i);
  }
  if (mc_on_failed(on)) {
    return;
  }
  mc_ge *ge = mc_ge_begin(on, "Einsum");
  mc_ge_ins(ge, "x", values, count);
  mc_ge_string(ge, "equation", mc_on_string(on, "equation", ""));
  mc_ge_int(ge, "N", count);
  mc_on_set(on, 0, mc_ge_end(ge));
}

static const mc_on_rule kRules[] = {
    {"Einsum", 12, 0, map_einsum, NULL, 0},
};

MC_ON_FAMILY(einsum, kRules);
