/* Flow 4: the walk-through of the asynchronous mode, one process, one device: everything in its order, undone
 * in the opposite one. */
#include <cstring>

#include "ge/ge_api_v2.h"
#include "../support/ge_program.h"

static const air::Dims kDims = {16, 16};
static const size_t kCount = 256, kBytes = kCount * sizeof(float);

/* Frozen: the address of this input stays the same from run to run. */
static void Load(ge::GeSession &session, aclrtStream stream) {
  CHECK_STATUS(0, session.CompileGraph(0));
  CHECK_STATUS(0, session.LoadGraph(0, {{"ge.exec.frozenInputIndexes", "1"}}, stream));
}

static void Run(ge::GeSession &session, aclrtStream stream) {
  void *host = nullptr, *x = nullptr, *y = nullptr, *z = nullptr;
  CHECK_STATUS(0, aclrtMallocHost(&host, kBytes));
  for (void **memory : {&x, &y, &z}) {
    CHECK_STATUS(0, aclrtMalloc(memory, kBytes, ACL_MEM_MALLOC_HUGE_FIRST));
  }
  const std::vector<float> left = test::Ramp(kCount, 0.25F), right = test::Ramp(kCount, 8.0F);
  std::memcpy(host, left.data(), kBytes);
  CHECK_STATUS(0, aclrtMemcpy(x, kBytes, host, kBytes, ACL_MEMCPY_HOST_TO_DEVICE));
  std::memcpy(host, right.data(), kBytes);
  CHECK_STATUS(0, aclrtMemcpy(y, kBytes, host, kBytes, ACL_MEMCPY_HOST_TO_DEVICE));
  std::vector<gert::Tensor> inputs, outputs;
  inputs.push_back(test::View(kDims, x, kBytes, gert::kOnDeviceHbm));
  inputs.push_back(test::View(kDims, y, kBytes, gert::kOnDeviceHbm));
  outputs.push_back(test::View(kDims, z, kBytes, gert::kOnDeviceHbm));
  for (int i = 0; i < 3; ++i) {
    CHECK_STATUS(0, session.RunGraphWithStreamAsync(0, stream, inputs, outputs));
  }
  CHECK_STATUS(0, aclrtSynchronizeStream(stream));
  CHECK_STATUS(0, aclrtMemcpy(host, kBytes, z, kBytes, ACL_MEMCPY_DEVICE_TO_HOST));
  CHECK(test::Equal(host, test::Sum(left, right)));
  for (void *memory : {x, y, z}) {
    CHECK_STATUS(0, aclrtFree(memory));
  }
  CHECK_STATUS(0, aclrtFreeHost(host));
}

int main(int argc, char **argv) {
  CHECK_STATUS(0, ge::GEInitializeV2({{"ge.exec.deviceId", "0"}, {"ge.graphRunMode", "0"}}));
  CHECK_STATUS(0, aclInit(argc > 1 ? argv[1] : nullptr));
  {
    ge::GeSession session({});
    aclrtStream stream = nullptr;
    CHECK_STATUS(0, aclrtSetDevice(0));
    CHECK_STATUS(0, aclrtCreateStream(&stream));
    CHECK_STATUS(0, session.AddGraph(0, test::Parse("walk", air::Add("walk", kDims))));
    Load(session, stream);
    Run(session, stream);
    CHECK_STATUS(0, session.RemoveGraph(0));
    CHECK_STATUS(0, aclrtDestroyStream(stream));
    CHECK_STATUS(0, aclrtResetDevice(0));
  }
  CHECK_STATUS(0, ge::GEFinalizeV2());
  CHECK_STATUS(0, aclFinalize());
  return 0;
}
