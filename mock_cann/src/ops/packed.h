/* Types whose elements share bytes (int4, int2, uint2, uint1, float4_e2m1), the first element in the low
 * bits. */
#ifndef MC_OPS_PACKED_H
#define MC_OPS_PACKED_H

#include "base/dtype.h"

/* Elements [at, at + n) as numbers. */
void mc_unpack_i8(int dtype, const void *in, int64_t at, int64_t n, int8_t *out); /* not for float4 */
void mc_unpack_f32(int dtype, const void *in, int64_t at, int64_t n, float *out);

/* n elements written from element `at` on, which must begin a byte; bits behind the last are zero. Integers
 * keep their low bits; floats round to the nearest even float4 or, for integer types, are truncated and
 * saturated. */
void mc_pack_i8(int dtype, const int8_t *in, void *out, int64_t at, int64_t n); /* not for float4 */
void mc_pack_f32(int dtype, const float *in, void *out, int64_t at, int64_t n);

#endif
