/* Compiling operators, and compiling where needed and executing in one call. */
#include "acl/op_common/op.h"

typedef struct how {
  aclopEngineType engine;
  aclopCompileType compile;
  const char *path;
} how;

static int check_how(const char *function, const how *how) {
  if ((unsigned)how->engine > ACL_ENGINE_VECTOR) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%d", (int)how->engine), "engineType",
                     "an aclopEngineType, 0 to 2");
  }
  if ((unsigned)how->compile > ACL_COMPILE_UNREGISTERED) {
    return mc_refuse(MC_INVALID_PARAM, "EH0007", function, MC_TEXT("%d", (int)how->compile), "compileFlag",
                     "an aclopCompileType, 0 or 1");
  }
  if (how->compile == ACL_COMPILE_UNREGISTERED) {
    return mc_refuse(MC_RT_NOT_SUPPORTED, "EH0006", MC_TEXT("%s with ACL_COMPILE_UNREGISTERED", function),
                     "operators of the program's own are not emulated");
  }
  return MC_OK;
}

static int compile_and_execute(const mc_op_args *args, const how *how, aclTensorDesc *const *out_desc,
                               aclrtStream stream) {
  mc_op_read read;
  int status = mc_op_read_args(args, &read);
  status = status != MC_OK ? status : check_how(args->function, how);
  if (status == MC_OK) {
    mc_single *single = NULL;
    status = ge_answer(mc_single_compile(&read.request, &single));
    status = status != MC_OK ? status : mc_op_launch(args->function, single, read.uses, args->n_in, args->in,
                                                     args->n_out, args->out, out_desc, stream);
    mc_single_release(single);
  }
  mc_op_read_free(&read);
  return status;
}

aclError aclopCompile(const char *opType, int numInputs, const aclTensorDesc *const inputDesc[], int numOutputs,
                      const aclTensorDesc *const outputDesc[], const aclopAttr *attr, aclopEngineType engineType,
                      aclopCompileType compileFlag, const char *opPath) {
  const mc_op_args args = {__func__, opType, numInputs, numOutputs, inputDesc, outputDesc, NULL, NULL, attr, false};
  mc_op_read read;
  int status = mc_op_read_args(&args, &read);
  status = status != MC_OK ? status : check_how(__func__, &(how){engineType, compileFlag, opPath});
  if (status == MC_OK) {
    mc_single *single = NULL;
    status = ge_answer(mc_single_compile(&read.request, &single));
    mc_single_release(single);
  }
  mc_op_read_free(&read);
  return status;
}

#define REQUIRE_BUFFERS()                                                                                    \
  if (numInputs > 0) {                                                                                       \
    REQUIRE(inputs);                                                                                         \
  }                                                                                                          \
  if (numOutputs > 0) {                                                                                      \
    REQUIRE(outputs);                                                                                        \
  }

aclError aclopCompileAndExecute(const char *opType, int numInputs, const aclTensorDesc *const inputDesc[],
                                const aclDataBuffer *const inputs[], int numOutputs,
                                const aclTensorDesc *const outputDesc[], aclDataBuffer *const outputs[],
                                const aclopAttr *attr, aclopEngineType engineType, aclopCompileType compileFlag,
                                const char *opPath, aclrtStream stream) {
  REQUIRE_BUFFERS();
  const mc_op_args args = {__func__, opType, numInputs, numOutputs, inputDesc, outputDesc,
                           inputs, (const aclDataBuffer *const *)outputs, attr, true};
  return compile_and_execute(&args, &(how){engineType, compileFlag, opPath}, NULL, stream);
}

aclError aclopCompileAndExecuteV2(const char *opType, int numInputs, aclTensorDesc *inputDesc[],
                                  aclDataBuffer *inputs[], int numOutputs, aclTensorDesc *outputDesc[],
                                  aclDataBuffer *outputs[], aclopAttr *attr, aclopEngineType engineType,
                                  aclopCompileType compileFlag, const char *opPath, aclrtStream stream) {
  REQUIRE_BUFFERS();
  const mc_op_args args = {__func__, opType, numInputs, numOutputs,
                           (const aclTensorDesc *const *)inputDesc, (const aclTensorDesc *const *)outputDesc,
                           (const aclDataBuffer *const *)inputs, (const aclDataBuffer *const *)outputs, attr, true};
  return compile_and_execute(&args, &(how){engineType, compileFlag, opPath}, outputDesc, stream);
}
