/* Tensors of independent random numbers: uniform, normal, cut normal, integers. Uniform ones have the mantissa's bits of
 * a word in [1, 2), minus 1, as TensorFlow's have; StatelessRandomUniformV2 gives the very numbers of TensorFlow. */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/status.h"
#include "ops/checks.h"
#include "ops/convert.h"
#include "ops/family.h"
#include "ops/known.h"
#include "ops/philox.h"
#include "ops/special.h"

enum { UNIFORM, NORMAL, TRUNCATED, INTEGERS, STATELESS };
enum { BATCH = 64 /* blocks converted at a time */, GRAIN = 4, PHILOX = 1, CHOSEN_BY_DEVICE = 3 };

typedef struct job {
  mc_philox philox;
  char *out;
  int64_t count;
  int kind, dtype, per_block;
  int64_t least;
  uint64_t span; /* of integers: how many there are, 0 for all of 2^64 */
} job;

int mc_random_shape(mc_op_call *call, mc_shape *shape) {
  int64_t rank = 0;
  const int64_t *dims = mc_op_ints(call, 0, &rank);
  if (dims == NULL) {
    return MC_RT_PARAM;
  }
  if (call->in[0].desc.shape.rank != 1 || rank > MC_MAX_RANK) {
    char text[MC_SHAPE_TEXT];
    return mc_op_error(call, "input shape is itself of shape %.100s; it must be a list of at most %d dims",
                       mc_shape_text(&call->in[0].desc.shape, text), MC_MAX_RANK);
  }
  *shape = (mc_shape){.rank = (int)rank};
  for (int i = 0; i < shape->rank; ++i) {
    if (dims[i] < 0) {
      return mc_op_error(call, "input shape holds %lld; a dim must not be negative", (long long)dims[i]);
    }
    shape->dims[i] = dims[i];
  }
  return MC_OK;
}

static double uniform(int dtype, const uint32_t *word) {
  switch (dtype) {
  case MC_DOUBLE: return (double)((uint64_t)(word[0] & 0xfffffu) << 32 | word[1]) * 0x1p-52;
  case MC_FLOAT16: return (double)(word[0] & 0x3ffu) * 0x1p-10;
  case MC_BF16: return (double)(word[0] & 0x7fu) * 0x1p-7;
  default: return (double)(word[0] & 0x7fffffu) * 0x1p-23;
  }
}

/* Two normal numbers of two uniform ones (Box and Muller, 1958). */
static void normal_pair(double u, double v, double out[2]) {
  const double radius = sqrt(-2 * log(u)), angle = 2 * M_PI * v;
  out[0] = radius * cos(angle);
  out[1] = radius * sin(angle);
}

/* A word, or two of them for a double, in (0, 1). */
static double open_unit(int dtype, const uint32_t *word) {
  return dtype == MC_DOUBLE ? mc_unit_double(word) + 0x1p-54 : mc_unit_open(word[0]);
}

static void make_floats(const job *j, const uint32_t word[4], double *out) {
  const int words = 4 / j->per_block;
  if (j->kind == NORMAL) {
    for (int i = 0; i < j->per_block; i += 2) {
      const double u = open_unit(j->dtype, word + i * words), v = open_unit(j->dtype, word + (i + 1) * words);
      normal_pair(u, v, out + i);
    }
    return;
  }
  for (int i = 0; i < j->per_block; ++i) {
    /* Within two deviations: the inverse of the normal distribution on the part of (0, 1) that falls there. */
    out[i] = j->kind == TRUNCATED
                 ? M_SQRT2 * mc_erfinv((2 * open_unit(j->dtype, word + i * words) - 1) * erf(M_SQRT2))
                 : uniform(j->dtype, word + i * words);
  }
}

static void make_integers(const job *j, const uint32_t word[4], int64_t *out) {
  for (int i = 0; i < 2; ++i) {
    const uint64_t bits = (uint64_t)word[2 * i] << 32 | word[2 * i + 1];
    const uint64_t at = j->span == 0 ? bits : (uint64_t)((unsigned __int128)bits * j->span >> 64);
    out[i] = (int64_t)((uint64_t)j->least + at);
  }
}

static void draw(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const int64_t blocks = (j->count + j->per_block - 1) / j->per_block;
  const size_t size = mc_dtype_size(j->dtype);
  mc_convert *convert = mc_convert_for(j->kind == INTEGERS ? MC_INT64 : MC_DOUBLE, j->dtype);
  for (int64_t batch = begin; batch < end; ++batch) {
    union {
      double real[4 * BATCH];
      int64_t whole[4 * BATCH];
    } made;
    const int64_t first = batch * BATCH, n = blocks - first < BATCH ? blocks - first : BATCH;
    for (int64_t i = 0; i < n; ++i) {
      uint32_t word[4];
      mc_philox_block(&j->philox, (uint64_t)(first + i), word);
      if (j->kind == INTEGERS) {
        make_integers(j, word, made.whole + i * j->per_block);
      } else {
        make_floats(j, word, made.real + i * j->per_block);
      }
    }
    const int64_t at = first * j->per_block, left = j->count - at;
    convert(&made, j->out + (size_t)at * size, left < n * j->per_block ? left : n * j->per_block);
  }
}

/* The bounds of RandomUniformInt: [min, max). */
static int read_bounds(const mc_op_call *call, const void *const *in, job *j) {
  int64_t most = 0;
  mc_convert_for(j->dtype, MC_INT64)(in[1], &j->least, 1);
  mc_convert_for(j->dtype, MC_INT64)(in[2], &most, 1);
  if (j->least >= most) {
    return mc_op_error(call, "min is %lld and max is %lld; min must be smaller", (long long)j->least, (long long)most);
  }
  j->span = (uint64_t)most - (uint64_t)j->least;
  return MC_OK;
}

