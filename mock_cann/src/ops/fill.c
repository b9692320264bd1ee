/* Tensors made of one number, and arithmetic sequences. */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"

enum { BY_INPUT, BY_ATTR, ZEROS, ONES, PIECE = 1 << 18 };

typedef struct fill_state {
  int64_t count;
  size_t size;
  char value[16]; /* of ZerosLike and OnesLike */
  int source;     /* the input that holds the value; -1: `value` */
} fill_state;

typedef struct job {
  char *out;
  const char *value;
  size_t size;
} job;

static void fill(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  char *to = j->out + (size_t)begin * j->size;
  const size_t bytes = (size_t)(end - begin) * j->size;
  bool uniform = true;
  for (size_t i = 1; i < j->size; ++i) {
    uniform &= j->value[i] == j->value[0];
  }
  if (uniform) {
    memset(to, j->value[0], bytes);
    return;
  }
  /* Doubling copies: every copy is as long as what is there already, up to a page. */
  memcpy(to, j->value, j->size);
  for (size_t done = j->size; done < bytes;) {
    const size_t have = done < 4096 ? done : 4096 / j->size * j->size;
    const size_t m = have < bytes - done ? have : bytes - done;
    memcpy(to + done, to, m);
    done += m;
  }
}

static int run_fill(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const fill_state *s = call->state;
  char value[16];
  memcpy(value, s->source < 0 ? s->value : in[s->source], s->size);
  job j = {out[0], value, s->size};
  mc_parallel_for(s->count, PIECE / (int64_t)s->size, fill, &j);
  return 0;
}

static int infer_fill(mc_op_call *call) {
  const bool attr = call->def->variant == BY_ATTR;
  const mc_op_value *value = &call->in[attr ? 0 : 1];
  const int64_t *dims = NULL;
  int64_t rank = 0;
  char text[MC_SHAPE_TEXT];
  if (attr) {
    size_t n = 0;
    const int status = mc_need_ints(call, "dims", -1, &dims, &n);
    if (status != 0) {
      return status;
    }
    rank = (int64_t)n;
  } else if ((dims = mc_op_ints(call, 0, &rank)) == NULL) {
    return MC_RT_PARAM;
  }
  if (mc_shape_count(&value->desc.shape) != 1) {
    return mc_op_error(call, "input value has shape %.100s; it must hold one number",
                       mc_shape_text(&value->desc.shape, text));
  }
  if (!(MC_T_MOVABLE >> value->desc.dtype & 1)) {
    return mc_op_error(call, "input value has dtype %s, which is not supported",
                       mc_dtype_name(value->desc.dtype));
  }
  if (rank > MC_MAX_RANK) {
    return mc_op_error(call, "dims has %lld numbers; a tensor has at most %d dims", (long long)rank,
                       MC_MAX_RANK);
  }
  mc_desc *y = &call->out[0].desc;
  *y = value->desc;
  y->shape.rank = (int)rank;
  for (int i = 0; i < y->shape.rank; ++i) {
    if (dims[i] < 0) {
      return mc_op_error(call, "dims holds %lld; a dim must not be negative", (long long)dims[i]);
    }
    y->shape.dims[i] = dims[i];
  }
  return mc_check_sizes(call);
}

static int prepare_fill(mc_op_call *call) {
  fill_state *s = mc_op_alloc(call, sizeof(*s));
  const mc_desc *y = &call->out[0].desc;
  if (s == NULL) {
    return mc_op_error(call, "out of memory while preparing");
  }
  s->count = mc_shape_count(&y->shape);
  s->size = mc_dtype_size(y->dtype);
  s->source = call->def->variant == BY_INPUT ? 1 : call->def->variant == BY_ATTR ? 0 : -1;
  if (call->def->variant == ONES) {
    const int32_t one = 1;
    mc_convert_for(MC_INT32, y->dtype)(&one, s->value, 1);
  }
  mc_op_cost(call, 20 + (double)s->count * (double)s->size * 0.05);
  call->state = s;
  call->run = run_fill;
  return 0;
}

/* start, start + delta, ... below (or, for a negative delta, above) limit; is_closed lets limit belong to it.
 */
