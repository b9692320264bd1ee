/* ge::Graph and ge::GNode: loading, saving, copies, editing. The bytes of the first graph are put together
 * here from the description of the format. */
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "check.h"
#include "graph/graph.h"

using ge::AscendString;
using ge::GNode;
using ge::Graph;

/* Just enough protobuf: a length-delimited field, and a number. */
static std::string Field(int number, const std::string &bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) +
         std::string(1, static_cast<char>(bytes.size())) + bytes;
}

static std::string Number(int number, int value) {
  return std::string(1, static_cast<char>(number << 3)) + std::string(1, static_cast<char>(value));
}

/* OpDef: name 1, type 2, input 5, attr 10, input_desc 33 and output_desc 34 (two-byte tags). */
static std::string Wide(int number, const std::string &bytes) {
  const int tag = number << 3 | 2;
  return std::string(1, static_cast<char>((tag & 0x7f) | 0x80)) +
         std::string(1, static_cast<char>(tag >> 7)) + std::string(1, static_cast<char>(bytes.size())) +
         bytes;
}

static std::string Desc() {
  const std::string dims("\x02\x03", 2);
  return Number(2, 2) + Field(3, Field(1, dims)) + Field(4, "NCHW"); /* float16 in proto numbers */
}

static std::string Model() {
  const std::string index = Field(10, Field(1, "index") + Field(2, Number(3, 5)));
  const std::string x =
      Field(1, "x") + Field(2, "Data") + Field(5, "") + index + Wide(33, Desc()) + Wide(34, Desc());
  const std::string y =
      Field(1, "y") + Field(2, "Relu") + Field(5, "x:0") + Wide(33, Desc()) + Wide(34, Desc());
  return Field(7, Field(1, "hand") + Field(5, "y:0") + Field(6, x) + Field(6, y));
}

static Graph Loaded() {
  const std::string model = Model();
  Graph graph("other");
  CHECK(graph.LoadFromSerializedModelArray(model.data(), model.size()) == ge::GRAPH_SUCCESS);
  return graph;
}

static GNode Find(const Graph &graph, const char *name) {
  const ge::GNodePtr node = graph.FindNodeByName(name);
  CHECK(node != nullptr);
  return (node == nullptr) ? GNode() : *node;
}

static void LoadedGraphsShowTheirNodes() {
  const Graph graph = Loaded();
  AscendString text;
  CHECK(graph.IsValid() && graph.GetName(text) == ge::GRAPH_SUCCESS && text == "hand");
  const std::vector<GNode> nodes = graph.GetAllNodes();
  CHECK(nodes.size() == 2 && graph.GetDirectNode().size() == 2);
  CHECK(nodes[0].GetName(text) == ge::GRAPH_SUCCESS && text == "x");
  CHECK(nodes[0].GetType(text) == ge::GRAPH_SUCCESS && text == "Data");
  CHECK(nodes[1].GetInputsSize() == 1 && nodes[1].GetOutputsSize() == 1);
  ge::TensorDesc desc;
  CHECK(nodes[1].GetInputDesc(0, desc) == ge::GRAPH_SUCCESS);
  CHECK(desc.GetDataType() == ge::DT_FLOAT16 && desc.GetFormat() == ge::FORMAT_NCHW);
  CHECK(desc.GetShape().GetDims() == std::vector<int64_t>({2, 3}));
  CHECK(nodes[1].GetInputDesc(1, desc) == ge::GRAPH_FAILED &&
        nodes[1].GetInputDesc(-1, desc) == ge::GRAPH_FAILED);
  const auto input = nodes[1].GetInDataNodesAndPortIndexs(0);
  CHECK(input.first != nullptr && input.second == 0);
  CHECK(input.first != nullptr && input.first->GetName(text) == ge::GRAPH_SUCCESS && text == "x");
  CHECK(nodes[0].GetOutDataNodesAndPortIndexs(0).size() == 1 &&
        nodes[0].GetOutDataNodesAndPortIndexs(1).empty());
  int64_t index = 0;
  CHECK(nodes[0].GetAttr("index", index) == ge::GRAPH_SUCCESS && index == 5);
  CHECK(graph.FindNodeByName("z") == nullptr);
}

