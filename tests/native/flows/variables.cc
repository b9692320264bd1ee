/* Variables live in their session: initialised by one graph, read and written by others, gone with the session. */
#include "ge/ge_api_v2.h"
#include "../support/ge_program.h"

/* state := x */
static air::Bytes Assign() {
  return air::Model("assign")
      .Data("x", air::kFloat, {4})
      .Variable("state", air::kFloat, {4})
      .Op("write", "Assign", {{"ref", "state:0"}, {"value", "x:0"}}, air::kFloat, "ref")
      .Output("write:0")
      .Serialize();
}

/* z = state + x */
static air::Bytes AddState() {
  return air::Model("add_state")
      .Data("x", air::kFloat, {4})
      .Variable("state", air::kFloat, {4})
      .Op("add", "Add", {{"x1", "state:0"}, {"x2", "x:0"}}, air::kFloat)
      .Output("add:0")
      .Serialize();
}

static std::vector<float> Run(ge::GeSession &session, uint32_t id, std::vector<float> x) {
  std::vector<gert::Tensor> inputs, outputs;
  inputs.push_back(test::Host({4}, x));
  CHECK_STATUS(0, session.RunGraph(id, inputs, outputs));
  const float *const values = static_cast<const float *>(outputs[0].GetAddr());
  return std::vector<float>(values, values + 4);
}

int main() {
  CHECK_STATUS(0, ge::GEInitializeV2({{"ge.exec.deviceId", "0"}}));
  {
    ge::GeSession first({}), second({});
    for (ge::GeSession *session : {&first, &second}) {
      CHECK_STATUS(0, session->AddGraph(1, test::Parse("assign", Assign())));
      CHECK_STATUS(0, session->AddGraph(2, test::Parse("add_state", AddState())));
    }
    const std::vector<float> one = test::Ramp(4, 1.0F), two = test::Ramp(4, 20.0F), x = test::Ramp(4, 0.25F);
    Run(first, 1, one);
    Run(second, 1, two);
    CHECK(Run(first, 2, x) == test::Sum(one, x));
    CHECK(Run(second, 2, x) == test::Sum(two, x));
    Run(first, 1, two);
    CHECK_STATUS(0, first.RemoveGraph(1)); /* the variable stays */
    CHECK(Run(first, 2, x) == test::Sum(two, x));
  }
  CHECK_STATUS(0, ge::GEFinalizeV2());
  return 0;
}
