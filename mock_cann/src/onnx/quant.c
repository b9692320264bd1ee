/* The pieces of quantised operators; see quant.h. */
#include "onnx/quant.h"

static bool is_float(int dtype) {
  return dtype == MC_FLOAT || dtype == MC_FLOAT16 || dtype == MC_BF16 || dtype == MC_DOUBLE ||
         dtype == MC_FLOAT8_E5M2 || dtype == MC_FLOAT8_E4M3FN || dtype == MC_FLOAT8_E8M0 || dtype == MC_FLOAT4_E2M1;
}

/* Index i of the axis takes number i / block. */
static mc_val *blocks(mc_on *on, mc_val *parameter, mc_val *like, int64_t axis, int64_t block) {
  const int64_t size = like->shape.rank == MC_RANK_UNKNOWN ? -1 : like->shape.dims[axis];
  int64_t *index = size < 0 ? NULL : mc_on_list(on, size, sizeof *index);
  if (index == NULL) {
    mc_on_fail(on, "block_size needs a known dim %lld of its first input", (long long)axis);
    return NULL;
  }
  for (int64_t i = 0; i < size; ++i) {
    index[i] = i / block;
  }
  mc_val *whole = mc_dtype_packed_bits(parameter->dtype) != 0 ? mc_ge_cast(on, parameter, MC_INT8) : parameter;
  return mc_ge_3(on, "GatherV2", whole, mc_ge_const_ints(on, MC_INT64, index, size),
                 mc_ge_const_ints(on, MC_INT64, &axis, 1));
}

mc_val *mc_quant_spread(mc_on *on, mc_val *parameter, mc_val *like, int64_t axis, int64_t block) {
  if (parameter == NULL || like == NULL || parameter->shape.rank == 0 ||
      (parameter->shape.rank == 1 && parameter->shape.dims[0] == 1 && block == 0)) {
    return parameter;
  }
  const int rank = mc_val_need_rank(on, like, "of the first input");
  const int64_t at = axis < 0 ? axis + rank : axis;
  int64_t axes[MC_MAX_RANK];
  int count = 0;
  if (mc_on_failed(on)) {
    return NULL;
  }
  if (at < 0 || at >= rank) {
    mc_on_fail(on, "axis %lld is outside [-%d, %d)", (long long)axis, rank, rank);
    return NULL;
  }
  if (block > 0) {
    return blocks(on, parameter, like, at, block);
  }
  for (int64_t d = at + 1; d < rank; ++d) {
    axes[count++] = d - at;
  }
  if (mc_dtype_packed_bits(parameter->dtype) != 0) {
    parameter = mc_ge_cast(on, parameter, parameter->dtype == MC_FLOAT4_E2M1 ? MC_FLOAT : MC_INT8);
  }
  return mc_ge_unsqueeze(on, parameter, axes, count);
}

mc_val *mc_quant_centred(mc_on *on, mc_val *value, mc_val *zero) {
  if (value == NULL) {
    return NULL;
  }
  const int dtype = is_float(value->dtype) ? MC_FLOAT : MC_INT32;
  value = mc_ge_cast(on, value, dtype);
  return zero == NULL ? value : mc_ge_2(on, "Sub", value, mc_ge_cast(on, zero, dtype));
}

static bool limits(int dtype, double *low, double *high) {
  switch (dtype) {
  case MC_INT8: *low = -128, *high = 127; return true;
  case MC_UINT8: *low = 0, *high = 255; return true;
  case MC_INT16: *low = -32768, *high = 32767; return true;
  case MC_UINT16: *low = 0, *high = 65535; return true;
  case MC_INT4: *low = -8, *high = 7; return true;
  case MC_INT2: *low = -2, *high = 1; return true;
  case MC_UINT2: *low = 0, *high = 3; return true;
  default: return false;
  }
}

mc_val *mc_quant_store(mc_on *on, mc_val *value, mc_val *zero, int dtype) {
  double low, high;
  if (value == NULL || !limits(dtype, &low, &high)) { /* a small float: rounded by the conversion */
    if (zero != NULL && value != NULL) {
      value = mc_ge_2(on, "Add", value, mc_ge_cast(on, zero, value->dtype));
    }
    if (value == NULL || mc_on_int(on, "saturate", 1) != 0) {
      return mc_ge_cast(on, value, dtype);
    }
    mc_ge *ge = mc_ge_begin(on, "Cast");
    mc_ge_in(ge, "x", value);
    mc_ge_int(ge, "dst_type", dtype);
    mc_ge_bool(ge, "saturate", false);
    return mc_ge_end(ge);
  }
  value = mc_ge_cast(on, mc_ge_1(on, "Rint", value), MC_FLOAT);
  value = zero == NULL ? value : mc_ge_2(on, "Add", value, mc_ge_cast(on, zero, MC_FLOAT));
  value = mc_ge_3(on, "ClipByValue", value, mc_ge_const_float(on, MC_FLOAT, low), mc_ge_const_float(on, MC_FLOAT, high));
  return mc_ge_cast(on, value, dtype);
}

