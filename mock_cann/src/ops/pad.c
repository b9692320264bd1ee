/* The padding operators: what their inputs and attributes mean, and the tables of every mode. */
#include <string.h>

#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"
#include "ops/pad.h"

typedef enum mode { CONSTANT, REFLECT, SYMMETRIC, EDGE } mode;

static int read_mode(const mc_op_call *call, mode *m) {
  const char *text = mc_attrs_string(call->attrs, "mode", "constant");
  static const struct {
    const char *name;
    mode mode;
  } kModes[] = {{"constant", CONSTANT}, {"reflect", REFLECT},     {"REFLECT", REFLECT},
                {"edge", EDGE},         {"symmetric", SYMMETRIC}, {"SYMMETRIC", SYMMETRIC}};
  for (size_t i = 0; i < sizeof(kModes) / sizeof(kModes[0]); ++i) {
    if (strcmp(text, kModes[i].name) == 0) {
      *m = kModes[i].mode;
      return MC_OK;
    }
  }
  return mc_op_error(call, "mode \"%.40s\": it must be constant, reflect, symmetric or edge", text);
}

/* before/after for each axis of x, whatever form the node gives them in. */
static int read_paddings(const mc_op_call *call, int64_t before[MC_MAX_RANK], int64_t after[MC_MAX_RANK]) {
  const mc_shape *x = &call->in[0].desc.shape;
  const int64_t *flat = NULL;
  int64_t pairs = 0;
  bool paired = true;
  if (mc_attrs_find(call->attrs, "paddings") != NULL && strchr(call->def->inputs, ' ') == NULL) {
    const int status = mc_need_int_pairs(call, "paddings", &flat, &pairs);
    if (status != MC_OK) {
      return status;
    }
  } else if (strchr(call->def->inputs, ' ') == NULL) {
    return mc_op_error(call, "attribute paddings is required");
  } else {
    int64_t count = 0;
    flat = mc_op_ints(call, 1, &count);
    if (flat == NULL) {
      return MC_RT_PARAM;
    }
    pairs = count / 2;
    if (count % 2 != 0) {
      return mc_op_error(call, "paddings has %lld values; it must have two per axis of x", (long long)count);
    }
  }
  if (pairs != x->rank) {
    return mc_op_error(call, "paddings has %lld pairs; x has rank %d", (long long)pairs, x->rank);
  }
  paired = mc_attrs_bool(call->attrs, "paddings_contiguous", true);
  for (int i = 0; i < x->rank; ++i) {
    before[i] = paired ? flat[2 * i] : flat[i];
    after[i] = paired ? flat[2 * i + 1] : flat[x->rank + i];
  }
  return MC_OK;
}

static int read_node(const mc_op_call *call, mode *m, int64_t before[MC_MAX_RANK], int64_t after[MC_MAX_RANK]) {
  const int status = read_mode(call, m);
  return status != MC_OK ? status : read_paddings(call, before, after);
}

static int pad_infer(mc_op_call *call) {
  int64_t before[MC_MAX_RANK];
  int64_t after[MC_MAX_RANK];
  mode m = CONSTANT;
  const int status = read_node(call, &m, before, after);
  if (status != MC_OK) {
    return status;
  }
  call->out[0].desc = call->in[0].desc;
  mc_shape *y = &call->out[0].desc.shape;
  for (int i = 0; i < y->rank; ++i) {
    const int64_t length = y->dims[i];
    /* Mirrors can show no more than what x has, the edge element needs one. */
    const int64_t most = m == REFLECT ? length - 1 : m == SYMMETRIC ? length : INT64_MAX;
    if (before[i] < 0 || after[i] < 0) {
      return mc_op_error(call, "paddings of axis %d are %lld and %lld; they must be at least 0", i,
                         (long long)before[i], (long long)after[i]);
    }
    if ((before[i] > 0 && before[i] > most) || (after[i] > 0 && after[i] > most) ||
        (m == EDGE && length == 0 && before[i] + (uint64_t)after[i] > 0)) {
      return mc_op_error(call,
                         "paddings of axis %d are %lld and %lld; its length %lld is too short for this mode",
                         i, (long long)before[i], (long long)after[i], (long long)length);
    }
    if (__builtin_add_overflow(length, before[i], &y->dims[i]) ||
        __builtin_add_overflow(y->dims[i], after[i], &y->dims[i])) {
      return mc_op_error(call, "paddings of axis %d are %lld and %lld; the padded length overflows", i,
                         (long long)before[i], (long long)after[i]);
    }
  }
  const mc_op_value *constant =
      strstr(call->def->inputs, "constant_values") == NULL ? NULL : mc_op_input(call, 2);
  if (constant != NULL) {
    if (constant->desc.dtype != call->in[0].desc.dtype || mc_shape_count(&constant->desc.shape) != 1) {
      return mc_op_error(
          call, "constant_values has dtype %s and %lld elements; it must be one element of x's %s",
          mc_dtype_name(constant->desc.dtype), (long long)mc_shape_count(&constant->desc.shape),
          mc_dtype_name(call->in[0].desc.dtype));
    }
  }
  return mc_check_sizes(call);
}

