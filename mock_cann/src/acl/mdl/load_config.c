/* Loading as a configuration handle says. */
#include "acl/mdl/load.h"

enum { LEAST_PRIORITY = 7, MOST_WEIGHT_FILES = 256 };

struct aclmdlConfigHandle {
  uint32_t given; /* bit i: attribute i was set */
  size_t load_type;
  int32_t priority;
  char *path, *weight_path; /* copies */
  void *memory, *work, *weight;
  size_t memory_size, work_size, weight_size, in_queues, out_queues, optimize;
  const uint32_t *in_queue, *out_queue;
  char *weight_files[MOST_WEIGHT_FILES];
  int n_weight_files;
};

aclmdlConfigHandle *aclmdlCreateConfigHandle(void) {
  aclmdlConfigHandle *handle = calloc(1, sizeof *handle);
  if (handle == NULL) {
    (void)no_host_memory(sizeof *handle);
  }
  return handle;
}

aclError aclmdlDestroyConfigHandle(aclmdlConfigHandle *handle) {
  REQUIRE(handle);
  for (int i = 0; i < handle->n_weight_files; ++i) {
    free(handle->weight_files[i]);
  }
  free(handle->path);
  free(handle->weight_path);
  free(handle);
  return MC_OK;
}

/* Where an attribute's value goes and how large it is; false for one that is not known. */
static bool place_of(aclmdlConfigHandle *h, aclmdlConfigAttr attr, void **to, size_t *size) {
  const struct {
    void *to;
    size_t size;
  } places[] = {
      [ACL_MDL_PRIORITY_INT32] = {&h->priority, sizeof h->priority},
      [ACL_MDL_LOAD_TYPE_SIZET] = {&h->load_type, sizeof h->load_type},
      [ACL_MDL_PATH_PTR] = {&h->path, sizeof h->path},
      [ACL_MDL_MEM_ADDR_PTR] = {&h->memory, sizeof h->memory},
      [ACL_MDL_MEM_SIZET] = {&h->memory_size, sizeof h->memory_size},
      [ACL_MDL_WEIGHT_ADDR_PTR] = {&h->weight, sizeof h->weight},
      [ACL_MDL_WEIGHT_SIZET] = {&h->weight_size, sizeof h->weight_size},
      [ACL_MDL_WORKSPACE_ADDR_PTR] = {&h->work, sizeof h->work},
      [ACL_MDL_WORKSPACE_SIZET] = {&h->work_size, sizeof h->work_size},
      [ACL_MDL_INPUTQ_NUM_SIZET] = {&h->in_queues, sizeof h->in_queues},
      [ACL_MDL_INPUTQ_ADDR_PTR] = {&h->in_queue, sizeof h->in_queue},
      [ACL_MDL_OUTPUTQ_NUM_SIZET] = {&h->out_queues, sizeof h->out_queues},
      [ACL_MDL_OUTPUTQ_ADDR_PTR] = {&h->out_queue, sizeof h->out_queue},
      [ACL_MDL_WORKSPACE_MEM_OPTIMIZE] = {&h->optimize, sizeof h->optimize},
      [ACL_MDL_WEIGHT_PATH_PTR] = {&h->weight_path, sizeof h->weight_path},
  };
  if ((size_t)attr >= sizeof places / sizeof places[0]) {
    return false;
  }
  *to = places[attr].to;
  *size = places[attr].size;
  return true;
}

/* The value is the address of a pointer to the text, which is copied: the program's may go before loading. */
static int assign_path(const char *function, char **to, const void *value) {
  const char *text = *(const char *const *)value;
  if (text == NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0008", function, "*attrValue");
  }
  char *copy = strdup(text);
  if (copy == NULL) {
    return no_host_memory(strlen(text) + 1);
  }
  free(*to);
  *to = copy;
  return MC_OK;
}

aclError aclmdlSetConfigOpt(aclmdlConfigHandle *handle, aclmdlConfigAttr attr, const void *attrValue,
                            size_t valueSize) {
  void *to = NULL;
  size_t size = 0;
  REQUIRE(handle);
  REQUIRE(attrValue);
  if ((int)attr > ACL_MDL_WEIGHT_PATH_PTR && (int)attr <= ACL_NPU_PERF_MODE) {
    return mc_unsupported(MC_TEXT("aclmdlSetConfigOpt with attribute %d", (int)attr));
  }
  REFUSE_UNLESS(place_of(handle, attr, &to, &size), attr, "attr", "an aclmdlConfigAttr");
  REFUSE_UNLESS(valueSize == size, valueSize, "valueSize", MC_TEXT("%zu for this attribute", size));
  if (attr == ACL_MDL_PATH_PTR || attr == ACL_MDL_WEIGHT_PATH_PTR) {
    TRY(assign_path(__func__, to, attrValue));
  } else {
    if (attr == ACL_MDL_PRIORITY_INT32) {
      const int32_t priority = *(const int32_t *)attrValue;
      REFUSE_UNLESS(priority >= 0 && priority <= LEAST_PRIORITY, priority, "priority", "0 to 7");
    }
    memcpy(to, attrValue, size);
  }
  handle->given |= 1u << attr;
  return MC_OK;
}

