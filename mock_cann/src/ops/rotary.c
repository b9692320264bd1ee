/*
 * Rotary position embeddings. Features are turned in pairs by angles whose cosines and sines come as inputs:
 * pairs are the two halves of the features (mode 0), neighbours (mode 1), the halves of each half (mode 2),
 * or even features followed by odd ones (mode 3: neighbours in, halves out).
 */
#include <string.h>

#include "engine/engine.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/nest.h"

enum { HALF, INTERLEAVED, QUARTER, APART, MULTIPLY, MODES };

typedef struct rotary_state {
  int mode;
  int64_t size, rows;
  mc_nest nest; /* rows of x and of the angles */
} rotary_state;

typedef struct job {
  const rotary_state *s;
  int dtype;
  const char *x, *cos, *sin;
  char *y;
} job;

/* Where the partner of feature i is, and whether it is taken negative. */
static int64_t partner(int mode, int64_t i, int64_t size, bool *negative) {
  int64_t half = mode == INTERLEAVED ? 1 : size / 2;
  half = mode == QUARTER ? size / 4 : half;
  *negative = i / half % 2 == 0;
  return *negative ? i + half : i - half;
}

static void turn(const rotary_state *s, const float *x, const float *cos, const float *sin, float *y) {
  for (int64_t i = 0; i < s->size; ++i) {
    bool negative;
    if (s->mode == APART) { /* reads neighbours, writes halves */
      const int64_t pair = i % (s->size / 2);
      const float a = x[2 * pair], b = x[2 * pair + 1];
      y[i] = i < s->size / 2 ? a * cos[i] - b * sin[i] : b * cos[i] + a * sin[i];
      continue;
    }
    const float other = x[partner(s->mode, i, s->size, &negative)];
    y[i] = x[i] * cos[i] + (negative ? -other : other) * sin[i];
  }
}

static void turn_rows(void *arg, int64_t begin, int64_t end) {
  enum { MOST = 1024 };
  const job *j = arg;
  const rotary_state *s = j->s;
  const size_t size = mc_dtype_size(j->dtype);
  mc_convert *load = mc_convert_for(j->dtype, MC_FLOAT), *store = mc_convert_for(MC_FLOAT, j->dtype);
  float x[MOST], cos[MOST], sin[MOST], y[MOST];
  mc_nest_at at;
  int64_t into = mc_nest_seek(&s->nest, &at, begin);
  const int inner = s->nest.rank - 1;
  for (int64_t row = begin; row < end; ++row) {
    const int64_t angle = at.offset[1] + into * s->nest.strides[1][inner];
    const size_t here = (size_t)(row * s->size) * size, there = (size_t)(angle * s->size) * size;
    load(j->x + here, x, s->size);
    load(j->cos + there, cos, s->size);
    load(j->sin + there, sin, s->size);
    turn(s, x, cos, sin, y);
    store(y, j->y + here, s->size);
    if (++into == s->nest.dims[inner]) {
      into = 0;
      mc_nest_next(&s->nest, &at);
    }
  }
}

static void rotate(const rotary_state *s, int dtype, const void *x, const void *cos, const void *sin,
                   void *y) {
  job j = {s, dtype, x, cos, sin, y};
  mc_parallel_for(s->rows, 16384 / (s->size + 1) + 1, turn_rows, &j);
}

/* The angles must broadcast to x and have all its features. */
static int check_angles(const mc_op_call *call, int x, int slot) {
  char name[MC_OP_NAME];
  char text_x[MC_SHAPE_TEXT];
  char text_a[MC_SHAPE_TEXT];
  const mc_desc *from = &call->in[x].desc;
  const mc_desc *angle = &call->in[slot].desc;
  mc_shape both;
  const int rank = from->shape.rank;
  const bool fits = rank > 0 && angle->shape.rank > 0 &&
                    mc_broadcast(&from->shape, &angle->shape, &both) == 0 &&
                    mc_shape_equal(&both, &from->shape) &&
                    angle->shape.dims[angle->shape.rank - 1] == from->shape.dims[rank - 1];
  if (!fits || angle->dtype != from->dtype) {
    return mc_op_error(
        call, "input %s is %s %.70s; it must be %s and broadcast to %.70s in all but the last dim",
        mc_op_input_name(call, slot, name), mc_dtype_name(angle->dtype), mc_shape_text(&angle->shape, text_a),
        mc_dtype_name(from->dtype), mc_shape_text(&from->shape, text_x));
  }
  const int64_t size = from->shape.dims[rank - 1];
  if (size % 4 != 0 || size > 1024) {
    return mc_op_error(call,
                       "the last dim of the rotated input is %lld; it must be a multiple of 4 up to 1024",
                       (long long)size);
  }
  return 0;
}

