/* Attribute values, one value: numbers, texts, types, tensors. */
#include "ge/convert/attr.h"

#include <cstdlib>
#include <cstring>
#include <limits>

#include "ge/convert/attr_inner.h"
#include "ge/convert/desc.h"
#include "ge/not_emulated.h"

namespace mc {
bool Store(mc_attrs *attrs, const char *name, mc_attr *attr) {
  attr->name = (name == nullptr) ? nullptr : strdup(name);
  if (attr->name == nullptr) {
    mc_attr_free(attr);
    return false;
  }
  return mc_attrs_set(attrs, attr);
}

const mc_attr *Find(const mc_attrs *attrs, const char *name, mc_attr_kind kind) {
  const mc_attr *const attr = (name == nullptr) ? nullptr : mc_attrs_find(attrs, name);
  return ((attr != nullptr) && (attr->kind == kind)) ? attr : nullptr;
}

bool SetAttr(mc_attrs *attrs, const char *name, const int64_t &value) {
  mc_attr attr = {};
  attr.kind = MC_ATTR_INT;
  attr.i = value;
  return Store(attrs, name, &attr);
}

bool GetAttr(const mc_attrs *attrs, const char *name, int64_t &value) {
  const mc_attr *const attr = Find(attrs, name, MC_ATTR_INT);
  if (attr != nullptr) {
    value = attr->i;
  }
  return attr != nullptr;
}

bool SetAttr(mc_attrs *attrs, const char *name, const int32_t &value) {
  return SetAttr(attrs, name, static_cast<int64_t>(value));
}

bool SetAttr(mc_attrs *attrs, const char *name, const uint32_t &value) {
  return SetAttr(attrs, name, static_cast<int64_t>(value));
}

bool GetAttr(const mc_attrs *attrs, const char *name, int32_t &value) {
  return GetNarrow(attrs, name, value);
}

bool GetAttr(const mc_attrs *attrs, const char *name, uint32_t &value) {
  return GetNarrow(attrs, name, value);
}

bool SetAttr(mc_attrs *attrs, const char *name, const float &value) {
  mc_attr attr = {};
  attr.kind = MC_ATTR_FLOAT;
  attr.f = value;
  return Store(attrs, name, &attr);
}

bool GetAttr(const mc_attrs *attrs, const char *name, float &value) {
  const mc_attr *const attr = Find(attrs, name, MC_ATTR_FLOAT);
  if (attr != nullptr) {
    value = attr->f;
  }
  return attr != nullptr;
}

bool SetAttr(mc_attrs *attrs, const char *name, const bool &value) {
  mc_attr attr = {};
  attr.kind = MC_ATTR_BOOL;
  attr.b = value;
  return Store(attrs, name, &attr);
}

bool GetAttr(const mc_attrs *attrs, const char *name, bool &value) {
  const mc_attr *const attr = Find(attrs, name, MC_ATTR_BOOL);
  if (attr != nullptr) {
    value = attr->b;
  }
  return attr != nullptr;
}

static bool SetBytes(mc_attrs *attrs, const char *name, mc_attr_kind kind, const void *data, size_t size) {
  mc_attr attr = {};
  attr.kind = kind;
  return mc_bytes_set(&attr.bytes, data, size) && Store(attrs, name, &attr);
}

bool SetAttr(mc_attrs *attrs, const char *name, const std::string &value) {
  return SetBytes(attrs, name, MC_ATTR_STRING, value.data(), value.size());
}

bool GetAttr(const mc_attrs *attrs, const char *name, std::string &value) {
  const mc_attr *const attr = Find(attrs, name, MC_ATTR_STRING);
  if (attr != nullptr) {
    value.assign(attr->bytes.data, attr->bytes.size);
  }
  return attr != nullptr;
}

bool SetAttr(mc_attrs *attrs, const char *name, const ge::AscendString &value) {
  return SetBytes(attrs, name, MC_ATTR_STRING, value.GetString(), value.GetLength());
}

bool GetAttr(const mc_attrs *attrs, const char *name, ge::AscendString &value) {
  const mc_attr *const attr = Find(attrs, name, MC_ATTR_STRING);
  if (attr != nullptr) {
    value = ge::AscendString(attr->bytes.data, attr->bytes.size);
  }
  return attr != nullptr;
}

bool SetAttr(mc_attrs *attrs, const char *name, const std::vector<uint8_t> &value) {
  return SetBytes(attrs, name, MC_ATTR_BYTES, value.data(), value.size());
}

bool GetAttr(const mc_attrs *attrs, const char *name, std::vector<uint8_t> &value) {
  const mc_attr *const attr = Find(attrs, name, MC_ATTR_BYTES);
  if (attr != nullptr) {
    value.assign(attr->bytes.data, attr->bytes.data + attr->bytes.size);
  }
  return attr != nullptr;
}

bool SetAttr(mc_attrs *attrs, const char *name, const ge::DataType &value) {
  mc_attr attr = {};
  attr.kind = MC_ATTR_DTYPE;
  attr.i = static_cast<int64_t>(value);
  return Store(attrs, name, &attr);
}

bool GetAttr(const mc_attrs *attrs, const char *name, ge::DataType &value) {
  const mc_attr *const attr = Find(attrs, name, MC_ATTR_DTYPE);
  if (attr != nullptr) {
    value = static_cast<ge::DataType>(attr->i);
  }
  return attr != nullptr;
}

bool SetAttr(mc_attrs *attrs, const char *name, const ge::Tensor &value) {
  mc_attr attr = {};
  attr.kind = MC_ATTR_TENSOR;
  const ge::TensorDesc desc = value.GetTensorDesc();
  attr.tensor.desc.dtype = static_cast<int>(desc.GetDataType());
  attr.tensor.desc.format = static_cast<int>(desc.GetFormat());
  return ShapeOf(desc.GetShape().GetDims(), &attr.tensor.desc.shape) &&
         mc_bytes_set(&attr.tensor.data, value.GetData(), value.GetSize()) && Store(attrs, name, &attr);
}

bool GetAttr(const mc_attrs *attrs, const char *name, ge::Tensor &value) {
  const mc_attr *const attr = Find(attrs, name, MC_ATTR_TENSOR);
  if (attr == nullptr) {
    return false;
  }
  const ge::TensorDesc desc(ge::Shape(DimsOf(attr->tensor.desc.shape)),
                            static_cast<ge::Format>(attr->tensor.desc.format),
                            static_cast<ge::DataType>(attr->tensor.desc.dtype));
  value = ge::Tensor(desc, reinterpret_cast<const uint8_t *>(attr->tensor.data.data), attr->tensor.data.size);
  return value.GetSize() == attr->tensor.data.size;
}

/* A copy of one attribute under another name, whatever its kind. */
static bool Copy(const mc_attr *from, mc_attrs *to, const char *name) {
  mc_attr borrowed = *from;
  const mc_attrs one = {&borrowed, 1U, 1U};
  mc_attrs copy = {};
  if (!mc_attrs_copy(&copy, &one)) {
    return false;
  }
  free(copy.items[0].name);
  copy.items[0].name = nullptr;
  const bool stored = Store(to, name, &copy.items[0]);
  mc_attrs_free(&copy);
  return stored;
}

bool SetAttr(mc_attrs *attrs, const char *name, const ge::AttrValue &value) {
  if ((value.impl == nullptr) || (value.impl->value.count != 1U)) {
    return false;
  }
  return Copy(&value.impl->value.items[0], attrs, name);
}

bool GetAttr(const mc_attrs *attrs, const char *name, ge::AttrValue &value) {
  const mc_attr *const attr = (name == nullptr) ? nullptr : mc_attrs_find(attrs, name);
  /* A body of its own: other AttrValues may share the old one. */
  const std::shared_ptr<ge::AttrValueImpl> fresh = std::make_shared<ge::AttrValueImpl>();
  if ((attr == nullptr) || !Copy(attr, &fresh->value, "value")) {
    return false;
  }
  value.impl = fresh;
  return true;
}

const char *AttrTypeName(const mc_attr *attr) {
  switch (attr->kind) {
    case MC_ATTR_INT:
      return "VT_INT";
    case MC_ATTR_FLOAT:
      return "VT_FLOAT";
    case MC_ATTR_BOOL:
      return "VT_BOOL";
    case MC_ATTR_STRING:
      return "VT_STRING";
    case MC_ATTR_BYTES:
      return "VT_BYTES";
    case MC_ATTR_DTYPE:
      return "VT_DATA_TYPE";
    case MC_ATTR_TENSOR:
      return "VT_TENSOR";
    case MC_ATTR_LIST_INT:
      return "VT_LIST_INT";
    case MC_ATTR_LIST_FLOAT:
      return "VT_LIST_FLOAT";
    case MC_ATTR_LIST_BOOL:
      return "VT_LIST_BOOL";
    case MC_ATTR_LIST_STRING:
      return "VT_LIST_STRING";
    case MC_ATTR_LIST_DTYPE:
      return "VT_LIST_DATA_TYPE";
    case MC_ATTR_LIST_LIST_INT:
      return "VT_LIST_LIST_INT";
    case MC_ATTR_RAW:
      break;
  }
  return "VT_NONE";
}
}  // namespace mc
