/* How entry points find models and answer in GE's name. */
#ifndef MC_ACL_MDL_MODELS_H
#define MC_ACL_MDL_MODELS_H

#include "acl/mdl/dims.h"
#include "engine/lifecycle.h"
#include "graph/model_table.h"

/* AscendCL passes GE's public codes and the runtime's through and folds the rest. */
static inline int ge_answer(int status) {
  return status == 0 || (status >= 107000 && status <= 545999) ? status : ACL_ERROR_GE_FAILURE;
}

#define REFUSE_GE(status, ...) mc_refuse((int)(status), __VA_ARGS__)

static inline int need_executor(const char *function) {
  if (!mc_executor_ready()) {
    return REFUSE_GE(ACL_ERROR_GE_EXEC_NOT_INIT, "E10062", MC_TEXT("Calling %s", function),
                     "models need aclInit or GEInitialize first");
  }
  return MC_OK;
}

static inline int unknown_model(uint32_t id) {
  return REFUSE_GE(ACL_ERROR_GE_EXEC_MODEL_ID_INVALID, "E10001", MC_TEXT("%u", id), "modelId",
                   "no loaded model has this id; it was never given, or aclmdlUnload took it back");
}

/* A retained entry, or 145001 / 145003. */
static inline int find_model(const char *function, uint32_t id, mc_model_entry **entry) {
  TRY(need_executor(function));
  *entry = mc_model_table_find(id);
  return *entry == NULL ? unknown_model(id) : MC_OK;
}

static inline const mc_model *model_of(const mc_model_entry *entry) {
  return mc_loaded_model(entry->loaded);
}

/* The input that carries the gear is the last one, and the only one of its name. */
static inline bool has_gear_input(const mc_model *model) {
  const int count = mc_model_input_count(model);
  return mc_model_gear_count(model) > 0 && count > 0 &&
         strcmp(mc_model_input(model, count - 1)->name, ACL_DYNAMIC_TENSOR_NAME) == 0;
}

struct aclmdlDesc {
  uint32_t id; /* 0: described without being loaded */
  mc_model *model;
};

#endif
