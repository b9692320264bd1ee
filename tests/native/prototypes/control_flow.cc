/* Operators that run graphs, built from functions that build them: GeSession runs them, files keep them. */
#include "../support/ge_program.h"
#include "ge/ge_api_v2.h"
#include "prototypes.h"

/* x + value, under a name: subgraphs of one graph have names of their own. */
static ge::SubgraphBuilder Adds(const char *name, float value) {
  return [name, value]() {
    auto x = Input("x", 0, {2});
    auto constant = Constant<float>("value", {value}, {}, ge::DT_FLOAT);
    auto sum = ge::op::Add("sum").set_input_x1(x).set_input_x2(constant);
    ge::Graph graph(name);
    graph.SetInputs({x}).SetOutputs(std::vector<ge::Operator>({sum}));
    return graph;
  };
}

static ge::Graph Condition() {
  auto i = Input("i", 0, {}, ge::DT_INT32);
  auto x = Input("x", 1, {2});
  auto limit = Constant<int32_t>("limit", {3}, {}, ge::DT_INT32);
  auto less = ge::op::Less("less").set_input_x1(i).set_input_x2(limit);
  ge::Graph graph("condition");
  graph.SetInputs({i, x}).SetOutputs(std::vector<ge::Operator>({less}));
  return graph;
}

static ge::Graph Body() {
  auto i = Input("i", 0, {}, ge::DT_INT32);
  auto x = Input("x", 1, {2});
  auto one = Constant<int32_t>("one", {1}, {}, ge::DT_INT32);
  auto next = ge::op::Add("next").set_input_x1(i).set_input_x2(one);
  auto twice = ge::op::Add("twice").set_input_x1(x).set_input_x2(x);
  ge::Graph graph("body");
  graph.SetInputs({i, x}).SetOutputs(std::vector<ge::Operator>({next, twice}));
  return graph;
}

/* Case picks what is added; If doubles it three times in a While, or not. */
static ge::Graph Whole() {
  auto doubling = []() {
    auto x = Input("x", 0, {2});
    auto zero = Constant<int32_t>("zero", {0}, {}, ge::DT_INT32);
    auto loop = ge::op::While("loop").create_dynamic_input_input(2).create_dynamic_output_output(2);
    loop.set_dynamic_input_input(0, zero).set_dynamic_input_input(1, x);
    loop.set_subgraph_builder_cond(Condition).set_subgraph_builder_body(Body);
    ge::Graph graph("doubling");
    graph.SetInputs({x}).SetOutputs(
        std::vector<std::pair<ge::Operator, std::vector<size_t>>>({{loop, {1}}}));
    return graph;
  };
  auto which = Input("which", 0, {}, ge::DT_INT32);
  auto cond = Input("cond", 1, {}, ge::DT_BOOL);
  auto x = Input("x", 2, {2});
  auto pick = ge::op::Case("pick").create_dynamic_input_input(1).create_dynamic_output_output(1);
  pick.create_dynamic_subgraph_branches(2).set_input_branch_index(which).set_dynamic_input_input(0, x);
  pick.set_subgraph_builder_branches(0, Adds("one", 1.0F)).set_subgraph_builder_branches(1, Adds("ten", 10.0F));
  auto choose = ge::op::If("choose").create_dynamic_input_input(1).create_dynamic_output_output(1);
  choose.set_input_cond(cond).set_dynamic_input_input(0, pick, "output0");
  choose.set_subgraph_builder_then_branch(doubling).set_subgraph_builder_else_branch(Adds("zero", 0.0F));
  ge::Graph graph("whole");
  graph.SetInputs({which, cond, x}).SetOutputs(std::vector<ge::Operator>({choose}));
  return graph;
}

static gert::Tensor Scalar(ge::DataType dtype, void *value, size_t size) {
  gert::Tensor tensor = test::View({}, value, size, gert::kOnHost);
  tensor.SetDataType(dtype);
  return tensor;
}

static void Run(ge::GeSession &session, uint32_t id) {
  for (int32_t which = 0; which < 2; ++which) {
    for (bool cond : {false, true}) {
      std::vector<float> x = {1.0F, -3.0F};
      std::vector<gert::Tensor> inputs, outputs;
      inputs.push_back(Scalar(ge::DT_INT32, &which, sizeof(which)));
      inputs.push_back(Scalar(ge::DT_BOOL, &cond, sizeof(cond)));
      inputs.push_back(test::Host({2}, x));
      CHECK_STATUS(0, session.RunGraph(id, inputs, outputs));
      const float *const y = static_cast<const float *>(outputs[0].GetAddr());
      const float added = (which == 0) ? 1.0F : 10.0F, factor = cond ? 8.0F : 1.0F;
      CHECK(y[0] == (1.0F + added) * factor && y[1] == (-3.0F + added) * factor);
    }
  }
}

int main() {
  CHECK_STATUS(0, ge::GEInitializeV2({{"ge.exec.deviceId", "0"}, {"ge.graphRunMode", "0"}}));
  {
    ge::GeSession session({});
    const ge::Graph whole = Whole();
    CHECK(whole.IsValid() && whole.GetAllSubgraphs().size() == 6);
    CHECK_STATUS(0, session.AddGraph(0, whole));
    Run(session, 0);
    CHECK_STATUS(0, whole.SaveToFile("whole.air"));
    ge::Graph loaded("loaded");
    CHECK_STATUS(0, loaded.LoadFromFile("whole.air"));
    CHECK(loaded.GetAllSubgraphs().size() == 6);
    CHECK_STATUS(0, session.AddGraph(1, loaded));
    Run(session, 1);
  }
  CHECK_STATUS(0, ge::GEFinalizeV2());
  return 0;
}
