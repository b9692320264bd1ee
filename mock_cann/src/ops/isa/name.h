/* What every file of this folder needs: names with the instruction set's suffix, fused multiply-add where the
 * set has it, and the loop over elements whose output may be its input. */
#ifndef MC_OPS_ISA_NAME_H
#define MC_OPS_ISA_NAME_H

#include "ops/op.h"

#define MC_ISA_JOIN_(a, b) a##_##b
#define MC_ISA_JOIN(a, b) MC_ISA_JOIN_(a, b)
#define MC_ISA_NAME(name) MC_ISA_JOIN(name, MC_ISA)

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define MC_FMA(a, b, c) __builtin_fmaf((a), (b), (c))
#else
#define MC_FMA(a, b, c) ((a) * (b) + (c))
#endif

/* The output is either apart from an input or exactly on it, so that no iteration reads what an earlier one
 * wrote. */
#define MC_EACH(i, n) _Pragma("GCC ivdep") for (int64_t i = 0; i < (n); ++i)

#endif
