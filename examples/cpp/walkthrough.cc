/* The asynchronous mode of GE, one process, one device: compile a graph, load it for a stream, feed it device
 * memory, wait for the stream. Everything is undone in the opposite order.
 *
 *   walkthrough [digits.air [digits-test.bin [acl.json]]]
 */
#include <cstring>
#include <map>
#include <vector>

#include "acl/acl.h"
#include "digits.h"
#include "exe_graph/runtime/tensor.h"
#include "ge/ge_api_v2.h"
#include "graph/graph.h"

namespace {
using Options = std::map<ge::AscendString, ge::AscendString>;
constexpr uint32_t kGraphId = 0;

/* Stops with GE's own words when one of its calls fails. */
void Check(const char *call, uint32_t status) {
  if (status != ge::SUCCESS) {
    std::fprintf(stderr, "%s: %u\n%s\n", call, status, ge::GEGetErrorMsgV3().GetString());
    std::exit(1);
  }
}
#define GE(call) Check(#call, (call))

/* A tensor over memory that stays ours. */
gert::Tensor View(const gert::StorageShape &shape, ge::Format format, ge::DataType type, void *memory,
                  size_t size) {
  gert::Tensor tensor(shape, {format, format, {}}, gert::kOnDeviceHbm, type, memory);
  tensor.SetSize(size);
  return tensor;
}

/* Compile for batches of exactly 400 images, and load: compiling and loading would happen by themselves in
 * the first run, at its cost. */
void Prepare(ge::GeSession &session, const char *file, aclrtStream stream) {
  ge::Graph graph("digits");
  GE(graph.LoadFromFile(file));
  GE(session.AddGraph(kGraphId, graph));
  const ge::TensorDesc images(ge::Shape({DIGITS, 1, 8, 8}), ge::FORMAT_NCHW, ge::DT_UINT8);
  GE(session.CompileGraph(kGraphId, {ge::Tensor(images)}));
  /* The images' device address is the same in every run. */
  GE(session.LoadGraph(kGraphId, {{"ge.exec.frozenInputIndexes", "0"}}, stream));
}

void Classify(ge::GeSession &session, aclrtStream stream, const digits &data) {
  void *host = nullptr, *images = nullptr, *scores = nullptr;
  ACL(aclrtMallocHost(&host, IMAGE_BYTES));
  ACL(aclrtMalloc(&images, IMAGE_BYTES, ACL_MEM_MALLOC_HUGE_FIRST));
  ACL(aclrtMalloc(&scores, SCORE_BYTES, ACL_MEM_MALLOC_HUGE_FIRST));
  std::memcpy(host, data.images, IMAGE_BYTES);
  ACL(aclrtMemcpy(images, IMAGE_BYTES, host, IMAGE_BYTES, ACL_MEMCPY_HOST_TO_DEVICE));

  std::vector<gert::Tensor> inputs, outputs;
  const gert::StorageShape in({DIGITS, 1, 8, 8}, {DIGITS, 1, 8, 8}),
      out({DIGITS, CLASSES}, {DIGITS, CLASSES});
  inputs.push_back(View(in, ge::FORMAT_NCHW, ge::DT_UINT8, images, IMAGE_BYTES));
  outputs.push_back(View(out, ge::FORMAT_ND, ge::DT_FLOAT, scores, SCORE_BYTES));
  GE(session.RunGraphWithStreamAsync(kGraphId, stream, inputs,
                                     outputs)); /* returns before the work is done */
  ACL(aclrtSynchronizeStream(stream));

  ACL(aclrtMemcpy(host, IMAGE_BYTES, scores, SCORE_BYTES, ACL_MEMCPY_DEVICE_TO_HOST));
  print_accuracy(static_cast<const float *>(host), data.labels);
  ACL(aclrtFree(scores));
  ACL(aclrtFree(images));
  ACL(aclrtFreeHost(host));
}
} // namespace

int main(int argc, char **argv) {
  const char *graph = argc > 1 ? argv[1] : "../digits/digits.air";
  static digits data;
  read_digits(argc > 2 ? argv[2] : "../digits/digits-test.bin", &data);

  GE(ge::GEInitializeV2({{"ge.exec.deviceId", "0"}, {"ge.graphRunMode", "0"}}));
  ACL(aclInit(argc > 3 ? argv[3] : "acl.json"));
  {
    ge::GeSession session(Options{});
    aclrtStream stream = nullptr;
    ACL(aclrtSetDevice(0));
    ACL(aclrtCreateStream(&stream));
    Prepare(session, graph, stream);
    Classify(session, stream, data);
    GE(session.RemoveGraph(kGraphId));
    ACL(aclrtDestroyStream(stream));
  } /* the session goes before what it stands on */
  GE(ge::GEFinalizeV2());
  ACL(aclrtResetDevice(0));
  ACL(aclFinalize());
  return 0;
}
