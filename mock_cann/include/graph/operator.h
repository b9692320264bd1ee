/* ge::Operator: one operator of a graph under construction - its type, name, inputs, outputs and attributes.
 * The registration members (protected) are what operator prototypes call from their constructors. */
#ifndef GRAPH_OPERATOR_H_
#define GRAPH_OPERATOR_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/ascend_string.h"
#include "graph/error_codes.h"
#include "graph/gnode.h"
#include "graph/inference_context.h"
#include "graph/tensor.h"
#include "graph/types.h"

namespace ge {
class AttrValue;
class Graph;
class NamedAttrs;
class Node;
class OpIO;
class Operator;
class OperatorImpl;

using SubgraphBuilder = std::function<Graph()>;
using OperatorImplPtr = std::shared_ptr<OperatorImpl>;
using OperatorPtr = std::shared_ptr<Operator>;
using OutHandler = std::shared_ptr<OpIO>;
using InHandler = std::shared_ptr<OpIO>;

class Operator {
 public:
  using OpInt = int64_t;
  using OpFloat = float32_t;
  using OpString = std::string;
  using OpAscendString = AscendString;
  using OpBool = bool;
  using OpTensor = Tensor;
  using OpType = ge::DataType;
  using OpNamedAttrs = ge::NamedAttrs;
  using OpListInt = std::vector<int64_t>;
  using OpListFloat = std::vector<float32_t>;
  using OpListString = std::vector<std::string>;
  using OpListAcendString = std::vector<AscendString>;
  using OpListAscendString = OpListAcendString;
  using OpListBool = std::vector<bool>;
  using OpListTensor = std::vector<Tensor>;
  using OpBytes = std::vector<uint8_t>;
  using OpListListInt = std::vector<std::vector<int64_t>>;
  using OpListType = std::vector<ge::DataType>;
  using OpListNamedAttrs = std::vector<ge::NamedAttrs>;

