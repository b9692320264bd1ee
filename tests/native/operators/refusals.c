/* What single operators refuse, with which code and text; and that nothing is reported where nothing went wrong. */
#include "check.h"

static const float kOnes[6] = {1, 1, 1, 1, 1, 1};

static void descriptions_that_do_not_fit(aclrtStream stream) {
  tensor x = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), kOnes), y = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), NULL);
  tensor wide = make_tensor(ACL_DOUBLE, ACL_FORMAT_ND, DIMS(6), NULL);
  tensor few = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(5), NULL);
  tensor fractal = make_tensor(ACL_FLOAT, ACL_FORMAT_FRACTAL_NZ, DIMS(6), kOnes);
  tensor unknown = {.desc = aclCreateTensorDesc(ACL_FLOAT, DIMS(-1), ACL_FORMAT_ND), .buffer = x.buffer};
  tensor strings = {.desc = aclCreateTensorDesc(ACL_STRING, DIMS(6), ACL_FORMAT_ND), .buffer = x.buffer};
  tensor two[2] = {x, few};
  REFUSED(run_operator("NoSuchOperator", 1, &x, &y, NULL, stream), 500002, "NoSuchOperator");
  REFUSED(run_operator("Variable", 0, NULL, &y, NULL, stream), 500002, "Variable");
  REFUSED(run_operator("Abs", 1, &strings, &y, NULL, stream), 500002, "DT_STRING");
  REFUSED(run_operator("Abs", 1, &x, &wide, NULL, stream), 500002, "described as DT_DOUBLE");
  REFUSED(run_operator("Abs", 1, &x, &few, NULL, stream), 500002, "described with shape [5]");
  REFUSED(run_operator("Add", 2, two, &y, NULL, stream), 500002, "Add");
  REFUSED(run_operator("Abs", 1, &fractal, &y, NULL, stream), 100000, "format 29");
  REFUSED(run_operator("Abs", 1, &unknown, &y, NULL, stream), 100000, "inputDesc[0]");
  EXPECT(aclGetRecentErrMsg() == NULL);
  aclDestroyTensorDesc(unknown.desc);
  aclDestroyTensorDesc(strings.desc);
  drop_tensor(&x);
  drop_tensor(&y);
  drop_tensor(&wide);
  drop_tensor(&few);
  drop_tensor(&fractal);
}

static void buffers_that_do_not_fit(aclrtStream stream) {
  tensor x = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), kOnes), y = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), NULL);
  float on_host[6] = {0};
  NEED(aclUpdateDataBuffer(x.buffer, x.memory, 23));
  REFUSED(run_operator("Abs", 1, &x, &y, NULL, stream), 500002, "has 23 bytes, 24 are needed");
  NEED(aclUpdateDataBuffer(x.buffer, x.memory, 24));
  NEED(aclUpdateDataBuffer(y.buffer, y.memory, 20));
  REFUSED(run_operator("Abs", 1, &x, &y, NULL, stream), 500002, "has 20 bytes, 24 are needed");
  /* An address is looked at when the run's turn comes. */
  NEED(aclUpdateDataBuffer(y.buffer, on_host, sizeof on_host));
  NEED(run_operator("Abs", 1, &x, &y, NULL, stream));
  REFUSED(aclrtSynchronizeStream(stream), ACL_ERROR_RT_DEVICE_MEM_ERROR, "host memory, which the device cannot reach");
  drop_tensor(&x);
  drop_tensor(&y);
}

static void arguments(aclrtStream stream) {
  tensor x = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), kOnes), y = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), NULL);
  const aclTensorDesc *in_desc[1] = {x.desc}, *out_desc[1] = {y.desc}, *nothing[1] = {NULL};
  const aclDataBuffer *in[1] = {x.buffer};
  aclDataBuffer *out[1] = {y.buffer};
#define RUN(type, n, descs, ins, outs, engine, flag)                                                         \
  aclopCompileAndExecute(type, n, descs, ins, 1, out_desc, outs, NULL, engine, flag, NULL, stream)
  REFUSED(RUN(NULL, 1, in_desc, in, out, 0, 0), 100000, "opType");
  REFUSED(RUN("", 1, in_desc, in, out, 0, 0), 100000, "opType");
  REFUSED(RUN("Abs", -1, in_desc, in, out, 0, 0), 100000, "numInputs");
  REFUSED(RUN("Abs", 1, NULL, in, out, 0, 0), 100000, "inputDesc");
  REFUSED(RUN("Abs", 1, nothing, in, out, 0, 0), 100000, "inputDesc[0]");
  REFUSED(RUN("Abs", 1, in_desc, NULL, out, 0, 0), 100000, "inputs");
  REFUSED(RUN("Abs", 1, in_desc, in, NULL, 0, 0), 100000, "outputs");
  REFUSED(RUN("Abs", 1, in_desc, in, out, 7, 0), 100000, "engineType");
  REFUSED(RUN("Abs", 1, in_desc, in, out, 0, 5), 100000, "compileFlag");
  REFUSED(RUN("Abs", 1, in_desc, in, out, 0, ACL_COMPILE_UNREGISTERED), 207000, "ACL_COMPILE_UNREGISTERED");
  REFUSED(aclopSetMaxOpQueueNum(0), 100000, "maxOpNum");
  REFUSED(aclopExecWithHandle(NULL, 1, in, 1, out, stream), 100000, "handle");
  drop_tensor(&x);
  drop_tensor(&y);
}

