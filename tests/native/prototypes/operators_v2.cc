/* Graphs of a program's own operator classes on GeSession: dynamic inputs and outputs, attributes, the factory. */
#include "../support/ge_program.h"
#include "ge/ge_api_v2.h"
#include "prototypes.h"

static std::vector<float> Run(ge::GeSession &session, uint32_t id, const ge::Graph &graph,
                              std::vector<float> values) {
  CHECK_STATUS(0, session.AddGraph(id, graph));
  std::vector<gert::Tensor> inputs, outputs;
  inputs.push_back(test::Host({static_cast<int64_t>(values.size())}, values));
  CHECK_STATUS(0, session.RunGraph(id, inputs, outputs));
  CHECK(outputs.size() == 1);
  const float *const data = static_cast<const float *>(outputs[0].GetAddr());
  return std::vector<float>(data, data + outputs[0].GetShapeSize());
}

static void ManyInputsAndOutputs(ge::GeSession &session) {
  auto x = Input("x", 0, {4});
  auto split = ge::op::SplitD("split").set_input_x(x).create_dynamic_output_y(2);
  split.set_attr_split_dim(0).set_attr_num_split(2);
  auto slope = ge::op::LeakyRelu("slope").set_input_x(split, "y1").set_attr_negative_slope(0.5F);
  auto join = ge::op::ConcatD("join").create_dynamic_input_x(3).set_attr_concat_dim(0).set_attr_N(3);
  join.set_dynamic_input_x(0, slope).set_dynamic_input_x(1, split, "y0").set_dynamic_input_x(2, split, "y1");
  CHECK(split.get_attr_num_split() == 2 && slope.get_attr_negative_slope() == 0.5F);
  ge::Graph graph("many");
  graph.SetInputs({x}).SetOutputs(std::vector<ge::Operator>({join}));
  CHECK(Run(session, 1, graph, {1, -2, 3, -4}) == std::vector<float>({3, -2, 1, -2, 3, -4}));
}

static void FromTheFactory(ge::GeSession &session) {
  CHECK(ge::OperatorFactory::IsExistOp("LeakyRelu") && !ge::OperatorFactory::IsExistOp("Unheard"));
  std::vector<ge::AscendString> types;
  CHECK_STATUS(0, ge::OperatorFactory::GetOpsTypeList(types));
  CHECK(types.size() >= 11);
  ge::Operator slope = ge::OperatorFactory::CreateOperator("slope", "LeakyRelu");
  auto x = Input("x", 0, {2});
  slope.SetInput("x", x).SetAttr("negative_slope", 2.0F);
  ge::Graph graph("made");
  graph.SetInputs({x}).SetOutputs(std::vector<ge::Operator>({slope}));
  CHECK(Run(session, 2, graph, {-1, 1}) == std::vector<float>({-2, 1}));
}

static void AttributesOfEveryKind() {
  ge::op::Attributed op("all");
  CHECK(ge::AscendString(op.get_attr_a_text()) == "nearest" && op.get_attr_a_type() == ge::DT_INT8);
  CHECK(op.get_attr_a_flag() && op.get_attr_no_ints().empty());
  CHECK(op.get_attr_ints() == std::vector<int64_t>({1, 2, 3}));
  CHECK(op.get_attr_floats() == std::vector<float>({0.5F, 2.0F}));
  CHECK(op.get_attr_flags() == std::vector<bool>({true, false}));
  CHECK(op.get_attr_texts().size() == 2 && op.get_attr_texts()[1] == "bc");
  CHECK(op.get_attr_types() == std::vector<ge::DataType>({ge::DT_FLOAT, ge::DT_BOOL}));
  CHECK(op.get_attr_rows() == std::vector<std::vector<int64_t>>({{1}, {2, 3}}));
  op.set_attr_a_text("linear").set_attr_ints({7}).set_attr_texts({"z"}).set_attr_needed(5);
  CHECK(ge::AscendString(op.get_attr_a_text()) == "linear" && op.get_attr_ints() == std::vector<int64_t>({7}));
  CHECK(op.get_attr_texts().size() == 1 && op.get_attr_needed() == 5);
  op.set_attr_a_text(std::string("cubic")).set_attr_texts(std::vector<std::string>({"p", "q"}));
  CHECK(ge::AscendString(op.get_attr_a_text()) == "cubic" && op.get_attr_texts()[1] == "q");
  ge::AttrValue value;
  CHECK_STATUS(0, op.GetAttr("needed", value));
  int64_t number = 0;
  CHECK_STATUS(0, value.GetAttrValue(number));
  CHECK(number == 5 && std::string(ge::op::Attributed::name_attr_needed()) == "needed");
  CHECK(std::string(ge::op::Attributed::name_in_bias()) == "bias");
}

static int64_t Joined(std::vector<int64_t> a, std::vector<int64_t> b, std::vector<int64_t> wanted) {
  std::vector<int64_t> out;
  const ge::graphStatus status = ge::BroadCastInfer([a]() { return a; }, [b]() { return b; },
                                                    [&out](const std::vector<int64_t> &shape) { out = shape; });
  return (status == ge::GRAPH_SUCCESS) && (out == wanted);
}

static void ShapesBroadcast() {
  CHECK(Joined({2, 1, 4}, {3, 1}, {2, 3, 4}) && Joined({}, {5}, {5}) && Joined({-1, 4}, {3, -1}, {3, 4}));
  CHECK(Joined({-1}, {1}, {-1}) && Joined({-2}, {3}, {-2}) && Joined({0}, {1}, {0}));
  CHECK(!Joined({2}, {3}, {}));
}

/* An operator that the emulator does not execute fails when its graph is compiled, and is named. */
static void WhatNobodyExecutes(ge::GeSession &session) {
  auto x = Input("x", 0, {2});
  auto op = ge::op::Attributed("mystery").set_input_x(x).set_attr_needed(1);
  ge::Graph graph("unheard");
  graph.SetInputs({x}).SetOutputs(std::vector<ge::Operator>({op}));
  CHECK_STATUS(0, session.AddGraph(3, graph));
  CHECK(session.CompileGraph(3) != 0);
  const ge::AscendString said = ge::GEGetErrorMsgV3();
  CHECK(std::strstr(said.GetString(), "mystery") != nullptr);
  CHECK(std::strstr(said.GetString(), "Attributed") != nullptr);
}

int main() {
  CHECK_STATUS(0, ge::GEInitializeV2({{"ge.exec.deviceId", "0"}, {"ge.graphRunMode", "0"}}));
  {
    ge::GeSession session({});
    ManyInputsAndOutputs(session);
    FromTheFactory(session);
    AttributesOfEveryKind();
    ShapesBroadcast();
    WhatNobodyExecutes(session);
  }
  CHECK_STATUS(0, ge::GEFinalizeV2());
  return 0;
}
