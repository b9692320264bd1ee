/* Conversion of dense rows between element types, behind Cast and every kernel that computes in another type.
 */
#ifndef MC_OPS_CONVERT_H
#define MC_OPS_CONVERT_H

#include "ops/lane.h"

/* n elements; `in` and `out` are apart, or equal when the result's elements are not wider. */
typedef void mc_convert(const void *in, void *out, int64_t n);

/*
 * NULL when one of the types has no kernels; the plain copy when they are equal.
 *   float → integer    truncates towards zero, saturates outside the type, NaN becomes 0 (the NPU's vector unit)
 *   integer → integer  keeps the low bits
 *   anything → bool    is "not zero" (NaN is true); bool → number is 0 or 1
 *   number → float16, bfloat16   rounds once, to nearest even; overflow is infinity
 *   number → float8    rounds once, to nearest even; overflow and infinity are the largest number
 *   number → E8M0      the nearest power of two; negative numbers are NaN
 */
mc_convert *mc_convert_for(int from, int to);

/* A float whose last bit is set when digits were lost: rounding it again to fewer bits gives what one rounding
 * would. */
float mc_odd_from_double(double x);

#endif
