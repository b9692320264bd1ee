/* ge::TypeUtils, the half over AscendString. */
#include "graph/utils/type_utils.h"

#include "ge/type_text.h"

namespace ge {
AscendString TypeUtils::DataTypeToAscendString(const DataType &data_type) {
  return AscendString(mc::DataTypeText(data_type));
}

DataType TypeUtils::AscendStringToDataType(const AscendString &str) {
  return mc::DataTypeFromText(str.GetString());
}

AscendString TypeUtils::FormatToAscendString(const Format &format) {
  return AscendString(mc::FormatText(format));
}

Format TypeUtils::AscendStringToFormat(const AscendString &str) {
  return mc::FormatFromText(str.GetString());
}

Format TypeUtils::DataFormatToFormat(const AscendString &str) { return mc::FormatFromText(str.GetString()); }
}  // namespace ge
