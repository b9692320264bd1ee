/* Scales as operators that follow integer products take them. */
#ifndef MC_OPS_REQUANTIZE_H
#define MC_OPS_REQUANTIZE_H

#include <stdint.h>

/* Scale number `at`; of a 64-bit integer the low 32 bits are a float. */
float mc_scale_at(int dtype, const void *scales, int64_t at);

#endif