static int run_range(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const int dtype = call->out[0].desc.dtype;
  const int64_t count = mc_shape_count(&call->out[0].desc.shape);
  const size_t size = mc_dtype_size(dtype);
  if (mc_dtype_is_float(dtype)) {
    double start = 0, delta = 0;
    mc_convert_for(dtype, MC_DOUBLE)(in[0], &start, 1);
    mc_convert_for(dtype, MC_DOUBLE)(in[2], &delta, 1);
    mc_convert *store = mc_convert_for(MC_DOUBLE, dtype);
    for (int64_t i = 0; i < count; ++i) {
      const double value = start + (double)i * delta;
      store(&value, (char *)out[0] + (size_t)i * size, 1);
    }
    return 0;
  }
  int64_t start = 0, delta = 0;
  mc_convert_for(dtype, MC_INT64)(in[0], &start, 1);
  mc_convert_for(dtype, MC_INT64)(in[2], &delta, 1);
  mc_convert *store = mc_convert_for(MC_INT64, dtype);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t value = (int64_t)((uint64_t)start + (uint64_t)i * (uint64_t)delta);
    store(&value, (char *)out[0] + (size_t)i * size, 1);
  }
  return 0;
}

/* Numbers in [start, limit) or [start, limit] by steps of delta, exactly for integers. */
static int64_t float_count(double start, double limit, double delta, bool closed) {
  const double steps = (limit - start) / delta;
  const double count = closed ? floor(steps) + 1 : ceil(steps);
  return !(count > 0) ? 0 : count > 9e18 ? INT64_MAX : (int64_t)count;
}

static int64_t int_count(int64_t start, int64_t limit, int64_t delta, bool closed) {
  if (delta > 0 ? start > limit : start < limit) {
    return 0;
  }
  const uint64_t span = delta > 0 ? (uint64_t)limit - (uint64_t)start : (uint64_t)start - (uint64_t)limit;
  const uint64_t step = delta > 0 ? (uint64_t)delta : -(uint64_t)delta;
  const uint64_t count = span / step + (closed || span % step != 0 ? 1 : 0);
  return count > INT64_MAX ? INT64_MAX : (int64_t)count;
}

static int infer_range(mc_op_call *call) {
  static const char *const kNames[] = {"start", "limit", "delta"};
  const int dtype = call->in[0].desc.dtype;
  double real[3] = {0};
  int64_t integer[3] = {0};
  for (int i = 0; i < 3; ++i) {
    const mc_op_value *v = &call->in[i];
    if (v->desc.dtype != dtype || mc_shape_count(&v->desc.shape) != 1) {
      return mc_op_error(call, "input %s must hold one number of start's dtype %s", kNames[i],
                         mc_dtype_name(dtype));
    }
    if (v->value == NULL) {
      return mc_op_error(call, "the contents of input %s must be known while compiling", kNames[i]);
    }
    mc_convert_for(dtype, MC_DOUBLE)(v->value, &real[i], 1);
    mc_convert_for(dtype, MC_INT64)(v->value, &integer[i], 1);
    if (real[i] - real[i] != 0) {
      return mc_op_error(call, "input %s is %g; it must be finite", kNames[i], real[i]);
    }
  }
  if (real[2] == 0) {
    return mc_op_error(call, "input delta is 0; it must not be");
  }
  const bool closed = mc_attrs_bool(call->attrs, "is_closed", false);
  const int64_t count = mc_dtype_is_float(dtype) ? float_count(real[0], real[1], real[2], closed)
                                                 : int_count(integer[0], integer[1], integer[2], closed);
  call->out[0].desc = call->in[0].desc;
  call->out[0].desc.shape = (mc_shape){.rank = 1, .dims = {count}};
  return mc_check_sizes(call);
}

static int prepare_range(mc_op_call *call) {
  mc_op_cost(call, 30 + (double)mc_shape_count(&call->out[0].desc.shape) * 3);
  call->run = run_range;
  return 0;
}

static const mc_op_def kOps[] = {
    {.type = "Fill", .inputs = "dims value", .outputs = "y", .dtypes = MC_T_INDEX, .value_inputs = 1,
     .infer = infer_fill, .prepare = prepare_fill, .variant = BY_INPUT},
    {.type = "FillD", .inputs = "value", .outputs = "y", .dtypes = MC_T_ALL, .infer = infer_fill,
     .prepare = prepare_fill, .variant = BY_ATTR},
    {.type = "ZerosLike", .inputs = "x", .outputs = "y", .dtypes = MC_T_MOVABLE, .infer = mc_infer_same,
     .prepare = prepare_fill, .variant = ZEROS},
    {.type = "OnesLike", .inputs = "x", .outputs = "y", .dtypes = MC_T_ALL, .infer = mc_infer_same,
     .prepare = prepare_fill, .variant = ONES},
    {.type = "Range", .inputs = "start limit delta", .outputs = "y", .value_inputs = 7,
     .dtypes = MC_T_FLOATS64 | MC_DTYPE_BIT(MC_INT32) | MC_DTYPE_BIT(MC_INT64), .infer = infer_range,
     .prepare = prepare_range},
};

MC_OP_FAMILY(fill, kOps);
