/* Flow 1: GeSession::RunGraphAsync. Compiles and loads by itself; outputs arrive in the callback, in host
 * memory of GE's, in the order of submission; they may be kept. */
#include <mutex>

#include "ge/ge_api_v2.h"
#include "../support/ge_program.h"

using test::Latch;

static const air::Dims kDims = {2, 3};

static void ResultsArriveInOrderAndOutliveTheCallback(ge::GeSession &session) {
  const int kRuns = 50;
  std::vector<std::vector<float>> x, y;
  std::vector<gert::Tensor> kept;
  std::vector<int> order;
  Latch done(kRuns);
  for (int i = 0; i < kRuns; ++i) {
    x.push_back(test::Ramp(6, static_cast<float>(i)));
    y.push_back(test::Ramp(6, 100.0F));
  }
  for (int i = 0; i < kRuns; ++i) {
    std::vector<gert::Tensor> inputs;
    inputs.push_back(test::Host(kDims, x[i]));
    inputs.push_back(test::Host(kDims, y[i]));
    CHECK_STATUS(
        0, session.RunGraphAsync(7, inputs, [&, i](uint32_t status, std::vector<gert::Tensor> &outputs) {
          CHECK_STATUS(0, status);
          CHECK(outputs.size() == 1);
          order.push_back(i); /* one callback at a time: no lock */
          kept.push_back(std::move(outputs[0]));
          done.CountDown();
        }));
  }
  done.Wait();
  for (int i = 0; i < kRuns; ++i) {
    CHECK(order[i] == i);
    CHECK(kept[i].GetPlacement() == gert::kOnHost);
    CHECK(kept[i].GetSize() == 6 * sizeof(float));
    CHECK(reinterpret_cast<uintptr_t>(kept[i].GetAddr()) % 64 == 0);
    CHECK(kept[i].GetStorageShape() == test::ShapeOf(kDims).GetStorageShape());
    CHECK(test::Equal(kept[i].GetAddr(), test::Sum(x[i], y[i])));
  }
}

static void AnInputMayBeOnTheDevice(ge::GeSession &session) {
  std::vector<float> x = test::Ramp(6, 1.0F), y = test::Ramp(6, 2.0F);
  test::Device device(x);
  std::vector<gert::Tensor> inputs;
  inputs.push_back(test::View(kDims, device.get(), device.size(), gert::kOnDeviceHbm));
  inputs.push_back(test::Host(kDims, y));
  Latch done(1);
  CHECK_STATUS(0, session.RunGraphAsync(7, inputs, [&](uint32_t status, std::vector<gert::Tensor> &outputs) {
    CHECK_STATUS(0, status);
    CHECK(test::Equal(outputs[0].GetAddr(), test::Sum(x, y)));
    done.CountDown();
  }));
  done.Wait();
}

static void ACallbackMayQueueTheNextRun(ge::GeSession &session) {
  std::vector<float> x = test::Ramp(6, 1.0F), y = test::Ramp(6, 2.0F);
  std::vector<gert::Tensor> inputs;
  inputs.push_back(test::Host(kDims, x));
  inputs.push_back(test::Host(kDims, y));
  Latch done(2);
  CHECK_STATUS(0, session.RunGraphAsync(7, inputs, [&](uint32_t status, std::vector<gert::Tensor> &) {
    CHECK_STATUS(0, status);
    CHECK_STATUS(0, session.RunGraphAsync(7, inputs, [&](uint32_t second, std::vector<gert::Tensor> &) {
      CHECK_STATUS(0, second);
      done.CountDown();
    }));
    done.CountDown();
  }));
  done.Wait();
}

static void TheOtherModesAreExcludedFromNowOn(ge::GeSession &session) {
  std::vector<float> x = test::Ramp(6, 1.0F), y = test::Ramp(6, 2.0F);
  std::vector<gert::Tensor> inputs, outputs;
  inputs.push_back(test::Host(kDims, x));
  inputs.push_back(test::Host(kDims, y));
  CHECK_STATUS(1343225956U, session.RunGraph(7, inputs, outputs));
  CHECK_STATUS(4294967295U, session.RunGraphWithStreamAsync(7, nullptr, inputs, outputs));
}

static void ADynamicGraphCompiledBeforehandTakesEveryShape(ge::GeSession &session) {
  const ge::Graph graph = test::Parse("any", air::Add("any", {-1, 3}));
  CHECK_STATUS(0, session.AddGraph(8, graph));
  CHECK_STATUS(0, session.CompileGraph(8));
  for (int64_t rows = 1; rows <= 4; ++rows) {
    std::vector<float> x = test::Ramp(static_cast<size_t>(rows) * 3, 1.0F), y = test::Ramp(x.size(), 5.0F);
    std::vector<gert::Tensor> inputs;
    inputs.push_back(test::Host({rows, 3}, x));
    inputs.push_back(test::Host({rows, 3}, y));
    Latch done(1);
    CHECK_STATUS(0,
                 session.RunGraphAsync(8, inputs, [&](uint32_t status, std::vector<gert::Tensor> &outputs) {
                   CHECK_STATUS(0, status);
                   CHECK(outputs[0].GetStorageShape() == test::ShapeOf({rows, 3}).GetStorageShape());
                   CHECK(outputs[0].GetDataType() == ge::DT_FLOAT);
                   CHECK(test::Equal(outputs[0].GetAddr(), test::Sum(x, y)));
                   done.CountDown();
                 }));
    done.Wait();
  }
}

static void EveryOneOfManyPendingRunsIsAnswered(ge::GeSession &session) {
  const int kRuns = 10000;
  std::vector<float> x = test::Ramp(6, 1.0F), y = test::Ramp(6, 2.0F);
  std::vector<gert::Tensor> inputs;
  inputs.push_back(test::Host(kDims, x));
  inputs.push_back(test::Host(kDims, y));
  Latch gate(1), done(kRuns);
  for (int i = 0; i < kRuns; ++i) {
    CHECK_STATUS(0, session.RunGraphAsync(7, inputs, [&, i](uint32_t status, std::vector<gert::Tensor> &) {
      CHECK_STATUS(0, status);
      if (i == 0) {
        gate.Wait(); /* holds the others up until all are queued */
      }
      done.CountDown();
    }));
  }
  gate.CountDown();
  done.Wait();
}

int main() {
  CHECK_STATUS(0, ge::GEInitializeV2({{"ge.exec.deviceId", "0"}, {"ge.graphRunMode", "0"}}));
  CHECK_STATUS(0, aclrtSetDevice(0));
  {
    const ge::Graph graph = test::Parse("sum", air::Add("sum", kDims));
    ge::GeSession session({});
    CHECK_STATUS(0, session.AddGraph(7, graph));
    ResultsArriveInOrderAndOutliveTheCallback(session);
    AnInputMayBeOnTheDevice(session);
    ACallbackMayQueueTheNextRun(session);
    TheOtherModesAreExcludedFromNowOn(session);
    ADynamicGraphCompiledBeforehandTakesEveryShape(session);
    EveryOneOfManyPendingRunsIsAnswered(session);
  }
  CHECK_STATUS(0, ge::GEFinalizeV2());
  CHECK_STATUS(0, aclrtResetDevice(0));
  return 0;
}