static int state_for(const mc_op_call *call, int x, int angles, int mode, rotary_state *s) {
  mc_shape rows = call->in[x].desc.shape;
  mc_shape angle = call->in[angles].desc.shape;
  s->mode = mode;
  s->size = rows.dims[--rows.rank];
  --angle.rank;
  s->rows = s->size == 0 ? 0 : mc_shape_count(&rows);
  const mc_shape *shapes[] = {&rows, &angle};
  mc_nest_make(&s->nest, &rows, shapes, 2);
  return 0;
}

static int mode_of(const mc_op_call *call, int *mode) {
  const int64_t wanted = call->def->variant == MULTIPLY ? HALF : mc_attrs_int(call->attrs, "mode", HALF);
  if (wanted < 0 || wanted >= MULTIPLY) {
    return mc_op_error(call, "attribute mode is %lld; it must be in [0, %d]", (long long)wanted,
                       MULTIPLY - 1);
  }
  *mode = (int)wanted;
  return 0;
}

static int run_one(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  rotate(call->state, call->in[0].desc.dtype, in[0], in[1], in[2], out[0]);
  return 0;
}

static int infer_one(mc_op_call *call) {
  int mode;
  int status = mode_of(call, &mode);
  status = status != 0 ? status : check_angles(call, 0, 1);
  status = status != 0 ? status : check_angles(call, 0, 2);
  if (status == 0 && !mc_shape_equal(&call->in[1].desc.shape, &call->in[2].desc.shape)) {
    return mc_op_error(call, "the cosines and the sines must have one shape");
  }
  call->out[0].desc = call->in[0].desc;
  return status;
}

static uint32_t cost(const mc_op_call *call) {
  const double ns = 100 + (double)mc_shape_count(&call->in[0].desc.shape) * 2;
  return ns > 4e9 ? UINT32_MAX : (uint32_t)ns;
}

static int prepare_one(mc_op_call *call) {
  rotary_state *s = mc_op_alloc(call, sizeof(*s));
  int mode = HALF;
  if (s == NULL || mode_of(call, &mode) != 0) {
    return mc_op_error(call, "out of memory while preparing");
  }
  call->cost_ns = cost(call);
  call->state = s;
  call->run = run_one;
  return state_for(call, 0, 1, mode, s);
}

static int run_both(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const rotary_state *s = call->state;
  for (int i = 0; i < 2; ++i) {
    rotate(&s[i], call->in[i].desc.dtype, in[i], in[2], in[3], out[i]);
  }
  return 0;
}

/* Query and key in one layout; the angles have one head. */
static int infer_both(mc_op_call *call) {
  const int64_t layout = mc_attrs_int(call->attrs, "layout", 1);
  if (layout != 1) {
    return mc_op_error(call, "attribute layout is %lld; only 1 (BSND) is emulated", (long long)layout);
  }
  for (int i = 0; i < 4; ++i) {
    const int status = check_angles(call, i % 2, 2 + i / 2);
    if (status != 0) {
      return status;
    }
  }
  if (!mc_shape_equal(&call->in[2].desc.shape, &call->in[3].desc.shape)) {
    return mc_op_error(call, "the cosines and the sines must have one shape");
  }
  call->out[0].desc = call->in[0].desc;
  call->out[1].desc = call->in[1].desc;
  return 0;
}

static int prepare_both(mc_op_call *call) {
  rotary_state *s = mc_op_alloc(call, 2 * sizeof(*s));
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  state_for(call, 0, 2, HALF, &s[0]);
  state_for(call, 1, 2, HALF, &s[1]);
  call->cost_ns = cost(call);
  call->state = s;
  call->run = run_both;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "RotaryMul",
     .inputs = "x r1 r2",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = infer_one,
     .prepare = prepare_one,
     .variant = MULTIPLY},
    {.type = "RotaryPositionEmbedding",
     .inputs = "x cos sin",
     .outputs = "y",
     .dtypes = MC_T_FLOATS,
     .infer = infer_one,
     .prepare = prepare_one,
     .variant = HALF},
    {.type = "ApplyRotaryPosEmb",
     .inputs = "query key cos sin",
     .outputs = "query key",
     .dtypes = MC_T_FLOATS,
     .infer = infer_both,
     .prepare = prepare_both},
};

MC_OP_FAMILY(rotary, kOps);
