/* Shared by the two files of the attribute conversion. */
#ifndef MC_GE_CONVERT_ATTR_INNER_H
#define MC_GE_CONVERT_ATTR_INNER_H

#include <limits>

#include "ge/convert/attr.h"

namespace mc {
/* Takes over what *attr owns, under `name`. */
MC_HIDDEN bool Store(mc_attrs *attrs, const char *name, mc_attr *attr);
/* NULL when absent or of another kind. */
MC_HIDDEN const mc_attr *Find(const mc_attrs *attrs, const char *name, mc_attr_kind kind);

template <typename T>
bool Fits(int64_t wide) {
  return (wide >= static_cast<int64_t>(std::numeric_limits<T>::min())) &&
         (wide <= static_cast<int64_t>(std::numeric_limits<T>::max()));
}

/* Integers are stored in 64 bits; a value that does not fit is an error, never cut. */
template <typename T>
bool GetNarrow(const mc_attrs *attrs, const char *name, T &value) {
  int64_t wide = 0;
  if (!GetAttr(attrs, name, wide) || !Fits<T>(wide)) {
    return false;
  }
  value = static_cast<T>(wide);
  return true;
}
}  // namespace mc

#endif
