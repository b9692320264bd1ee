/* Tensor descriptions between C++ and the IR. */
#include "ge/convert/desc.h"

#include <cstdlib>
#include <cstring>

#include "ge/convert/attr.h"

namespace mc {
namespace {
const char kRange[] = "shape_range";
const char kPlacement[] = "placement";
const char kRealDimCount[] = "real_dim_cnt";

bool SetRange(mc_attrs *attrs, const ge::TensorDesc &from) {
  std::vector<std::pair<int64_t, int64_t>> range;
  if ((from.GetShapeRange(range) != ge::GRAPH_SUCCESS) || range.empty()) {
    (void)mc_attrs_remove(attrs, kRange);
    return true;
  }
  std::vector<std::vector<int64_t>> lists;
  for (const std::pair<int64_t, int64_t> &limits : range) {
    lists.push_back({limits.first, limits.second});
  }
  return SetAttr(attrs, kRange, lists);
}
}  // namespace

bool ShapeOf(const std::vector<int64_t> &dims, mc_shape *shape) {
  if ((dims.size() == 1U) && (dims[0] == ge::UNKNOWN_DIM_NUM)) {
    shape->rank = MC_RANK_UNKNOWN;
    return true;
  }
  if (dims.size() > MC_MAX_RANK) {
    return false;
  }
  shape->rank = static_cast<int>(dims.size());
  for (size_t i = 0U; i < dims.size(); ++i) {
    shape->dims[i] = dims[i];
  }
  return true;
}

std::vector<int64_t> DimsOf(const mc_shape &shape) {
  if (shape.rank < 0) {
    return {ge::UNKNOWN_DIM_NUM};
  }
  return std::vector<int64_t>(shape.dims, shape.dims + shape.rank);
}

ge::TensorDesc TensorDescOf(const mc_tensor_desc &desc) {
  ge::TensorDesc result(ge::Shape(DimsOf(desc.desc.shape)), static_cast<ge::Format>(desc.desc.format),
                        static_cast<ge::DataType>(desc.desc.dtype));
  result.SetOriginFormat(static_cast<ge::Format>(desc.origin_format));
  if (desc.origin_shape_set) {
    result.SetOriginShape(ge::Shape(DimsOf(desc.origin_shape)));
  }
  result.SetSize(desc.size);
  result.SetName(desc.name);
  std::vector<std::vector<int64_t>> lists;
  if (GetAttr(&desc.attrs, kRange, lists)) {
    std::vector<std::pair<int64_t, int64_t>> range;
    for (const std::vector<int64_t> &limits : lists) {
      if (limits.size() == 2U) {
        range.emplace_back(limits[0], limits[1]);
      }
    }
    (void)result.SetShapeRange(range);
  }
  int64_t number = 0;
  if (GetAttr(&desc.attrs, kPlacement, number)) {
    result.SetPlacement(static_cast<ge::Placement>(number));
  }
  if (GetAttr(&desc.attrs, kRealDimCount, number)) {
    result.SetRealDimCnt(number);
  }
  return result;
}

bool UpdateDesc(mc_tensor_desc *to, const ge::TensorDesc &from) {
  mc_shape shape = {};
  mc_shape origin = {};
  const std::vector<int64_t> origin_dims = from.GetOriginShape().GetDims();
  ge::AscendString name;
  (void)from.GetName(name);
  if (!ShapeOf(from.GetShape().GetDims(), &shape) || !ShapeOf(origin_dims, &origin)) {
    return false;
  }
  char *text = nullptr;
  if (name.GetLength() != 0U) {
    text = strdup(name.GetString());
    if (text == nullptr) {
      return false;
    }
  }
  (void)mc_attrs_remove(&to->attrs, kRealDimCount);
  const int64_t count = from.GetRealDimCnt();
  const bool stored = SetRange(&to->attrs, from) &&
                      ((count == 0) || SetAttr(&to->attrs, kRealDimCount, count)) &&
                      ((from.GetPlacement() == ge::kPlacementHost) ||
                       SetAttr(&to->attrs, kPlacement, static_cast<int64_t>(from.GetPlacement())));
  if (!stored) {
    free(text);
    return false;
  }
  free(to->name);
  to->name = text;
  to->desc.dtype = static_cast<int>(from.GetDataType());
  to->desc.format = static_cast<int>(from.GetFormat());
  to->desc.shape = shape;
  to->origin_format = static_cast<int>(from.GetOriginFormat());
  to->origin_shape = origin;
  to->origin_shape_set = !origin_dims.empty();
  to->size = from.GetSize();
  return true;
}
}  // namespace mc
