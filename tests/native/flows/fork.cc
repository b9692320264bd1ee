/* A child forked after GE was used gets failures, not hangs: it has none of the parent's threads. */
#include <sys/wait.h>
#include <unistd.h>

#include "ge/ge_api.h"
#include "ge/ge_api_v2.h"
#include "../support/ge_program.h"

typedef std::map<ge::AscendString, ge::AscendString> Options;

int main() {
  CHECK_STATUS(0, ge::GEInitialize(Options()));
  std::vector<float> x = test::Ramp(4, 1.0F);
  std::vector<gert::Tensor> inputs, outputs;
  inputs.push_back(test::Host({4}, x));
  inputs.push_back(test::Host({4}, x));
  ge::GeSession *const session = new ge::GeSession(Options());
  ge::Session *const v1 = new ge::Session(Options());
  CHECK_STATUS(0, session->AddGraph(1, test::Parse("sum", air::Add("sum", {4}))));
  test::Latch done(1);
  CHECK_STATUS(0, session->RunGraphAsync(1, inputs, [&](uint32_t, std::vector<gert::Tensor> &) { done.CountDown(); }));
  done.Wait();
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    CHECK_STATUS(4294967295U, session->RunGraph(1, inputs, outputs));
    CHECK_STATUS(4294967295U, session->RunGraphAsync(1, inputs, [](uint32_t, std::vector<gert::Tensor> &) {}));
    CHECK_STATUS(4294967295U, v1->RemoveGraph(1));
    CHECK_STATUS(4294967295U, ge::GEInitializeV2(Options()));
    CHECK_STATUS(4294967295U, ge::GEFinalizeV2());
    delete v1;
    delete session;
    _exit(0);
  }
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  delete v1;
  delete session;
  CHECK_STATUS(0, ge::GEFinalize());
  return 0;
}
