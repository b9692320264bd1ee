/* Execution and gears. */
#include <unistd.h>

#include "misuse_models.h"

enum { BYTES = 4 * 8 * 4 }; /* of every tensor of "sum" */

CASE(execute_null_input) {
  return aclmdlExecute(need_model("sum"), NULL, need_dataset(1, BYTES));
}
CASE(execute_null_output) {
  return aclmdlExecute(need_model("sum"), need_dataset(2, BYTES), NULL);
}
CASE(execute_null_wins_over_unknown_id) {
  begin();
  return aclmdlExecuteAsync(4711, NULL, need_dataset(1, BYTES), NULL);
}
CASE(execute_unknown_id) {
  begin();
  return aclmdlExecute(4711, need_dataset(2, BYTES), need_dataset(1, BYTES));
}
CASE(execute_before_init) {
  NEED(aclrtSetDevice(0));
  return aclmdlExecute(1, need_dataset(2, BYTES), need_dataset(1, BYTES));
}
CASE(execute_after_finalize) {
  const uint32_t id = need_model("sum");
  aclmdlDataset *in = need_dataset(2, BYTES), *out = need_dataset(1, BYTES);
  NEED(aclFinalize());
  return aclmdlExecuteAsync(id, in, out, NULL);
}
CASE(execute_after_unload) {
  const uint32_t id = need_model("sum");
  NEED(aclmdlUnload(id));
  return aclmdlExecute(id, need_dataset(2, BYTES), need_dataset(1, BYTES));
}
CASE(execute_async_after_sync) {
  const uint32_t id = need_model("sum");
  aclmdlDataset *in = need_dataset(2, BYTES), *out = need_dataset(1, BYTES);
  NEED(aclmdlExecute(id, in, out));
  NEED(aclmdlExecute(id, in, out));
  return aclmdlExecuteAsync(id, in, out, NULL);
}
CASE(execute_sync_after_async) {
  const uint32_t id = need_model("sum");
  aclmdlDataset *in = need_dataset(2, BYTES), *out = need_dataset(1, BYTES);
  NEED(aclmdlExecuteAsync(id, in, out, NULL));
  NEED(aclrtSynchronizeStream(NULL));
  return aclmdlExecute(id, in, out);
}
CASE(execute_too_few_inputs) {
  return aclmdlExecute(need_model("sum"), need_dataset(1, BYTES), need_dataset(1, BYTES));
}
CASE(execute_too_many_inputs) {
  return aclmdlExecute(need_model("sum"), need_dataset(3, BYTES), need_dataset(1, BYTES));
}
CASE(execute_no_output) {
  return aclmdlExecute(need_model("sum"), need_dataset(2, BYTES), aclmdlCreateDataset());
}
CASE(execute_too_many_outputs) {
  return aclmdlExecute(need_model("sum"), need_dataset(2, BYTES), need_dataset(2, BYTES));
}
CASE(execute_input_shorter_than_the_slack_allows) {
  return aclmdlExecute(need_model("sum"), need_dataset(2, BYTES - 65), need_dataset(1, BYTES));
}
CASE(execute_output_shorter_than_the_slack_allows) {
  return aclmdlExecute(need_model("sum"), need_dataset(2, BYTES), need_dataset(1, BYTES - 65));
}
CASE(execute_async_output_without_memory_and_size) {
  aclmdlDataset *out = aclmdlCreateDataset();
  add(out, NULL, 0);
  return aclmdlExecuteAsync(need_model("sum"), need_dataset(2, BYTES), out, NULL);
}
CASE(execute_sizes_within_the_slack) {
  return aclmdlExecute(need_model("sum"), need_dataset(2, BYTES - 64), need_dataset(1, BYTES - 64));
}
CASE(execute_larger_sizes) {
  return aclmdlExecute(need_model("sum"), need_dataset(2, 4096), need_dataset(1, 4096));
}
CASE(execute_small_tensors_take_any_size) {
  int64_t value = 0;
  void *memory = NULL;
  begin();
  NEED(aclrtMalloc(&memory, 8, ACL_MEM_MALLOC_HUGE_FIRST));
  value = 42;
  NEED(aclrtMemcpy(memory, 8, &value, 8, ACL_MEMCPY_HOST_TO_DEVICE));
  uint32_t id = 0;
  NEED(aclmdlLoadFromFile(model_path("scalar"), &id));
  aclmdlDataset *in = aclmdlCreateDataset(), *out = aclmdlCreateDataset();
  add(in, memory, 0);
  add(out, memory, 0);
  NEED(aclmdlExecute(id, in, out));
  NEED(aclrtMemcpy(&value, 8, memory, 8, ACL_MEMCPY_DEVICE_TO_HOST));
  EXPECT(value == -42);
  return 0;
}
CASE(execute_destroyed_stream) {
  const uint32_t id = need_model("sum");
  aclrtStream stream = need_stream();
  NEED(aclrtDestroyStream(stream));
  return aclmdlExecuteAsync(id, need_dataset(2, BYTES), need_dataset(1, BYTES), stream);
}
CASE(execute_stream_of_another_context) {
  const uint32_t id = need_model("sum");
  aclrtStream stream = need_stream();
  aclrtContext other = NULL;
  NEED(aclrtCreateContext(&other, 0));
  return aclmdlExecuteAsync(id, need_dataset(2, BYTES), need_dataset(1, BYTES), stream);
}
CASE(execute_counts_are_checked_before_the_stream) {
  const uint32_t id = need_model("sum");
  aclrtStream stream = need_stream();
  NEED(aclrtDestroyStream(stream));
  return aclmdlExecuteAsync(id, need_dataset(1, BYTES), need_dataset(1, BYTES), stream);
}
CASE(execute_on_another_device) {
  const uint32_t id = need_model("sum");
  NEED(aclrtSetDevice(1));
  return aclmdlExecute(id, need_dataset(2, BYTES), need_dataset(1, BYTES));
}
CASE(execute_without_context) {
  const uint32_t id = need_model("sum");
  aclmdlDataset *in = need_dataset(2, BYTES), *out = need_dataset(1, BYTES);
  NEED(aclrtResetDevice(0));
  return aclmdlExecute(id, in, out);
}
CASE(execute_again_after_the_device_was_reset) {
  const uint32_t id = need_model("sum");
  NEED(aclmdlExecute(id, need_dataset(2, BYTES), need_dataset(1, BYTES)));
  NEED(aclrtResetDevice(0));
  NEED(aclrtSetDevice(0));
  return aclmdlExecute(id, need_dataset(2, BYTES), need_dataset(1, BYTES));
}