  Operator() {}
  explicit Operator(const std::string &type);
  explicit Operator(const char_t *type);
  Operator(const std::string &name, const std::string &type);
  Operator(const AscendString &name, const AscendString &type);
  Operator(const char_t *name, const char_t *type);
  virtual ~Operator() noexcept = default;
  bool IsEmpty() const;
  std::string GetName() const;
  graphStatus GetName(AscendString &name) const;
  std::string GetOpType() const;
  graphStatus GetOpType(AscendString &type) const;
  Operator &SetInput(const std::string &dst_name, const Operator &src_oprt);
  Operator &SetInput(const char_t *dst_name, const Operator &src_oprt);
  Operator &SetInput(const std::string &dst_name, const Operator &src_oprt, const std::string &name);
  Operator &SetInput(const char_t *dst_name, const Operator &src_oprt, const char_t *name);
  Operator &SetInput(const std::string &dst_name, const Operator &src_oprt, uint32_t index);
  Operator &SetInput(const char_t *dst_name, const Operator &src_oprt, uint32_t index);
  Operator &SetInput(uint32_t dst_index, const Operator &src_oprt, uint32_t src_index);
  Operator &AddControlInput(const Operator &src_oprt);
  graphStatus GetInputConstData(const std::string &dst_name, Tensor &data) const;
  graphStatus GetInputConstData(const char_t *dst_name, Tensor &data) const;
  TensorDesc GetInputDesc(const std::string &name) const;
  TensorDesc GetInputDescByName(const char_t *name) const;
  TensorDesc GetInputDesc(uint32_t index) const;
  int32_t GetDynamicOutputNum(const std::string &name) const;
  int32_t GetDynamicOutputNum(const char_t *name) const;
  int32_t GetDynamicInputNum(const std::string &name) const;
  int32_t GetDynamicInputNum(const char_t *name) const;
  graphStatus TryGetInputDesc(const std::string &name, TensorDesc &tensor_desc) const;
  graphStatus TryGetInputDesc(const char_t *name, TensorDesc &tensor_desc) const;
  graphStatus UpdateInputDesc(const std::string &name, const TensorDesc &tensor_desc);
  graphStatus UpdateInputDesc(const char_t *name, const TensorDesc &tensor_desc);
  TensorDesc GetOutputDesc(const std::string &name) const;
  TensorDesc GetOutputDescByName(const char_t *name) const;
  TensorDesc GetOutputDesc(uint32_t index) const;
  graphStatus UpdateOutputDesc(const std::string &name, const TensorDesc &tensor_desc);
  graphStatus UpdateOutputDesc(const char_t *name, const TensorDesc &tensor_desc);
  TensorDesc GetDynamicInputDesc(const std::string &name, uint32_t index) const;
  TensorDesc GetDynamicInputDesc(const char_t *name, uint32_t index) const;
  graphStatus UpdateDynamicInputDesc(const std::string &name, uint32_t index, const TensorDesc &tensor_desc);
  graphStatus UpdateDynamicInputDesc(const char_t *name, uint32_t index, const TensorDesc &tensor_desc);
  TensorDesc GetDynamicOutputDesc(const std::string &name, uint32_t index) const;
  TensorDesc GetDynamicOutputDesc(const char_t *name, uint32_t index) const;
  graphStatus UpdateDynamicOutputDesc(const std::string &name, uint32_t index, const TensorDesc &tensor_desc);
  graphStatus UpdateDynamicOutputDesc(const char_t *name, uint32_t index, const TensorDesc &tensor_desc);
  graphStatus InferShapeAndType();
  void SetInferenceContext(const InferenceContextPtr &inference_context);
  InferenceContextPtr GetInferenceContext() const;
  graphStatus VerifyAllAttr(bool disable_common_verifier = false);
  size_t GetInputsSize() const;
  size_t GetOutputsSize() const;
  const std::map<std::string, std::string> GetAllAttrNamesAndTypes() const;
  graphStatus GetAllAttrNamesAndTypes(std::map<AscendString, AscendString> &attr_name_types) const;
  graphStatus GetAllIrAttrNamesAndTypes(std::map<AscendString, AscendString> &attr_name_types) const;
  Operator &SetAttr(const std::string &name, int64_t attr_value);
  Operator &SetAttr(const std::string &name, int32_t attr_value);
  Operator &SetAttr(const std::string &name, uint32_t attr_value);
  graphStatus GetAttr(const std::string &name, int64_t &attr_value) const;
  graphStatus GetAttr(const std::string &name, int32_t &attr_value) const;
  graphStatus GetAttr(const std::string &name, uint32_t &attr_value) const;
  Operator &SetAttr(const std::string &name, const std::vector<int64_t> &attr_value);
  Operator &SetAttr(const std::string &name, const std::vector<int32_t> &attr_value);
  Operator &SetAttr(const std::string &name, const std::vector<uint32_t> &attr_value);
  Operator &SetAttr(const std::string &name, std::initializer_list<int64_t> &&attr_value);
  graphStatus GetAttr(const std::string &name, std::vector<int64_t> &attr_value) const;
  graphStatus GetAttr(const std::string &name, std::vector<int32_t> &attr_value) const;
  graphStatus GetAttr(const std::string &name, std::vector<uint32_t> &attr_value) const;
  Operator &SetAttr(const std::string &name, float attr_value);
  graphStatus GetAttr(const std::string &name, float &attr_value) const;
  Operator &SetAttr(const std::string &name, const std::vector<float> &attr_value);
  graphStatus GetAttr(const std::string &name, std::vector<float> &attr_value) const;
  Operator &SetAttr(const std::string &name, AttrValue &&attr_value);
  graphStatus GetAttr(const std::string &name, AttrValue &attr_value) const;
  Operator &SetAttr(const std::string &name, const std::string &attr_value);
  graphStatus GetAttr(const std::string &name, std::string &attr_value) const;
  Operator &SetAttr(const std::string &name, const std::vector<std::string> &attr_value);
  graphStatus GetAttr(const std::string &name, std::vector<std::string> &attr_value) const;
  Operator &SetAttr(const std::string &name, bool attr_value);
  graphStatus GetAttr(const std::string &name, bool &attr_value) const;
  Operator &SetAttr(const std::string &name, const std::vector<bool> &attr_value);
  graphStatus GetAttr(const std::string &name, std::vector<bool> &attr_value) const;
  Operator &SetAttr(const std::string &name, const Tensor &attr_value);
  graphStatus GetAttr(const std::string &name, Tensor &attr_value) const;
  Operator &SetAttr(const std::string &name, const std::vector<Tensor> &attr_value);
  graphStatus GetAttr(const std::string &name, std::vector<Tensor> &attr_value) const;
  Operator &SetAttr(const std::string &name, const std::vector<uint8_t> &attr_value);
  graphStatus GetAttr(const std::string &name, std::vector<uint8_t> &attr_value) const;
  Operator &SetAttr(const std::string &name, const std::vector<std::vector<int64_t>> &attr_value);
  graphStatus GetAttr(const std::string &name, std::vector<std::vector<int64_t>> &attr_value) const;
  Operator &SetAttr(const std::string &name, const std::vector<DataType> &attr_value);
  graphStatus GetAttr(const std::string &name, std::vector<DataType> &attr_value) const;
  Operator &SetAttr(const std::string &name, const DataType &attr_value);
  graphStatus GetAttr(const std::string &name, DataType &attr_value) const;
  Operator &SetAttr(const std::string &name, const NamedAttrs &attr_value);
  graphStatus GetAttr(const std::string &name, NamedAttrs &attr_value) const;
  Operator &SetAttr(const std::string &name, const std::vector<NamedAttrs> &attr_value);
  graphStatus GetAttr(const std::string &name, std::vector<NamedAttrs> &attr_value) const;
  Operator &SetAttr(const char_t *name, int64_t attr_value);
  Operator &SetAttr(const char_t *name, int32_t attr_value);
  Operator &SetAttr(const char_t *name, uint32_t attr_value);
  graphStatus GetAttr(const char_t *name, int64_t &attr_value) const;
  graphStatus GetAttr(const char_t *name, int32_t &attr_value) const;
  graphStatus GetAttr(const char_t *name, uint32_t &attr_value) const;
  Operator &SetAttr(const char_t *name, const std::vector<int64_t> &attr_value);
  Operator &SetAttr(const char_t *name, const std::vector<int32_t> &attr_value);
  Operator &SetAttr(const char_t *name, const std::vector<uint32_t> &attr_value);
  Operator &SetAttr(const char_t *name, std::initializer_list<int64_t> &&attr_value);
  graphStatus GetAttr(const char_t *name, std::vector<int64_t> &attr_value) const;
  graphStatus GetAttr(const char_t *name, std::vector<int32_t> &attr_value) const;
  graphStatus GetAttr(const char_t *name, std::vector<uint32_t> &attr_value) const;
  Operator &SetAttr(const char_t *name, float attr_value);
  graphStatus GetAttr(const char_t *name, float &attr_value) const;
  Operator &SetAttr(const char_t *name, const std::vector<float> &attr_value);
  graphStatus GetAttr(const char_t *name, std::vector<float> &attr_value) const;
  Operator &SetAttr(const char_t *name, AttrValue &&attr_value);
  Operator &SetAttr(const char_t *name, const AttrValue &attr_value);
  graphStatus GetAttr(const char_t *name, AttrValue &attr_value) const;
  Operator &SetAttr(const char_t *name, const char_t *attr_value);
  Operator &SetAttr(const char_t *name, const AscendString &attr_value);
  graphStatus GetAttr(const char_t *name, AscendString &attr_value) const;
  Operator &SetAttr(const char_t *name, const std::vector<AscendString> &attr_values);
  graphStatus GetAttr(const char_t *name, std::vector<AscendString> &attr_values) const;
  Operator &SetAttr(const char_t *name, bool attr_value);
  graphStatus GetAttr(const char_t *name, bool &attr_value) const;
  Operator &SetAttr(const char_t *name, const std::vector<bool> &attr_value);
  graphStatus GetAttr(const char_t *name, std::vector<bool> &attr_value) const;
  Operator &SetAttr(const char_t *name, const Tensor &attr_value);
  graphStatus GetAttr(const char_t *name, Tensor &attr_value) const;
  Operator &SetAttr(const char_t *name, const std::vector<Tensor> &attr_value);
  graphStatus GetAttr(const char_t *name, std::vector<Tensor> &attr_value) const;
  Operator &SetAttr(const char_t *name, const std::vector<uint8_t> &attr_value);
  graphStatus GetAttr(const char_t *name, std::vector<uint8_t> &attr_value) const;
  Operator &SetAttr(const char_t *name, const std::vector<std::vector<int64_t>> &attr_value);
  graphStatus GetAttr(const char_t *name, std::vector<std::vector<int64_t>> &attr_value) const;
  Operator &SetAttr(const char_t *name, const std::vector<DataType> &attr_value);
  graphStatus GetAttr(const char_t *name, std::vector<DataType> &attr_value) const;
  Operator &SetAttr(const char_t *name, const DataType &attr_value);
  graphStatus GetAttr(const char_t *name, DataType &attr_value) const;
  Operator &SetAttr(const char_t *name, const NamedAttrs &attr_value);
  graphStatus GetAttr(const char_t *name, NamedAttrs &attr_value) const;
  Operator &SetAttr(const char_t *name, const std::vector<NamedAttrs> &attr_value);
  graphStatus GetAttr(const char_t *name, std::vector<NamedAttrs> &attr_value) const;
  void BreakConnect() const;
  size_t GetSubgraphNamesCount() const;
  std::vector<std::string> GetSubgraphNames() const;
  graphStatus GetSubgraphNames(std::vector<AscendString> &names) const;
  SubgraphBuilder GetSubgraphBuilder(const std::string &name) const;
  SubgraphBuilder GetSubgraphBuilder(const char_t *name) const;
  Graph GetSubgraph(const std::string &name) const;
  Graph GetSubgraph(const char_t *name) const;
  SubgraphBuilder GetDynamicSubgraphBuilder(const std::string &name, uint32_t index) const;
  SubgraphBuilder GetDynamicSubgraphBuilder(const char_t *name, uint32_t index) const;
  Graph GetDynamicSubgraph(const std::string &name, uint32_t index) const;
  Graph GetDynamicSubgraph(const char_t *name, uint32_t index) const;
  Operator &SetInputAttr(int32_t index, const char_t *name, const char_t *attr_value);
  Operator &SetOutputAttr(int32_t index, const char_t *name, const char_t *attr_value);
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name, const char_t *attr_value);
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name, const char_t *attr_value);
  Operator &SetInputAttr(int32_t index, const char_t *name, const AscendString &attr_value);
  graphStatus GetInputAttr(int32_t index, const char_t *name, AscendString &attr_value) const;
  Operator &SetOutputAttr(int32_t index, const char_t *name, const AscendString &attr_value);
  graphStatus GetOutputAttr(int32_t index, const char_t *name, AscendString &attr_value) const;
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name, const AscendString &attr_value);
  graphStatus GetInputAttr(const char_t *dst_name, const char_t *name, AscendString &attr_value) const;
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name, const AscendString &attr_value);
  graphStatus GetOutputAttr(const char_t *dst_name, const char_t *name, AscendString &attr_value) const;
  Operator &SetInputAttr(int32_t index, const char_t *name, int64_t attr_value);
  graphStatus GetInputAttr(int32_t index, const char_t *name, int64_t &attr_value) const;
  Operator &SetOutputAttr(int32_t index, const char_t *name, int64_t attr_value);
  graphStatus GetOutputAttr(int32_t index, const char_t *name, int64_t &attr_value) const;
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name, int64_t attr_value);
  graphStatus GetInputAttr(const char_t *dst_name, const char_t *name, int64_t &attr_value) const;
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name, int64_t attr_value);
  graphStatus GetOutputAttr(const char_t *dst_name, const char_t *name, int64_t &attr_value) const;
  Operator &SetInputAttr(int32_t index, const char_t *name, int32_t attr_value);
  graphStatus GetInputAttr(int32_t index, const char_t *name, int32_t &attr_value) const;
  Operator &SetOutputAttr(int32_t index, const char_t *name, int32_t attr_value);
  graphStatus GetOutputAttr(int32_t index, const char_t *name, int32_t &attr_value) const;
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name, int32_t attr_value);
  graphStatus GetInputAttr(const char_t *dst_name, const char_t *name, int32_t &attr_value) const;
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name, int32_t attr_value);
  graphStatus GetOutputAttr(const char_t *dst_name, const char_t *name, int32_t &attr_value) const;
  Operator &SetInputAttr(int32_t index, const char_t *name, uint32_t attr_value);
  graphStatus GetInputAttr(int32_t index, const char_t *name, uint32_t &attr_value) const;
  Operator &SetOutputAttr(int32_t index, const char_t *name, uint32_t attr_value);
  graphStatus GetOutputAttr(int32_t index, const char_t *name, uint32_t &attr_value) const;
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name, uint32_t attr_value);
  graphStatus GetInputAttr(const char_t *dst_name, const char_t *name, uint32_t &attr_value) const;
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name, uint32_t attr_value);
  graphStatus GetOutputAttr(const char_t *dst_name, const char_t *name, uint32_t &attr_value) const;
  Operator &SetInputAttr(int32_t index, const char_t *name, bool attr_value);
  graphStatus GetInputAttr(int32_t index, const char_t *name, bool &attr_value) const;
  Operator &SetOutputAttr(int32_t index, const char_t *name, bool attr_value);
  graphStatus GetOutputAttr(int32_t index, const char_t *name, bool &attr_value) const;
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name, bool attr_value);
  graphStatus GetInputAttr(const char_t *dst_name, const char_t *name, bool &attr_value) const;
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name, bool attr_value);
  graphStatus GetOutputAttr(const char_t *dst_name, const char_t *name, bool &attr_value) const;
  Operator &SetInputAttr(int32_t index, const char_t *name, float attr_value);
  graphStatus GetInputAttr(int32_t index, const char_t *name, float &attr_value) const;
  Operator &SetOutputAttr(int32_t index, const char_t *name, float attr_value);
  graphStatus GetOutputAttr(int32_t index, const char_t *name, float &attr_value) const;
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name, float attr_value);
  graphStatus GetInputAttr(const char_t *dst_name, const char_t *name, float &attr_value) const;
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name, float attr_value);
  graphStatus GetOutputAttr(const char_t *dst_name, const char_t *name, float &attr_value) const;
  Operator &SetInputAttr(int32_t index, const char_t *name, const std::vector<AscendString> &attr_value);
  graphStatus GetInputAttr(int32_t index, const char_t *name, std::vector<AscendString> &attr_value) const;
  Operator &SetOutputAttr(int32_t index, const char_t *name, const std::vector<AscendString> &attr_value);
  graphStatus GetOutputAttr(int32_t index, const char_t *name, std::vector<AscendString> &attr_value) const;
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name,
                         const std::vector<AscendString> &attr_value);
  graphStatus GetInputAttr(const char_t *dst_name, const char_t *name,
                           std::vector<AscendString> &attr_value) const;
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name,
                          const std::vector<AscendString> &attr_value);
  graphStatus GetOutputAttr(const char_t *dst_name, const char_t *name,
                            std::vector<AscendString> &attr_value) const;
  Operator &SetInputAttr(int32_t index, const char_t *name, const std::vector<int64_t> &attr_value);
  graphStatus GetInputAttr(int32_t index, const char_t *name, std::vector<int64_t> &attr_value) const;
  Operator &SetOutputAttr(int32_t index, const char_t *name, const std::vector<int64_t> &attr_value);
  graphStatus GetOutputAttr(int32_t index, const char_t *name, std::vector<int64_t> &attr_value) const;
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name, const std::vector<int64_t> &attr_value);
  graphStatus GetInputAttr(const char_t *dst_name, const char_t *name,
                           std::vector<int64_t> &attr_value) const;
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name, const std::vector<int64_t> &attr_value);
  graphStatus GetOutputAttr(const char_t *dst_name, const char_t *name,
                            std::vector<int64_t> &attr_value) const;
  Operator &SetInputAttr(int32_t index, const char_t *name, const std::vector<int32_t> &attr_value);
  graphStatus GetInputAttr(int32_t index, const char_t *name, std::vector<int32_t> &attr_value) const;
  Operator &SetOutputAttr(int32_t index, const char_t *name, const std::vector<int32_t> &attr_value);
  graphStatus GetOutputAttr(int32_t index, const char_t *name, std::vector<int32_t> &attr_value) const;
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name, const std::vector<int32_t> &attr_value);
  graphStatus GetInputAttr(const char_t *dst_name, const char_t *name,
                           std::vector<int32_t> &attr_value) const;
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name, const std::vector<int32_t> &attr_value);
  graphStatus GetOutputAttr(const char_t *dst_name, const char_t *name,
                            std::vector<int32_t> &attr_value) const;
  Operator &SetInputAttr(int32_t index, const char_t *name, const std::vector<uint32_t> &attr_value);
  graphStatus GetInputAttr(int32_t index, const char_t *name, std::vector<uint32_t> &attr_value) const;
  Operator &SetOutputAttr(int32_t index, const char_t *name, const std::vector<uint32_t> &attr_value);
  graphStatus GetOutputAttr(int32_t index, const char_t *name, std::vector<uint32_t> &attr_value) const;
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name, const std::vector<uint32_t> &attr_value);
  graphStatus GetInputAttr(const char_t *dst_name, const char_t *name,
                           std::vector<uint32_t> &attr_value) const;
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name,
                          const std::vector<uint32_t> &attr_value);
  graphStatus GetOutputAttr(const char_t *dst_name, const char_t *name,
                            std::vector<uint32_t> &attr_value) const;
  Operator &SetInputAttr(int32_t index, const char_t *name, const std::vector<bool> &attr_value);
  graphStatus GetInputAttr(int32_t index, const char_t *name, std::vector<bool> &attr_value) const;
  Operator &SetOutputAttr(int32_t index, const char_t *name, const std::vector<bool> &attr_value);
  graphStatus GetOutputAttr(int32_t index, const char_t *name, std::vector<bool> &attr_value) const;
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name, const std::vector<bool> &attr_value);
  graphStatus GetInputAttr(const char_t *dst_name, const char_t *name, std::vector<bool> &attr_value) const;
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name, const std::vector<bool> &attr_value);
  graphStatus GetOutputAttr(const char_t *dst_name, const char_t *name, std::vector<bool> &attr_value) const;
  Operator &SetInputAttr(int32_t index, const char_t *name, const std::vector<float> &attr_value);
  graphStatus GetInputAttr(int32_t index, const char_t *name, std::vector<float> &attr_value) const;
  Operator &SetOutputAttr(int32_t index, const char_t *name, const std::vector<float> &attr_value);
  graphStatus GetOutputAttr(int32_t index, const char_t *name, std::vector<float> &attr_value) const;
  Operator &SetInputAttr(const char_t *dst_name, const char_t *name, const std::vector<float> &attr_value);
  graphStatus GetInputAttr(const char_t *dst_name, const char_t *name, std::vector<float> &attr_value) const;
  Operator &SetOutputAttr(const char_t *dst_name, const char_t *name, const std::vector<float> &attr_value);
  graphStatus GetOutputAttr(const char_t *dst_name, const char_t *name, std::vector<float> &attr_value) const;
  Operator &SetInput(const char_t *dst_name, uint32_t dst_index, const Operator &src_oprt,
                     const char_t *name);
  Operator &SetInput(const char_t *dst_name, uint32_t dst_index, const Operator &src_oprt);
  void DynamicInputRegister(const char_t *name, uint32_t num, bool is_push_back = true);
  void DynamicInputRegister(const char_t *name, uint32_t num, const char_t *datatype_symbol,
                            bool is_push_back = true);
  void DynamicInputRegisterByIndex(const char_t *name, uint32_t num, size_t index);
  void DynamicOutputRegister(const char_t *name, uint32_t num, bool is_push_back = true);
  void DynamicOutputRegister(const char_t *name, uint32_t num, const char_t *datatype_symbol,
                             bool is_push_back = true);
  void SubgraphCountRegister(const char_t *ir_name, uint32_t count);
  void SetSubgraphBuilder(const char_t *ir_name, uint32_t index, const SubgraphBuilder &builder);
  graphStatus UpdateInputDesc(uint32_t index, const TensorDesc &tensor_desc);
  graphStatus UpdateOutputDesc(uint32_t index, const TensorDesc &tensor_desc);
  void AttrRegister(const char_t *name, const AttrValue &attr_value);
  graphStatus SetSubgraphInstanceName(uint32_t index, const char_t *name);

 protected:
  void AttrRegister(const std::string &name, float attr_value);
  void AttrRegister(const std::string &name, const std::vector<float> &attr_value);
  void AttrRegister(const std::string &name, int64_t attr_value);
  void AttrRegister(const std::string &name, const std::vector<int64_t> &attr_value);
  void AttrRegister(const std::string &name, const std::string &attr_value);
  void AttrRegister(const std::string &name, const std::vector<std::string> &attr_value);
  void AttrRegister(const std::string &name, bool attr_value);
  void AttrRegister(const std::string &name, const std::vector<bool> &attr_value);
  void AttrRegister(const std::string &name, const Tensor &attr_value);
  void AttrRegister(const std::string &name, const std::vector<Tensor> &attr_value);
  void AttrRegister(const std::string &name, const std::vector<uint8_t> &attr_value);
  void AttrRegister(const std::string &name, const std::vector<std::vector<int64_t>> &attr_value);
  void AttrRegister(const std::string &name, const std::vector<DataType> &attr_value);
  void AttrRegister(const std::string &name, const DataType &attr_value);
  void AttrRegister(const std::string &name, const NamedAttrs &attr_value);
  void AttrRegister(const std::string &name, const std::vector<NamedAttrs> &attr_value);
  void AttrRegister(const std::string &name, const AscendString &attr_value);
  void AttrRegister(const std::string &name, const std::vector<AscendString> &attr_value);
  void AttrRegister(const char_t *name, float attr_value);
  void AttrRegister(const char_t *name, const std::vector<float> &attr_value);
  void AttrRegister(const char_t *name, int64_t attr_value);
  void AttrRegister(const char_t *name, const std::vector<int64_t> &attr_value);
  void AttrRegister(const char_t *name, const char_t *attr_value);
  void AttrRegister(const char_t *name, bool attr_value);
  void AttrRegister(const char_t *name, const std::vector<bool> &attr_value);
  void AttrRegister(const char_t *name, const Tensor &attr_value);
  void AttrRegister(const char_t *name, const std::vector<Tensor> &attr_value);
  void AttrRegister(const char_t *name, const std::vector<uint8_t> &attr_value);
  void AttrRegister(const char_t *name, const std::vector<std::vector<int64_t>> &attr_value);
  void AttrRegister(const char_t *name, const std::vector<DataType> &attr_value);
  void AttrRegister(const char_t *name, const DataType &attr_value);
  void AttrRegister(const char_t *name, const NamedAttrs &attr_value);
  void AttrRegister(const char_t *name, const std::vector<NamedAttrs> &attr_value);
  void AttrRegister(const char_t *name, const AscendString &attr_value);
  void AttrRegister(const char_t *name, const std::vector<AscendString> &attr_value);
  Operator(OperatorImplPtr &&op_impl);
  void InputRegister(const std::string &name);
  void InputRegister(const char_t *name);
  void InputRegister(const char_t *name, const char_t *datatype_symbol);
  void OptionalInputRegister(const std::string &name);
  void OptionalInputRegister(const char_t *name);
  void OptionalInputRegister(const char_t *name, const char_t *datatype_symbol);
  void InferFuncRegister(const std::function<graphStatus(Operator &)> &func);
  void VerifierFuncRegister(const std::function<graphStatus(Operator &)> &func);
  void InferFormatFuncRegister(const std::function<graphStatus(Operator &)> &func);
  void OutputRegister(const std::string &name);
  void OutputRegister(const char_t *name);
  void OutputRegister(const char_t *name, const char_t *datatype_symbol);
  void DynamicInputRegister(const std::string &name, uint32_t num, bool is_push_back = true);
  void DynamicInputRegisterByIndex(const std::string &name, uint32_t num, size_t index);
  void DynamicOutputRegister(const std::string &name, uint32_t num, bool is_push_back = true);
  void RequiredAttrRegister(const std::string &name);
  void RequiredAttrRegister(const char_t *name);
  void RequiredAttrWithTypeRegister(const char_t *name, const char_t *type);
  void DataTypeRegister(const char_t *datatype_symbol, const TensorType &type_range);
  void DataTypeRegister(const char_t *datatype_symbol, const ListTensorType &list_type_range);
  void DataTypeRegister(const char_t *datatype_symbol, const Promote &promote_rule);
  graphStatus VerifyAll();
  Operator &SetInput(const std::string &dst_name, uint32_t dst_index, const Operator &src_oprt);
  Operator &SetInput(const std::string &dst_name, uint32_t dst_index, const Operator &src_oprt,
                     const std::string &name);
  void SubgraphRegister(const std::string &ir_name, bool dynamic);
  void SubgraphRegister(const char_t *ir_name, bool dynamic);
  void SubgraphCountRegister(const std::string &ir_name, uint32_t count);
  void SetSubgraphBuilder(const std::string &ir_name, uint32_t index, const SubgraphBuilder &builder);
  Graph GetSubgraphImpl(const std::string &name) const;
  Graph GetSubgraphImpl(const char_t *name) const;

 private:
  Operator &SetInput(const std::string &dst_name, const OutHandler &out_handler);
  Operator &SetInput(const char_t *dst_name, const OutHandler &out_handler);
  OutHandler GetOutput(const std::string &name) const;
  OutHandler GetOutput(const char_t *name) const;
  OutHandler GetOutput(uint32_t index) const;
  OperatorImplPtr GetOperatorImplPtr() const;
  graphStatus GetInputConstDataOut(const std::string &dst_name, Tensor &data) const;
  graphStatus GetInputConstDataOut(const char_t *dst_name, Tensor &data) const;
  std::shared_ptr<const Node> GetNode() const;
  friend class OperatorImpl;
  friend class OpDescUtils;

  OperatorImplPtr operator_impl_;
};
}  // namespace ge

#endif  // GRAPH_OPERATOR_H_