static void BadBytesAreRefusedWithCannsCodes() {
  const uint32_t param_invalid = 1343225857;
  const std::string model = Model();
  Graph graph("kept");
  CHECK(graph.LoadFromSerializedModelArray(nullptr, 4) == param_invalid);
  CHECK(graph.LoadFromSerializedModelArray(model.data(), 0) == param_invalid);
  CHECK(graph.LoadFromSerializedModelArray(model.data(), model.size() - 1) == param_invalid);
  CHECK(graph.LoadFromMem(reinterpret_cast<const uint8_t *>("zz"), 2) == param_invalid);
  CHECK(graph.LoadFromFile("missing.air") == ge::GRAPH_FAILED);
  CHECK(graph.LoadFromFile(static_cast<const char *>(nullptr)) == ge::GRAPH_FAILED);
  AscendString name;
  CHECK(!graph.IsValid() && graph.GetName(name) == ge::GRAPH_SUCCESS && name == "kept");
  CHECK(graph.SaveToFile("nothing.air") == ge::GRAPH_FAILED);
  ge::GraphBuffer buffer;
  CHECK(graph.SaveToMem(buffer) == ge::GRAPH_FAILED && buffer.GetSize() == 0 && buffer.GetData() == nullptr);
}

static void SavedGraphsComeBack() {
  const Graph graph = Loaded();
  CHECK(graph.SaveToFile("made/by/save.air") == ge::GRAPH_SUCCESS);
  struct stat info;
  CHECK(stat("made/by/save.air", &info) == 0 && (info.st_mode & 0777) == 0400);
  CHECK(mkdir("work", 0700) == 0 && setenv("ASCEND_WORK_PATH", "work", 1) == 0);
  CHECK(graph.SaveToFile("bare.air") == ge::GRAPH_SUCCESS && access("work/bare.air", R_OK) == 0);
  CHECK(unsetenv("ASCEND_WORK_PATH") == 0);
  Graph again("again");
  CHECK(again.LoadFromFile("made/by/save.air") == ge::GRAPH_SUCCESS && again.GetAllNodes().size() == 2);
  ge::GraphBuffer buffer;
  CHECK(graph.SaveToMem(buffer) == ge::GRAPH_SUCCESS);
  CHECK(static_cast<off_t>(buffer.GetSize()) == info.st_size);
  Graph from_memory("m");
  CHECK(from_memory.LoadFromMem(buffer) == ge::GRAPH_SUCCESS);
  int64_t index = 0;
  CHECK(Find(from_memory, "x").GetAttr("index", index) == ge::GRAPH_SUCCESS && index == 5);
}

static void CopiesShareAndCopyFromDoesNot() {
  Graph graph = Loaded();
  Graph shared = graph;
  Graph named("mine");
  Graph unnamed("");
  CHECK(named.CopyFrom(graph) == ge::GRAPH_SUCCESS && unnamed.CopyFrom(graph) == ge::GRAPH_SUCCESS);
  AscendString name;
  CHECK(named.GetName(name) == ge::GRAPH_SUCCESS && name == "mine");
  CHECK(unnamed.GetName(name) == ge::GRAPH_SUCCESS && name == "hand");
  GNode y = Find(graph, "y");
  CHECK(graph.RemoveNode(y) == ge::GRAPH_SUCCESS);
  CHECK(shared.GetAllNodes().size() == 1 && named.GetAllNodes().size() == 2);
  CHECK(y.GetName(name) == ge::GRAPH_FAILED && y.GetInputsSize() == 0);
  CHECK(graph.RemoveNode(y) == ge::GRAPH_FAILED);
  CHECK(named.CopyFrom(Graph("empty")) == ge::GRAPH_FAILED);
  GNode outlives;
  {
    Graph short_lived = Loaded();
    outlives = Find(short_lived, "x");
  }
  CHECK(outlives.GetName(name) == ge::GRAPH_SUCCESS && name == "x");
}

