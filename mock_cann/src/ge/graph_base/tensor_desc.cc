/* ge::TensorDesc. A copy has a body of its own; a moved-from description has none and answers defaults. */
#include "ge/hidden.h"
#include "graph/tensor.h"

namespace ge {
class MC_HIDDEN TensorDescImpl {
 public:
  std::vector<int64_t> dims, origin_dims;
  std::vector<std::pair<int64_t, int64_t>> range;
  Format format = FORMAT_ND, origin_format = FORMAT_ND;
  DataType data_type = DT_FLOAT;
  Placement placement = kPlacementHost;
  std::string name, expand_dims_rule;
  int64_t size = 0, real_dim_count = 0;
  bool reuse_input = false;
  uint32_t reuse_input_index = 0U;
  /* Copies of a description share the constant; it is never written through one. */
  std::shared_ptr<uint8_t> const_data;
  size_t const_data_size = 0U;
};

TensorDesc::TensorDesc() : impl(std::make_shared<TensorDescImpl>()) {}

TensorDesc::TensorDesc(Shape shape, Format format, DataType dt) : TensorDesc() {
  Update(shape, format, dt);
  impl->real_dim_count = static_cast<int64_t>(shape.GetDimNum());
}

TensorDesc::TensorDesc(const TensorDesc &desc)
    : impl((desc.impl == nullptr) ? std::make_shared<TensorDescImpl>()
                                  : std::make_shared<TensorDescImpl>(*desc.impl)) {}

TensorDesc::TensorDesc(TensorDesc &&desc) : impl(std::move(desc.impl)) {}

TensorDesc &TensorDesc::operator=(const TensorDesc &desc) {
  if (this != &desc) {
    impl = TensorDesc(desc).impl;
  }
  return *this;
}

TensorDesc &TensorDesc::operator=(TensorDesc &&desc) {
  if (this != &desc) {
    impl = std::move(desc.impl);
  }
  return *this;
}

void TensorDesc::Update(const Shape &shape, Format format, DataType dt) {
  SetShape(shape);
  SetFormat(format);
  SetDataType(dt);
}

Shape TensorDesc::GetShape() const { return (impl == nullptr) ? Shape() : Shape(impl->dims); }

void TensorDesc::SetShape(const Shape &shape) {
  if (impl != nullptr) {
    impl->dims = shape.GetDims();
  }
}

graphStatus TensorDesc::SetUnknownDimNumShape() {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  impl->dims.assign(1U, UNKNOWN_DIM_NUM);
  return GRAPH_SUCCESS;
}

graphStatus TensorDesc::SetShapeRange(const std::vector<std::pair<int64_t, int64_t>> &range) {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  impl->range = range;
  return GRAPH_SUCCESS;
}

graphStatus TensorDesc::GetShapeRange(std::vector<std::pair<int64_t, int64_t>> &range) const {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  range = impl->range;
  return GRAPH_SUCCESS;
}

Format TensorDesc::GetFormat() const { return (impl == nullptr) ? FORMAT_RESERVED : impl->format; }

void TensorDesc::SetFormat(Format format) {
  if (impl != nullptr) {
    impl->format = format;
  }
}

Shape TensorDesc::GetOriginShape() const { return (impl == nullptr) ? Shape() : Shape(impl->origin_dims); }

void TensorDesc::SetOriginShape(const Shape &origin_shape) {
  if (impl != nullptr) {
    impl->origin_dims = origin_shape.GetDims();
  }
}

Format TensorDesc::GetOriginFormat() const {
  return (impl == nullptr) ? FORMAT_RESERVED : impl->origin_format;
}

void TensorDesc::SetOriginFormat(Format origin_format) {
  if (impl != nullptr) {
    impl->origin_format = origin_format;
  }
}

DataType TensorDesc::GetDataType() const { return (impl == nullptr) ? DT_UNDEFINED : impl->data_type; }

void TensorDesc::SetDataType(DataType dt) {
  if (impl != nullptr) {
    impl->data_type = dt;
  }
}

std::string TensorDesc::GetName() const { return (impl == nullptr) ? std::string() : impl->name; }

graphStatus TensorDesc::GetName(AscendString &name) {
  return static_cast<const TensorDesc *>(this)->GetName(name);
}

graphStatus TensorDesc::GetName(AscendString &name) const {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  name = AscendString(impl->name.c_str());
  return GRAPH_SUCCESS;
}

void TensorDesc::SetName(const std::string &name) {
  if (impl != nullptr) {
    impl->name = name;
  }
}

void TensorDesc::SetName(const char_t *name) {
  if ((impl != nullptr) && (name != nullptr)) {
    impl->name = name;
  }
}

void TensorDesc::SetSize(int64_t size) {
  if (impl != nullptr) {
    impl->size = size;
  }
}

int64_t TensorDesc::GetSize() const { return (impl == nullptr) ? 0 : impl->size; }

int64_t TensorDesc::GetRealDimCnt() const { return (impl == nullptr) ? 0 : impl->real_dim_count; }

void TensorDesc::SetRealDimCnt(int64_t real_dim_cnt) {
  if (impl != nullptr) {
    impl->real_dim_count = real_dim_cnt;
  }
}

void TensorDesc::SetPlacement(Placement placement) {
  if (impl != nullptr) {
    impl->placement = placement;
  }
}

Placement TensorDesc::GetPlacement() const { return (impl == nullptr) ? kPlacementHost : impl->placement; }

void TensorDesc::SetConstData(std::unique_ptr<uint8_t[]> const_data_buffer, const size_t &const_data_len) {
  if (impl != nullptr) {
    impl->const_data =
        std::shared_ptr<uint8_t>(const_data_buffer.release(), std::default_delete<uint8_t[]>());
    impl->const_data_size = (impl->const_data == nullptr) ? 0U : const_data_len;
  }
}

bool TensorDesc::GetConstData(uint8_t **const_data_buffer, size_t &const_data_len) const {
  if ((impl == nullptr) || (impl->const_data == nullptr) || (const_data_buffer == nullptr)) {
    return false;
  }
  *const_data_buffer = impl->const_data.get();
  const_data_len = impl->const_data_size;
  return true;
}

void TensorDesc::SetExpandDimsRule(const AscendString &expand_dims_rule) {
  if (impl != nullptr) {
    impl->expand_dims_rule = expand_dims_rule.GetString();
  }
}

graphStatus TensorDesc::GetExpandDimsRule(AscendString &expand_dims_rule) const {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  expand_dims_rule = AscendString(impl->expand_dims_rule.c_str());
  return GRAPH_SUCCESS;
}

void TensorDesc::SetReuseInputIndex(uint32_t idx) {
  if (impl != nullptr) {
    impl->reuse_input = true;
    impl->reuse_input_index = idx;
  }
}
}  // namespace ge
