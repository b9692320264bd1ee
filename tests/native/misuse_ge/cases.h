/* Misuse of GE, one named case each: what the offending call answered. The caller prints it with GE's text.
 */
#ifndef TESTS_NATIVE_MISUSE_GE_CASES_H
#define TESTS_NATIVE_MISUSE_GE_CASES_H

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "ge/ge_api.h"
#include "ge/ge_api_v2.h"
#include "../support/counting_allocator.h"
#include "../support/ge_program.h"

namespace misuse {
typedef std::map<ge::AscendString, ge::AscendString> Options;
typedef std::map<std::string, std::function<uint32_t()>> Cases;

const uint32_t kFailed = 4294967295U;

/* Everything that most cases start from: GE up, a device set, one session, one graph. */
struct World {
  explicit World(const Options &graph_options = {}, const air::Dims &dims = {2, 2},
                 const Options &session_options = {})
      : graph(test::Parse("sum", air::Add("sum", dims))), x(test::Ramp(4, 1.0F)), y(test::Ramp(4, 2.0F)) {
    CHECK_STATUS(0, aclrtSetDevice(0));
    CHECK_STATUS(0, ge::GEInitializeV2({{"ge.exec.deviceId", "0"}}));
    session.reset(new ge::GeSession(session_options));
    CHECK_STATUS(0, session->AddGraph(1, graph, graph_options));
    CHECK_STATUS(0, aclrtCreateStream(&stream));
    CHECK_STATUS(0, aclrtMalloc(&memory, 1 << 20, ACL_MEM_MALLOC_HUGE_FIRST));
  }

  std::vector<gert::Tensor> Inputs(size_t bytes = 16, size_t count = 2) {
    std::vector<gert::Tensor> inputs;
    for (size_t i = 0; i < count; ++i) {
      inputs.push_back(test::View({2, 2}, (i % 2 == 0 ? x : y).data(), bytes, gert::kOnHost));
    }
    return inputs;
  }

  std::vector<gert::Tensor> DeviceInputs(size_t bytes = 16, size_t count = 2) {
    std::vector<gert::Tensor> inputs;
    for (size_t i = 0; i < count; ++i) {
      inputs.push_back(test::View({2, 2}, memory, bytes, gert::kOnDeviceHbm));
    }
    return inputs;
  }

  uint32_t Run() {
    std::vector<gert::Tensor> outputs;
    return session->RunGraph(1, Inputs(), outputs);
  }

  uint32_t RunWithStream() {
    std::vector<gert::Tensor> outputs;
    const uint32_t status = session->RunGraphWithStreamAsync(1, stream, DeviceInputs(), outputs);
    CHECK_STATUS(0, aclrtSynchronizeStream(stream));
    return status;
  }

  /* What the callback heard; `returned` is the call's own answer. */
  uint32_t RunAsync(uint32_t id, const std::vector<gert::Tensor> &inputs, uint32_t *returned = nullptr) {
    uint32_t heard = 0;
    test::Latch latch(1);
    const uint32_t status =
        session->RunGraphAsync(id, inputs, [&](uint32_t result, std::vector<gert::Tensor> &) {
          heard = result;
          latch.CountDown();
        });
    if (returned != nullptr) {
      *returned = status;
    }
    latch.Wait();
    return heard;
  }

  ge::Graph graph;
  std::vector<float> x, y;
  std::unique_ptr<ge::GeSession> session;
  aclrtStream stream = nullptr;
  void *memory = nullptr;
};

/* The table, by area. */
void AddLifecycleCases(Cases &cases);
void AddGraphCases(Cases &cases);
void AddRunCases(Cases &cases);
void AddMemoryCases(Cases &cases);
void AddV1Cases(Cases &cases);
} // namespace misuse

#endif
