/* RunGraph of both generations: synchronous, host or device in, aligned host memory out; memory bases,
 * summaries, variables, the compiled model, allocation anew for every run. */
#include "ge/ge_api.h"
#include "ge/ge_api_v2.h"
#include "../support/counting_allocator.h"
#include "../support/ge_program.h"

static const air::Dims kDims = {2, 5};

static std::vector<gert::Tensor> HostInputs(std::vector<float> &x, std::vector<float> &y) {
  std::vector<gert::Tensor> inputs;
  inputs.push_back(test::Host(kDims, x));
  inputs.push_back(test::Host(kDims, y));
  return inputs;
}

static void OutputsAreAlignedHostMemoryOfTheCallers(ge::GeSession &session) {
  std::vector<float> x = test::Ramp(10, 1.0F), y = test::Ramp(10, 7.0F);
  test::Device device(y);
  std::vector<gert::Tensor> inputs = HostInputs(x, y), outputs, kept;
  CHECK_STATUS(0, session.RunGraph(1, inputs, outputs));
  CHECK(outputs.size() == 1 && outputs[0].GetPlacement() == gert::kOnHost);
  CHECK(outputs[0].GetDataType() == ge::DT_FLOAT && outputs[0].GetSize() == 40);
  CHECK(reinterpret_cast<uintptr_t>(outputs[0].GetAddr()) % 64 == 0);
  CHECK(test::Equal(outputs[0].GetAddr(), test::Sum(x, y)));
  kept.push_back(std::move(outputs[0]));
  inputs[1] = test::View(kDims, device.get(), device.size(), gert::kOnDeviceHbm);
  CHECK_STATUS(0, session.RunGraph(1, inputs, outputs));
  CHECK(outputs.size() == 1 && outputs[0].GetAddr() != kept[0].GetAddr());
  CHECK(test::Equal(outputs[0].GetAddr(), test::Sum(x, y)));
}

static void SharedOutputDataLivesUntilTheLastHolder(ge::GeSession &session) {
  std::vector<float> x = test::Ramp(10, 1.0F), y = test::Ramp(10, 7.0F);
  gert::TensorData shared;
  {
    std::vector<gert::Tensor> outputs;
    CHECK_STATUS(0, session.RunGraph(1, HostInputs(x, y), outputs));
    CHECK_STATUS(0, shared.ShareFrom(outputs[0].GetTensorData()));
  }
  CHECK(test::Equal(shared.GetAddr(), test::Sum(x, y)));
}

static void ADynamicGraphTakesEveryShape(ge::GeSession &session) {
  CHECK_STATUS(0, session.AddGraph(2, test::Parse("any", air::Add("any", {-1, 5}))));
  for (int64_t rows = 1; rows <= 3; ++rows) {
    std::vector<float> x = test::Ramp(static_cast<size_t>(rows) * 5, 1.0F), y = test::Ramp(x.size(), 2.0F);
    std::vector<gert::Tensor> inputs, outputs;
    inputs.push_back(test::Host({rows, 5}, x));
    inputs.push_back(test::Host({rows, 5}, y));
    CHECK_STATUS(0, session.RunGraph(2, inputs, outputs));
    CHECK(outputs[0].GetStorageShape() == test::ShapeOf({rows, 5}).GetStorageShape());
    CHECK(test::Equal(outputs[0].GetAddr(), test::Sum(x, y)));
  }
  CHECK_STATUS(0, session.RemoveGraph(2));
}

static void TheSummaryOfAStaticGraphIsComplete(ge::GeSession &session) {
  const std::vector<float> weights = test::Ramp(5, 3.0F);
  CHECK_STATUS(0, session.AddGraph(3, test::Parse("weights", air::AddConst("weights", kDims, weights))));
  CHECK_STATUS(0, session.CompileGraph(3));
  const ge::CompiledGraphSummaryPtr summary = session.GetCompiledGraphSummary(3);
  CHECK_STATUS(0, session.RemoveGraph(3)); /* the summary outlives the graph */
  size_t size = 0;
  bool refreshable = true;
  std::vector<ge::Shape> shapes;
  std::vector<ge::DataType> types;
  CHECK(summary->IsStatic());
  CHECK_STATUS(0, summary->GetConstMemorySize(size));
  CHECK(size >= weights.size() * sizeof(float));
  CHECK_STATUS(0, summary->GetFeatureMemorySize(size));
  CHECK(size >= 512 || size >= 40);
  CHECK_STATUS(0, summary->GetFixedFeatureMemorySize(size));
  CHECK(size == 0);
  CHECK_STATUS(0, summary->GetFeatureMemoryBaseRefreshable(refreshable));
  CHECK(!refreshable);
  CHECK_STATUS(0, summary->GetStreamNum(size));
  CHECK(size == 1);
  CHECK_STATUS(0, summary->GetOutputShapes(shapes));
  CHECK(shapes.size() == 1 && shapes[0].GetDims() == kDims);
  CHECK_STATUS(0, summary->GetOutputDtypes(types));
  CHECK(types == std::vector<ge::DataType>({ge::DT_FLOAT}));
}