/* Where StatelessRandomUniformV2 is told to begin. */
static int read_place(const mc_op_call *call, const void *const *in, job *j) {
  int32_t algorithm = 0;
  memcpy(&algorithm, in[3], sizeof algorithm);
  if (algorithm != PHILOX && algorithm != CHOSEN_BY_DEVICE) {
    return mc_op_error(call, "alg is %d; emulated are 1 (Philox) and 3 (chosen by the device: Philox)", algorithm);
  }
  memcpy(&j->philox.key, in[1], sizeof j->philox.key);
  memcpy(&j->philox.low, in[2], sizeof j->philox.low);
  memcpy(&j->philox.high, (const char *)in[2] + sizeof j->philox.low, sizeof j->philox.high);
  return MC_OK;
}

static int run_random(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  const mc_desc *y = &call->out[0].desc;
  job j = {.out = out[0], .count = mc_shape_count(&y->shape), .kind = call->def->variant, .dtype = y->dtype};
  j.per_block = j.kind == INTEGERS || j.dtype == MC_DOUBLE ? 2 : 4;
  int status = MC_OK;
  if (j.kind == INTEGERS) {
    status = read_bounds(call, in, &j);
  } else if (j.kind == STATELESS) {
    status = read_place(call, in, &j);
  }
  if (status != MC_OK || j.count == 0) {
    return status;
  }
  const int64_t blocks = (j.count + j.per_block - 1) / j.per_block;
  if (j.kind != STATELESS) {
    j.philox = mc_philox_take(call, (uint64_t)blocks);
  }
  mc_parallel_for((blocks + BATCH - 1) / BATCH, GRAIN, draw, &j);
  return MC_OK;
}

static int check_scalar(const mc_op_call *call, int slot, int dtype, int64_t count) {
  char text[MC_SHAPE_TEXT], name[MC_OP_NAME];
  const mc_desc *desc = &call->in[slot].desc;
  if (desc->dtype != dtype || mc_shape_count(&desc->shape) != count) {
    return mc_op_error(call, "input %s is %s %.100s; it must hold %lld %s", mc_op_input_name(call, slot, name),
                       mc_dtype_name(desc->dtype), mc_shape_text(&desc->shape, text), (long long)count,
                       mc_dtype_name(dtype));
  }
  return MC_OK;
}

static int infer_random(mc_op_call *call) {
  const int kind = call->def->variant;
  mc_desc *y = &call->out[0].desc;
  *y = (mc_desc){.format = MC_FORMAT_ND};
  int status = mc_random_shape(call, &y->shape);
  if (status == MC_OK && kind == INTEGERS) {
    y->dtype = call->in[1].desc.dtype;
    if ((MC_T_INDEX >> y->dtype & 1) == 0) {
      return mc_op_error(call, "input min has dtype %s; it must be DT_INT32 or DT_INT64", mc_dtype_name(y->dtype));
    }
    status = check_scalar(call, 1, y->dtype, 1);
    return status == MC_OK && (status = check_scalar(call, 2, y->dtype, 1)) == MC_OK ? mc_check_sizes(call) : status;
  }
  if (status == MC_OK && kind == STATELESS) {
    status = check_scalar(call, 1, MC_UINT64, 1);
    status = status == MC_OK ? check_scalar(call, 2, MC_UINT64, 2) : status;
    status = status == MC_OK ? check_scalar(call, 3, MC_INT32, 1) : status;
  }
  if (status != MC_OK) {
    return status;
  }
  if ((kind == UNIFORM || kind == NORMAL) && mc_attrs_find(call->attrs, "dtype") == NULL) {
    return mc_op_error(call, "attribute dtype is missing");
  }
  const uint64_t types =
      MC_T_F32 | MC_DTYPE_BIT(MC_FLOAT16) | MC_DTYPE_BIT(MC_DOUBLE) | (kind == STATELESS ? MC_DTYPE_BIT(MC_BF16) : 0);
  y->dtype = mc_attr_type(call, "dtype", MC_FLOAT);
  if (y->dtype < 0 || y->dtype >= MC_DTYPE_COUNT || (types >> y->dtype & 1) == 0) {
    return mc_op_error(call, "attribute dtype is %d (%s); it must be 0 (DT_FLOAT), 1 (DT_FLOAT16)%s 11 (DT_DOUBLE)",
                       y->dtype, mc_dtype_name(y->dtype), kind == STATELESS ? ", 27 (DT_BF16) or" : " or");
  }
  return mc_check_sizes(call);
}

static int prepare_random(mc_op_call *call) {
  mc_op_cost(call, 50 + (double)mc_shape_count(&call->out[0].desc.shape) * 8);
  call->run = run_random;
  return MC_OK;
}

#define RANDOM(name, in, kind, remembers)                                                                     \
  {.type = (name), .inputs = (in), .outputs = "y", .dtypes = MC_T_INDEX, .value_inputs = 1, .flags = (remembers), \
   .infer = infer_random, .prepare = prepare_random, .variant = (kind)}

static const mc_op_def kOps[] = {
    RANDOM("RandomUniform", "shape", UNIFORM, MC_OP_RANDOM),
    RANDOM("RandomStandardNormal", "shape", NORMAL, MC_OP_RANDOM),
    RANDOM("TruncatedNormal", "shape", TRUNCATED, MC_OP_RANDOM),
    RANDOM("RandomUniformInt", "shape min max", INTEGERS, MC_OP_RANDOM),
    RANDOM("StatelessRandomUniformV2", "shape key counter alg", STATELESS, 0),
};

MC_OP_FAMILY(random, kOps);
