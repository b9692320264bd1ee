/* Single operators compute, on the stream, for descriptions that are gone by then. */
#include "check.h"
#include "mock_cann.h"

static const float kA[6] = {1, -2, 3, 4, 5, -6}, kB[6] = {10, 20, 30, 40, 50, 60};

static void adds_after_its_descriptions_are_gone(aclrtStream stream) {
  tensor in[2] = {make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(2, 3), kA),
                  make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(2, 3), kB)};
  tensor out = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(2, 3), NULL);
  aclopAttr *attr = aclopCreateAttr();
  NEED(run_operator("Add", 2, in, &out, attr, stream)); /* the schedule is "deferred": nothing has run yet */
  aclopDestroyAttr(attr);
  void *memory[3] = {in[0].memory, in[1].memory, out.memory};
  for (int i = 0; i < 2; ++i) {
    drop_description(&in[i]);
  }
  drop_description(&out);
  NEED(aclrtSynchronizeStream(stream));
  float sum[6];
  read_back(&out, sum);
  for (int i = 0; i < 6; ++i) {
    EXPECT(sum[i] == kA[i] + kB[i]);
  }
  for (int i = 0; i < 3; ++i) {
    NEED(aclrtFree(memory[i]));
  }
}

/* Runs wait for their turn: the input is written on the stream before, the output read after. */
static void runs_in_stream_order(aclrtStream stream) {
  tensor x = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), kA), y = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), NULL);
  float got[6];
  void *host = NULL;
  NEED(aclrtMallocHost(&host, sizeof kB));
  memcpy(host, kB, sizeof kB);
  NEED(aclrtMemcpyAsync(x.memory, x.size, host, sizeof kB, ACL_MEMCPY_HOST_TO_DEVICE, stream));
  NEED(run_operator("Neg", 1, &x, &y, NULL, stream));
  NEED(aclrtMemsetAsync(x.memory, x.size, 0, x.size, stream));
  NEED(aclrtSynchronizeStream(stream));
  read_back(&y, got);
  for (int i = 0; i < 6; ++i) {
    EXPECT(got[i] == -kB[i]);
  }
  NEED(aclrtFreeHost(host));
  drop_tensor(&x);
  drop_tensor(&y);
}

static void compiles_once_for_equal_descriptions(aclrtStream stream) {
  tensor in[2] = {make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(3, 2), kA),
                  make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(2), kB)};
  tensor out = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(3, 2), NULL);
  const long long builds = mock_cann_count("operator-builds"), runs = mock_cann_count("operator-runs");
  for (int i = 0; i < 5; ++i) {
    NEED(run_operator("Mul", 2, in, &out, NULL, stream));
  }
  NEED(aclrtSynchronizeStream(stream));
  EXPECT(mock_cann_count("operator-builds") == builds + 1);
  EXPECT(mock_cann_count("operator-runs") == runs + 5);
  EXPECT(mock_cann_count("no such counter") == -1);
  float got[6];
  read_back(&out, got);
  for (int i = 0; i < 6; ++i) {
    EXPECT(got[i] == kA[i] * kB[i % 2]);
  }
  drop_tensor(&in[0]);
  drop_tensor(&in[1]);
  drop_tensor(&out);
}

/* Attributes tell operators apart. */
static void attributes_decide(aclrtStream stream) {
  tensor x = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), kA), y = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), NULL);
  const float slopes[2] = {0.5f, 0.25f};
  for (int s = 0; s < 2; ++s) {
    aclopAttr *attr = aclopCreateAttr();
    NEED(aclopSetAttrFloat(attr, "negative_slope", 9.0f));
    NEED(aclopSetAttrFloat(attr, "negative_slope", slopes[s])); /* the last one counts */
    NEED(run_operator("LeakyRelu", 1, &x, &y, attr, stream));
    aclopDestroyAttr(attr);
    NEED(aclrtSynchronizeStream(stream));
    float got[6];
    read_back(&y, got);
    for (int i = 0; i < 6; ++i) {
      EXPECT(got[i] == (kA[i] < 0 ? slopes[s] * kA[i] : kA[i]));
    }
  }
  drop_tensor(&x);
  drop_tensor(&y);
}

