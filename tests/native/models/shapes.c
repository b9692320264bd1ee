/* Models whose shapes change: gears, and shapes told by the dataset; outputs that the library allocates.
 * Argument: the folder of the models. */
#include "session.h"

#include "acl/acl_rt_allocator.h"

static void ramp(float *values, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    values[i] = (float)i - 3.0F;
  }
}

/* device[i] == factor * (i - 3) */
static void check_ramp(const void *device, size_t count, float factor) {
  float *got = malloc(count * sizeof *got);
  host_copy(got, device, count * sizeof *got);
  for (size_t i = 0; i < count; ++i) {
    CHECK(got[i] == factor * ((float)i - 3.0F));
  }
  free(got);
}

static bool untouched(const void *device, size_t from, size_t size) {
  unsigned char bytes[4096];
  host_copy(bytes, device, size);
  for (size_t i = from; i < size; ++i) {
    if (bytes[i] != 0xee) {
      return false;
    }
  }
  return true;
}

static void batch_sizes_are_chosen_before_each_run(void) {
  const uint32_t id = load("batch");
  const size_t most = 8 * 4 * sizeof(float);
  static const int64_t kBatches[] = {2, 4, 8, 2};
  float x[8 * 4];
  ramp(x, 32);
  void *in = device_copy(x, most), *out = device_memory(most), *gear = device_memory(8);
  aclmdlDataset *input = dataset_of(in, most), *output = dataset_of(out, most);
  add_buffer(input, gear, 8);
  aclmdlDesc *desc = aclmdlCreateDesc();
  MUST(aclmdlGetDesc(desc, id));
  aclrtStream stream = new_stream();

  /* without a choice: the largest */
  MUST(aclrtMemset(gear, 8, 0, 8));
  MUST(aclmdlExecuteAsync(id, input, output, stream));
  MUST(aclrtSynchronizeStream(stream));
  check_ramp(out, 32, 2.0F);

  for (size_t i = 0; i < sizeof kBatches / sizeof kBatches[0]; ++i) {
    const size_t count = (size_t)kBatches[i] * 4;
    int64_t written = 0;
    aclmdlIODims dims;
    MUST(aclrtMemset(out, most, 0xee, most));
    MUST(aclmdlSetDynamicBatchSize(id, input, 1, (uint64_t)kBatches[i]));
    host_copy(&written, gear, 8);
    CHECK_INT(kBatches[i], written);
    MUST(aclmdlExecuteAsync(id, input, output, stream));
    MUST(aclrtSynchronizeStream(stream));
    check_ramp(out, count, 2.0F);
    CHECK(untouched(out, count * sizeof(float), most));
    MUST(aclmdlGetCurOutputDims(desc, 0, &dims));
    CHECK(dims.dimCount == 2 && dims.dims[0] == kBatches[i] && dims.dims[1] == 4);
  }
  /* refused choices change nothing */
  CHECK_INT(145013, aclmdlSetDynamicBatchSize(id, input, 1, 3));
  CHECK_INT(145013, aclmdlSetDynamicHWSize(id, input, 1, 2, 2));
  MUST(aclmdlExecuteAsync(id, input, output, stream));
  MUST(aclrtSynchronizeStream(stream));
  check_ramp(out, 8, 2.0F);

  /* a description in the output dataset is brought up to date */
  const int64_t wrong[] = {99};
  set_shape(output, 0, 1, wrong);
  MUST(aclmdlSetDynamicBatchSize(id, input, 1, 4));
  MUST(aclmdlExecuteAsync(id, input, output, stream));
  MUST(aclrtSynchronizeStream(stream));
  aclTensorDesc *told = aclmdlGetDatasetTensorDesc(output, 0);
  CHECK_INT(2, aclGetTensorDescNumDims(told));
  CHECK_INT(4, aclGetTensorDescDim(told, 0));

  /* a buffer with room for 4 bytes only */
  int32_t small = 0;
  MUST(aclUpdateDataBuffer(aclmdlGetDatasetBuffer(input, 1), gear, 4));
  MUST(aclrtMemset(gear, 8, 0xee, 8));
  MUST(aclmdlSetDynamicBatchSize(id, input, 1, 2));
  host_copy(&small, gear, 4);
  CHECK_INT(2, small);
  CHECK(untouched(gear, 4, 8));

  MUST(aclmdlDestroyDesc(desc));
  drop_dataset(input);
  drop_dataset(output);
  MUST(aclrtDestroyStream(stream));
  MUST(aclmdlUnload(id));
  MUST(aclrtFree(in));
  MUST(aclrtFree(out));
  MUST(aclrtFree(gear));
}

