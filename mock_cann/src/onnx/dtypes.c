/* Element types of ONNX and what they are in GE. */
#include "onnx/proto.h"

static const struct {
  const char *name;
  int dtype;
} kTypes[] = {
    [MC_ONNX_UNDEFINED] = {"UNDEFINED", MC_UNDEFINED},
    [MC_ONNX_FLOAT] = {"FLOAT", MC_FLOAT},
    [MC_ONNX_UINT8] = {"UINT8", MC_UINT8},
    [MC_ONNX_INT8] = {"INT8", MC_INT8},
    [MC_ONNX_UINT16] = {"UINT16", MC_UINT16},
    [MC_ONNX_INT16] = {"INT16", MC_INT16},
    [MC_ONNX_INT32] = {"INT32", MC_INT32},
    [MC_ONNX_INT64] = {"INT64", MC_INT64},
    [MC_ONNX_STRING] = {"STRING", MC_STRING},
    [MC_ONNX_BOOL] = {"BOOL", MC_BOOL},
    [MC_ONNX_FLOAT16] = {"FLOAT16", MC_FLOAT16},
    [MC_ONNX_DOUBLE] = {"DOUBLE", MC_DOUBLE},
    [MC_ONNX_UINT32] = {"UINT32", MC_UINT32},
    [MC_ONNX_UINT64] = {"UINT64", MC_UINT64},
    [MC_ONNX_COMPLEX64] = {"COMPLEX64", MC_COMPLEX64},
    [MC_ONNX_COMPLEX128] = {"COMPLEX128", MC_COMPLEX128},
    [MC_ONNX_BFLOAT16] = {"BFLOAT16", MC_BF16},
    [MC_ONNX_FLOAT8E4M3FN] = {"FLOAT8E4M3FN", 36},
    [MC_ONNX_FLOAT8E4M3FNUZ] = {"FLOAT8E4M3FNUZ", MC_UNDEFINED},
    [MC_ONNX_FLOAT8E5M2] = {"FLOAT8E5M2", 35},
    [MC_ONNX_FLOAT8E5M2FNUZ] = {"FLOAT8E5M2FNUZ", MC_UNDEFINED},
    [MC_ONNX_UINT4] = {"UINT4", MC_UNDEFINED},
    [MC_ONNX_INT4] = {"INT4", 29},
    [MC_ONNX_FLOAT4E2M1] = {"FLOAT4E2M1", 40},
    [MC_ONNX_FLOAT8E8M0] = {"FLOAT8E8M0", 37},
    [MC_ONNX_UINT2] = {"UINT2", 32},
    [MC_ONNX_INT2] = {"INT2", 31},
};
enum { TYPES = sizeof kTypes / sizeof kTypes[0] };

int mc_onnx_dtype(int64_t onnx_type) {
  return onnx_type > 0 && onnx_type < TYPES ? kTypes[onnx_type].dtype : MC_UNDEFINED;
}

const char *mc_onnx_type_name(int64_t onnx_type) {
  return onnx_type > 0 && onnx_type < TYPES ? kTypes[onnx_type].name : kTypes[0].name;
}
