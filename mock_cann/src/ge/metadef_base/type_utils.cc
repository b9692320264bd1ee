/* ge::TypeUtils, the half over std::string, and the sizes of types. */
#include "graph/utils/type_utils.h"

#include "ge/type_text.h"

namespace ge {
std::string TypeUtils::DataTypeToSerialString(DataType data_type) { return mc::DataTypeText(data_type); }

DataType TypeUtils::SerialStringToDataType(const std::string &str) {
  return mc::DataTypeFromText(str.c_str());
}

std::string TypeUtils::FormatToSerialString(Format format) { return mc::FormatText(format); }

Format TypeUtils::SerialStringToFormat(const std::string &str) { return mc::FormatFromText(str.c_str()); }

Format TypeUtils::DataFormatToFormat(const std::string &str) { return mc::FormatFromText(str.c_str()); }

bool TypeUtils::GetDataTypeLength(DataType data_type, uint32_t &length) {
  const int size = GetSizeByDataType(data_type);
  if ((size <= 0) || (size > kDataTypeSizeBitOffset)) {
    return false;
  }
  length = static_cast<uint32_t>(size);
  return true;
}

const char_t *GetFormatName(Format format) { return mc::FormatText(format); }

int64_t GetSizeInBytes(int64_t element_count, DataType data_type) {
  const int size = GetSizeByDataType(data_type);
  int64_t bytes = 0;
  if ((element_count < 0) || (size < 0)) {
    return -1;
  }
  if (size < kDataTypeSizeBitOffset) {
    return __builtin_mul_overflow(element_count, size, &bytes) ? -1 : bytes;
  }
  if (__builtin_mul_overflow(element_count, size - kDataTypeSizeBitOffset, &bytes)) {
    return -1;
  }
  return (bytes / kBitNumOfOneByte) + ((bytes % kBitNumOfOneByte == 0) ? 0 : 1);
}
}  // namespace ge