static void picture_sizes_and_dims_are_chosen_too(void) {
  const size_t picture = 2 * 8 * 8 * sizeof(float);
  float x[2 * 8 * 8], squares[5 * 3 * 4];
  ramp(x, 128);
  uint32_t id = load("image");
  void *in = device_copy(x, picture), *out = device_memory(picture), *gear = device_memory(32);
  aclmdlDataset *input = dataset_of(in, picture), *output = dataset_of(out, picture);
  add_buffer(input, gear, 32);
  MUST(aclmdlSetDynamicHWSize(id, input, 1, 4, 6));
  MUST(aclrtMemset(out, picture, 0xee, picture));
  MUST(aclmdlExecute(id, input, output));
  check_ramp(out, 48, -1.0F);
  CHECK(untouched(out, 48 * sizeof(float), picture));
  CHECK_INT(145013, aclmdlSetDynamicHWSize(id, input, 1, 6, 4));
  MUST(aclmdlUnload(id));
  drop_dataset(input);
  drop_dataset(output);

  id = load("dims");
  ramp(x, 60);
  const size_t size = 60 * sizeof(float);
  void *a = device_copy(x, size);
  input = dataset_of(in, size);
  output = dataset_of(out, size);
  add_buffer(input, a, size);
  add_buffer(input, gear, 32);
  aclmdlIODims dims = {.dimCount = 6, .dims = {1, 3, 2, 1, 3, 2}};
  MUST(aclmdlSetInputDynamicDims(id, input, 2, &dims));
  MUST(aclmdlExecute(id, input, output));
  host_copy(squares, out, 6 * sizeof(float));
  for (int i = 0; i < 6; ++i) {
    CHECK(squares[i] == (float)((i - 3) * (i - 3)));
  }
  dims.dims[2] = 9;
  CHECK_INT(145013, aclmdlSetInputDynamicDims(id, input, 2, &dims));
  dims.dims[1] = 4; /* a fixed one */
  CHECK_INT(145012, aclmdlSetInputDynamicDims(id, input, 2, &dims));
  dims.dimCount = 5;
  CHECK_INT(145012, aclmdlSetInputDynamicDims(id, input, 2, &dims));
  MUST(aclmdlUnload(id));
  drop_dataset(input);
  drop_dataset(output);
  MUST(aclrtFree(a));
  MUST(aclrtFree(in));
  MUST(aclrtFree(out));
  MUST(aclrtFree(gear));
}

