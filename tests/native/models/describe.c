/* What a model says about itself. Argument: the folder of the models. */
#include "session.h"

static aclmdlDesc *describe(const char *name) {
  aclmdlDesc *desc = aclmdlCreateDesc();
  CHECK(desc != NULL);
  MUST(aclmdlGetDescFromFile(desc, model_path(name)));
  return desc;
}

static void check_dims(const aclmdlIODims *dims, const char *name, size_t count, const int64_t *expected) {
  CHECK(name == NULL || strcmp(dims->name, name) == 0);
  CHECK_INT(count, dims->dimCount);
  CHECK(memcmp(dims->dims, expected, count * sizeof *expected) == 0);
}

static void inputs_and_outputs_are_described(void) {
  const int64_t in_dims[] = {4, 8}, out_dims[] = {4, 3};
  aclmdlIODims dims;
  size_t index = 9;
  aclmdlDesc *desc = aclmdlCreateDesc();
  const uint32_t id = load("affine");
  MUST(aclmdlGetDesc(desc, id));
  MUST(aclmdlUnload(id)); /* a description stands by itself */
  CHECK_INT(1, aclmdlGetNumInputs(desc));
  CHECK_INT(1, aclmdlGetNumOutputs(desc));
  CHECK_INT(128, aclmdlGetInputSizeByIndex(desc, 0));
  CHECK_INT(48, aclmdlGetOutputSizeByIndex(desc, 0));
  CHECK_INT(0, aclmdlGetInputSizeByIndex(desc, 1));
  CHECK_INT(0, aclmdlGetOutputSizeByIndex(desc, 1));
  CHECK(strcmp(aclmdlGetInputNameByIndex(desc, 0), "x") == 0);
  CHECK(strcmp(aclmdlGetInputNameByIndex(desc, 1), "") == 0);
  CHECK(strcmp(aclmdlGetOutputNameByIndex(desc, 7), "") == 0);
  CHECK_INT(ACL_FLOAT, aclmdlGetInputDataType(desc, 0));
  CHECK_INT(ACL_FLOAT, aclmdlGetOutputDataType(desc, 0));
  CHECK_INT(ACL_DT_UNDEFINED, aclmdlGetOutputDataType(desc, 1));
  CHECK_INT(ACL_FORMAT_ND, aclmdlGetInputFormat(desc, 0));
  CHECK_INT(ACL_FORMAT_UNDEFINED, aclmdlGetInputFormat(desc, 1));
  MUST(aclmdlGetInputDims(desc, 0, &dims));
  check_dims(&dims, "x", 2, in_dims);
  MUST(aclmdlGetInputDimsV2(desc, 0, &dims));
  check_dims(&dims, "x", 2, in_dims);
  MUST(aclmdlGetOutputDims(desc, 0, &dims));
  check_dims(&dims, aclmdlGetOutputNameByIndex(desc, 0), 2, out_dims);
  MUST(aclmdlGetCurOutputDims(desc, 0, &dims));
  check_dims(&dims, NULL, 2, out_dims);
  MUST(aclmdlGetInputIndexByName(desc, "x", &index));
  CHECK_INT(0, index);
  index = 9;
  MUST(aclmdlGetOutputIndexByName(desc, aclmdlGetOutputNameByIndex(desc, 0), &index));
  CHECK_INT(0, index);
  CHECK_INT(100000, aclmdlGetInputIndexByName(desc, "nobody", &index));
  CHECK(strcmp(aclmdlGetOpAttr(desc, "product", "no such attribute"), "") == 0);

  aclmdlBatch batch;
  aclmdlHW hw;
  aclmdlIODimsRange range;
  size_t gears = 9;
  MUST(aclmdlGetDynamicBatch(desc, &batch));
  CHECK_INT(0, batch.batchCount);
  MUST(aclmdlGetDynamicHW(desc, (size_t)-1, &hw));
  CHECK_INT(0, hw.hwCount);
  MUST(aclmdlGetInputDynamicGearCount(desc, (size_t)-1, &gears));
  CHECK_INT(0, gears);
  MUST(aclmdlGetInputDimsRange(desc, 0, &range));
  CHECK(range.rangeCount == 2 && range.range[1][0] == 8 && range.range[1][1] == 8);

  MUST(aclmdlGetDescFromFile(desc, model_path("sum"))); /* refilled */
  CHECK_INT(2, aclmdlGetNumInputs(desc));
  MUST(aclmdlDestroyDesc(desc));
}

static void an_empty_description_has_nothing(void) {
  aclmdlIODims dims;
  aclmdlDesc *desc = aclmdlCreateDesc();
  CHECK_INT(0, aclmdlGetNumInputs(desc));
  CHECK_INT(0, aclmdlGetNumInputs(NULL));
  CHECK_INT(0, aclmdlGetNumOutputs(NULL));
  CHECK_INT(0, aclmdlGetInputSizeByIndex(NULL, 0));
  CHECK(strcmp(aclmdlGetInputNameByIndex(NULL, 0), "") == 0);
  CHECK_INT(ACL_FORMAT_UNDEFINED, aclmdlGetOutputFormat(NULL, 0));
  CHECK_INT(100000, aclmdlGetInputDims(desc, 0, &dims));
  CHECK(aclmdlGetTensorRealName(desc, "x") == NULL);
  MUST(aclmdlDestroyDesc(desc));
}

