/* Element types: sizes and half precision. */
#include "acl/acl_rt.h"

#include "base/dtype.h"

size_t aclDataTypeSize(aclDataType dataType) {
  switch (dataType) {
  case ACL_DT_UNDEFINED:
  case ACL_STRING:
    return 0;
  case ACL_INT8:
  case ACL_UINT8:
  case ACL_BOOL:
  case ACL_INT4:
  case ACL_UINT1:
  case ACL_HIFLOAT8:
  case ACL_FLOAT8_E5M2:
  case ACL_FLOAT8_E4M3FN:
  case ACL_FLOAT8_E8M0:
    return 1;
  case ACL_FLOAT16:
  case ACL_BF16:
  case ACL_INT16:
  case ACL_UINT16:
    return 2;
  case ACL_FLOAT:
  case ACL_INT32:
  case ACL_UINT32:
  case ACL_COMPLEX32:
    return 4;
  case ACL_COMPLEX128:
    return 16;
  case ACL_INT64:
  case ACL_UINT64:
  case ACL_DOUBLE:
  case ACL_COMPLEX64:
  default: /* CANN takes what it does not list for 64 bits wide */
    return 8;
  }
}

float aclFloat16ToFloat(aclFloat16 value) {
  return mc_half_to_float(value);
}

aclFloat16 aclFloatToFloat16(float value) {
  return mc_float_to_half(value);
}
