/* Loading models from files and memory, with the model's memory or the program's; unloading; sizes. */
#include "acl/mdl/load.h"

int mc_acl_load(const char *function, mc_model *model, const mc_load_config *config, uint32_t priority,
                uint32_t *id) {
  mc_context *context = NULL;
  mc_loaded *loaded = NULL;
  int status = mc_context_require(function, &context);
  const char *soc = mc_model_soc_version(model);
  if (status == MC_OK && soc[0] != '\0' && strcmp(soc, mc_device_soc_name()) != 0) {
    status = REFUSE_GE(SOC_MISMATCH, "E10041", mc_model_name(model),
                       MC_TEXT("it was built for %s, this device is %s; build it again with that soc_version",
                               soc, mc_device_soc_name()));
  }
  status = status != MC_OK ? status : mc_model_load(model, config, &loaded);
  mc_model_release(model);
  if (status != MC_OK) {
    return ge_answer(status);
  }
  const uint32_t given = mc_model_table_add(loaded, mc_context_device_id(context), priority);
  if (given == 0) {
    return no_host_memory(sizeof(mc_model_entry));
  }
  *id = given;
  return MC_OK;
}

int mc_acl_restore_file(const char *function, const char *path, mc_model **model) {
  TRY(mc_model_file_check(path));
  TRY(need_executor(function));
  return ge_answer(mc_model_file_restore(path, model));
}

int mc_acl_restore(const char *function, const void *bytes, size_t size, mc_model **model) {
  TRY(need_executor(function));
  return ge_answer(mc_model_restore("memory", bytes, size, model));
}

static mc_load_config given_memory(void *work, size_t work_size, void *weight, size_t weight_size) {
  return (mc_load_config){.work = work, .work_size = work_size, .weight = weight, .weight_size = weight_size};
}

aclError aclmdlLoadFromFileWithMem(const char *modelPath, uint32_t *modelId, void *workPtr, size_t workSize,
                                   void *weightPtr, size_t weightSize) {
  mc_model *model = NULL;
  REQUIRE(modelPath);
  REQUIRE(modelId);
  TRY(mc_acl_restore_file(__func__, modelPath, &model));
  const mc_load_config config = given_memory(workPtr, workSize, weightPtr, weightSize);
  return mc_acl_load(__func__, model, &config, 0, modelId);
}

aclError aclmdlLoadFromFile(const char *modelPath, uint32_t *modelId) {
  mc_model *model = NULL;
  REQUIRE(modelPath);
  REQUIRE(modelId);
  TRY(mc_acl_restore_file(__func__, modelPath, &model));
  return mc_acl_load(__func__, model, NULL, 0, modelId);
}

aclError aclmdlLoadFromMemWithMem(const void *model, size_t modelSize, uint32_t *modelId, void *workPtr,
                                  size_t workSize, void *weightPtr, size_t weightSize) {
  mc_model *restored = NULL;
  REQUIRE(model);
  REQUIRE_SIZE(modelSize);
  REQUIRE(modelId);
  TRY(mc_acl_restore(__func__, model, modelSize, &restored));
  const mc_load_config config = given_memory(workPtr, workSize, weightPtr, weightSize);
  return mc_acl_load(__func__, restored, &config, 0, modelId);
}

aclError aclmdlLoadFromMem(const void *model, size_t modelSize, uint32_t *modelId) {
  mc_model *restored = NULL;
  REQUIRE(model);
  REQUIRE_SIZE(modelSize);
  REQUIRE(modelId);
  TRY(mc_acl_restore(__func__, model, modelSize, &restored));
  return mc_acl_load(__func__, restored, NULL, 0, modelId);
}

aclError aclmdlUnload(uint32_t modelId) {
  TRY(need_executor(__func__));
  return mc_model_table_remove(modelId) ? MC_OK : unknown_model(modelId);
}

static int tell_sizes(mc_model *model, size_t *work, size_t *weight) {
  *work = mc_model_feature_size(model);
  *weight = mc_model_const_size(model);
  mc_model_release(model);
  return MC_OK;
}

aclError aclmdlQuerySize(const char *fileName, size_t *workSize, size_t *weightSize) {
  mc_model *model = NULL;
  REQUIRE(fileName);
  REQUIRE(workSize);
  REQUIRE(weightSize);
  TRY(mc_acl_restore_file(__func__, fileName, &model));
  return tell_sizes(model, workSize, weightSize);
}

aclError aclmdlQuerySizeFromMem(const void *model, size_t modelSize, size_t *workSize, size_t *weightSize) {
  mc_model *restored = NULL;
  REQUIRE(model);
  REQUIRE_SIZE(modelSize);
  REQUIRE(workSize);
  REQUIRE(weightSize);
  TRY(mc_acl_restore(__func__, model, modelSize, &restored));
  return tell_sizes(restored, workSize, weightSize);
}