/* A convolution as onnxruntime asks for it: no bias, and a placeholder in its place; the groups come from the channels. */
static void convolves_with_placeholders(aclrtStream stream) {
  float image[2 * 3 * 3], filter[2 * 1 * 2 * 2];
  for (int i = 0; i < 18; ++i) {
    image[i] = (float)(i % 7) - 2;
  }
  for (int i = 0; i < 8; ++i) {
    filter[i] = (float)(i % 3) - 1;
  }
  tensor in[3] = {make_tensor(ACL_FLOAT, ACL_FORMAT_NCHW, DIMS(1, 2, 3, 3), image),
                  make_tensor(ACL_FLOAT, ACL_FORMAT_NCHW, DIMS(2, 1, 2, 2), filter), make_placeholder()};
  tensor out = make_tensor(ACL_FLOAT, ACL_FORMAT_NCHW, DIMS(1, 2, 2, 2), NULL);
  aclopAttr *attr = aclopCreateAttr();
  NEED(aclopSetAttrListInt(attr, "strides", 4, (int64_t[]){1, 1, 1, 1}));
  NEED(aclopSetAttrListInt(attr, "pads", 4, (int64_t[]){0, 0, 0, 0}));
  NEED(aclopSetAttrListInt(attr, "dilations", 4, (int64_t[]){1, 1, 1, 1}));
  NEED(aclopSetAttrInt(attr, "group", 2));
  NEED(aclopSetAttrString(attr, "auto_pad", "NOTSET"));
  NEED(aclopSetAttrInt(attr, "dim_size", 2));
  NEED(aclopSetAttrBool(attr, "trans_2d", 0));
  NEED(run_operator("Conv2D", 3, in, &out, attr, stream));
  aclopDestroyAttr(attr);
  NEED(aclrtSynchronizeStream(stream));
  float got[8];
  read_back(&out, got);
  for (int c = 0; c < 2; ++c) {
    for (int y = 0; y < 2; ++y) {
      for (int x = 0; x < 2; ++x) {
        float sum = 0;
        for (int t = 0; t < 4; ++t) {
          sum += image[c * 9 + (y + t / 2) * 3 + x + t % 2] * filter[c * 4 + t];
        }
        EXPECT(got[c * 4 + y * 2 + x] == sum);
      }
    }
  }
  for (int i = 0; i < 3; ++i) {
    drop_tensor(&in[i]);
  }
  drop_tensor(&out);
}

/* Contents that shape the result: given as a constant, on the host, and on the device. */
static void reshapes_by_contents(aclrtStream stream) {
  const int32_t axes[2] = {1, 0};
  for (int way = 0; way < 3; ++way) {
    tensor in[2] = {make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(2, 3), kA),
                    make_tensor(ACL_INT32, ACL_FORMAT_ND, DIMS(2), axes)};
    tensor out = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(3, 2), NULL);
    int32_t on_host[2] = {1, 0};
    if (way == 0) {
      NEED(aclSetTensorConst(in[1].desc, on_host, sizeof on_host));
      NEED(aclUpdateDataBuffer(in[1].buffer, NULL, 0));
    } else if (way == 1) {
      NEED(aclSetTensorPlaceMent(in[1].desc, ACL_MEMTYPE_HOST));
      NEED(aclUpdateDataBuffer(in[1].buffer, on_host, sizeof on_host));
    }
    NEED(run_operator("Transpose", 2, in, &out, NULL, stream));
    on_host[0] = on_host[1] = 77; /* nothing of the caller's is looked at later */
    NEED(aclrtSynchronizeStream(stream));
    float got[6];
    read_back(&out, got);
    for (int i = 0; i < 6; ++i) {
      EXPECT(got[i] == kA[i % 2 * 3 + i / 2]);
    }
    drop_tensor(&in[0]);
    drop_tensor(&in[1]);
    drop_tensor(&out);
  }
}