/* What the device faults on shows at the synchronization. */
static int fault_with(void *memory) {
  const uint32_t id = need_model("sum");
  aclmdlDataset *in = need_dataset(1, BYTES);
  add(in, memory, BYTES);
  NEED(aclmdlExecuteAsync(id, in, need_dataset(1, BYTES), NULL));
  return aclrtSynchronizeStream(NULL);
}

CASE(execute_null_memory) {
  return fault_with(NULL);
}
CASE(execute_pageable_memory) {
  return fault_with(calloc(1, BYTES));
}
CASE(execute_pinned_memory) {
  void *memory = NULL;
  NEED(aclrtSetDevice(0));
  NEED(aclrtMallocHost(&memory, BYTES));
  return fault_with(memory);
}
CASE(execute_freed_memory) {
  const uint32_t id = need_model("sum");
  aclmdlDataset *in = need_dataset(2, BYTES), *out = need_dataset(1, BYTES);
  NEED(aclrtFree(aclGetDataBufferAddr(aclmdlGetDatasetBuffer(in, 1))));
  NEED(aclmdlExecuteAsync(id, in, out, NULL));
  return aclrtSynchronizeStream(NULL);
}

CASE(dynamic_too_few_inputs) {
  return aclmdlExecute(need_model("rows"), aclmdlCreateDataset(), need_dataset(1, BYTES));
}
CASE(dynamic_no_output) {
  const uint32_t id = need_model("rows");
  aclmdlDataset *in = need_dataset(1, BYTES);
  const int64_t dims[] = {2, 4};
  NEED(aclmdlSetDatasetTensorDesc(in, aclCreateTensorDesc(ACL_FLOAT, 2, dims, ACL_FORMAT_ND), 0));
  return aclmdlExecute(id, in, aclmdlCreateDataset());
}
CASE(dynamic_shape_not_told) {
  return aclmdlExecuteAsync(need_model("rows"), need_dataset(1, BYTES), need_dataset(1, BYTES), NULL);
}
CASE(dynamic_rank_differs) {
  const uint32_t id = need_model("rows");
  aclmdlDataset *in = need_dataset(1, BYTES);
  const int64_t dims[] = {2, 4, 1};
  NEED(aclmdlSetDatasetTensorDesc(in, aclCreateTensorDesc(ACL_FLOAT, 3, dims, ACL_FORMAT_ND), 0));
  return aclmdlExecute(id, in, need_dataset(1, BYTES));
}

/* ---- aclmdlExecuteV2 ---- */

static aclmdlExecConfigHandle *need_config(int32_t timeout) {
  aclmdlExecConfigHandle *handle = aclmdlCreateExecConfigHandle();
  NEED(aclmdlSetExecConfigOpt(handle, ACL_MDL_STREAM_SYNC_TIMEOUT, &timeout, sizeof timeout));
  return handle;
}