static void ASummaryOfNothingSays512(ge::GeSession &session) {
  CHECK_STATUS(0, session.AddGraph(3, test::Parse("plain", air::Add("plain", kDims))));
  CHECK_STATUS(0, session.CompileGraph(3));
  size_t size = 0;
  CHECK_STATUS(0, session.GetCompiledGraphSummary(3)->GetConstMemorySize(size));
  CHECK(size == 512);
  CHECK_STATUS(0, session.RemoveGraph(3));
}

static void ARefreshableGraphAsksForMemoryForEveryRun(ge::GeSession &session) {
  aclrtStream stream = nullptr;
  CHECK_STATUS(0, aclrtCreateStream(&stream));
  const std::shared_ptr<test::CountingAllocator> allocator = std::make_shared<test::CountingAllocator>();
  CHECK_STATUS(0, session.RegisterExternalAllocator(stream, allocator));
  CHECK_STATUS(0, session.AddGraph(4, test::Parse("fresh", air::Add("fresh", kDims)),
                                   {{"ge.featureBaseRefreshable", "1"}}));
  CHECK_STATUS(0, session.LoadGraph(4, {}, stream));
  CHECK(allocator->taken == 1); /* const memory only */
  const std::vector<float> x = test::Ramp(10, 1.0F), y = test::Ramp(10, 7.0F);
  test::Device dx(x), dy(y), dz(40);
  std::vector<gert::Tensor> inputs, outputs;
  inputs.push_back(test::View(kDims, dx.get(), 40, gert::kOnDeviceHbm));
  inputs.push_back(test::View(kDims, dy.get(), 40, gert::kOnDeviceHbm));
  outputs.push_back(test::View(kDims, dz.get(), 40, gert::kOnDeviceHbm));
  for (int run = 0; run < 3; ++run) {
    CHECK_STATUS(0, session.RunGraphWithStreamAsync(4, stream, inputs, outputs));
    CHECK(allocator->taken == 2 + run && allocator->freed == 1 + run);
  }
  CHECK(allocator->advised.size() == 2); /* the first time there is no earlier address */
  CHECK_STATUS(0, aclrtSynchronizeStream(stream));
  CHECK(test::Download(dz.get(), 10) == test::Sum(x, y));
  CHECK_STATUS(0, session.RemoveGraph(4));
  CHECK(allocator->taken == allocator->freed);
  CHECK_STATUS(0, session.UnregisterExternalAllocator(stream));
  CHECK_STATUS(0, aclrtDestroyStream(stream));
}

static void TheCompiledModelHasBytes(ge::GeSession &session) {
  ge::ModelBufferData model;
  CHECK_STATUS(0, session.CompileGraph(1));
  CHECK_STATUS(0, session.GetCompiledModel(1, model));
  CHECK(model.data != nullptr && model.length > 0);
}

static void TheFirstGenerationRunsTheSame() {
  ge::Session session((std::map<ge::AscendString, ge::AscendString>()));
  CHECK_STATUS(0, session.AddGraph(1, test::Parse("v1", air::Add("v1", kDims))));
  const std::vector<float> x = test::Ramp(10, 1.0F), y = test::Ramp(10, 7.0F);
  const ge::TensorDesc desc(ge::Shape(kDims), ge::FORMAT_ND, ge::DT_FLOAT);
  std::vector<ge::Tensor> inputs, outputs;
  inputs.emplace_back(desc, reinterpret_cast<const uint8_t *>(x.data()), 40);
  inputs.emplace_back(desc, reinterpret_cast<const uint8_t *>(y.data()), 40);
  CHECK_STATUS(0, session.RunGraph(1, inputs, outputs));
  CHECK(outputs.size() == 1 && outputs[0].GetSize() == 40);
  CHECK(outputs[0].GetTensorDesc().GetDataType() == ge::DT_FLOAT);
  CHECK(outputs[0].GetTensorDesc().GetShape().GetDims() == kDims);
  CHECK(test::Equal(outputs[0].GetData(), test::Sum(x, y)));
}

int main() {
  CHECK_STATUS(0,
               ge::GEInitialize(std::map<ge::AscendString, ge::AscendString>({{"ge.exec.deviceId", "0"}})));
  CHECK_STATUS(0, aclrtSetDevice(0));
  {
    ge::GeSession session({});
    CHECK_STATUS(0, session.AddGraph(1, test::Parse("sum", air::Add("sum", kDims))));
    OutputsAreAlignedHostMemoryOfTheCallers(session);
    SharedOutputDataLivesUntilTheLastHolder(session);
    ADynamicGraphTakesEveryShape(session);
    TheSummaryOfAStaticGraphIsComplete(session);
    ASummaryOfNothingSays512(session);
    ARefreshableGraphAsksForMemoryForEveryRun(session);
    TheCompiledModelHasBytes(session);
    TheFirstGenerationRunsTheSame();
  }
  CHECK_STATUS(0, ge::GEFinalize());
  CHECK_STATUS(0, aclrtResetDevice(0));
  return 0;
}
