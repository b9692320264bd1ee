/* A loaded model's priority, and what it says of AIPP: nothing. */
#include "acl/mdl/models.h"

enum { LEAST_PRIORITY = 7 };

aclError aclmdlSetAttribute(uint32_t modelId, aclmdlAttr attr, aclmdlAttrValue_t *attrValue) {
  mc_model_entry *entry = NULL;
  REQUIRE(attrValue);
  REFUSE_UNLESS(attr == ACL_MDL_ATTR_PRIORITY_INT32, attr, "attr", "ACL_MDL_ATTR_PRIORITY_INT32");
  REFUSE_UNLESS(attrValue->mdlPriority <= LEAST_PRIORITY, attrValue->mdlPriority, "mdlPriority", "0 to 7");
  TRY(find_model(__func__, modelId, &entry));
  atomic_store(&entry->priority, attrValue->mdlPriority);
  mc_model_entry_release(entry);
  return MC_OK;
}

aclError aclmdlGetAttribute(uint32_t modelId, aclmdlAttr attr, aclmdlAttrValue_t *attrValue) {
  mc_model_entry *entry = NULL;
  REQUIRE(attrValue);
  REFUSE_UNLESS(attr == ACL_MDL_ATTR_PRIORITY_INT32, attr, "attr", "ACL_MDL_ATTR_PRIORITY_INT32");
  TRY(find_model(__func__, modelId, &entry));
  attrValue->mdlPriority = atomic_load(&entry->priority);
  mc_model_entry_release(entry);
  return MC_OK;
}

/* 0 when the model has such an input. */
static int check_input(const char *function, uint32_t id, size_t index) {
  mc_model_entry *entry = NULL;
  TRY(find_model(function, id, &entry));
  const int count = mc_model_input_count(model_of(entry));
  mc_model_entry_release(entry);
  REFUSE_UNLESS(index < (size_t)count, index, "index", "less than the model's number of inputs");
  return MC_OK;
}

aclError aclmdlGetAippType(uint32_t modelId, size_t index, aclmdlInputAippType *type,
                           size_t *dynamicAttachedDataIndex) {
  REQUIRE(type);
  REQUIRE(dynamicAttachedDataIndex);
  TRY(check_input(__func__, modelId, index));
  return REFUSE_GE(ACL_ERROR_GE_AIPP_NOT_EXIST, "EH0005", MC_TEXT("input %zu", index),
                   "the model has no AIPP");
}

aclError aclmdlGetFirstAippInfo(uint32_t modelId, size_t index, aclAippInfo *aippInfo) {
  REQUIRE(aippInfo);
  TRY(check_input(__func__, modelId, index));
  return mc_refuse(ACL_ERROR_NOT_STATIC_AIPP, "EH0005", MC_TEXT("input %zu", index),
                   "the model has no static AIPP");
}
