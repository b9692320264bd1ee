/* Windows of signals and filters of the mel scale, computed in double from ranges. */
#include "onnx/attention.h"

enum { HANN, HAMMING, BLACKMAN };

static const double kPi = 3.14159265358979323846;

static mc_val *number(mc_on *on, double value) { return mc_ge_const_float(on, MC_DOUBLE, value); }

static mc_val *integer(mc_on *on, int index) {
  return mc_ge_reshape(on, mc_ge_cast(on, mc_on_need(on, index), MC_INT64), NULL, 0);
}

static mc_val *real(mc_on *on, mc_val *value) { return mc_ge_cast(on, value, MC_DOUBLE); }

/* factor * cos(turns * angle) */
static mc_val *wave(mc_on *on, mc_val *angle, double turns, double factor) {
  return mc_ge_2(on, "Mul", mc_ge_1(on, "Cos", mc_ge_2(on, "Mul", angle, number(on, turns))), number(on, factor));
}

/* Sums of cosines of the angle 2 pi k / N; N is one less for symmetric windows. */
static void map_window(mc_on *on) {
  static const double kFactors[][3] = {
      [HANN] = {0.5, -0.5, 0}, [HAMMING] = {25.0 / 46, -21.0 / 46, 0}, [BLACKMAN] = {0.42, -0.5, 0.08}};
  const double *factors = kFactors[mc_on_rule_of(on)->variant];
  const int64_t less = mc_on_int(on, "periodic", 1) == 0 ? 1 : 0;
  const int dtype = mc_on_dtype(on, "output_datatype", MC_FLOAT);
  mc_val *size = integer(on, 0);
  mc_val *period = real(on, mc_ge_2(on, "Sub", size, mc_ge_const_int(on, MC_INT64, less)));
  mc_val *angle = mc_ge_2(on, "Mul", real(on, mc_att_range(on, size)), number(on, 2 * kPi));
  angle = mc_ge_2(on, "RealDiv", angle, period);
  mc_val *y = mc_ge_2(on, "Add", wave(on, angle, 1, factors[1]), number(on, factors[0]));
  if (factors[2] != 0) {
    y = mc_ge_2(on, "Add", y, wave(on, angle, 2, factors[2]));
  }
  mc_on_set(on, 0, mc_ge_cast(on, y, dtype));
}

/* 2595 * log10(1 + hertz / 700) */
static mc_val *mel_of(mc_on *on, mc_val *hertz) {
  mc_val *ratio = mc_ge_2(on, "RealDiv", mc_ge_reshape(on, real(on, hertz), NULL, 0), number(on, 700));
  return mc_ge_2(on, "Mul", mc_ge_1(on, "Log1p", ratio), number(on, 2595 / 2.302585092994045684));
}

/* The bins of the spectrum at which the triangles begin: count + 2 points, equally far apart in mel. */
static mc_val *edges(mc_on *on, mc_val *count, mc_val *length) {
  mc_val *points = mc_ge_2(on, "Add", count, mc_ge_const_int(on, MC_INT64, 2));
  mc_val *low = mel_of(on, mc_on_need(on, 3)), *high = mel_of(on, mc_on_need(on, 4));
  mc_val *step = mc_ge_2(on, "RealDiv", mc_ge_2(on, "Sub", high, low), real(on, points));
  mc_val *mel = mc_ge_2(on, "Add", mc_ge_2(on, "Mul", real(on, mc_att_range(on, points)), step), low);
  mc_val *hertz = mc_ge_1(on, "Expm1", mc_ge_2(on, "Mul", mel, number(on, 2.302585092994045684 / 2595)));
  hertz = mc_ge_2(on, "Mul", hertz, number(on, 700));
  mc_val *scale = real(on, mc_ge_2(on, "Add", length, mc_ge_const_int(on, MC_INT64, 1)));
  return mc_ge_1(on, "Floor", mc_ge_2(on, "RealDiv", mc_ge_2(on, "Mul", hertz, scale), real(on, integer(on, 2))));
}

static mc_val *from(mc_on *on, mc_val *points, mc_val *index, int64_t first) {
  mc_val *at = mc_ge_2(on, "Add", index, mc_ge_const_int(on, MC_INT64, first));
  return mc_ge_3(on, "GatherV2", points, at, mc_ge_const_ints(on, MC_INT64, &(int64_t){0}, 1));
}

static mc_val *between(mc_on *on, mc_val *bin, mc_val *low, mc_val *high, const char *below) {
  return mc_ge_2(on, "LogicalAnd", mc_ge_2(on, "GreaterEqual", bin, low), mc_ge_2(on, below, bin, high));
}

/* (a - b) / (c - d) where the condition holds, `other` elsewhere. */
static mc_val *slope(mc_on *on, mc_val *where, mc_val *a, mc_val *b, mc_val *c, mc_val *d, mc_val *other) {
  mc_val *y = mc_ge_2(on, "RealDiv", mc_ge_2(on, "Sub", a, b), mc_ge_2(on, "Sub", c, d));
  return mc_ge_3(on, "SelectV2", where, y, other);
}

static void map_mel(mc_on *on) {
  const int dtype = mc_on_dtype(on, "output_datatype", MC_FLOAT);
  mc_val *count = integer(on, 0), *length = integer(on, 1);
  mc_val *points = edges(on, count, length), *index = mc_att_range(on, count);
  mc_val *bins = mc_ge_2(on, "Add", mc_ge_2(on, "FloorDiv", length, mc_ge_const_int(on, MC_INT64, 2)),
                         mc_ge_const_int(on, MC_INT64, 1));
  mc_val *bin = mc_ge_unsqueeze(on, real(on, mc_att_range(on, bins)), &(int64_t){1}, 1);
  mc_val *low = from(on, points, index, 0), *top = from(on, points, index, 1), *high = from(on, points, index, 2);
  mc_val *zero = number(on, 0);
  mc_val *y = slope(on, between(on, bin, low, top, "LessEqual"), bin, low, top, low, zero);
  mc_val *steep = mc_ge_3(on, "SelectV2", mc_ge_2(on, "Equal", bin, top), number(on, 1), zero);
  y = mc_ge_3(on, "SelectV2", mc_ge_2(on, "Equal", low, top), steep, y);
  y = slope(on, between(on, bin, top, high, "Less"), high, bin, high, top, y);
  mc_on_set(on, 0, mc_ge_cast(on, y, dtype));
}

static const mc_on_rule kRules[] = {
    {"HannWindow", 17, 0, map_window, NULL, HANN},
    {"HammingWindow", 17, 0, map_window, NULL, HAMMING},
    {"BlackmanWindow", 17, 0, map_window, NULL, BLACKMAN},
    {"MelWeightMatrix", 17, 0, map_mel, NULL, 0},
};

MC_ON_FAMILY(window, kRules);
