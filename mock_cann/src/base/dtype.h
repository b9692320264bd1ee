/* Element types: one table of names and sizes. The numbers are ge::DataType's and aclDataType's. */
#ifndef MC_BASE_DTYPE_H
#define MC_BASE_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum mc_dtype {
  MC_FLOAT = 0,
  MC_FLOAT16 = 1,
  MC_INT8 = 2,
  MC_INT32 = 3,
  MC_UINT8 = 4,
  MC_INT16 = 6,
  MC_UINT16 = 7,
  MC_UINT32 = 8,
  MC_INT64 = 9,
  MC_UINT64 = 10,
  MC_DOUBLE = 11,
  MC_BOOL = 12,
  MC_STRING = 13,
  MC_COMPLEX64 = 16,
  MC_COMPLEX128 = 17,
  MC_BF16 = 27,
  MC_UNDEFINED = 28,
  MC_INT4 = 29,
  MC_UINT1 = 30,
  MC_INT2 = 31,
  MC_UINT2 = 32,
  MC_FLOAT8_E5M2 = 35,
  MC_FLOAT8_E4M3FN = 36,
  MC_FLOAT8_E8M0 = 37,
  MC_FLOAT4_E2M1 = 40,
  MC_DTYPE_COUNT = 43
} mc_dtype;

#define MC_DTYPE_BIT(dtype) (UINT64_C(1) << (dtype))

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of one element; 0 for types without a fixed whole-byte size. */
size_t mc_dtype_size(int dtype);

/* Bits of one element of a packed type, several of which share a byte, the first in the low bits; 0 for other
 * types. */
int mc_dtype_packed_bits(int dtype);

/* "DT_FLOAT16"; "DT_UNDEFINED" for unknown numbers. Static storage. */
const char *mc_dtype_name(int dtype);

/* ge::DataType number <-> the number TensorDescriptor.dtype uses in serialized graphs. */
int mc_dtype_to_proto(int dtype);
int mc_dtype_from_proto(int proto);

#ifdef __cplusplus
}
#endif

static inline float mc_bits_to_float(uint32_t bits) {
  union {
    uint32_t u;
    float f;
  } pun = {bits};
  return pun.f;
}

static inline uint32_t mc_float_to_bits(float value) {
  union {
    float f;
    uint32_t u;
  } pun = {value};
  return pun.u;
}

static inline float mc_bf16_to_float(uint16_t value) { return mc_bits_to_float((uint32_t)value << 16); }

/* Round to nearest even; every NaN stays a NaN. */
static inline uint16_t mc_float_to_bf16(float value) {
  uint32_t bits = mc_float_to_bits(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return (uint16_t)((bits >> 16) | 0x40u);
  }
  return (uint16_t)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

static inline float mc_half_to_float(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
  const uint32_t magnitude = half & 0x7fffu;
  if (magnitude >= 0x7c00u) {
    return mc_bits_to_float(sign | 0x7f800000u | (magnitude & 0x3ffu) << 13);
  }
  /* Moving the half's exponent field under the float's and scaling by 2^112 also normalises subnormals. */
  const float scaled = mc_bits_to_float(magnitude << 13) * 0x1p112f;
  return mc_bits_to_float(mc_float_to_bits(scaled) | sign);
}

/* Round to nearest even, overflow to infinity, NaN stays NaN. */
static inline uint16_t mc_float_to_half(float value) {
  uint32_t bits = mc_float_to_bits(value);
  const uint16_t sign = (uint16_t)((bits >> 16) & 0x8000u);
  bits &= 0x7fffffffu;
  if (bits > 0x7f800000u) {
    return (uint16_t)(sign | 0x7e00u);
  }
  if (bits >= 0x477ff000u) {
    return (uint16_t)(sign | 0x7c00u);
  }
  if (bits < 0x38800000u) {
    /* Subnormal result: adding 0.5 aligns the mantissa so that the FPU rounds at the half's last bit. */
    return (uint16_t)(sign | (mc_float_to_bits(mc_bits_to_float(bits) + 0.5f) - 0x3f000000u));
  }
  bits += 0xc8000fffu + ((bits >> 13) & 1u);
  return (uint16_t)(sign | (bits >> 13));
}

#endif
