/* Names of data types and formats, both ways. */
#ifndef GRAPH_UTILS_TYPE_UTILS_H_
#define GRAPH_UTILS_TYPE_UTILS_H_

#include <cstdint>
#include <string>

#include "graph/ascend_string.h"
#include "graph/types.h"

namespace ge {
class TypeUtils {
 public:
  static std::string DataTypeToSerialString(DataType data_type);
  static DataType SerialStringToDataType(const std::string &str);
  static std::string FormatToSerialString(Format format);
  static Format SerialStringToFormat(const std::string &str);
  static Format DataFormatToFormat(const std::string &str);
  static bool GetDataTypeLength(DataType data_type, uint32_t &length);
  static AscendString DataTypeToAscendString(const DataType &data_type);
  static DataType AscendStringToDataType(const AscendString &str);
  static AscendString FormatToAscendString(const Format &format);
  static Format AscendStringToFormat(const AscendString &str);
  static Format DataFormatToFormat(const AscendString &str);
};
}  // namespace ge

#endif  // GRAPH_UTILS_TYPE_UTILS_H_
