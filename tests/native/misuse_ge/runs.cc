/* The three ways to run: what they exclude, and inputs and outputs that do not fit. */
#include <atomic>
#include <thread>

#include "cases.h"

namespace misuse {
namespace {
/* Two threads call RunGraph until one of them is refused; which one, and when, is up to the machine. */
uint32_t RunConcurrently() {
  World world;
  const air::Dims dims = {1 << 20};
  std::vector<float> big(static_cast<size_t>(dims[0]), 1.0F);
  for (uint32_t id : {2U, 3U}) {
    CHECK_STATUS(0, world.session->AddGraph(id, test::Parse("big", air::Add("big", dims))));
    CHECK_STATUS(0, world.session->LoadGraph(id, {}, nullptr));
  }
  std::atomic<uint32_t> refused(0);
  const auto body = [&](uint32_t id) {
    for (int i = 0; i < 100000 && refused == 0; ++i) {
      std::vector<gert::Tensor> inputs, outputs;
      inputs.push_back(test::Host(dims, big));
      inputs.push_back(test::Host(dims, big));
      const uint32_t status = world.session->RunGraph(id, inputs, outputs);
      if (status != 0) {
        const ge::AscendString text = ge::GEGetErrorMsgV3();
        CHECK(std::strstr(text.GetString(), "another RunGraph is active") != nullptr);
        refused = status;
      }
    }
  };
  std::thread second(body, 3);
  body(2);
  second.join();
  return refused;
}

uint32_t RunWith(const std::vector<gert::Tensor> &inputs, World &world) {
  std::vector<gert::Tensor> outputs;
  return world.session->RunGraph(1, inputs, outputs);
}

uint32_t StreamWith(const std::vector<gert::Tensor> &inputs, World &world) {
  std::vector<gert::Tensor> outputs;
  return world.session->RunGraphWithStreamAsync(1, world.stream, inputs, outputs);
}

void AddModeCases(Cases &cases) {
  cases["mode.run_then_stream"] = [] {
    World world;
    CHECK_STATUS(0, world.Run());
    return world.RunWithStream();
  };
  cases["mode.run_then_async"] = [] {
    World world;
    CHECK_STATUS(0, world.Run());
    uint32_t returned = 0;
    CHECK_STATUS(1343225956U, world.RunAsync(1, world.Inputs(), &returned));
    return returned;
  };
  cases["mode.stream_then_run"] = [] {
    World world;
    CHECK_STATUS(0, world.RunWithStream());
    return world.Run();
  };
  cases["mode.stream_then_async"] = [] {
    World world;
    CHECK_STATUS(0, world.RunWithStream());
    uint32_t returned = 0;
    CHECK_STATUS(1343225956U, world.RunAsync(1, world.Inputs(), &returned));
    return returned;
  };
  cases["mode.async_then_run"] = [] {
    World world;
    CHECK_STATUS(0, world.RunAsync(1, world.Inputs()));
    return world.Run();
  };
  cases["mode.async_then_stream"] = [] {
    World world;
    CHECK_STATUS(0, world.RunAsync(1, world.Inputs()));
    return world.RunWithStream();
  };
  cases["mode.set_by_a_failed_run"] = [] {
    World world;
    CHECK(RunWith(world.Inputs(16, 1), world) != 0);
    return world.RunWithStream();
  };
  cases["mode.not_set_by_load"] = [] {
    World world;
    CHECK_STATUS(0, world.session->LoadGraph(1, {}, nullptr));
    CHECK_STATUS(0, world.RunWithStream());
    return world.RunWithStream();
  };
  cases["mode.not_changed_by_a_refused_call"] = [] {
    World world;
    CHECK_STATUS(0, world.Run());
    CHECK(world.RunWithStream() != 0);
    const ge::AscendString taken = ge::GEGetErrorMsgV3();
    return world.Run();
  };
  cases["mode.reset_by_removal"] = [] {
    World world;
    CHECK_STATUS(0, world.Run());
    CHECK_STATUS(0, world.session->RemoveGraph(1));
    CHECK_STATUS(0, world.session->AddGraph(1, world.graph));
    return world.RunWithStream();
  };
}

void AddStreamCases(Cases &cases) {
  cases["stream.unknown_graph"] = [] {
    World world;
    std::vector<gert::Tensor> outputs;
    return world.session->RunGraphWithStreamAsync(9, world.stream, world.DeviceInputs(), outputs);
  };
  cases["stream.few_inputs"] = [] {
    World world;
    return StreamWith(world.DeviceInputs(16, 1), world);
  };
  cases["stream.many_inputs"] = [] {
    World world;
    return StreamWith(world.DeviceInputs(16, 3), world);
  };
  cases["stream.small_input"] = [] {
    World world({}, {8, 8});
    return StreamWith(world.DeviceInputs(256 - 65), world);
  };
  cases["stream.input_within_the_tolerance"] = [] {
    World world({}, {8, 8});
    return StreamWith(world.DeviceInputs(256 - 64), world);
  };
  cases["stream.many_outputs"] = [] {
    World world;
    std::vector<gert::Tensor> outputs = world.DeviceInputs();
    return world.session->RunGraphWithStreamAsync(1, world.stream, world.DeviceInputs(), outputs);
  };
  cases["stream.small_output"] = [] {
    World world({}, {8, 8});
    std::vector<gert::Tensor> outputs = world.DeviceInputs(256 - 65, 1);
    return world.session->RunGraphWithStreamAsync(1, world.stream, world.DeviceInputs(256), outputs);
  };
  cases["stream.host_output"] = [] {
    World world;
    std::vector<gert::Tensor> outputs = world.Inputs(16, 1);
    return world.session->RunGraphWithStreamAsync(1, world.stream, world.DeviceInputs(), outputs);
  };
  cases["stream.stale_handle"] = [] {
    World world;
    CHECK_STATUS(0, aclrtDestroyStream(world.stream));
    return StreamWith(world.DeviceInputs(), world);
  };
  cases["stream.of_another_device"] = [] {
    World world;
    CHECK_STATUS(0, aclrtSetDevice(1));
    CHECK_STATUS(0, aclrtCreateStream(&world.stream));
    return StreamWith(world.DeviceInputs(), world);
  };
  cases["stream.dynamic_host_input"] = [] {
    World world({}, {-1, 2});
    return StreamWith(world.Inputs(), world);
  };
  cases["stream.frozen_input_moved"] = [] {
    World world;
    CHECK_STATUS(0, world.session->LoadGraph(1, {{"ge.exec.frozenInputIndexes", "0"}}, world.stream));
    CHECK_STATUS(0, world.RunWithStream());
    std::vector<gert::Tensor> inputs = world.DeviceInputs();
    (void)inputs[0].MutableTensorData().SetAddr(static_cast<char *>(world.memory) + 512, nullptr);
    return StreamWith(inputs, world);
  };
  cases["stream.allocator_without_memory"] = [] {
    World world;
    const auto allocator = std::make_shared<test::CountingAllocator>();
    allocator->refuse = true;
    CHECK_STATUS(0, world.session->LoadGraph(1, {}, nullptr));
    CHECK_STATUS(0, world.session->RegisterExternalAllocator(world.stream, allocator));
    return StreamWith(world.DeviceInputs(), world);
  };
  cases["stream.output_released_after_removal"] = [] {
    World world;
    std::vector<gert::Tensor> outputs;
    CHECK_STATUS(0, world.session->RunGraphWithStreamAsync(1, world.stream, world.DeviceInputs(), outputs));
    CHECK_STATUS(0, aclrtSynchronizeStream(world.stream));
    CHECK_STATUS(0, world.session->RemoveGraph(1));
    outputs.clear();
    return 0U;
  };
}

void AddAsyncCases(Cases &cases) {
  cases["async.unknown_graph"] = [] {
    World world;
    return world.session->RunGraphAsync(9, world.Inputs(),
                                        [](uint32_t, std::vector<gert::Tensor> &) { CHECK(!"called back"); });
  };
  cases["async.large_input"] = [] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    return world.RunAsync(1, world.Inputs(17));
  };
  cases["async.few_inputs"] = [] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    return world.RunAsync(1, world.Inputs(16, 1));
  };
  cases["async.small_input"] = [] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    return world.RunAsync(1, world.Inputs(12));
  };
  cases["async.runs_go_on_after_a_failed_one"] = [] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    CHECK(world.RunAsync(1, world.Inputs(17)) != 0);
    return world.RunAsync(1, world.Inputs());
  };
  cases["async.compile_failure"] = [] {
    World world({}, {2, 2});
    std::vector<gert::Tensor> inputs;
    inputs.push_back(test::View({2, 2}, world.x.data(), 16, gert::kOnHost));
    inputs.push_back(test::View({3}, world.y.data(), 12, gert::kOnHost));
    return world.RunAsync(1, inputs) != 0 ? 0U : 1U;
  };
  cases["async.queue_stopped"] = [] {
    World world({}, {2, 2});
    std::vector<gert::Tensor> inputs;
    inputs.push_back(test::View({2, 2}, world.x.data(), 16, gert::kOnHost));
    inputs.push_back(test::View({3}, world.y.data(), 12, gert::kOnHost));
    CHECK(world.RunAsync(1, inputs) != 0);
    const ge::AscendString taken = ge::GEGetErrorMsgV3();
    return world.session->RunGraphAsync(1, world.Inputs(),
                                        [](uint32_t, std::vector<gert::Tensor> &) { CHECK(!"called back"); });
  };
  cases["async.queue_stopped_leaves_the_other_ways"] = [] {
    World world({}, {2, 2});
    std::vector<gert::Tensor> inputs, outputs;
    inputs.push_back(test::View({2, 2}, world.x.data(), 16, gert::kOnHost));
    inputs.push_back(test::View({3}, world.y.data(), 12, gert::kOnHost));
    CHECK(world.RunAsync(1, inputs) != 0);
    CHECK_STATUS(0, world.session->AddGraph(2, test::Parse("other", air::Add("other", {2, 2}))));
    CHECK_STATUS(kFailed, world.session->RunGraphAsync(2, world.Inputs(), nullptr));
    const ge::AscendString taken = ge::GEGetErrorMsgV3();
    return world.session->RunGraph(2, world.Inputs(), outputs);
  };
  cases["async.without_a_callback"] = [] {
    World world;
    CHECK_STATUS(0, world.session->RunGraphAsync(1, world.Inputs(), nullptr));
    return world.RunAsync(1, world.Inputs());
  };
  cases["async.destroyed_in_its_callback"] = [] {
    World world;
    test::Latch latch(1);
    CHECK_STATUS(0,
                 world.session->RunGraphAsync(1, world.Inputs(), [&](uint32_t, std::vector<gert::Tensor> &) {
                   world.session.reset();
                   latch.CountDown();
                 }));
    latch.Wait();
    return 0U;
  };
}
} // namespace