static void long_names_are_replaced_and_can_be_recovered(void) {
  aclmdlIODims in, out;
  char expected[64], real[201];
  memset(real, 'n', 200);
  real[200] = '\0';
  const uint32_t id = load("long_names");
  aclmdlDesc *desc = aclmdlCreateDesc();
  MUST(aclmdlGetDesc(desc, id));
  MUST(aclmdlGetInputDims(desc, 0, &in));
  snprintf(expected, sizeof expected, "acl_modelId_%u_input_0", id);
  CHECK(strcmp(in.name, expected) == 0);
  MUST(aclmdlGetOutputDims(desc, 0, &out));
  snprintf(expected, sizeof expected, "acl_modelId_%u_output_0", id);
  CHECK(strcmp(out.name, expected) == 0);
  CHECK(strcmp(aclmdlGetTensorRealName(desc, in.name), real) == 0);
  CHECK(strcmp(aclmdlGetTensorRealName(desc, real), real) == 0);
  CHECK(strncmp(aclmdlGetTensorRealName(desc, out.name), real, 200) == 0);
  CHECK(aclmdlGetTensorRealName(desc, "nobody") == NULL);
  CHECK(aclmdlGetTensorRealName(desc, NULL) == NULL);
  CHECK(aclmdlGetTensorRealName(NULL, real) == NULL);
  CHECK_INT(ACL_INT32, aclmdlGetInputDataType(desc, 0));
  MUST(aclmdlDestroyDesc(desc));
  MUST(aclmdlUnload(id));
}

static void gears_are_listed(void) {
  const int64_t declared[] = {-1, 4};
  aclmdlBatch batch;
  aclmdlHW hw;
  aclmdlIODims dims, gears[2];
  aclmdlIODimsRange range;
  size_t index = 0, count = 0;
  aclmdlDesc *desc = describe("batch");
  CHECK_INT(2, aclmdlGetNumInputs(desc)); /* the model's, and the gear's */
  MUST(aclmdlGetInputIndexByName(desc, ACL_DYNAMIC_TENSOR_NAME, &index));
  CHECK_INT(1, index);
  CHECK_INT(8 * 4 * 4, aclmdlGetInputSizeByIndex(desc, 0)); /* the largest */
  CHECK_INT(8 * 4 * 4, aclmdlGetOutputSizeByIndex(desc, 0));
  CHECK(aclmdlGetInputSizeByIndex(desc, 1) >= 4);
  MUST(aclmdlGetInputDims(desc, 0, &dims));
  check_dims(&dims, "x", 2, declared);
  MUST(aclmdlGetInputDimsRange(desc, 0, &range));
  CHECK(range.range[0][0] == 2 && range.range[0][1] == 8 && range.range[1][0] == 4);
  MUST(aclmdlGetDynamicBatch(desc, &batch));
  CHECK_INT(3, batch.batchCount);
  CHECK(batch.batch[0] == 2 && batch.batch[1] == 8 && batch.batch[2] == 4); /* as they were given */
  MUST(aclmdlDestroyDesc(desc));

  desc = describe("image");
  MUST(aclmdlGetDynamicHW(desc, (size_t)-1, &hw));
  CHECK_INT(2, hw.hwCount);
  CHECK(hw.hw[0][0] == 4 && hw.hw[0][1] == 6 && hw.hw[1][0] == 8 && hw.hw[1][1] == 8);
  CHECK_INT(100000, aclmdlGetDynamicHW(desc, 0, &hw));
  MUST(aclmdlGetDynamicBatch(desc, &batch));
  CHECK_INT(0, batch.batchCount);
  CHECK_INT(ACL_FORMAT_NCHW, aclmdlGetInputFormat(desc, 0));
  MUST(aclmdlDestroyDesc(desc));

  const int64_t first[] = {1, 3, 2, 1, 3, 2}, second[] = {5, 3, 4, 5, 3, 4};
  desc = describe("dims");
  MUST(aclmdlGetInputDynamicGearCount(desc, (size_t)-1, &count));
  CHECK_INT(2, count);
  CHECK_INT(100000, aclmdlGetInputDynamicGearCount(desc, 0, &count));
  MUST(aclmdlGetInputDynamicDims(desc, (size_t)-1, gears, 2));
  check_dims(&gears[0], NULL, 6, first);
  check_dims(&gears[1], NULL, 6, second);
  CHECK_INT(100000, aclmdlGetInputDynamicDims(desc, (size_t)-1, gears, 1));
  CHECK_INT(100000, aclmdlGetInputDynamicDims(desc, 0, gears, 2));
  MUST(aclmdlDestroyDesc(desc));
}

static void unknown_dims_have_no_size_without_a_bound(void) {
  const int64_t declared[] = {-1, 4};
  aclmdlIODims dims;
  aclmdlIODimsRange range;
  aclmdlDesc *desc = describe("rows");
  CHECK_INT(0, aclmdlGetInputSizeByIndex(desc, 0));
  CHECK_INT(0, aclmdlGetOutputSizeByIndex(desc, 0));
  MUST(aclmdlGetOutputDims(desc, 0, &dims));
  check_dims(&dims, NULL, 2, declared);
  CHECK_INT(200001, aclmdlGetCurOutputDims(desc, 0, &dims));
  MUST(aclmdlDestroyDesc(desc));
  desc = describe("rows_to_16");
  CHECK_INT(16 * 4 * 4, aclmdlGetInputSizeByIndex(desc, 0));
  MUST(aclmdlGetInputDimsRange(desc, 0, &range));
  CHECK(range.range[0][1] == 16 && range.range[1][0] == 4 && range.range[1][1] == 4);
  MUST(aclmdlDestroyDesc(desc));
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  g_folder = argv[1];
  MUST(aclInit(NULL));
  MUST(aclrtSetDevice(0));
  inputs_and_outputs_are_described();
  an_empty_description_has_nothing();
  long_names_are_replaced_and_can_be_recovered();
  gears_are_listed();
  unknown_dims_have_no_size_without_a_bound();
  MUST(aclrtResetDevice(0));
  MUST(aclFinalize());
  return 0;
}
