/* Fourier transforms, DFT and STFT, as products with matrices of cosines and sines: GE has no operator for them. */
#include "onnx/attention.h"

static mc_val *whole(mc_on *on, int64_t value) { return mc_ge_const_int(on, MC_INT64, value); }

/* An integer input as an int64 scalar; NULL stays NULL. */
static mc_val *scalar(mc_on *on, mc_val *value) {
  return value == NULL ? NULL : mc_ge_reshape(on, mc_ge_cast(on, value, MC_INT64), NULL, 0);
}

static mc_val *gather(mc_on *on, mc_val *value, mc_val *index, int64_t axis) {
  return mc_ge_3(on, "GatherV2", value, index, mc_ge_const_ints(on, MC_INT64, &axis, 1));
}

static mc_val *column(mc_on *on, mc_val *vector) { return mc_ge_unsqueeze(on, vector, &(int64_t){1}, 1); }
static mc_val *row(mc_on *on, mc_val *vector) { return mc_ge_unsqueeze(on, vector, &(int64_t){0}, 1); }

typedef struct transform {
  mc_val *real, *imaginary; /* [..., in]; imaginary may be NULL */
  mc_val *in, *length;      /* numbers given, numbers transformed: int64 scalars */
  bool inverse, onesided;
  int dtype;
} transform;

/* 1 for numbers that count, 0 for those behind the length; of half a spectrum, what stands for two counts twice. */
static mc_val *weights(mc_on *on, const transform *t, mc_val *index) {
  mc_val *counts;
  if (t->inverse && t->onesided) {
    mc_val *twice = mc_ge_2(on, "Mul", index, whole(on, 2));
    mc_val *alone = mc_ge_2(on, "LogicalOr", mc_ge_2(on, "Equal", index, whole(on, 0)),
                            mc_ge_2(on, "Equal", twice, t->length));
    mc_val *pair = mc_ge_3(on, "SelectV2", mc_ge_2(on, "Less", twice, t->length), whole(on, 2), whole(on, 0));
    counts = mc_ge_3(on, "SelectV2", alone, whole(on, 1), pair);
  } else {
    counts = mc_ge_3(on, "SelectV2", mc_ge_2(on, "Less", index, t->length), whole(on, 1), whole(on, 0));
  }
  counts = mc_ge_cast(on, counts, MC_DOUBLE);
  return t->inverse ? mc_ge_2(on, "RealDiv", counts, mc_ge_cast(on, t->length, MC_DOUBLE)) : counts;
}

static mc_val *product(mc_on *on, mc_val *x, mc_val *matrix) {
  mc_val *operands[2] = {x, matrix};
  if (mc_on_failed(on)) {
    return NULL;
  }
  mc_ge *ge = mc_ge_begin(on, "Einsum");
  mc_ge_ins(ge, "x", operands, 2);
  mc_ge_string(ge, "equation", "...a,ab->...b");
  mc_ge_int(ge, "N", 2);
  return mc_ge_end(ge);
}

/* Replaces real and imaginary by their transforms. Angles are reduced as integers, which keeps long ones exact. */
static void run(mc_on *on, transform *t) {
  mc_val *half = mc_ge_2(on, "Add", mc_ge_2(on, "FloorDiv", t->length, whole(on, 2)), whole(on, 1));
  mc_val *from = column(on, mc_att_range(on, t->in));
  mc_val *to = row(on, mc_att_range(on, t->onesided && !t->inverse ? half : t->length));
  mc_val *turns = mc_ge_2(on, "FloorMod", mc_ge_2(on, "Mul", from, to), t->length);
  mc_val *step = mc_ge_2(on, "RealDiv", mc_ge_const_float(on, MC_DOUBLE, 2 * 3.14159265358979323846),
                         mc_ge_cast(on, t->length, MC_DOUBLE));
  mc_val *angle = mc_ge_2(on, "Mul", mc_ge_cast(on, turns, MC_DOUBLE), step);
  mc_val *weight = weights(on, t, from);
  mc_val *cosine = mc_ge_cast(on, mc_ge_2(on, "Mul", mc_ge_1(on, "Cos", angle), weight), t->dtype);
  mc_val *sine = mc_ge_cast(on, mc_ge_2(on, "Mul", mc_ge_1(on, "Sin", angle), weight), t->dtype);
  mc_val *real = product(on, t->real, cosine), *imaginary = product(on, t->real, sine);
  imaginary = t->inverse ? imaginary : mc_ge_1(on, "Neg", imaginary);
  if (t->imaginary != NULL) {
    mc_val *crossed = product(on, t->imaginary, sine);
    real = mc_ge_2(on, t->inverse ? "Sub" : "Add", real, crossed);
    imaginary = mc_ge_2(on, "Add", imaginary, product(on, t->imaginary, cosine));
  }
  t->real = real;
  t->imaginary = imaginary;
}

/* One component of a tensor whose last dim holds real and imaginary parts. */
static mc_val *component(mc_on *on, mc_val *x, int rank, int index) {
  const int64_t last = rank - 1;
  return mc_ge_squeeze(on, mc_ge_slice(on, x, rank - 1, index, 1), &last, 1);
}

