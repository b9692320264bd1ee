/* Offline compilation: initialise, build, save; refusals in their order; no session and no device. */
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "ge/ge_ir_build.h"
#include "../support/ge_program.h"

typedef std::map<ge::AscendString, ge::AscendString> Options;

const uint32_t kFailed = 4294967295U, kGraphParamInvalid = 50331649U, kParamInvalid = 1343225857U;

static uint32_t Initialize(Options options) {
  return ge::aclgrphBuildInitialize(options);
}

static std::string ReadFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  CHECK(file.good());
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

static void NothingIsBuiltBeforeInitialize(const ge::Graph &graph) {
  ge::ModelBufferData model;
  CHECK_STATUS(kFailed, ge::aclgrphBuildModel(graph, Options(), model));
  CHECK_STATUS(kGraphParamInvalid, Initialize({}));
  CHECK_STATUS(kGraphParamInvalid, Initialize({{"ge.socVersion", "Ascend910B3"}, {"ge.someday", "1"}}));
  CHECK_STATUS(kParamInvalid, Initialize({{"ge.socVersion", "Ascend910B3"}, {"ge.autoTuneMode", "GA"}}));
  ge::aclgrphBuildFinalize(); /* nothing to undo, nothing done */
}

static void AModelIsBuiltAndSaved(const ge::Graph &graph) {
  ge::ModelBufferData model, empty;
  CHECK_STATUS(0, ge::aclgrphBuildModel(graph, Options(), model));
  CHECK(model.data != nullptr && model.length > 0);
  CHECK_STATUS(0, ge::aclgrphSaveModel("first", model));
  CHECK_STATUS(0, ge::aclgrphSaveModel("second.om", model));
  const std::string bytes(reinterpret_cast<const char *>(model.data.get()), model.length);
  CHECK(ReadFile("first.om") == bytes);
  CHECK(ReadFile("second.om") == bytes);
  empty.length = 0;
  CHECK_STATUS(kGraphParamInvalid, ge::aclgrphSaveModel("third", empty));
  CHECK_STATUS(kGraphParamInvalid, ge::aclgrphSaveModel(static_cast<const char *>(nullptr), model));
  CHECK_STATUS(kFailed, ge::aclgrphSaveModel("/no/such/folder/model", model));
  CHECK(access("third.om", F_OK) != 0);
}

static void RefusedBuilds(const ge::Graph &graph) {
  ge::ModelBufferData model;
  CHECK_STATUS(kGraphParamInvalid, ge::aclgrphBuildModel(graph, Options({{"no_such_option", "1"}}), model));
  CHECK_STATUS(kGraphParamInvalid, ge::aclgrphBuildModel(ge::Graph("empty"), Options(), model));
  CHECK_STATUS(kGraphParamInvalid, ge::aclgrphBundleBuildModel({}, model));
  int32_t version[3] = {-1, -1, -1};
  CHECK_STATUS(kFailed, ge::aclgrphGetIRVersion(version, version + 1, nullptr));
  CHECK_STATUS(0, ge::aclgrphGetIRVersion(version, version + 1, version + 2));
  CHECK(version[0] == 1 && version[1] == 0 && version[2] == 0);
}

static void UnknownDimsAreFixedByAnOption() {
  const ge::Graph graph = test::Parse("any", air::Add("any", {-1, 3}));
  ge::ModelBufferData model;
  CHECK_STATUS(0, ge::aclgrphBuildModel(graph, Options({{"input_shape", "x:2,3;y:2,3"}}), model));
  CHECK(model.length > 0);
}

int main() {
  const ge::Graph graph = test::Parse("sum", air::AddConst("sum", {2, 3}, test::Ramp(3, 1.0F)));
  NothingIsBuiltBeforeInitialize(graph);
  CHECK_STATUS(0, Initialize({{"ge.socVersion", "Ascend910B3"}}));
  CHECK_STATUS(0, Initialize({{"ge.socVersion", "Ascend910B3"}}));
  AModelIsBuiltAndSaved(graph);
  RefusedBuilds(graph);
  UnknownDimsAreFixedByAnOption();
  ge::aclgrphBuildFinalize();
  ge::ModelBufferData model;
  CHECK_STATUS(kFailed, ge::aclgrphBuildModel(graph, Options(), model));
  return 0;
}
