/* A string that crosses the library border safely whatever std::string the caller was built with: the text
 * is only touched inside the library. */
#ifndef GRAPH_ASCEND_STRING_H_
#define GRAPH_ASCEND_STRING_H_

#include <functional>
#include <memory>
#include <string>

namespace ge {
using char_t = char;

class AscendString {
 public:
  AscendString() noexcept = default;
  ~AscendString() noexcept = default;
  AscendString(const char_t *name);
  AscendString(const char_t *name, size_t length);
  const char_t *GetString() const;
  size_t GetLength() const;
  size_t Find(const AscendString &ascend_string) const;
  size_t Hash() const;
  bool operator<(const AscendString &d) const;
  bool operator>(const AscendString &d) const;
  bool operator<=(const AscendString &d) const;
  bool operator>=(const AscendString &d) const;
  bool operator==(const AscendString &d) const;
  bool operator!=(const AscendString &d) const;
  bool operator==(const char_t *d) const;
  bool operator!=(const char_t *d) const;

 private:
  std::shared_ptr<std::string> name_;
};
}  // namespace ge

namespace std {
template <>
struct hash<ge::AscendString> {
  size_t operator()(const ge::AscendString &name) const { return name.Hash(); }
};
}  // namespace std

#endif  // GRAPH_ASCEND_STRING_H_
