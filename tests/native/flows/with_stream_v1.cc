/* Flow 2: Session::RunGraphWithStreamAsync: compiles, loads and runs in one call, over ge::Tensor. */
#include "ge/ge_api.h"
#include "../support/counting_allocator.h"
#include "../support/ge_program.h"

static const air::Dims kDims = {3, 5};
static const size_t kCount = 15;

static ge::Tensor Describe(const air::Dims &dims, ge::Placement placement) {
  ge::TensorDesc desc((ge::Shape(dims)), ge::FORMAT_ND, ge::DT_FLOAT);
  desc.SetPlacement(placement);
  return ge::Tensor(desc);
}

static ge::Tensor OnDevice(const air::Dims &dims, const test::Device &memory, size_t size) {
  ge::Tensor tensor = Describe(dims, ge::kPlacementDevice);
  CHECK_STATUS(0, tensor.SetData(static_cast<uint8_t *>(memory.get()), size, [](uint8_t *) {}));
  return tensor;
}

struct Fixture {
  Fixture() : stream(nullptr), x(test::Ramp(kCount, 1.0F)), y(test::Ramp(kCount, -3.0F)), dx(x), dy(y) {
    CHECK_STATUS(0, aclrtCreateStream(&stream));
    inputs.push_back(OnDevice(kDims, dx, dx.size()));
    inputs.push_back(OnDevice(kDims, dy, dy.size()));
  }
  ~Fixture() { CHECK_STATUS(0, aclrtDestroyStream(stream)); }

  void Expect(const ge::Tensor &output) {
    CHECK_STATUS(0, aclrtSynchronizeStream(stream));
    CHECK(test::Download(output.GetData(), kCount) == test::Sum(x, y));
  }

  aclrtStream stream;
  std::vector<float> x, y;
  test::Device dx, dy;
  std::vector<ge::Tensor> inputs;
};

static void TheFirstCallCompilesAndLoads(ge::Session &session) {
  Fixture f;
  test::Device room(kCount * sizeof(float));
  std::vector<ge::Tensor> outputs;
  outputs.push_back(OnDevice(kDims, room, room.size()));
  CHECK(session.IsGraphNeedRebuild(1));
  CHECK_STATUS(0, session.RunGraphWithStreamAsync(1, f.stream, f.inputs, outputs));
  CHECK(!session.IsGraphNeedRebuild(1));
  CHECK(outputs[0].GetData() == room.get());
  f.Expect(outputs[0]);
}

static void AnExternalAllocatorGivesMissingOutputs(ge::Session &session) {
  Fixture f;
  const std::shared_ptr<test::CountingAllocator> allocator = std::make_shared<test::CountingAllocator>();
  CHECK_STATUS(0, session.RegisterExternalAllocator(f.stream, allocator));
  {
    std::vector<ge::Tensor> outputs;
    CHECK_STATUS(0, session.RunGraphWithStreamAsync(1, f.stream, f.inputs, outputs));
    CHECK(outputs.size() == 1 && allocator->taken == 1);
    CHECK(outputs[0].GetTensorDesc().GetShape().GetDims() == kDims);
    f.Expect(outputs[0]);
  }
  CHECK(allocator->freed == 1);
  CHECK_STATUS(0, session.UnregisterExternalAllocator(f.stream));
}

static void ACompiledDynamicGraphAllocatesByItself(ge::Session &session) {
  Fixture f;
  CHECK_STATUS(0, session.AddGraph(2, test::Parse("any", air::Add("any", {-1, 5}))));
  CHECK_STATUS(0, session.CompileGraph(2));
  for (int64_t rows = 1; rows <= 3; ++rows) {
    const size_t bytes = static_cast<size_t>(rows) * 5 * sizeof(float);
    std::vector<ge::Tensor> inputs, outputs;
    inputs.push_back(OnDevice({rows, 5}, f.dx, bytes));
    inputs.push_back(OnDevice({rows, 5}, f.dy, bytes));
    CHECK_STATUS(0, session.RunGraphWithStreamAsync(2, f.stream, inputs, outputs));
    CHECK(outputs[0].GetTensorDesc().GetShape().GetDims() == air::Dims({rows, 5}));
    CHECK_STATUS(0, aclrtSynchronizeStream(f.stream));
    std::vector<float> expected = test::Sum(f.x, f.y);
    expected.resize(bytes / sizeof(float));
    CHECK(test::Download(outputs[0].GetData(), expected.size()) == expected);
  }
}

