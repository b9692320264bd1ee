/* ge::Graph: built node by node or from operators, loaded from and saved to GE IR. Copies share one body. */
#ifndef GRAPH_GRAPH_H_
#define GRAPH_GRAPH_H_

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graph/ascend_string.h"
#include "graph/error_codes.h"
#include "graph/gnode.h"
#include "graph/graph_buffer.h"
#include "graph/operator.h"

namespace ge {
class Graph;
class GraphImpl;

using GraphImplPtr = std::shared_ptr<GraphImpl>;
using GraphPtr = std::shared_ptr<Graph>;
using ConstGraphPtr = std::shared_ptr<const Graph>;

class Graph {
 public:
  enum class DumpFormat : uint32_t { kOnnx = 0, kTxt = 1, kReadable = 2 };

  explicit Graph(const std::string &name);
  explicit Graph(const char_t *name);
  Graph() = default;
  ~Graph() = default;
  Graph &SetInputs(const std::vector<Operator> &inputs);
  Graph &SetOutputs(const std::vector<Operator> &outputs);
  graphStatus SetOutputs(const std::vector<std::pair<GNode, int32_t>> &outputs);
  Graph &SetOutputs(const std::vector<std::pair<Operator, std::vector<size_t>>> &output_indexs);
  Graph &SetOutputs(const std::vector<std::pair<Operator, std::string>> &outputs);
  Graph &SetOutputs(const std::vector<std::pair<Operator, AscendString>> &outputs);
  Graph &SetTargets(const std::vector<Operator> &targets);
  bool IsValid() const;
  graphStatus SetValid();
  graphStatus AddOp(const Operator &op);
  graphStatus FindOpByName(const std::string &name, Operator &op) const;
  graphStatus FindOpByName(const char_t *name, Operator &op) const;
  graphStatus FindOpByType(const std::string &type, std::vector<Operator> &ops) const;
  graphStatus FindOpByType(const char_t *type, std::vector<Operator> &ops) const;
  graphStatus GetAllOpName(std::vector<std::string> &op_name) const;
  graphStatus GetAllOpName(std::vector<AscendString> &names) const;
  graphStatus SaveToFile(const std::string &file_name) const;
  graphStatus SaveToFile(const char_t *file_name) const;
  graphStatus LoadFromFile(const std::string &file_name);
  graphStatus LoadFromFile(const char_t *file_name);
  graphStatus LoadFromSerializedModelArray(const void *serialized_model, size_t size);
  graphStatus SaveToMem(GraphBuffer &graph_buffer) const;
  graphStatus LoadFromMem(const GraphBuffer &graph_buffer);
  graphStatus LoadFromMem(const uint8_t *data, uint64_t len);
  const std::string &GetName() const;
  graphStatus GetName(AscendString &name) const;
  void SetNeedIteration(bool need_iteration);
  std::vector<GNode> GetAllNodes() const;
  std::vector<GraphPtr> GetAllSubgraphs() const;
  GraphPtr GetSubGraph(const char_t *name) const;
  graphStatus AddSubGraph(const Graph &subgraph);
  graphStatus RemoveSubgraph(const char_t *name);
  std::vector<GNode> GetDirectNode() const;
  graphStatus RemoveNode(GNode &node);
  graphStatus RemoveNode(GNode &node, bool contain_subgraph);
  graphStatus RemoveEdge(GNode &src_node, int32_t src_port_index, GNode &dst_node, int32_t dst_port_index);
  GNode AddNodeByOp(const Operator &op);
  graphStatus AddDataEdge(GNode &src_node, int32_t src_port_index, GNode &dst_node, int32_t dst_port_index);
  graphStatus AddControlEdge(GNode &src_node, GNode &dst_node);
  graphStatus CopyFrom(const Graph &src_graph);
  GNodePtr FindNodeByName(const AscendString &node_name) const;
  ConstGraphPtr GetParentGraph() const;
  GNodePtr GetParentNode() const;
  static GraphPtr ConstructFromInputs(const std::vector<Operator> &inputs, const AscendString &name);
  graphStatus SetAttr(const AscendString &name, const AttrValue &attr_value);
  graphStatus GetAttr(const AscendString &name, AttrValue &attr_value) const;
  graphStatus Dump(Graph::DumpFormat format, std::ostream &o_stream) const;
  graphStatus DumpToFile(Graph::DumpFormat format, const AscendString &suffix) const;

 private:
  friend class GraphUtilsEx;
  std::shared_ptr<GraphImpl> impl_;
};
}  // namespace ge

#endif  // GRAPH_GRAPH_H_
