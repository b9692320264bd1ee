/* Model descriptions: making them, and how many inputs and outputs of which size, name, format and type there
 * are. */
#include "acl/mdl/load.h"

aclmdlDesc *aclmdlCreateDesc(void) {
  aclmdlDesc *desc = calloc(1, sizeof *desc);
  if (desc == NULL) {
    (void)no_host_memory(sizeof *desc);
  }
  return desc;
}

aclError aclmdlDestroyDesc(aclmdlDesc *modelDesc) {
  REQUIRE(modelDesc);
  mc_model_release(modelDesc->model);
  free(modelDesc);
  return MC_OK;
}

/* Takes the reference over. */
static int describe(aclmdlDesc *desc, mc_model *model, uint32_t id) {
  mc_model_release(desc->model);
  *desc = (aclmdlDesc){id, model};
  return MC_OK;
}

aclError aclmdlGetDesc(aclmdlDesc *modelDesc, uint32_t modelId) {
  mc_model_entry *entry = NULL;
  REQUIRE(modelDesc);
  TRY(find_model(__func__, modelId, &entry));
  mc_model *model = mc_loaded_model(entry->loaded);
  mc_model_retain(model);
  mc_model_entry_release(entry);
  return describe(modelDesc, model, modelId);
}

aclError aclmdlGetDescFromFile(aclmdlDesc *modelDesc, const char *modelPath) {
  mc_model *model = NULL;
  REQUIRE(modelDesc);
  REQUIRE(modelPath);
  TRY(ge_answer(mc_model_file_restore(modelPath, &model)));
  return describe(modelDesc, model, 0);
}

aclError aclmdlGetDescFromMem(aclmdlDesc *modelDesc, const void *model, size_t modelSize) {
  mc_model *restored = NULL;
  REQUIRE(modelDesc);
  REQUIRE(model);
  REQUIRE_SIZE(modelSize);
  TRY(ge_answer(mc_model_restore("memory", model, modelSize, &restored)));
  return describe(modelDesc, restored, 0);
}

/* ---- one line each ---- */

static const mc_io *input(const aclmdlDesc *desc, size_t index) {
  return desc == NULL || desc->model == NULL || index > INT32_MAX ? NULL
                                                                  : mc_model_input(desc->model, (int)index);
}

static const mc_io *output(const aclmdlDesc *desc, size_t index) {
  return desc == NULL || desc->model == NULL || index > INT32_MAX ? NULL
                                                                  : mc_model_output(desc->model, (int)index);
}

static size_t size_of(const mc_io *io) {
  return io == NULL ? 0 : (size_t)io->size;
}
static const char *name_of(const mc_io *io) {
  return io == NULL || io->name == NULL ? "" : io->name;
}

static aclFormat format_of(const mc_io *io) {
  enum { GE_FORMAT_RESERVED = 40 };
  return io == NULL || io->desc.format == GE_FORMAT_RESERVED ? ACL_FORMAT_UNDEFINED
                                                             : (aclFormat)io->desc.format;
}

static aclDataType type_of(const mc_io *io) {
  return io == NULL || io->desc.dtype == MC_UNDEFINED ? ACL_DT_UNDEFINED : (aclDataType)io->desc.dtype;
}

size_t aclmdlGetNumInputs(aclmdlDesc *modelDesc) {
  return modelDesc == NULL || modelDesc->model == NULL ? 0 : (size_t)mc_model_input_count(modelDesc->model);
}

size_t aclmdlGetNumOutputs(aclmdlDesc *modelDesc) {
  return modelDesc == NULL || modelDesc->model == NULL ? 0 : (size_t)mc_model_output_count(modelDesc->model);
}

size_t aclmdlGetInputSizeByIndex(aclmdlDesc *modelDesc, size_t index) {
  return size_of(input(modelDesc, index));
}
size_t aclmdlGetOutputSizeByIndex(aclmdlDesc *modelDesc, size_t index) {
  return size_of(output(modelDesc, index));
}

const char *aclmdlGetInputNameByIndex(const aclmdlDesc *modelDesc, size_t index) {
  return name_of(input(modelDesc, index));
}

const char *aclmdlGetOutputNameByIndex(const aclmdlDesc *modelDesc, size_t index) {
  return name_of(output(modelDesc, index));
}

aclFormat aclmdlGetInputFormat(const aclmdlDesc *modelDesc, size_t index) {
  return format_of(input(modelDesc, index));
}

aclFormat aclmdlGetOutputFormat(const aclmdlDesc *modelDesc, size_t index) {
  return format_of(output(modelDesc, index));
}

aclDataType aclmdlGetInputDataType(const aclmdlDesc *modelDesc, size_t index) {
  return type_of(input(modelDesc, index));
}

aclDataType aclmdlGetOutputDataType(const aclmdlDesc *modelDesc, size_t index) {
  return type_of(output(modelDesc, index));
}

static int index_of(const aclmdlDesc *desc, const mc_io *(*io_of)(const aclmdlDesc *, size_t),
                    const char *name, size_t *index) {
  for (size_t i = 0; io_of(desc, i) != NULL; ++i) {
    if (strcmp(name_of(io_of(desc, i)), name) == 0) {
      *index = i;
      return MC_OK;
    }
  }
  return mc_refuse(MC_INVALID_PARAM, "EH0001", name, "name",
                   "the model has no tensor of this name on that side");
}

aclError aclmdlGetInputIndexByName(const aclmdlDesc *modelDesc, const char *name, size_t *index) {
  REQUIRE(modelDesc);
  REQUIRE(name);
  REQUIRE(index);
  return index_of(modelDesc, input, name, index);
}

aclError aclmdlGetOutputIndexByName(const aclmdlDesc *modelDesc, const char *name, size_t *index) {
  REQUIRE(modelDesc);
  REQUIRE(name);
  REQUIRE(index);
  return index_of(modelDesc, output, name, index);
}

/* An attribute of one operator, as text: "" when the operator does not have it. */
const char *aclmdlGetOpAttr(aclmdlDesc *modelDesc, const char *opName, const char *attr) {
  if (modelDesc == NULL || modelDesc->model == NULL || opName == NULL || attr == NULL) {
    mc_report("EH0008", __func__,
              modelDesc == NULL ? "modelDesc"
              : opName == NULL  ? "opName"
                                : "attr",
              (char *)NULL);
    return NULL;
  }
  const mc_node *node = mc_graph_find(mc_model_graph(modelDesc->model), opName);
  const mc_attr *found = node == NULL ? NULL : mc_attrs_find(&node->attrs, attr);
  if (found != NULL && found->kind != MC_ATTR_STRING) {
    (void)mc_unsupported("aclmdlGetOpAttr of an attribute that is no text");
    return NULL;
  }
  return found == NULL || found->bytes.data == NULL ? "" : found->bytes.data;
}
