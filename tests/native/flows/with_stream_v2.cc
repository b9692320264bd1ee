/* Flow 3: GeSession::RunGraphWithStreamAsync with outputs of the user, of an external allocator and of GE's
 * own; static and dynamic shapes; inputs on the host by option. */
#include <map>
#include <memory>

#include "ge/ge_api_v2.h"
#include "../support/counting_allocator.h"
#include "../support/ge_program.h"

static const air::Dims kDims = {4, 8};
static const size_t kCount = 32;

struct Fixture {
  Fixture() : stream(nullptr), x(test::Ramp(kCount, 1.0F)), y(test::Ramp(kCount, -3.0F)), dx(x), dy(y) {
    CHECK_STATUS(0, aclrtCreateStream(&stream));
    inputs.push_back(test::View(kDims, dx.get(), dx.size(), gert::kOnDeviceHbm));
    inputs.push_back(test::View(kDims, dy.get(), dy.size(), gert::kOnDeviceHbm));
  }
  ~Fixture() { CHECK_STATUS(0, aclrtDestroyStream(stream)); }

  void Expect(const gert::Tensor &output) {
    CHECK_STATUS(0, aclrtSynchronizeStream(stream));
    CHECK(output.GetPlacement() == gert::kOnDeviceHbm);
    CHECK(test::Download(output.GetAddr(), kCount) == test::Sum(x, y));
  }

  aclrtStream stream;
  std::vector<float> x, y;
  test::Device dx, dy;
  std::vector<gert::Tensor> inputs;
};

static void OutputsOfTheUserAreFilled(ge::GeSession &session) {
  Fixture f;
  test::Device room(kCount * sizeof(float));
  std::vector<gert::Tensor> outputs;
  outputs.push_back(test::View(kDims, room.get(), room.size(), gert::kOnDeviceHbm));
  CHECK_STATUS(0, session.RunGraphWithStreamAsync(1, f.stream, f.inputs, outputs));
  CHECK(outputs[0].GetAddr() == room.get());
  f.Expect(outputs[0]);
}

static void MissingOutputsComeFromGeAndAreReused(ge::GeSession &session) {
  Fixture f;
  std::vector<gert::Tensor> outputs;
  CHECK_STATUS(0, session.RunGraphWithStreamAsync(1, f.stream, f.inputs, outputs));
  CHECK(outputs.size() == 1 && outputs[0].GetSize() == kCount * sizeof(float));
  CHECK(outputs[0].GetStorageShape() == test::ShapeOf(kDims).GetStorageShape());
  CHECK(outputs[0].GetDataType() == ge::DT_FLOAT);
  f.Expect(outputs[0]);
  const void *const first = outputs[0].GetAddr();
  CHECK_STATUS(0, session.RunGraphWithStreamAsync(1, f.stream, f.inputs, outputs));
  CHECK(outputs[0].GetAddr() == first);
  f.Expect(outputs[0]);
}

static void AnExternalAllocatorServesItsStream(ge::GeSession &session) {
  Fixture f;
  const std::shared_ptr<test::CountingAllocator> allocator = std::make_shared<test::CountingAllocator>();
  CHECK_STATUS(0, session.RegisterExternalAllocator(f.stream, allocator));
  {
    std::vector<gert::Tensor> outputs;
    CHECK_STATUS(0, session.RunGraphWithStreamAsync(1, f.stream, f.inputs, outputs));
    CHECK(allocator->taken == 1 && allocator->freed == 0);
    CHECK(allocator->last_size == kCount * sizeof(float) + 32);
    f.Expect(outputs[0]);
  }
  CHECK(allocator->freed == 1);
  CHECK_STATUS(0, session.UnregisterExternalAllocator(f.stream));
  CHECK(allocator.use_count() == 1);
}

static void AGraphLoadedOnTheStreamTakesItsMemoryFromTheAllocator(ge::GeSession &session) {
  Fixture f;
  const std::shared_ptr<test::CountingAllocator> allocator = std::make_shared<test::CountingAllocator>();
  CHECK_STATUS(
      0, session.AddGraph(2, test::Parse("weights", air::AddConst("weights", kDims, test::Ramp(8, 9.0F)))));
  CHECK_STATUS(0, session.CompileGraph(2));
  CHECK_STATUS(0, session.RegisterExternalAllocator(f.stream, allocator));
  CHECK_STATUS(0, session.LoadGraph(2, {}, f.stream));
  size_t weights = 0, work = 0;
  const ge::CompiledGraphSummaryPtr summary = session.GetCompiledGraphSummary(2);
  CHECK(summary != nullptr && summary->IsStatic());
  CHECK_STATUS(0, summary->GetConstMemorySize(weights));
  CHECK_STATUS(0, summary->GetFeatureMemorySize(work));
  CHECK(allocator->sizes == std::vector<size_t>({weights, work}));
  f.inputs.pop_back();
  {
    std::vector<gert::Tensor> outputs;
    CHECK_STATUS(0, session.RunGraphWithStreamAsync(2, f.stream, f.inputs, outputs));
    CHECK_STATUS(0, aclrtSynchronizeStream(f.stream));
    CHECK(test::Download(outputs[0].GetAddr(), kCount) == test::Sum(f.x, test::Ramp(8, 9.0F)));
  }
  CHECK_STATUS(0, session.RemoveGraph(2));
  CHECK(allocator->taken == 3 && allocator->freed == 3);
  CHECK_STATUS(0, session.UnregisterExternalAllocator(f.stream));
}

