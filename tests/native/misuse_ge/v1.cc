/* Where the first generation answers otherwise. */
#include "cases.h"

namespace misuse {
namespace {
struct V1 {
  V1() : graph(test::Parse("sum", air::Add("sum", {2, 2}))) {
    CHECK_STATUS(0, aclrtSetDevice(0));
    CHECK_STATUS(0, ge::GEInitialize(Options({{"ge.exec.deviceId", "0"}})));
    session.reset(new ge::Session(Options()));
    CHECK_STATUS(0, session->AddGraph(1, graph));
    const std::vector<float> values = test::Ramp(4, 1.0F);
    const ge::TensorDesc desc(ge::Shape({2, 2}), ge::FORMAT_ND, ge::DT_FLOAT);
    for (int i = 0; i < 2; ++i) {
      inputs.emplace_back(desc, reinterpret_cast<const uint8_t *>(values.data()), 16);
    }
    CHECK_STATUS(0, aclrtMalloc(&memory, 1 << 20, ACL_MEM_MALLOC_HUGE_FIRST));
  }

  V1 &Compiled() {
    CHECK_STATUS(0, session->CompileGraph(1));
    return *this;
  }

  V1 &Loaded() {
    CHECK_STATUS(0, Compiled().session->LoadGraph(1, Options(), nullptr));
    return *this;
  }

  uint32_t RunAsync(uint32_t id, uint32_t expected_callback) {
    test::Latch latch(1);
    const uint32_t status =
        session->RunGraphAsync(id, inputs, [&](uint32_t heard, std::vector<ge::Tensor> &outputs) {
          CHECK_STATUS(expected_callback, heard);
          CHECK(outputs.empty());
          latch.CountDown();
        });
    latch.Wait();
    return status;
  }

  ge::Graph graph;
  std::unique_ptr<ge::Session> session;
  std::vector<ge::Tensor> inputs, outputs;
  void *memory = nullptr;
};

const size_t kPlenty = 1 << 20;
} // namespace

void AddV1Cases(Cases &cases) {
  cases["v1.run_unknown"] = [] {
    V1 v1;
    return v1.session->RunGraph(9, v1.inputs, v1.outputs);
  };
  cases["v1.build_unknown"] = [] {
    V1 v1;
    return v1.session->BuildGraph(9, v1.inputs);
  };
  cases["v1.async_unknown"] = [] { return V1().RunAsync(9, 1343242242U); };
  cases["v1.run_compiled"] = [] {
    V1 v1;
    return v1.Compiled().session->RunGraph(1, v1.inputs, v1.outputs);
  };
  cases["v1.build_compiled"] = [] {
    V1 v1;
    return v1.Compiled().session->BuildGraph(1, v1.inputs);
  };
  cases["v1.async_compiled"] = [] { return V1().Compiled().RunAsync(1, 1343225956U); };
  cases["v1.load_not_compiled"] = [] { return V1().session->LoadGraph(1, Options(), nullptr); };
  cases["v1.summary_not_compiled"] = [] {
    return V1().session->GetCompiledGraphSummary(1) == nullptr ? 0U : 1U;
  };
  cases["v1.built_is_not_compiled"] = [] {
    V1 v1;
    CHECK_STATUS(0, v1.session->BuildGraph(1, v1.inputs));
    CHECK(v1.session->GetCompiledGraphSummary(1) == nullptr);
    const ge::AscendString taken = ge::GEGetErrorMsgV3();
    return v1.session->RunGraph(1, v1.inputs, v1.outputs);
  };
  cases["v1.const_not_compiled"] = [] {
    V1 v1;
    return v1.session->SetGraphConstMemoryBase(1, v1.memory, kPlenty);
  };
  cases["v1.const_loaded"] = [] {
    V1 v1;
    return v1.Loaded().session->SetGraphConstMemoryBase(1, v1.memory, kPlenty);
  };
  cases["v1.const_twice"] = [] {
    V1 v1;
    CHECK_STATUS(0, v1.Compiled().session->SetGraphConstMemoryBase(1, v1.memory, kPlenty));
    return v1.session->SetGraphConstMemoryBase(1, v1.memory, kPlenty);
  };
  cases["v1.const_null"] = [] {
    return V1().Compiled().session->SetGraphConstMemoryBase(1, nullptr, kPlenty);
  };
  cases["v1.feature_after_refreshable"] = [] {
    V1 v1;
    CHECK_STATUS(0, v1.Compiled().session->UpdateGraphRefreshableFeatureMemoryBase(1, v1.memory, kPlenty));
    return v1.session->UpdateGraphFeatureMemoryBase(1, v1.memory, kPlenty);
  };
  cases["v1.feature_twice"] = [] {
    V1 v1;
    CHECK_STATUS(0, v1.Compiled().session->UpdateGraphFeatureMemoryBase(1, v1.memory, kPlenty));
    return v1.session->UpdateGraphFeatureMemoryBase(1, v1.memory, kPlenty);
  };
  cases["v1.fixed_ignored"] = [] {
    V1 v1;
    return v1.Compiled().session->SetGraphFixedFeatureMemoryBase(1, v1.memory, kPlenty);
  };
  cases["v1.stream_of_an_explicit_context"] = [] {
    V1 v1;
    aclrtContext context = nullptr;
    aclrtStream stream = nullptr;
    v1.Loaded();
    CHECK_STATUS(0, aclrtCreateContext(&context, 0));
    CHECK_STATUS(0, aclrtCreateStream(&stream));
    return v1.session->RunGraphWithStreamAsync(1, stream, v1.inputs, v1.outputs);
  };
  cases["v1.remove_unknown"] = [] { return V1().session->RemoveGraph(9); };
  cases["v1.variables"] = [] {
    std::vector<ge::Tensor> values;
    return V1().session->GetVariables(std::vector<ge::AscendString>{"v"}, values);
  };
}
} // namespace misuse
