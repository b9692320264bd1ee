/* The types kernels are written for, numbered without gaps. */
#ifndef MC_OPS_LANE_H
#define MC_OPS_LANE_H

#include "base/dtype.h"

typedef enum mc_lane {
  MC_LANE_F32,
  MC_LANE_F64,
  MC_LANE_I8,
  MC_LANE_I16,
  MC_LANE_I32,
  MC_LANE_I64,
  MC_LANE_U8,
  MC_LANE_U16,
  MC_LANE_U32,
  MC_LANE_U64,
  MC_LANE_NATIVE, /* those above have C arithmetic */
  MC_LANE_F16 = MC_LANE_NATIVE,
  MC_LANE_BF16,
  MC_LANE_BOOL,
  MC_LANE_E5M2,
  MC_LANE_E4M3,
  MC_LANE_E8M0,
  MC_LANE_COUNT
} mc_lane;

/* MC_LANE_COUNT when no kernel handles the type. */
static inline mc_lane mc_lane_of(int dtype) {
  switch (dtype) {
  case MC_FLOAT: return MC_LANE_F32;
  case MC_DOUBLE: return MC_LANE_F64;
  case MC_INT8: return MC_LANE_I8;
  case MC_INT16: return MC_LANE_I16;
  case MC_INT32: return MC_LANE_I32;
  case MC_INT64: return MC_LANE_I64;
  case MC_UINT8: return MC_LANE_U8;
  case MC_UINT16: return MC_LANE_U16;
  case MC_UINT32: return MC_LANE_U32;
  case MC_UINT64: return MC_LANE_U64;
  case MC_FLOAT16: return MC_LANE_F16;
  case MC_BF16: return MC_LANE_BF16;
  case MC_BOOL: return MC_LANE_BOOL;
  case MC_FLOAT8_E5M2: return MC_LANE_E5M2;
  case MC_FLOAT8_E4M3FN: return MC_LANE_E4M3;
  case MC_FLOAT8_E8M0: return MC_LANE_E8M0;
  default: return MC_LANE_COUNT;
  }
}

/* The type in which arithmetic on `dtype` is done: 16-bit floats in float, bool in uint8. */
static inline int mc_compute_dtype(int dtype) {
  return dtype == MC_FLOAT16 || dtype == MC_BF16 ? MC_FLOAT : dtype == MC_BOOL ? MC_UINT8 : dtype;
}

static inline bool mc_dtype_is_float(int dtype) {
  return dtype == MC_FLOAT || dtype == MC_FLOAT16 || dtype == MC_BF16 || dtype == MC_DOUBLE;
}

#endif
