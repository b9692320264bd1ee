/* The dtype table. */
#include "base/dtype.h"

static const struct {
  const char *name;
  uint8_t size;
  uint8_t proto;
} kTypes[MC_DTYPE_COUNT] = {
    [0] = {"DT_FLOAT", 4, 1},           [1] = {"DT_FLOAT16", 2, 2},       [2] = {"DT_INT8", 1, 3},
    [3] = {"DT_INT32", 4, 7},           [4] = {"DT_UINT8", 1, 4},         [6] = {"DT_INT16", 2, 5},
    [7] = {"DT_UINT16", 2, 6},          [8] = {"DT_UINT32", 4, 9},        [9] = {"DT_INT64", 8, 8},
    [10] = {"DT_UINT64", 8, 10},        [11] = {"DT_DOUBLE", 8, 12},      [12] = {"DT_BOOL", 1, 11},
    [13] = {"DT_STRING", 0, 13},        [14] = {"DT_DUAL_SUB_INT8", 1, 14}, [15] = {"DT_DUAL_SUB_UINT8", 1, 15},
    [16] = {"DT_COMPLEX64", 8, 16},     [17] = {"DT_COMPLEX128", 16, 17}, [18] = {"DT_QINT8", 1, 18},
    [19] = {"DT_QINT16", 2, 19},        [20] = {"DT_QINT32", 4, 20},      [21] = {"DT_QUINT8", 1, 21},
    [22] = {"DT_QUINT16", 2, 22},       [23] = {"DT_RESOURCE", 8, 23},    [24] = {"DT_STRING_REF", 0, 24},
    [25] = {"DT_DUAL", 5, 25},          [26] = {"DT_VARIANT", 8, 26},     [27] = {"DT_BF16", 2, 27},
    [28] = {"DT_UNDEFINED", 0, 0},      [29] = {"DT_INT4", 0, 28},        [30] = {"DT_UINT1", 0, 29},
    [31] = {"DT_INT2", 0, 30},          [32] = {"DT_UINT2", 0, 31},       [33] = {"DT_COMPLEX32", 4, 32},
    [34] = {"DT_HIFLOAT8", 1, 33},      [35] = {"DT_FLOAT8_E5M2", 1, 34}, [36] = {"DT_FLOAT8_E4M3FN", 1, 35},
    [37] = {"DT_FLOAT8_E8M0", 1, 36},   [38] = {"DT_FLOAT6_E3M2", 0, 37}, [39] = {"DT_FLOAT6_E2M3", 0, 38},
    [40] = {"DT_FLOAT4_E2M1", 0, 39},   [41] = {"DT_FLOAT4_E1M2", 0, 40}, [42] = {"DT_HIFLOAT4", 0, 41},
};

static bool known(int dtype) { return dtype >= 0 && dtype < MC_DTYPE_COUNT && kTypes[dtype].name != NULL; }

size_t mc_dtype_size(int dtype) { return known(dtype) ? kTypes[dtype].size : 0; }

int mc_dtype_packed_bits(int dtype) {
  switch (dtype) {
  case MC_UINT1:
    return 1;
  case MC_INT2:
  case MC_UINT2:
    return 2;
  case MC_INT4:
  case MC_FLOAT4_E2M1:
    return 4;
  default:
    return 0;
  }
}

const char *mc_dtype_name(int dtype) { return kTypes[known(dtype) ? dtype : MC_UNDEFINED].name; }

int mc_dtype_to_proto(int dtype) { return known(dtype) ? kTypes[dtype].proto : 0; }

int mc_dtype_from_proto(int proto) {
  for (int dtype = 0; dtype < MC_DTYPE_COUNT; ++dtype) {
    if (kTypes[dtype].name != NULL && kTypes[dtype].proto == proto) {
      return dtype;
    }
  }
  return MC_UNDEFINED;
}
