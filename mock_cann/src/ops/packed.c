/* Packing and unpacking, one element at a time: few models have more than weights in these types. */
#include "ops/packed.h"

#include <string.h>

#include "base/small_float.h"

static uint32_t code_at(const void *in, int64_t at, int bits) {
  const int64_t per_byte = 8 / bits;
  const uint32_t byte = ((const uint8_t *)in)[at / per_byte];
  return byte >> (at % per_byte * bits) & ((1u << bits) - 1u);
}

static int8_t number_of(int dtype, uint32_t code) {
  switch (dtype) {
  case MC_INT4:
    return (int8_t)((code ^ 8u) - 8u);
  case MC_INT2:
    return (int8_t)((code ^ 2u) - 2u);
  default:
    return (int8_t)code;
  }
}

void mc_unpack_i8(int dtype, const void *in, int64_t at, int64_t n, int8_t *out) {
  const int bits = mc_dtype_packed_bits(dtype);
  for (int64_t i = 0; i < n; ++i) {
    out[i] = number_of(dtype, code_at(in, at + i, bits));
  }
}

void mc_unpack_f32(int dtype, const void *in, int64_t at, int64_t n, float *out) {
  const int bits = mc_dtype_packed_bits(dtype);
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t code = code_at(in, at + i, bits);
    out[i] =
        dtype == MC_FLOAT4_E2M1 ? mc_small_to_float(&mc_e2m1, (uint8_t)code) : (float)number_of(dtype, code);
  }
}

static void put(void *out, int64_t at, int bits, uint32_t code) {
  const int64_t per_byte = 8 / bits;
  ((uint8_t *)out)[at / per_byte] |= (uint8_t)((code & ((1u << bits) - 1u)) << (at % per_byte * bits));
}

static void clear(void *out, int64_t at, int64_t n, int bits) {
  memset((uint8_t *)out + at * bits / 8, 0, (size_t)((n * bits + 7) / 8));
}

void mc_pack_i8(int dtype, const int8_t *in, void *out, int64_t at, int64_t n) {
  const int bits = mc_dtype_packed_bits(dtype);
  clear(out, at, n, bits);
  for (int64_t i = 0; i < n; ++i) {
    put(out, at + i, bits, (uint8_t)in[i]);
  }
}

void mc_pack_f32(int dtype, const float *in, void *out, int64_t at, int64_t n) {
  const int bits = mc_dtype_packed_bits(dtype);
  const bool is_signed = dtype == MC_INT4 || dtype == MC_INT2;
  const float low = is_signed ? -(float)(1 << (bits - 1)) : 0.0f;
  const float high = (float)((1 << (is_signed ? bits - 1 : bits)) - 1);
  clear(out, at, n, bits);
  for (int64_t i = 0; i < n; ++i) {
    const float x = in[i] == in[i] ? in[i] : 0.0f;
    const float fits = x < low ? low : x > high ? high : x;
    put(out, at + i, bits,
        dtype == MC_FLOAT4_E2M1 ? mc_small_from_float(&mc_e2m1, in[i], true) : (uint32_t)(int)fits);
  }
}