static void a_dataset_tells_the_shape_and_outputs_are_allocated(void) {
  const uint32_t id = load("rows");
  float x[6 * 4];
  ramp(x, 24);
  void *in = device_copy(x, sizeof x);
  aclmdlDataset *input = dataset_of(in, sizeof x), *output = dataset_of(NULL, 0);
  CHECK_INT(100000, aclmdlExecute(id, input, output)); /* the number of rows is not told */
  for (int64_t rows = 6; rows >= 1; rows -= 5) {
    const int64_t dims[] = {rows, 4};
    const size_t count = (size_t)rows * 4;
    set_shape(input, 0, 2, dims);
    MUST(aclmdlExecute(id, input, output));
    aclDataBuffer *buffer = aclmdlGetDatasetBuffer(output, 0);
    CHECK(aclGetDataBufferAddr(buffer) != NULL);
    CHECK(aclGetDataBufferSizeV2(buffer) >= count * sizeof(float));
    check_ramp(aclGetDataBufferAddr(buffer), count, 2.0F);
    aclTensorDesc *desc = aclmdlGetDatasetTensorDesc(output, 0);
    CHECK_INT(ACL_FLOAT, aclGetTensorDescType(desc));
    CHECK_INT(2, aclGetTensorDescNumDims(desc));
    CHECK_INT(rows, aclGetTensorDescDim(desc, 0));
    CHECK_INT(4, aclGetTensorDescDim(desc, 1));
    MUST(aclrtFree(aclGetDataBufferAddr(buffer))); /* the program's from then on */
    MUST(aclUpdateDataBuffer(buffer, NULL, 0));
  }
  const int64_t wrong[] = {6, 5};
  set_shape(input, 0, 2, wrong);
  CHECK_INT(100000, aclmdlExecute(id, input, output));

  /* the same through a stream: an extra input is ignored, both ways of executing may be mixed */
  const int64_t dims[] = {3, 4};
  aclrtStream stream = new_stream();
  set_shape(input, 0, 2, dims);
  add_buffer(input, NULL, 0);
  MUST(aclmdlExecuteAsync(id, input, output, stream));
  MUST(aclrtSynchronizeStream(stream));
  check_ramp(aclGetDataBufferAddr(aclmdlGetDatasetBuffer(output, 0)), 12, 2.0F);
  MUST(aclrtFree(aclGetDataBufferAddr(aclmdlGetDatasetBuffer(output, 0))));
  MUST(aclrtDestroyStream(stream));
  drop_dataset(input);
  drop_dataset(output);
  MUST(aclmdlUnload(id));
  MUST(aclrtFree(in));
}

static void bounds_are_kept(void) {
  const uint32_t id = load("rows_to_16");
  const int64_t most[] = {16, 4}, more[] = {17, 4};
  const size_t size = 17 * 4 * sizeof(float);
  float x[17 * 4];
  ramp(x, 68);
  void *in = device_copy(x, size), *out = device_memory(size);
  aclmdlDataset *input = dataset_of(in, size), *output = dataset_of(out, size);
  set_shape(input, 0, 2, most);
  MUST(aclmdlExecute(id, input, output));
  check_ramp(out, 64, 2.0F);
  set_shape(input, 0, 2, more);
  CHECK_INT(100000, aclmdlExecute(id, input, output));
  drop_dataset(input);
  drop_dataset(output);
  MUST(aclmdlUnload(id));
  MUST(aclrtFree(in));
  MUST(aclrtFree(out));
}

/* An application's pool: blocks are numbered, and free ones are kept. */
typedef struct pool {
  void *address[8];
  int taken, freed;
} pool;

static void *pool_take(void *self, size_t size) {
  pool *p = self;
  CHECK(p->taken < 8);
  p->address[p->taken] = device_memory(size);
  return &p->address[p->taken++];
}

static void pool_free(void *self, void *block) {
  (void)block;
  ((pool *)self)->freed += 1;
}

static void *pool_address(void *block) {
  return *(void **)block;
}

