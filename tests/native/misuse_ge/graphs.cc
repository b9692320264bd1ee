/* Adding, compiling, loading and removing graphs. */
#include "cases.h"

namespace misuse {
namespace {
uint32_t AddWith(const Options &options) {
  World world;
  return world.session->AddGraph(2, test::Parse("other", air::Add("other", {2})), options);
}

/* An input, as the headers of an operator library declare it. */
class Data : public ge::Operator {
 public:
  explicit Data(const char *name) : Operator(name, "Data") {
    InputRegister("x");
    OutputRegister("y");
  }
};

/* Two Data nodes that both say they are input 0. */
air::Bytes SameIndexTwice() {
  return air::Model("same")
      .Data("x", air::kFloat, {2}, 0)
      .Data("y", air::kFloat, {2}, 0)
      .Op("add", "Add", {{"x1", "x:0"}, {"x2", "y:0"}}, air::kFloat)
      .Output("add:0")
      .Serialize();
}
} // namespace

void AddGraphCases(Cases &cases) {
  cases["add.empty_key"] = [] { return AddWith({{"", "1"}}); };
  cases["add.const_lifecycle"] = [] { return AddWith({{"ge.constLifecycle", "process"}}); };
  cases["add.refreshable"] = [] { return AddWith({{"ge.featureBaseRefreshable", "2"}}); };
  cases["add.threshold"] = [] { return AddWith({{"ge.exec.hostSchedulingMaxThreshold", "few"}}); };
  cases["add.reuse_indexes"] = [] { return AddWith({{"ge.exec.inputReuseMemIndexes", "a,b"}}); };
  cases["add.host_indexes"] = [] { return AddWith({{"ge.exec.hostInputIndexes", "0,1"}}); };
  cases["add.hybrid_mode"] = [] { return AddWith({{"ge.compileHybridMode", "1"}}); };
  cases["add.empty_graph"] = [] {
    World world;
    return world.session->AddGraph(2, ge::Graph("nothing"));
  };
  cases["add.same_graph_under_another_id"] = [] {
    World world;
    return world.session->AddGraph(2, world.graph);
  };
  cases["add.same_id_again"] = [] {
    World world;
    return world.session->AddGraph(1, test::Parse("other", air::Add("other", {2})));
  };
  cases["add.same_index_twice"] = [] {
    World world;
    return world.session->AddGraph(2, test::Parse("same", SameIndexTwice()));
  };
  cases["add.same_index_twice_with_ranges"] = [] {
    World world;
    return world.session->AddGraph(2, test::Parse("same", SameIndexTwice()),
                                   {{"ge.exec.dataInputsShapeRange", "[1~2],[1~2]"}});
  };
  cases["add.same_operator_name_twice"] = [] {
    World world;
    const Data first("twin"), second("twin");
    ge::Graph graph("twins");
    graph.SetInputs({first, second}).SetOutputs({first, second});
    return world.session->AddGraph(2, graph);
  };
  cases["clone.same_id"] = [] {
    World world;
    return world.session->AddGraphClone(1, test::Parse("other", air::Add("other", {2})));
  };
  cases["clone.of_an_added_graph"] = [] {
    World world;
    return world.session->AddGraphClone(2, world.graph);
  };
  cases["clone.same_graph_twice"] = [] {
    World world;
    const ge::Graph graph = test::Parse("other", air::Add("other", {2}));
    CHECK_STATUS(0, world.session->AddGraphClone(2, graph));
    return world.session->AddGraphClone(3, graph);
  };
  cases["remove.unknown"] = [] { return World().session->RemoveGraph(9); };
  cases["remove.and_add_again"] = [] {
    World world;
    CHECK_STATUS(0, world.session->RemoveGraph(1));
    return world.session->AddGraph(1, world.graph);
  };
  cases["remove.inside_its_callback"] = [] {
    World world;
    uint32_t status = 0;
    test::Latch latch(1);
    CHECK_STATUS(0,
                 world.session->RunGraphAsync(1, world.Inputs(), [&](uint32_t, std::vector<gert::Tensor> &) {
                   status = world.session->RemoveGraph(1);
                   latch.CountDown();
                 }));
    latch.Wait();
    return status;
  };
  cases["compile.unknown"] = [] { return World().session->CompileGraph(9); };
  cases["compile.twice"] = [] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    return world.session->CompileGraph(1);
  };
  cases["compile.unknown_operator"] = [] {
    World world;
    const air::Bytes bytes = air::Model("odd")
                                 .Data("x", air::kFloat, {2})
                                 .Op("oddity", "NoSuchOperator", {{"x", "x:0"}}, air::kFloat)
                                 .Output("oddity:0")
                                 .Serialize();
    CHECK_STATUS(0, world.session->AddGraph(2, test::Parse("odd", bytes)));
    return world.session->CompileGraph(2);
  };
  cases["load.unknown"] = [] { return World().session->LoadGraph(9, {}, nullptr); };
  cases["load.twice"] = [] {
    World world;
    CHECK_STATUS(0, world.session->LoadGraph(1, {}, nullptr));
    return world.session->LoadGraph(1, {}, nullptr);
  };
  cases["load.frozen_text"] = [] {
    return World().session->LoadGraph(1, {{"ge.exec.frozenInputIndexes", "zero"}}, nullptr);
  };
  cases["load.frozen_index"] = [] {
    return World().session->LoadGraph(1, {{"ge.exec.frozenInputIndexes", "0;2"}}, nullptr);
  };
  cases["load.frozen_and_host"] = [] {
    World world(Options{{"ge.exec.hostInputIndexes", "1"}});
    return world.session->LoadGraph(1, {{"ge.exec.frozenInputIndexes", "1"}}, nullptr);
  };
  cases["load.frozen_dynamic"] = [] {
    World world({}, {-1, 2});
    return world.session->LoadGraph(1, {{"ge.exec.frozenInputIndexes", "0"}}, nullptr);
  };
  cases["load.stale_stream"] = [] {
    World world;
    CHECK_STATUS(0, aclrtDestroyStream(world.stream));
    return world.session->LoadGraph(1, {}, world.stream);
  };
  cases["summary.unknown"] = [] { return World().session->GetCompiledGraphSummary(9) == nullptr ? 0U : 1U; };
  cases["summary.not_compiled"] = [] {
    return World().session->GetCompiledGraphSummary(1) == nullptr ? 0U : 1U;
  };
  cases["rebuild.unknown"] = [] { return World().session->IsGraphNeedRebuild(9) ? 1U : 0U; };
  cases["rebuild.compiled"] = [] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    return world.session->IsGraphNeedRebuild(1) ? 1U : 0U;
  };
  cases["model.unknown"] = [] {
    ge::ModelBufferData model;
    return World().session->GetCompiledModel(9, model);
  };
  cases["model.not_compiled"] = [] {
    ge::ModelBufferData model;
    return World().session->GetCompiledModel(1, model);
  };
  cases["model.variable_access"] = [] {
    World world({}, {2, 2}, {{"ge.exec.variable_acc", "True"}});
    CHECK_STATUS(0, world.session->CompileGraph(1));
    ge::ModelBufferData model;
    return world.session->GetCompiledModel(1, model);
  };
  cases["debug_json.compiled"] = [] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    ge::AscendString json;
    return world.session->GraphDebugJSONPrint(1, 0, json);
  };
}
} // namespace misuse
