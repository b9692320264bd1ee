/* Import of Caffe models. */
#ifndef PARSER_CAFFE_PARSER_H_
#define PARSER_CAFFE_PARSER_H_

#include <cstddef>
#include <map>

#include "graph/ascend_string.h"
#include "graph/error_codes.h"
#include "graph/graph.h"

namespace ge {
graphStatus aclgrphParseCaffe(const char_t *model_file, const char_t *weights_file, Graph &graph);
graphStatus aclgrphParseCaffe(const char_t *model_file, const char_t *weights_file,
                              const std::map<AscendString, AscendString> &parser_params, Graph &graph);
}  // namespace ge

#endif  // PARSER_CAFFE_PARSER_H_
