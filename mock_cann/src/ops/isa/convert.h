/* Conversions that have their own kernels per instruction set: the rows that other kernels' speed depends on.
 */
#ifndef MC_OPS_ISA_CONVERT_H
#define MC_OPS_ISA_CONVERT_H

#include "ops/convert.h"

typedef struct mc_convert_table {
  mc_convert *f16_to_f32, *f32_to_f16, *bf16_to_f32, *f32_to_bf16;
  mc_convert *f32_to_i32, *i32_to_f32, *f32_to_u8, *u8_to_f32, *f32_to_i8, *i8_to_f32;
  mc_convert *f32_to_f64, *f64_to_f32, *i32_to_i64, *i64_to_i32, *f32_to_i64, *i64_to_f32;
} mc_convert_table;

#endif
