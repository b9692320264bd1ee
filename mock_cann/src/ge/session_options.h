/* Option maps of GE's C++ interfaces as the session layer takes them. */
#ifndef MC_GE_SESSION_OPTIONS_H
#define MC_GE_SESSION_OPTIONS_H

#include <map>
#include <string>
#include <vector>

#include "ge/hidden.h"
#include "graph/ascend_string.h"
#include "graph/session.h"

namespace mc {
inline const char *Text(const ge::AscendString &text) {
  return (text.GetString() == nullptr) ? "" : text.GetString();
}
inline const char *Text(const std::string &text) {
  return text.c_str();
}

/* A view: the map must outlive it. */
class MC_HIDDEN Options {
public:
  Options() { pairs_.push_back(nullptr); }

  template <typename String> explicit Options(const std::map<String, String> &options) {
    pairs_.reserve((options.size() * 2U) + 1U);
    for (const auto &option : options) {
      pairs_.push_back(Text(option.first));
      pairs_.push_back(Text(option.second));
    }
    pairs_.push_back(nullptr);
  }

  mc_options get() const { return pairs_.data(); }

private:
  std::vector<const char *> pairs_;
};
} // namespace mc

#endif
