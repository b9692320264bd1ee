"""GE's answers, from the public documentation and the behaviour of its sources.

Each case: the status that the offending call returns, and a part of the error text; an empty part means that
there is no text at all.
"""

from __future__ import annotations

SUCCESS = 0
FAILED = 4294967295
PARAM_INVALID = 1343225857
INTERNAL_ERROR = 1343225860
UNSUPPORTED = 1343225956
GRAPH_NOT_EXIST = 1343242242
GRAPH_UNSUPPORTED = 1343242281
GRAPH_NOT_BUILT = 1343242295
REPEAT_OPERATION = 1343242306

METHODS = [
    "AddGraph",
    "AddGraphClone",
    "RemoveGraph",
    "CompileGraph",
    "LoadGraph",
    "RunGraph",
    "RunGraphWithStreamAsync",
    "RunGraphAsync",
    "SetGraphConstMemoryBase",
    "UpdateGraphFeatureMemoryBase",
    "SetGraphFixedFeatureMemoryBaseWithType",
    "UpdateGraphRefreshableFeatureMemoryBase",
    "RegisterExternalAllocator",
    "UnregisterExternalAllocator",
    "RegisterCallBackFunc",
    "GetCompiledModel",
    "GraphDebugJSONPrint",
]

CASES: dict[str, tuple[int, str]] = {}

# Before GEInitializeV2 and after GEFinalizeV2 every method fails with one code and says what to call.
for method in METHODS:
    CASES[f"before_initialize.{method}"] = (FAILED, f"call GEInitializeV2 before {method}")
    CASES[f"after_finalize.{method}"] = (FAILED, f"call GEInitializeV2 before {method}")
    CASES[f"initialized_again.{method}"] = (FAILED, "the session is not usable")
for when in ("before_initialize", "after_finalize"):
    CASES[f"{when}.GetCompiledGraphSummary"] = (0, "E10062")
    CASES[f"{when}.IsGraphNeedRebuild"] = (0, "E10062")
    CASES[f"{when}.GetSessionId"] = (0, "")
CASES["initialized_again.GetCompiledGraphSummary"] = (0, "E10062")
CASES["initialized_again.IsGraphNeedRebuild"] = (1, "E10062")
CASES["initialized_again.GetSessionId"] = (0, "")
CASES["before_initialize.constructor"] = (0, "E10062")