static bool take_apart(mc_on *on, mc_val *x, int rank, transform *t) {
  if (mc_on_failed(on)) {
    return false;
  }
  const int64_t parts = rank < 2 ? -1 : x->shape.dims[rank - 1];
  if (parts != 1 && parts != 2) {
    mc_on_fail(on, "the last dim of its input must be known to be 1 (real) or 2 (complex)");
    return false;
  }
  t->dtype = x->dtype;
  t->real = component(on, x, rank, 0);
  t->imaginary = parts == 2 ? component(on, x, rank, 1) : NULL;
  return true;
}

static mc_val *put_together(mc_on *on, mc_val *real, mc_val *imaginary, int rank) {
  const int64_t last = rank - 1;
  mc_val *parts[2] = {mc_ge_unsqueeze(on, real, &last, 1), NULL};
  if (imaginary == NULL || mc_on_failed(on)) {
    return parts[0];
  }
  parts[1] = mc_ge_unsqueeze(on, imaginary, &last, 1);
  return mc_on_failed(on) ? NULL : mc_ge_concat(on, parts, 2, last);
}

/* The permutation that swaps the transformed axis with the last of [..., in]. */
static mc_val *swap_of(mc_on *on, mc_val *axis, int rank) {
  const int64_t last = rank - 2;
  mc_val *index = mc_att_range(on, whole(on, rank - 1));
  axis = mc_ge_2(on, "FloorMod", axis, whole(on, rank));
  mc_val *other = mc_ge_3(on, "SelectV2", mc_ge_2(on, "Equal", index, whole(on, last)), axis, index);
  return mc_ge_3(on, "SelectV2", mc_ge_2(on, "Equal", index, axis), whole(on, last), other);
}

static void map_dft(mc_on *on) {
  const bool by_input = mc_on_version(on) >= 20;
  mc_val *x = mc_on_need(on, 0), *length = scalar(on, mc_on_in(on, 1));
  mc_val *axis = by_input ? scalar(on, mc_on_in(on, 2)) : NULL;
  const int rank = mc_val_need_rank(on, x, "of its input");
  transform t = {.inverse = mc_on_int(on, "inverse", 0) != 0, .onesided = mc_on_int(on, "onesided", 0) != 0};
  if (!take_apart(on, x, rank, &t)) {
    return;
  }
  axis = axis == NULL ? whole(on, by_input ? -2 : mc_on_int(on, "axis", 1)) : axis;
  mc_val *perm = swap_of(on, axis, rank);
  t.real = mc_ge_2(on, "Transpose", t.real, perm);
  t.imaginary = t.imaginary == NULL ? NULL : mc_ge_2(on, "Transpose", t.imaginary, perm);
  t.in = gather(on, mc_ge_shape(on, x), mc_ge_2(on, "FloorMod", axis, whole(on, rank)), 0);
  if (length == NULL && t.inverse && t.onesided) { /* an even number of reals */
    length = mc_ge_2(on, "Mul", mc_ge_2(on, "Sub", t.in, whole(on, 1)), whole(on, 2));
  }
  t.length = length == NULL ? t.in : length;
  run(on, &t);
  mc_val *real = mc_ge_2(on, "Transpose", t.real, perm);
  const bool is_real = t.inverse && t.onesided;
  mc_on_set(on, 0, put_together(on, real, is_real ? NULL : mc_ge_2(on, "Transpose", t.imaginary, perm), rank));
}

/* Overlapping frames of each signal. */
static mc_val *frames(mc_on *on, mc_val *signal, mc_val *starts, mc_val *length, mc_val *window) {
  if (signal == NULL) {
    return NULL;
  }
  mc_val *index = mc_ge_2(on, "Add", column(on, starts), row(on, mc_att_range(on, length)));
  mc_val *found = gather(on, signal, index, 1);
  return window == NULL ? found : mc_ge_2(on, "Mul", found, window);
}

static void map_stft(mc_on *on) {
  mc_val *x = mc_on_need(on, 0), *step = scalar(on, mc_on_need(on, 1));
  mc_val *window = mc_on_in(on, 2), *length = scalar(on, mc_on_in(on, 3));
  const int rank = mc_val_need_rank(on, x, "of signal");
  transform t = {.onesided = mc_on_int(on, "onesided", 1) != 0};
  if (rank != 3 || (window == NULL && length == NULL)) {
    mc_on_fail(on, "signal must have rank 3 (has %d), and window or frame_length must be there", rank);
  }
  if (!take_apart(on, x, rank, &t)) {
    return;
  }
  length = length == NULL ? mc_att_dim(on, window, 0) : length;
  mc_val *spare = mc_ge_2(on, "Sub", mc_att_dim(on, x, 1), length);
  mc_val *count = mc_ge_2(on, "Add", mc_ge_2(on, "FloorDiv", spare, step), whole(on, 1));
  mc_val *starts = mc_ge_2(on, "Mul", mc_att_range(on, count), step);
  t.in = t.length = length;
  t.real = frames(on, t.real, starts, length, window);
  t.imaginary = frames(on, t.imaginary, starts, length, window);
  run(on, &t);
  mc_on_set(on, 0, put_together(on, t.real, t.imaginary, 4));
}

static const mc_on_rule kRules[] = {
    {"DFT", 17, 0, map_dft, NULL, 0},
    {"STFT", 17, 0, map_stft, NULL, 0},
};

MC_ON_FAMILY(signal, kRules);
