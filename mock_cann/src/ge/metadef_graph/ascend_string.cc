/* ge::AscendString. No text at all (a null name) is a state of its own: it sorts before every text and equals
 * only another null, but reads as "". */
#include "graph/ascend_string.h"

namespace ge {
AscendString::AscendString(const char_t *name) {
  if (name != nullptr) {
    name_ = std::make_shared<std::string>(name);
  }
}

AscendString::AscendString(const char_t *name, size_t length) {
  if (name != nullptr) {
    name_ = std::make_shared<std::string>(name, length);
  }
}

const char_t *AscendString::GetString() const { return (name_ == nullptr) ? "" : name_->c_str(); }

size_t AscendString::GetLength() const { return (name_ == nullptr) ? 0U : name_->length(); }

size_t AscendString::Find(const AscendString &ascend_string) const {
  if ((name_ == nullptr) || (ascend_string.name_ == nullptr)) {
    return std::string::npos;
  }
  return name_->find(*ascend_string.name_);
}

size_t AscendString::Hash() const {
  return std::hash<std::string>()((name_ == nullptr) ? std::string() : *name_);
}

bool AscendString::operator<(const AscendString &d) const {
  if ((name_ == nullptr) || (d.name_ == nullptr)) {
    return (name_ == nullptr) && (d.name_ != nullptr);
  }
  return *name_ < *d.name_;
}

bool AscendString::operator==(const AscendString &d) const {
  if ((name_ == nullptr) || (d.name_ == nullptr)) {
    return name_ == d.name_;
  }
  return *name_ == *d.name_;
}

bool AscendString::operator>(const AscendString &d) const { return d < *this; }
bool AscendString::operator<=(const AscendString &d) const { return !(d < *this); }
bool AscendString::operator>=(const AscendString &d) const { return !(*this < d); }
bool AscendString::operator!=(const AscendString &d) const { return !(*this == d); }

bool AscendString::operator==(const char_t *d) const {
  if ((name_ == nullptr) || (d == nullptr)) {
    return (name_ == nullptr) && (d == nullptr);
  }
  return *name_ == d;
}

bool AscendString::operator!=(const char_t *d) const { return !(*this == d); }
}  // namespace ge
