/*
 * Hot loops live in ops/isa/ and are compiled once per instruction set; each file there defines constant
 * tables of function pointers named with MC_ISA_NAME. A family declares a table with MC_ISA_DECLARE and takes
 * the one for this machine with MC_ISA_PICK.
 */
#ifndef MC_OPS_ISA_H
#define MC_OPS_ISA_H

typedef enum mc_isa_level { MC_ISA_BASELINE, MC_ISA_AVX2, MC_ISA_AVX512 } mc_isa_level;

/* What this machine executes, lowered by MOCK_CANN_ISA=baseline|avx2|avx512; decided at the first call. */
mc_isa_level mc_isa(void);

#ifdef MC_HAVE_X86_ISA
#define MC_ISA_DECLARE(type, name) extern const type name##_baseline, name##_avx2, name##_avx512
#define MC_ISA_PICK(name)                                                                                    \
  (mc_isa() == MC_ISA_AVX512 ? &name##_avx512 : mc_isa() == MC_ISA_AVX2 ? &name##_avx2 : &name##_baseline)
#else
#define MC_ISA_DECLARE(type, name) extern const type name##_baseline
#define MC_ISA_PICK(name) (&name##_baseline)
#endif

#endif
