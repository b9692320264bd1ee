/* ge::GeUtils: not emulated. */
#include "ge/ge_utils.h"

#include "ge/not_emulated.h"

namespace ge {
Status GeUtils::InferShape(const Graph &, const std::vector<Shape> &) {
  return mc::NotEmulated("GeUtils::InferShape");
}

Status GeUtils::CheckNodeSupportOnAicore(const GNode &, bool &is_supported,
                                         AscendString &unsupported_reason) {
  is_supported = false;
  unsupported_reason = AscendString("GeUtils::CheckNodeSupportOnAicore is not emulated by mock_cann");
  return mc::NotEmulated("GeUtils::CheckNodeSupportOnAicore");
}
}  // namespace ge
