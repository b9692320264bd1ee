/* Graphs built from operators: prototypes as operator libraries define them, links, outputs, attributes. */
#include <algorithm>
#include <string>

#include "check.h"
#include "graph/graph.h"
#include "graph/operator_factory.h"

using ge::AscendString;
using ge::GNode;
using ge::Graph;
using ge::Operator;

/* Prototypes, as the headers of an operator library declare them. */
class Data : public Operator {
 public:
  explicit Data(const char *name) : Operator(name, "Data") {
    AttrRegister("index", static_cast<int64_t>(0));
    InputRegister("x");
    OutputRegister("y");
  }
};

class Const : public Operator {
 public:
  explicit Const(const char *name) : Operator(name, "Const") {
    AttrRegister("value", ge::Tensor());
    OutputRegister("y");
  }
};

class Split : public Operator {
 public:
  Split(const char *name, unsigned outputs) : Operator(name, "Split") {
    InputRegister("split_dim");
    InputRegister("x");
    OptionalInputRegister("hint");
    DynamicOutputRegister("y", outputs);
    RequiredAttrRegister("num_split");
  }
};

class Concat : public Operator {
 public:
  Concat(const char *name, unsigned inputs) : Operator(name, "ConcatV2") {
    InputRegister("concat_dim");
    DynamicInputRegister("x", inputs);
    OutputRegister("y");
  }
};

static GNode Find(const Graph &graph, const char *name) {
  const ge::GNodePtr node = graph.FindNodeByName(name);
  CHECK(node != nullptr);
  return (node == nullptr) ? GNode() : *node;
}

/* x -> split -> (second, first) -> concat, with a constant for both dimensions. */
struct Model {
  Data x;
  Const dim;
  Split split;
  Concat join;

  Model() : x("x"), dim("dim"), split("split", 2), join("join", 2) {
    const int32_t zero = 0;
    const ge::TensorDesc scalar(ge::Shape(), ge::FORMAT_ND, ge::DT_INT32);
    dim.SetAttr("value", ge::Tensor(scalar, reinterpret_cast<const uint8_t *>(&zero), sizeof(zero)));
    const ge::TensorDesc desc(ge::Shape({4, 5}), ge::FORMAT_ND, ge::DT_FLOAT16);
    CHECK(x.UpdateInputDesc("x", desc) == ge::GRAPH_SUCCESS &&
          x.UpdateOutputDesc("y", desc) == ge::GRAPH_SUCCESS);
    split.SetInput("split_dim", dim).SetInput("x", x).SetAttr("num_split", static_cast<int64_t>(2));
    join.SetInput("concat_dim", dim).SetInput("x", 0U, split, "y1").SetInput("x1", split, "y0");
  }
};

static void OperatorsBecomeNodes() {
  Model model;
  Graph graph("built");
  CHECK(!graph.IsValid());
  graph.SetInputs({model.x, model.dim}).SetOutputs(std::vector<Operator>({model.join}));
  CHECK(graph.IsValid() && graph.GetAllNodes().size() == 5);
  GNode join = Find(graph, "join");
  AscendString text;
  CHECK(join.GetType(text) == ge::GRAPH_SUCCESS && text == "ConcatV2" && join.GetInputsSize() == 3);
  const auto first = join.GetInDataNodesAndPortIndexs(1);
  CHECK(first.first != nullptr && first.second == 1);
  const auto second = join.GetInDataNodesAndPortIndexs(2);
  CHECK(second.first != nullptr && second.second == 0);
  int32_t index = -1;
  CHECK(join.GetInputIndexByName("x1", index) == ge::GRAPH_SUCCESS && index == 2);
  std::vector<int32_t> indexes;
  CHECK(join.GetDynamicInputIndexesByName("x", indexes) == ge::GRAPH_SUCCESS);
  CHECK(indexes == std::vector<int32_t>({1, 2}));
  int64_t count = 0;
  CHECK(join.GetAttr("__dynamic_input_x_cnt", count) == ge::GRAPH_SUCCESS && count == 2);
  ge::Tensor value;
  CHECK(join.GetInputConstData(0, value) == ge::GRAPH_SUCCESS && value.GetSize() == 4);
  CHECK(join.GetInputConstData(1, value) == ge::GRAPH_NODE_WITHOUT_CONST_INPUT);
  ge::TensorDesc desc;
  CHECK(Find(graph, "x").GetOutputDesc(0, desc) == ge::GRAPH_SUCCESS && desc.GetDataType() == ge::DT_FLOAT16);
  GNode output = Find(graph, "Node_Output");
  CHECK(output.GetType(text) == ge::GRAPH_SUCCESS && text == "NetOutput" && output.GetInputsSize() == 1);
  CHECK(output.GetInputIndexByName("__input0", index) == ge::GRAPH_SUCCESS && index == 0);
}

