/* ge::Tensor: shorthands that edit its description. */
#include "ge/graph_base/tensor_impl.h"
#include "graph/tensor.h"

namespace ge {
namespace {
Shape Resized(const Shape &shape, size_t dim_num) {
  std::vector<int64_t> dims = shape.GetDims();
  dims.resize(dim_num, 0);
  return Shape(dims);
}
}  // namespace

graphStatus Tensor::SetOriginShapeDimNum(size_t dim_num) {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  impl->desc.SetOriginShape(Resized(impl->desc.GetOriginShape(), dim_num));
  return GRAPH_SUCCESS;
}

size_t Tensor::GetOriginShapeDimNum() const {
  return (impl == nullptr) ? 0U : impl->desc.GetOriginShape().GetDimNum();
}

graphStatus Tensor::SetOriginShapeDim(size_t idx, int64_t dim_value) {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  Shape shape = impl->desc.GetOriginShape();
  const graphStatus status = shape.SetDim(idx, dim_value);
  impl->desc.SetOriginShape(shape);
  return status;
}

int64_t Tensor::GetOriginShapeDim(size_t idx) const {
  return (impl == nullptr) ? 0 : impl->desc.GetOriginShape().GetDim(idx);
}

graphStatus Tensor::SetShapeDimNum(size_t dim_num) {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  impl->desc.SetShape(Resized(impl->desc.GetShape(), dim_num));
  return GRAPH_SUCCESS;
}

size_t Tensor::GetShapeDimNum() const { return (impl == nullptr) ? 0U : impl->desc.GetShape().GetDimNum(); }

graphStatus Tensor::SetShapeDim(size_t idx, int64_t dim_value) {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  Shape shape = impl->desc.GetShape();
  const graphStatus status = shape.SetDim(idx, dim_value);
  impl->desc.SetShape(shape);
  return status;
}

int64_t Tensor::GetShapeDim(size_t idx) const {
  return (impl == nullptr) ? 0 : impl->desc.GetShape().GetDim(idx);
}

graphStatus Tensor::SetOriginFormat(const Format &format) {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  impl->desc.SetOriginFormat(format);
  return GRAPH_SUCCESS;
}

Format Tensor::GetOriginFormat() const {
  return (impl == nullptr) ? FORMAT_RESERVED : impl->desc.GetOriginFormat();
}

graphStatus Tensor::SetFormat(const Format &format) {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  impl->desc.SetFormat(format);
  return GRAPH_SUCCESS;
}

Format Tensor::GetFormat() const { return (impl == nullptr) ? FORMAT_RESERVED : impl->desc.GetFormat(); }

graphStatus Tensor::SetDataType(const DataType &dtype) {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  impl->desc.SetDataType(dtype);
  return GRAPH_SUCCESS;
}

DataType Tensor::GetDataType() const { return (impl == nullptr) ? DT_UNDEFINED : impl->desc.GetDataType(); }

graphStatus Tensor::SetPlacement(const Placement &placement) {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  impl->desc.SetPlacement(placement);
  return GRAPH_SUCCESS;
}

Placement Tensor::GetPlacement() const {
  return (impl == nullptr) ? kPlacementHost : impl->desc.GetPlacement();
}

graphStatus Tensor::SetExpandDimsRule(const AscendString &expand_dims_rule) {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  impl->desc.SetExpandDimsRule(expand_dims_rule);
  return GRAPH_SUCCESS;
}

graphStatus Tensor::GetExpandDimsRule(AscendString &expand_dims_rule) const {
  return (impl == nullptr) ? GRAPH_FAILED : impl->desc.GetExpandDimsRule(expand_dims_rule);
}
}  // namespace ge
