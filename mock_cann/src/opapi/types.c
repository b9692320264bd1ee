/* Which type a result is computed in, and what a scalar is worth. */
#include "opapi/prepare.h"

/* Truth values, whole numbers, numbers with a point. */
static int category(int dtype) {
  switch (dtype) {
  case MC_BOOL:
    return 0;
  case MC_FLOAT:
  case MC_FLOAT16:
  case MC_BF16:
  case MC_DOUBLE:
    return 2;
  default:
    return 1;
  }
}

int mc_nn_promote(int a, int b) {
  if (a == b) {
    return a;
  }
  if (category(a) != category(b)) {
    return category(a) > category(b) ? a : b;
  }
  if (category(a) == 2 && mc_dtype_size(a) == 2 && mc_dtype_size(b) == 2) {
    return MC_FLOAT; /* neither half holds the other */
  }
  if (mc_dtype_size(a) == mc_dtype_size(b)) { /* signed and unsigned */
    return mc_dtype_size(a) == 1 ? MC_INT16 : mc_dtype_size(a) == 2 ? MC_INT32 : MC_INT64;
  }
  return mc_dtype_size(a) > mc_dtype_size(b) ? a : b;
}

/* A number decides by what it is, not by how many bytes carry it. */
int mc_nn_promote_number(int tensor, int number) {
  if (category(number) <= category(tensor)) {
    return tensor;
  }
  return category(number) == 2 ? MC_FLOAT : MC_INT64;
}

double mc_nn_value(const aclScalar *scalar) {
  const void *at = scalar->value;
  switch ((int)scalar->dtype) {
  case MC_FLOAT:
    return *(const float *)at;
  case MC_DOUBLE:
    return *(const double *)at;
  case MC_FLOAT16:
    return mc_half_to_float(*(const uint16_t *)at);
  case MC_BF16:
    return mc_bf16_to_float(*(const uint16_t *)at);
  case MC_INT8:
    return *(const int8_t *)at;
  case MC_INT16:
    return *(const int16_t *)at;
  case MC_INT32:
    return *(const int32_t *)at;
  case MC_INT64:
    return (double)*(const int64_t *)at;
  case MC_UINT8:
  case MC_BOOL:
    return *(const uint8_t *)at;
  case MC_UINT16:
    return *(const uint16_t *)at;
  case MC_UINT32:
    return *(const uint32_t *)at;
  case MC_UINT64:
    return (double)*(const uint64_t *)at;
  default:
    return __builtin_nan("");
  }
}
