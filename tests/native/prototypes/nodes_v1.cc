/* A graph built node by node, on the older Session: edges of data and of control, attributes of nodes. */
#include "../support/ge_program.h"
#include "ge/ge_api.h"
#include "prototypes.h"

static ge::Graph Build() {
  ge::Graph graph("nodes");
  ge::GNode x = graph.AddNodeByOp(Input("x", 0, {3}));
  ge::GNode y = graph.AddNodeByOp(Input("y", 1, {3}));
  ge::GNode sum = graph.AddNodeByOp(ge::op::Add("sum"));
  ge::GNode slope = graph.AddNodeByOp(ge::op::LeakyRelu("slope"));
  CHECK_STATUS(0, graph.AddDataEdge(x, 0, sum, 0));
  CHECK_STATUS(0, graph.AddDataEdge(y, 0, sum, 1));
  CHECK_STATUS(0, graph.AddDataEdge(sum, 0, slope, 0));
  CHECK_STATUS(0, graph.AddControlEdge(y, slope));
  CHECK_STATUS(ge::GRAPH_FAILED, graph.AddDataEdge(x, 0, sum, 1));
  ge::AttrValue factor;
  CHECK_STATUS(0, factor.SetAttrValue(3.0F));
  CHECK_STATUS(0, slope.SetAttr(ge::AscendString("negative_slope"), factor));
  ge::AttrValue note;
  CHECK_STATUS(0, note.SetAttrValue(ge::AscendString("mine")));
  CHECK_STATUS(0, graph.SetAttr(ge::AscendString("note"), note));
  CHECK_STATUS(0, graph.SetOutputs(std::vector<std::pair<ge::GNode, int32_t>>({{slope, 0}})));
  return graph;
}

static ge::Tensor Values(const std::vector<float> &values) {
  const ge::TensorDesc desc(ge::Shape({static_cast<int64_t>(values.size())}), ge::FORMAT_ND, ge::DT_FLOAT);
  return ge::Tensor(desc, reinterpret_cast<const uint8_t *>(values.data()), values.size() * sizeof(float));
}

int main() {
  const std::map<ge::AscendString, ge::AscendString> options = {{"ge.exec.deviceId", "0"}, {"ge.graphRunMode", "0"}};
  CHECK_STATUS(0, ge::GEInitialize(options));
  {
    ge::Session session(std::map<ge::AscendString, ge::AscendString>{});
    CHECK_STATUS(0, session.AddGraph(7, Build()));
    std::vector<ge::Tensor> outputs;
    CHECK_STATUS(0, session.RunGraph(7, {Values({1, 2, 3}), Values({1, -4, -3})}, outputs));
    CHECK(outputs.size() == 1 && outputs[0].GetSize() >= 3 * sizeof(float));
    const float *const got = reinterpret_cast<const float *>(outputs[0].GetData());
    CHECK(got[0] == 2.0F && got[1] == -6.0F && got[2] == 0.0F);
  }
  CHECK_STATUS(0, ge::GEFinalize());
  return 0;
}
