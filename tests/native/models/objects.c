/* Data buffers, datasets and tensor descriptions: host objects that need no device and no aclInit. */
#include "check.h"

#include <math.h>

static void data_buffers_hold_an_address_and_a_size(void) {
  char memory[8];
  aclDataBuffer *buffer = aclCreateDataBuffer(memory, sizeof memory);
  CHECK(aclGetDataBufferAddr(buffer) == memory);
  CHECK_INT(8, aclGetDataBufferSize(buffer));
  MUST(aclUpdateDataBuffer(buffer, NULL, ((size_t)1 << 32) + 5));
  CHECK(aclGetDataBufferAddr(buffer) == NULL);
  CHECK_INT(5, aclGetDataBufferSize(buffer)); /* 32 bits */
  CHECK_INT(((long long)1 << 32) + 5, aclGetDataBufferSizeV2(buffer));
  MUST(aclDestroyDataBuffer(buffer));
  aclDataBuffer *empty = aclCreateDataBuffer(NULL, 0);
  CHECK(empty != NULL);
  MUST(aclDestroyDataBuffer(empty));
  CHECK_INT(100000, aclDestroyDataBuffer(NULL));
  CHECK_INT(100000, aclUpdateDataBuffer(NULL, memory, 1));
  CHECK(aclGetDataBufferAddr(NULL) == NULL);
  CHECK_INT(0, aclGetDataBufferSize(NULL));
  CHECK_INT(0, aclGetDataBufferSizeV2(NULL));
}

static void datasets_keep_order_and_own_only_their_descriptions(void) {
  aclmdlDataset *dataset = aclmdlCreateDataset();
  aclDataBuffer *buffers[100];
  for (int i = 0; i < 100; ++i) {
    buffers[i] = aclCreateDataBuffer(NULL, (size_t)i);
    MUST(aclmdlAddDatasetBuffer(dataset, buffers[i]));
  }
  MUST(aclmdlAddDatasetBuffer(dataset, buffers[7])); /* the same one again is fine */
  CHECK_INT(101, aclmdlGetDatasetNumBuffers(dataset));
  for (int i = 0; i < 100; ++i) {
    CHECK(aclmdlGetDatasetBuffer(dataset, (size_t)i) == buffers[i]);
  }
  CHECK(aclmdlGetDatasetBuffer(dataset, 100) == buffers[7]);
  CHECK(aclmdlGetDatasetBuffer(dataset, 101) == NULL);

  const int64_t dims[] = {2, 3};
  aclTensorDesc *desc = aclCreateTensorDesc(ACL_INT64, 2, dims, ACL_FORMAT_ND);
  aclSetTensorDescName(desc, "first");
  CHECK(aclmdlGetDatasetTensorDesc(dataset, 3) == NULL);
  MUST(aclmdlSetDatasetTensorDesc(dataset, desc, 3));
  aclTensorDesc *copy = aclmdlGetDatasetTensorDesc(dataset, 3);
  CHECK(copy != NULL && copy != desc);
  aclSetTensorDescName(desc, "changed afterwards");
  aclDestroyTensorDesc(desc);
  CHECK(strcmp(aclGetTensorDescName(copy), "first") == 0);
  CHECK_INT(48, aclGetTensorDescSize(copy));
  MUST(aclmdlSetDatasetTensorDesc(dataset, NULL, 3));
  CHECK(aclmdlGetDatasetTensorDesc(dataset, 3) == NULL);
  CHECK_INT(100000, aclmdlSetDatasetTensorDesc(dataset, NULL, 101));
  CHECK_INT(100000, aclmdlSetDatasetTensorDesc(NULL, NULL, 0));
  CHECK(aclmdlGetDatasetTensorDesc(dataset, 101) == NULL);
  CHECK_INT(100000, aclmdlAddDatasetBuffer(dataset, NULL));
  CHECK_INT(100000, aclmdlAddDatasetBuffer(NULL, buffers[0]));

  MUST(aclmdlDestroyDataset(dataset));
  for (int i = 0; i < 100; ++i) {
    CHECK_INT(i, aclGetDataBufferSizeV2(buffers[i])); /* alive */
    MUST(aclDestroyDataBuffer(buffers[i]));
  }
  CHECK_INT(100000, aclmdlDestroyDataset(NULL));
  CHECK_INT(0, aclmdlGetDatasetNumBuffers(NULL));
  CHECK(aclmdlGetDatasetBuffer(NULL, 0) == NULL);
}