mc_val *mc_quant_matmul(mc_on *on, mc_val *a, mc_val *b) {
  const int rank_a = mc_val_need_rank(on, a, "A");
  const int rank_b = mc_val_need_rank(on, b, "B");
  const int64_t last = -1;
  a = rank_a == 1 ? mc_ge_unsqueeze(on, a, &(int64_t){0}, 1) : a;
  b = rank_b == 1 ? mc_ge_unsqueeze(on, b, &(int64_t){1}, 1) : b;
  mc_val *y = mc_ge_2(on, rank_a <= 2 && rank_b <= 2 ? "MatMulV2" : "BatchMatMulV2", a, b);
  y = rank_b == 1 ? mc_ge_squeeze(on, y, &last, 1) : y;
  return rank_a == 1 ? mc_ge_squeeze(on, y, rank_b == 1 ? &last : &(int64_t){-2}, 1) : y;
}

typedef struct window {
  int64_t strides[4], pads[4], dilations[4];
} window;

/* Leading and trailing padding of one axis by auto_pad. */
static void auto_pads(mc_on *on, const mc_val *x, const mc_val *w, window *v, bool upper) {
  for (int i = 0; i < 2; ++i) {
    const int64_t size = x->shape.dims[2 + i], kernel = (w->shape.dims[2 + i] - 1) * v->dilations[2 + i] + 1;
    if (size < 0 || w->shape.dims[2 + i] < 0) {
      mc_on_fail(on, "auto_pad needs known dims");
      return;
    }
    const int64_t out = (size + v->strides[2 + i] - 1) / v->strides[2 + i];
    const int64_t total = (out - 1) * v->strides[2 + i] + kernel - size;
    const int64_t less = total > 0 ? total / 2 : 0, more = total > 0 ? total - less : 0;
    v->pads[2 * i] = upper ? less : more;
    v->pads[2 * i + 1] = upper ? more : less;
  }
}

static bool read_window(mc_on *on, const mc_val *x, const mc_val *w, window *v) {
  static const char *const kNames[] = {"strides", "dilations", "pads"};
  const char *mode = mc_on_string(on, "auto_pad", "NOTSET");
  const int64_t *lists[3];
  for (int i = 0; i < 3; ++i) {
    int count = 0;
    lists[i] = mc_on_ints(on, kNames[i], &count);
    if (lists[i] != NULL && count != (i == 2 ? 4 : 2)) {
      mc_on_fail(on, "%s has %d numbers; two spatial dims are supported", kNames[i], count);
    }
  }
  if (mc_on_failed(on) || x == NULL || w == NULL || x->shape.rank != 4 || w->shape.rank != 4) {
    mc_on_fail(on, "its operands must be known to have rank 4");
    return false;
  }
  *v = (window){{1, 1, 1, 1}, {0}, {1, 1, 1, 1}};
  for (int i = 0; i < 2; ++i) {
    v->strides[2 + i] = lists[0] == NULL ? 1 : lists[0][i];
    v->dilations[2 + i] = lists[1] == NULL ? 1 : lists[1][i];
    v->pads[2 * i] = lists[2] == NULL ? 0 : lists[2][i]; /* top, bottom, left, right */
    v->pads[2 * i + 1] = lists[2] == NULL ? 0 : lists[2][i + 2];
  }
  if (mode[0] == 'S') {
    auto_pads(on, x, w, v, mode[5] == 'U');
  }
  return !mc_on_failed(on);
}

static mc_val *conv(mc_on *on, const window *v, mc_val *x, mc_val *w) {
  mc_ge *ge = mc_ge_begin(on, "Conv2D");
  mc_ge_in(ge, "x", mc_ge_cast(on, x, MC_FLOAT));
  mc_ge_in(ge, "filter", mc_ge_cast(on, w, MC_FLOAT));
  mc_ge_format(ge, "x", MC_FORMAT_NCHW);
  mc_ge_format(ge, "filter", MC_FORMAT_NCHW);
  mc_ge_format(ge, "y", MC_FORMAT_NCHW);
  mc_ge_ints(ge, "strides", v->strides, 4);
  mc_ge_ints(ge, "pads", v->pads, 4);
  mc_ge_ints(ge, "dilations", v->dilations, 4);
  mc_ge_int(ge, "groups", mc_on_int(on, "group", 1));
  mc_ge_string(ge, "data_format", "NCHW");
  return mc_ge_cast(on, mc_ge_end(ge), MC_INT32);
}

/* 9-bit integers as sixteen times `parts[0]` plus `parts[1]`. */
static void split(mc_on *on, mc_val *value, mc_val *parts[2]) {
  mc_val *sixteen = mc_ge_const_int(on, MC_INT32, 16);
  parts[0] = mc_ge_2(on, "FloorDiv", value, sixteen);
  parts[1] = mc_ge_2(on, "Sub", value, mc_ge_2(on, "Mul", parts[0], sixteen));
}

/* GE convolves floats: in four products of five-bit halves every sum of fewer than 2^16 terms is exact. */
mc_val *mc_quant_conv(mc_on *on, mc_val *x, mc_val *w) {
  window v;
  mc_val *xs[2], *ws[2];
  if (!read_window(on, x, w, &v)) {
    return NULL;
  }
  split(on, x, xs);
  split(on, w, ws);
  mc_val *sixteen = mc_ge_const_int(on, MC_INT32, 16);
  mc_val *high = mc_ge_2(on, "Mul", conv(on, &v, xs[0], ws[0]), sixteen);
  high = mc_ge_2(on, "Add", high, mc_ge_2(on, "Add", conv(on, &v, xs[0], ws[1]), conv(on, &v, xs[1], ws[0])));
  return mc_ge_2(on, "Add", mc_ge_2(on, "Mul", high, sixteen), conv(on, &v, xs[1], ws[1]));
}
