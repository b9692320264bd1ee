/* What transformers need beside attention: RotaryEmbedding and RMSNormalization. */
#include "onnx/attention.h"

/* cos or sin by position, with a dim of one where the heads are. */
static mc_val *angles(mc_on *on, mc_val *cache, mc_val *positions, int64_t heads_axis) {
  if (positions != NULL) {
    cache = mc_ge_3(on, "GatherV2", cache, positions, mc_ge_const_ints(on, MC_INT64, &(int64_t){0}, 1));
  }
  return mc_ge_unsqueeze(on, cache, &heads_axis, 1);
}

/* Halves of the rotated features: neighbours when `interleaved`. */
static void take_halves(mc_on *on, mc_val *x, int64_t half, bool interleaved, mc_val *parts[2]) {
  const int64_t pairs[] = {half, 2}, last = 4;
  if (!interleaved) {
    parts[0] = mc_ge_slice(on, x, 3, 0, half);
    parts[1] = mc_ge_slice(on, x, 3, half, half);
    return;
  }
  mc_val *apart = mc_att_reshape(on, x, 3, pairs, 2);
  for (int i = 0; i < 2; ++i) {
    parts[i] = mc_ge_squeeze(on, mc_ge_slice(on, apart, 4, i, 1), &last, 1);
  }
}

static mc_val *join_halves(mc_on *on, mc_val *real, mc_val *imaginary, int64_t half, bool interleaved) {
  const int64_t whole = 2 * half, last = 4;
  mc_val *parts[2] = {real, imaginary};
  for (int i = 0; interleaved && i < 2; ++i) {
    parts[i] = mc_ge_unsqueeze(on, parts[i], &last, 1);
  }
  if (mc_on_failed(on)) {
    return NULL;
  }
  mc_val *y = mc_ge_concat(on, parts, 2, interleaved ? 4 : 3);
  return interleaved ? mc_att_reshape(on, y, 3, &whole, 1) : y;
}

static mc_val *turned(mc_on *on, mc_val *a, mc_val *x, mc_val *b, mc_val *y, const char *how) {
  return mc_ge_2(on, how, mc_ge_2(on, "Mul", a, x), mc_ge_2(on, "Mul", b, y));
}

static void map_rotary(mc_on *on) {
  const bool interleaved = mc_on_int(on, "interleaved", 0) != 0;
  mc_val *input = mc_on_need(on, 0), *positions = mc_on_in(on, 3);
  const int rank = mc_val_need_rank(on, input, "of X");
  mc_val *x = input;
  if (rank == 3) { /* [batch, length, heads, size] */
    const int64_t dims[] = {mc_on_int(on, "num_heads", 0), -1};
    if (dims[0] <= 0) {
      mc_on_fail(on, "its input has 3 dims, so num_heads is needed");
    }
    x = mc_att_reshape(on, input, 2, dims, 2);
  }
  if (mc_on_failed(on)) {
    return;
  }
  const int64_t size = x->shape.rank == 4 ? x->shape.dims[3] : -1;
  const int64_t wanted = mc_on_int(on, "rotary_embedding_dim", 0), rotated = wanted == 0 ? size : wanted;
  if (size < 0 || rotated > size || rotated % 2 != 0) {
    mc_on_fail(on, "%lld of %lld features cannot be rotated", (long long)rotated, (long long)size);
    return;
  }
  mc_val *cosine = angles(on, mc_on_need(on, 1), positions, rank == 4 ? 1 : 2);
  mc_val *sine = angles(on, mc_on_need(on, 2), positions, rank == 4 ? 1 : 2);
  mc_val *halves[2];
  take_halves(on, rotated == size ? x : mc_ge_slice(on, x, 3, 0, rotated), rotated / 2, interleaved, halves);
  mc_val *real = turned(on, cosine, halves[0], sine, halves[1], "Sub");
  mc_val *y = join_halves(on, real, turned(on, sine, halves[0], cosine, halves[1], "Add"), rotated / 2, interleaved);
  if (rotated < size && !mc_on_failed(on)) {
    mc_val *parts[2] = {y, mc_ge_slice(on, x, 3, rotated, -1)};
    y = mc_on_failed(on) ? NULL : mc_ge_concat(on, parts, 2, 3);
  }
  mc_on_set(on, 0, rank == 4 ? y : mc_att_reshape(on, y, 2, &(int64_t){-1}, 1));
}

/* x / sqrt(mean(x²) + epsilon) over the axes from `axis` on, in float. */
static mc_val *normal(mc_on *on, mc_val *x, int axis, int rank, float epsilon) {
  int64_t axes[MC_MAX_RANK];
  for (int i = axis; i < rank; ++i) {
    axes[i - axis] = i;
  }
  mc_val *wide = mc_ge_cast(on, x, MC_FLOAT);
  mc_ge *ge = mc_ge_begin(on, "ReduceMean");
  mc_ge_in(ge, "x", mc_ge_1(on, "Square", wide));
  mc_ge_in(ge, "axes", mc_ge_const_ints(on, MC_INT64, axes, rank - axis));
  mc_ge_bool(ge, "keep_dims", true);
  mc_val *mean = mc_ge_2(on, "Add", mc_ge_end(ge), mc_ge_const_float(on, MC_FLOAT, (double)epsilon));
  return mc_ge_cast(on, mc_ge_2(on, "Mul", wide, mc_ge_1(on, "Rsqrt", mean)), x->dtype);
}

static void map_rms_norm(mc_on *on) {
  mc_val *x = mc_on_need(on, 0), *scale = mc_on_need(on, 1);
  const int rank = mc_val_need_rank(on, x, "of X");
  const int64_t wanted = mc_on_int(on, "axis", -1), axis = wanted < 0 ? wanted + rank : wanted;
  const float epsilon = mc_on_float(on, "epsilon", 1e-5f);
  if (mc_on_failed(on)) {
    return;
  }
  if (axis < 0 || axis >= rank) {
    mc_on_fail(on, "axis %lld is outside [-%d, %d)", (long long)wanted, rank, rank);
    return;
  }
  bool whole = scale->shape.rank == rank - axis && scale->dtype == x->dtype;
  for (int i = 0; whole && i < scale->shape.rank; ++i) {
    whole = scale->shape.dims[i] == x->shape.dims[axis + i] && scale->shape.dims[i] >= 0;
  }
  if (!whole) {
    mc_on_set(on, 0, mc_ge_2(on, "Mul", normal(on, x, (int)axis, rank, epsilon), mc_ge_cast(on, scale, x->dtype)));
    return;
  }
  mc_ge *ge = mc_ge_begin(on, "RmsNorm");
  mc_ge_in(ge, "x", x);
  mc_ge_in(ge, "gamma", scale);
  mc_ge_float(ge, "epsilon", epsilon);
  mc_on_set(on, 0, mc_ge_end(ge));
}

static const mc_on_rule kRules[] = {
    {"RotaryEmbedding", 23, 0, map_rotary, NULL, 0},
    {"RMSNormalization", 23, 0, map_rms_norm, NULL, 0},
};

MC_ON_FAMILY(rotary, kRules);
