/* The casts that do not convert element by element in memory, or not by the common rules: from and to packed
 * types, and to 8-bit floats in another way than the usual. */
#ifndef MC_OPS_CAST_SMALL_H
#define MC_OPS_CAST_SMALL_H

#include "ops/op.h"

bool mc_cast_is_small(const mc_op_call *call);
int mc_cast_prepare_small(mc_op_call *call);

#endif