static void tensor_descriptions_answer_what_was_set(void) {
  const int64_t dims[] = {2, -1, 4}, unknown_rank[] = {-2};
  int64_t range[][2] = {{2, 2}, {1, 16}, {4, 4}}, got[2], dim = 0;
  aclTensorDesc *desc = aclCreateTensorDesc(ACL_FLOAT16, 3, dims, ACL_FORMAT_NCHW);
  CHECK_INT(ACL_FLOAT16, aclGetTensorDescType(desc));
  CHECK_INT(ACL_FORMAT_NCHW, aclGetTensorDescFormat(desc));
  CHECK_INT(3, aclGetTensorDescNumDims(desc));
  CHECK_INT(-1, aclGetTensorDescDim(desc, 1));
  MUST(aclGetTensorDescDimV2(desc, 2, &dim));
  CHECK_INT(4, dim);
  CHECK_INT(100000, aclGetTensorDescDimV2(desc, 3, &dim));
  CHECK_INT(0, aclGetTensorDescElementCount(desc)); /* a dim is unknown */
  CHECK_INT(0, aclGetTensorDescSize(desc));
  CHECK_INT(100000, aclGetTensorDescDimRange(desc, 1, 2, got));
  MUST(aclGetTensorDescDimRange(desc, 2, 2, got));
  CHECK(got[0] == 4 && got[1] == 4);
  MUST(aclSetTensorShapeRange(desc, 3, range));
  MUST(aclGetTensorDescDimRange(desc, 1, 2, got));
  CHECK(got[0] == 1 && got[1] == 16);
  CHECK_INT(100000, aclGetTensorDescDimRange(desc, 1, 1, got));

  const int64_t known[] = {2, 8, 4};
  MUST(aclSetTensorShape(desc, 3, known));
  MUST(aclSetTensorFormat(desc, ACL_FORMAT_ND));
  CHECK_INT(64, aclGetTensorDescElementCount(desc));
  CHECK_INT(128, aclGetTensorDescSize(desc));
  CHECK_INT(ACL_FORMAT_ND, aclGetTensorDescFormat(desc));
  MUST(aclSetTensorShape(desc, 1, unknown_rank));
  CHECK(aclGetTensorDescNumDims(desc) == ACL_UNKNOWN_RANK);
  MUST(aclSetTensorShape(desc, 0, NULL));
  CHECK_INT(1, aclGetTensorDescElementCount(desc)); /* a scalar */
  CHECK_INT(100000, aclSetTensorShape(desc, 2, NULL));
  CHECK_INT(100000, aclSetTensorShape(desc, -1, known));
  CHECK_INT(100000, aclSetTensorPlaceMent(desc, (aclMemType)9));
  MUST(aclSetTensorPlaceMent(desc, ACL_MEMTYPE_HOST));
  CHECK_INT(100000, aclSetTensorConst(desc, NULL, 4));
  CHECK(strcmp(aclGetTensorDescName(desc), "") == 0);
  aclDestroyTensorDesc(desc);
  aclDestroyTensorDesc(NULL);

  /* an absent optional input */
  aclTensorDesc *absent = aclCreateTensorDesc(ACL_DT_UNDEFINED, 0, NULL, ACL_FORMAT_UNDEFINED);
  CHECK(absent != NULL);
  CHECK_INT(0, aclGetTensorDescSize(absent));
  aclDestroyTensorDesc(absent);

  const int64_t enormous[] = {INT64_MAX, INT64_MAX};
  aclTensorDesc *huge = aclCreateTensorDesc(ACL_FLOAT, 2, enormous, ACL_FORMAT_ND);
  CHECK_INT(0, aclGetTensorDescElementCount(huge));
  aclDestroyTensorDesc(huge);
  CHECK(aclCreateTensorDesc(ACL_FLOAT, -1, dims, ACL_FORMAT_ND) == NULL);
  CHECK(aclCreateTensorDesc(ACL_FLOAT, 1, NULL, ACL_FORMAT_ND) == NULL);
  CHECK_INT(ACL_DT_UNDEFINED, aclGetTensorDescType(NULL));
  CHECK_INT(ACL_FORMAT_UNDEFINED, aclGetTensorDescFormat(NULL));
  CHECK_INT(0, aclGetTensorDescNumDims(NULL));
}

