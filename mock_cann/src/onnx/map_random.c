/* Random numbers: GE draws from [0, 1) or the standard normal distribution; ONNX's scale, mean and bounds are arithmetic
 * behind it. A model's seed, a float, gives its bits. */
#include "onnx/map.h"

enum { UNIFORM, NORMAL };

static void set_seed(mc_on *on, mc_ge *ge) {
  if (mc_on_has(on, "seed")) {
    mc_ge_int(ge, "seed", (int64_t)mc_float_to_bits(mc_on_float(on, "seed", 0)));
    mc_ge_int(ge, "seed2", 1); /* both 0 would be no seed */
  }
}

/* GE makes float32, float16 and float64; others are cast. */
static mc_val *draw(mc_on *on, const char *type, mc_val *shape, int dtype) {
  const int made = dtype == MC_BF16 ? MC_FLOAT : dtype;
  mc_ge *ge = mc_ge_begin(on, type);
  mc_ge_in(ge, "shape", shape);
  mc_ge_dtype(ge, "dtype", made);
  set_seed(on, ge);
  return mc_ge_end(ge);
}

static mc_val *scaled(mc_on *on, mc_val *value, float factor, float offset) {
  if (mc_on_failed(on)) {
    return NULL;
  }
  if (factor != 1) {
    value = mc_ge_2(on, "Mul", value, mc_ge_const_float(on, value->dtype, (double)factor));
  }
  if (offset != 0 && value != NULL) {
    value = mc_ge_2(on, "Add", value, mc_ge_const_float(on, value->dtype, (double)offset));
  }
  return value;
}

static void map_numbers(mc_on *on, mc_val *shape, int dtype) {
  const bool normal = mc_on_rule_of(on)->variant == NORMAL;
  if (dtype != MC_FLOAT && dtype != MC_FLOAT16 && dtype != MC_BF16 && dtype != MC_DOUBLE) {
    mc_on_fail(on, "it asks for numbers of dtype %s, which is no float", mc_dtype_name(dtype));
  }
  const float low = normal ? mc_on_float(on, "mean", 0) : mc_on_float(on, "low", 0);
  const float factor = normal ? mc_on_float(on, "scale", 1) : mc_on_float(on, "high", 1) - low;
  mc_val *made = draw(on, normal ? "RandomStandardNormal" : "RandomUniform", shape, dtype);
  mc_on_set(on, 0, mc_ge_cast(on, scaled(on, made, factor, low), dtype));
}

static void map_random(mc_on *on) {
  int count = 0;
  const int64_t *dims = mc_on_ints(on, "shape", &count);
  if (dims == NULL && !mc_on_has(on, "shape")) {
    mc_on_fail(on, "it has no attribute shape");
  }
  map_numbers(on, mc_ge_const_ints(on, MC_INT64, dims == NULL ? &(int64_t){0} : dims, count), mc_on_dtype(on, "dtype", MC_FLOAT));
}

static void map_random_like(mc_on *on) {
  mc_val *x = mc_on_need(on, 0);
  if (x != NULL) {
    map_numbers(on, mc_ge_shape(on, x), mc_on_dtype(on, "dtype", x->dtype));
  }
}

static void map_multinomial(mc_on *on) {
  mc_ge *ge = mc_ge_begin(on, "Multinomial");
  mc_ge_in(ge, "logits", mc_on_need(on, 0));
  mc_ge_in(ge, "num_samples", mc_ge_const_int(on, MC_INT32, mc_on_int(on, "sample_size", 1)));
  mc_ge_dtype(ge, "dtype", mc_on_dtype(on, "dtype", MC_INT32));
  set_seed(on, ge);
  mc_on_set(on, 0, mc_ge_end(ge));
}

/* One where a number of [0, 1) is below the probability, which is compared in at least float32: a coarser one would
 * round small probabilities. */
static void map_bernoulli(mc_on *on) {
  mc_val *p = mc_on_need(on, 0);
  if (p != NULL) {
    const int compared = p->dtype == MC_DOUBLE ? MC_DOUBLE : MC_FLOAT;
    mc_val *u = draw(on, "RandomUniform", mc_ge_shape(on, p), compared);
    mc_val *below = mc_ge_2(on, "Less", u, mc_ge_cast(on, p, compared));
    mc_on_set(on, 0, mc_ge_cast(on, below, mc_on_dtype(on, "dtype", p->dtype)));
  }
}

static const mc_on_rule kRules[] = {
    {"RandomUniform", 0, 0, map_random, NULL, UNIFORM},
    {"RandomNormal", 0, 0, map_random, NULL, NORMAL},
    {"RandomUniformLike", 0, 0, map_random_like, NULL, UNIFORM},
    {"RandomNormalLike", 0, 0, map_random_like, NULL, NORMAL},
    {"Multinomial", 0, 0, map_multinomial, NULL, 0},
    {"Bernoulli", 0, 0, map_bernoulli, NULL, 0},
};

MC_ON_FAMILY(random, kRules);