static void EdgesAreEdited() {
  Graph graph = Loaded();
  Graph foreign = Loaded();
  GNode x = Find(graph, "x");
  GNode y = Find(graph, "y");
  GNode stranger = Find(foreign, "x");
  CHECK(graph.AddDataEdge(x, 0, y, 0) == ge::GRAPH_FAILED);
  CHECK(graph.RemoveEdge(x, 0, y, 0) == ge::GRAPH_SUCCESS &&
        graph.RemoveEdge(x, 0, y, 0) == ge::GRAPH_FAILED);
  CHECK(graph.AddDataEdge(x, 1, y, 0) == ge::GRAPH_FAILED &&
        graph.AddDataEdge(x, 0, y, 1) == ge::GRAPH_FAILED);
  CHECK(graph.AddDataEdge(stranger, 0, y, 0) == ge::GRAPH_FAILED);
  CHECK(graph.AddDataEdge(x, 0, y, 0) == ge::GRAPH_SUCCESS);
  CHECK(graph.AddControlEdge(x, y) == ge::GRAPH_SUCCESS && y.GetInControlNodes().size() == 1);
  CHECK(x.GetOutControlNodes().size() == 1);
  CHECK(graph.RemoveEdge(x, -1, y, -1) == ge::GRAPH_SUCCESS && x.GetOutControlNodes().empty());
  GNode empty;
  CHECK(graph.AddControlEdge(x, empty) == ge::GRAPH_FAILED);
}

template <typename T>
static void RoundTrip(GNode &node, const char *name, T value) {
  T stored = value;
  T read = T();
  CHECK(node.SetAttr(name, stored) == ge::GRAPH_SUCCESS && node.HasAttr(name));
  CHECK(node.GetAttr(name, read) == ge::GRAPH_SUCCESS && read == value);
  ge::AttrValue any;
  CHECK(node.GetAttr(name, any) == ge::GRAPH_SUCCESS && node.SetAttr("copied", any) == ge::GRAPH_SUCCESS);
  CHECK(node.GetAttr("copied", read) == ge::GRAPH_SUCCESS && read == value);
}

static void AttributesKeepTypeAndValue() {
  Graph graph = Loaded();
  GNode node = Find(graph, "y");
  RoundTrip<int64_t>(node, "a", INT64_MIN);
  RoundTrip<float>(node, "b", 1.5F);
  RoundTrip<bool>(node, "c", true);
  RoundTrip<AscendString>(node, "d", "text");
  RoundTrip<ge::DataType>(node, "e", ge::DT_BF16);
  RoundTrip<std::vector<int64_t>>(node, "f", {1, -2});
  RoundTrip<std::vector<int64_t>>(node, "g", {});
  RoundTrip<std::vector<float>>(node, "h", {0.5F});
  RoundTrip<std::vector<bool>>(node, "i", {true, false, true});
  RoundTrip<std::vector<AscendString>>(node, "j", {"p", ""});
  RoundTrip<std::vector<ge::DataType>>(node, "k", {ge::DT_INT8});
  RoundTrip<std::vector<std::vector<int64_t>>>(node, "l", {{1}, {}, {2, 3}});
  RoundTrip<std::vector<uint8_t>>(node, "m", {0, 255});
  int64_t wide = 1LL << 40;
  int32_t narrow = 0;
  float wrong = 0;
  CHECK(node.SetAttr("wide", wide) == ge::GRAPH_SUCCESS && node.GetAttr("wide", narrow) == ge::GRAPH_FAILED);
  CHECK(node.GetAttr("a", wrong) == ge::GRAPH_FAILED && node.GetAttr("absent", wrong) == ge::GRAPH_FAILED);
  ge::Tensor tensor(ge::TensorDesc(ge::Shape({2}), ge::FORMAT_ND, ge::DT_INT8), std::vector<uint8_t>({3, 4}));
  ge::Tensor read;
  CHECK(node.SetAttr("t", tensor) == ge::GRAPH_SUCCESS && node.GetAttr("t", read) == ge::GRAPH_SUCCESS);
  CHECK(read.GetDataType() == ge::DT_INT8 && read.GetSize() == 2 && read.GetData()[1] == 4);
  ge::AttrValue value;
  CHECK(graph.GetAttr("n", value) == ge::GRAPH_FAILED);
  CHECK(value.SetAttrValue(static_cast<int64_t>(9)) == ge::GRAPH_SUCCESS);
  CHECK(graph.SetAttr("n", value) == ge::GRAPH_SUCCESS);
  ge::AttrValue back;
  int64_t number = 0;
  CHECK(graph.GetAttr("n", back) == ge::GRAPH_SUCCESS && back.GetAttrValue(number) == ge::GRAPH_SUCCESS);
  CHECK(number == 9 && back.GetAttrValue(wrong) == ge::GRAPH_FAILED);
}