/* Our models carry their weights, so what is remembered here is only checked. */
aclError aclmdlSetExternalWeightAddress(aclmdlConfigHandle *handle, const char *weightFileName, void *devPtr,
                                        size_t size) {
  (void)size;
  REQUIRE(handle);
  REQUIRE(weightFileName);
  REQUIRE(devPtr);
  for (int i = 0; i < handle->n_weight_files; ++i) {
    REFUSE_UNLESS(strcmp(handle->weight_files[i], weightFileName) != 0, i, "weightFileName",
                  "a name that has no address yet");
  }
  REFUSE_UNLESS(handle->n_weight_files < MOST_WEIGHT_FILES, handle->n_weight_files, "weightFileName",
                "at most 256 files");
  char *copy = strdup(weightFileName);
  if (copy == NULL) {
    return no_host_memory(strlen(weightFileName) + 1);
  }
  handle->weight_files[handle->n_weight_files++] = copy;
  return MC_OK;
}

static int need(const aclmdlConfigHandle *handle, aclmdlConfigAttr attr, const char *name) {
  if ((handle->given & 1u << attr) == 0) {
    return mc_refuse(MC_INVALID_PARAM, "EH0012", "aclmdlLoadWithConfig", name,
                     "this load type needs it; call aclmdlSetConfigOpt with it first");
  }
  return MC_OK;
}

static int check_queues(const aclmdlConfigHandle *handle) {
  TRY(need(handle, ACL_MDL_INPUTQ_NUM_SIZET, "ACL_MDL_INPUTQ_NUM_SIZET"));
  TRY(need(handle, ACL_MDL_INPUTQ_ADDR_PTR, "ACL_MDL_INPUTQ_ADDR_PTR"));
  TRY(need(handle, ACL_MDL_OUTPUTQ_NUM_SIZET, "ACL_MDL_OUTPUTQ_NUM_SIZET"));
  TRY(need(handle, ACL_MDL_OUTPUTQ_ADDR_PTR, "ACL_MDL_OUTPUTQ_ADDR_PTR"));
  return mc_unsupported("aclmdlLoadWithConfig with queues");
}

/* Complete for its load type. */
static int check(const aclmdlConfigHandle *h, bool *from_file) {
  TRY(need(h, ACL_MDL_LOAD_TYPE_SIZET, "ACL_MDL_LOAD_TYPE_SIZET"));
  switch (h->load_type) {
  case ACL_MDL_LOAD_FROM_FILE:
  case ACL_MDL_LOAD_FROM_FILE_WITH_MEM:
  case ACL_MDL_LOAD_FROM_FILE_WITH_Q:
    *from_file = true;
    TRY(need(h, ACL_MDL_PATH_PTR, "ACL_MDL_PATH_PTR"));
    break;
  case ACL_MDL_LOAD_FROM_MEM:
  case ACL_MDL_LOAD_FROM_MEM_WITH_MEM:
  case ACL_MDL_LOAD_FROM_MEM_WITH_Q:
    *from_file = false;
    TRY(need(h, ACL_MDL_MEM_ADDR_PTR, "ACL_MDL_MEM_ADDR_PTR"));
    TRY(need(h, ACL_MDL_MEM_SIZET, "ACL_MDL_MEM_SIZET"));
    break;
  default:
    return mc_refuse(MC_INVALID_PARAM, "EH0007", "aclmdlLoadWithConfig", MC_TEXT("%zu", h->load_type),
                     "ACL_MDL_LOAD_TYPE_SIZET", "1 to 6");
  }
  if (*from_file && h->weight_path != NULL) {
    return mc_refuse(MC_INVALID_PARAM, "EH0012", "aclmdlLoadWithConfig", "ACL_MDL_WEIGHT_PATH_PTR",
                     "a model from a file finds its weights beside it; the path is for models from memory");
  }
  const bool queues =
      h->load_type == ACL_MDL_LOAD_FROM_FILE_WITH_Q || h->load_type == ACL_MDL_LOAD_FROM_MEM_WITH_Q;
  return queues ? check_queues(h) : MC_OK;
}

aclError aclmdlLoadWithConfig(const aclmdlConfigHandle *handle, uint32_t *modelId) {
  bool from_file = false;
  mc_model *model = NULL;
  REQUIRE(handle);
  REQUIRE(modelId);
  TRY(check(handle, &from_file));
  if (from_file) {
    TRY(mc_acl_restore_file(__func__, handle->path, &model));
  } else {
    REQUIRE(handle->memory);
    REQUIRE_SIZE(handle->memory_size);
    TRY(mc_acl_restore(__func__, handle->memory, handle->memory_size, &model));
  }
  const bool own_memory =
      handle->load_type == ACL_MDL_LOAD_FROM_FILE || handle->load_type == ACL_MDL_LOAD_FROM_MEM;
  mc_load_config config = {0};
  if (!own_memory) {
    config = (mc_load_config){.work = handle->work,
                              .work_size = handle->work_size,
                              .weight = handle->weight,
                              .weight_size = handle->weight_size};
  }
  return mc_acl_load(__func__, model, &config, (uint32_t)handle->priority, modelId);
}