static void attributes(void) {
  aclopAttr *attr = aclopCreateAttr();
  const int64_t ones[1] = {1};
  REFUSED(aclopSetAttrBool(NULL, "a", 1), 100000, "attr");
  REFUSED(aclopSetAttrInt(attr, NULL, 1), 100000, "attrName");
  REFUSED(aclopSetAttrFloat(attr, "", 1), 100000, "attrName");
  REFUSED(aclopSetAttrString(attr, "a", NULL), 100000, "attrValue");
  REFUSED(aclopSetAttrListInt(attr, "a", -1, ones), 100000, "numValues");
  REFUSED(aclopSetAttrListInt(attr, "a", 1, NULL), 100000, "values");
  REFUSED(aclopSetAttrListString(attr, "a", 1, (const char *[]){NULL}), 100000, "values[i]");
  REFUSED(aclopSetAttrListListInt(attr, "a", 1, (int[]){-2}, (const int64_t *const[]){ones}), 100000, "numValues[i]");
  NEED(aclopSetAttrListInt(attr, "none", 0, NULL));
  NEED(aclopSetAttrListFloat(attr, "floats", 2, (float[]){1, 2}));
  NEED(aclopSetAttrListBool(attr, "bools", 2, (uint8_t[]){1, 0}));
  NEED(aclopSetAttrListString(attr, "texts", 2, (const char *[]){"a", ""}));
  NEED(aclopSetAttrListListInt(attr, "lists", 2, (int[]){1, 0}, (const int64_t *const[]){ones, ones}));
  NEED(aclopSetAttrDataType(attr, "type", ACL_FLOAT16));
  NEED(aclopSetAttrListDataType(attr, "types", 1, (aclDataType[]){ACL_BF16}));
  aclopDestroyAttr(attr);
  aclopDestroyAttr(NULL);
}

static void options(void) {
  char text[32];
  /* Clients ask whether a choice exists by asking for its size. */
  const size_t size = aclGetCompileoptSize(ACL_OP_JIT_COMPILE);
  EXPECT(size == sizeof "disable");
  NEED(aclGetCompileopt(ACL_OP_JIT_COMPILE, text, size));
  EXPECT(strcmp(text, "disable") == 0);
  REFUSED(aclSetCompileopt(ACL_OP_JIT_COMPILE, "able"), 100000, "enable disable");
  REFUSED(aclSetCompileopt(ACL_OP_JIT_COMPILE, ""), 100000, "enable disable");
  NEED(aclSetCompileopt(ACL_OP_JIT_COMPILE, "enable"));
  NEED(aclGetCompileopt(ACL_OP_JIT_COMPILE, text, sizeof text));
  EXPECT(strcmp(text, "enable") == 0);
  NEED(aclSetCompileopt(ACL_PRECISION_MODE, "allow_fp32_to_fp16"));
  REFUSED(aclGetCompileopt(ACL_PRECISION_MODE, text, 3), 100000, "length");
  REFUSED(aclGetCompileopt(ACL_DEBUG_DIR, text, sizeof text), 100000, "never set");
  EXPECT(aclGetCompileoptSize(ACL_DEBUG_DIR) == 0);
  REFUSED(aclSetCompileopt((aclCompileOpt)99, "1"), 100000, "opt");
  REFUSED(aclopSetCompileFlag((aclOpCompileFlag)9), 100000, "flag");
  NEED(aclopSetCompileFlag(ACL_OP_COMPILE_FUZZ));
}

int main(void) {
  aclrtStream stream = NULL;
  EXPECT(aclGetRecentErrMsg() == NULL);
  NEED(aclInit(NULL));
  NEED(aclrtSetDevice(0));
  NEED(aclrtCreateStream(&stream));
  descriptions_that_do_not_fit(stream);
  buffers_that_do_not_fit(stream);
  arguments(stream);
  attributes();
  options();
  NEED(aclrtDestroyStream(stream));
  NEED(aclrtResetDevice(0));
  NEED(aclFinalize());
  return 0;
}
