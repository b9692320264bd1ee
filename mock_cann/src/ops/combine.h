/* Arithmetic on rows of any number type: what scattering and segments do with values that meet. */
#ifndef MC_OPS_COMBINE_H
#define MC_OPS_COMBINE_H

#include "ops/op.h"

typedef enum mc_combine_kind { MC_PUT, MC_PLUS, MC_MINUS, MC_TIMES, MC_LARGER, MC_SMALLER } mc_combine_kind;

/* y = y + x, y * x, ... for n elements, each rounded to the type; integers wrap, booleans are or and and. */
void mc_combine(int dtype, mc_combine_kind how, void *y, const void *x, int64_t n);

#endif
