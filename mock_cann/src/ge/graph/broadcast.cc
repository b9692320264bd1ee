/* BroadCastInfer: the shape that two shapes broadcast to, unknown sizes and ranks included. */
#include <algorithm>

#include "graph/operator_reg.h"

namespace ge {
namespace {
const int64_t kUnknownDim = -1;
const int64_t kUnknownRank = -2;

bool RankUnknown(const std::vector<int64_t> &shape) {
  return (shape.size() == 1U) && (shape[0] == kUnknownRank);
}

/* An unknown size that meets one above 1 can only be that, or 1. */
bool Join(int64_t a, int64_t b, int64_t &out) {
  if ((a == b) || (b == 1)) {
    out = a;
  } else if (a == 1) {
    out = b;
  } else if ((a == kUnknownDim) || (b == kUnknownDim)) {
    out = std::max(a, b);
  } else {
    return false;
  }
  return true;
}
}  // namespace

graphStatus BroadCastInfer(const std::function<std::vector<int64_t>()> &get_in1_shape,
                           const std::function<std::vector<int64_t>()> &get_in2_shape,
                           const std::function<void(const std::vector<int64_t> &)> &set_out_shape) {
  std::vector<int64_t> longer = get_in1_shape(), shorter = get_in2_shape();
  if (RankUnknown(longer) || RankUnknown(shorter)) {
    set_out_shape({kUnknownRank});
    return GRAPH_SUCCESS;
  }
  if (longer.size() < shorter.size()) {
    longer.swap(shorter);
  }
  const size_t first = longer.size() - shorter.size();
  for (size_t i = 0U; i < shorter.size(); ++i) {
    if (!Join(longer[first + i], shorter[i], longer[first + i])) {
      return GRAPH_FAILED;
    }
  }
  set_out_shape(longer);
  return GRAPH_SUCCESS;
}
}  // namespace ge
