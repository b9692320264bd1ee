/* Attribute values, lists. */
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "ge/convert/attr_inner.h"
#include "ge/not_emulated.h"

namespace mc {
namespace {
template <typename T>
T *Room(size_t count) {
  return static_cast<T *>(calloc(count + 1U, sizeof(T)));
}

template <typename T>
bool SetInts(mc_attrs *attrs, const char *name, mc_attr_kind kind, const std::vector<T> &value) {
  mc_attr attr = {};
  attr.kind = kind;
  attr.count = value.size();
  attr.ints = Room<int64_t>(value.size());
  if (attr.ints == nullptr) {
    return false;
  }
  for (size_t i = 0U; i < value.size(); ++i) {
    attr.ints[i] = static_cast<int64_t>(value[i]);
  }
  return Store(attrs, name, &attr);
}

template <typename T>
bool GetInts(const mc_attrs *attrs, const char *name, mc_attr_kind kind, std::vector<T> &value) {
  const mc_attr *const attr = Find(attrs, name, kind);
  if (attr == nullptr) {
    return false;
  }
  std::vector<T> read(attr->count);
  for (size_t i = 0U; i < attr->count; ++i) {
    if ((kind == MC_ATTR_LIST_INT) && !Fits<T>(attr->ints[i])) {
      return false;
    }
    read[i] = static_cast<T>(attr->ints[i]);
  }
  value = std::move(read);
  return true;
}

template <typename Text>
bool SetTexts(mc_attrs *attrs, const char *name, const std::vector<Text> &value,
              size_t (*length)(const Text &), const char *(*data)(const Text &)) {
  mc_attr attr = {};
  attr.kind = MC_ATTR_LIST_STRING;
  attr.count = value.size();
  attr.strings = Room<mc_bytes>(value.size());
  bool ok = attr.strings != nullptr;
  for (size_t i = 0U; ok && (i < value.size()); ++i) {
    ok = mc_bytes_set(&attr.strings[i], data(value[i]), length(value[i]));
  }
  if (!ok) {
    mc_attr_free(&attr);
    return false;
  }
  return Store(attrs, name, &attr);
}

template <typename Text>
bool GetTexts(const mc_attrs *attrs, const char *name, std::vector<Text> &value) {
  const mc_attr *const attr = Find(attrs, name, MC_ATTR_LIST_STRING);
  if (attr == nullptr) {
    return false;
  }
  value.clear();
  for (size_t i = 0U; i < attr->count; ++i) {
    value.emplace_back(attr->strings[i].data, attr->strings[i].size);
  }
  return true;
}
}  // namespace

bool SetAttr(mc_attrs *attrs, const char *name, const std::vector<int64_t> &value) {
  return SetInts(attrs, name, MC_ATTR_LIST_INT, value);
}

bool GetAttr(const mc_attrs *attrs, const char *name, std::vector<int64_t> &value) {
  return GetInts(attrs, name, MC_ATTR_LIST_INT, value);
}

bool SetAttr(mc_attrs *attrs, const char *name, const std::vector<int32_t> &value) {
  return SetInts(attrs, name, MC_ATTR_LIST_INT, value);
}

bool GetAttr(const mc_attrs *attrs, const char *name, std::vector<int32_t> &value) {
  return GetInts(attrs, name, MC_ATTR_LIST_INT, value);
}

bool SetAttr(mc_attrs *attrs, const char *name, const std::vector<uint32_t> &value) {
  return SetInts(attrs, name, MC_ATTR_LIST_INT, value);
}

bool GetAttr(const mc_attrs *attrs, const char *name, std::vector<uint32_t> &value) {
  return GetInts(attrs, name, MC_ATTR_LIST_INT, value);
}

bool SetAttr(mc_attrs *attrs, const char *name, const std::vector<ge::DataType> &value) {
  return SetInts(attrs, name, MC_ATTR_LIST_DTYPE, value);
}

bool GetAttr(const mc_attrs *attrs, const char *name, std::vector<ge::DataType> &value) {
  return GetInts(attrs, name, MC_ATTR_LIST_DTYPE, value);
}

bool SetAttr(mc_attrs *attrs, const char *name, const std::vector<float> &value) {
  mc_attr attr = {};
  attr.kind = MC_ATTR_LIST_FLOAT;
  attr.count = value.size();
  attr.floats = Room<float>(value.size());
  if (attr.floats == nullptr) {
    return false;
  }
  std::copy(value.begin(), value.end(), attr.floats);
  return Store(attrs, name, &attr);
}

bool GetAttr(const mc_attrs *attrs, const char *name, std::vector<float> &value) {
  const mc_attr *const attr = Find(attrs, name, MC_ATTR_LIST_FLOAT);
  if (attr != nullptr) {
    value.assign(attr->floats, attr->floats + attr->count);
  }
  return attr != nullptr;
}

bool SetAttr(mc_attrs *attrs, const char *name, const std::vector<bool> &value) {
  mc_attr attr = {};
  attr.kind = MC_ATTR_LIST_BOOL;
  attr.count = value.size();
  attr.bools = Room<bool>(value.size());
  if (attr.bools == nullptr) {
    return false;
  }
  std::copy(value.begin(), value.end(), attr.bools);
  return Store(attrs, name, &attr);
}

bool GetAttr(const mc_attrs *attrs, const char *name, std::vector<bool> &value) {
  const mc_attr *const attr = Find(attrs, name, MC_ATTR_LIST_BOOL);
  if (attr != nullptr) {
    value.assign(attr->bools, attr->bools + attr->count);
  }
  return attr != nullptr;
}

bool SetAttr(mc_attrs *attrs, const char *name, const std::vector<std::string> &value) {
  return SetTexts<std::string>(
      attrs, name, value, [](const std::string &text) { return text.size(); },
      [](const std::string &text) { return text.data(); });
}

bool GetAttr(const mc_attrs *attrs, const char *name, std::vector<std::string> &value) {
  return GetTexts(attrs, name, value);
}

bool SetAttr(mc_attrs *attrs, const char *name, const std::vector<ge::AscendString> &value) {
  return SetTexts<ge::AscendString>(
      attrs, name, value, [](const ge::AscendString &text) { return text.GetLength(); },
      [](const ge::AscendString &text) { return text.GetString(); });
}

bool GetAttr(const mc_attrs *attrs, const char *name, std::vector<ge::AscendString> &value) {
  return GetTexts(attrs, name, value);
}

bool SetAttr(mc_attrs *attrs, const char *name, const std::vector<std::vector<int64_t>> &value) {
  mc_attr attr = {};
  attr.kind = MC_ATTR_LIST_LIST_INT;
  attr.count = value.size();
  attr.int_lists = Room<mc_int_list>(value.size());
  bool ok = attr.int_lists != nullptr;
  for (size_t i = 0U; ok && (i < value.size()); ++i) {
    attr.int_lists[i].values = Room<int64_t>(value[i].size());
    attr.int_lists[i].count = value[i].size();
    ok = attr.int_lists[i].values != nullptr;
    if (ok) {
      std::copy(value[i].begin(), value[i].end(), attr.int_lists[i].values);
    }
  }
  if (!ok) {
    mc_attr_free(&attr);
    return false;
  }
  return Store(attrs, name, &attr);
}

bool GetAttr(const mc_attrs *attrs, const char *name, std::vector<std::vector<int64_t>> &value) {
  const mc_attr *const attr = Find(attrs, name, MC_ATTR_LIST_LIST_INT);
  if (attr == nullptr) {
    return false;
  }
  value.clear();
  for (size_t i = 0U; i < attr->count; ++i) {
    value.emplace_back(attr->int_lists[i].values, attr->int_lists[i].values + attr->int_lists[i].count);
  }
  return true;
}

bool SetAttr(mc_attrs *, const char *, const std::vector<ge::Tensor> &) {
  (void)NotEmulated("an attribute that is a list of tensors");
  return false;
}

bool GetAttr(const mc_attrs *, const char *, std::vector<ge::Tensor> &) {
  (void)NotEmulated("an attribute that is a list of tensors");
  return false;
}
}  // namespace mc