static void an_allocator_of_the_stream_gives_the_outputs(void) {
  const uint32_t id = load("rows");
  const int64_t dims[] = {5, 4};
  float x[5 * 4];
  ramp(x, 20);
  pool p = {.taken = 0};
  void *in = device_copy(x, sizeof x);
  aclmdlDataset *input = dataset_of(in, sizeof x), *output = dataset_of(NULL, 0);
  aclDataBuffer *buffer = aclmdlGetDatasetBuffer(output, 0);
  set_shape(input, 0, 2, dims);
  aclrtStream stream = new_stream(), other = new_stream();
  aclrtAllocatorDesc desc = aclrtAllocatorCreateDesc(), found = NULL;
  MUST(aclrtAllocatorSetObjToDesc(desc, &p));
  MUST(aclrtAllocatorSetAllocFuncToDesc(desc, pool_take));
  MUST(aclrtAllocatorSetFreeFuncToDesc(desc, pool_free));
  MUST(aclrtAllocatorSetGetAddrFromBlockFuncToDesc(desc, pool_address));
  MUST(aclrtAllocatorRegister(stream, desc));
  MUST(aclrtAllocatorDestroyDesc(desc)); /* its content was copied */
  aclrtAllocator object = NULL;
  aclrtAllocatorAllocFunc take = NULL;
  MUST(aclrtAllocatorGetByStream(stream, &found, &object, &take, NULL, NULL, NULL));
  CHECK(object == &p && take == pool_take);

  MUST(aclmdlExecuteAsync(id, input, output, other)); /* not the registered stream */
  MUST(aclrtSynchronizeStream(other));
  CHECK_INT(0, p.taken);
  check_ramp(aclGetDataBufferAddr(buffer), 20, 2.0F);
  MUST(aclrtFree(aclGetDataBufferAddr(buffer)));
  MUST(aclUpdateDataBuffer(buffer, NULL, 0));

  MUST(aclmdlExecuteAsync(id, input, output, stream));
  MUST(aclrtSynchronizeStream(stream));
  CHECK(p.taken > 0 && p.freed == p.taken - 1); /* the output's block is the application's now */
  bool from_pool = false;
  for (int i = 0; i < p.taken; ++i) {
    from_pool = from_pool || p.address[i] == aclGetDataBufferAddr(buffer);
  }
  CHECK(from_pool);
  check_ramp(aclGetDataBufferAddr(buffer), 20, 2.0F);

  const int taken = p.taken;
  MUST(aclrtAllocatorUnregister(stream));
  MUST(aclrtAllocatorUnregister(stream)); /* unknown by now */
  MUST(aclUpdateDataBuffer(buffer, NULL, 0));
  MUST(aclmdlExecuteAsync(id, input, output, stream));
  MUST(aclrtSynchronizeStream(stream));
  CHECK_INT(taken, p.taken);
  MUST(aclrtFree(aclGetDataBufferAddr(buffer)));
  for (int i = 0; i < taken; ++i) {
    MUST(aclrtFree(p.address[i]));
  }
  MUST(aclrtDestroyStream(stream));
  MUST(aclrtDestroyStream(other));
  drop_dataset(input);
  drop_dataset(output);
  MUST(aclmdlUnload(id));
  MUST(aclrtFree(in));
}

static void missing_outputs_of_a_static_model(void) {
  const uint32_t id = load("affine"), async_id = load("affine");
  float x[4 * 8] = {0}, y[4 * 3];
  void *in = device_copy(x, sizeof x);
  aclmdlDataset *input = dataset_of(in, sizeof x), *output = dataset_of(NULL, 0);
  const size_t before = free_memory();
  MUST(aclmdlExecute(id, input, output));
  aclDataBuffer *buffer = aclmdlGetDatasetBuffer(output, 0);
  CHECK_INT(sizeof y, aclGetDataBufferSizeV2(buffer));
  host_copy(y, aclGetDataBufferAddr(buffer), sizeof y);
  for (int i = 0; i < 12; ++i) {
    CHECK(y[i] == (float)(i % 3 + 1)); /* relu(b) */
  }
  MUST(aclrtFree(aclGetDataBufferAddr(buffer)));
  CHECK_INT(before, free_memory());
  /* asynchronously nobody allocates: the device faults */
  MUST(aclUpdateDataBuffer(buffer, NULL, 0));
  CHECK_INT(500002, aclmdlExecuteAsync(id, input, output, NULL)); /* synchronous before */
  aclrtStream stream = new_stream();
  MUST(aclUpdateDataBuffer(buffer, NULL, sizeof y));
  MUST(aclmdlExecuteAsync(async_id, input, output, stream));
  CHECK_INT(507053, aclrtSynchronizeStream(stream));
  CHECK_INT(500002, aclmdlExecute(async_id, input, output)); /* asynchronous before */
  MUST(aclrtDestroyStream(stream));
  drop_dataset(input);
  drop_dataset(output);
  MUST(aclmdlUnload(id));
  MUST(aclmdlUnload(async_id));
  MUST(aclrtFree(in));
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  g_folder = argv[1];
  MUST(aclInit(NULL));
  MUST(aclrtSetDevice(0));
  batch_sizes_are_chosen_before_each_run();
  picture_sizes_and_dims_are_chosen_too();
  a_dataset_tells_the_shape_and_outputs_are_allocated();
  bounds_are_kept();
  an_allocator_of_the_stream_gives_the_outputs();
  missing_outputs_of_a_static_model();
  MUST(aclrtResetDevice(0));
  MUST(aclFinalize());
  return 0;
}
