/* ge::Promote: a list of data type symbols, copied. */
#include <memory>
#include <string>
#include <vector>

#include "graph/types.h"

namespace ge {
namespace {
using Symbols = std::vector<std::string>;
}  // namespace

Promote::Promote(const std::initializer_list<const char_t *> &syms) {
  const std::shared_ptr<Symbols> symbols = std::make_shared<Symbols>();
  for (const char_t *const symbol : syms) {
    if (symbol != nullptr) {
      symbols->emplace_back(symbol);
    }
  }
  data_ = symbols;
}

std::vector<const char_t *> Promote::Syms() const {
  std::vector<const char_t *> result;
  if (data_ != nullptr) {
    for (const std::string &symbol : *static_cast<const Symbols *>(data_.get())) {
      result.push_back(symbol.c_str());
    }
  }
  return result;
}

Promote::Promote(Promote &&other) noexcept = default;
Promote &Promote::operator=(Promote &&other) noexcept = default;
}  // namespace ge