/* The second version tells the shapes that came out. */
static void tells_shapes(aclrtStream stream) {
  tensor in[2] = {make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(2, 1), kA),
                  make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(3), kB)};
  tensor out = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), NULL);
  NEED(aclopCompileAndExecuteV2("Add", 2, (aclTensorDesc *[]){in[0].desc, in[1].desc},
                                (aclDataBuffer *[]){in[0].buffer, in[1].buffer}, 1, &out.desc, &out.buffer, NULL,
                                ACL_ENGINE_SYS, ACL_COMPILE_SYS, NULL, stream));
  EXPECT(aclGetTensorDescNumDims(out.desc) == 2);
  EXPECT(aclGetTensorDescDim(out.desc, 0) == 2 && aclGetTensorDescDim(out.desc, 1) == 3);
  NEED(aclrtSynchronizeStream(stream));
  drop_tensor(&in[0]);
  drop_tensor(&in[1]);
  drop_tensor(&out);
}

static void executes_what_is_compiled(aclrtStream stream) {
  tensor x = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), kA), y = make_tensor(ACL_FLOAT, ACL_FORMAT_ND, DIMS(6), NULL);
  const aclTensorDesc *in_desc[1] = {x.desc}, *out_desc[1] = {y.desc};
  const aclDataBuffer *in[1] = {x.buffer};
  aclDataBuffer *out[1] = {y.buffer};
  aclopHandle *handle = NULL;
  REFUSED(aclopExecute("Abs", 1, in_desc, in, 1, out_desc, out, NULL, stream), ACL_ERROR_OP_NOT_FOUND, "Abs");
  REFUSED(aclopCreateHandle("Abs", 1, in_desc, 1, out_desc, NULL, &handle), ACL_ERROR_OP_NOT_FOUND, "aclopCompile");
  NEED(aclopCompile("Abs", 1, in_desc, 1, out_desc, NULL, ACL_ENGINE_SYS, ACL_COMPILE_SYS, NULL));
  NEED(aclopExecute("Abs", 1, in_desc, in, 1, out_desc, out, NULL, stream));
  NEED(aclopCreateHandle("Abs", 1, in_desc, 1, out_desc, NULL, &handle));
  NEED(aclrtSynchronizeStream(stream));
  float got[6];
  for (int way = 0; way < 2; ++way) {
    read_back(&y, got);
    for (int i = 0; i < 6; ++i) {
      EXPECT(got[i] == fabsf(kA[i]));
    }
    NEED(aclrtMemset(y.memory, y.size, 0, y.size));
    NEED(aclopExecWithHandle(handle, 1, in, 1, out, stream));
    NEED(aclrtSynchronizeStream(stream));
  }
  aclopDestroyHandle(handle);
  /* What is kept is bounded; what is dropped is compiled again. */
  const long long builds = mock_cann_count("operator-builds");
  NEED(aclopSetMaxOpQueueNum(1));
  NEED(run_operator("Neg", 1, &x, &y, NULL, stream));
  NEED(run_operator("Abs", 1, &x, &y, NULL, stream));
  NEED(aclopSetMaxOpQueueNum(20000));
  NEED(aclrtSynchronizeStream(stream));
  EXPECT(mock_cann_count("operator-builds") == builds + 2);
  drop_tensor(&x);
  drop_tensor(&y);
}

int main(void) {
  EXPECT(mock_cann_schedule("deferred") == 0);
  aclrtStream stream = NULL;
  NEED(aclInit(NULL));
  NEED(aclrtSetDevice(0));
  EXPECT(aclGetRecentErrMsg() == NULL);
  NEED(aclrtCreateStream(&stream));
  adds_after_its_descriptions_are_gone(stream);
  runs_in_stream_order(stream);
  compiles_once_for_equal_descriptions(stream);
  attributes_decide(stream);
  convolves_with_placeholders(stream);
  reshapes_by_contents(stream);
  tells_shapes(stream);
  adds_after_its_descriptions_are_gone(NULL); /* the default stream */
  EXPECT(aclGetRecentErrMsg() == NULL);
  executes_what_is_compiled(stream);
  NEED(aclrtDestroyStream(stream));
  NEED(aclrtResetDevice(0));
  NEED(aclFinalize());
  return 0;
}
