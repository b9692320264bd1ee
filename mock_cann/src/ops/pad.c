/*
 * Padding. Every mode is one table per axis that says which element of x a place of y shows, or that it shows
 * the constant; rows along the last axis are built from a piece before, a run of x and a piece behind.
 */
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/family.h"

typedef enum mode { CONSTANT, REFLECT, SYMMETRIC, EDGE } mode;

enum { ROW_WORK = 64 << 10 };

typedef struct pad_state {
  mc_shape y;
  int64_t *from[MC_MAX_RANK]; /* per axis and place of y: byte offset within x, -1 for the constant */
  int64_t before, run;        /* of the last axis: places of y before x's row, and the row's length */
  size_t size;
  int64_t rows;
  unsigned char constant[16];
} pad_state;

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

static int pad_infer(mc_op_call *call) {
  int64_t before[MC_MAX_RANK];
  int64_t after[MC_MAX_RANK];
  mode m = CONSTANT;
  int status = read_mode(call, &m);
  if (status == MC_OK) {
    status = read_paddings(call, before, after);
  }
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

static void repeat(char *dst, const void *element, size_t size, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    memcpy(dst + i * (int64_t)size, element, size);
  }
}

typedef struct job {
  const pad_state *state;
  const char *x;
  char *y;
} job;

/* Places [from, to) of one row; `row` is NULL where an outer axis shows the constant. */
static void fill_places(const pad_state *s, char *y, const char *row, int64_t from, int64_t to) {
  const int64_t size = (int64_t)s->size;
  const int64_t *table = s->from[s->y.rank - 1];
  for (int64_t i = from; i < to; ++i) {
    memcpy(y + i * size, row == NULL || table[i] < 0 ? (const char *)s->constant : row + table[i], s->size);
  }
}

static void pad_rows(void *arg, int64_t begin, int64_t end) {
  const job *work = arg;
  const pad_state *s = work->state;
  const int last = s->y.rank - 1;
  const int64_t width = s->y.dims[last];
  const int64_t size = (int64_t)s->size;
  for (int64_t r = begin; r < end; ++r) {
    int64_t rest = r;
    int64_t offset = 0;
    bool constant = false;
    for (int axis = last - 1; axis >= 0; --axis) {
      const int64_t at = s->from[axis][rest % s->y.dims[axis]];
      rest /= s->y.dims[axis];
      constant |= at < 0;
      offset += at;
    }
    char *y = work->y + r * width * size;
    if (constant) {
      repeat(y, s->constant, s->size, width);
      continue;
    }
    const char *row = s->run == 0 ? NULL : work->x + offset;
    fill_places(s, y, row, 0, s->before);
    if (s->run != 0) {
      memcpy(y + s->before * size, row, (size_t)(s->run * size));
    }
    fill_places(s, y, row, s->before + s->run, width);
  }
}

static int run_pad(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  pad_state *s = call->state;
  if (s->rows == 0) {
    return MC_OK;
  }
  pad_state filled;
  if (call->n_in > 2 && call->in[2].present && in[2] != NULL) {
    filled = *s; /* the plan may be running elsewhere with another constant */
    memcpy(filled.constant, in[2], s->size);
    s = &filled;
  }
  job work = {s, in[0], out[0]};
  const int64_t bytes = s->y.dims[s->y.rank - 1] * (int64_t)s->size;
  mc_parallel_for(s->rows, ROW_WORK / (bytes + 1) + 1, pad_rows, &work);
  return MC_OK;
}

/* PadV3D's constant is an integer attribute, whatever x's dtype. */
static void attribute_constant(const mc_op_call *call, pad_state *s) {
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
  int status = read_mode(call, &m);
  if (status == MC_OK) {
    status = read_paddings(call, before, after);
  }
  if (status != MC_OK) {
    return status;
  }
  pad_state *s = mc_op_alloc(call, sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory for the plan");
  }
  call->state = s;
  call->run = run_pad;
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
  const double ns = 30 + (double)count * (double)s->size / 8;
  call->cost_ns = ns > 4e9 ? 4000000000u : (uint32_t)ns;
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
