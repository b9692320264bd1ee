/* Texts of data types and formats as GE writes them. */
#ifndef MC_GE_TYPE_TEXT_H
#define MC_GE_TYPE_TEXT_H

#include <cstring>

#include "base/dtype.h"
#include "graph/codec.h"
#include "graph/types.h"

namespace mc {
/* GE calls bfloat16 by its long name here; everything else is the enumerator. */
static const char kBfloat16[] = "DT_BFLOAT16";

static inline const char *DataTypeText(ge::DataType data_type) {
  return (data_type == ge::DT_BF16) ? kBfloat16 : mc_dtype_name(static_cast<int>(data_type));
}

static inline ge::DataType DataTypeFromText(const char *text) {
  for (int dtype = 0; dtype < MC_DTYPE_COUNT; ++dtype) {
    const ge::DataType data_type = static_cast<ge::DataType>(dtype);
    if (strcmp(DataTypeText(data_type), text) == 0) {
      return (strcmp(text, "DT_UNDEFINED") == 0) ? ge::DT_UNDEFINED : data_type;
    }
  }
  return ge::DT_UNDEFINED;
}

static inline const char *FormatText(ge::Format format) { return mc_format_text(static_cast<int>(format)); }

static inline ge::Format FormatFromText(const char *text) {
  return static_cast<ge::Format>(mc_format_from_text(text));
}
}  // namespace mc

#endif