static int64_t source(mode m, int64_t place, int64_t length) {
  if (place >= 0 && place < length) {
    return place;
  }
  switch (m) {
  case REFLECT:
    return place < 0 ? -place : 2 * (length - 1) - place;
  case SYMMETRIC:
    return place < 0 ? -place - 1 : 2 * length - 1 - place;
  case EDGE:
    return place < 0 ? 0 : length - 1;
  default:
    return -1;
  }
}

/* PadV3D's constant is an integer attribute, whatever x's dtype. */
static void attribute_constant(const mc_op_call *call, mc_pad *s) {
  const int64_t value = mc_attrs_int(call->attrs, "constant_values", 0);
  const float real = (float)value;
  switch (call->in[0].desc.dtype) {
  case MC_FLOAT:
    memcpy(s->constant, &real, sizeof(real));
    break;
  case MC_DOUBLE: {
    const double wide = (double)value;
    memcpy(s->constant, &wide, sizeof(wide));
    break;
  }
  case MC_FLOAT16: {
    const uint16_t half = mc_float_to_half(real);
    memcpy(s->constant, &half, sizeof(half));
    break;
  }
  case MC_BF16: {
    const uint16_t brain = mc_float_to_bf16(real);
    memcpy(s->constant, &brain, sizeof(brain));
    break;
  }
  default: /* integers: the low bytes, as a conversion would */
    memcpy(s->constant, &value, s->size < sizeof(value) ? s->size : sizeof(value));
  }
}

static int pad_prepare(mc_op_call *call) {
  int64_t before[MC_MAX_RANK];
  int64_t after[MC_MAX_RANK];
  mode m = CONSTANT;
  const int status = read_node(call, &m, before, after);
  if (status != MC_OK) {
    return status;
  }
  mc_pad *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  call->state = s;
  call->run = mc_pad_run;
  const mc_shape *x = &call->in[0].desc.shape;
  s->y = call->out[0].desc.shape;
  s->size = mc_dtype_size(call->in[0].desc.dtype);
  const int64_t count = mc_shape_count(&s->y);
  if (count == 0) {
    return MC_OK;
  }
  const bool scalar = s->y.rank == 0;
  if (scalar) { /* one row of one element */
    s->y = (mc_shape){1, {1}};
    before[0] = 0;
  }
  int64_t stride = (int64_t)s->size;
  for (int axis = s->y.rank - 1; axis >= 0; --axis) {
    const int64_t length = scalar ? 1 : x->dims[axis];
    s->from[axis] = mc_op_alloc(call, sizeof(int64_t) * (size_t)s->y.dims[axis]);
    if (s->from[axis] == NULL) {
      return mc_op_error(call, "out of memory for the plan");
    }
    for (int64_t i = 0; i < s->y.dims[axis]; ++i) {
      const int64_t at = source(m, i - before[axis], length);
      s->from[axis][i] = at < 0 ? -1 : at * stride;
    }
    stride *= length;
  }
  s->before = before[s->y.rank - 1];
  s->run = scalar ? 1 : x->dims[s->y.rank - 1];
  s->rows = count / s->y.dims[s->y.rank - 1];
  attribute_constant(call, s);
  mc_op_cost(call, 30 + (double)count * (double)s->size / 8);
  return MC_OK;
}

static const mc_op_def kOps[] = {
    {.type = "Pad",
     .inputs = "x paddings",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .infer = pad_infer,
     .prepare = pad_prepare},
    {.type = "PadD",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = pad_infer,
     .prepare = pad_prepare},
    {.type = "PadV2",
     .inputs = "x paddings constant_values",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .infer = pad_infer,
     .prepare = pad_prepare},
    {.type = "PadV3",
     .inputs = "x paddings constant_values?",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .infer = pad_infer,
     .prepare = pad_prepare},
    {.type = "PadV3D",
     .inputs = "x",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .infer = pad_infer,
     .prepare = pad_prepare},
    {.type = "MirrorPad",
     .inputs = "x paddings",
     .outputs = "y",
     .dtypes = MC_T_MOVABLE,
     .value_inputs = 1u << 1,
     .infer = pad_infer,
     .prepare = pad_prepare},
};
MC_OP_FAMILY(pad, kOps);
