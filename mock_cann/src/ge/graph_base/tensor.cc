/* ge::Tensor: its data. Vectors and texts are copied in; memory that comes with a deleter is taken over. */
#include "graph/tensor.h"

#include <cstdlib>
#include <cstring>

#include "ge/graph_base/tensor_impl.h"

namespace ge {
namespace {
const size_t kAlignment = 64U;

/* Strings of a DT_STRING tensor: all heads first, then each text with a NUL behind it. */
graphStatus SetTexts(TensorImpl *impl, const std::vector<std::pair<const char *, size_t>> &texts) {
  size_t total = 0U;
  for (const std::pair<const char *, size_t> &text : texts) {
    total += sizeof(StringHead) + text.second + 1U;
  }
  if ((impl == nullptr) || texts.empty() || !impl->Allocate(nullptr, total)) {
    return GRAPH_FAILED;
  }
  uint8_t *const base = impl->data.get();
  size_t offset = texts.size() * sizeof(StringHead);
  for (size_t i = 0U; i < texts.size(); ++i) {
    const StringHead head = {static_cast<int64_t>(offset), static_cast<int64_t>(texts[i].second)};
    (void)memcpy(base + (i * sizeof(StringHead)), &head, sizeof(head));
    (void)memcpy(base + offset, texts[i].first, texts[i].second);
    base[offset + texts[i].second] = 0U;
    offset += texts[i].second + 1U;
  }
  return GRAPH_SUCCESS;
}

graphStatus TakeOver(TensorImpl *impl, uint8_t *data, size_t size, const Tensor::DeleteFunc &deleter) {
  if ((impl == nullptr) || (data == nullptr) || (deleter == nullptr)) {
    return GRAPH_FAILED;
  }
  impl->data = TensorImpl::Bytes(data, deleter);
  impl->size = size;
  return GRAPH_SUCCESS;
}
}  // namespace

bool TensorImpl::Allocate(const void *source, size_t bytes) {
  const size_t rounded = (bytes + (kAlignment - 1U)) / kAlignment * kAlignment;
  if (rounded < bytes) {
    return false;
  }
  uint8_t *const fresh =
      static_cast<uint8_t *>(aligned_alloc(kAlignment, (rounded == 0U) ? kAlignment : rounded));
  if (fresh == nullptr) {
    return false;
  }
  if ((source != nullptr) && (bytes != 0U)) {
    (void)memcpy(fresh, source, bytes);
  }
  data = Bytes(fresh, [](uint8_t *memory) { free(memory); });
  size = bytes;
  return true;
}

Tensor::Tensor() : impl(std::make_shared<TensorImpl>()) {}

Tensor::Tensor(const TensorDesc &tensor_desc) : Tensor() { impl->desc = tensor_desc; }

Tensor::Tensor(const TensorDesc &tensor_desc, const std::vector<uint8_t> &data) : Tensor(tensor_desc) {
  (void)SetData(data);
}

Tensor::Tensor(const TensorDesc &tensor_desc, const uint8_t *data, size_t size) : Tensor(tensor_desc) {
  (void)SetData(data, size);
}

Tensor::Tensor(TensorDesc &&tensor_desc, std::vector<uint8_t> &&data) : Tensor() {
  impl->desc = std::move(tensor_desc);
  (void)SetData(std::move(data));
}

TensorDesc Tensor::GetTensorDesc() const { return (impl == nullptr) ? TensorDesc() : impl->desc; }

graphStatus Tensor::SetTensorDesc(const TensorDesc &tensor_desc) {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  impl->desc = tensor_desc;
  return GRAPH_SUCCESS;
}

const uint8_t *Tensor::GetData() const { return (impl == nullptr) ? nullptr : impl->data.get(); }

uint8_t *Tensor::GetData() { return (impl == nullptr) ? nullptr : impl->data.get(); }

size_t Tensor::GetSize() const { return (impl == nullptr) ? 0U : impl->size; }

std::unique_ptr<uint8_t[], Tensor::DeleteFunc> Tensor::ResetData() {
  if (impl == nullptr) {
    return TensorImpl::Bytes(nullptr, DeleteFunc());
  }
  impl->size = 0U;
  TensorImpl::Bytes released = std::move(impl->data);
  impl->data = TensorImpl::Bytes(nullptr, DeleteFunc());
  return released;
}

graphStatus Tensor::SetData(std::vector<uint8_t> &&data) { return SetData(data.data(), data.size()); }

graphStatus Tensor::SetData(const std::vector<uint8_t> &data) { return SetData(data.data(), data.size()); }

graphStatus Tensor::SetData(const uint8_t *data, size_t size) {
  if ((impl == nullptr) || ((data == nullptr) && (size != 0U))) {
    return GRAPH_FAILED;
  }
  return impl->Allocate(data, size) ? GRAPH_SUCCESS : GRAPH_FAILED;
}

graphStatus Tensor::SetData(const std::string &data) {
  return SetTexts(impl.get(), {{data.data(), data.size()}});
}

graphStatus Tensor::SetData(const char_t *data) {
  return (data == nullptr) ? GRAPH_FAILED : SetTexts(impl.get(), {{data, strlen(data)}});
}

graphStatus Tensor::SetData(const std::vector<std::string> &data) {
  std::vector<std::pair<const char *, size_t>> texts;
  for (const std::string &text : data) {
    texts.emplace_back(text.data(), text.size());
  }
  return SetTexts(impl.get(), texts);
}

graphStatus Tensor::SetData(const std::vector<AscendString> &datas) {
  std::vector<std::pair<const char *, size_t>> texts;
  for (const AscendString &text : datas) {
    texts.emplace_back(text.GetString(), text.GetLength());
  }
  return SetTexts(impl.get(), texts);
}

graphStatus Tensor::SetData(uint8_t *data, size_t size, const DeleteFunc &deleter_func) {
  return TakeOver(impl.get(), data, size, deleter_func);
}

graphStatus Tensor::ResetData(uint8_t *data, size_t size, const DeleteFunc &deleter_func) {
  return TakeOver(impl.get(), data, size, deleter_func);
}

/* The bytes must be what shape and type ask for. Texts have no size of their own. */
graphStatus Tensor::IsValid() {
  if (impl == nullptr) {
    return GRAPH_FAILED;
  }
  const DataType data_type = impl->desc.GetDataType();
  if ((data_type == DT_STRING) || (data_type == DT_STRING_REF)) {
    return GRAPH_SUCCESS;
  }
  int64_t elements = 1;
  for (const int64_t dim : impl->desc.GetShape().GetDims()) {
    if ((dim < 0) || __builtin_mul_overflow(elements, dim, &elements)) {
      return GRAPH_FAILED;
    }
  }
  const int64_t bytes = GetSizeInBytes(elements, data_type);
  return ((bytes >= 0) && (static_cast<size_t>(bytes) == impl->size)) ? GRAPH_SUCCESS : GRAPH_FAILED;
}

Tensor Tensor::Clone() const {
  Tensor copy(GetTensorDesc());
  if (GetData() != nullptr) {
    (void)copy.SetData(GetData(), GetSize());
  }
  return copy;
}
}  // namespace ge
