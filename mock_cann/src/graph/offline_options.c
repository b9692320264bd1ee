/* The option keys that offline compilation knows. */
#include "graph/offline_options.h"

#include <stddef.h>

/* clang-format off */
const char *const mc_offline_global_keys[] = {
    "ac_parallel_enable", "compress_weight_conf", "ge.aicoreNum", "ge.autoTuneMode", "ge.bufferOptimize",
    "ge.buildConfig", "ge.cluster_config", "ge.compile.h2dOverlappedWithCompute",
    "ge.compressionOptimizeConf", "ge.debugDir", "ge.deterministic", "ge.deterministicLevel",
    "ge.enableCompressWeight", "ge.enableSingleStream", "ge.enableSmallChannel",
    "ge.enableSparseMatrixWeight", "ge.engineType", "ge.exec.allow_hf32", "ge.exec.disableReuseMemory",
    "ge.exec.modify_mixlist", "ge.exec.precision_mode", "ge.exec.precision_mode_v2",
    "ge.exec.tuneDeviceIds", "ge.exportCompileStat", "ge.fusionSwitchFile", "ge.graphMaxParallelModelNum",
    "ge.hccl_sub_comm_config", "ge.oo.constantFolding", "ge.oo.deadCodeElimination", "ge.oo.level",
    "ge.opDebugLevel", "ge.opSelectImplmode", "ge.op_compiler_cache_dir", "ge.op_compiler_cache_mode",
    "ge.op_dependency_in_om", "ge.optimizationSwitch", "ge.optypelistForImplmode", "ge.socVersion",
    "ge.tiling_schedule_optimize", "ge.virtual_type", "op_debug_config", "op_debug_option",
    NULL};

const char *const mc_offline_build_keys[] = {
    "ac_parallel_enable", "ge.INPUT_NODES_SET_FP16", "ge.autoTuneMode", "ge.buildConfig",
    "ge.build_inner_model", "ge.compile.h2dOverlappedWithCompute", "ge.customizeDtypes", "ge.debugDir",
    "ge.distributed_cluster_build", "ge.dynamicBatchSize", "ge.dynamicDims", "ge.dynamicImageSize",
    "ge.enableGraphParallel", "ge.exec.allow_hf32", "ge.exec.disableReuseMemory", "ge.exec.exclude_engines",
    "ge.exec.exec_device_config_path", "ge.exec.modify_mixlist", "ge.exec.op_precision_mode",
    "ge.exec.outputReuseInputMemIndexes", "ge.exec.precision_mode", "ge.exec.precision_mode_v2",
    "ge.exec.tuneDeviceIds", "ge.exportCompileStat", "ge.externalWeight", "ge.graphMaxParallelModelNum",
    "ge.graphParallelOptionPath", "ge.inputHintShape", "ge.inputHintValue", "ge.insertOpFile",
    "ge.mdl_bank_path", "ge.offlineMode", "ge.offline_model_relation", "ge.oo.constantFolding",
    "ge.oo.deadCodeElimination", "ge.oo.level", "ge.opDebugLevel", "ge.op_bank_path", "ge.op_bank_update",
    "ge.op_compiler_cache_dir", "ge.op_compiler_cache_mode", "ge.optimizationSwitch", "ge.outputDatatype",
    "ge.outputNodeName", "ge.performance_mode", "ge.quant_dumpable", "ge.shape_generalized_build_mode",
    "ge.tiling_schedule_optimize", "input_format", "input_shape", "input_shape_range", "log",
    "op_debug_config", "op_debug_option", "op_name_map",
    NULL};
/* clang-format on */
