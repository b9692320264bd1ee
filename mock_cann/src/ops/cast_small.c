/*
 * Casts by way of a buffer of numbers: int8 between integers, which keep their low bits, and float otherwise.
 * The attributes saturate and round_mode are not GE's; models that say so explicitly bring them.
 */
#include "ops/cast_small.h"

#include <string.h>

#include "base/small_float.h"
#include "engine/engine.h"
#include "ops/convert.h"
#include "ops/packed.h"

enum { CHUNK = 1024, CHUNKS = 64 }; /* whole bytes of every packed type */

typedef struct job {
  const mc_op_call *call;
  const char *in;
  char *out;
  int64_t count;
} job;

static bool saturates(const mc_op_call *call) {
  return mc_attrs_bool(call->attrs, "saturate", true);
}

bool mc_cast_is_small(const mc_op_call *call) {
  const int to = call->out[0].desc.dtype;
  return mc_dtype_packed_bits(call->in[0].desc.dtype) != 0 || mc_dtype_packed_bits(to) != 0 ||
         ((to == MC_FLOAT8_E5M2 || to == MC_FLOAT8_E4M3FN) && !saturates(call)) ||
         (to == MC_FLOAT8_E8M0 && mc_attrs_find(call->attrs, "round_mode") != NULL);
}

/* A power of two by the attribute round_mode: up, down or to the nearest. */
static uint8_t power(const mc_op_call *call, float x) {
  const char *mode = mc_attrs_string(call->attrs, "round_mode", "nearest");
  uint8_t code = mc_float_to_e8m0(x);
  if (code != 0xff && strcmp(mode, "up") == 0 && code < 0xfe && mc_e8m0_to_float(code) < x) {
    ++code;
  } else if (code != 0xff && strcmp(mode, "down") == 0 && code > 0 && mc_e8m0_to_float(code) > x) {
    --code;
  }
  return code;
}

static bool is_integer(int dtype) {
  return dtype != MC_FLOAT4_E2M1 && !mc_dtype_is_float(dtype) && (MC_T_FLOAT8 >> dtype & 1) == 0;
}

static void read_floats(int dtype, const char *in, int64_t at, int64_t n, float *out) {
  if (mc_dtype_packed_bits(dtype) != 0) {
    mc_unpack_f32(dtype, in, at, n, out);
  } else if (dtype == MC_DOUBLE) {
    for (int64_t i = 0; i < n; ++i) {
      double x;
      memcpy(&x, in + (size_t)(at + i) * sizeof(x), sizeof(x));
      out[i] = mc_odd_from_double(x);
    }
  } else {
    mc_convert_for(dtype, MC_FLOAT)(in + (size_t)at * mc_dtype_size(dtype), out, n);
  }
}

static void write_floats(const mc_op_call *call, const float *in, char *out, int64_t at, int64_t n) {
  const int dtype = call->out[0].desc.dtype;
  if (mc_dtype_packed_bits(dtype) != 0) {
    mc_pack_f32(dtype, in, out, at, n);
  } else if (dtype == MC_FLOAT8_E8M0) {
    for (int64_t i = 0; i < n; ++i) {
      out[at + i] = (char)power(call, in[i]);
    }
  } else if (!saturates(call) && (dtype == MC_FLOAT8_E5M2 || dtype == MC_FLOAT8_E4M3FN)) {
    const mc_small_float *kind = dtype == MC_FLOAT8_E5M2 ? &mc_e5m2 : &mc_e4m3fn;
    for (int64_t i = 0; i < n; ++i) {
      out[at + i] = (char)mc_small_from_float(kind, in[i], false);
    }
  } else {
    mc_convert_for(MC_FLOAT, dtype)(in, out + (size_t)at * mc_dtype_size(dtype), n);
  }
}

static void cast_integers(const job *j, int64_t at, int64_t n) {
  int8_t numbers[CHUNK];
  const int from = j->call->in[0].desc.dtype;
  const int to = j->call->out[0].desc.dtype;
  if (mc_dtype_packed_bits(from) != 0) {
    mc_unpack_i8(from, j->in, at, n, numbers);
  } else {
    mc_convert_for(from, MC_INT8)(j->in + (size_t)at * mc_dtype_size(from), numbers, n);
  }
  if (mc_dtype_packed_bits(to) != 0) {
    mc_pack_i8(to, numbers, j->out, at, n);
  } else {
    mc_convert_for(MC_INT8, to)(numbers, j->out + (size_t)at * mc_dtype_size(to), n);
  }
}

static void cast_chunks(void *arg, int64_t begin, int64_t end) {
  const job *j = arg;
  const int from = j->call->in[0].desc.dtype;
  const int to = j->call->out[0].desc.dtype;
  const bool integers = is_integer(from) && is_integer(to);
  float numbers[CHUNK];
  for (int64_t chunk = begin; chunk < end; ++chunk) {
    const int64_t at = chunk * CHUNK;
    const int64_t n = j->count - at < CHUNK ? j->count - at : CHUNK;
    if (integers) {
      cast_integers(j, at, n);
    } else {
      read_floats(from, j->in, at, n, numbers);
      write_floats(j->call, numbers, j->out, at, n);
    }
  }
}

static int run_small(const mc_op_call *call, const void *const *in, void *const *out, void *scratch) {
  (void)scratch;
  job j = {call, in[0], out[0], mc_shape_count(&call->out[0].desc.shape)};
  mc_parallel_for((j.count + CHUNK - 1) / CHUNK, CHUNKS, cast_chunks, &j);
  return 0;
}

int mc_cast_prepare_small(mc_op_call *call) {
  mc_op_cost(call, 50 + (double)mc_shape_count(&call->out[0].desc.shape) * 4);
  call->run = run_small;
  return 0;
}
