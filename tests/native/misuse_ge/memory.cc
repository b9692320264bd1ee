/* Memory of the application's: the order in which the four setters refuse, and allocators. */
#include "cases.h"

namespace misuse {
namespace {
typedef std::function<uint32_t(ge::GeSession &, const void *, size_t)> Setter;

const std::map<std::string, Setter> &Setters() {
  static const std::map<std::string, Setter> setters = {
      {"const", [](ge::GeSession &s, const void *m, size_t n) { return s.SetGraphConstMemoryBase(1, m, n); }},
      {"feature",
       [](ge::GeSession &s, const void *m, size_t n) { return s.UpdateGraphFeatureMemoryBase(1, m, n); }},
      {"fixed",
       [](ge::GeSession &s, const void *m, size_t n) {
         return s.SetGraphFixedFeatureMemoryBaseWithType(1, ge::MemoryType::MEMORY_TYPE_DEFAULT, m, n);
       }},
      {"refreshable", [](ge::GeSession &s, const void *m,
                         size_t n) { return s.UpdateGraphRefreshableFeatureMemoryBase(1, m, n); }},
  };
  return setters;
}

const size_t kPlenty = 1 << 20;

void AddSetter(Cases &cases, const std::string &name, const Setter &set) {
  cases[name + ".unknown"] = [set] {
    World world;
    CHECK_STATUS(0, world.session->RemoveGraph(1));
    return set(*world.session, world.memory, kPlenty);
  };
  cases[name + ".not_compiled"] = [set] {
    World world;
    return set(*world.session, world.memory, kPlenty);
  };
  cases[name + ".loaded"] = [set] {
    World world;
    CHECK_STATUS(0, world.session->LoadGraph(1, {}, nullptr));
    return set(*world.session, world.memory, kPlenty);
  };
  cases[name + ".dynamic"] = [set] {
    World world({}, {-1, 2});
    CHECK_STATUS(0, world.session->CompileGraph(1));
    return set(*world.session, world.memory, kPlenty);
  };
  cases[name + ".null"] = [set] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    return set(*world.session, nullptr, kPlenty);
  };
  cases[name + ".small"] = [set] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    return set(*world.session, world.memory, 1);
  };
  cases[name + ".twice"] = [set] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    CHECK_STATUS(0, set(*world.session, world.memory, kPlenty));
    return set(*world.session, world.memory, kPlenty);
  };
  cases[name + ".then_run"] = [set] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    CHECK_STATUS(0, set(*world.session, world.memory, kPlenty));
    test::Device room(16);
    std::vector<gert::Tensor> outputs;
    outputs.push_back(test::View({2, 2}, room.get(), 16, gert::kOnDeviceHbm));
    CHECK_STATUS(0, world.session->RunGraphWithStreamAsync(1, world.stream, world.DeviceInputs(), outputs));
    return static_cast<uint32_t>(aclrtSynchronizeStream(world.stream));
  };
}
} // namespace

void AddMemoryCases(Cases &cases) {
  for (const auto &setter : Setters()) {
    AddSetter(cases, setter.first, setter.second);
  }
  const Setter feature = Setters().at("feature"), refreshable = Setters().at("refreshable");
  cases["feature.after_refreshable"] = [feature, refreshable] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    CHECK_STATUS(0, refreshable(*world.session, world.memory, kPlenty));
    return feature(*world.session, world.memory, kPlenty);
  };
  cases["refreshable.after_feature"] = [feature, refreshable] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    CHECK_STATUS(0, feature(*world.session, world.memory, kPlenty));
    return refreshable(*world.session, world.memory, kPlenty);
  };
  cases["feature.refreshable_twice"] = [feature] {
    World world(Options{{"ge.featureBaseRefreshable", "1"}});
    CHECK_STATUS(0, world.session->CompileGraph(1));
    CHECK_STATUS(0, feature(*world.session, world.memory, kPlenty));
    return feature(*world.session, world.memory, kPlenty);
  };
  cases["feature.refreshable_loaded"] = [feature] {
    World world(Options{{"ge.featureBaseRefreshable", "1"}});
    CHECK_STATUS(0, world.session->LoadGraph(1, {}, world.stream));
    return feature(*world.session, world.memory, kPlenty);
  };
  cases["fixed.bad_type"] = [] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    return world.session->SetGraphFixedFeatureMemoryBaseWithType(1, static_cast<ge::MemoryType>(7),
                                                                 world.memory, 8);
  };
  cases["const.missing_outputs"] = [] {
    World world;
    CHECK_STATUS(0, world.session->CompileGraph(1));
    CHECK_STATUS(0, world.session->SetGraphConstMemoryBase(1, world.memory, kPlenty));
    std::vector<gert::Tensor> outputs;
    return world.session->RunGraphWithStreamAsync(1, world.stream, world.DeviceInputs(), outputs);
  };
  cases["allocator.null_stream"] = [] {
    return World().session->RegisterExternalAllocator(nullptr, std::make_shared<test::CountingAllocator>());
  };
  cases["allocator.null"] = [] {
    World world;
    return world.session->RegisterExternalAllocator(world.stream, nullptr);
  };
  cases["allocator.unregister_null"] = [] { return World().session->UnregisterExternalAllocator(nullptr); };
  cases["allocator.unregister_unknown"] = [] {
    World world;
    return world.session->UnregisterExternalAllocator(world.stream);
  };
}
} // namespace misuse
