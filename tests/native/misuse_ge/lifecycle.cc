/* GE itself: options of initialise and sessions, and every call before it and after it. */
#include "cases.h"

namespace misuse {
namespace {
uint32_t Initialize(const Options &options) {
  return ge::GEInitializeV2(options);
}

/* What a method of a session made with these options answers; 0 would mean that the session is usable. */
uint32_t Construct(const Options &options) {
  CHECK_STATUS(0, ge::GEInitializeV2({{"ge.exec.deviceId", "0"}}));
  ge::GeSession session(options);
  CHECK(session.GetSessionId() == 0);
  const uint32_t status = session.RemoveGraph(1);
  return status;
}

/* One call of every method on a session that is not usable. */
void AddMethods(Cases &cases, const std::string &prefix,
                const std::function<std::shared_ptr<ge::GeSession>()> &make) {
  typedef std::function<uint32_t(ge::GeSession &)> Method;
  const std::map<std::string, Method> methods = {
      {"AddGraph", [](ge::GeSession &s) { return s.AddGraph(1, test::Parse("g", air::Add("g", {2}))); }},
      {"AddGraphClone",
       [](ge::GeSession &s) { return s.AddGraphClone(1, test::Parse("g", air::Add("g", {2}))); }},
      {"RemoveGraph", [](ge::GeSession &s) { return s.RemoveGraph(1); }},
      {"CompileGraph", [](ge::GeSession &s) { return s.CompileGraph(1); }},
      {"LoadGraph", [](ge::GeSession &s) { return s.LoadGraph(1, {}, nullptr); }},
      {"RunGraph",
       [](ge::GeSession &s) {
         std::vector<gert::Tensor> outputs;
         return s.RunGraph(1, {}, outputs);
       }},
      {"RunGraphWithStreamAsync",
       [](ge::GeSession &s) {
         std::vector<gert::Tensor> outputs;
         return s.RunGraphWithStreamAsync(1, nullptr, {}, outputs);
       }},
      {"RunGraphAsync",
       [](ge::GeSession &s) {
         return s.RunGraphAsync(1, {}, [](uint32_t, std::vector<gert::Tensor> &) { CHECK(!"called back"); });
       }},
      {"SetGraphConstMemoryBase", [](ge::GeSession &s) { return s.SetGraphConstMemoryBase(1, &s, 8); }},
      {"UpdateGraphFeatureMemoryBase",
       [](ge::GeSession &s) { return s.UpdateGraphFeatureMemoryBase(1, &s, 8); }},
      {"SetGraphFixedFeatureMemoryBaseWithType",
       [](ge::GeSession &s) {
         return s.SetGraphFixedFeatureMemoryBaseWithType(1, ge::MemoryType::MEMORY_TYPE_DEFAULT, &s, 8);
       }},
      {"UpdateGraphRefreshableFeatureMemoryBase",
       [](ge::GeSession &s) { return s.UpdateGraphRefreshableFeatureMemoryBase(1, &s, 8); }},
      {"RegisterExternalAllocator",
       [](ge::GeSession &s) {
         return s.RegisterExternalAllocator(&s, std::make_shared<test::CountingAllocator>());
       }},
      {"UnregisterExternalAllocator", [](ge::GeSession &s) { return s.UnregisterExternalAllocator(&s); }},
      {"RegisterCallBackFunc",
       [](ge::GeSession &s) {
         return s.RegisterCallBackFunc(
             "Save", [](uint32_t, const std::map<ge::AscendString, gert::Tensor> &) { return 0U; });
       }},
      {"GetCompiledModel",
       [](ge::GeSession &s) {
         ge::ModelBufferData model;
         return s.GetCompiledModel(1, model);
       }},
      {"GraphDebugJSONPrint",
       [](ge::GeSession &s) {
         ge::AscendString json;
         return s.GraphDebugJSONPrint(1, 0, json);
       }},
      {"GetCompiledGraphSummary",
       [](ge::GeSession &s) { return s.GetCompiledGraphSummary(1) == nullptr ? 0U : 1U; }},
      {"IsGraphNeedRebuild", [](ge::GeSession &s) { return s.IsGraphNeedRebuild(1) ? 1U : 0U; }},
      {"GetSessionId", [](ge::GeSession &s) { return static_cast<uint32_t>(s.GetSessionId()); }},
  };
  for (const auto &method : methods) {
    const Method call = method.second;
    cases[prefix + method.first] = [call, make] {
      const std::shared_ptr<ge::GeSession> session = make();
      const ge::AscendString constructed = ge::GEGetErrorMsgV3();
      return call(*session);
    };
  }
}
} // namespace

void AddLifecycleCases(Cases &cases) {
  AddMethods(cases, "before_initialize.", [] { return std::make_shared<ge::GeSession>(Options()); });
  AddMethods(cases, "after_finalize.", [] {
    CHECK_STATUS(0, ge::GEInitializeV2({}));
    auto session = std::make_shared<ge::GeSession>(Options());
    CHECK(session->GetSessionId() != 0);
    CHECK_STATUS(0, ge::GEFinalizeV2());
    return session;
  });
  AddMethods(cases, "initialized_again.", [] {
    CHECK_STATUS(0, ge::GEInitializeV2({}));
    auto session = std::make_shared<ge::GeSession>(Options());
    CHECK_STATUS(0, ge::GEFinalizeV2());
    CHECK_STATUS(0, ge::GEInitializeV2({}));
    return session;
  });
  cases["before_initialize.constructor"] = [] {
    ge::GeSession session({});
    return static_cast<uint32_t>(session.GetSessionId());
  };
  cases["initialize.empty_key"] = [] { return Initialize({{"", "1"}}); };
  cases["initialize.auto_tune"] = [] { return Initialize({{"ge.autoTuneMode", "GA"}}); };
  cases["initialize.long_job_id"] = [] {
    return Initialize({{"ge.exec.jobId", ge::AscendString(std::string(129, 'j').c_str())}});
  };
  cases["initialize.job_id_at_the_limit"] = [] {
    return Initialize({{"ge.exec.jobId", ge::AscendString(std::string(128, 'j').c_str())}});
  };
  cases["initialize.precision_mode"] = [] { return Initialize({{"ge.exec.precision_mode", "fast"}}); };
  cases["initialize.two_precision_modes"] = [] {
    return Initialize({{"ge.exec.precision_mode", "force_fp16"}, {"ge.exec.precision_mode_v2", "fp16"}});
  };
  cases["initialize.mixlist_without_mixed_precision"] = [] {
    return Initialize({{"ge.exec.precision_mode", "force_fp16"}, {"ge.exec.modify_mixlist", "list.json"}});
  };
  cases["initialize.refreshable"] = [] { return Initialize({{"ge.featureBaseRefreshable", "yes"}}); };
  cases["initialize.const_lifecycle"] = [] { return Initialize({{"ge.constLifecycle", "process"}}); };
  cases["initialize.single_stream"] = [] { return Initialize({{"ge.enableSingleStream", "1"}}); };
  cases["initialize.threshold"] = [] { return Initialize({{"ge.exec.hostSchedulingMaxThreshold", "-1"}}); };
  cases["initialize.tiling_schedule"] = [] { return Initialize({{"ge.tiling_schedule_optimize", "2"}}); };
  cases["initialize.optimization_switch"] = [] {
    return Initialize({{"ge.optimizationSwitch", "fusion:maybe"}});
  };
  cases["initialize.parallel_compile"] = [] {
    return Initialize({{"ge.AllowMultiGraphParallelCompile", "on"}});
  };
  cases["initialize.unknown_key"] = [] { return Initialize({{"ge.someday", "1"}}); };
  cases["initialize.twice"] = [] {
    CHECK_STATUS(0, Initialize({}));
    return Initialize({{"ge.exec.precision_mode", "fast"}});
  };
  cases["initialize.after_a_failed_one"] = [] {
    CHECK(Initialize({{"ge.constLifecycle", "process"}}) != 0);
    const ge::AscendString taken = ge::GEGetErrorMsgV3();
    return Initialize({});
  };
  cases["finalize.without_initialize"] = [] { return ge::GEFinalizeV2(); };
  cases["finalize.twice"] = [] {
    CHECK_STATUS(0, Initialize({}));
    CHECK_STATUS(0, ge::GEFinalizeV2());
    return ge::GEFinalizeV2();
  };
  cases["session.empty_key"] = [] { return Construct({{"", "1"}}); };
  cases["session.core_number"] = [] { return Construct({{"ge.aicoreNum", "many"}}); };
  cases["session.auto_tune"] = [] { return Construct({{"ge.autoTuneMode", "GA"}}); };
  cases["session.reuse"] = [] { return Construct({{"ge.exec.disableReuseMemory", "2"}}); };
  cases["session.precision"] = [] { return Construct({{"ge.exec.precision_mode_v2", "half"}}); };
  cases["session.op_precision_file"] = [] {
    return Construct({{"ge.exec.op_precision_mode", "/nonexistent.ini"}});
  };
  cases["session.device"] = [] { return Construct({{"ge.session_device_id", "4096"}}); };
  cases["session.device_not_a_number"] = [] {
    CHECK_STATUS(0, ge::GEInitializeV2({{"ge.exec.deviceId", "0"}}));
    ge::GeSession session(Options{{"ge.session_device_id", "first"}});
    return session.GetSessionId() != 0 ? 0U : 1U;
  };
  cases["v1_session_needs_v1_initialize"] = [] {
    CHECK_STATUS(0, ge::GEInitializeV2({}));
    ge::Session session((Options()));
    return session.RemoveGraph(1);
  };
}
} // namespace misuse