CASES |= {
    "initialize.empty_key": (FAILED, "E10059"),
    "initialize.auto_tune": (PARAM_INVALID, "E10060"),
    "initialize.long_job_id": (PARAM_INVALID, "E10051"),
    "initialize.job_id_at_the_limit": (SUCCESS, ""),
    "initialize.precision_mode": (PARAM_INVALID, "E10001"),
    "initialize.two_precision_modes": (PARAM_INVALID, "use one of them"),
    "initialize.mixlist_without_mixed_precision": (PARAM_INVALID, "mixed precision"),
    "initialize.refreshable": (PARAM_INVALID, "ge.featureBaseRefreshable"),
    "initialize.const_lifecycle": (PARAM_INVALID, "session|graph"),
    "initialize.single_stream": (PARAM_INVALID, "ge.enableSingleStream"),
    "initialize.threshold": (PARAM_INVALID, "ge.exec.hostSchedulingMaxThreshold"),
    "initialize.tiling_schedule": (PARAM_INVALID, "ge.tiling_schedule_optimize"),
    "initialize.optimization_switch": (PARAM_INVALID, "ge.optimizationSwitch"),
    "initialize.parallel_compile": (PARAM_INVALID, "ge.AllowMultiGraphParallelCompile"),
    "initialize.unknown_key": (SUCCESS, ""),
    "initialize.twice": (SUCCESS, ""),
    "initialize.after_a_failed_one": (SUCCESS, ""),
    "finalize.without_initialize": (SUCCESS, ""),
    "finalize.twice": (SUCCESS, ""),
    "session.empty_key": (FAILED, "E10059"),
    "session.core_number": (FAILED, "ge.aicoreNum"),
    "session.auto_tune": (FAILED, "E10001"),
    "session.reuse": (FAILED, "ge.exec.disableReuseMemory"),
    "session.precision": (FAILED, "ge.exec.precision_mode_v2"),
    "session.op_precision_file": (FAILED, "/nonexistent.ini"),
    "session.device": (FAILED, "4096"),
    "session.device_not_a_number": (SUCCESS, ""),
    "v1_session_needs_v1_initialize": (FAILED, "GEInitialize"),
    # graphs
    "add.empty_key": (FAILED, "E10059"),
    "add.const_lifecycle": (FAILED, "ge.constLifecycle"),
    "add.refreshable": (FAILED, "ge.featureBaseRefreshable"),
    "add.threshold": (FAILED, "ge.exec.hostSchedulingMaxThreshold"),
    "add.reuse_indexes": (FAILED, "ge.exec.inputReuseMemIndexes"),
    "add.host_indexes": (FAILED, "ge.exec.hostInputIndexes"),
    "add.hybrid_mode": (FAILED, "ge.compileHybridMode is not emulated"),
    "add.empty_graph": (PARAM_INVALID, "the graph is empty"),
    "add.same_graph_under_another_id": (FAILED, "added under another id"),
    "add.same_id_again": (SUCCESS, ""),
    "add.same_index_twice": (SUCCESS, ""),
    "add.same_index_twice_with_ranges": (FAILED, "E13025"),
    "add.same_operator_name_twice": (PARAM_INVALID, "Operator name [twin] is used more than once"),
    "clone.same_id": (FAILED, "graph 1 was added before"),
    "clone.of_an_added_graph": (FAILED, "was added by AddGraph before"),
    "clone.same_graph_twice": (SUCCESS, ""),
    "remove.unknown": (FAILED, "graph 9 does not exist"),
    "remove.and_add_again": (SUCCESS, ""),
    "remove.inside_its_callback": (FAILED, "inside a callback of graph 1"),
    "compile.unknown": (PARAM_INVALID, "graph 9 does not exist"),
    "compile.twice": (SUCCESS, ""),
    "compile.unknown_operator": (PARAM_INVALID, "NoSuchOperator"),
    "load.unknown": (FAILED, "E19999"),
    "load.twice": (FAILED, "loaded already"),
    "load.frozen_text": (FAILED, "ge.exec.frozenInputIndexes"),
    "load.frozen_index": (FAILED, "no input of that index"),
    "load.frozen_and_host": (FAILED, "ge.exec.hostInputIndexes too"),
    "load.frozen_dynamic": (FAILED, "known shape"),
    "load.stale_stream": (FAILED, "stream"),
    "summary.unknown": (0, "graph 9 does not exist"),
    "summary.not_compiled": (0, "not compiled"),
    "rebuild.unknown": (1, ""),
    "rebuild.compiled": (0, ""),
    "model.unknown": (GRAPH_NOT_EXIST, "graph 9 does not exist"),
    "model.not_compiled": (PARAM_INVALID, "E10062"),
    "model.variable_access": (UNSUPPORTED, "E10001"),
    "debug_json.compiled": (FAILED, "GraphDebugJSONPrint"),
    # run modes
    "mode.run_then_stream": (FAILED, "RunGraph and RunGraphWithStreamAsync exclude each other"),
    "mode.run_then_async": (UNSUPPORTED, "RunGraph and RunGraphAsync exclude each other"),
    "mode.stream_then_run": (UNSUPPORTED, "RunGraphWithStreamAsync and RunGraph exclude each other"),
    "mode.stream_then_async": (UNSUPPORTED, "RunGraphWithStreamAsync and RunGraphAsync exclude each other"),
    "mode.async_then_run": (UNSUPPORTED, "RunGraphAsync and RunGraph exclude each other"),
    "mode.async_then_stream": (FAILED, "RunGraphAsync and RunGraphWithStreamAsync exclude each other"),
    "mode.set_by_a_failed_run": (FAILED, "exclude each other"),
    "mode.not_set_by_load": (SUCCESS, ""),
    "mode.not_changed_by_a_refused_call": (SUCCESS, ""),
    "mode.reset_by_removal": (SUCCESS, ""),
    "run.unknown_graph": (FAILED, "graph 9 does not exist"),
    "run.few_inputs": (FAILED, "graph 1 has 2 inputs, 1 were given"),
    "run.many_inputs": (SUCCESS, ""),
    "run.small_input": (FAILED, "E13025"),
    "run.host_indexes": (FAILED, "E19999"),
    "run.freed_device_input": (FAILED, "cannot be read"),
    "run.after_a_failed_one": (SUCCESS, ""),
    "run.concurrently": (FAILED, ""),
    "stream.unknown_graph": (FAILED, "graph 9 does not exist"),
    "stream.few_inputs": (FAILED, "E13025"),
    "stream.many_inputs": (FAILED, "E13025"),
    "stream.small_input": (FAILED, "has 191 bytes, the model needs 256"),
    "stream.input_within_the_tolerance": (SUCCESS, ""),
    "stream.many_outputs": (FAILED, "graph 1 has 1 outputs, 2 were given"),
    "stream.small_output": (FAILED, "has 191 bytes, the model needs 256"),
    "stream.host_output": (FAILED, "is on the host"),
    "stream.stale_handle": (FAILED, "stream"),
    "stream.of_another_device": (FAILED, "on device 1"),
    "stream.dynamic_host_input": (FAILED, "single elements only"),
    "stream.frozen_input_moved": (FAILED, "ge.exec.frozenInputIndexes"),
    "stream.allocator_without_memory": (FAILED, "external allocator returned no memory"),
    "stream.output_released_after_removal": (SUCCESS, "released after the graph"),
    "async.unknown_graph": (FAILED, "graph 9 does not exist"),
    "async.large_input": (INTERNAL_ERROR, "has 17 bytes, the model takes 16"),
    "async.few_inputs": (INTERNAL_ERROR, "E13025"),
    "async.small_input": (SUCCESS, ""),
    "async.runs_go_on_after_a_failed_one": (SUCCESS, "has 17 bytes"),
    "async.compile_failure": (SUCCESS, "add"),
    "async.queue_stopped": (FAILED, "stopped its queue"),
    "async.queue_stopped_leaves_the_other_ways": (SUCCESS, ""),
    "async.without_a_callback": (SUCCESS, ""),
    "async.destroyed_in_its_callback": (SUCCESS, "inside one of its own callbacks"),
    # memory of the application's
    "fixed.bad_type": (PARAM_INVALID, "neither default nor P2P"),
    "feature.after_refreshable": (PARAM_INVALID, "refreshable feature memory was set already"),
    "refreshable.after_feature": (PARAM_INVALID, "whole feature memory was set already"),
    "feature.refreshable_twice": (SUCCESS, ""),
    "feature.refreshable_loaded": (SUCCESS, ""),
    "const.missing_outputs": (FAILED, "outputs need addresses"),
    "allocator.null_stream": (PARAM_INVALID, "stream"),
    "allocator.null": (PARAM_INVALID, "allocator"),
    "allocator.unregister_null": (PARAM_INVALID, "stream"),
    "allocator.unregister_unknown": (SUCCESS, ""),
    # first generation
    "v1.run_unknown": (GRAPH_NOT_EXIST, "graph 9 does not exist"),
    "v1.build_unknown": (GRAPH_NOT_EXIST, "graph 9 does not exist"),
    "v1.async_unknown": (GRAPH_NOT_EXIST, "graph 9 does not exist"),
    "v1.run_compiled": (UNSUPPORTED, "was compiled by CompileGraph"),
    "v1.build_compiled": (UNSUPPORTED, "was compiled by CompileGraph"),
    "v1.async_compiled": (UNSUPPORTED, "was compiled by CompileGraph"),
    "v1.load_not_compiled": (FAILED, "was not compiled by CompileGraph"),
    "v1.summary_not_compiled": (0, "not compiled"),
    "v1.built_is_not_compiled": (SUCCESS, ""),
    "v1.const_not_compiled": (GRAPH_NOT_BUILT, "was not compiled"),
    "v1.const_loaded": (GRAPH_UNSUPPORTED, "loaded already"),
    "v1.const_twice": (REPEAT_OPERATION, "set already"),
    "v1.const_null": (PARAM_INVALID, "nullptr"),
    "v1.feature_after_refreshable": (GRAPH_UNSUPPORTED, "set already"),
    "v1.feature_twice": (REPEAT_OPERATION, "set already"),
    "v1.fixed_ignored": (SUCCESS, ""),
    "v1.stream_of_an_explicit_context": (FAILED, "explicit context"),
    "v1.remove_unknown": (FAILED, "graph 9 does not exist"),
    "v1.variables": (UNSUPPORTED, "GetVariables"),
}

# The four setters refuse in CANN's order; the second generation folds every refusal into one code.
for setter in ("const", "feature", "fixed", "refreshable"):
    fixed = setter == "fixed"
    CASES |= {
        f"{setter}.unknown": (PARAM_INVALID, "graph 1 does not exist"),
        f"{setter}.not_compiled": (PARAM_INVALID, "is not compiled"),
        f"{setter}.null": (PARAM_INVALID, "nullptr"),
        f"{setter}.then_run": (SUCCESS, ""),
        # Graphs here have no fixed memory: what is given for it is accepted and ignored.
        f"{setter}.dynamic": (SUCCESS, "") if fixed else (PARAM_INVALID, "dynamic"),
        f"{setter}.small": (SUCCESS, "") if fixed else (PARAM_INVALID, "is less than"),
        f"{setter}.twice": (SUCCESS, "") if fixed else (PARAM_INVALID, "set already"),
        f"{setter}.loaded": (PARAM_INVALID, "loaded"),
    }
