/* A graph compiled for a few shapes (gears): it counts as static, and every run must be one of them. */
#include "ge/ge_api_v2.h"
#include "../support/ge_program.h"

static const std::map<ge::AscendString, ge::AscendString> kGears = {
    {"ge.inputShape", "x:-1,4;y:-1,4"}, {"ge.dynamicDims", "1,1;2,2;8,8"}, {"ge.dynamicNodeType", "1"}};

static std::vector<gert::Tensor> Inputs(int64_t rows, std::vector<float> &x, std::vector<float> &y) {
  std::vector<gert::Tensor> inputs;
  for (std::vector<float> *values : {&x, &y}) {
    inputs.push_back(
        test::View({rows, 4}, values->data(), static_cast<size_t>(rows) * 4 * sizeof(float), gert::kOnHost));
  }
  return inputs;
}

static void EveryGearRunsAndNothingElse(ge::GeSession &session) {
  std::vector<float> x = test::Ramp(32, 1.0F), y = test::Ramp(32, 50.0F);
  CHECK_STATUS(0, session.AddGraph(1, test::Parse("gears", air::Add("gears", {-1, 4})), kGears));
  for (int64_t rows : {8, 1, 2}) {
    std::vector<gert::Tensor> outputs;
    CHECK_STATUS(0, session.RunGraph(1, Inputs(rows, x, y), outputs));
    CHECK(outputs[0].GetStorageShape() == test::ShapeOf({rows, 4}).GetStorageShape());
    std::vector<float> expected = test::Sum(x, y);
    expected.resize(static_cast<size_t>(rows) * 4);
    CHECK(test::Equal(outputs[0].GetAddr(), expected));
  }
  std::vector<gert::Tensor> outputs;
  CHECK_STATUS(4294967295U, session.RunGraph(1, Inputs(3, x, y), outputs));
}

static void TheSummaryShowsTheLargest(ge::GeSession &session) {
  std::vector<ge::Shape> shapes;
  const ge::CompiledGraphSummaryPtr summary = session.GetCompiledGraphSummary(1);
  CHECK(summary->IsStatic());
  CHECK_STATUS(0, summary->GetOutputShapes(shapes));
  CHECK(shapes[0].GetDims() == air::Dims({8, 4}));
}

static void AsynchronousRunsKeepTheGears(ge::GeSession &session) {
  std::vector<float> x = test::Ramp(32, 1.0F), y = test::Ramp(32, 50.0F);
  CHECK_STATUS(0, session.AddGraph(2, test::Parse("later", air::Add("later", {-1, 4})), kGears));
  for (int64_t rows : {2, 8, 1}) {
    test::Latch done(1);
    CHECK_STATUS(0, session.RunGraphAsync(2, Inputs(rows, x, y), [&](uint32_t status, std::vector<gert::Tensor> &out) {
      CHECK_STATUS(0, status);
      CHECK(out[0].GetStorageShape() == test::ShapeOf({rows, 4}).GetStorageShape());
      done.CountDown();
    }));
    done.Wait();
  }
}

int main() {
  CHECK_STATUS(0, ge::GEInitializeV2({{"ge.exec.deviceId", "0"}}));
  {
    ge::GeSession session({});
    EveryGearRunsAndNothingElse(session);
    TheSummaryShowsTheLargest(session);
    AsynchronousRunsKeepTheGears(session);
  }
  CHECK_STATUS(0, ge::GEFinalizeV2());
  return 0;
}