static void DescriptionsAreUpdated() {
  Graph graph = Loaded();
  GNode node = Find(graph, "y");
  ge::TensorDesc desc(ge::Shape({-1, 7}), ge::FORMAT_NHWC, ge::DT_INT32);
  CHECK(desc.SetShapeRange({{1, 9}, {7, 7}}) == ge::GRAPH_SUCCESS);
  desc.SetOriginShape(ge::Shape({7}));
  CHECK(node.UpdateOutputDesc(0, desc) == ge::GRAPH_SUCCESS &&
        node.UpdateOutputDesc(1, desc) == ge::GRAPH_FAILED);
  ge::TensorDesc read;
  CHECK(node.GetOutputDesc(0, read) == ge::GRAPH_SUCCESS && read.GetDataType() == ge::DT_INT32);
  CHECK(read.GetShape().GetDims() == std::vector<int64_t>({-1, 7}) && read.GetFormat() == ge::FORMAT_NHWC);
  CHECK(read.GetOriginShape().GetDims() == std::vector<int64_t>({7}));
  std::vector<std::pair<int64_t, int64_t>> range;
  CHECK(read.GetShapeRange(range) == ge::GRAPH_SUCCESS && range.size() == 2 && range[0].second == 9);
  CHECK(node.UpdateOutputDesc(0, ge::TensorDesc(ge::Shape(std::vector<int64_t>(26, 1)))) == ge::GRAPH_FAILED);
}

static void SubgraphsMoveBelowTheirRoot() {
  Graph root = Loaded();
  Graph sub("sub");
  CHECK(root.AddSubGraph(sub) == ge::GRAPH_FAILED);
  CHECK(sub.CopyFrom(root) == ge::GRAPH_SUCCESS);
  GNode inner = Find(sub, "x");
  GNode y = Find(root, "y");
  CHECK(y.SetSubgraph("then", sub) == ge::GRAPH_SUCCESS && root.AddSubGraph(sub) == ge::GRAPH_FAILED);
  CHECK(root.GetAllSubgraphs().size() == 1 && root.GetAllNodes().size() == 4 &&
        root.GetDirectNode().size() == 2);
  ge::GraphPtr found;
  CHECK(y.GetSubgraph(0, found) == ge::GRAPH_SUCCESS && found != nullptr && found->GetAllNodes().size() == 2);
  const ge::GNodePtr parent = sub.GetParentNode();
  AscendString name;
  CHECK(parent != nullptr && parent->GetName(name) == ge::GRAPH_SUCCESS && name == "y");
  CHECK(sub.GetParentGraph() != nullptr && sub.GetParentGraph()->GetName(name) == ge::GRAPH_SUCCESS &&
        name == "hand");
  Graph copy("");
  CHECK(copy.CopyFrom(root) == ge::GRAPH_SUCCESS && copy.GetSubGraph("sub") != nullptr);
  CHECK(root.RemoveNode(y, true) == ge::GRAPH_SUCCESS && root.GetSubGraph("sub") == nullptr);
  CHECK(!sub.IsValid() && inner.GetName(name) == ge::GRAPH_FAILED);
}

static void UnusableObjectsAnswerFailures() {
  Graph graph(static_cast<const char *>(nullptr));
  Graph empty;
  AscendString name;
  CHECK(graph.GetName(name) == ge::GRAPH_FAILED && !graph.IsValid() && graph.SetValid() == ge::GRAPH_FAILED);
  CHECK(empty.GetAllNodes().empty() && empty.GetAllSubgraphs().empty() &&
        empty.FindNodeByName("x") == nullptr);
  CHECK(empty.CopyFrom(Loaded()) == ge::GRAPH_FAILED);
  const GNode node;
  ge::TensorDesc desc;
  CHECK(node.GetName(name) == ge::GRAPH_FAILED && node.GetInputDesc(0, desc) == ge::GRAPH_FAILED);
  CHECK(node.GetInDataNodesAndPortIndexs(0).first == nullptr && node.GetInControlNodes().empty());
  Graph valid("v");
  CHECK(valid.SetValid() == ge::GRAPH_SUCCESS && valid.IsValid() && valid.GetAllNodes().empty());
}

int main() {
  LoadedGraphsShowTheirNodes();
  BadBytesAreRefusedWithCannsCodes();
  SavedGraphsComeBack();
  CopiesShareAndCopyFromDoesNot();
  EdgesAreEdited();
  AttributesKeepTypeAndValue();
  DescriptionsAreUpdated();
  SubgraphsMoveBelowTheirRoot();
  UnusableObjectsAnswerFailures();
  return CheckResult();
}