CASE(execute_v2_null_handle) {
  const uint32_t id = need_model("sum");
  return aclmdlExecuteV2(id, need_dataset(2, BYTES), need_dataset(1, BYTES), NULL, NULL);
}
CASE(execute_v2_timeout_zero) {
  const uint32_t id = need_model("sum");
  aclrtStream stream = need_stream();
  return aclmdlExecuteV2(id, need_dataset(2, BYTES), need_dataset(1, BYTES), stream, need_config(0));
}
static void wait_for_ever(void *never) {
  (void)never;
  for (;;) {
    pause();
  }
}
CASE(execute_v2_expires) {
  const uint32_t id = need_model("sum");
  aclrtStream stream = need_stream();
  NEED(aclrtLaunchHostFunc(stream, wait_for_ever, NULL));
  return aclmdlExecuteV2(id, need_dataset(2, BYTES), need_dataset(1, BYTES), stream, need_config(20));
}
CASE(execute_v2_on_a_stream_waits) {
  const uint32_t id = need_model("sum");
  aclmdlDataset *in = need_dataset(2, BYTES), *out = need_dataset(1, BYTES);
  aclrtStream stream = need_stream();
  aclrtStreamStatus state = ACL_STREAM_STATUS_NOT_READY;
  NEED(aclmdlExecuteV2(id, in, out, stream, need_config(-1)));
  NEED(aclrtStreamQuery(stream, &state));
  EXPECT(state == ACL_STREAM_STATUS_COMPLETE);
  NEED(aclmdlExecuteAsync(id, in, out, stream)); /* the same way of executing */
  return aclrtSynchronizeStream(stream);
}

/* ---- gears ---- */

CASE(gear_null_dataset) {
  return aclmdlSetDynamicBatchSize(need_model("batch"), NULL, 1, 2);
}
CASE(gear_batch_zero) {
  return aclmdlSetDynamicBatchSize(need_model("batch"), need_dataset(2, 8), 1, 0);
}
CASE(gear_no_buffer_at_index) {
  return aclmdlSetDynamicBatchSize(need_model("batch"), need_dataset(2, 8), 2, 2);
}
CASE(gear_buffer_without_memory) {
  aclmdlDataset *in = aclmdlCreateDataset();
  add(in, NULL, 8);
  return aclmdlSetDynamicBatchSize(need_model("batch"), in, 0, 2);
}
CASE(gear_buffer_too_small) {
  return aclmdlSetDynamicBatchSize(need_model("batch"), need_dataset(2, 3), 1, 2);
}
CASE(gear_buffer_too_small_comes_before_the_id) {
  begin();
  return aclmdlSetDynamicBatchSize(4711, need_dataset(2, 3), 1, 2);
}
CASE(gear_unknown_id) {
  begin();
  return aclmdlSetDynamicBatchSize(4711, need_dataset(2, 8), 1, 2);
}
CASE(gear_unknown_batch) {
  return aclmdlSetDynamicBatchSize(need_model("batch"), need_dataset(2, 8), 1, 3);
}
CASE(gear_of_a_model_without) {
  return aclmdlSetDynamicBatchSize(need_model("sum"), need_dataset(2, 8), 1, 2);
}
CASE(gear_before_init) {
  NEED(aclrtSetDevice(0));
  return aclmdlSetDynamicBatchSize(1, need_dataset(2, 8), 1, 2);
}
CASE(gear_height_zero) {
  return aclmdlSetDynamicHWSize(need_model("image"), need_dataset(2, 16), 1, 0, 6);
}
CASE(gear_width_zero) {
  return aclmdlSetDynamicHWSize(need_model("image"), need_dataset(2, 16), 1, 4, 0);
}
CASE(gear_picture_buffer_too_small) {
  return aclmdlSetDynamicHWSize(need_model("image"), need_dataset(2, 7), 1, 4, 6);
}
CASE(gear_unknown_picture) {
  return aclmdlSetDynamicHWSize(need_model("image"), need_dataset(2, 16), 1, 6, 4);
}
CASE(gear_dims_null) {
  return aclmdlSetInputDynamicDims(need_model("dims"), need_dataset(3, 64), 2, NULL);
}

static int choose_dims(size_t size, size_t count, int64_t first) {
  aclmdlIODims dims = {.dimCount = count, .dims = {first, 3, 2, 1, 3, 2}};
  return aclmdlSetInputDynamicDims(need_model("dims"), need_dataset(3, size), 2, &dims);
}

CASE(gear_dims_none) {
  return choose_dims(64, 0, 1);
}
CASE(gear_dims_wrong_count) {
  return choose_dims(64, 5, 1);
}
CASE(gear_dims_unknown) {
  return choose_dims(64, 6, 2);
}
CASE(gear_dims_buffer_too_small) {
  return choose_dims(15, 6, 1);
}
CASE(gear_dims_known) {
  return choose_dims(16, 6, 1);
}
CASE(gear_dims_fixed_axis_differs) {
  aclmdlIODims dims = {.dimCount = 6, .dims = {1, 4, 2, 1, 3, 2}};
  return aclmdlSetInputDynamicDims(need_model("dims"), need_dataset(3, 64), 2, &dims);
}
