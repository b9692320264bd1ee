/* Which elements are not zero: what Where, NonZero and masks ask. */
#ifndef MC_OPS_NONZERO_H
#define MC_OPS_NONZERO_H

#include "ops/op.h"

/* Types whose elements can be compared with zero. */
bool mc_nonzero_type(int dtype);

/* truth[i] = element i of x is not zero (NaN is not), for n elements. */
void mc_nonzero(int dtype, const void *x, bool *truth, int64_t n);

#endif
