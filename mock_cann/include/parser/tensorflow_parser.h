/* Import of frozen TensorFlow graphs. */
#ifndef PARSER_TENSORFLOW_PARSER_H_
#define PARSER_TENSORFLOW_PARSER_H_

#include <cstddef>
#include <map>

#include "graph/ascend_string.h"
#include "graph/error_codes.h"
#include "graph/graph.h"

namespace ge {
graphStatus aclgrphParseTensorFlow(const char_t *model_file, Graph &graph);
graphStatus aclgrphParseTensorFlow(const char_t *model_file,
                                   const std::map<AscendString, AscendString> &parser_params, Graph &graph);
}  // namespace ge

#endif  // PARSER_TENSORFLOW_PARSER_H_