static void ADynamicGraphTellsTheShapeOfItsOutputs(ge::GeSession &session) {
  CHECK_STATUS(0, session.AddGraph(3, test::Parse("any", air::Add("any", {-1, 8}))));
  Fixture f;
  for (int64_t rows = 1; rows <= 4; ++rows) {
    const size_t bytes = static_cast<size_t>(rows) * 8 * sizeof(float);
    std::vector<gert::Tensor> inputs, outputs;
    inputs.push_back(test::View({rows, 8}, f.dx.get(), bytes, gert::kOnDeviceHbm));
    inputs.push_back(test::View({rows, 8}, f.dy.get(), bytes, gert::kOnDeviceHbm));
    CHECK_STATUS(0, session.RunGraphWithStreamAsync(3, f.stream, inputs, outputs));
    CHECK(outputs[0].GetStorageShape() == test::ShapeOf({rows, 8}).GetStorageShape());
    CHECK(outputs[0].GetSize() == bytes);
    CHECK_STATUS(0, aclrtSynchronizeStream(f.stream));
    std::vector<float> expected = test::Sum(f.x, f.y);
    expected.resize(bytes / sizeof(float));
    CHECK(test::Download(outputs[0].GetAddr(), expected.size()) == expected);
  }
  CHECK(!session.GetCompiledGraphSummary(3)->IsStatic());
}

static void AHostInputNamedByTheOptionIsCopiedByTheCall(ge::GeSession &session) {
  Fixture f;
  CHECK_STATUS(0, session.AddGraph(4, test::Parse("host", air::Add("host", kDims)),
                                   {{"ge.exec.hostInputIndexes", "1"}}));
  std::vector<float> here = f.y;
  std::vector<gert::Tensor> inputs, outputs;
  inputs.push_back(test::View(kDims, f.dx.get(), f.dx.size(), gert::kOnDeviceHbm));
  inputs.push_back(test::Host(kDims, here));
  CHECK_STATUS(0, session.RunGraphWithStreamAsync(4, f.stream, inputs, outputs));
  here.assign(kCount, -1.0F); /* the caller's again as soon as the call returned */
  f.Expect(outputs[0]);
}

/* Loading makes the device's primary context the thread's, and the stream belongs to another one all the same. */
static void AStreamOfAnExplicitContextWillDo(ge::GeSession &session) {
  CHECK_STATUS(0, session.AddGraph(5, test::Parse("context", air::Add("context", kDims))));
  aclrtContext context = nullptr;
  CHECK_STATUS(0, aclrtCreateContext(&context, 0));
  {
    std::vector<gert::Tensor> outputs;
    Fixture f;
    CHECK_STATUS(0, session.RunGraphWithStreamAsync(5, f.stream, f.inputs, outputs));
    CHECK_STATUS(0, aclrtSetCurrentContext(context));
    CHECK_STATUS(0, session.RunGraphWithStreamAsync(5, f.stream, f.inputs, outputs));
    f.Expect(outputs[0]);
  }
  CHECK_STATUS(0, aclrtDestroyContext(context));
  CHECK_STATUS(0, aclrtSetDevice(0));
  CHECK_STATUS(0, aclrtResetDevice(0));
}

int main() {
  CHECK_STATUS(0, aclInit(nullptr));
  CHECK_STATUS(0, aclrtSetDevice(0));
  CHECK_STATUS(0, ge::GEInitializeV2({{"ge.exec.deviceId", "0"}}));
  {
    const ge::Graph graph = test::Parse("sum", air::Add("sum", kDims));
    ge::GeSession session({});
    CHECK_STATUS(0, session.AddGraph(1, graph));
    OutputsOfTheUserAreFilled(session);
    MissingOutputsComeFromGeAndAreReused(session);
    AnExternalAllocatorServesItsStream(session);
    AGraphLoadedOnTheStreamTakesItsMemoryFromTheAllocator(session);
    ADynamicGraphTellsTheShapeOfItsOutputs(session);
    AHostInputNamedByTheOptionIsCopiedByTheCall(session);
    AStreamOfAnExplicitContextWillDo(session);
  }
  CHECK_STATUS(0, ge::GEFinalizeV2());
  CHECK_STATUS(0, aclrtResetDevice(0));
  CHECK_STATUS(0, aclFinalize());
  return 0;
}
