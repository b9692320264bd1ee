/* The value of one attribute of a graph, a node or a tensor description. */
#ifndef GRAPH_ATTR_VALUE_H_
#define GRAPH_ATTR_VALUE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "graph/ascend_string.h"
#include "graph/error_codes.h"
#include "graph/tensor.h"
#include "graph/types.h"

namespace ge {
class AttrValueImpl;

class AttrValue {
 public:
  using INT = int64_t;
  using FLOAT = float;
  using STR = std::string;

  /* Reads the value as T and converts it to DT. */
  template <typename T, typename DT>
  graphStatus GetValue(DT &val) const {
    T stored;
    const graphStatus status = GetValue(stored);
    if (status == GRAPH_SUCCESS) {
      val = DT(stored);
    }
    return status;
  }

  template <typename T, typename DT>
  static T CreateFrom(DT &&val) {
    return val;
  }

  AttrValue();
  ~AttrValue() = default;
  graphStatus GetValue(AscendString &val);
  graphStatus SetAttrValue(const int64_t &attr_value) const;
  graphStatus GetAttrValue(int64_t &attr_value) const;
  graphStatus SetAttrValue(const float &attr_value) const;
  graphStatus GetAttrValue(float &attr_value) const;
  graphStatus SetAttrValue(const AscendString &attr_value) const;
  graphStatus GetAttrValue(AscendString &attr_value) const;
  graphStatus SetAttrValue(const bool &attr_value) const;
  graphStatus GetAttrValue(bool &attr_value) const;
  graphStatus SetAttrValue(const Tensor &attr_value) const;
  graphStatus GetAttrValue(Tensor &attr_value) const;
  graphStatus SetAttrValue(const std::vector<int64_t> &attr_value) const;
  graphStatus GetAttrValue(std::vector<int64_t> &attr_value) const;
  graphStatus SetAttrValue(const std::vector<float> &attr_value) const;
  graphStatus GetAttrValue(std::vector<float> &attr_value) const;
  graphStatus SetAttrValue(const std::vector<AscendString> &attr_values) const;
  graphStatus GetAttrValue(std::vector<AscendString> &attr_values) const;
  graphStatus SetAttrValue(const std::vector<bool> &attr_value) const;
  graphStatus GetAttrValue(std::vector<bool> &attr_value) const;
  graphStatus SetAttrValue(const std::vector<Tensor> &attr_value) const;
  graphStatus GetAttrValue(std::vector<Tensor> &attr_value) const;
  graphStatus SetAttrValue(const std::vector<std::vector<int64_t>> &attr_value) const;
  graphStatus GetAttrValue(std::vector<std::vector<int64_t>> &attr_value) const;
  graphStatus SetAttrValue(const std::vector<DataType> &attr_value) const;
  graphStatus GetAttrValue(std::vector<DataType> &attr_value) const;
  graphStatus SetAttrValue(const DataType &attr_value) const;
  graphStatus GetAttrValue(DataType &attr_value) const;

  std::shared_ptr<AttrValueImpl> impl;

 private:
  graphStatus GetValue(std::string &val) const;
  graphStatus GetValue(int64_t &val) const;
  graphStatus GetValue(float &val) const;
};
}  // namespace ge

#endif  // GRAPH_ATTR_VALUE_H_
