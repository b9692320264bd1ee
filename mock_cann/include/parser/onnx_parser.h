/* Import of ONNX models. */
#ifndef PARSER_ONNX_PARSER_H_
#define PARSER_ONNX_PARSER_H_

#include <cstddef>
#include <map>

#include "graph/ascend_string.h"
#include "graph/error_codes.h"
#include "graph/graph.h"

namespace ge {
graphStatus aclgrphParseONNX(const char_t *model_file,
                             const std::map<AscendString, AscendString> &parser_params, Graph &graph);
graphStatus aclgrphParseONNXFromMem(const char_t *buffer, size_t size,
                                    const std::map<AscendString, AscendString> &parser_params, Graph &graph);
}  // namespace ge

#endif  // PARSER_ONNX_PARSER_H_
