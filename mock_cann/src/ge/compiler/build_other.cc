/* The rest of the aclgrph family: versions, and what the emulator leaves unsupported. */
#include <climits>
#include <cstring>

#include "ge/ge_ir_build.h"
#include "ge/not_emulated.h"
#include "graph/offline.h"

namespace ge {
namespace {
const uint32_t kNotABundle = 1343225857U;

graphStatus Refuse(const char *value, const char *parameter, const char *reason) {
  mc_report("E10001", value, parameter, reason, static_cast<char *>(nullptr));
  return MC_GRAPH_PARAM_INVALID;
}
} // namespace

graphStatus aclgrphGetIRVersion(int32_t *major_version, int32_t *minor_version, int32_t *patch_version) {
  if ((major_version == nullptr) || (minor_version == nullptr) || (patch_version == nullptr)) {
    (void)Refuse("nullptr", "version", "aclgrphGetIRVersion needs three places to write to");
    return GRAPH_FAILED;
  }
  *major_version = IR_MAJOR_VERSION;
  *minor_version = IR_MINOR_VERSION;
  *patch_version = IR_PATCH_VERSION;
  return GRAPH_SUCCESS;
}

graphStatus aclgrphBundleBuildModel(const std::vector<GraphWithOptions> &graph_with_options,
                                    ModelBufferData &) {
  if (graph_with_options.size() < 2U) {
    return Refuse("", "graph_with_options", "a bundle has at least two graphs");
  }
  return mc::NotEmulated("aclgrphBundleBuildModel");
}

graphStatus aclgrphBundleSaveModel(const char_t *output_file, const ModelBufferData &model) {
  if (output_file == nullptr) {
    return Refuse("nullptr", "output_file", "aclgrphBundleSaveModel needs a file name");
  }
  if ((model.data == nullptr) || (model.length == 0U)) {
    return Refuse("", "model", "the model is empty");
  }
  /* No bundle can have been built. */
  (void)Refuse("", "model", "the model is not a bundle");
  return kNotABundle;
}

graphStatus aclgrphDumpGraph(const Graph &, const char_t *file, uint64_t len) {
  if (file == nullptr) {
    (void)Refuse("nullptr", "file", "aclgrphDumpGraph needs a file name");
    return GRAPH_FAILED;
  }
  if ((len == 0U) || (len > PATH_MAX) || (strnlen(file, PATH_MAX) != len)) {
    return Refuse(file, "len", "it must be the length of the file name");
  }
  return mc::NotEmulated("aclgrphDumpGraph");
}

graphStatus aclgrphGenerateForOp(const AscendString &, const std::vector<TensorDesc> &,
                                 const std::vector<TensorDesc> &, Graph &) {
  return mc::NotEmulated("aclgrphGenerateForOp");
}

graphStatus aclgrphGenerateForOp(const AscendString &, std::vector<Graph> &) {
  return mc::NotEmulated("aclgrphGenerateForOp");
}

graphStatus aclgrphSetOpAttr(Graph &, aclgrphAttrType, const char_t *) {
  return mc::NotEmulated("aclgrphSetOpAttr");
}
} // namespace ge