static void sizes_of_types_are_canns(void) {
  static const struct {
    aclDataType type;
    size_t size;
  } kSizes[] = {
      {ACL_DT_UNDEFINED, 0}, {ACL_STRING, 0},      {ACL_BOOL, 1},        {ACL_INT8, 1},
      {ACL_UINT8, 1},        {ACL_INT4, 1},        {ACL_UINT1, 1},       {ACL_FLOAT16, 2},
      {ACL_BF16, 2},         {ACL_INT16, 2},       {ACL_UINT16, 2},      {ACL_FLOAT, 4},
      {ACL_INT32, 4},        {ACL_UINT32, 4},      {ACL_COMPLEX32, 4},   {ACL_INT64, 8},
      {ACL_UINT64, 8},       {ACL_DOUBLE, 8},      {ACL_COMPLEX64, 8},   {ACL_COMPLEX128, 16},
      {ACL_FLOAT6_E3M2, 8},  {ACL_FLOAT4_E2M1, 8}, {(aclDataType)99, 8},
  };
  for (size_t i = 0; i < sizeof kSizes / sizeof kSizes[0]; ++i) {
    CHECK_INT(kSizes[i].size, aclDataTypeSize(kSizes[i].type));
  }
}

/* IEEE 754 binary16, from its definition. */
static double half_value(unsigned bits) {
  const int exponent = (int)(bits >> 10 & 31), mantissa = (int)(bits & 1023);
  const double magnitude = exponent == 0    ? ldexp(mantissa, -24)
                           : exponent == 31 ? (mantissa == 0 ? (double)INFINITY : (double)NAN)
                                            : ldexp(1024 + mantissa, exponent - 25);
  return (bits & 0x8000u) != 0 ? -magnitude : magnitude;
}

static void half_precision_converts_and_rounds_to_nearest_even(void) {
  for (unsigned bits = 0; bits < 0x10000u; ++bits) {
    const double value = half_value(bits);
    const float got = aclFloat16ToFloat((aclFloat16)bits);
    CHECK(isnan(value) ? isnan(got) : (double)got == value && (signbit(got) != 0) == (signbit(value) != 0));
    CHECK(isnan(value) ? isnan(aclFloat16ToFloat(aclFloatToFloat16(got))) : aclFloatToFloat16(got) == bits);
    if (bits < 0x7bffu) {
      const double next = half_value(bits + 1), middle = (value + next) / 2;
      CHECK_INT((bits & 1) == 0 ? bits : bits + 1, aclFloatToFloat16((float)middle));
      CHECK_INT(bits, aclFloatToFloat16(nextafterf((float)middle, -1.0F)));
      CHECK_INT(bits + 1, aclFloatToFloat16(nextafterf((float)middle, INFINITY)));
    }
  }
  CHECK_INT(0x7bff, aclFloatToFloat16(65519.0F));
  CHECK_INT(0x7c00, aclFloatToFloat16(65520.0F));
}

int main(void) {
  data_buffers_hold_an_address_and_a_size();
  datasets_keep_order_and_own_only_their_descriptions();
  tensor_descriptions_answer_what_was_set();
  sizes_of_types_are_canns();
  half_precision_converts_and_rounds_to_nearest_even();
  return 0;
}
