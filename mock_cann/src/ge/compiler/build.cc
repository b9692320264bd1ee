/* aclgrphBuild*: offline compilation. The rules live in graph/offline.h; this converts. */
#include "ge/ge_ir_build.h"

#include "ge/session_objects.h"
#include "ge/session_options.h"
#include "graph/offline.h"

namespace ge {
namespace {
bool HasNull(const std::map<AscendString, AscendString> &options) {
  for (const auto &option : options) {
    if ((option.first.GetString() == nullptr) || (option.second.GetString() == nullptr)) {
      return true;
    }
  }
  return false;
}

graphStatus Build(const Graph &graph, mc_options options, ModelBufferData &model) {
  void *bytes = nullptr;
  size_t size = 0U;
  const graphStatus status = mc_offline_build(mc_graph_of(graph), options, &bytes, &size);
  if (status == GRAPH_SUCCESS) {
    mc::WriteModel(bytes, size, model);
  }
  return status;
}
} // namespace

graphStatus aclgrphBuildInitialize(std::map<std::string, std::string> global_options) {
  return mc_offline_initialize(mc::Options(global_options).get());
}

graphStatus aclgrphBuildInitialize(std::map<AscendString, AscendString> &global_options) {
  return HasNull(global_options) ? GRAPH_FAILED : mc_offline_initialize(mc::Options(global_options).get());
}

void aclgrphBuildFinalize() {
  mc_offline_finalize();
}

graphStatus aclgrphBuildModel(const Graph &graph, const std::map<std::string, std::string> &build_options,
                              ModelBufferData &model) {
  return Build(graph, mc::Options(build_options).get(), model);
}

graphStatus aclgrphBuildModel(const Graph &graph, const std::map<AscendString, AscendString> &build_options,
                              ModelBufferData &model) {
  return HasNull(build_options) ? GRAPH_FAILED : Build(graph, mc::Options(build_options).get(), model);
}

graphStatus aclgrphSaveModel(const std::string &output_file, const ModelBufferData &model) {
  return mc_offline_save(output_file.c_str(), model.data.get(), model.length);
}

graphStatus aclgrphSaveModel(const char_t *output_file, const ModelBufferData &model) {
  return mc_offline_save(output_file, model.data.get(), model.length);
}
} // namespace ge
