/* Helpers for programs that edit graphs: shape inference and what the AI core supports. */
#ifndef GE_GE_UTILS_H_
#define GE_GE_UTILS_H_

#include <vector>

#include "external/ge_common/ge_common_api_types.h"
#include "graph/ascend_string.h"
#include "graph/gnode.h"
#include "graph/graph.h"
#include "graph/tensor.h"

namespace ge {
class GeUtils {
 public:
  static Status InferShape(const Graph &graph, const std::vector<Shape> &input_shape);
  static Status CheckNodeSupportOnAicore(const GNode &node, bool &is_supported,
                                         AscendString &unsupported_reason);
};
}  // namespace ge

#endif  // GE_GE_UTILS_H_