static void ALoadedGraphServesRuntimeTensors(ge::Session &session) {
  Fixture f;
  CHECK_STATUS(0, session.AddGraph(3, test::Parse("loaded", air::Add("loaded", kDims))));
  CHECK_STATUS(0, session.CompileGraph(3));
  std::vector<gert::Tensor> inputs, outputs;
  inputs.push_back(test::View(kDims, f.dx.get(), f.dx.size(), gert::kOnDeviceHbm));
  inputs.push_back(test::View(kDims, f.dy.get(), f.dy.size(), gert::kOnDeviceHbm));
  CHECK_STATUS(4294967295U, session.ExecuteGraphWithStreamAsync(3, f.stream, inputs, outputs));
  CHECK_STATUS(0, session.LoadGraph(3, {}, f.stream));
  CHECK_STATUS(0, session.ExecuteGraphWithStreamAsync(3, f.stream, inputs, outputs));
  CHECK_STATUS(0, aclrtSynchronizeStream(f.stream));
  CHECK(test::Download(outputs[0].GetAddr(), kCount) == test::Sum(f.x, f.y));
}

static void TheOtherWaysToRunAreNotExcluded(ge::Session &session) {
  std::vector<float> x = test::Ramp(kCount, 4.0F), y = test::Ramp(kCount, 6.0F);
  std::vector<ge::Tensor> inputs, outputs;
  for (std::vector<float> *values : {&x, &y}) {
    ge::Tensor tensor = Describe(kDims, ge::kPlacementHost);
    CHECK_STATUS(0,
                 tensor.SetData(reinterpret_cast<const uint8_t *>(values->data()), kCount * sizeof(float)));
    inputs.push_back(tensor);
  }
  CHECK_STATUS(0, session.RunGraph(1, inputs, outputs));
  CHECK(outputs[0].GetSize() == kCount * sizeof(float));
  CHECK(outputs[0].GetTensorDesc().GetPlacement() == ge::kPlacementHost);
  CHECK(test::Equal(outputs[0].GetData(), test::Sum(x, y)));
  test::Latch done(1);
  CHECK_STATUS(0, session.RunGraphAsync(1, inputs, [&](uint32_t status, std::vector<ge::Tensor> &results) {
    CHECK_STATUS(0, status);
    CHECK(test::Equal(results[0].GetData(), test::Sum(x, y)));
    done.CountDown();
  }));
  done.Wait();
}

int main() {
  CHECK_STATUS(0, aclrtSetDevice(0));
  CHECK_STATUS(0,
               ge::GEInitialize(std::map<ge::AscendString, ge::AscendString>({{"ge.exec.deviceId", "0"}})));
  {
    ge::Session session((std::map<ge::AscendString, ge::AscendString>()));
    CHECK_STATUS(0, session.AddGraph(1, test::Parse("sum", air::Add("sum", kDims))));
    TheFirstCallCompilesAndLoads(session);
    AnExternalAllocatorGivesMissingOutputs(session);
    ACompiledDynamicGraphAllocatesByItself(session);
    ALoadedGraphServesRuntimeTensors(session);
    TheOtherWaysToRunAreNotExcluded(session);
  }
  CHECK_STATUS(0, ge::GEFinalize());
  CHECK_STATUS(0, aclrtResetDevice(0));
  return 0;
}