static void BuiltGraphsSurviveSaving() {
  Model model;
  Graph graph("built");
  graph.SetInputs({model.x}).SetOutputs(std::vector<Operator>({model.join}));
  ge::GraphBuffer buffer;
  Graph again("again");
  CHECK(graph.SaveToMem(buffer) == ge::GRAPH_SUCCESS && again.LoadFromMem(buffer) == ge::GRAPH_SUCCESS);
  CHECK(again.GetAllNodes().size() == 5);
  int32_t index = -1;
  CHECK(Find(again, "split").GetInputIndexByName("hint", index) == ge::GRAPH_SUCCESS && index == 2);
  CHECK(Find(again, "split").GetInDataNodesAndPortIndexs(2).first == nullptr);
}

static void OutputsAreChosenByPortAndName() {
  Model model;
  Graph graph("g");
  const AscendString y1("y1");
  graph.SetInputs({model.x});
  graph.SetOutputs(
      std::vector<std::pair<Operator, std::vector<size_t>>>({{model.split, {1, 0}}, {model.join, {}}}));
  CHECK(Find(graph, "Node_Output").GetInputsSize() == 3);
  CHECK(Find(graph, "Node_Output").GetInDataNodesAndPortIndexs(0).second == 1);
  graph.SetOutputs(std::vector<std::pair<Operator, AscendString>>({{model.split, y1}}));
  CHECK(Find(graph, "Node_Output").GetInputsSize() == 1);
  CHECK(Find(graph, "Node_Output").GetInDataNodesAndPortIndexs(0).second == 1);
  CHECK(graph.SetOutputs(std::vector<std::pair<GNode, int32_t>>({{Find(graph, "join"), 0}})) ==
        ge::GRAPH_SUCCESS);
  CHECK(graph.SetOutputs(std::vector<std::pair<GNode, int32_t>>({{Find(graph, "join"), 1}})) ==
        ge::GRAPH_FAILED);
}

static void WrongGraphsStayInvalid() {
  Data a("same");
  Data b("same");
  a.SetInput("x", b);
  Graph duplicate("d");
  CHECK(!duplicate.SetInputs({a}).IsValid());
  Graph none("n");
  CHECK(!none.SetInputs({}).IsValid() && !none.SetInputs({Operator()}).IsValid());
  Graph later("l");
  const GNode node = later.AddNodeByOp(Data("x"));
  AscendString name;
  CHECK(later.IsValid() && node.GetName(name) == ge::GRAPH_SUCCESS && name == "x");
  CHECK(later.AddNodeByOp(Data("x")).GetName(name) == ge::GRAPH_FAILED);
  CHECK(Graph().AddNodeByOp(Data("x")).GetName(name) == ge::GRAPH_FAILED);
  CHECK(Graph::ConstructFromInputs({Data("p")}, "c") != nullptr);
  CHECK(Graph::ConstructFromInputs({}, "c") == nullptr);
}

static void LinksNeedRealPorts() {
  Model model;
  Data other("other");
  model.join.SetInput("no such input", other);
  model.join.SetInput("concat_dim", model.split);
  model.join.SetInput("concat_dim", other, "no such output");
  Graph graph("g");
  graph.SetInputs({model.x});
  CHECK(graph.FindNodeByName("other") == nullptr);
  AscendString name;
  const auto dim = Find(graph, "join").GetInDataNodesAndPortIndexs(0);
  CHECK(dim.first != nullptr && dim.first->GetName(name) == ge::GRAPH_SUCCESS && name == "dim");
}