void AddRunCases(Cases &cases) {
  AddModeCases(cases);
  AddStreamCases(cases);
  AddAsyncCases(cases);
  cases["run.unknown_graph"] = [] {
    std::vector<gert::Tensor> outputs;
    World world;
    return world.session->RunGraph(9, world.Inputs(), outputs);
  };
  cases["run.few_inputs"] = [] {
    World world;
    return RunWith(world.Inputs(16, 1), world);
  };
  cases["run.many_inputs"] = [] {
    World world;
    return RunWith(world.Inputs(16, 3), world);
  };
  cases["run.small_input"] = [] {
    World world({}, {8, 8});
    return RunWith(world.Inputs(12), world);
  };
  cases["run.host_indexes"] = [] {
    World world(Options{{"ge.exec.hostInputIndexes", "0"}});
    return RunWith(world.Inputs(), world);
  };
  cases["run.freed_device_input"] = [] {
    World world;
    CHECK_STATUS(0, aclrtFree(world.memory));
    return RunWith(world.DeviceInputs(), world);
  };
  cases["run.after_a_failed_one"] = [] {
    World world;
    CHECK(RunWith(world.Inputs(16, 1), world) != 0);
    const ge::AscendString taken = ge::GEGetErrorMsgV3();
    return world.Run();
  };
  cases["run.concurrently"] = RunConcurrently;
}
} // namespace misuse
