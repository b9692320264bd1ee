# Libraries beside AscendCL and GE that clients load or look for. What is not emulated says so by name when it is called.
entry_family(c_sec_entries "src/beside/c_sec/*.c")
entry_family(prof_entries "src/beside/prof/*.c")
cann_library(c_sec FAMILIES c_sec_entries)
cann_library(profapi FAMILIES prof_entries)
cann_library(runtime_lib LIST ../beside/lists/libruntime.def)
set_target_properties(runtime_lib PROPERTIES OUTPUT_NAME runtime)
# Clients get these through AscendCL without naming them.
foreach(name acl_rt_lib ascendcl)
  target_link_libraries(${name} PRIVATE c_sec profapi runtime_lib)
endforeach()
# torch_npu looks the profiler's functions up in libascendcl.
target_link_libraries(ascendcl PRIVATE msprofiler)
foreach(name hccl hcomm mspti ms_tools_ext ascend_hal shmem lcal ascendsk ascend_ml dcmi aoe_tuning)
  cann_library(${name} LIST ../beside/lists/lib${name}.def)
endforeach()
# Looked for by clients that take nothing from them.
entry_family(nothing_entries "src/beside/nothing/*.c")
cann_library(fmk_parser FAMILIES nothing_entries NEEDS fmk_onnx_parser)
cann_library(ascend_protobuf FAMILIES nothing_entries)
# The aclnn operators: objects in libnnopbase, operators in libopapi. An operator that is not emulated is not exported, and
# clients take another way or say its name.
entry_family(opapi_base_entries "src/opapi_base/*.c")
entry_family(opapi_entries "src/opapi/*.c")
cann_library(nnopbase FAMILIES opapi_base_entries LIST ../beside/lists/libnnopbase.def NEEDS ascendcl)
cann_library(opapi FAMILIES opapi_entries LIST ../beside/lists/libopapi.def NEEDS nnopbase ascendcl)