static void OperatorsKeepAttributesAndDescriptions() {
  Model model;
  int64_t number = 0;
  float wrong = 0;
  CHECK(model.split.GetAttr("num_split", number) == ge::GRAPH_SUCCESS && number == 2);
  CHECK(model.split.GetAttr("num_split", wrong) == ge::GRAPH_FAILED);
  model.split.SetAttr("list", {1, 2, 3});
  std::vector<int64_t> list;
  CHECK(model.split.GetAttr("list", list) == ge::GRAPH_SUCCESS && list.size() == 3);
  model.x.SetInputAttr(0, "note", "text");
  AscendString text;
  CHECK(model.x.GetInputAttr("x", "note", text) == ge::GRAPH_SUCCESS && text == "text");
  CHECK(model.x.GetOutputAttr("y", "note", text) == ge::GRAPH_FAILED);
  std::map<AscendString, AscendString> types;
  CHECK(model.split.GetAllIrAttrNamesAndTypes(types) == ge::GRAPH_SUCCESS && types["num_split"] == "VT_INT");
  CHECK(model.split.GetInputsSize() == 3 && model.split.GetOutputsSize() == 2);
  CHECK(model.join.GetDynamicInputNum("x") == 2 && model.split.GetDynamicOutputNum("y") == 2);
  ge::Tensor value;
  CHECK(model.join.GetInputConstData("concat_dim", value) == ge::GRAPH_SUCCESS && value.GetSize() == 4);
  const Operator shared = model.x;
  CHECK(model.x.UpdateOutputDesc(0U, ge::TensorDesc(ge::Shape({9}))) == ge::GRAPH_SUCCESS);
  CHECK(shared.GetOutputDescByName("y").GetShape().GetDim(0) == 9);
}

static ge::graphStatus CountingInfer(Operator &op) {
  op.SetAttr("inferred", true);
  return ge::GRAPH_SUCCESS;
}

static void FactoriesMakeRegisteredTypes() {
  CHECK(!ge::OperatorFactory::IsExistOp("MyType"));
  const ge::OperatorCreatorRegister creator(
      "MyType", [](const AscendString &name) { return Operator(name, AscendString("MyType")); });
  const ge::InferShapeFuncRegister infer("MyType", CountingInfer);
  CHECK(ge::OperatorFactory::IsExistOp("MyType"));
  Operator op = ge::OperatorFactory::CreateOperator("one", "MyType");
  AscendString text;
  CHECK(op.GetName(text) == ge::GRAPH_SUCCESS && text == "one");
  bool inferred = false;
  CHECK(op.InferShapeAndType() == ge::GRAPH_SUCCESS && op.GetAttr("inferred", inferred) == ge::GRAPH_SUCCESS);
  CHECK(inferred && Data("x").InferShapeAndType() == ge::GRAPH_FAILED);
  CHECK(ge::OperatorFactory::CreateOperator("two", "NoSuchType").IsEmpty());
  std::vector<AscendString> types;
  CHECK(ge::OperatorFactory::GetOpsTypeList(types) == ge::GRAPH_SUCCESS);
  CHECK(std::find(types.begin(), types.end(), AscendString("MyType")) != types.end());
}

static void TheCacheKnowsNames() {
  Graph graph("g");
  Operator op;
  CHECK(graph.AddOp(Data("x")) == ge::GRAPH_SUCCESS && graph.AddOp(Data("x")) == ge::GRAPH_FAILED);
  CHECK(graph.FindOpByName("x", op) == ge::GRAPH_SUCCESS && graph.FindOpByName("y", op) == ge::GRAPH_FAILED);
  std::vector<Operator> ops;
  CHECK(graph.FindOpByType("Data", ops) == ge::GRAPH_SUCCESS && ops.size() == 1);
  std::vector<AscendString> names;
  CHECK(graph.GetAllOpName(names) == ge::GRAPH_SUCCESS && names.size() == 1 && !graph.IsValid());
}

int main() {
  OperatorsBecomeNodes();
  BuiltGraphsSurviveSaving();
  OutputsAreChosenByPortAndName();
  WrongGraphsStayInvalid();
  LinksNeedRealPorts();
  OperatorsKeepAttributesAndDescriptions();
  FactoriesMakeRegisteredTypes();
  TheCacheKnowsNames();
  return CheckResult();
}
