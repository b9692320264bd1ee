# Which entry families each CANN-named library holds.
entry_family(acl_rt "src/acl/rt/*.c")
entry_family(acl_mdl "src/acl/mdl/*.c")
entry_family(acl_op "src/acl/op/*.c")
entry_family(acl_op_compile "src/acl/op_compiler/*.c")
# Helpers of both, which neither shows.
entry_family(acl_op_common "src/acl/op_common/*.c")
# 9.2 exports a few classes twice: from libmetadef and from libgraph_base or libgraph.
entry_family(ge_metadef_base "src/ge/metadef_base/*.cc")
entry_family(ge_metadef_graph "src/ge/metadef_graph/*.cc")
# Conversions that several libraries need and none shows.
entry_family(ge_convert "src/ge/convert/*.cc")
entry_family(ge_graph_base "src/ge/graph_base/*.cc")
entry_family(ge_graph "src/ge/graph/*.cc")
entry_family(ge_compiler_entries "src/ge/compiler/*.cc")
entry_family(ge_runner_entries "src/ge/runner/*.cc")
entry_family(ge_runner_v2_entries "src/ge/runner_v2/*.cc")
entry_family(ge_common_entries "src/ge/common_base/*.cc")
entry_family(onnx_parser_entries "src/ge/onnx_parser/*.cc")

cann_library(acl_rt_lib FAMILIES acl_rt UNSUPPORTED libacl_rt)
cann_library(acl_mdl_lib FAMILIES acl_mdl UNSUPPORTED libacl_mdl NEEDS acl_rt_lib)
cann_library(acl_op_executor FAMILIES acl_op acl_op_common UNSUPPORTED libacl_op_executor NEEDS acl_rt_lib)
cann_library(ascendcl FAMILIES acl_rt acl_mdl acl_op acl_op_common UNSUPPORTED libascendcl)
# Programs reach GE's build functions through this one and libfmk_onnx_parser.
cann_library(acl_op_compiler FAMILIES acl_op_compile acl_op_common UNSUPPORTED libacl_op_compiler
  NEEDS acl_op_executor ge_compiler graph)
cann_library(acl_cblas UNSUPPORTED libacl_cblas NEEDS acl_op_executor)
cann_library(acl_tdt_channel UNSUPPORTED libacl_tdt_channel NEEDS acl_rt_lib)
cann_library(acl_tdt_queue UNSUPPORTED libacl_tdt_queue NEEDS acl_rt_lib)
cann_library(msprofiler UNSUPPORTED libmsprofiler)
cann_library(ascend_dump UNSUPPORTED libascend_dump)
cann_library(platform UNSUPPORTED libplatform)
set_target_properties(acl_rt_lib PROPERTIES OUTPUT_NAME acl_rt)
set_target_properties(acl_mdl_lib PROPERTIES OUTPUT_NAME acl_mdl)

cann_library(metadef FAMILIES ge_metadef_base ge_metadef_graph)
cann_library(graph_base FAMILIES ge_graph_base ge_metadef_base ge_convert NEEDS metadef)
cann_library(ge_common_base FAMILIES ge_common_entries NEEDS graph_base)
cann_library(graph FAMILIES ge_graph ge_metadef_graph ge_convert NEEDS graph_base ge_common_base)
cann_library(ge_compiler FAMILIES ge_compiler_entries NEEDS graph)
cann_library(ge_runner_v2 FAMILIES ge_runner_v2_entries NEEDS ge_compiler graph)
cann_library(ge_runner FAMILIES ge_runner_entries NEEDS ge_runner_v2 ge_compiler graph)
cann_library(fmk_onnx_parser FAMILIES onnx_parser_entries NEEDS graph ge_compiler)
