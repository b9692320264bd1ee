/* Offline compilation: a graph becomes a model in memory or an .om file. */
#ifndef GE_GE_IR_BUILD_H_
#define GE_GE_IR_BUILD_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "external/ge_common/ge_common_api_types.h"
#include "ge/ge_api_types.h"
#include "graph/ascend_string.h"
#include "graph/graph.h"
#include "graph/tensor.h"

namespace ge {
const int32_t IR_MAJOR_VERSION = 1;
const int32_t IR_MINOR_VERSION = 0;
const int32_t IR_PATCH_VERSION = 0;

struct ModelBufferData {
  std::shared_ptr<uint8_t> data;
  uint64_t length;
};

struct GraphWithOptions {
  ge::Graph graph;
  std::map<AscendString, AscendString> build_options;
};

struct WeightRefreshableGraphs {
  ge::Graph infer_graph;
  ge::Graph var_init_graph;
  ge::Graph var_update_graph;
};

enum aclgrphAttrType : uint32_t { ATTR_TYPE_KEEP_DTYPE = 0, ATTR_TYPE_WEIGHT_COMPRESS = 1 };

/* A compiled model as the interfaces that take files and buffers pass it. */
using aclmdlModel = void *;

graphStatus aclgrphBuildInitialize(std::map<std::string, std::string> global_options);
graphStatus aclgrphBuildInitialize(std::map<AscendString, AscendString> &global_options);
void aclgrphBuildFinalize();
graphStatus aclgrphBuildModel(const Graph &graph, const std::map<std::string, std::string> &build_options,
                              ModelBufferData &model);
graphStatus aclgrphBuildModel(const Graph &graph, const std::map<AscendString, AscendString> &build_options,
                              ModelBufferData &model);
graphStatus aclgrphSaveModel(const std::string &output_file, const ModelBufferData &model);
graphStatus aclgrphSaveModel(const char_t *output_file, const ModelBufferData &model);
graphStatus aclgrphBundleBuildModel(const std::vector<GraphWithOptions> &graph_with_options,
                                    ModelBufferData &model);
graphStatus aclgrphBundleSaveModel(const char_t *output_file, const ModelBufferData &model);
graphStatus aclgrphGetIRVersion(int32_t *major_version, int32_t *minor_version, int32_t *patch_version);
graphStatus aclgrphDumpGraph(const Graph &graph, const char_t *file, uint64_t len);
graphStatus aclgrphGenerateForOp(const AscendString &op_type, const std::vector<TensorDesc> &inputs,
                                 const std::vector<TensorDesc> &outputs, Graph &graph);
graphStatus aclgrphGenerateForOp(const AscendString &json_path, std::vector<Graph> &graphs);
graphStatus aclgrphSetOpAttr(Graph &graph, aclgrphAttrType attr_type, const char_t *cfg_path);
}  // namespace ge

#endif  // GE_GE_IR_BUILD_H_
