/* aclgrphParseONNX and its twin: the work is onnx/onnx.h's. */
#include "parser/onnx_parser.h"

#include "engine/report.h"
#include "ge/graph_access.h"
#include "ge/session_options.h"
#include "onnx/onnx.h"

namespace ge {
namespace {
graphStatus Refuse(const char *parameter) {
  mc_report("E10001", "nullptr", parameter, "it must be given", static_cast<char *>(nullptr));
  return GRAPH_PARAM_INVALID;
}

bool HasNull(const std::map<AscendString, AscendString> &params) {
  for (const auto &param : params) {
    if ((param.first.GetString() == nullptr) || (param.second.GetString() == nullptr)) {
      return true;
    }
  }
  return false;
}

graphStatus Take(uint32_t status, mc_graph *content, Graph &graph) {
  if (status == MC_ONNX_OK) {
    mc_graph_wrap(graph, content);
  }
  return status;
}
}  // namespace

graphStatus aclgrphParseONNX(const char_t *model_file,
                             const std::map<AscendString, AscendString> &parser_params, Graph &graph) {
  if (model_file == nullptr || HasNull(parser_params)) {
    return Refuse((model_file == nullptr) ? "model_file" : "parser_params");
  }
  mc_graph *content = nullptr;
  const uint32_t status = mc_onnx_import_file(model_file, mc::Options(parser_params).get(), &content);
  return Take(status, content, graph);
}

graphStatus aclgrphParseONNXFromMem(const char_t *buffer, size_t size,
                                    const std::map<AscendString, AscendString> &parser_params, Graph &graph) {
  if (buffer == nullptr || size == 0U || HasNull(parser_params)) {
    return Refuse((buffer == nullptr || size == 0U) ? "buffer" : "parser_params");
  }
  mc_graph *content = nullptr;
  const uint32_t status = mc_onnx_import(buffer, size, nullptr, mc::Options(parser_params).get(), &content);
  return Take(status, content, graph);
}
}  // namespace ge
